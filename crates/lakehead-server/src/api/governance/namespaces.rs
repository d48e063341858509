//! `/identities`: identity namespaces, the standard ones first.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use lakehead_model::identity_namespace::{
    IdentityNamespace, MAX_CUSTOM, NewIdentityNamespace, STANDARD, StandardNamespace,
};
use lakehead_store::{StoreError, Tx};
use serde_json::{Value, json};

use crate::api::body::JsonBody;
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// `GET /identities`
pub(super) async fn list(caller: Caller, State(app): State<App>) -> Answer<Json<Value>> {
    let custom = all(&mut app.store.read().await?, &caller).await?;
    let standard = STANDARD.iter().map(StandardNamespace::to_wire);
    let wires: Vec<Value> = standard.chain(custom.iter().map(IdentityNamespace::to_wire)).collect();
    Ok(Json(json!(wires)))
}

/// `GET /identities/{id}`
pub(super) async fn get(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<Json<Value>> {
    if let Some(known) = STANDARD.iter().find(|known| known.id.to_string() == id) {
        return Ok(Json(known.to_wire()));
    }
    Ok(Json(find(&mut app.store.read().await?, &caller, &id).await?.to_wire()))
}

/// `POST /identities`
pub(super) async fn create(
    caller: Caller,
    State(app): State<App>,
    JsonBody(body): JsonBody,
) -> Answer<(StatusCode, Json<Value>)> {
    let input = NewIdentityNamespace::parse(&body)?;
    let code = input.code.clone();
    if input.is_standard() {
        return Err(taken(&code));
    }
    let mut tx = caller.write(&app).await?;
    let known = all(&mut tx, &caller).await?;
    if known.len() as u64 >= MAX_CUSTOM {
        let message = format!("`{code}`: the sandbox has {MAX_CUSTOM} namespaces already; use one of them");
        return Err(Problem::new("IDNS-1001-400", message));
    }
    let mut id = IdentityNamespace::random_id();
    while known.iter().any(|other| other.id == id) {
        id = IdentityNamespace::random_id();
    }
    let made = IdentityNamespace::new(input, id, app.clock.now_ms());
    match tx.insert(&caller.scope, &made).await {
        Err(StoreError::Taken { .. }) => return Err(taken(&code)),
        other => other?,
    }
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(made.to_wire())))
}

/// `PUT /identities/{id}`: another name or description.
pub(super) async fn replace(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Answer<Json<Value>> {
    let input = NewIdentityNamespace::parse(&body)?;
    if STANDARD.iter().any(|known| known.id.to_string() == id) {
        let message =
            format!("namespace `{id}` is a standard one, which cannot be changed; make a namespace of your own");
        return Err(Problem::new("IDNS-1003-403", message));
    }
    let mut tx = caller.write(&app).await?;
    let before = find(&mut tx, &caller, &id).await?;
    let after = before.changed(input, app.clock.now_ms())?;
    tx.replace(&caller.scope, &after, &before.etag).await?;
    tx.commit().await?;
    Ok(Json(after.to_wire()))
}

async fn all(tx: &mut Tx, caller: &Caller) -> Answer<Vec<IdentityNamespace>> {
    Ok(tx.newest(&caller.scope, MAX_CUSTOM as usize).await?)
}

async fn find(tx: &mut Tx, caller: &Caller, id: &str) -> Answer<IdentityNamespace> {
    let found = all(tx, caller).await?.into_iter().find(|known| known.id.to_string() == id);
    found.ok_or_else(|| {
        let message = format!("identity namespace `{}` is not found; check the id and the sandbox", shorten(id));
        Problem::new("IDNS-1404-404", message)
    })
}

fn taken(code: &str) -> Problem {
    let code = shorten(code);
    Problem::new("IDNS-1409-409", format!("`code` `{code}` belongs to a namespace already; choose another"))
}
