//! The connector against real sockets: a whole S3 server in this process, and answers a hostile one may give.

mod fake;
mod hostile;
mod server;

use crate::{
    conformance::{self, Server},
    connector::{ConnectErrorKind, Connector, Part, Place, Selection, list_all},
    connectors::s3::AmazonS3,
    net::{EgressPolicy, Net},
};

pub(super) fn loopback() -> Net {
    Net::new(EgressPolicy { allow: vec!["127.0.0.0/8".parse().unwrap()] }).unwrap()
}

#[tokio::test]
async fn the_connector_conforms() {
    let running = server::start().await;
    conformance::everything(&running.at(loopback())).await;
}

#[tokio::test]
async fn the_same_server_is_refused_without_the_allowance() {
    let running = server::start().await;
    let Server { net, .. } = running.at(Net::new(EgressPolicy::default()).unwrap());
    let login = running.at(net.clone()).login(&[("bucketName", "acme")]);
    for error in [
        AmazonS3.check(&login, &net).await.unwrap_err(),
        AmazonS3.explore(&login, &Place::Root, &Part::default(), &net).await.map(drop).unwrap_err(),
        list_all(&AmazonS3, &login, &Selection::of("/acme/in"), &net).await.map(drop).unwrap_err(),
    ] {
        assert_eq!(error.kind, ConnectErrorKind::Refused, "{error}");
        assert!(error.public.contains("--allow-egress"), "{error}");
    }
    let store = AmazonS3.open(&login, "acme", &net).unwrap();
    let error = object_store::ObjectStoreExt::get(&store, &"in/a.csv".into()).await.unwrap_err();
    assert_eq!(crate::connectors::from_store(error, "/acme/in/a.csv").kind, ConnectErrorKind::Refused);
}
