//! The S3 server of the demo: s3s over a folder, in this process, with signatures checked.

use std::path::Path;

use anyhow::Context as _;
use hyper_util::rt::TokioIo;
use lakehead_model::id::random_hex;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::data::BUCKET;

/// A running S3 server. It ends with the process.
pub(super) struct S3 {
    /// `http://ADDRESS`.
    pub(super) endpoint: String,
    access_key: String,
    secret_key: SecretString,
}

impl S3 {
    /// Serves the folders below `root` as buckets, on a free port.
    pub(super) async fn start(root: &Path) -> anyhow::Result<Self> {
        let (access_key, secret_key) = (random_hex(10).to_uppercase(), random_hex(20));
        let files = FileSystem::new(root)
            .map_err(|error| anyhow::anyhow!("the folder `{}` cannot be served: {error:?}", root.display()))?;
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(access_key.clone(), secret_key.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.context("the demo's S3 server cannot listen")?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        tokio::spawn(accept(listener, service.build()));
        Ok(Self { endpoint, access_key, secret_key: secret_key.into() })
    }

    /// The documented `auth` of a connection to the demo's bucket.
    pub(super) fn auth(&self) -> Value {
        json!({
            "specName": "Access Key",
            "params": {
                "s3AccessKey": self.access_key,
                "s3SecretKey": self.secret_key.expose_secret(),
                "serviceUrl": self.endpoint,
                "bucketName": BUCKET,
            },
        })
    }
}

async fn accept(listener: TcpListener, service: S3Service) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let service = service.clone();
        tokio::spawn(async move {
            // A client that goes away early is no matter of the demo.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
