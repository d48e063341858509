//! Details of the documented contract that clients depend on: headers, filters, pages, tolerance of odd spellings.

use serde_json::{Value, json};

use crate::harness::client::{Api, CATALOG, DATA_ACCESS, FLOW_SERVICE, SCHEMA_REGISTRY};
use crate::harness::customers;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial::{self, Pipeline, Source};

#[tokio::test(flavor = "multi_thread")]
async fn text_that_no_id_can_hold_is_an_unknown_path() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    for service in [format!("{FLOW_SERVICE}/connections"), format!("{CATALOG}/dataSets"), format!("{CATALOG}/batches")]
    {
        for id in ["%ff", "a%00b"] {
            api.get(&format!("{service}/{id}")).await.expect_refusal(404, "PLATFORM-1000-404", &[id]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn explore_takes_stray_semicolons_and_names_the_file_it_cannot_show() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    s3.put("customers/a.csv", customers::csv(0..3)).await;
    s3.put("customers/b.parquet", "this is text").await;
    let connection = tutorial::connection(&api, &s3).await;
    let explore = async |key: &str, query: &str| {
        let path = s3.path(key);
        let url = format!("{FLOW_SERVICE}/connections/{connection}/explore?objectType=file&object={path}&{query}");
        api.get(&url).await
    };
    let shown = explore("customers/a.csv", "fileType=delimited;&preview=True;").await.expect(200);
    assert_eq!(shown["data"].as_array().map(Vec::len), Some(3), "{shown}");
    let both = explore("customers/a.csv", "determineProperties=true&fileType=delimited").await;
    both.expect_refusal(400, "FLOW-1100-400", &["CONNECTOR-1374-400", "determineProperties"]);
    let broken = explore("customers/b.parquet", "fileType=parquet").await;
    broken.expect_refusal(400, "FLOW-1100-400", &[&s3.path("customers/b.parquet")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_registry_filters_its_lists_by_any_field() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let groups = async |filter: &str| {
        let path = format!("{SCHEMA_REGISTRY}/global/fieldgroups?property={filter}");
        let list = api.get_as(&path, "application/vnd.adobe.xed+json").await.expect(200);
        list["results"].as_array().unwrap().clone()
    };
    let of_profiles = groups("meta:intendedToExtend==https://ns.adobe.com/xdm/context/profile").await;
    assert!(!of_profiles.is_empty());
    assert_eq!(groups("meta:intendedToExtend==https://ns.adobe.com/xdm/data/adhoc").await, Vec::<Value>::new());
    let path = format!("{SCHEMA_REGISTRY}/tenant/schemas?property=a..b==c");
    api.get_as(&path, "application/vnd.adobe.xed+json").await.expect_refusal(400, "XDM-9101-400", &["a..b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_connection_of_a_target_is_one_of_the_data_lake() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let connection = tutorial::connection(&api, &s3).await;
    let schema = tutorial::schema(&api, "Customers").await;
    let dataset = tutorial::dataset(&api, "Customers", &schema).await;
    let body = json!({"name": "lake", "baseConnectionId": connection, "data": {"schema": {"id": schema}},
        "params": {"dataSetId": dataset}, "connectionSpec": {"id": tutorial::DATA_LAKE_SPEC}});
    let answer = api.post(&format!("{FLOW_SERVICE}/targetConnections"), &body).await;
    answer.expect_refusal(400, "FLOW-1100-400", &["baseConnectionId", &connection, tutorial::DATA_LAKE_SPEC]);
    let all = api.get(&format!("{FLOW_SERVICE}/targetConnections")).await.expect(200);
    assert_eq!(all["items"], json!([]), "nothing was stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_batches_and_files_are_found_as_documented() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    s3.put("customers/a.csv", customers::csv(0..10)).await;
    s3.put("customers/b.csv", customers::csv(10..20)).await;
    let path = s3.path("customers/");
    let pipeline = tutorial::prepare(&api, &s3, Source { format: "delimited", path: &path, kind: "folder" }).await;
    let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::NEVER_S)).await;

    let action = format!("{FLOW_SERVICE}/flows/{flow}/action?op=disable");
    let stale = api.with_header("if-match", Some("\"stale\"")).post_text(&action, "").await;
    stale.expect_refusal(412, "FLOW-1404-412", &["stale"]);

    let started = api.post(&format!("{FLOW_SERVICE}/runs"), &json!({"flowId": flow})).await;
    let (place, version) = (started.header("location").to_owned(), started.header("etag").to_owned());
    let pair = started.expect(201);
    assert_eq!(pair["etag"], version.as_str());
    assert_eq!(api.get(&place).await.expect(200)["items"][0]["id"], pair["id"], "{place}");

    let run = tutorial::finished_runs(&api, &flow, 1).await.swap_remove(0);
    assert_eq!(run["activities"][0]["name"], "Amazon S3 Copy Activity", "{run}");
    batches_are_filtered(&api, &pipeline, &tutorial::batch(&run)).await;
    files_are_paged(&api, &tutorial::batch(&run)).await;
}

async fn batches_are_filtered(api: &Api, pipeline: &Pipeline, batch: &str) {
    let list = async |query: &str| api.get(&format!("{CATALOG}/batches?{query}")).await.expect(200);
    let dataset = &pipeline.dataset;
    let created = list("").await[batch]["created"].as_i64().unwrap();
    for query in [
        format!("dataSet={dataset}&status=active&orderBy=desc:created&limit=1"),
        format!("createdAfter={}&createdBefore={}", created - 1, created + 1),
    ] {
        assert_eq!(list(&format!("{query}&properties=status")).await, json!({batch: {"status": "success"}}), "{query}");
    }
    for query in ["status=failed".to_owned(), format!("createdAfter={created}"), "dataSet=none".to_owned()] {
        assert_eq!(list(&query).await, json!({}), "{query}");
    }
    let datasets = api.get(&format!("{CATALOG}/dataSets?name=Cust*&properties=name")).await.expect(200);
    assert_eq!(datasets, json!({dataset: {"name": "Customers"}}));
    let refused = api.get(&format!("{CATALOG}/batches?createdAfter=yesterday")).await;
    refused.expect_refusal(400, "CATALOG-1002-400", &["createdAfter", "yesterday"]);
}

async fn files_are_paged(api: &Api, batch: &str) {
    let first = api.get(&format!("{DATA_ACCESS}/batches/{batch}/files?limit=1")).await.expect(200);
    assert_eq!((&first["_page"]["count"], first["data"].as_array().map(Vec::len)), (&json!(2), Some(1)), "{first}");
    let next = api.get(first["_links"]["next"]["href"].as_str().unwrap()).await.expect(200);
    assert_ne!(next["data"][0]["dataSetFileId"], first["data"][0]["dataSetFileId"]);
    assert_eq!(next["_links"]["next"], Value::Null, "{next}");

    let folder = api.get(next["data"][0]["_links"]["self"]["href"].as_str().unwrap()).await.expect(200);
    let file = folder["data"][0]["_links"]["self"]["href"].as_str().unwrap();
    let part = api.get(&format!("{file}&range=bytes%3D0-3")).await;
    assert_eq!((part.status, part.bytes.as_ref()), (206, b"PAR1".as_slice()));
    let beyond = api.get_range(file, "bytes=99999999-").await;
    let length = folder["data"][0]["length"].as_str().unwrap();
    assert_eq!((beyond.status, beyond.header("content-range")), (416, format!("bytes */{length}").as_str()));
    let nameless = api.get(&format!("{DATA_ACCESS}/batches/{batch}/meta")).await;
    nameless.expect_refusal(400, "DAS-1001-400", &["path", "input_files"]);
}
