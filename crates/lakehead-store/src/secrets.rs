//! Secrets of connections and of encryption keys, encrypted before they reach the database.
//!
//! Every value has a key of its own, wrapped by the master key. Both are bound to the row's place
//! (organisation, sandbox, object, field, key, version): a row copied to another place does not decrypt.

use std::collections::BTreeMap;

use lakehead_model::Scope;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use zeroize::Zeroizing;

use crate::db::{Arg, Row, Sql};
use crate::documents::DocumentKind;
use crate::error::{Result, StoreError};
use crate::keyring::{self, Key};
use crate::store::Tx;

const VERSION: Sql = Sql::same("SELECT max(version) FROM secret WHERE org = $1 AND sandbox_id = $2 AND object_id = $3");
const DELETE: Sql = Sql::same("DELETE FROM secret WHERE org = $1 AND sandbox_id = $2 AND object_id = $3");
const INSERT: Sql = Sql::same(
    "INSERT INTO secret (org, sandbox_id, object_id, field, version, key_id, wrapped_key, sealed)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
);
const SELECT: Sql = Sql::same(
    "SELECT field, version, key_id, wrapped_key, sealed FROM secret
     WHERE org = $1 AND sandbox_id = $2 AND object_id = $3 ORDER BY field",
);

/// Why a secret is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretUse<'a> {
    /// To try whether it still opens the source.
    Test,
    /// To show what is in the source.
    Explore,
    /// To prove it before it is kept, or to change what is kept with it.
    Verify,
    /// To read the source in this run.
    Run(&'a str),
}

impl Tx {
    /// Makes `secrets` (field → value) the secrets of a document; what it had before is gone.
    pub async fn put_secrets(
        &mut self,
        scope: &Scope,
        owner: (DocumentKind, &str),
        secrets: &BTreeMap<String, SecretString>,
    ) -> Result<()> {
        let object_id = owner.1;
        let object = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(object_id)];
        let row = self.conn.row(&VERSION, &object).await?;
        let version = row.map_or(Ok(None), |row| row.opt_int(0))?.unwrap_or(0) + 1;
        let had = self.conn.run(&DELETE, &object).await?;
        let key_id = self.keyring.id().to_owned();
        for (field, value) in secrets {
            let context = context(scope, object_id, field, &key_id, version);
            let key = keyring::new_key();
            let wrapped = self.keyring.seal(&key[..], &context)?;
            let sealed = keyring::seal(&key, value.expose_secret().as_bytes(), &context)?;
            let [org, sandbox_id, object_id] = object;
            let row = [
                org,
                sandbox_id,
                object_id,
                Arg::Text(field),
                Arg::Int(version),
                Arg::Text(&key_id),
                Arg::Bytes(&wrapped),
                Arg::Bytes(&sealed),
            ];
            self.conn.run(&INSERT, &row).await?;
        }
        if had == 0 && secrets.is_empty() {
            return Ok(());
        }
        self.record(scope, "put-secret", (owner.0.as_str(), object_id), &json!({ "fields": fields(secrets) })).await
    }

    /// The secrets of an object, field → value, for one purpose; empty when it has none. Ends the transaction: that they
    /// are used is in the audit trail, durably, before anybody knows them.
    pub async fn use_secrets(
        mut self,
        scope: &Scope,
        owner: (DocumentKind, &str),
        purpose: SecretUse<'_>,
    ) -> Result<BTreeMap<String, SecretString>> {
        let secrets = self.secrets(scope, owner.1).await?;
        self.announce_use(scope, owner, &secrets, purpose).await?;
        Ok(secrets)
    }

    /// Notes that `secrets` are about to be used which came with a request and are not kept yet. Ends the transaction.
    pub async fn announce_use(
        mut self,
        scope: &Scope,
        owner: (DocumentKind, &str),
        secrets: &BTreeMap<String, SecretString>,
        purpose: SecretUse<'_>,
    ) -> Result<()> {
        if !secrets.is_empty() {
            if !self.writes {
                return Err(StoreError::Unaudited);
            }
            let mut detail = match purpose {
                SecretUse::Test => json!({ "purpose": "test" }),
                SecretUse::Explore => json!({ "purpose": "explore" }),
                SecretUse::Verify => json!({ "purpose": "verify" }),
                SecretUse::Run(run_id) => json!({ "purpose": "run", "runId": run_id }),
            };
            detail["fields"] = json!(fields(secrets));
            self.record(scope, "use-secret", (owner.0.as_str(), owner.1), &detail).await?;
        }
        self.commit().await
    }

    /// Decrypts; not for anybody outside of the store, who has to say what for.
    pub(crate) async fn secrets(&mut self, scope: &Scope, object_id: &str) -> Result<BTreeMap<String, SecretString>> {
        let object = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(object_id)];
        let rows = self.conn.rows(&SELECT, &object).await?;
        rows.iter().map(|row| self.decrypt(scope, object_id, row)).collect()
    }

    /// Removes the secrets of an object.
    pub async fn delete_secrets(&mut self, scope: &Scope, owner: (DocumentKind, &str)) -> Result<()> {
        let object = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(owner.1)];
        if self.conn.run(&DELETE, &object).await? == 0 {
            return Ok(());
        }
        self.record(scope, "delete-secret", (owner.0.as_str(), owner.1), &json!({})).await
    }

    fn decrypt(&self, scope: &Scope, object_id: &str, row: &Row) -> Result<(String, SecretString)> {
        let field = row.text(0)?;
        let context = context(scope, object_id, &field, &row.text(2)?, row.int(1)?);
        let damaged = || StoreError::SecretDamaged { object_id: object_id.to_owned() };
        let unwrapped = self.keyring.open(&row.bytes(3)?, &context).ok_or_else(damaged)?;
        let key = Key::new(unwrapped[..].try_into().map_err(|_| damaged())?);
        let value: Zeroizing<Vec<u8>> = keyring::open(&key, &row.bytes(4)?, &context).ok_or_else(damaged)?;
        let value = std::str::from_utf8(&value).map_err(|_| damaged())?;
        Ok((field, SecretString::from(value)))
    }
}

fn fields(secrets: &BTreeMap<String, SecretString>) -> Vec<&String> {
    secrets.keys().collect()
}

/// The place of a row as bytes; each part carries its length, so that no two places look alike.
fn context(scope: &Scope, object_id: &str, field: &str, key_id: &str, version: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in [&scope.org, &scope.sandbox_id, object_id, field, key_id] {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes.extend_from_slice(&version.to_be_bytes());
    bytes
}
