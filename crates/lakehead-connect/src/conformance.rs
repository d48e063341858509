//! What every S3 service must let the connector do: run against any server by address and keys.
//!
//! Each function makes its own bucket, so they may run at the same time on one server. They panic where the
//! server or the connector does not behave.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
use object_store::{
    GetOptions, ObjectStore, ObjectStoreExt,
    aws::{AwsAuthorizer, AwsCredential},
    client::{HttpRequest, HttpRequestBody, HttpService},
    path::Path,
};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    connector::{self, ConnectError, ConnectErrorKind, Connector, Entry, EntryKind, EntryPage, Part, Place, Selection},
    connectors,
    login::{Login, LoginValue},
    net::Net,
};

const S3: &str = "ecadc60c-7455-4d87-84dc-2a0e293d997b";

/// A running S3 service whose keys may create buckets and objects.
#[derive(Clone)]
pub struct Server {
    /// `http://127.0.0.1:9000`
    pub endpoint: String,
    /// Access key id.
    pub access_key: String,
    /// Secret access key.
    pub secret_key: SecretString,
    /// A guard that lets the endpoint through.
    pub net: Net,
}

impl Server {
    /// A login for this server, with further parameters such as `bucketName`.
    pub fn login(&self, more: &[(&str, &str)]) -> Login {
        let mut params = BTreeMap::from([
            ("s3AccessKey".to_owned(), LoginValue::Text(self.access_key.clone())),
            ("s3SecretKey".to_owned(), LoginValue::Secret(self.secret_key.clone())),
            ("serviceUrl".to_owned(), LoginValue::Text(self.endpoint.clone())),
        ]);
        params.extend(more.iter().map(|(name, value)| ((*name).to_owned(), LoginValue::Text((*value).to_owned()))));
        Login { auth_spec: "Access Key".to_owned(), params }
    }

    /// Creates a bucket.
    ///
    /// # Panics
    /// Where the server refuses.
    pub async fn create_bucket(&self, bucket: &str) {
        self.send(&format!("/{bucket}"), Vec::new()).await;
    }

    /// Writes an object; `key` must be fit for a URL as it is.
    ///
    /// # Panics
    /// Where the server refuses.
    pub async fn put(&self, bucket: &str, key: &str, content: &[u8]) {
        self.send(&format!("/{bucket}/{key}"), content.to_vec()).await;
    }

    async fn send(&self, path: &str, content: Vec<u8>) {
        let credential = AwsCredential {
            key_id: self.access_key.clone(),
            secret_key: self.secret_key.expose_secret().to_owned(),
            token: None,
        };
        let mut request = HttpRequest::new(HttpRequestBody::from(content));
        *request.method_mut() = Method::PUT;
        *request.uri_mut() = format!("{}{path}", self.endpoint).parse().expect("a URL");
        AwsAuthorizer::new(&credential, "s3", "us-east-1").authorize(&mut request, None);
        let response = HttpService::call(&self.net, request).await.expect("an answer");
        assert!(response.status().is_success(), "PUT {path}: {}", response.status());
    }

    /// The first page of a folder.
    async fn explore(&self, login: &Login, at: &str) -> Result<Vec<Entry>, ConnectError> {
        Ok(self.explore_part(login, at, &Part::default()).await?.entries)
    }

    async fn explore_part(&self, login: &Login, at: &str, part: &Part) -> Result<EntryPage, ConnectError> {
        s3().explore(login, &Place::Folder(at.to_owned()), part, &self.net).await
    }

    async fn keys(&self, login: &Login, selection: &Selection) -> Result<Vec<String>, ConnectError> {
        let objects = connector::list_all(s3(), login, selection, &self.net).await?;
        Ok(objects.into_iter().map(|object| object.key).collect())
    }
}

fn s3() -> &'static dyn Connector {
    connectors::by_spec_id(S3).expect("the S3 connector")
}

/// Runs every check of this module.
///
/// # Panics
/// At the first check that fails.
pub async fn everything(server: &Server) {
    logs_in(server).await;
    explores(server).await;
    explores_in_pages(server).await;
    selects(server).await;
    reads(server).await;
    lists_more_than_a_page(server).await;
}

async fn fill(server: &Server, bucket: &str) {
    server.create_bucket(bucket).await;
    for key in ["in/b.csv", "in/a.csv", "in/a.json", "in/2024/c.csv", "in/2024/05/d.csv", "orders", "zero.csv"] {
        let content = if key == "zero.csv" { String::new() } else { format!("id,key\n1,{key}\n") };
        server.put(bucket, key, content.as_bytes()).await;
    }
}

/// Right keys are accepted, wrong ones and unknown buckets named.
///
/// # Panics
/// Where that is not so.
pub async fn logs_in(server: &Server) {
    let bucket = "conformance-login";
    server.create_bucket(bucket).await;
    let check = async |login: &Login| s3().check(login, &server.net).await;
    check(&server.login(&[])).await.expect("the account");
    check(&server.login(&[("bucketName", bucket)])).await.expect("the bucket");
    check(&server.login(&[("bucketName", bucket), ("folderPath", "in/x")])).await.expect("the folder");
    let gone = check(&server.login(&[("bucketName", "conformance-none")])).await.expect_err("no such bucket");
    assert_eq!(gone.kind, ConnectErrorKind::NotFound, "{gone}");
    assert!(gone.public.contains("`conformance-none`"), "{gone}");
    for more in [
        &[("s3SecretKey", "wrong-secret")][..],
        &[("s3AccessKey", "wrong-key")],
        &[("s3SecretKey", "wrong-secret"), ("bucketName", bucket)],
    ] {
        let error = check(&server.login(more)).await.expect_err("wrong keys");
        assert_eq!(error.kind, ConnectErrorKind::Auth, "{error}");
        assert!(error.public.contains("`s3SecretKey`"), "{error}");
    }
}

/// Browsing goes bucket by bucket, level by level, and every path shown is accepted back.
///
/// # Panics
/// Where that is not so.
pub async fn explores(server: &Server) {
    let bucket = "conformance-explore";
    fill(server, bucket).await;
    let login = server.login(&[]);
    let all = Part::default();
    let buckets = s3().explore(&login, &Place::Root, &all, &server.net).await.expect("buckets");
    assert!(buckets.entries.contains(&Entry::folder(bucket, format!("/{bucket}/"))), "{buckets:?}");
    let expected = [
        Entry::folder("2024", format!("/{bucket}/in/2024/")),
        Entry::file("a.csv", format!("/{bucket}/in/a.csv"), true, 18),
        Entry::file("a.json", format!("/{bucket}/in/a.json"), true, 19),
        Entry::file("b.csv", format!("/{bucket}/in/b.csv"), true, 18),
    ];
    for path in [format!("/{bucket}/in/"), format!("/{bucket}/in"), format!("{bucket}/in")] {
        assert_eq!(server.explore(&login, &path).await.expect("a folder"), expected, "{path}");
    }
    let bound = server.login(&[("bucketName", bucket), ("folderPath", "in")]);
    assert_eq!(s3().explore(&bound, &Place::Root, &all, &server.net).await.expect("the root").entries, expected);
    for path in ["", "/", "root"] {
        assert_eq!(server.explore(&bound, path).await.expect("the root"), expected, "{path}");
    }
    let deeper = server.explore(&bound, "2024").await.expect("a relative folder");
    let full = server.explore(&bound, &deeper[0].path).await.expect("a path shown before");
    assert_eq!(full, [Entry::file("d.csv", format!("/{bucket}/in/2024/05/d.csv"), true, 26)]);
    for path in [format!("/{bucket}/nope/"), "/conformance-none/".to_owned()] {
        let error = server.explore(&login, &path).await.expect_err("nothing there");
        assert_eq!(error.kind, ConnectErrorKind::NotFound, "{error}");
    }
}

/// Pages of any size show every entry once, in the order of the names; folders come first within a page.
///
/// # Panics
/// Where that is not so.
pub async fn explores_in_pages(server: &Server) {
    let bucket = "conformance-parts";
    server.create_bucket(bucket).await;
    for key in ["in/a/1", "in/a/2", "in/a.csv", "in/b-c", "in/b/3", "in/b/4/5", "in/z%20%2B%C3%A4", "in0"] {
        server.put(bucket, key, b"x").await;
    }
    let login = server.login(&[]);
    let folder = format!("/{bucket}/in/");
    let names = |page: &EntryPage| page.entries.iter().map(|entry| entry.name.clone()).collect::<Vec<_>>();
    let whole = server.explore_part(&login, &folder, &Part::default()).await.expect("a folder");
    assert_eq!((names(&whole).join(" "), &whole.next), ("a b a.csv b-c z +\u{e4}".to_owned(), &None));
    for limit in 1..=6 {
        let mut part = Part { limit, after: None };
        let (mut seen, mut pages) = (Vec::new(), 0);
        loop {
            let page = server.explore_part(&login, &folder, &part).await.expect("a page");
            assert!(page.entries.len() == limit || page.next.is_none(), "{page:?}");
            assert!(page.entries.is_sorted_by_key(|entry| entry.kind), "{page:?}");
            seen.extend(page.entries);
            pages += 1;
            match page.next {
                Some(next) => part.after = Some(next),
                None => break,
            }
        }
        seen.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        assert_eq!((seen, pages), (whole.entries.clone(), 5_usize.div_ceil(limit)), "pages of {limit}");
    }
    let first = Part { limit: 1, after: None };
    let page = s3().explore(&login, &Place::Root, &first, &server.net).await.expect("a bucket");
    let after = Part { limit: 1, after: page.next.clone() };
    let second = s3().explore(&login, &Place::Root, &after, &server.net).await.expect("another bucket");
    assert!(page.entries[0].name < second.entries[0].name, "{page:?} {second:?}");
}

/// Files, folders and patterns select what they say, within window and limits.
///
/// # Panics
/// Where that is not so.
pub async fn selects(server: &Server) {
    let bucket = "conformance-select";
    fill(server, bucket).await;
    let login = server.login(&[("bucketName", bucket)]);
    let everything = ["in/2024/05/d.csv", "in/2024/c.csv", "in/a.csv", "in/a.json", "in/b.csv"];
    for (path, kind, recursive, expected) in [
        ("in/a.csv", None, false, &["in/a.csv"][..]),
        ("in/a.csv", Some(EntryKind::File), false, &["in/a.csv"]),
        ("orders", None, false, &["orders"]),
        ("zero.csv", None, false, &["zero.csv"]),
        ("in", None, false, &["in/a.csv", "in/a.json", "in/b.csv"]),
        ("in/", Some(EntryKind::Folder), true, &everything),
        ("in/*.csv", None, false, &["in/a.csv", "in/b.csv"]),
        ("in/?.csv", Some(EntryKind::Folder), false, &["in/a.csv", "in/b.csv"]),
        ("in/*.csv", Some(EntryKind::Folder), true, &["in/2024/05/d.csv", "in/2024/c.csv", "in/a.csv", "in/b.csv"]),
        ("in/20*/*.csv", None, false, &["in/2024/c.csv"]),
        ("in/*.parquet", None, true, &[]),
    ] {
        for full in [path.to_owned(), format!("/{bucket}/{path}")] {
            let selection = Selection { kind, recursive, ..Selection::of(full) };
            assert_eq!(server.keys(&login, &selection).await.expect("a plan"), expected, "{selection:?}");
        }
    }
    for (path, kind) in [("nope.csv", None), ("nope/", None), ("in/a", Some(EntryKind::File))] {
        let error = server.keys(&login, &Selection { kind, ..Selection::of(path) }).await.expect_err("nothing there");
        assert_eq!(error.kind, ConnectErrorKind::NotFound, "{path}: {error}");
        assert!(error.public.contains(path.trim_end_matches('/')), "{error}");
    }
    limits(server, &login).await;
}

async fn limits(server: &Server, login: &Login) {
    let all = Selection::of("in/");
    let objects = connector::list_all(s3(), login, &all, &server.net).await.expect("a plan");
    let newest = objects.iter().map(|object| object.last_modified_ms).max();
    let oldest = objects.iter().map(|object| object.last_modified_ms).min();
    let after = Selection { modified_after_ms: newest, ..all.clone() };
    assert!(server.keys(login, &after).await.expect("a plan").is_empty(), "the start of a window is exclusive");
    let until = Selection { modified_until_ms: newest, ..all.clone() };
    assert_eq!(server.keys(login, &until).await.expect("a plan").len(), 3, "the end of a window is inclusive");
    let before = Selection { modified_until_ms: oldest.map(|time| time - 1), ..all };
    assert!(server.keys(login, &before).await.expect("a plan").is_empty());
}

/// What was planned is what is read, whole and in ranges; writing is refused.
///
/// # Panics
/// Where that is not so.
pub async fn reads(server: &Server) {
    let bucket = "conformance-read";
    server.create_bucket(bucket).await;
    server.put(bucket, "in/a%20b%2B%C3%A4.csv", b"id\n1\n").await;
    let login = server.login(&[("bucketName", bucket)]);
    let planned = connector::list_all(s3(), &login, &Selection::of("in"), &server.net).await.expect("a plan");
    assert_eq!((planned.len(), planned[0].key.as_str(), planned[0].size_bytes), (1, "in/a b+\u{e4}.csv", 5));
    let store = s3().open(&login, bucket, &server.net).expect("a store");
    let path = Path::parse(&planned[0].key).expect("a readable key");
    let options = GetOptions { if_match: planned[0].etag.clone(), ..GetOptions::default() };
    let whole = store.get_opts(&path, options).await.expect("the object").bytes().await.expect("its bytes");
    assert_eq!(&whole[..], b"id\n1\n");
    assert_eq!(&store.get_range(&path, 3..5).await.expect("a range")[..], b"1\n");
    let gone = store.get(&Path::from("in/gone.csv")).await.expect_err("no such object");
    assert_eq!(connectors::from_store(gone, "in/gone.csv").kind, ConnectErrorKind::NotFound);
    assert!(store.put(&path, "x".into()).await.is_err(), "a source is only read");
    assert!(store.delete(&path).await.is_err(), "a source is only read");
    let wrong = server.login(&[("bucketName", bucket), ("s3SecretKey", "wrong-secret")]);
    let store = s3().open(&wrong, bucket, &server.net).expect("a store");
    let refused = store.get(&path).await.expect_err("wrong keys");
    assert_eq!(connectors::from_store(refused, "in/a").kind, ConnectErrorKind::Auth);
}

/// A listing of several pages is complete.
///
/// # Panics
/// Where that is not so.
pub async fn lists_more_than_a_page(server: &Server) {
    let bucket = "conformance-pages";
    server.create_bucket(bucket).await;
    let keys: Vec<String> = (0..1_007).map(|i| format!("in/{i:05}.csv")).collect();
    let puts = stream::iter(&keys).map(|key| server.put(bucket, key, b"x"));
    puts.buffer_unordered(16).collect::<()>().await;
    let login = server.login(&[("bucketName", bucket)]);
    for recursive in [false, true] {
        let selection = Selection { recursive, ..Selection::of("in/") };
        assert_eq!(server.keys(&login, &selection).await.expect("a plan"), keys);
    }
    assert_eq!(server.explore(&login, "in").await.expect("a folder").len(), keys.len());
}
