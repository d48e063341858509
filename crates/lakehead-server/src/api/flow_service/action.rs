//! `POST …/{id}/action`: which action is asked for, and the rules that hold for its body.
//!
//! Actions are done when they are answered. The steps of a provider that reports back later (`FINALIZE`, sub-operations)
//! therefore never find a resource that waits for them, and are refused by the documented codes.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use lakehead_model::body::as_number;
use lakehead_model::state::State;
use serde_json::Value;

use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Caller;
use crate::api::problem::{Answer, Problem, shorten};

/// What is to be done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Enable,
    Disable,
    Publish,
    Finalize,
    FinalizeUpdate,
    ReTrigger,
}

/// The optional body of an action; null where there is none.
pub(super) struct StateAction(pub(super) Value);

impl<S: Send + Sync> FromRequest<S> for StateAction {
    type Rejection = Problem;

    /// A request without a body has no content type either.
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), state)
            .await
            .map_err(|rejection| crate::api::body::too_large_or_broken(&rejection))?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(Value::Null));
        }
        let request = Request::from_parts(parts, axum::body::Body::from(bytes));
        JsonBody::from_request(request, state).await.map(|body| Self(body.0))
    }
}

impl Action {
    const ALL: [Self; 6] =
        [Self::Enable, Self::Disable, Self::Publish, Self::Finalize, Self::FinalizeUpdate, Self::ReTrigger];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Publish => "publish",
            Self::Finalize => "finalize",
            Self::FinalizeUpdate => "finalize_update",
            Self::ReTrigger => "re_trigger",
        }
    }

    /// Reads `op`, `subOp` and the body. Codes: `FLOW-1451-400` no `op`, `FLOW-1422-400` an `op` that this kind of
    /// resource does not have, and those of [`check_sub_op`].
    pub(super) fn parse(query: &QueryPairs, body: &StateAction, allowed: &[Self]) -> Answer<Self> {
        let names = allowed.iter().map(|action| format!("`{}`", action.as_str())).collect::<Vec<_>>().join(", ");
        let Some(text) = query.get("op") else {
            return Err(Problem::new("FLOW-1451-400", format!("query parameter `op` is missing; use {names}")));
        };
        let known = Self::ALL.into_iter().find(|action| action.as_str().eq_ignore_ascii_case(text.trim()));
        let action = known.filter(|action| allowed.contains(action)).ok_or_else(|| {
            Problem::new("FLOW-1422-400", format!("`op` `{}` is not applicable here; use {names}", shorten(text)))
        })?;
        check_sub_op(action, query, &body.0)?;
        Ok(action)
    }

    /// Refuses anything but `wanted`: nothing here is in a state that a provider could finalize (`FLOW-1409-400`).
    pub(super) fn must_be(self, wanted: Self, state: State) -> Answer<()> {
        if self == wanted {
            return Ok(());
        }
        let message =
            format!("`{}` is not applicable in state `{}`; nothing is pending", self.as_str(), state.as_str());
        Err(Problem::new("FLOW-1409-400", message))
    }
}

/// Finalizing is for services: `FLOW-1402-400`.
pub(super) fn must_be_service(caller: &Caller, action: Action) -> Answer<()> {
    if caller.is_service || !matches!(action, Action::Finalize | Action::FinalizeUpdate) {
        return Ok(());
    }
    let message = format!("`{}` is for providers only; users enable, disable and publish", action.as_str());
    Err(Problem::new("FLOW-1402-400", message))
}

/// What a provider may report.
const STATUSES: [&str; 8] =
    ["IN_PROGRESS", "COMPLETED", "SUCCESS", "PARTIAL_SUCCESS", "FAILED", "PARTIAL_FAILURE", "QUEUED", "SCHEDULED"];

/// Rules between `op`, `subOp` and the body. Codes: `FLOW-1435-400` an unknown sub-operation, 1406 `PROGRESS` with
/// others, 1436 `PROGRESS` with `ENABLE`, 1437 an unknown status, 1407 `FAILED` with `PROGRESS`, 1408 an end below 100 %.
fn check_sub_op(action: Action, query: &QueryPairs, body: &Value) -> Answer<()> {
    let refuse = |code: &str, message: String| Err(Problem::new(code, message));
    let subs: Vec<String> =
        query.all("subOp").flat_map(|text| text.split(',')).map(|text| text.trim().to_ascii_uppercase()).collect();
    if let Some(odd) = subs.iter().find(|sub| !matches!(sub.as_str(), "APPLY" | "ROLLBACK" | "PROGRESS")) {
        return refuse(
            "FLOW-1435-400",
            format!("`subOp` `{}` is unknown; use APPLY, ROLLBACK or PROGRESS", shorten(odd)),
        );
    }
    let progress = subs.iter().any(|sub| sub == "PROGRESS");
    if progress && subs.len() > 1 {
        return refuse("FLOW-1406-400", "`subOp` PROGRESS cannot be combined with others; send it alone".to_owned());
    }
    if progress && action == Action::Enable {
        return refuse("FLOW-1436-400", "`subOp` PROGRESS is not for `op` enable; leave it out".to_owned());
    }
    if !body.is_null() && !body.is_object() {
        return refuse("FLOW-1100-400", "the body of an action must be a JSON object; send one, or none".to_owned());
    }
    let Some(status) = body["status"]["value"].as_str().map(str::to_ascii_uppercase) else { return Ok(()) };
    if !STATUSES.contains(&status.as_str()) {
        return refuse(
            "FLOW-1437-400",
            format!("`status.value` `{}` is unknown; use {}", shorten(&status), STATUSES.join(", ")),
        );
    }
    if progress && status == "FAILED" {
        return refuse("FLOW-1407-400", "`status.value` FAILED is no progress; leave out `subOp` PROGRESS".to_owned());
    }
    let ended = matches!(status.as_str(), "COMPLETED" | "FAILED");
    if ended && as_number(&body["percentCompleted"]).is_none_or(|percent| percent < 100.0) {
        return refuse("FLOW-1408-400", format!("`percentCompleted` must be 100 with `status.value` {status}"));
    }
    Ok(())
}
