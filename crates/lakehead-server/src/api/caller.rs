//! Who is asking: the four headers of the gateway, checked against the token.
//!
//! Organisation and rights come from the token. The headers only choose within them.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use lakehead_model::{Actor, Origin, Scope};
use lakehead_store::Tx;

use super::problem::{Answer, Problem};
use super::request_id;
use crate::app::App;
use crate::tokens::Claims;

/// An authenticated caller who has chosen a sandbox. The only way to a [`Scope`] in a handler.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// Organisation and sandbox that this request may touch.
    pub(crate) scope: Scope,
    /// Who is stamped on what the request makes.
    pub(crate) actor: Actor,
    /// Tenant name, the namespace of custom schema fields (without the underscore).
    pub(crate) tenant: String,
    /// `production` or `development`.
    pub(crate) sandbox_type: String,
}

/// An authenticated caller before a sandbox is chosen (sandbox management).
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// What the token says.
    pub(crate) claims: Claims,
    /// Tenant name of the organisation.
    pub(crate) tenant: String,
}

impl Caller {
    /// A transaction in which everything is noted as done by this caller in this request.
    pub(crate) async fn write(&self, app: &App) -> Answer<Tx> {
        let origin = Origin { actor: self.actor.clone(), request_id: request_id::current() };
        Ok(app.store.write_as(origin).await?)
    }
}

impl Member {
    /// A transaction in which everything is noted as done by this caller in this request.
    pub(crate) async fn write(&self, app: &App) -> Answer<Tx> {
        let actor = Actor { user: self.claims.sub.clone(), client: self.claims.client_id.clone() };
        Ok(app.store.write_as(Origin { actor, request_id: request_id::current() }).await?)
    }
}

impl FromRequestParts<App> for Member {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let claims = claims_of(&parts.headers, app)?;
        let mut tx = app.store.read().await?;
        // A client or an organisation that was removed takes its tokens with it.
        if tx.client(&claims.client_id).await?.is_none_or(|client| client.org != claims.org) {
            return Err(token_is_not_valid());
        }
        let Some(organisation) = tx.organisation(&claims.org).await? else { return Err(token_is_not_valid()) };
        Ok(Self { claims, tenant: organisation.tenant_id })
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Member { claims, tenant } = Member::from_request_parts(parts, app).await?;
        let mut tx = app.store.read().await?;
        let sandbox = match header(&parts.headers, "x-sandbox-name") {
            Some(name) => tx.sandbox_by_name(&claims.org, name).await?.filter(|sandbox| sandbox.state == "active"),
            None => tx.default_sandbox(&claims.org).await?,
        };
        let Some(sandbox) = sandbox else {
            let name = super::problem::shorten(header(&parts.headers, "x-sandbox-name").unwrap_or("(default)"));
            return Err(Problem::new(
                "FLOW-2100-404",
                format!("sandbox `{name}` is not found in this organisation; check the x-sandbox-name header"),
            ));
        };
        Ok(Self {
            scope: Scope { org: claims.org, sandbox_id: sandbox.id, sandbox_name: sandbox.name },
            actor: Actor { user: claims.sub, client: claims.client_id },
            tenant,
            sandbox_type: sandbox.kind,
        })
    }
}

fn claims_of(headers: &HeaderMap, app: &App) -> Result<Claims, Problem> {
    let Some(authorization) = header(headers, "authorization") else {
        return Err(Problem::new("GATEWAY-403010-403", "Oauth token is missing."));
    };
    let token = authorization
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(token_is_not_valid)?;
    let claims = app.tokens.verify(token, app.clock.now_ms()).ok_or_else(token_is_not_valid)?;
    match header(headers, "x-api-key") {
        None => return Err(Problem::new("GATEWAY-403000-403", "Api Key is required")),
        Some(key) if key != claims.client_id => {
            return Err(Problem::new("GATEWAY-403003-403", "Api Key is invalid"));
        }
        Some(_) => {}
    }
    match header(headers, "x-gw-ims-org-id") {
        None => Err(Problem::new("GATEWAY-400003-400", "Missing header")),
        Some(org) if org != claims.org => Err(Problem::new("GATEWAY-403025-403", "Profile is not valid")),
        Some(_) => Ok(claims),
    }
}

fn token_is_not_valid() -> Problem {
    Problem::new("GATEWAY-401013-401", "Oauth token is not valid")
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().filter(|value| !value.is_empty())
}
