//! `/keys`: pairs that files are encrypted for.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use lakehead_connect::pgp;
use lakehead_engine::{PASS_PHRASE, PRIVATE_KEY};
use lakehead_model::Invalid;
use lakehead_model::encryption_key::{EncryptionKey, KeyUse, LIFETIME_S, MAX_KEYS, NewPair};
use lakehead_store::{DocumentKind, Tx};
use serde_json::{Value, json};

use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Most keys of a page.
const MAX_PAGE: usize = 100;

/// `GET /keys`
pub(super) async fn list(caller: Caller, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>> {
    page(&caller, &app, &query, KeyUse::Encryption).await
}

/// `GET /keys/{id}`
pub(super) async fn get(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<Json<Value>> {
    Ok(Json(find(&mut app.store.read().await?, &caller, &id, KeyUse::Encryption).await?.to_wire()))
}

/// `GET /keys/validate/{id}`
pub(super) async fn validate(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let key = find(&mut app.store.read().await?, &caller, &id, KeyUse::Encryption).await?;
    let status = if key.has_expired(app.clock.now_ms()) { "Expired" } else { "Active" };
    Ok(Json(json!({ "publicKeyId": key.public_key_id, "status": status })))
}

/// `POST /keys`
pub(super) async fn create(caller: Caller, State(app): State<App>, JsonBody(body): JsonBody) -> Answer<Response> {
    let input = NewPair::parse(&body)?;
    check_room(&mut app.store.read().await?, &caller).await?;
    let now_ms = app.clock.now_ms();
    let (name, pass_phrase) = (input.name.clone(), input.pass_phrase.clone());
    // Locking the key takes a while on purpose.
    let making =
        tokio::task::spawn_blocking(move || pgp::make_pair(&name, &pass_phrase, now_ms.div_euclid(1000), LIFETIME_S));
    let made = making.await.map_err(|error| Problem::internal(&error))?.map_err(|error| Problem::internal(&error))?;
    let key = EncryptionKey::pair(&input, made.public_key, now_ms);
    let secrets =
        BTreeMap::from([(PRIVATE_KEY.to_owned(), made.private_key), (PASS_PHRASE.to_owned(), input.pass_phrase)]);

    let mut tx = caller.write(&app).await?;
    check_room(&mut tx, &caller).await?;
    tx.insert(&caller.scope, &key).await?;
    tx.put_secrets(&caller.scope, (DocumentKind::EncryptionKey, &key.public_key_id), &secrets).await?;
    let wire = key.to_wire();
    let shown = json!({
        "publicKey": wire["publicKey"], "publicKeyId": wire["publicKeyId"], "expiryTime": wire["expiryTime"],
    });
    caller.commit(&app, tx, (StatusCode::CREATED, Json(shown)).into_response()).await
}

/// `DELETE /keys/{id}`
pub(super) async fn delete(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<StatusCode> {
    remove(&caller, &app, &id, KeyUse::Encryption).await
}

/// A page of the keys of one kind.
pub(super) async fn page(caller: &Caller, app: &App, query: &QueryPairs, key_use: KeyUse) -> Answer<Json<Value>> {
    let number =
        |name: &'static str, default: usize, most: usize| match query.get(name) {
            None => Ok(default),
            Some(text) => text.parse().ok().filter(|value| *value <= most).ok_or_else(|| {
                Problem::from(Invalid::value(name, &format!("a whole number up to {most} is expected")))
            }),
        };
    let (start, limit) = (number("start", 0, 1_000_000_000)?, number("limit", MAX_PAGE, MAX_PAGE)?.max(1));
    let all: Vec<EncryptionKey> = app.store.read().await?.newest(&caller.scope, MAX_KEYS as usize).await?;
    let shown = all.iter().filter(|key| key.key_type == key_use).skip(start).take(limit);
    Ok(Json(shown.map(EncryptionKey::to_wire).collect()))
}

/// Deletes a key that no flow uses: the files of a flow must stay readable.
pub(super) async fn remove(caller: &Caller, app: &App, id: &str, key_use: KeyUse) -> Answer<StatusCode> {
    let mut tx = caller.write(app).await?;
    let id = find(&mut tx, caller, id, key_use).await?.public_key_id;
    if let Some((_, flow)) = tx.referrers(&caller.scope, (DocumentKind::EncryptionKey, &id)).await?.first() {
        let message = format!("key `{id}` is used by flow `{flow}`; change or delete the flow first");
        return Err(Problem::new("FLOW-1418-400", message));
    }
    tx.delete::<EncryptionKey>(&caller.scope, &id).await?;
    tx.delete_secrets(&caller.scope, (DocumentKind::EncryptionKey, &id)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Refuses one key more than a sandbox may have.
pub(super) async fn check_room(tx: &mut Tx, caller: &Caller) -> Answer<()> {
    if tx.count::<EncryptionKey>(&caller.scope).await? < MAX_KEYS {
        return Ok(());
    }
    Err(Invalid::value("name", &format!("the sandbox has {MAX_KEYS} keys already; delete some that no flow uses"))
        .into())
}

async fn find(tx: &mut Tx, caller: &Caller, id: &str, key_use: KeyUse) -> Answer<EncryptionKey> {
    let found: Option<EncryptionKey> = tx.get(&caller.scope, id).await?;
    found.filter(|key| key.key_type == key_use).ok_or_else(|| {
        let message = format!("encryption key `{}` is not found; check the id and the sandbox", shorten(id));
        Problem::from_provider("CONNECTOR-1003-404", message)
    })
}
