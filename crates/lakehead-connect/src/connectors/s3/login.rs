//! The parameters of an S3 login, read and checked: keys, endpoint, region, and where browsing begins.

use std::sync::Arc;

use object_store::aws::AwsCredential;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::place;
use crate::{
    connector::{ConnectError, ConnectErrorKind},
    login::Login,
};

/// Name of the one way to log in.
pub(super) const ACCESS_KEY: &str = "Access Key";
const DEFAULT_REGION: &str = "us-east-1";

/// A checked S3 login. `AwsCredential` masks its secrets in `Debug`.
pub(super) struct S3Login {
    pub(super) credential: Arc<AwsCredential>,
    pub(super) endpoint: Endpoint,
    /// The one bucket the login is bound to.
    pub(super) bucket: Option<String>,
    /// Where browsing begins in it: empty, or ends in `/`.
    pub(super) folder: String,
}

/// Where requests go and for which region they are signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// `https://host[:port]`, without a trailing slash.
    pub(super) origin: String,
    pub(super) region: String,
}

impl S3Login {
    pub(super) fn read(login: &Login) -> Result<Self, ConnectError> {
        if login.auth_spec != ACCESS_KEY {
            let text = format!("the auth spec `{}` is not supported here yet; use `{ACCESS_KEY}`", login.auth_spec);
            return Err(ConnectError::new(ConnectErrorKind::Unsupported, text));
        }
        let key_id = login.text("s3AccessKey").ok_or_else(|| missing("s3AccessKey"))?;
        let secret = login.secret("s3SecretKey").ok_or_else(|| missing("s3SecretKey"))?;
        let token = login.secret("s3SessionToken");
        header_safe("s3AccessKey", key_id)?;
        header_safe("s3SecretKey", secret.expose_secret())?;
        if let Some(token) = &token {
            header_safe("s3SessionToken", token.expose_secret())?;
        }
        let bucket = login.text("bucketName").map(str::to_owned);
        if let Some(bucket) = &bucket {
            place::check_bucket(bucket)?;
        }
        let folder = folder(login.text("folderPath").unwrap_or_default());
        if bucket.is_none() && !folder.is_empty() {
            return Err(ConnectError::bad_request("the parameter `folderPath` needs `bucketName` beside it"));
        }
        Ok(Self {
            credential: credential(key_id, &secret, token.as_ref()),
            endpoint: Endpoint::read(login.text("serviceUrl"))?,
            bucket,
            folder,
        })
    }
}

fn credential(key_id: &str, secret: &SecretString, token: Option<&SecretString>) -> Arc<AwsCredential> {
    Arc::new(AwsCredential {
        key_id: key_id.to_owned(),
        secret_key: secret.expose_secret().to_owned(),
        token: token.map(|token| token.expose_secret().to_owned()),
    })
}

impl Endpoint {
    /// The endpoint behind `serviceUrl`; AWS where nothing is said.
    pub(super) fn read(service_url: Option<&str>) -> Result<Self, ConnectError> {
        let Some(text) = service_url else {
            let origin = format!("https://s3.{DEFAULT_REGION}.amazonaws.com");
            return Ok(Self { origin, region: DEFAULT_REGION.to_owned() });
        };
        let wrong = |what: &str| {
            let text = format!("the parameter `serviceUrl` {what}; write it like `https://s3.eu-west-1.amazonaws.com`");
            ConnectError::bad_request(text)
        };
        let url = Url::parse(text.trim()).map_err(|_| wrong("is not a URL"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("must begin with `https://` or `http://`"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("must not contain a user name or password"));
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("must end after the host and port"));
        }
        let host = url.host_str().ok_or_else(|| wrong("has no host"))?;
        let region = aws_region(host).unwrap_or_else(|| DEFAULT_REGION.to_owned());
        Ok(Self { origin: url.origin().ascii_serialization(), region })
    }

    /// Host and port, for messages.
    pub(super) fn host(&self) -> &str {
        self.origin.split_once("://").map_or(self.origin.as_str(), |(_, host)| host)
    }
}

/// The suffix of AWS's S3 hosts, where `host` is one: `s3.eu-west-1.amazonaws.com` → `amazonaws.com`.
pub(super) fn aws_suffix(host: &str) -> Option<&'static str> {
    ["amazonaws.com", "amazonaws.com.cn"]
        .into_iter()
        .find(|suffix| host.strip_suffix(suffix).is_some_and(|rest| rest.starts_with("s3.") || rest.starts_with("s3-")))
}

/// The region in an AWS host; `None` for the global host and for everybody else's.
fn aws_region(host: &str) -> Option<String> {
    let rest = host.strip_suffix(aws_suffix(host)?)?.strip_suffix('.')?;
    let rest = rest.strip_prefix("s3.").or_else(|| rest.strip_prefix("s3-"))?;
    let region = rest.strip_prefix("dualstack.").unwrap_or(rest);
    is_region(region).then(|| region.to_owned())
}

/// Whether a text, perhaps from a server, can be a region name and nothing else.
pub(super) fn is_region(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 40
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// A folder as a key prefix: no slash before, one behind; empty for the bucket itself.
fn folder(text: &str) -> String {
    let text = text.strip_prefix('/').unwrap_or(text);
    if text.is_empty() || text.ends_with('/') { text.to_owned() } else { format!("{text}/") }
}

/// Keys and tokens travel in headers; the signer must never meet a byte that does not fit there.
fn header_safe(name: &str, value: &str) -> Result<(), ConnectError> {
    if value.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    let text =
        format!("the parameter `{name}` contains a space, line break or other character no key has; paste it again");
    Err(ConnectError::new(ConnectErrorKind::BadRequest, text))
}

fn missing(name: &str) -> ConnectError {
    ConnectError::bad_request(format!("the parameter `{name}` is missing or empty"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_come_from_aws_hosts_only() {
        let region = |url| Endpoint::read(Some(url)).unwrap().region;
        assert_eq!(region("https://s3.eu-west-1.amazonaws.com"), "eu-west-1");
        assert_eq!(region("https://s3-eu-west-1.amazonaws.com/"), "eu-west-1");
        assert_eq!(region("https://s3.dualstack.eu-west-1.amazonaws.com"), "eu-west-1");
        assert_eq!(region("https://s3.cn-north-1.amazonaws.com.cn"), "cn-north-1");
        assert_eq!(region("https://s3.amazonaws.com"), "us-east-1");
        assert_eq!(region("http://minio.example:9000"), "us-east-1");
        assert_eq!(region("https://s3.eu-west-1.amazonaws.com.evil.example"), "us-east-1");
        assert_eq!(Endpoint::read(None).unwrap().origin, "https://s3.us-east-1.amazonaws.com");
        assert_eq!(Endpoint::read(Some("http://h.example:9000/")).unwrap().host(), "h.example:9000");
    }

    #[test]
    fn odd_endpoints_are_named_and_refused() {
        for url in [
            "s3.amazonaws.com",
            "file:///etc/passwd",
            "ftp://h.example",
            "https://user:pw@h.example",
            "https://h.example/bucket",
            "https://h.example/?x=1",
            "https://h.example/#f",
            "https://",
            "http://[fe80::1%25eth0]/",
            "gopher://h.example",
        ] {
            let error = Endpoint::read(Some(url)).unwrap_err();
            assert_eq!(error.kind, ConnectErrorKind::BadRequest);
            assert!(error.public.contains("`serviceUrl`"), "{url}: {error}");
        }
    }

    #[test]
    fn keys_with_line_breaks_do_not_reach_the_signer() {
        for value in ["a\nb", "a b", "ä", "a\0", "\u{7f}"] {
            let error = header_safe("s3SessionToken", value).unwrap_err();
            assert!(!error.public.contains(value), "{error}");
        }
        header_safe("s3SecretKey", "aB+/=3").unwrap();
    }
}
