//! A source that can do what a real store does rarely or slowly: very many objects, chosen times, pages that overlap,
//! answers that fail. It speaks as much of S3 as reading needs and believes every signature.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::ops::Bound;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Response, StatusCode, Uri};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::s3::unique;

const BUCKET: &str = "shelf";

struct Entry {
    body: bytes::Bytes,
    etag: String,
    modified_ms: i64,
}

/// What the shelf does wrong.
#[derive(Clone, Default)]
pub(crate) struct Moods {
    /// Every page but the last brings the last object of the page before once more.
    pub(crate) overlapping: bool,
    /// Each page with a token comes empty first.
    pub(crate) empty_pages: bool,
    /// So many of the next requests are told to slow down, within a 200 where they ask for a page.
    pub(crate) slow_down: usize,
    /// Keys that are deleted by whoever asks for them.
    pub(crate) deleted_when_read: BTreeSet<String>,
    /// What takes the place of an object once some of it was read: key, and new content.
    pub(crate) replaced_when_read: Option<(String, bytes::Bytes)>,
    /// Whoever asks for one version of an object gets what is there now.
    pub(crate) ignores_if_match: bool,
    /// Objects per page at most.
    pub(crate) page: Option<usize>,
    /// Objects whose bytes come after this long.
    pub(crate) read_delay: std::time::Duration,
}

#[derive(Default)]
struct Kept {
    objects: BTreeMap<String, Entry>,
    moods: Moods,
    listings: usize,
    reads: usize,
    bytes_read: usize,
}

/// A bucket in memory.
pub(crate) struct Shelf {
    kept: Arc<Mutex<Kept>>,
    endpoint: String,
    serving: JoinHandle<()>,
}

impl Drop for Shelf {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Shelf {
    pub(crate) async fn start() -> Self {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(answer).with_state(Arc::clone(&kept));
        let serving = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { kept, endpoint, serving }
    }

    /// Puts an object as if it had been written at `modified_ms`.
    pub(crate) fn put(&self, key: &str, body: impl Into<bytes::Bytes>, modified_ms: i64) {
        let entry = Entry { body: body.into(), etag: unique(""), modified_ms };
        self.kept.lock().unwrap().objects.insert(key.to_owned(), entry);
    }

    pub(crate) fn set(&self, moods: Moods) {
        self.kept.lock().unwrap().moods = moods;
    }

    /// Pages and objects asked for, and bytes of objects sent, since the last time.
    pub(crate) fn taken(&self) -> (usize, usize, usize) {
        let mut kept = self.kept.lock().unwrap();
        let taken = (kept.listings, kept.reads, kept.bytes_read);
        (kept.listings, kept.reads, kept.bytes_read) = (0, 0, 0);
        taken
    }

    pub(crate) fn path(key: &str) -> String {
        format!("/{BUCKET}/{key}")
    }

    pub(crate) fn auth(&self) -> Value {
        let params =
            json!({"s3AccessKey": "any", "s3SecretKey": "any", "serviceUrl": self.endpoint, "bucketName": BUCKET});
        json!({"specName": "Access Key", "params": params})
    }
}

async fn answer(
    State(kept): State<Arc<Mutex<Kept>>>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    uri: Uri,
) -> Response<Body> {
    let path = percent_decode_str(uri.path()).decode_utf8_lossy().into_owned();
    let key = path.trim_start_matches('/').strip_prefix(BUCKET).unwrap_or_default().trim_start_matches('/').to_owned();
    let delay = kept.lock().unwrap().moods.read_delay;
    if !key.is_empty() && !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let mut kept = kept.lock().unwrap();
    if kept.moods.slow_down > 0 {
        kept.moods.slow_down -= 1;
        let status = if key.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        return text(status, "<Error><Code>SlowDown</Code></Error>".to_owned());
    }
    if key.is_empty() { text(StatusCode::OK, page(&mut kept, &query)) } else { object(&mut kept, &key, &headers) }
}

fn text(status: StatusCode, text: String) -> Response<Body> {
    Response::builder().status(status).header("content-type", "application/xml").body(Body::from(text)).unwrap()
}

fn object(kept: &mut Kept, key: &str, headers: &HeaderMap) -> Response<Body> {
    kept.reads += 1;
    if kept.moods.deleted_when_read.remove(key) {
        kept.objects.remove(key);
    }
    let Some(entry) = kept.objects.get(key) else {
        return text(StatusCode::NOT_FOUND, "<Error><Code>NoSuchKey</Code></Error>".to_owned());
    };
    let etag = format!("\"{}\"", entry.etag);
    let pinned = headers.get("if-match").map(|value| value.to_str().unwrap().to_owned());
    if pinned.is_some_and(|pinned| pinned != etag) && !kept.moods.ignores_if_match {
        return text(StatusCode::PRECONDITION_FAILED, "<Error><Code>PreconditionFailed</Code></Error>".to_owned());
    }
    let whole = entry.body.len();
    let range = headers.get("range").and_then(|value| value.to_str().ok()?.strip_prefix("bytes=")?.split_once('-'));
    let range = range.map(|(from, to)| {
        let from = from.parse().unwrap_or(0);
        from..to.parse().map_or(whole, |to: usize| (to + 1).min(whole)).max(from)
    });
    let part = entry.body.slice(range.clone().unwrap_or(0..whole));
    let modified = chrono::DateTime::from_timestamp_millis(entry.modified_ms).unwrap();
    let mut answer =
        Response::builder().header("etag", etag).header("last-modified", modified.to_rfc2822().replace("+0000", "GMT"));
    if let Some(range) = range {
        let end = range.end.saturating_sub(1);
        answer = answer.status(206).header("content-range", format!("bytes {}-{end}/{whole}", range.start));
    }
    let modified_ms = entry.modified_ms;
    kept.bytes_read += part.len();
    if let Some((_, body)) = kept.moods.replaced_when_read.take_if(|(replaced, _)| replaced == key) {
        kept.objects.insert(key.to_owned(), Entry { body, etag: unique(""), modified_ms });
    }
    answer.body(Body::from(part)).unwrap()
}

/// One page of `ListObjectsV2`. The token is where the page begins; one that ends in `*` has been empty once.
fn page(kept: &mut Kept, query: &HashMap<String, String>) -> String {
    kept.listings += 1;
    let of = |name: &str| query.get(name).cloned().unwrap_or_default();
    let (prefix, delimited, token) = (of("prefix"), query.contains_key("delimiter"), of("continuation-token"));
    let most = of("max-keys").parse().unwrap_or(1000).min(kept.moods.page.unwrap_or(1000));
    let begin = if token.is_empty() { of("start-after") } else { token.trim_end_matches('*').to_owned() };
    let mut xml = String::from("<ListBucketResult>");
    if kept.moods.empty_pages && !token.is_empty() && !token.ends_with('*') {
        let token = escaped(&token);
        let _ = write!(xml, "<IsTruncated>true</IsTruncated><NextContinuationToken>{token}*</NextContinuationToken>");
        return xml + "</ListBucketResult>";
    }
    let (mut count, mut last, mut folders, mut truncated) = (0, begin.clone(), BTreeSet::new(), false);
    // An object may have the prefix as its whole name.
    let from =
        if begin >= prefix && !begin.is_empty() { Bound::Excluded(begin) } else { Bound::Included(prefix.clone()) };
    let whole = (from, Bound::Unbounded);
    let repeated = kept.moods.overlapping && !token.is_empty();
    if repeated && let Some((key, entry)) = kept.objects.get_key_value(last.as_str()) {
        entry_of(&mut xml, key, entry);
    }
    for (key, entry) in kept.objects.range::<str, _>((whole.0.as_ref().map(String::as_str), whole.1)) {
        if !key.starts_with(&prefix) {
            break;
        }
        let folder = key[prefix.len()..].split_once('/').filter(|_| delimited);
        let folder = folder.map(|(name, _)| format!("{prefix}{name}/"));
        // A folder counts once, and a page that ended with one goes on behind it.
        if folder.as_ref().is_some_and(|folder| folders.contains(folder) || last.starts_with(folder.as_str())) {
            continue;
        }
        if count == most {
            truncated = true;
            break;
        }
        count += 1;
        if let Some(folder) = folder {
            last.clone_from(&folder);
            folders.insert(folder);
        } else {
            entry_of(&mut xml, key, entry);
            last.clone_from(key);
        }
    }
    for folder in folders {
        let _ = write!(xml, "<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>", escaped(&folder));
    }
    let _ = write!(xml, "<IsTruncated>{truncated}</IsTruncated>");
    if truncated {
        let _ = write!(xml, "<NextContinuationToken>{}</NextContinuationToken>", escaped(&last));
    }
    xml + "</ListBucketResult>"
}

fn entry_of(xml: &mut String, key: &str, entry: &Entry) {
    let modified = chrono::DateTime::from_timestamp_millis(entry.modified_ms).unwrap();
    let (key, etag, size) = (escaped(key), &entry.etag, entry.body.len());
    let _ = write!(
        xml,
        "<Contents><Key>{key}</Key><LastModified>{}</LastModified><ETag>&quot;{etag}&quot;</ETag><Size>{size}</Size></Contents>",
        modified.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('\n', "&#10;")
}
