//! Keys for the files of one table: made for whoever loads it, good for an hour, stored nowhere.
//!
//! The access key says whose key it is and for what, in the open; the secret key is derived from it with a key of the
//! server. Whoever changes a word of the access key does not know the secret that belongs to it. The roles of the bearer
//! are looked at again with every request, so that a key is worth no more than the token was.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use lakehead_engine::published::TablePlace;
use lakehead_model::Scope;
use lakehead_model::access::Permission;
use lakehead_model::dataset::Dataset;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::reader::Reader;
use crate::access::Bearer;
use crate::api::problem::{Answer, Problem};
use crate::app::App;

/// How long a key is good, milliseconds.
const LIFE_MS: i64 = 3_600_000;
/// Longest access key that is looked at, bytes.
const MAX_ACCESS_KEY: usize = 4096;
/// What the server's key is used for.
const PURPOSE: &str = "keys of tables";

/// What an access key says.
#[derive(Debug, Serialize, Deserialize)]
struct Says {
    /// Who loaded the table.
    bearer: Bearer,
    /// Name of the sandbox.
    sandbox: String,
    /// Its id: another sandbox may get the name later.
    sandbox_id: String,
    /// The dataset.
    dataset: String,
    /// When the key ends, epoch milliseconds.
    until_ms: i64,
}

/// The properties with which clients read the files of a table.
pub(super) fn config(app: &App, reader: &Reader, place: &TablePlace) -> Answer<Value> {
    make(app, (&reader.bearer, reader.until_ms), &reader.caller.scope.sandbox_name, place)
}

/// `token_until_ms` is when the token of the bearer ends.
fn make(app: &App, (bearer, token_until_ms): (&Bearer, i64), sandbox: &str, place: &TablePlace) -> Answer<Value> {
    let until_ms = (app.clock.now_ms() + LIFE_MS).min(token_until_ms);
    // Names of people decide nothing here.
    let bearer = match bearer {
        Bearer::Client { .. } => bearer.clone(),
        Bearer::Person { issuer, subject, org, .. } => Bearer::Person {
            issuer: issuer.clone(),
            subject: subject.clone(),
            org: org.clone(),
            name: None,
            client_id: None,
        },
    };
    let says = Says {
        bearer,
        sandbox: sandbox.to_owned(),
        sandbox_id: place.sandbox_id.clone(),
        dataset: place.dataset_id.clone(),
        until_ms,
    };
    let access_key = BASE64.encode(serde_json::to_vec(&says).map_err(|error| Problem::internal(&error))?);
    let secret_key = derive(app, &access_key).map_err(|error| Problem::internal(&error))?;
    Ok(json!({
        // ClickHouse tells the bucket from the path by the slash at the end.
        "s3.endpoint": format!("{}/", app.public_url),
        "s3.region": "us-east-1",
        "client.region": "us-east-1",
        "s3.path-style-access": "true",
        "s3.access-key-id": access_key,
        "s3.secret-access-key": secret_key,
        "s3.session-token-expires-at-ms": until_ms.to_string(),
    }))
}

/// The secret key of an access key; `None` for one that is no key of ours, or over.
pub(super) fn secret(app: &App, access_key: &str) -> Option<String> {
    let says = read(access_key)?;
    (app.clock.now_ms() < says.until_ms).then(|| derive(app, access_key).ok())?
}

/// The table that a proved access key opens now; `None` where its bearer may not see it any more, or it is gone.
pub(super) async fn opens(app: &App, access_key: &str) -> Answer<Option<TablePlace>> {
    let Some(says) = read(access_key) else { return Ok(None) };
    // A signing key that was taken back ends what its tokens were good for.
    if let Bearer::Client { kid, .. } = &says.bearer
        && !app.access.tokens.knows(kid.as_deref()).await?
    {
        return Ok(None);
    }
    let Some(principal) = app.access.principal(&says.bearer).await? else { return Ok(None) };
    let sandbox = app.access.sandbox(&principal.org, Some(&says.sandbox)).await?;
    let Some(sandbox) = sandbox.filter(|sandbox| sandbox.id == says.sandbox_id) else { return Ok(None) };
    if !principal.grants.in_sandbox(&sandbox.id).allow(Permission::ViewDatasets) {
        return Ok(None);
    }
    let scope =
        Scope { org: principal.org.clone(), sandbox_id: sandbox.id.clone(), sandbox_name: sandbox.name.clone() };
    let dataset = app.store.read().await?.get::<Dataset>(&scope, &says.dataset).await?;
    Ok(dataset.map(|dataset| TablePlace { sandbox_id: sandbox.id.clone(), dataset_id: dataset.id }))
}

fn read(access_key: &str) -> Option<Says> {
    let bytes = BASE64.decode(Some(access_key).filter(|key| key.len() <= MAX_ACCESS_KEY)?).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// HMAC-SHA256 of the access key.
fn derive(app: &App, access_key: &str) -> jsonwebtoken::errors::Result<String> {
    let key = EncodingKey::from_secret(&*app.store.derive_key(PURPOSE));
    crypto::sign(access_key.as_bytes(), &key, Algorithm::HS256)
}

#[cfg(test)]
mod tests {
    use lakehead_model::time::Clock;

    use super::*;
    use crate::config::{DataArgs, ServeArgs, Settings};

    async fn app(folder: &std::path::Path, clock: Clock) -> App {
        let data = DataArgs { data_dir: folder.join("data"), database: None, config: None };
        let args = ServeArgs { data, listen: None, allow_egress: vec![], public_url: None };
        App::open(Settings::resolve(&args).unwrap(), "http://x".into(), clock).await.unwrap()
    }

    #[tokio::test]
    async fn a_key_is_good_for_an_hour_where_it_was_made() {
        let (here, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let clock = Clock::manual(1_790_000_000_000);
        let (app, other) = (app(here.path(), clock.clone()).await, app(elsewhere.path(), clock.clone()).await);
        let bearer = Bearer::Client { client_id: "c".into(), org: "o".into(), kid: Some("k".into()) };
        let place = TablePlace { sandbox_id: "s".into(), dataset_id: "d".into() };
        let config = make(&app, (&bearer, i64::MAX), "prod", &place).unwrap();
        let access_key = config["s3.access-key-id"].as_str().unwrap();
        assert_eq!(read(access_key).unwrap().bearer, bearer, "with the key that signed the token");
        let known = secret(&app, access_key);
        assert_eq!(known.as_deref(), config["s3.secret-access-key"].as_str());
        assert_ne!(known, secret(&other, access_key), "another server has another key");
        let mut changed = read(access_key).unwrap();
        changed.dataset = "e".into();
        let changed = BASE64.encode(serde_json::to_vec(&changed).unwrap());
        assert_ne!(known, secret(&app, &changed), "the secret is that of every word");
        let short = make(&app, (&bearer, 1_790_000_005_000), "prod", &place).unwrap();
        assert_eq!(short["s3.session-token-expires-at-ms"], "1790000005000", "no longer than the token");
        clock.advance_ms(LIFE_MS - 1);
        assert!(secret(&app, access_key).is_some());
        clock.advance_ms(1);
        assert_eq!(secret(&app, access_key), None);
        for nonsense in ["", "AKIAIOSFODNN7EXAMPLE", "!", &"A".repeat(MAX_ACCESS_KEY + 1)] {
            assert_eq!(secret(&app, nonsense), None, "{nonsense}");
        }
    }
}
