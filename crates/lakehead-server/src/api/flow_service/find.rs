//! Finding a resource by the id in the path: unknown, malformed and foreign ids, and flows with labels that the caller
//! lacks, are the same 404.

use axum::response::Response;
use lakehead_model::Scope;
use lakehead_store::{Document, Listed, Tx};

use super::{answers, labels};
use crate::api::caller::Caller;
use crate::api::problem::{Answer, Problem};
use crate::app::App;

/// The document with this id in the caller's sandbox.
pub(super) async fn document<D: Document>(tx: &mut Tx, scope: &Scope, collection: &'static str, id: &str) -> Answer<D> {
    let normal = id.to_ascii_lowercase();
    let found = if is_uuid(&normal) { tx.get::<D>(scope, &normal).await? } else { None };
    found.ok_or_else(|| Problem::not_found(collection, id))
}

/// The answer that shows one resource, from its stored text and without a transaction.
pub(super) async fn shown(
    app: &App,
    caller: &Caller,
    of: Listed,
    collection: &'static str,
    id: &str,
) -> Answer<Response> {
    let normal = id.to_ascii_lowercase();
    let found = if is_uuid(&normal) { app.store.shown(&caller.scope, of, &normal).await? } else { None };
    match found {
        Some(shown) if labels::may_see(app, caller, of, &shown).await? => Ok(answers::one(&shown)),
        _ => Err(Problem::not_found(collection, id)),
    }
}

/// Whether the text can be an id at all; anything else need not reach the database.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
