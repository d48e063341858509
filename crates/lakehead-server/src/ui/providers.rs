//! The external issuers that people may sign in with: those whose configuration names a public client of the interface.
//! Their addresses come from their own discovery document, found by the server and remembered.

use std::sync::Arc;

use lakehead_connect::trusted::Trusted;
use lakehead_model::time::Clock;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use url::Url;

use crate::access::oidc::IssuerSettings;

/// What was found is looked up again after this time, milliseconds.
const FRESH_MS: i64 = 300_000;
/// After an issuer did not answer, it is asked again no sooner than this, milliseconds.
const PAUSE_MS: i64 = 10_000;

/// An issuer with all that a browser needs for the authorization code flow with PKCE. Nothing of it is secret.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Provider {
    issuer: String,
    org: String,
    audience: String,
    client_id: String,
    scope: String,
    authorization_endpoint: String,
    token_endpoint: String,
    #[serde(skip)]
    token_origin: String,
}

impl Provider {
    /// Scheme, host and port of the token endpoint.
    pub(super) fn token_origin(&self) -> &str {
        &self.token_origin
    }
}

/// The issuers of the configuration, discovered when somebody asks.
pub(crate) struct Providers {
    issuers: Vec<IssuerSettings>,
    trusted: Trusted,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When it was last looked up, and whether all issuers answered.
    tried: Option<(i64, bool)>,
    found: Arc<Vec<Provider>>,
}

impl Providers {
    /// The issuers among `issuers` that the interface may use.
    pub(crate) fn new(issuers: &[IssuerSettings], clock: Clock) -> anyhow::Result<Self> {
        let issuers = issuers.iter().filter(|issuer| issuer.ui_client_id.is_some()).cloned().collect();
        Ok(Self { issuers, trusted: Trusted::new()?, clock, state: Mutex::default() })
    }

    /// Those that are known now. Waits for a first look-up; one that fails leaves what was known before.
    pub(super) async fn current(&self) -> Arc<Vec<Provider>> {
        if self.issuers.is_empty() {
            return Arc::default();
        }
        let mut state = self.state.lock().await;
        let is_due = state.tried.is_none_or(|(at_ms, worked)| {
            !(0..if worked { FRESH_MS } else { PAUSE_MS }).contains(&(self.clock.now_ms() - at_ms))
        });
        if is_due {
            let looked = futures::future::join_all(self.issuers.iter().map(|issuer| self.discover(issuer))).await;
            let all = looked.iter().all(Option::is_some);
            let mut found: Vec<Provider> = looked.into_iter().flatten().collect();
            // One that is away for a moment is still there.
            let gone = |known: &&Provider| !found.iter().any(|new| new.issuer == known.issuer);
            let kept: Vec<Provider> = state.found.iter().filter(gone).cloned().collect();
            found.extend(kept);
            *state = State { tried: Some((self.clock.now_ms(), all)), found: Arc::new(found) };
        }
        Arc::clone(&state.found)
    }

    async fn discover(&self, issuer: &IssuerSettings) -> Option<Provider> {
        match self.read(issuer).await {
            Ok(provider) => Some(provider),
            Err(error) => {
                tracing::warn!(issuer = %issuer.issuer, %error, "people cannot sign in with this issuer now");
                None
            }
        }
    }

    async fn read(&self, issuer: &IssuerSettings) -> anyhow::Result<Provider> {
        #[derive(Deserialize)]
        struct Discovery {
            issuer: String,
            authorization_endpoint: String,
            token_endpoint: String,
        }
        let place: Url = format!("{}/.well-known/openid-configuration", issuer.issuer.trim_end_matches('/')).parse()?;
        let found: Discovery = serde_json::from_slice(&self.trusted.get(&place).await?)?;
        anyhow::ensure!(found.issuer == issuer.issuer, "`{place}` is of another issuer, `{}`", found.issuer);
        let address = |text: &str| -> anyhow::Result<Url> {
            let address: Url = text.parse()?;
            let as_safe = address.scheme() == "https" || address.scheme() == "http" && place.scheme() == "http";
            anyhow::ensure!(as_safe, "`{place}` names an address that is not encrypted");
            Ok(address)
        };
        let token_endpoint = address(&found.token_endpoint)?;
        Ok(Provider {
            issuer: issuer.issuer.clone(),
            org: issuer.org.clone(),
            audience: issuer.audience.clone(),
            client_id: issuer.ui_client_id.clone().unwrap_or_default(),
            scope: issuer.ui_scope.clone(),
            authorization_endpoint: address(&found.authorization_endpoint)?.into(),
            token_origin: token_endpoint.origin().ascii_serialization(),
            token_endpoint: token_endpoint.into(),
        })
    }
}
