//! The bucket of the files of tables: `GetObject` and `HeadObject` of S3 with the keys of one table. There is no list: what
//! is in a table is what its metadata names, and nothing else is shown of the folder.

use std::io::SeekFrom;
use std::path::Path;

use async_trait::async_trait;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use lakehead_engine::published::PublishedFile;
use s3s::auth::{Credentials, S3Auth, SecretKey};
use s3s::dto::{ETag, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, StreamingBlob, Timestamp};
use s3s::service::S3ServiceBuilder;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

use super::{BUCKET, keys};
use crate::api::PIECE_BYTES;
use crate::api::problem::Problem;
use crate::app::App;

/// The answer to a signature of version 2.
const OLD_SIGNATURE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>InvalidRequest</Code>\
    <Message>signatures of version 2 are not taken; sign with AWS4-HMAC-SHA256</Message></Error>";

/// `GET` and `HEAD /{bucket}/{key}`. The library checks the signature, then asks [`Tables`].
pub(super) async fn serve(State(app): State<App>, request: Request) -> Response {
    if is_signed_the_old_way(&request) {
        return (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "application/xml")], OLD_SIGNATURE).into_response();
    }
    let mut service = S3ServiceBuilder::new(Tables(app.clone()));
    service.set_auth(Keys(app));
    let (parts, _) = request.into_parts();
    match service.build().call(Request::from_parts(parts, s3s::Body::empty())).await {
        Ok(response) => response.map(Body::new),
        Err(error) => {
            tracing::error!(cause = ?error, "a file of a table cannot be answered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Whether the signature is of version 2, which covers neither the host nor the whole query, by a hash that is broken.
fn is_signed_the_old_way(request: &Request) -> bool {
    let mut headers = request.headers().get_all(header::AUTHORIZATION).iter();
    let in_header = headers.any(|value| value.as_bytes().trim_ascii_start().starts_with(b"AWS "));
    let query = request.uri().query().unwrap_or_default();
    in_header || url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "AWSAccessKeyId")
}

/// Finds the secret key of an access key.
struct Keys(App);

#[async_trait]
impl S3Auth for Keys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        let secret = keys::secret(&self.0, access_key);
        secret
            .map(SecretKey::from)
            .ok_or_else(|| s3_error!(InvalidAccessKeyId, "the access key is none, or it is over; load the table again"))
    }
}

/// The tables as objects.
struct Tables(App);

#[async_trait]
impl S3 for Tables {
    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let input = &request.input;
        let object = self.find(request.credentials.as_ref(), &input.bucket, &input.key).await?;
        let part = match input.range {
            Some(range) => range.check(object.size)?,
            None => 0..object.size,
        };
        let length = part.end - part.start;
        let body = if let Some(bytes) = object.file.translated {
            let bytes = bytes.slice(part.start as usize..part.end as usize);
            StreamingBlob::wrap(futures::stream::iter([Ok::<Bytes, std::io::Error>(bytes)]))
        } else {
            let mut file = tokio::fs::File::open(object.file.path).await.map_err(broken)?;
            file.seek(SeekFrom::Start(part.start)).await.map_err(broken)?;
            StreamingBlob::wrap(ReaderStream::with_capacity(file.take(length), PIECE_BYTES))
        };
        let mut response = S3Response::new(GetObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            body: Some(body),
            content_length: Some(length as i64),
            content_range: input.range.map(|_| format!("bytes {}-{}/{}", part.start, part.end - 1, object.size)),
            e_tag: Some(object.etag),
            last_modified: Some(object.modified),
            ..GetObjectOutput::default()
        });
        response.status = input.range.map(|_| StatusCode::PARTIAL_CONTENT);
        Ok(response)
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = &request.input;
        let object = self.find(request.credentials.as_ref(), &input.bucket, &input.key).await?;
        Ok(S3Response::new(HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: Some(object.size as i64),
            e_tag: Some(object.etag),
            last_modified: Some(object.modified),
            ..HeadObjectOutput::default()
        }))
    }
}

/// A file of a table.
struct Object {
    file: PublishedFile,
    size: u64,
    etag: ETag,
    modified: Timestamp,
}

impl Tables {
    async fn find(&self, credentials: Option<&Credentials>, bucket: &str, key: &str) -> S3Result<Object> {
        let credentials = credentials.ok_or_else(|| s3_error!(AccessDenied, "the request is not signed"))?;
        let place = keys::opens(&self.0, &credentials.access_key).await.map_err(failed)?;
        let place = place.ok_or_else(|| s3_error!(AccessDenied, "the table cannot be read with this key any more"))?;
        let own = format!("{}/{}/", place.sandbox_id, place.dataset_id);
        // Whatever is not of the table is as foreign as what does not exist.
        let path = Some(key).filter(|_| bucket == BUCKET).and_then(|key| key.strip_prefix(&own));
        let path = path.ok_or_else(|| s3_error!(AccessDenied, "the key is for the files of another table"))?;
        let file = self.0.published.file(&place, path).await.map_err(|error| failed(error.into()))?;
        let missing = || s3_error!(NoSuchKey, "the table has no such file");
        Object::of(file.ok_or_else(missing)?, path).await?.ok_or_else(missing)
    }
}

impl Object {
    /// `None` where there is no such file. One that is there never changes, so its name tells its version.
    async fn of(file: PublishedFile, path: &str) -> S3Result<Option<Self>> {
        let etag = ETag::Strong(hex::encode(&Sha256::digest(path)[..16]));
        let Some((size, modified)) = about(&file.path).await.map_err(broken)? else { return Ok(None) };
        let size = file.translated.as_ref().map_or(size, |bytes| bytes.len() as u64);
        Ok(Some(Self { file, size, etag, modified: modified.into() }))
    }
}

async fn about(path: &Path) -> std::io::Result<Option<(u64, std::time::SystemTime)>> {
    match tokio::fs::symlink_metadata(path).await {
        Ok(about) if about.is_file() => Ok(Some((about.len(), about.modified()?))),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn broken(error: std::io::Error) -> s3s::S3Error {
    failed(Problem::internal(&error))
}

/// The cause is in the log already.
fn failed(_: Problem) -> s3s::S3Error {
    s3_error!(InternalError, "the file cannot be read now; retry")
}
