//! Documents at addresses that the operator wrote into the configuration, such as the keys of an identity provider.
//!
//! Tenants cannot name these addresses, so the guard of [`crate::net`] does not judge them: they may be in a private
//! network. Everything else is as careful: no redirects, no proxies, a time limit, a size limit.

use std::time::Duration;

use url::Url;

use crate::connector::{ConnectError, ConnectErrorKind};
use crate::net::unreachable_host;

/// Time for the whole answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Largest document, bytes.
const MAX_BYTES: usize = 256 * 1024;

/// A client for the operator's addresses; cheap to clone.
#[derive(Clone, Debug)]
pub struct Trusted(reqwest::Client);

impl Trusted {
    /// Builds the client.
    ///
    /// # Errors
    /// `Unreachable` where the TLS roots of the machine cannot be loaded.
    pub fn new() -> Result<Self, ConnectError> {
        reqwest::Client::builder()
            .use_rustls_tls()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .timeout(TIMEOUT)
            .user_agent(concat!("lakehead/", env!("CARGO_PKG_VERSION")))
            .build()
            .map(Self)
            .map_err(|e| ConnectError::new(ConnectErrorKind::Unreachable, "the HTTP client cannot start").because(e))
    }

    /// The document at exactly this address.
    ///
    /// # Errors
    /// `Unreachable` where no complete answer came in time, `BadData` for one that is not `200` or too large.
    pub async fn get(&self, url: &Url) -> Result<Vec<u8>, ConnectError> {
        let host = url.host_str().unwrap_or_default();
        let failed = |error: reqwest::Error| {
            let error = error.without_url();
            unreachable_host(host, error.is_timeout()).because(error)
        };
        let mut response = self.0.get(url.clone()).send().await.map_err(failed)?;
        if response.status() != reqwest::StatusCode::OK {
            let text = format!("`{host}` answered with status {}", response.status().as_u16());
            return Err(ConnectError::new(ConnectErrorKind::BadData, text));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if bytes.len() + chunk.len() > MAX_BYTES {
                let text = format!("the document of `{host}` is larger than {MAX_BYTES} bytes");
                return Err(ConnectError::new(ConnectErrorKind::BadData, text));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}
