//! The bucket of the files of tables, read by an S3 client of others: what a key opens, and what it does not.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use futures::TryStreamExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use serde_json::Value;

use super::{CATALOG, bare, dataset, land, load, with_roles};
use crate::harness::client::{CATALOG as DATASETS, DATA_ACCESS, http};
use crate::harness::server::{Lakehead, Options};

/// An S3 client with the keys that a loaded table came with.
fn bucket(table: &Value) -> AmazonS3 {
    with_keys(table, &text(table, "/config/s3.access-key-id"), &text(table, "/config/s3.secret-access-key"))
}

fn with_keys(table: &Value, access_key: &str, secret_key: &str) -> AmazonS3 {
    AmazonS3Builder::new()
        .with_endpoint(text(table, "/config/s3.endpoint").trim_end_matches('/'))
        .with_allow_http(true)
        .with_region(text(table, "/config/s3.region"))
        .with_bucket_name("lakehead")
        .with_access_key_id(access_key)
        .with_secret_access_key(secret_key)
        .with_retry(object_store::RetryConfig { max_retries: 0, ..object_store::RetryConfig::default() })
        .build()
        .unwrap()
}

fn text(table: &Value, pointer: &str) -> String {
    table.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer}: {table}")).to_owned()
}

/// The key of a location in the bucket.
fn key(location: &str) -> Path {
    Path::parse(location.strip_prefix("s3://lakehead/").unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_given_whole_and_in_parts() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let dataset = dataset(&api, "People").await;
    let batch = land(&api, &dataset, &["a", "b"]).await;
    let table = load(&api, "people").await;
    let bucket = bucket(&table);

    let metadata = bucket.get(&key(&text(&table, "/metadata-location"))).await.unwrap().bytes().await.unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&metadata).unwrap(), table["metadata"]);
    let list = key(&text(&table, "/metadata/snapshots/0/manifest-list"));
    let whole = bucket.get(&list).await.unwrap().bytes().await.unwrap();
    let head = bucket.head(&list).await.unwrap();
    assert_eq!((head.size, &whole[..3]), (whole.len() as u64, &b"Obj"[..]));
    let find = |name: &[u8]| whole.windows(name.len()).any(|window| window == name);
    assert!(find(b"s3://lakehead/") && !find(b"file://"));

    // The same bytes as by the Data Access API.
    let files = api.get(&format!("{DATA_ACCESS}/batches/{batch}/files")).await.expect(200);
    let file = api.get(files["data"][0]["_links"]["self"]["href"].as_str().unwrap()).await.expect(200);
    let name = file["data"][0]["name"].as_str().unwrap();
    let bytes = api.get(file["data"][0]["_links"]["self"]["href"].as_str().unwrap()).await.bytes;
    let data = key(&format!("{}/data/{name}", text(&table, "/metadata/location")));
    let found = bucket.get(&data).await.unwrap();
    assert_eq!(found.meta.e_tag, bucket.head(&data).await.unwrap().e_tag);
    assert_eq!(found.bytes().await.unwrap(), bytes);
    for range in [0..4, 10..bytes.len() as u64] {
        let part = bucket.get_range(&data, range.clone()).await.unwrap();
        assert_eq!(part, bytes[range.start as usize..range.end as usize], "{range:?}");
    }
    assert!(bucket.get_range(&data, 9_000_000..9_000_001).await.is_err());
    let part = bucket.get_range(&list, 4..40).await.unwrap();
    assert_eq!(part, whole[4..40]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_opens_the_files_of_its_table_alone_and_writes_nothing() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let mut tables = Vec::new();
    for name in ["People", "Others"] {
        let dataset = dataset(&api, name).await;
        land(&api, &dataset, &["a"]).await;
        tables.push(load(&api, &dataset).await);
    }
    let [table, other] = &tables[..] else { unreachable!() };
    let mine = bucket(table);
    let foreign = key(&text(other, "/metadata-location"));
    let folder = text(table, "/metadata/location");
    let up = foreign.as_ref().replacen(text(other, "/metadata/location").rsplit('/').next().unwrap(), "x", 1);
    for no_file in [
        foreign.clone(),
        Path::from(up),
        key(&format!("{folder}/uploads/x")),
        key(&format!("{folder}/data/nothing.parquet")),
        key(&format!("{folder}/metadata/nothing.avro")),
    ] {
        assert!(mine.get(&no_file).await.is_err() && mine.head(&no_file).await.is_err(), "{no_file}");
    }
    // Parts that lead up, as other clients would send them: the signature of ours is for the path without them.
    let signed = object_store::signer::Signer::signed_url(
        &mine,
        reqwest::Method::GET,
        &key(&text(table, "/metadata-location")),
        std::time::Duration::from_mins(1),
    )
    .await
    .unwrap();
    assert_eq!(http().get(signed.clone()).send().await.unwrap().status(), 200);
    let changed = signed.as_str().replace(key(&text(table, "/metadata-location")).as_ref(), foreign.as_ref());
    assert_eq!(http().get(changed).send().await.unwrap().status(), 403);

    assert!(mine.put(&key(&format!("{folder}/data/new.parquet")), "x".into()).await.is_err());
    assert!(mine.delete(&key(&text(table, "/metadata-location"))).await.is_err());
    assert!(mine.list(None).try_collect::<Vec<_>>().await.is_err(), "there is no list");
    assert!(bucket(other).get(&foreign).await.is_ok(), "it was the key, not the file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_changed_or_has_lost_its_bearer_opens_nothing() {
    let lakehead = Lakehead::start(Options::default()).await;
    let owner = lakehead.api().await;
    let dataset = dataset(&owner, "People").await;
    land(&owner, &dataset, &["a"]).await;
    let (client_id, viewer) = with_roles(&lakehead, &owner, &["viewer"]).await;
    let table = load(&viewer, "people").await;
    let file = key(&text(&table, "/metadata-location"));
    let (access_key, secret) = (text(&table, "/config/s3.access-key-id"), text(&table, "/config/s3.secret-access-key"));
    let url = format!("{}lakehead/{file}", text(&table, "/config/s3.endpoint"));
    assert_eq!(http().get(&url).send().await.unwrap().status(), 403, "not signed");
    let old = http().get(&url).header("authorization", format!("AWS {access_key}:c2ln"));
    assert_eq!(old.send().await.unwrap().status(), 400, "signed the old way");
    let old = http().get(format!("{url}?AWSAccessKeyId={access_key}&Signature=c2ln&Expires=4000000000"));
    assert_eq!(old.send().await.unwrap().status(), 400, "signed the old way, in the address");
    assert!(with_keys(&table, &access_key, "wrong").get(&file).await.is_err());
    let mut says: Value = serde_json::from_slice(&BASE64.decode(&access_key).unwrap()).unwrap();
    says["until_ms"] = serde_json::json!(says["until_ms"].as_i64().unwrap() + 1);
    let changed = BASE64.encode(says.to_string());
    assert!(with_keys(&table, &changed, &secret).get(&file).await.is_err(), "the secret is for the old words");
    for nonsense in ["x", "AKIAIOSFODNN7EXAMPLE", "e30"] {
        assert!(with_keys(&table, nonsense, &secret).get(&file).await.is_err(), "{nonsense}");
    }

    let bucket = bucket(&table);
    bucket.get(&file).await.unwrap();
    let again = format!("{CATALOG}/prod/namespaces/datasets/tables/people/credentials");
    let again = bare(&viewer).get(&again).await.expect(200);
    let prefix = text(&again, "/storage-credentials/0/prefix");
    assert_eq!(prefix, text(&table, "/metadata/location"));
    let client = format!("/data/foundation/access-control/administration/clients/{client_id}");
    owner.delete(&client).await;
    assert!(bucket.get(&file).await.is_err(), "the client is gone");
    let owners = self::bucket(&load(&owner, "people").await);
    owners.get(&file).await.unwrap();
    owner.delete(&format!("{DATASETS}/dataSets/{dataset}")).await.expect(200);
    assert!(owners.get(&file).await.is_err(), "the dataset is gone");
    assert!(!lakehead.log().contains(&secret), "secrets are not logged");
}
