//! The two calls of S3 that list things, complete or not at all, with bounded retries and answers.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use object_store::{
    aws::AwsCredential,
    client::{HttpRequest, HttpRequestBody, HttpService},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    errors::{self, Target},
    http::{self, S3Http},
    login::{Endpoint, S3Login},
    xml::{self, ListPage},
};
use crate::{
    connector::{ConnectError, ConnectErrorKind},
    net::Net,
};

/// A page of a thousand keys, each of the greatest length and escaped, is a third of this.
const MAX_PAGE_BYTES: usize = 16 * 1024 * 1024;
/// Ten million objects; a listing beyond is a loop or a mistake.
pub(super) const MAX_PAGES: usize = 10_000;
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How often and how long a call is tried.
#[derive(Clone, Copy, Debug)]
pub(super) struct Retry {
    pub(super) times: u32,
    pub(super) total: Duration,
    /// Wait before the first retry; doubles each time.
    pub(super) first_wait: Duration,
}

pub(super) const RETRY: Retry =
    Retry { times: 5, total: Duration::from_mins(1), first_wait: Duration::from_millis(200) };

/// The listing calls for one login.
pub(super) struct Api {
    http: S3Http,
    endpoint: Endpoint,
    retry: Retry,
}

/// Which keys to list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listing<'a> {
    pub(super) bucket: &'a str,
    pub(super) prefix: &'a str,
    /// Stop at the next `/`: one level instead of everything below.
    pub(super) one_level: bool,
    /// Keys per page, 1 to 1000.
    pub(super) page_keys: usize,
    /// Begin behind this key.
    pub(super) start_after: Option<&'a str>,
}

impl<'a> Listing<'a> {
    /// Everything below `prefix`, from its first key on.
    pub(super) fn of(bucket: &'a str, prefix: &'a str) -> Self {
        Self { bucket, prefix, one_level: false, page_keys: 1_000, start_after: None }
    }
}

impl Api {
    pub(super) fn new(login: &S3Login, net: &Net) -> Self {
        Self::with(net, &login.credential, &login.endpoint, RETRY)
    }

    pub(super) fn with(net: &Net, credential: &Arc<AwsCredential>, endpoint: &Endpoint, retry: Retry) -> Self {
        Self { http: S3Http::new(net, credential, endpoint), endpoint: endpoint.clone(), retry }
    }

    /// The names of all buckets of the account.
    pub(super) async fn buckets(&self) -> Result<Vec<String>, ConnectError> {
        let text = self.get("/", Target::Buckets).await?;
        xml::bucket_names(&text).map_err(|what| self.not_s3(&what))
    }

    /// The first page only.
    pub(super) async fn first_page(&self, listing: Listing<'_>) -> Result<ListPage, ConnectError> {
        self.page(listing, None).await
    }

    /// Every page in order. `take` answers whether to go on; the end of this call without an error means that
    /// either every page was taken or `take` had enough.
    pub(super) async fn every_page(
        &self,
        listing: Listing<'_>,
        mut take: impl FnMut(ListPage) -> Result<bool, ConnectError> + Send,
    ) -> Result<(), ConnectError> {
        let mut token: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let page = self.page(listing, token.as_deref()).await?;
            let next = page.next.clone();
            if next.is_some() && next == token {
                return Err(self.not_s3("the listing does not advance"));
            }
            if !take(page)? || next.is_none() {
                return Ok(());
            }
            token = next;
        }
        Err(too_many(listing.bucket, listing.prefix))
    }

    /// The page at `token`, or the first one.
    pub(super) async fn page(&self, listing: Listing<'_>, token: Option<&str>) -> Result<ListPage, ConnectError> {
        let quote = |text| utf8_percent_encode(text, QUERY).to_string();
        let mut query = vec!["list-type=2".to_owned(), format!("max-keys={}", listing.page_keys)];
        if !listing.prefix.is_empty() {
            query.push(format!("prefix={}", quote(listing.prefix)));
        }
        if listing.one_level {
            query.push("delimiter=%2F".to_owned());
        }
        match (token, listing.start_after) {
            (Some(token), _) => query.push(format!("continuation-token={}", quote(token))),
            (None, Some(key)) => query.push(format!("start-after={}", quote(key))),
            (None, None) => {}
        }
        let query = format!("/{}?{}", listing.bucket, query.join("&"));
        let text = self.get(&query, Target::Bucket(listing.bucket)).await?;
        let page = xml::list_page(&text).map_err(|what| self.not_s3(&what))?;
        let keys = page.objects.iter().map(|object| &object.key).chain(&page.prefixes);
        match keys.into_iter().find(|key| !key.starts_with(listing.prefix)) {
            Some(key) => Err(self.not_s3(&format!("the key `{key}` was not asked for"))),
            None => Ok(page),
        }
    }

    /// Whether the host is one of Amazon's, whose order of keys is documented.
    pub(super) fn is_amazon(&self) -> bool {
        let host = self.endpoint.host();
        [".amazonaws.com", ".amazonaws.com.cn"].iter().any(|end| host.ends_with(end))
    }

    pub(super) fn not_s3(&self, what: &str) -> ConnectError {
        let text = format!("`{}` did not answer as S3 does: {what}; check `serviceUrl`", self.endpoint.host());
        ConnectError::bad_data(text)
    }

    /// A signed GET, tried again while that may help.
    async fn get(&self, path_and_query: &str, target: Target<'_>) -> Result<String, ConnectError> {
        let start = Instant::now();
        let mut wait = self.retry.first_wait;
        for left in (0..=self.retry.times).rev() {
            let budget = self.retry.total.saturating_sub(start.elapsed());
            let tried = tokio::time::timeout(budget, self.get_once(path_and_query, target)).await;
            let error = match tried {
                Ok(Ok(text)) => return Ok(text),
                Ok(Err(error)) => error,
                Err(_) => return Err(crate::net::unreachable_host(self.endpoint.host(), true)),
            };
            if left == 0 || !error.kind.is_transient() || start.elapsed() + wait > self.retry.total {
                return Err(error);
            }
            tracing::debug!(kind = %error.kind, wait_ms = wait.as_millis() as u64, "retrying a listing");
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
        Err(crate::net::unreachable_host(self.endpoint.host(), true))
    }

    async fn get_once(&self, path_and_query: &str, target: Target<'_>) -> Result<String, ConnectError> {
        let host = self.endpoint.host();
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.uri_mut() = format!("{}{path_and_query}", self.endpoint.origin)
            .parse()
            .map_err(|_| ConnectError::bad_request("the path does not fit into a request"))?;
        let response = self.http.call(request).await.map_err(|error| errors::from_http(error, host))?;
        let status = response.status();
        let body = http::body(response, MAX_PAGE_BYTES).await.map_err(|error| errors::from_http(error, host))?;
        let text = String::from_utf8(body.into()).map_err(|_| self.not_s3("the answer is not UTF-8"))?;
        // S3 may begin with 200 and fail later: the error is then the body.
        if !status.is_success() || xml::is_fault(&text) {
            let fault = xml::fault(&text);
            let status = if status.is_success() { reqwest::StatusCode::INTERNAL_SERVER_ERROR } else { status };
            return Err(errors::from_answer(status, fault.code.as_deref(), target, host));
        }
        Ok(text)
    }
}

/// The error for a folder that holds more than [`MAX_PAGES`] pages.
pub(super) fn too_many(bucket: &str, prefix: &str) -> ConnectError {
    let text = format!("the folder `/{bucket}/{prefix}` holds too many objects to list");
    ConnectError::new(ConnectErrorKind::Unsupported, text)
}
