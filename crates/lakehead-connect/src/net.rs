//! The egress guard: the only HTTP client of the product.
//!
//! Users choose host names, so every address is judged before a byte leaves: literals here, names in the
//! resolver, and the connection goes to exactly the judged address. No redirects, no proxies, no user info.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use object_store::{
    ClientOptions,
    client::{HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService},
};
use url::{Host, Url};

mod address;
mod policy;
mod resolve;
#[cfg(test)]
mod tests;

pub use policy::{Cidr, EgressPolicy};

use crate::connector::{ConnectError, ConnectErrorKind};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const READ_TIMEOUT: Duration = Duration::from_mins(1);

/// The way out of the process; cheap to clone, clones share connections.
#[derive(Clone)]
pub struct Net {
    client: reqwest::Client,
    policy: Arc<EgressPolicy>,
}

impl Net {
    /// Builds the client.
    ///
    /// # Errors
    /// `Unreachable` where the TLS roots of the machine cannot be loaded.
    pub fn new(policy: EgressPolicy) -> Result<Self, ConnectError> {
        let policy = Arc::new(policy);
        let client = reqwest::Client::builder()
            .use_rustls_tls()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            // An object is ingested as stored: a pinned size and tag describe the encoded bytes.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .user_agent(concat!("lakehead/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(resolve::GuardedResolver { policy: Arc::clone(&policy) }))
            .build()
            .map_err(|e| ConnectError::new(ConnectErrorKind::Unreachable, "the HTTP client cannot start").because(e))?;
        Ok(Self { client, policy })
    }

    /// The policy, for the worker process that reads in the same name.
    pub fn policy(&self) -> &EgressPolicy {
        &self.policy
    }

    /// Judges a URL without resolving its name: scheme, user info, and the address where the host is one.
    ///
    /// # Errors
    /// `BadRequest` for a URL that is never used, `Refused` for an address the policy does not permit.
    pub fn check(&self, url: &Url) -> Result<(), ConnectError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(ConnectError::bad_request("the endpoint must begin with `https://` or `http://`"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ConnectError::bad_request("the endpoint must not contain a user name or password"));
        }
        let address = match url.host() {
            None => return Err(ConnectError::bad_request("the endpoint has no host")),
            Some(Host::Domain(_)) => return Ok(()),
            Some(Host::Ipv4(v4)) => v4.into(),
            Some(Host::Ipv6(v6)) => v6.into(),
        };
        if self.policy.permits(address) { Ok(()) } else { Err(refused(url.host_str().unwrap_or_default())) }
    }

    /// Sends a request and answers whatever came back, redirects included.
    ///
    /// # Errors
    /// As [`Net::check`], and `Unreachable` where no answer came.
    pub async fn execute(&self, request: reqwest::Request) -> Result<reqwest::Response, ConnectError> {
        self.check(request.url())?;
        let host = request.url().host_str().unwrap_or_default().to_owned();
        self.client.execute(request).await.map_err(|error| {
            let error = error.without_url();
            ConnectError::find(&error).unwrap_or_else(|| unreachable_host(&host, error.is_timeout()).because(error))
        })
    }
}

/// The error for an address that is not allowed; the same whether or not anything listens there.
pub(crate) fn refused(host: &str) -> ConnectError {
    let text = format!(
        "the endpoint `{host}` is not allowed: its address is private or reserved; \
         the operator can allow it with --allow-egress"
    );
    ConnectError::new(ConnectErrorKind::Refused, text)
}

/// The error for an endpoint that does not answer.
pub(crate) fn unreachable_host(host: &str, timed_out: bool) -> ConnectError {
    let what = if timed_out { "did not answer in time" } else { "cannot be reached" };
    let text = format!("the endpoint `{host}` {what}; check the address and try again");
    ConnectError::new(ConnectErrorKind::Unreachable, text)
}

impl std::fmt::Debug for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Net").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// Object stores speak through the guard.
#[async_trait]
impl HttpService for Net {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let url = Url::parse(&request.uri().to_string())
            .map_err(|_| final_error(ConnectError::bad_request("the endpoint is not a URL")))?;
        self.check(&url).map_err(final_error)?;
        HttpService::call(&self.client, request).await.map_err(|error| match ConnectError::find(&error) {
            // A verdict is not worth trying again.
            Some(verdict) => final_error(verdict),
            None => error,
        })
    }
}

impl HttpConnector for Net {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

/// Wraps an error so that object stores do not retry it and callers find it again with [`ConnectError::find`].
pub(crate) fn final_error(error: ConnectError) -> HttpError {
    HttpError::new(HttpErrorKind::Unknown, error)
}
