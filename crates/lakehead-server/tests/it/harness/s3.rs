//! Two independent S3 servers that check signatures: s3s in this process, and the one that the environment names.

use std::net::SocketAddr;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use object_store::ObjectStoreExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::signer::Signer as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::environment::provided;
use super::{client, eventually};

/// A new bucket on a real server.
pub(crate) struct S3 {
    pub(crate) endpoint: String,
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
    pub(crate) bucket: String,
    store: AmazonS3,
    _in_process: Option<InProcess>,
}

/// Ends with the test.
struct InProcess {
    accept: JoinHandle<()>,
    _folder: TempDir,
}

impl Drop for InProcess {
    fn drop(&mut self) {
        self.accept.abort();
    }
}

impl S3 {
    /// s3s with its folder of files, on a port of its own.
    pub(crate) async fn in_process() -> Self {
        let (access_key, secret_key) = (unique("AK"), unique("SK"));
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut service = s3s::service::S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path()).unwrap());
        service.set_auth(s3s::auth::SimpleAuth::from_single(access_key.clone(), secret_key.clone()));
        let accept = tokio::spawn(accept(listener, service.build()));
        let in_process = InProcess { accept, _folder: folder };
        Self::with_bucket(&format!("http://{address}"), &access_key, &secret_key, Some(in_process)).await
    }

    /// The server of `cargo xtask test`; nothing where there is none.
    pub(crate) async fn external() -> Option<Self> {
        let endpoint = provided("TEST_S3_ENDPOINT")?;
        let access_key = provided("TEST_S3_ACCESS_KEY")?;
        let secret_key = provided("TEST_S3_SECRET_KEY")?;
        Some(Self::with_bucket(&endpoint, &access_key, &secret_key, None).await)
    }

    async fn with_bucket(endpoint: &str, access_key: &str, secret_key: &str, in_process: Option<InProcess>) -> Self {
        let bucket = unique("it-");
        let store = AmazonS3Builder::new()
            .with_endpoint(endpoint)
            .with_allow_http(true)
            .with_region("us-east-1")
            .with_bucket_name(&bucket)
            .with_access_key_id(access_key)
            .with_secret_access_key(secret_key)
            .build()
            .unwrap();
        let s3 = Self {
            endpoint: endpoint.to_owned(),
            access_key: access_key.to_owned(),
            secret_key: secret_key.to_owned(),
            bucket,
            store,
            _in_process: in_process,
        };
        s3.create_bucket().await;
        s3
    }

    /// `PUT /bucket`, and then an object there and back: a server that has just started answers before it can store.
    async fn create_bucket(&self) {
        let http = client::http();
        let url = self.store.signed_url(reqwest::Method::PUT, &Path::default(), Duration::from_mins(10)).await.unwrap();
        let probe = Path::from("probe");
        eventually("the S3 server stores an object", async || {
            http.put(url.clone()).send().await.ok()?;
            self.store.put(&probe, "there and back".into()).await.ok()?;
            self.store.get(&probe).await.ok()?.bytes().await.ok()
        })
        .await;
        self.store.delete(&probe).await.unwrap();
    }

    pub(crate) async fn put(&self, key: &str, body: impl Into<bytes::Bytes>) {
        self.store.put(&Path::parse(key).unwrap(), body.into().into()).await.unwrap();
    }

    /// An address to which anybody may put an object for some minutes.
    pub(crate) async fn upload_url(&self, key: &str) -> String {
        let key = Path::parse(key).unwrap();
        self.store.signed_url(reqwest::Method::PUT, &key, Duration::from_mins(10)).await.unwrap().into()
    }

    pub(crate) async fn delete(&self, key: &str) {
        self.store.delete(&Path::parse(key).unwrap()).await.unwrap();
    }

    /// A path as the API wants it: bucket first.
    pub(crate) fn path(&self, key: &str) -> String {
        format!("/{}/{key}", self.bucket)
    }

    /// The documented `auth` of a connection to this bucket.
    pub(crate) fn auth(&self) -> Value {
        json!({
            "specName": "Access Key",
            "params": {
                "s3AccessKey": self.access_key,
                "s3SecretKey": self.secret_key,
                "serviceUrl": self.endpoint,
                "bucketName": self.bucket,
            },
        })
    }
}

async fn accept(listener: TcpListener, service: s3s::service::S3Service) {
    loop {
        let accepted: std::io::Result<(_, SocketAddr)> = listener.accept().await;
        let Ok((stream, _)) = accepted else { continue };
        let service = service.clone();
        tokio::spawn(async move {
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// A name that no other test has.
pub(crate) fn unique(prefix: &str) -> String {
    format!("{prefix}{:016x}", rand::random::<u64>())
}

/// Without this, a test that sends a wrong secret would prove nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_servers_check_signatures() {
    for s3 in [Some(S3::in_process().await), S3::external().await].into_iter().flatten() {
        s3.put("a/b.txt", "text").await;
        let url =
            s3.store.signed_url(reqwest::Method::GET, &Path::from("a/b.txt"), Duration::from_mins(1)).await.unwrap();
        let http = client::http();
        assert_eq!(http.get(url.clone()).send().await.unwrap().text().await.unwrap(), "text", "{}", s3.endpoint);
        let forged = url.as_str().replace("X-Amz-Signature=", "X-Amz-Signature=0");
        let refused = http.get(forged).send().await.unwrap().status();
        assert!(refused.is_client_error(), "{}: {refused}", s3.endpoint);
    }
}
