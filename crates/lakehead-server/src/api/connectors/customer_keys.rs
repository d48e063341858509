//! `/customer-keys`: public keys that the signatures of files are checked with.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use lakehead_engine::preview::TrialError;
use lakehead_model::Invalid;
use lakehead_model::encryption_key::{EncryptionKey, INVALID_KEY, KeyUse, SharedKey};
use serde_json::{Value, json};

use super::keys;
use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem};
use crate::app::App;

/// `GET /customer-keys`
pub(super) async fn list(caller: Caller, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>> {
    keys::page(&caller, &app, &query, KeyUse::SignVerification).await
}

/// `POST /customer-keys`: the key is read in a worker process.
pub(super) async fn share(caller: Caller, State(app): State<App>, JsonBody(body): JsonBody) -> Answer<Response> {
    let input = SharedKey::parse(&body)?;
    keys::check_room(&mut app.store.read().await?, &caller).await?;
    let known = app.engine.read_signer_key(input.public_key.clone()).await.map_err(unusable)?;
    let now_ms = app.clock.now_ms();
    let key = EncryptionKey::shared(input, known.expires_at_s, now_ms);
    key.check_use("publicKey", KeyUse::SignVerification, now_ms)?;

    let mut tx = caller.write(&app).await?;
    keys::check_room(&mut tx, &caller).await?;
    tx.insert(&caller.scope, &key).await?;
    let made = Json(json!({ "publicKeyId": key.public_key_id }));
    caller.commit(&app, tx, (StatusCode::CREATED, made).into_response()).await
}

/// `DELETE /customer-keys/{id}`
pub(super) async fn delete(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<StatusCode> {
    keys::remove(&caller, &app, &id, KeyUse::SignVerification).await
}

fn unusable(error: TrialError) -> Problem {
    match error {
        TrialError::Rows(why) => Invalid::new(INVALID_KEY, format!("`publicKey` cannot be used: {why}")).into(),
        TrialError::Busy => Problem::new("FLOW-1103-503", error.to_string()),
        TrialError::Worker(error) => Problem::internal(&error),
    }
}
