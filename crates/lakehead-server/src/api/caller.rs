//! Who is asking: the headers of the gateway, checked against the token.
//!
//! Organisation and rights come from the token and the roles of its bearer. The headers only choose within them. Where
//! the route says which permission it needs, nobody without it gets past here.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use lakehead_model::access::{Permission, Permissions};
use lakehead_model::{Actor, Origin, Scope};
use lakehead_store::{ClientKind, Sandbox, StoreError, Tx};

use super::problem::{Answer, Problem, shorten};
use super::repeatable::Attempt;
use super::request_id;
use super::routes::Needs;
use crate::access::{Bearer, Claims, Principal, Verified};
use crate::app::App;

/// Longest value of a header that names something, bytes.
const MAX_HEADER: usize = 256;

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
    /// Whether a program asks with a service token, not a person with a user token.
    pub(crate) is_service: bool,
    /// How often the sandbox had been closed when the request came: after a reset it may write nothing.
    pub(crate) generation: i64,
    /// What the roles of the caller allow in the sandbox.
    pub(crate) permissions: Permissions,
    /// The key of a create that may be sent again; see [`Caller::commit`].
    pub(crate) attempt: Option<Attempt>,
    /// Data usage labels that the caller may see in the sandbox; `None` is every label.
    pub(crate) labels: Option<BTreeSet<String>>,
}

/// An authenticated caller before a sandbox is chosen (sandbox management, administration).
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// Who it is.
    pub(crate) claims: Claims,
    /// Tenant name of the organisation.
    pub(crate) tenant: String,
    /// Whether a program asks with a service token, not a person with a user token.
    pub(crate) is_service: bool,
    principal: Arc<Principal>,
    /// The token that was sent.
    verified: Arc<Verified>,
}

/// Whether the headers of the gateway have to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Headers {
    Needed,
    /// What is there has to fit; the token says the rest.
    Optional,
}

impl Caller {
    /// A transaction in which everything is noted as done by this caller in this request. Refused where the sandbox is
    /// being reset or deleted, or was reset since the request came.
    pub(crate) async fn write(&self, app: &App) -> Answer<Tx> {
        let origin = Origin { actor: self.actor.clone(), request_id: request_id::current() };
        match app.store.write_in(&self.scope, Some(self.generation), origin).await {
            Err(StoreError::SandboxClosed) => Err(no_sandbox(&self.scope.sandbox_name)),
            other => {
                let tx = other?;
                if let Some(attempt) = &self.attempt {
                    attempt.writes();
                }
                Ok(tx)
            }
        }
    }

    /// Refuses a caller whose roles do not allow `permission` in the chosen sandbox.
    pub(crate) fn require(&self, permission: Permission) -> Answer<()> {
        let place = || format!("in sandbox `{}`", self.scope.sandbox_name);
        if self.permissions.allow(permission) { Ok(()) } else { Err(missing(permission, &place())) }
    }
}

impl Member {
    /// The bearer of a token, for protocols whose clients send nothing else.
    pub(crate) async fn by_token(headers: &HeaderMap, app: &App) -> Answer<Self> {
        identify(headers, Headers::Optional, app).await
    }

    /// Whom the token names.
    pub(crate) fn bearer(&self) -> &Bearer {
        &self.verified.bearer
    }

    /// When the token holds no more, epoch milliseconds.
    pub(crate) fn token_until_ms(&self, app: &App) -> i64 {
        app.access.until_ms(&self.verified)
    }

    /// The name of the sandbox that the headers choose, where they choose one.
    pub(crate) fn sandbox_header(headers: &HeaderMap) -> Answer<Option<&str>> {
        header(headers, "x-sandbox-name")
    }

    /// This caller in a sandbox of the organisation, refused where the route needs more than they may do there.
    pub(crate) fn enter(self, sandbox: &Sandbox, parts: &Parts) -> Answer<Caller> {
        let Self { claims, tenant, is_service, principal, .. } = self;
        let caller = Caller {
            scope: Scope { org: claims.org, sandbox_id: sandbox.id.clone(), sandbox_name: sandbox.name.clone() },
            actor: Actor { user: claims.sub, client: claims.client_id },
            tenant,
            sandbox_type: sandbox.kind.clone(),
            is_service,
            generation: sandbox.generation,
            attempt: parts.extensions.get().cloned(),
            permissions: principal.grants.in_sandbox(&sandbox.id),
            labels: principal.grants.labels(&sandbox.id),
        };
        if let Some(Needs(permission)) = parts.extensions.get() {
            caller.require(*permission)?;
        }
        Ok(caller)
    }

    /// A transaction in which everything is noted as done by this caller in this request.
    pub(crate) async fn write(&self, app: &App) -> Answer<Tx> {
        let actor = Actor { user: self.claims.sub.clone(), client: self.claims.client_id.clone() };
        Ok(app.store.write_as(Origin { actor, request_id: request_id::current() }).await?)
    }

    /// Refuses a caller whose roles do not allow `permission`: to see things in some sandbox, to change them in all.
    pub(crate) fn require(&self, permission: Permission) -> Answer<()> {
        let grants = &self.principal.grants;
        let (held, place) = if permission.is_view() {
            (grants.somewhere(), "in any sandbox")
        } else {
            (grants.everywhere(), "for all sandboxes of the organisation")
        };
        if held.allow(permission) { Ok(()) } else { Err(missing(permission, place)) }
    }
}

impl FromRequestParts<App> for Member {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let member = identify(&parts.headers, Headers::Needed, app).await?;
        if let Some(Needs(permission)) = parts.extensions.get() {
            member.require(*permission)?;
        }
        Ok(member)
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let member = identify(&parts.headers, Headers::Needed, app).await?;
        let sandbox = choose_sandbox(&parts.headers, &member, app).await?;
        member.enter(&sandbox, parts)
    }
}

/// The bearer of the token, with an API key and an organisation that fit it.
async fn identify(headers: &HeaderMap, needed: Headers, app: &App) -> Answer<Member> {
    let Some(authorization) = headers.get("authorization").filter(|value| !value.is_empty()) else {
        return Err(Problem::new("GATEWAY-403010-403", "Oauth token is missing."));
    };
    let token = authorization.to_str().ok().and_then(|text| text.split_once(' '));
    let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    let verified = app.access.verify(token.ok_or_else(token_is_not_valid)?).await?;
    let verified = verified.ok_or_else(token_is_not_valid)?;
    let principal = app.access.principal(&verified.bearer).await?;
    let principal = principal.ok_or_else(|| match &verified.bearer {
        Bearer::Client { .. } => token_is_not_valid(),
        Bearer::Person { .. } => profile_is_not_valid(),
    })?;
    let client_id = api_key(headers, needed, &verified.bearer, &principal, app).await?;
    match header(headers, "x-gw-ims-org-id") {
        Ok(None) if needed == Headers::Needed => return Err(Problem::new("GATEWAY-400003-400", "Missing header")),
        Ok(None) => {}
        Ok(Some(org)) if org == principal.org => {}
        Ok(Some(_)) | Err(_) => return Err(profile_is_not_valid()),
    }
    request_id::authenticated(&client_id, &principal.org);
    Ok(Member {
        claims: Claims { sub: principal.account.clone(), client_id, org: principal.org.clone() },
        tenant: principal.tenant.clone(),
        is_service: principal.kind == ClientKind::Service,
        principal,
        verified,
    })
}

/// The client that `x-api-key` names: that of the token or, for a person, any of the organisation.
async fn api_key(
    headers: &HeaderMap,
    needed: Headers,
    bearer: &Bearer,
    principal: &Principal,
    app: &App,
) -> Answer<String> {
    let invalid = || Problem::new("GATEWAY-403003-403", "Api Key is invalid");
    let own = match bearer {
        Bearer::Client { client_id, .. } => Some(client_id.as_str()),
        Bearer::Person { client_id, .. } => client_id.as_deref(),
    };
    let Some(key) = header(headers, "x-api-key").map_err(|_| invalid())? else {
        return match needed {
            Headers::Needed => Err(Problem::new("GATEWAY-403000-403", "Api Key is required")),
            Headers::Optional => Ok(own.unwrap_or_default().to_owned()),
        };
    };
    if own == Some(key) {
        return Ok(key.to_owned());
    }
    if principal.kind == ClientKind::User {
        let client = app.access.client(key).await?;
        if client.is_some_and(|client| client.org == principal.org && !client.disabled) {
            return Ok(key.to_owned());
        }
    }
    Err(invalid())
}

/// The sandbox that the headers name, or the default one.
async fn choose_sandbox(headers: &HeaderMap, member: &Member, app: &App) -> Answer<Arc<Sandbox>> {
    let (name, id) = (header(headers, "x-sandbox-name")?, header(headers, "x-sandbox-id")?);
    match (name == Some("*"), id == Some("*")) {
        (false, false) => {}
        _ if !member.is_service => {
            let message = "a user token cannot ask for all sandboxes (`*`); name one in `x-sandbox-name`";
            return Err(Problem::new("FLOW-2111-403", message));
        }
        (true, true) => {
            let message = "this request is for one sandbox, not for all (`*`); name one in `x-sandbox-name`";
            return Err(Problem::new("FLOW-2113-400", message));
        }
        _ => {
            let message = "`x-sandbox-name` and `x-sandbox-id` must both be `*`, or neither; name one sandbox";
            return Err(Problem::new("FLOW-2112-400", message));
        }
    }
    if id.is_some() && !member.is_service {
        let message = "`x-sandbox-id` is not allowed with a user token; name the sandbox in `x-sandbox-name`";
        return Err(Problem::new("FLOW-2110-400", message));
    }
    if name.is_none() && app.settings.require_sandbox_header {
        return Err(Problem::new("FLOW-2105-400", "the header `x-sandbox-name` is missing; name a sandbox in it"));
    }
    let Some(sandbox) = app.access.sandbox(&member.claims.org, name).await? else {
        return Err(name.map_or_else(no_default_sandbox, no_sandbox));
    };
    if let Some(id) = id.filter(|id| !id.eq_ignore_ascii_case(&sandbox.id)) {
        let message = format!(
            "there is no sandbox with the name `{}` and the id `{}`; leave `x-sandbox-id` out or send the id of that name",
            shorten(name.unwrap_or("(default)")),
            shorten(id)
        );
        return Err(Problem::new("FLOW-2103-404", message));
    }
    Ok(sandbox)
}

/// A sandbox that does not exist, or that nobody can use now.
fn no_sandbox(name: &str) -> Problem {
    let name = shorten(name);
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

fn missing(permission: Permission, place: &str) -> Problem {
    let code = match permission {
        Permission::ManageSources => "FLOW-2121-403",
        Permission::Administer => "FLOW-2120-403",
        _ => "FLOW-2118-403",
    };
    let message = format!(
        "the permission `{}` is missing {place}; ask an administrator of the organisation for a role that has it",
        permission.as_str()
    );
    Problem::new(code, message)
}

fn token_is_not_valid() -> Problem {
    Problem::new("GATEWAY-401013-401", "Oauth token is not valid")
}

fn profile_is_not_valid() -> Problem {
    Problem::new("GATEWAY-403025-403", "Profile is not valid")
}

/// The text of a header, nothing where it is missing or empty. No name of anything here is longer or not ASCII. One that
/// is there twice says two things: which one is meant decides whose data is written.
pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Answer<Option<&'a str>> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.any(|other| other != value) {
        let message = format!("the header `{name}` is there more than once with different values; send it once");
        return Err(Problem::new("FLOW-2105-400", message));
    }
    let text = value.to_str().ok().filter(|text| text.len() <= MAX_HEADER);
    let text = text.ok_or_else(|| {
        let message = format!("the header `{name}` cannot be read: at most {MAX_HEADER} ASCII characters are expected");
        Problem::new("FLOW-2105-400", message)
    })?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests;
