//! Servers that fail, lie, redirect and echo.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use lakehead_model::plan::PlannedObject;
use object_store::ObjectStoreExt;
use tracing_subscriber::fmt::MakeWriter;

use super::{
    fake::{Fake, answer, answers, error, page},
    loopback,
};
use crate::{
    connector::{
        ConnectError, ConnectErrorKind, Connector, Entry, EntryKind, EntryPage, Part, Place, Selection, list_all,
    },
    connectors::{
        from_store,
        s3::{
            AmazonS3,
            api::{Api, Listing, Retry},
            login::S3Login,
            xml::ListPage,
        },
    },
    login::{Login, LoginValue},
};

const SECRET: &str = "canary-secret-5d1f";
const TOKEN: &str = "canary-token-77aa";

fn login(endpoint: &str) -> Login {
    let secret = |text: &str| LoginValue::Secret(text.into());
    let text = |text: &str| LoginValue::Text(text.to_owned());
    let params = [
        ("s3AccessKey", text("AKIATEST")),
        ("s3SecretKey", secret(SECRET)),
        ("s3SessionToken", secret(TOKEN)),
        ("serviceUrl", text(endpoint)),
        ("bucketName", text("acme")),
    ];
    Login { auth_spec: "Access Key".to_owned(), params: params.map(|(name, value)| (name.to_owned(), value)).into() }
}

async fn explore(fake: &Fake, folder: &str, part: &Part) -> Result<EntryPage, ConnectError> {
    AmazonS3.explore(&login(&fake.endpoint), &Place::Folder(folder.to_owned()), part, &loopback()).await
}

async fn list(fake: &Fake, path: &str) -> Result<Vec<PlannedObject>, ConnectError> {
    let selection = Selection { kind: Some(EntryKind::Folder), ..Selection::of(path) };
    list_all(&AmazonS3, &login(&fake.endpoint), &selection, &loopback()).await
}

/// A listing with quick retries: how it ended, and how often the server was asked.
async fn tried(texts: Vec<String>) -> (Result<(), ConnectErrorKind>, usize) {
    let fake = answers(texts).await;
    let login = S3Login::read(&login(&fake.endpoint)).unwrap();
    let retry = Retry { times: 3, total: Duration::from_mins(1), first_wait: Duration::from_millis(1) };
    let api = Api::with(&loopback(), &login.credential, &login.endpoint, retry);
    let listing = Listing { one_level: true, ..Listing::of("acme", "in/") };
    let ended = api.every_page(listing, |_| Ok(true)).await.map_err(|error| error.kind);
    (ended, fake.asked().len())
}

#[tokio::test]
async fn passing_troubles_are_tried_again_a_bounded_number_of_times() {
    let good = page(&["in/a.csv"], None);
    let slow = error(503, "SlowDown", "");
    let timeout = error(400, "RequestTimeout", "");
    assert_eq!(tried(vec![slow.clone(), timeout.clone(), good.clone()]).await, (Ok(()), 3));
    assert_eq!(tried(vec![error(200, "InternalError", ""), good.clone()]).await, (Ok(()), 2), "an error within a 200");
    assert_eq!(tried(vec![slow]).await, (Err(ConnectErrorKind::Throttled), 4));
    assert_eq!(tried(vec![timeout]).await, (Err(ConnectErrorKind::Unreachable), 4));
    assert_eq!(tried(vec![error(403, "AccessDenied", ""), good]).await, (Err(ConnectErrorKind::Auth), 1));
}

#[tokio::test]
async fn a_partial_listing_is_an_error() {
    let first = page(&["in/a.csv"], Some("t"));
    let cut = page(&["in/b.csv"], None).replace("content-length: ", "content-length: 9");
    assert_eq!(tried(vec![first.clone(), cut]).await.0, Err(ConnectErrorKind::Unreachable));
    assert_eq!(tried(vec![first.clone(), error(403, "AccessDenied", "")]).await.0, Err(ConnectErrorKind::Auth));
    assert_eq!(tried(vec![first.clone(), answer(200, "", "<html/>")]).await.0, Err(ConnectErrorKind::BadData));
    assert_eq!(tried(vec![first.clone()]).await, (Err(ConnectErrorKind::BadData), 2), "a listing in a circle");
    assert_eq!(tried(vec![first, page(&["in/b.csv"], None)]).await, (Ok(()), 2));
}

#[tokio::test]
async fn answers_that_were_not_asked_for_are_errors() {
    let endless = answer(200, "", &"x".repeat(17 * 1024 * 1024));
    for text in [page(&["other/a.csv"], None), answer(200, "", "hello"), answer(200, "", ""), endless] {
        let fake = answers(vec![text]).await;
        assert_eq!(list(&fake, "in/").await.unwrap_err().kind, ConnectErrorKind::BadData);
    }
}

#[tokio::test]
async fn keys_that_cannot_be_read_are_named_not_dropped() {
    for key in ["in//a.csv", "in/../a.csv", "in/./a.csv", "in/a&#10;b.csv", "in/data/"] {
        let fake = answers(vec![page(&["in/a.csv", key], None)]).await;
        let error = list(&fake, "in/").await.unwrap_err();
        assert_eq!(error.kind, ConnectErrorKind::BadData, "{key}");
        assert!(error.public.contains(&key.replace("&#10;", "\n")), "{error}");
        let shown = explore(&fake, "in", &Part::default()).await.unwrap();
        assert_eq!(shown.entries.iter().filter(|entry| entry.can_preview).count(), 1, "{shown:?}");
    }
}

#[tokio::test]
async fn folder_markers_are_no_files() {
    let fake = answers(vec![page(&["in/", "in/a.csv", "in/b/"], None).replace("<Size>5", "<Size>0")]).await;
    let keys: Vec<_> = list(&fake, "in/").await.unwrap().into_iter().map(|object| object.key).collect();
    assert_eq!(keys, ["in/a.csv"], "an empty file stays, markers go");
    let fake = answers(vec![page(&["in/"], None).replace("<Size>5", "<Size>0")]).await;
    assert!(list(&fake, "in/").await.unwrap().is_empty(), "an empty folder exists");
    assert_eq!(explore(&fake, "in/", &Part::default()).await.unwrap().entries, Vec::<Entry>::new());
}

#[tokio::test]
async fn a_store_that_begins_at_the_start_gives_no_entry_twice() {
    let fake = answers(vec![page(&["in/a", "in/b", "in/c/", "in/d"], Some("t")), page(&["in/e", "in/f"], None)]).await;
    let part = Part { limit: 2, after: Some("b".to_owned()) };
    let shown = explore(&fake, "in", &part).await.unwrap();
    let names = |page: &EntryPage| page.entries.iter().map(|entry| entry.name.clone()).collect::<Vec<_>>();
    assert_eq!((names(&shown), shown.next.as_deref()), (vec!["c/".to_owned(), "d".to_owned()], Some("d")));
    assert!(fake.asked()[0].contains("start-after=in%2Fb"), "{:?}", fake.asked());
    let behind_a_folder = Part { limit: 2, after: Some("c/".to_owned()) };
    let fake = answers(vec![page(&["in/d"], None)]).await;
    let shown = explore(&fake, "in", &behind_a_folder).await.unwrap();
    assert_eq!((names(&shown), shown.next), (vec!["d".to_owned()], None));
    assert!(fake.asked()[0].contains("start-after=in%2Fc%2F%F4%8F%BF%BF"), "{:?}", fake.asked());
    let fake = answers(vec![page(&["in/a"], None)]).await;
    let shown = explore(&fake, "in", &behind_a_folder).await.unwrap();
    assert_eq!(shown, EntryPage { entries: Vec::new(), next: None });
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let other = answers(vec![page(&["in/a.csv"], None)]).await;
    for status in [301, 302, 307, 308] {
        let fake = answers(vec![answer(status, &format!("location: {}/acme\r\n", other.endpoint), "")]).await;
        let error = list(&fake, "in/").await.unwrap_err();
        assert_eq!(error.kind, ConnectErrorKind::BadRequest, "{status}");
        assert!(error.public.contains("redirect"), "{error}");
        let store = AmazonS3.open(&login(&fake.endpoint), "acme", &loopback()).unwrap();
        let error = from_store(store.get(&"in/a.csv".into()).await.unwrap_err(), "/acme/in/a.csv");
        assert_eq!(error.kind, ConnectErrorKind::BadRequest, "{status}: {error:?}");
    }
    assert!(other.asked().is_empty());
}

#[tokio::test]
async fn a_bucket_of_another_region_is_signed_for_it_once() {
    let wrong = error(400, "AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>");
    let fake = answers(vec![wrong.clone(), page(&["in/a.csv"], Some("t")), page(&["in/b.csv"], None)]).await;
    let login = S3Login::read(&login(&fake.endpoint)).unwrap();
    // Page after page: a folder of several pages is listed by several requests at a time, in no order.
    let (api, mut found) = (Api::new(&login, &loopback()), 0);
    let count = |page: ListPage| {
        found += page.objects.len();
        Ok(true)
    };
    api.every_page(Listing::of("acme", "in/"), count).await.unwrap();
    assert_eq!(found, 2);
    let scopes: Vec<_> = fake.asked().iter().map(|head| head.contains("/eu-west-1/s3/aws4_request")).collect();
    assert_eq!(scopes, [false, true, true], "asked again for the right region, which is remembered");
    let stubborn = answers(vec![wrong]).await;
    assert_eq!(list(&stubborn, "in/").await.unwrap_err().kind, ConnectErrorKind::BadRequest);
    assert_eq!(stubborn.asked().len(), 2);
}

#[tokio::test]
async fn downloads_retry_what_s3_calls_a_timeout() {
    let body = answer(200, "last-modified: Wed, 01 May 2024 10:00:00 GMT\r\netag: \"e\"\r\n", "id\n");
    let fake = answers(vec![error(400, "RequestTimeout", ""), body]).await;
    let store = AmazonS3.open(&login(&fake.endpoint), "acme", &loopback()).unwrap();
    let bytes = store.get(&"in/a.csv".into()).await.unwrap().bytes().await.unwrap();
    assert_eq!((&bytes[..], fake.asked().len()), (&b"id\n"[..], 2));
    assert!(fake.asked()[0].starts_with("GET /acme/in/a.csv HTTP/1.1"), "{:?}", fake.asked());
}

#[tokio::test]
async fn failed_downloads_say_why() {
    for (text, kind, says) in [
        (error(400, "ExpiredToken", ""), ConnectErrorKind::Auth, "`s3SessionToken`"),
        (error(403, "AccessDenied", ""), ConnectErrorKind::Auth, "`/acme/in/a.csv`"),
        (error(403, "SignatureDoesNotMatch", ""), ConnectErrorKind::Auth, "`s3SecretKey`"),
        (error(404, "NoSuchKey", ""), ConnectErrorKind::NotFound, "`/acme/in/a.csv`"),
        (error(412, "PreconditionFailed", ""), ConnectErrorKind::NotFound, "replaced"),
    ] {
        let fake = answers(vec![text]).await;
        let store = AmazonS3.open(&login(&fake.endpoint), "acme", &loopback()).unwrap();
        let error = from_store(store.get(&"in/a.csv".into()).await.unwrap_err(), "/acme/in/a.csv");
        assert_eq!(error.kind, kind, "{error:?}");
        assert!(error.public.contains(says), "{error}");
    }
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn secrets_are_in_no_error_and_no_log() {
    let lines = Lines::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(lines.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let echo = format!("<Message>{SECRET} {TOKEN}</Message><Region>{SECRET}/{TOKEN}</Region>");
    let mut said = Vec::new();
    for text in [
        error(403, "SignatureDoesNotMatch", &echo),
        error(403, "AccessDenied", &echo),
        error(404, "NoSuchKey", &echo),
        error(418, &format!("{SECRET} {TOKEN}"), &echo),
        answer(200, "", &format!("<html>{SECRET} {TOKEN}</html>")),
        answer(302, &format!("location: http://h.example/{SECRET}/{TOKEN}\r\n"), &echo),
        "not http".to_owned(),
    ] {
        let fake = answers(vec![text]).await;
        let login = login(&fake.endpoint);
        let net = loopback();
        let error = AmazonS3.check(&login, &net).await.unwrap_err();
        said.push(format!("{error} {error:?} {login:?} {net:?}"));
        let store = AmazonS3.open(&login, "acme", &net).unwrap();
        said.push(format!("{store} {store:?}"));
        if let Err(error) = store.get(&"in/a.csv".into()).await {
            said.push(format!("{error} {error:?}"));
            let error = from_store(error, "/acme/in/a.csv");
            said.push(format!("{error} {error:?}"));
        }
        assert!(fake.asked()[0].contains(TOKEN), "the token does travel to the server it is for");
    }
    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("TRACE") || logged.contains("DEBUG"), "the log is on");
    for text in [&said.join("\n"), &logged] {
        for line in text.lines() {
            assert!(!line.contains("canary-"), "{line}");
        }
    }
}
