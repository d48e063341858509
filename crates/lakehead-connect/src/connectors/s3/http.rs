//! Signed reading of S3 through the egress guard, beneath both our listing and the object store's downloads.
//!
//! Signing happens here and nowhere else: the object store never holds a key, a retry gets a fresh signature, and
//! a bucket of another region is followed once.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use object_store::{
    ClientOptions,
    aws::{AwsAuthorizer, AwsCredential},
    client::{HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService},
};
use reqwest::{Method, StatusCode, header};
use url::Url;

use super::{
    errors::{self, Target},
    login::{Endpoint, aws_suffix, is_region},
    xml::{self, Fault},
};
use crate::{
    connector::ConnectError,
    net::{Net, final_error},
};

/// Error answers are a few hundred bytes; nobody needs more of one.
const MAX_FAULT_BYTES: usize = 64 * 1024;
const REGION_HEADER: &str = "x-amz-bucket-region";
const TOKEN_HEADER: &str = "x-amz-security-token";

/// The signing client; clones share what they learned about the region.
#[derive(Clone)]
pub(super) struct S3Http {
    net: Net,
    credential: Arc<AwsCredential>,
    region: Arc<Mutex<String>>,
}

impl S3Http {
    pub(super) fn new(net: &Net, credential: &Arc<AwsCredential>, endpoint: &Endpoint) -> Self {
        Self {
            net: net.clone(),
            credential: Arc::clone(credential),
            region: Arc::new(Mutex::new(endpoint.region.clone())),
        }
    }

    /// Signs and sends; error answers come back small and clean, with what they said.
    async fn send(&self, request: &HttpRequest, region: &str) -> Result<(HttpResponse, Fault), HttpError> {
        let mut request = moved(request.clone(), region)?;
        // Only GET and HEAD come here, and neither has a body that would need its own digest.
        AwsAuthorizer::new(&self.credential, "s3", region).authorize(&mut request, None);
        for name in [header::AUTHORIZATION.as_str(), TOKEN_HEADER] {
            if let Some(value) = request.headers_mut().get_mut(name) {
                value.set_sensitive(true);
            }
        }
        tame(HttpService::call(&self.net, request).await?).await
    }

    fn region(&self) -> String {
        self.region.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl HttpService for S3Http {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(final_error(ConnectError::bad_request("a source is only ever read")));
        }
        let region = self.region();
        let host = request.uri().host().unwrap_or_default().to_owned();
        let (response, fault) = self.send(&request, &region).await?;
        let Some(other) = other_region(&response, &fault).filter(|other| *other != region) else {
            return no_redirect(response, &fault, &host);
        };
        let (response, fault) = self.send(&request, &other).await?;
        if response.status().is_success() {
            *self.region.lock().unwrap_or_else(PoisonError::into_inner) = other;
        }
        no_redirect(response, &fault, &host)
    }
}

impl HttpConnector for S3Http {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

impl fmt::Debug for S3Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Http").field("region", &self.region()).finish_non_exhaustive()
    }
}

/// Redirects end here, as an error nobody retries.
fn no_redirect(response: HttpResponse, fault: &Fault, host: &str) -> Result<HttpResponse, HttpError> {
    let status = response.status();
    if !status.is_redirection() || status == StatusCode::NOT_MODIFIED {
        return Ok(response);
    }
    Err(final_error(errors::from_answer(status, fault.code.as_deref(), Target::Buckets, host)))
}

/// The region an error answer points to.
fn other_region(response: &HttpResponse, fault: &Fault) -> Option<String> {
    if !matches!(response.status().as_u16(), 301 | 307 | 400 | 403) {
        return None;
    }
    let header = response.headers().get(REGION_HEADER).and_then(|value| value.to_str().ok());
    header.or(fault.region.as_deref()).filter(|region| is_region(region)).map(str::to_owned)
}

/// On AWS the region is part of the host; other services keep theirs. The new host is built from the suffix
/// we know, so no answer can lead anywhere else.
fn moved(mut request: HttpRequest, region: &str) -> Result<HttpRequest, HttpError> {
    let wrong = || final_error(ConnectError::bad_request("the endpoint is not a URL"));
    let Some(suffix) = request.uri().host().and_then(aws_suffix) else { return Ok(request) };
    let mut url = Url::parse(&request.uri().to_string()).map_err(|_| wrong())?;
    url.set_host(Some(&format!("s3.{region}.{suffix}"))).map_err(|_| wrong())?;
    *request.uri_mut() = url.as_str().parse().map_err(|_| wrong())?;
    Ok(request)
}

/// Passes good answers on. Of an error only code and region are kept, in a fresh body: what else a server
/// wrote may be endless, or may echo our headers into somebody's log.
async fn tame(response: HttpResponse) -> Result<(HttpResponse, Fault), HttpError> {
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        return Ok((response, Fault::default()));
    }
    let (mut parts, body) = response.into_parts();
    let mut text = BytesMut::new();
    let mut chunks = body.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let Ok(chunk) = chunk else { break };
        let room = MAX_FAULT_BYTES - text.len();
        text.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if text.len() == MAX_FAULT_BYTES {
            break;
        }
    }
    let fault = xml::fault(&String::from_utf8_lossy(&text));
    parts.status = retry_status(parts.status, fault.code.as_deref());
    parts.headers.remove(header::CONTENT_LENGTH);
    let code = fault.code.as_ref().map(|code| format!("<Code>{code}</Code>")).unwrap_or_default();
    let clean = format!("<Error>{code}</Error>");
    Ok((HttpResponse::from_parts(parts, clean.into()), fault))
}

/// S3 answers some passing troubles with a 4xx no client retries; give those the status their code means.
fn retry_status(status: StatusCode, code: Option<&str>) -> StatusCode {
    match code {
        Some("RequestTimeout") => StatusCode::REQUEST_TIMEOUT,
        Some("SlowDown" | "Throttling" | "ThrottlingException" | "RequestLimitExceeded") => {
            StatusCode::TOO_MANY_REQUESTS
        }
        _ => status,
    }
}

/// Reads a whole body of at most `limit` bytes.
pub(super) async fn body(response: HttpResponse, limit: usize) -> Result<Bytes, HttpError> {
    let mut whole = BytesMut::new();
    let mut chunks = response.into_body().bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        if whole.len() + chunk.len() > limit {
            let text = format!("the endpoint answered more than {limit} bytes where a listing was expected");
            return Err(HttpError::new(HttpErrorKind::Decode, ConnectError::bad_data(text)));
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

#[cfg(test)]
mod tests {
    use object_store::client::HttpRequestBody;

    use super::*;

    fn host_after(uri: &str, region: &str) -> String {
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.uri_mut() = uri.parse().unwrap();
        moved(request, region).unwrap().uri().to_string()
    }

    #[test]
    fn only_aws_hosts_move_and_only_within_aws() {
        assert_eq!(
            host_after("https://s3.us-east-1.amazonaws.com/b?prefix=a%2Fb", "eu-west-1"),
            "https://s3.eu-west-1.amazonaws.com/b?prefix=a%2Fb"
        );
        assert_eq!(
            host_after("https://s3.cn-north-1.amazonaws.com.cn/b", "cn-northwest-1"),
            "https://s3.cn-northwest-1.amazonaws.com.cn/b"
        );
        assert_eq!(host_after("http://minio.example:9000/b", "eu-west-1"), "http://minio.example:9000/b");
    }

    #[test]
    fn a_region_from_an_answer_must_look_like_one() {
        let response = |status: u16, region: &str| {
            let mut response = HttpResponse::new(String::new().into());
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            response.headers_mut().insert(REGION_HEADER, region.parse().unwrap());
            response
        };
        let none = Fault::default();
        assert_eq!(other_region(&response(301, "eu-west-1"), &none).as_deref(), Some("eu-west-1"));
        for (status, region) in [(301, "evil.example/"), (301, "x@y"), (404, "eu-west-1"), (301, "")] {
            assert_eq!(other_region(&response(status, region), &none), None);
        }
    }
}
