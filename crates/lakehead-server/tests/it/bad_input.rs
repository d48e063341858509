//! Bad input is refused with the documented status and code and words that help, and nothing is stored or changed.

use serde_json::{Value, json};

use crate::harness::client::{Api, DATA_ACCESS, DATA_PREP, FLOW_SERVICE};
use crate::harness::customers;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options, etag};
use crate::harness::tutorial::{self, Source};

#[tokio::test(flavor = "multi_thread")]
async fn the_four_headers_are_checked() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let path = format!("{FLOW_SERVICE}/connections");
    api.get(&path).await.expect(200);
    let cases: &[(&str, Option<&str>, u16, &str)] = &[
        ("authorization", None, 403, "403010"),
        ("authorization", Some("Bearer nonsense"), 401, "401013"),
        ("x-api-key", None, 403, "403000"),
        ("x-api-key", Some("nobody"), 403, "403003"),
        ("x-gw-ims-org-id", None, 400, "400003"),
        ("x-gw-ims-org-id", Some("00000000000000000000FFFF@AdobeOrg"), 403, "403025"),
        ("x-sandbox-name", Some("no-such-sandbox"), 404, "FLOW-2100-404"),
    ];
    for (header, value, status, code) in cases {
        api.with_header(header, *value).get(&path).await.expect_refusal(*status, code, &[]);
    }
    api.with_header("x-sandbox-name", None).get(&path).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_cannot_work_is_not_stored() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let path = format!("{FLOW_SERVICE}/connections");
    for text in ["", "{", "[]", "null", "{\"name\":\"x\"}", &"[".repeat(100_000)] {
        let answer = api.post_text(&path, text).await;
        assert_eq!(answer.status, 400, "{text:.40}: {answer:?}");
    }
    let body = |member: &str, value: Value| {
        let mut body = json!({"name": "x", "auth": s3.auth(), "connectionSpec": {"id": tutorial::S3_SPEC}});
        *body.pointer_mut(member).unwrap() = value;
        body
    };
    let unknown = "00000000-0000-4000-8000-000000000000";
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let params = "/auth/params";
    let cases: &[(&str, Value, &str, &[&str])] = &[
        ("/connectionSpec/id", json!(unknown), "FLOW-1413-400", &[unknown]),
        ("/auth/specName", json!("Password"), "FLOW-1415-400", &["Password"]),
        (params, json!({}), "FLOW-1100-400", &["s3AccessKey"]),
        ("/auth/params/s3SecretKey", json!("wrong"), "FLOW-1100-400", &["s3SecretKey"]),
        ("/auth/params/bucketName", json!("no-such-bucket"), "FLOW-1100-400", &["no-such-bucket"]),
        ("/auth/params/serviceUrl", json!(closed), "FLOW-1100-400", &["127.0.0.1"]),
        ("/auth/params/serviceUrl", json!("file:///etc/passwd"), "FLOW-1100-400", &["serviceUrl"]),
    ];
    for (member, value, code, words) in cases {
        api.post(&path, &body(member, value.clone())).await.expect_refusal(400, code, words);
    }
    assert_eq!(api.get(&path).await.expect(200)["items"], json!([]), "nothing was stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_address_is_refused_unless_the_operator_allows_it() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options { allow_egress: &[], ..Options::default() }).await;
    let body = json!({"name": "x", "auth": s3.auth(), "connectionSpec": {"id": tutorial::S3_SPEC}});
    let answer = lakehead.api().await.post(&format!("{FLOW_SERVICE}/connections"), &body).await;
    answer.expect_refusal(400, "FLOW-1100-400", &["allow-egress"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_needs_the_current_version() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let path = format!("{FLOW_SERVICE}/connections/{}", tutorial::connection(&api, &s3).await);
    let before = api.get(&path).await.expect(200)["items"][0].clone();
    let rename = |name: &str| json!([{"op": "replace", "path": "/name", "value": name}]);
    api.patch_without_if_match(&path, &rename("a")).await.expect_refusal(400, "FLOW-1403-400", &["If-Match"]);
    api.patch(&path, etag(&before), &rename("b")).await.expect(200);
    api.patch(&path, etag(&before), &rename("c")).await.expect_refusal(412, "FLOW-1404-412", &[]);
    assert_eq!(api.get(&path).await.expect(200)["items"][0]["name"], "b");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_to_a_field_that_does_not_exist_is_refused() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let schema = tutorial::schema(&api, "Customers").await;
    let body = json!({"version": 0, "xdmSchema": schema, "xdmVersion": "1.0", "id": null, "mappings": [
        {"destinationXdmPath": "person.name.shoeSize", "sourceAttribute": "size", "version": 0}]});
    let answer = api.post(&format!("{DATA_PREP}/mappingSets"), &body).await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert!(answer.json.to_string().contains("person.name.shoeSize"), "{}", answer.json);
    assert_eq!(api.get(&format!("{DATA_PREP}/mappingSets?start=0&limit=10")).await.expect(200)["data"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_what_it_is_declared_to_be_fails_by_name() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    s3.put("xdm/broken.parquet", "this is text").await;
    s3.put("xdm/healthy.parquet", customers::parquet_xdm(0..500)).await;
    let path = s3.path("xdm/");
    let source = Source { format: "parquet_xdm", path: &path, kind: "folder" };
    let pipeline = tutorial::prepare(&api, &s3, source).await;

    let strict = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::now_s())).await;
    let run = tutorial::finished_runs(&api, &strict, 1).await.swap_remove(0);
    assert_eq!(tutorial::status(&run), "failed", "{run}");
    assert!(run.to_string().contains("broken.parquet"), "{run}");
    assert_eq!(preview_rows(&api, &pipeline.dataset).await, 0, "a failed run lands nothing");

    let mut body = tutorial::flow_body(&pipeline, tutorial::now_s());
    body["options"] = json!({"partialIngestionPercent": 50, "errorDiagnosticsEnabled": true});
    let tolerant = tutorial::flow(&api, &body).await;
    let run = tutorial::finished_runs(&api, &tolerant, 1).await.swap_remove(0);
    assert_eq!(tutorial::status(&run), "success", "{run}");
    assert!(run.to_string().contains("broken.parquet"), "{run}");
    assert_eq!(run["metrics"]["recordSummary"]["outputRecordCount"], 500, "{run}");
    assert_eq!(preview_rows(&api, &pipeline.dataset).await, 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_used_is_counted_and_reported() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let rows = format!("{}bad-1,a row that ends early\n", customers::csv(0..99));
    s3.put("customers/a.csv", rows).await;
    let path = s3.path("customers/a.csv");
    let pipeline = tutorial::prepare(&api, &s3, Source { format: "delimited", path: &path, kind: "file" }).await;

    let strict = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::now_s())).await;
    let run = tutorial::finished_runs(&api, &strict, 1).await.swap_remove(0);
    assert_eq!(tutorial::status(&run), "failed", "{run}");
    assert_eq!(preview_rows(&api, &pipeline.dataset).await, 0, "a failed run lands nothing");

    let mut body = tutorial::flow_body(&pipeline, tutorial::now_s());
    body["options"] = json!({"partialIngestionPercent": 5, "errorDiagnosticsEnabled": true});
    let tolerant = tutorial::flow(&api, &body).await;
    let run = tutorial::finished_runs(&api, &tolerant, 1).await.swap_remove(0);
    assert_eq!(tutorial::status(&run), "success", "{run}");
    let records = &run["metrics"]["recordSummary"];
    assert_eq!(
        (&records["inputRecordCount"], &records["outputRecordCount"], &records["failedRecordCount"]),
        (&json!(100), &json!(99), &json!(1)),
        "{run}"
    );
}

async fn preview_rows(api: &Api, dataset: &str) -> usize {
    let preview = api.get(&format!("{DATA_ACCESS}/datasets/{dataset}/preview")).await.expect(200);
    preview["data"].as_array().map_or(0, Vec::len)
}
