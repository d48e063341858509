//! Amazon S3 and everything that speaks its protocol: keys in, files out, nothing ever written.
//!
//! Credentials come from the login alone: no environment, no profile files, no metadata service.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use lakehead_model::{plan::PlannedObject, specs};
use object_store::{BackoffConfig, ObjectStore, RetryConfig, aws::AmazonS3Builder};
use tokio::sync::mpsc;

mod api;
mod errors;
mod explore;
mod glob;
mod http;
mod list;
mod login;
mod place;
mod shards;
#[cfg(test)]
mod tests;
mod xml;

use self::{
    api::{Api, Listing},
    login::S3Login,
    place::Spot,
};
use crate::{
    connector::{ConnectError, Connector, EntryPage, Found, Part, Place, Selection},
    login::Login,
    net::Net,
};

pub use errors::from_store;

/// The connector.
pub(super) struct AmazonS3;

#[async_trait]
impl Connector for AmazonS3 {
    fn spec_id(&self) -> &'static str {
        specs::AMAZON_S3
    }

    async fn check(&self, login: &Login, net: &Net) -> Result<(), ConnectError> {
        let login = S3Login::read(login)?;
        let api = Api::new(&login, net);
        match &login.bucket {
            None => api.buckets().await.map(drop),
            Some(bucket) => {
                let listing = Listing { page_keys: 1, ..Listing::of(bucket, &login.folder) };
                api.first_page(listing).await.map(drop)
            }
        }
    }

    async fn explore(&self, login: &Login, at: &Place, part: &Part, net: &Net) -> Result<EntryPage, ConnectError> {
        let login = S3Login::read(login)?;
        let spot = match at {
            Place::Root => place::root(&login),
            // Some clients ask for the root as a folder of this name.
            Place::Folder(path) if path == "root" => place::root(&login),
            Place::Folder(path) => place::locate(&login, path)?,
        };
        explore::explore(&Api::new(&login, net), spot, part).await
    }

    async fn list(
        &self,
        login: &Login,
        selection: &Selection,
        net: &Net,
        found: mpsc::Sender<Found>,
    ) -> Result<(), ConnectError> {
        let login = S3Login::read(login)?;
        match place::locate(&login, &selection.path)? {
            Spot::Buckets => {
                Err(ConnectError::bad_request("the path names no bucket; write it like `/bucket/folder/file.csv`"))
            }
            Spot::In { bucket, key } => list::select(Api::new(&login, net), &bucket, &key, selection, found).await,
        }
    }

    async fn current(
        &self,
        login: &Login,
        container: &str,
        key: &str,
        net: &Net,
    ) -> Result<Option<PlannedObject>, ConnectError> {
        let login = S3Login::read(login)?;
        place::check_bucket(container)?;
        list::current(&Api::new(&login, net), container, key).await
    }

    fn open(&self, login: &Login, container: &str, net: &Net) -> Result<Arc<dyn ObjectStore>, ConnectError> {
        let login = S3Login::read(login)?;
        place::check_bucket(container)?;
        if login.bucket.as_ref().is_some_and(|bucket| bucket != container) {
            return Err(ConnectError::bad_request(format!("the login is not for the bucket `{container}`")));
        }
        let store = AmazonS3Builder::new()
            .with_bucket_name(container)
            .with_endpoint(&login.endpoint.origin)
            .with_region(&login.endpoint.region)
            .with_virtual_hosted_style_request(false)
            .with_allow_http(true)
            // The keys stay in our signing client; the store has none to look for, keep or print.
            .with_skip_signature(true)
            .with_http_connector(http::S3Http::new(net, &login.credential, &login.endpoint))
            .with_retry(retry())
            .build()
            .map_err(|error| {
                ConnectError::bad_request(format!("the bucket `{container}` cannot be opened")).because(error)
            })?;
        Ok(Arc::new(store))
    }
}

/// The same bounds as for listings.
fn retry() -> RetryConfig {
    RetryConfig {
        max_retries: api::RETRY.times as usize,
        retry_timeout: api::RETRY.total,
        backoff: BackoffConfig { init_backoff: api::RETRY.first_wait, max_backoff: Duration::from_secs(10), base: 2.0 },
    }
}
