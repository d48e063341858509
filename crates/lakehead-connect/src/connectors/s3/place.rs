//! Paths as users write them, and the bucket and key they mean.

use super::login::S3Login;
use crate::connector::ConnectError;

/// Longest accepted path: a bucket, slashes and the longest key S3 has.
const MAX_PATH_BYTES: usize = 1_200;

/// What a path points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// The list of buckets.
    Buckets,
    /// A key, prefix or pattern in a bucket; nothing is normalised.
    In { bucket: String, key: String },
}

/// Where a login begins.
pub(super) fn root(login: &S3Login) -> Spot {
    match &login.bucket {
        None => Spot::Buckets,
        Some(bucket) => Spot::In { bucket: bucket.clone(), key: login.folder.clone() },
    }
}

/// Reads a path. Without a bucket in the login it is `/bucket/key`, the first slash optional. With one, it is
/// either that full form for this very bucket, or relative to where the login begins.
pub(super) fn locate(login: &S3Login, path: &str) -> Result<Spot, ConnectError> {
    if path.len() > MAX_PATH_BYTES {
        return Err(ConnectError::bad_request(format!("the path is longer than {MAX_PATH_BYTES} bytes")));
    }
    let rest = path.strip_prefix('/').unwrap_or(path);
    if rest.is_empty() {
        return Ok(root(login));
    }
    let (first, key) = rest.split_once('/').unwrap_or((rest, ""));
    match &login.bucket {
        Some(bucket) if bucket != first => {
            Ok(Spot::In { bucket: bucket.clone(), key: format!("{}{rest}", login.folder) })
        }
        _ => {
            check_bucket(first)?;
            Ok(Spot::In { bucket: first.to_owned(), key: key.to_owned() })
        }
    }
}

/// The path of a key, as explored and accepted back.
pub(super) fn path_of(bucket: &str, key: &str) -> String {
    format!("/{bucket}/{key}")
}

/// Bucket names go into URLs as they are, so only the characters buckets have may pass.
pub(super) fn check_bucket(bucket: &str) -> Result<(), ConnectError> {
    if bucket.contains(['*', '?']) {
        return Err(ConnectError::bad_request(format!("the bucket `{bucket}` must not be a pattern")));
    }
    let plain = bucket.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
    let edges = bucket.starts_with(|c: char| c.is_ascii_alphanumeric()) && !bucket.contains("..");
    if plain && edges && (3..=63).contains(&bucket.len()) {
        return Ok(());
    }
    let text = format!("`{bucket}` is not a bucket name: 3 to 63 letters, digits, `-` or `.`, a letter or digit first");
    Err(ConnectError::bad_request(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        connectors::s3::login::ACCESS_KEY,
        login::{Login, LoginValue},
    };

    fn login(bucket: &str, folder: &str) -> S3Login {
        let params = [("s3AccessKey", "k"), ("s3SecretKey", "s"), ("bucketName", bucket), ("folderPath", folder)];
        let params = params.map(|(name, value)| (name.to_owned(), LoginValue::Text(value.to_owned())));
        S3Login::read(&Login { auth_spec: ACCESS_KEY.to_owned(), params: params.into() }).unwrap()
    }

    fn at(bucket: &str, key: &str) -> Spot {
        Spot::In { bucket: bucket.to_owned(), key: key.to_owned() }
    }

    #[test]
    fn without_a_bucket_the_first_segment_is_one() {
        let login = login("", "");
        assert_eq!(root(&login), Spot::Buckets);
        for (path, spot) in [
            ("", Spot::Buckets),
            ("/", Spot::Buckets),
            ("/acme", at("acme", "")),
            ("acme/", at("acme", "")),
            ("/acme/in/a.csv", at("acme", "in/a.csv")),
            ("acme/in/", at("acme", "in/")),
            ("/acme//x", at("acme", "/x")),
            ("/acme/in/*.csv", at("acme", "in/*.csv")),
        ] {
            assert_eq!(locate(&login, path).unwrap(), spot, "{path}");
        }
        for path in ["/../x", "//x", "/ab", "/a*c/x", "/acme%2f/x", "/a..b/x", "/b\u{fc}cket/x", "/acme?x/y"] {
            locate(&login, path).unwrap_err();
        }
        locate(&login, &"x".repeat(2000)).unwrap_err();
    }

    #[test]
    fn with_a_bucket_paths_are_relative_or_full() {
        let login = login("acme", "/in/daily");
        assert_eq!(root(&login), at("acme", "in/daily/"));
        for (path, key) in [
            ("", "in/daily/"),
            ("a.csv", "in/daily/a.csv"),
            ("/a.csv", "in/daily/a.csv"),
            ("/acme/in/daily/a.csv", "in/daily/a.csv"),
            ("acme/other/", "other/"),
            ("/other/x", "in/daily/other/x"),
        ] {
            assert_eq!(locate(&login, path).unwrap(), at("acme", key), "{path}");
        }
    }
}
