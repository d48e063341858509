//! Connections ("base connections"): where a store is and how to authenticate there.
//!
//! The stored document never holds a secret: [`split_secrets`] parts them before anything is kept.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::action::Report;
use crate::body::{self, Object};
use crate::id::{Id, Kind};
use crate::patch::{self, Operation};
use crate::specs::{self, SpecRef};
use crate::state::{Mode, State, last_operation};
use crate::time::EpochMs;
use crate::{Actor, Audit, Etag, Invalid, Scope, json_schema};

/// The secret parameters of a connection by name.
pub type Secrets = BTreeMap<String, SecretString>;

/// What a client may change.
const PATCHABLE: &[&str] = &["/name", "/description", "/auth/params/**"];
/// The same for a draft, which may not have said yet how it will authenticate.
const PATCHABLE_DRAFT: &[&str] = &["/name", "/description", "/auth/**"];

/// A stored connection, in the form `GET` shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// Identity.
    pub id: Id<Connection>,
    /// Who and when.
    #[serde(flatten)]
    pub audit: Audit,
    /// Name for people.
    pub name: String,
    /// Longer text for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The kind of store.
    pub connection_spec: SpecRef,
    /// Where it is in its life.
    pub state: State,
    /// How to authenticate; absent for specs without credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// Provider id, kept as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// What was done to the connection last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_operation: Option<Value>,
    /// The same as `etag`.
    pub version: Etag,
    /// Version for optimistic locking.
    pub etag: Etag,
}

impl Kind for Connection {
    const NAME: &'static str = "connection";
}

/// The public part of the credentials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Auth {
    /// Name of the auth spec, such as `Access Key`.
    pub spec_name: String,
    /// Parameters without the secret ones.
    pub params: Object,
}

/// A request to make a connection, read but not yet checked against its spec.
#[derive(Clone, Debug)]
pub struct NewConnection {
    /// Name for people.
    pub name: String,
    /// Longer text for people.
    pub description: Option<String>,
    /// The kind of store.
    pub connection_spec: SpecRef,
    /// Credentials.
    pub auth: Option<NewAuth>,
    /// Provider id.
    pub provider_id: Option<String>,
}

/// Credentials as sent, secrets included.
#[derive(Clone)]
pub struct NewAuth {
    /// Name of the auth spec.
    pub spec_name: String,
    /// All parameters.
    pub params: Object,
}

impl fmt::Debug for NewAuth {
    /// Without the values: some are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {} parameters", self.spec_name, self.params.len())
    }
}

impl NewConnection {
    /// Reads a request body.
    pub fn parse(body: &Value) -> Result<Self, Invalid> {
        let root = body::root(body)?;
        let auth = body::opt_object(root, "auth", "auth")?;
        Ok(Self {
            name: body::name(root)?,
            description: body::opt_text(root, "description", "description")?,
            connection_spec: SpecRef::parse(root, "connectionSpec")?,
            auth: auth.map(new_auth).transpose()?,
            provider_id: body::opt_text(root, "providerId", "providerId")?,
        })
    }

    /// Checks the credentials against the connection spec and parts public from secret parameters.
    ///
    /// Codes: `FLOW-1413-400` unknown spec, 1305 a spec without a connector, `FLOW-1415-400` and 1302 a way to
    /// authenticate that there is not, 1304 and 1312 for parameters.
    pub fn check(&self, mode: Mode) -> Result<(Option<Auth>, Secrets), Invalid> {
        let spec = specs::connection_spec(&self.connection_spec)?;
        specs::require_connector(spec)?;
        specs::check_draft_mode(spec, mode)?;
        let Some(auth) = &self.auth else {
            let needed = mode == Mode::Complete && spec["authSpec"].as_array().is_some_and(|specs| !specs.is_empty());
            return if needed { Err(Invalid::missing("auth")) } else { Ok((None, Secrets::new())) };
        };
        let schema = specs::auth_schema(spec, &auth.spec_name)?;
        let params = specs::declared_names(schema, &auth.params);
        json_schema::check(schema, &params, "auth.params", mode)?;
        let (params, secrets) = split_secrets(schema, &params);
        Ok((Some(Auth { spec_name: auth.spec_name.clone(), params }), secrets))
    }
}

fn new_auth(auth: &Object) -> Result<NewAuth, Invalid> {
    let params = body::opt_object(auth, "params", "auth.params")?.cloned().unwrap_or_default();
    for (name, value) in &params {
        body::check_extent(value, &format!("auth.params.{}", crate::invalid::excerpt(name)), 16)?;
    }
    Ok(NewAuth { spec_name: body::text(auth, "specName", "auth.specName")?.trim().to_owned(), params })
}

/// Parts the parameters in those that may be shown and those that may not.
///
/// Whatever the schema does not declare as public is treated as a secret: a misspelt `s3SecretKey` must not leak.
pub fn split_secrets(auth_schema: &Value, params: &Object) -> (Object, Secrets) {
    let (mut public, mut secret) = (Object::new(), Secrets::new());
    for (name, value) in params.iter().filter(|(_, value)| !value.is_null()) {
        let rule = &auth_schema["properties"][name.as_str()];
        if rule.is_object() && !json_schema::is_secret(rule) {
            public.insert(name.clone(), value.clone());
        } else {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            secret.insert(name.clone(), text.into());
        }
    }
    (public, secret)
}

impl Connection {
    /// A new connection and its secrets, which the caller encrypts. The store itself is not asked here.
    pub fn new(
        input: &NewConnection,
        mode: Mode,
        scope: &Scope,
        actor: &Actor,
        now_ms: EpochMs,
    ) -> Result<(Self, Secrets), Invalid> {
        let (auth, secrets) = input.check(mode)?;
        let etag = Etag::generate();
        let connection = Self {
            id: Id::generate(),
            audit: Audit::created(scope, actor, now_ms),
            name: input.name.clone(),
            description: input.description.clone(),
            connection_spec: input.connection_spec.clone(),
            state: mode.state(),
            auth,
            last_operation: Some(last_operation("create", &[], now_ms)),
            provider_id: input.provider_id.clone(),
            version: etag.clone(),
            etag,
        };
        Ok((connection, secrets))
    }

    /// The changed connection with all of its secrets. `secrets` are the present ones, decrypted.
    pub fn patch(
        &self,
        operations: &[Operation],
        secrets: &Secrets,
        actor: &Actor,
        now_ms: EpochMs,
    ) -> Result<(Self, Secrets), Invalid> {
        let patchable = if self.state == State::Draft { PATCHABLE_DRAFT } else { PATCHABLE };
        let document = patch::apply(&self.document(secrets), operations, patchable)?;
        let input = NewConnection::parse(&document)?;
        let (auth, secrets) = input.check(self.state.mode())?;
        let mut changed = Self { name: input.name, description: input.description, auth, ..self.clone() };
        changed.changed("update", operations, actor, now_ms);
        Ok((changed, secrets))
    }

    /// The draft as an enabled connection: everything must be there now. The store itself is not asked here.
    /// Codes: `FLOW-1422-400` no draft, and those of [`NewConnection::check`].
    pub fn publish(&self, secrets: &Secrets, actor: &Actor, now_ms: EpochMs) -> Result<Self, Invalid> {
        self.state.check_publishable()?;
        NewConnection::parse(&self.document(secrets))?.check(Mode::Complete)?;
        let mut published = Self { state: State::Enabled, ..self.clone() };
        published.changed("publish", &[], actor, now_ms);
        Ok(published)
    }

    /// What a provider says of the last operation, noted.
    #[must_use]
    pub fn reported(&self, report: &Report, actor: &Actor, now_ms: EpochMs) -> Self {
        let before = self.last_operation.clone().unwrap_or_else(|| last_operation("create", &[], 0));
        let mut changed = self.clone();
        changed.changed("update", &[], actor, now_ms);
        changed.last_operation = Some(report.noted(&before, now_ms));
        changed
    }

    /// The request that would make this connection, secrets included.
    fn document(&self, secrets: &Secrets) -> Value {
        let mut document = json!({"name": self.name, "description": self.description});
        if let Some(auth) = &self.auth {
            let mut params = auth.params.clone();
            params.extend(secrets.iter().map(|(name, secret)| (name.clone(), secret.expose_secret().into())));
            document["auth"] = json!({"specName": auth.spec_name, "params": params});
        }
        document["connectionSpec"] = json!(self.connection_spec);
        document
    }

    fn changed(&mut self, operation: &str, operations: &[Operation], actor: &Actor, now_ms: EpochMs) {
        self.audit.touch(actor, now_ms);
        // Values of credentials are nobody's to see.
        let shown: Vec<_> =
            operations.iter().filter(|step| step.steps.first().is_some_and(|name| name != "auth")).cloned().collect();
        self.last_operation = Some(last_operation(operation, &shown, now_ms));
        self.etag = Etag::generate();
        self.version = self.etag.clone();
    }

    /// Whether the credentials must be proved again after a change: anything but name and description differs.
    pub fn same_access(&self, other: &Self) -> bool {
        self.auth == other.auth
    }
}

#[cfg(test)]
mod tests;
