//! `POST …/{id}/action`: reading the request. Its rules are in `lakehead_model::action`.

use axum::extract::{FromRequest, Request};
use lakehead_model::action::{Action, ActionRequest};
use serde_json::Value;

use crate::api::body::{JsonBody, QueryPairs, RawBody};
use crate::api::caller::Caller;
use crate::api::problem::{Answer, Problem};
use crate::app::App;

/// The optional body of an action; null where there is none.
pub(super) struct StateAction(pub(super) Value);

impl FromRequest<App> for StateAction {
    type Rejection = Problem;

    /// A request without a body has no content type either.
    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let RawBody(bytes) = RawBody::from_request(Request::from_parts(parts.clone(), body), app).await?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(Value::Null));
        }
        let request = Request::from_parts(parts, axum::body::Body::from(bytes));
        JsonBody::from_request(request, app).await.map(|body| Self(body.0))
    }
}

/// Reads an action; those of providers are for service tokens (`FLOW-1402-400`).
pub(super) fn read(
    caller: &Caller,
    query: &QueryPairs,
    body: &StateAction,
    allowed: &[Action],
) -> Answer<ActionRequest> {
    let request = ActionRequest::parse(query.get("op"), query.all("subOp"), &body.0, allowed)?;
    if request.action.is_of_provider() && !caller.is_service {
        let message = format!("`op` {} is for providers only; use a service token", request.action.as_str());
        return Err(Problem::new("FLOW-1402-400", message));
    }
    Ok(request)
}
