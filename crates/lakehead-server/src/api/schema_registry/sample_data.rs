//! `GET /rpc/sampledata/{id}`: an object that a schema allows.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use lakehead_model::xdm::accept::{Accept, Family};
use lakehead_model::xdm::{names, sample};

use super::lookup;
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::Answer;
use crate::app::App;

/// Answers the same object as long as the schema is the same.
pub(super) async fn get(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    let accept = Accept::for_lookup(lookup::accept_header(&headers))?;
    let mut tx = app.store.read().await?;
    let body = lookup::anything(&mut tx, &caller, &id).await?;
    let body = body.filter(|_| accept.version == Some(1)).ok_or_else(|| lookup::not_found(&id, accept.version))?;
    let resolved = lookup::resolved(&mut tx, &caller, &body).await?;
    let resolved = if accept.family == Family::Xdm { names::to_json_ld(resolved) } else { resolved };
    Ok(lookup::answer(sample::sample(&resolved), &headers))
}
