//! What an error of S3 means to the owner of the connection: the kind, and a text that names the cure.

use object_store::client::{HttpError, HttpErrorKind};
use reqwest::StatusCode;

use crate::{
    connector::{ConnectError, ConnectErrorKind as Kind},
    net::unreachable_host,
};

/// What was being read, for messages.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target<'a> {
    /// The list of buckets.
    Buckets,
    /// A bucket or something in it.
    Bucket(&'a str),
    /// An object, by its path.
    Object(&'a str),
}

/// An error answer: its status, and the code in its body where there was one.
pub(super) fn from_answer(status: StatusCode, code: Option<&str>, target: Target<'_>, host: &str) -> ConnectError {
    let shown = code.unwrap_or("without a code");
    let (kind, text) = match (code.unwrap_or_default(), status.as_u16()) {
        ("InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidSecurity" | "NotSignedUp", _) => {
            (Kind::Auth, format!("`{host}` does not accept the keys ({shown}); check `s3AccessKey` and `s3SecretKey`"))
        }
        ("ExpiredToken" | "InvalidToken" | "TokenRefreshRequired", _) => {
            (Kind::Auth, format!("the temporary keys are not valid any more ({shown}); renew `s3SessionToken`"))
        }
        ("RequestTimeTooSkewed", _) => {
            (Kind::Auth, format!("`{host}` refuses the time of the request ({shown}); set the clock of this machine"))
        }
        ("NoSuchBucket", _) => (Kind::NotFound, not_found(target)),
        ("RequestTimeout", _) | (_, 408) => {
            (Kind::Unreachable, format!("`{host}` did not receive the request in time ({shown}); try again"))
        }
        ("SlowDown" | "TooManyRequests", _) | (_, 429 | 503) => {
            (Kind::Throttled, format!("`{host}` asks to slow down ({shown}); try again later"))
        }
        ("AuthorizationHeaderMalformed", _) => (
            Kind::BadRequest,
            format!(
                "`{host}` expects another region ({shown}); set `serviceUrl` to the endpoint of the bucket's region"
            ),
        ),
        (_, 300..=399) => (
            Kind::BadRequest,
            format!("`{host}` answers with a redirect, which is not followed; set `serviceUrl` to the final address"),
        ),
        (_, 401 | 403) => (Kind::Auth, not_allowed(target, shown)),
        (_, 404) => (Kind::NotFound, not_found(target)),
        (_, 500..=599) => (Kind::Unreachable, format!("`{host}` failed ({shown}); try again later")),
        _ => (Kind::BadRequest, format!("`{host}` refuses the request ({shown})")),
    };
    ConnectError::new(kind, text).because(format!("status {status}, code {shown}"))
}

fn not_found(target: Target<'_>) -> String {
    match target {
        Target::Buckets => "the endpoint does not list buckets; set `bucketName`, or check `serviceUrl`".to_owned(),
        Target::Object(path) => format!("`{path}` does not exist any more"),
        Target::Bucket(bucket) => format!("the bucket `{bucket}` does not exist; check its name and `serviceUrl`"),
    }
}

fn not_allowed(target: Target<'_>, code: &str) -> String {
    match target {
        Target::Buckets => {
            format!("the keys may not list buckets ({code}); set `bucketName`, or grant `s3:ListAllMyBuckets`")
        }
        Target::Object(path) => format!("the keys may not read `{path}` ({code}); grant `s3:GetObject` on it"),
        Target::Bucket(bucket) => format!(
            "the keys may not read the bucket `{bucket}` ({code}); grant `s3:ListBucket` on it and `s3:GetObject` on its objects"
        ),
    }
}

/// A call that got no answer.
pub(super) fn from_http(error: HttpError, host: &str) -> ConnectError {
    ConnectError::find(&error)
        .unwrap_or_else(|| unreachable_host(host, error.kind() == HttpErrorKind::Timeout).because(error))
}

/// An error of the store that `Connector::open` answered. `path` is what was being read, as the user knows it.
pub fn from_store(error: object_store::Error, path: &str) -> ConnectError {
    use object_store::Error as E;
    if let Some(found) = ConnectError::find(&error) {
        return found;
    }
    let (kind, text) = match &error {
        E::Precondition { .. } => (Kind::NotFound, format!("`{path}` was replaced while it was read; run again")),
        E::InvalidPath { .. } => (Kind::BadData, format!("the key of `{path}` cannot be read; rename it")),
        _ => match answered(&error.to_string()) {
            Some((status, code)) => {
                let known = from_answer(status, code.as_deref(), Target::Object(path), "S3");
                (known.kind, known.public)
            }
            None => (Kind::Unreachable, format!("reading `{path}` failed; try again")),
        },
    };
    ConnectError::new(kind, text).because(error)
}

/// The retry layer of the store hides status and code behind its text; the body in it is the one our client wrote.
fn answered(text: &str) -> Option<(StatusCode, Option<String>)> {
    let (_, rest) = text.split_once("status code: ")?;
    let status = StatusCode::from_bytes(rest.as_bytes().get(..3)?).ok()?;
    let code = rest.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    Some((status, code.map(|(code, _)| code.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_become_kinds_and_name_the_cure() {
        for (status, code, kind, says) in [
            (403, Some("InvalidAccessKeyId"), Kind::Auth, "`s3AccessKey`"),
            (403, Some("SignatureDoesNotMatch"), Kind::Auth, "`s3SecretKey`"),
            (400, Some("ExpiredToken"), Kind::Auth, "`s3SessionToken`"),
            (403, Some("RequestTimeTooSkewed"), Kind::Auth, "clock"),
            (403, Some("AccessDenied"), Kind::Auth, "`s3:ListBucket`"),
            (403, None, Kind::Auth, "`acme`"),
            (404, Some("NoSuchBucket"), Kind::NotFound, "the bucket `acme`"),
            (408, Some("RequestTimeout"), Kind::Unreachable, "in time"),
            (400, Some("RequestTimeout"), Kind::Unreachable, "in time"),
            (503, Some("SlowDown"), Kind::Throttled, "slow down"),
            (429, None, Kind::Throttled, "slow down"),
            (500, Some("InternalError"), Kind::Unreachable, "try again"),
            (302, None, Kind::BadRequest, "redirect"),
            (301, Some("PermanentRedirect"), Kind::BadRequest, "redirect"),
            (400, Some("AuthorizationHeaderMalformed"), Kind::BadRequest, "region"),
            (400, Some("InvalidRequest"), Kind::BadRequest, "InvalidRequest"),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let error = from_answer(status, code, Target::Bucket("acme"), "h.example");
            assert_eq!(error.kind, kind, "{status} {code:?}");
            assert!(error.public.contains(says), "{error}");
        }
        let error = from_answer(StatusCode::FORBIDDEN, Some("AccessDenied"), Target::Buckets, "h.example");
        assert!(error.public.contains("`bucketName`"), "{error}");
    }
}
