//! Who reads from which warehouse: the bearer of the token, in the sandbox that the path names.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use lakehead_store::Sandbox;

use crate::access::Bearer;
use crate::api::caller::{Caller, Member};
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Longest name of a sandbox that is looked for, bytes.
const MAX_NAME: usize = 256;

/// A caller who has chosen a warehouse by the first part of the path.
pub(super) struct Reader {
    /// The caller in the sandbox.
    pub(super) caller: Caller,
    /// Whom the token names.
    pub(super) bearer: Bearer,
    /// When the token ends, epoch milliseconds.
    pub(super) until_ms: i64,
}

impl FromRequestParts<App> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let member = Member::by_token(&parts.headers, app).await?;
        let name = match RawPathParams::from_request_parts(parts, app).await {
            Ok(params) => params.iter().find(|(name, _)| *name == "prefix").map(|(_, value)| value.to_owned()),
            Err(_) => None,
        };
        // A path that cannot be decoded names nothing.
        let sandbox = warehouse(app, &member, Some(name.as_deref().unwrap_or_default())).await?;
        let (bearer, until_ms) = (member.bearer().clone(), member.token_until_ms(app));
        Ok(Self { caller: member.enter(&sandbox, parts)?, bearer, until_ms })
    }
}

/// The sandbox that is named, or the default one, where it can be used.
pub(super) async fn warehouse(app: &App, member: &Member, name: Option<&str>) -> Answer<Arc<Sandbox>> {
    let possible = name.is_none_or(|name| !name.is_empty() && name.len() <= MAX_NAME && !name.contains('\0'));
    let found = if possible { app.access.sandbox(&member.claims.org, name).await? } else { None };
    found.ok_or_else(|| {
        let name = shorten(name.unwrap_or("(default)"));
        let message = format!(
            "warehouse `{name}` is no sandbox of this organisation, or not active; give the name of a sandbox as `warehouse`"
        );
        Problem::new("ICEBERG-1404-404", message)
    })
}
