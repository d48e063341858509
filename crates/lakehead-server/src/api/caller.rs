//! Who is asking: the four headers of the gateway, checked against the token.
//!
//! Organisation and rights come from the token. The headers only choose within them.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use lakehead_model::access::Permission;
use lakehead_model::{Actor, Origin, Scope};
use lakehead_store::{StoreError, Tx};

use super::problem::{Answer, Problem};
use super::request_id;
use super::routes::Needs;
use crate::app::App;
use crate::principals::Principal;
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
    /// Whether a service asks and no person.
    pub(crate) is_service: bool,
    /// How often the sandbox had been closed when the request came: after a reset it may write nothing.
    pub(crate) generation: i64,
}

/// An authenticated caller before a sandbox is chosen (sandbox management).
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// What the token says.
    pub(crate) claims: Claims,
    /// Tenant name of the organisation.
    pub(crate) tenant: String,
    principal: Arc<Principal>,
}

impl Caller {
    /// A transaction in which everything is noted as done by this caller in this request. Refused where the sandbox is
    /// being reset or deleted, or was reset since the request came.
    pub(crate) async fn write(&self, app: &App) -> Answer<Tx> {
        let origin = Origin { actor: self.actor.clone(), request_id: request_id::current() };
        match app.store.write_in(&self.scope, Some(self.generation), origin).await {
            Err(StoreError::SandboxClosed) => Err(no_sandbox(&self.scope.sandbox_name)),
            other => Ok(other?),
        }
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

    /// What needs a permission and no sandbox is allowed to who holds it in any.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let member = Self::authenticated(parts, app).await?;
        member.require(parts, None)?;
        Ok(member)
    }
}

impl Member {
    async fn authenticated(parts: &Parts, app: &App) -> Result<Self, Problem> {
        let claims = claims_of(&parts.headers, app)?;
        // A client or an organisation that was removed or disabled takes its tokens with it.
        let principal = app.principals.client(&app.store, &claims.client_id, app.clock.now_ms()).await?;
        let principal = principal.filter(|principal| principal.org == claims.org).ok_or_else(token_is_not_valid)?;
        request_id::authenticated(&claims.client_id, &claims.org);
        Ok(Self { claims, tenant: principal.tenant.clone(), principal })
    }

    /// Refuses who lacks the permission that the matched route needs. Codes: `FLOW-2120-403` administration,
    /// `FLOW-2121-403` managing sources, `FLOW-2118-403` anything else.
    fn require(&self, parts: &Parts, sandbox: Option<&str>) -> Result<(), Problem> {
        let Some(Needs(permission)) = parts.extensions.get::<Needs>().copied() else { return Ok(()) };
        if self.principal.roles.iter().any(|role| role.grants(permission, sandbox)) {
            return Ok(());
        }
        let code = match permission {
            Permission::Administer => "FLOW-2120-403",
            Permission::ManageSources => "FLOW-2121-403",
            _ => "FLOW-2118-403",
        };
        let place = sandbox.map_or_else(|| "this organisation".to_owned(), |name| format!("sandbox `{name}`"));
        let message =
            format!("permission `{}` is missing in {place}; ask an administrator for a role", permission.as_str());
        Err(Problem::new(code, message))
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let member = Member::authenticated(parts, app).await?;
        let name = header(&parts.headers, "x-sandbox-name");
        check_sandbox_headers(&parts.headers, member.principal.is_service)?;
        let org = &member.claims.org;
        let sandbox = app.principals.sandbox(&app.store, org, name, app.clock.now_ms()).await?;
        let Some(sandbox) = sandbox.filter(|sandbox| sandbox.state == "active") else {
            return Err(name.map_or_else(no_default_sandbox, no_sandbox));
        };
        if header(&parts.headers, "x-sandbox-id").is_some_and(|id| !id.eq_ignore_ascii_case(&sandbox.id)) {
            let message = format!("`x-sandbox-id` is not the id of sandbox `{}`; check both headers", sandbox.name);
            return Err(Problem::new("FLOW-2103-404", message));
        }
        member.require(parts, Some(&sandbox.name))?;
        let Member { claims, tenant, principal } = member;
        Ok(Self {
            scope: Scope { org: claims.org, sandbox_id: sandbox.id.clone(), sandbox_name: sandbox.name.clone() },
            actor: Actor { user: claims.sub, client: claims.client_id },
            tenant,
            sandbox_type: sandbox.kind.clone(),
            is_service: principal.is_service,
            generation: sandbox.generation,
        })
    }
}

/// `x-sandbox-id` is for services, and a call is for one sandbox.
fn check_sandbox_headers(headers: &HeaderMap, is_service: bool) -> Result<(), Problem> {
    let (name, id) = (header(headers, "x-sandbox-name"), header(headers, "x-sandbox-id"));
    match (name == Some("*"), id == Some("*")) {
        (false, false) if id.is_some() && !is_service => {
            Err(Problem::new("FLOW-2110-400", "`x-sandbox-id` is not allowed with the token of a user; leave it out"))
        }
        (false, false) => Ok(()),
        _ if !is_service => {
            Err(Problem::new("FLOW-2111-403", "`*` is not allowed with the token of a user; name one sandbox"))
        }
        (true, true) => Err(Problem::new("FLOW-2113-400", "`*` is not allowed on this request; name one sandbox")),
        _ => Err(Problem::new("FLOW-2112-400", "`x-sandbox-name` and `x-sandbox-id` must both be `*`, or neither")),
    }
}

/// A sandbox that does not exist, or that nobody can use now.
fn no_sandbox(name: &str) -> Problem {
    let name = super::problem::shorten(name);
    Problem::new(
        "FLOW-2100-404",
        format!("sandbox `{name}` is not found in this organisation, or not active; check the header `x-sandbox-name`"),
    )
}

fn no_default_sandbox() -> Problem {
    Problem::new(
        "FLOW-2106-404",
        "this organisation has no default sandbox that is active; name one in the header `x-sandbox-name`",
    )
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
