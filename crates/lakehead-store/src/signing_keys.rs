//! Keys that sign our own tokens, sealed under the master key. The newest one signs, the others verify what they have
//! signed until the last of those tokens is over.

use zeroize::Zeroizing;

use crate::db::{Arg, Row, Sql};
use crate::error::{Result, StoreError};
use crate::keyring::new_key;
use crate::store::Tx;

/// A key with which tokens are signed or verified.
#[derive(Clone)]
pub struct SigningKey {
    /// Its name in the header of tokens.
    pub kid: String,
    /// 256 bits.
    pub key: Zeroizing<Vec<u8>>,
    /// When it was made, epoch milliseconds.
    pub created_at_ms: i64,
    /// When a newer one took over, epoch milliseconds.
    pub retired_at_ms: Option<i64>,
    /// No token that it signed ends later, epoch seconds.
    pub tokens_until_s: i64,
}

/// What a rotation has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// The key that signs from now on.
    pub kid: String,
    /// How many keys were removed because all their tokens are over.
    pub removed: u64,
}

const INSERT: Sql = Sql::same(
    "INSERT INTO signing_key (kid, sealed, created_at, retired_at, tokens_until) VALUES ($1, $2, $3, NULL, 0)",
);
const ALL: Sql = Sql::same(
    "SELECT kid, sealed, created_at, retired_at, tokens_until FROM signing_key
     ORDER BY CASE WHEN retired_at IS NULL THEN 0 ELSE 1 END, created_at DESC, kid",
);
const RETIRE: Sql = Sql::same("UPDATE signing_key SET retired_at = $1 WHERE retired_at IS NULL");
const DROP: Sql = Sql::same("DELETE FROM signing_key WHERE retired_at IS NOT NULL AND tokens_until < $1");
const EXTEND: Sql =
    Sql::same("UPDATE signing_key SET tokens_until = $2 WHERE kid = $1 AND tokens_until < $2 AND retired_at IS NULL");
const HOLDS: Sql = Sql::same("SELECT kid FROM signing_key WHERE kid = $1 AND tokens_until >= $2");

impl Tx {
    /// The keys, the one that signs first.
    pub async fn signing_keys(&mut self) -> Result<Vec<SigningKey>> {
        let rows = self.conn.rows(&ALL, &[]).await?;
        rows.iter().map(|row| self.signing_key(row)).collect()
    }

    /// Makes a new key that signs from now on, and removes those whose tokens ended before `over_s` (epoch seconds).
    pub async fn rotate_signing_key(&mut self, over_s: i64) -> Result<NewKey> {
        let (kid, now_ms) = (lakehead_model::id::random_hex(8), self.now_ms().await?);
        let sealed = self.keyring.seal(&new_key()[..], &context(&kid))?;
        self.access_changes();
        self.conn.run(&RETIRE, &[Arg::Int(now_ms)]).await?;
        let removed = self.conn.run(&DROP, &[Arg::Int(over_s)]).await?;
        self.conn.run(&INSERT, &[Arg::Text(&kid), Arg::Bytes(&sealed), Arg::Int(now_ms)]).await?;
        Ok(NewKey { kid, removed })
    }

    /// Notes that a key will sign tokens that end until `until_s` (epoch seconds); false where it may not do so any more.
    pub async fn extend_signing_key(&mut self, kid: &str, until_s: i64) -> Result<bool> {
        let args = [Arg::Text(kid), Arg::Int(until_s)];
        self.access_changes();
        Ok(self.conn.run(&EXTEND, &args).await? > 0 || self.conn.exists(&HOLDS, &args).await?)
    }

    fn signing_key(&self, row: &Row) -> Result<SigningKey> {
        let kid = row.text(0)?;
        let key = self.keyring.open(&row.bytes(1)?, &context(&kid));
        Ok(SigningKey {
            key: key.ok_or(StoreError::Damaged { what: "signing key" })?,
            kid,
            created_at_ms: row.int(2)?,
            retired_at_ms: row.opt_int(3)?,
            tokens_until_s: row.int(4)?,
        })
    }
}

fn context(kid: &str) -> Vec<u8> {
    [b"signing key\0", kid.as_bytes()].concat()
}
