//! Encrypted files, written by another OpenPGP implementation: landed through a real flow, and refused where anything
//! about them is wrong.

mod hostile;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::harness::client::{Api, FLOW_SERVICE};
use crate::harness::customers;
use crate::harness::environment::provided;
use crate::harness::read_back::{self, assert_exactly};
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial::{self, Pipeline, Source};

const KEYS: &str = "/data/foundation/connectors/encryption/keys";
const CUSTOMER_KEYS: &str = "/data/foundation/connectors/encryption/customer-keys";

/// A pair as the API makes it: id and armoured public key.
pub(crate) async fn pair(api: &Api) -> (String, String) {
    let body = json!({"name": "acme", "encryptionAlgorithm": "GPG", "params": {"passPhrase": "open sesame"}});
    let made = api.post(KEYS, &body).await.expect(201);
    let key = STANDARD.decode(made["publicKey"].as_str().unwrap()).unwrap();
    (made["publicKeyId"].as_str().unwrap().to_owned(), String::from_utf8(key).unwrap())
}

/// A file to encrypt.
pub(crate) fn file(plain: impl AsRef<[u8]>, by: Option<&str>) -> Value {
    json!({"plain": STANDARD.encode(plain), "armour": false, "by": by})
}

/// Encrypts files; answers the shared key of the signer `anna` and the messages.
pub(crate) fn seal(key: &str, files: &[Value]) -> (String, Vec<Vec<u8>>) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests-python/seal_files.py");
    let mut python = Command::new(provided("TEST_PYTHON").unwrap())
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let request = json!({"key": key, "files": files}).to_string();
    python.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    let sealed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let bytes = |file: &Value| STANDARD.decode(file.as_str().unwrap()).unwrap();
    (sealed["anna"].as_str().unwrap().to_owned(), sealed["files"].as_array().unwrap().iter().map(bytes).collect())
}

fn flow_body(pipeline: &Pipeline, keys: &Value) -> Value {
    let mut body = tutorial::flow_body(pipeline, tutorial::now_s());
    body["transformations"].as_array_mut().unwrap().push(json!({"name": "Encryption", "params": keys}));
    body["options"] = json!({"partialIngestionPercent": 5});
    body
}

async fn landed(api: &Api, body: &Value) -> Value {
    let flow = tutorial::flow(api, body).await;
    tutorial::finished_runs(api, &flow, 1).await.swap_remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn encrypted_files_of_every_format_land_exactly() {
    if !read_back::is_provided() {
        return;
    }
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let (id, key) = pair(&api).await;
    let mut armoured = file(customers::csv(40..50), None);
    armoured["armour"] = json!(true);
    let files = [
        file(customers::csv(0..40), None),
        armoured,
        file(customers::ndjson(50..60), Some("anna")),
        file(customers::parquet_xdm(60..70), None),
    ];
    let (_, sealed) = seal(&key, &files);
    for (name, bytes) in ["csv/a.csv.gpg", "csv/b.csv.pgp", "json/c.json.gpg", "parquet/d"].iter().zip(sealed) {
        s3.put(name, bytes).await;
    }
    let path = s3.path("csv/");
    let mut pipeline = tutorial::prepare(&api, &s3, Source { format: "delimited", path: &path, kind: "folder" }).await;
    let keys = json!({"publicKeyId": id});
    let run = landed(&api, &flow_body(&pipeline, &keys)).await;
    assert_eq!(tutorial::status(&run), "success", "{run}");
    assert_eq!(run["metrics"]["recordSummary"]["outputRecordCount"], 50, "{run}");

    let path = s3.path("json/");
    let source = Source { format: "json", path: &path, kind: "folder" };
    pipeline.source = tutorial::source_connection(&api, &pipeline.connection, source, &pipeline.schema).await;
    let run = landed(&api, &flow_body(&pipeline, &keys)).await;
    assert_eq!(run["metrics"]["recordSummary"]["outputRecordCount"], 10, "{run}");
    let path = s3.path("parquet/");
    let source = Source { format: "parquet", path: &path, kind: "folder" };
    pipeline.source = tutorial::source_connection(&api, &pipeline.connection, source, &pipeline.schema).await;
    pipeline.mapping = None;
    let run = landed(&api, &flow_body(&pipeline, &keys)).await;
    assert_eq!(run["metrics"]["recordSummary"]["outputRecordCount"], 10, "{run}");
    assert_exactly(&read_back::table(&api, &pipeline.dataset).await, &customers::ids(0..70), "encrypted files");

    let connection = &pipeline.connection;
    let query = format!("objectType=file&preview=true&determineProperties=true&object={}", s3.path("csv/a.csv.gpg"));
    let shown = api.get(&format!("{FLOW_SERVICE}/connections/{connection}/explore?{query}")).await;
    assert_eq!(shown.status, 400, "{shown:?}");
    assert!(shown.json.to_string().contains("unencrypted file with the same columns"), "{shown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_anything_is_wrong_with_is_left_out_by_name_and_the_others_land() {
    if !read_back::is_provided() {
        return;
    }
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let (id, key) = pair(&api).await;
    let good = || file(customers::csv(0..10), Some("anna"));
    let mut for_eve = good();
    for_eve["for_eve"] = json!(true);
    let files = [good(), for_eve, file("x", None), file("x", Some("eve")), good(), good()];
    let (anna, mut sealed) = seal(&key, &files);
    let middle = sealed[4].len() / 2;
    sealed[4][middle] ^= 1;
    let end = sealed[5].len() - 5;
    sealed[5].truncate(end);
    sealed.push(customers::csv(0..10).into_bytes());
    let reasons = [
        "",
        "is not encrypted for the key of the flow",
        "is not signed",
        "is not of the key that the flow demands",
        "is damaged, cut off or was changed",
        "is damaged, cut off or was changed",
        "is not encrypted with OpenPGP",
    ];
    for (number, bytes) in sealed.into_iter().enumerate() {
        s3.put(&format!("in/{number}.csv.gpg"), bytes).await;
    }
    let shared =
        json!({"name": "anna", "encryptionAlgorithm": "PGP", "publicKey": anna, "params": {"passPhrase": "x"}});
    let signer = api.post(CUSTOMER_KEYS, &shared).await.expect(201)["publicKeyId"].clone();
    let path = s3.path("in/");
    let pipeline = tutorial::prepare(&api, &s3, Source { format: "delimited", path: &path, kind: "folder" }).await;
    let keys = json!({"publicKeyId": id, "signVerificationKeyId": signer});
    let run = landed(&api, &flow_body(&pipeline, &keys)).await;
    let text = run.to_string();
    for (number, reason) in reasons.iter().enumerate().skip(1) {
        assert!(text.contains(reason) && text.contains(&format!("in/{number}.csv.gpg")), "{number}: {run}");
    }
    assert_exactly(&read_back::table(&api, &pipeline.dataset).await, &customers::ids(0..10), "the good file");

    let refused = api.delete(&format!("{CUSTOMER_KEYS}/{}", signer.as_str().unwrap())).await;
    refused.expect_refusal(400, "FLOW-1418-400", &["flow"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_listed_shown_and_deleted_in_their_sandbox_only() {
    let s3 = S3::in_process().await;
    s3.put("in.csv", customers::csv(0..1)).await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let (id, key) = pair(&api).await;
    assert!(key.starts_with("-----BEGIN PGP PUBLIC KEY BLOCK-----"), "{key}");
    let one = format!("{KEYS}/{id}");
    let shown = api.get(&one).await.expect(200);
    assert_eq!((&shown["name"], &shown["encryptionAlgorithm"]), (&json!("acme"), &json!("GPG")), "{shown}");
    assert!(shown["expiryTime"].as_str().unwrap().parse::<u64>().unwrap() > tutorial::now_s() + 179 * 86_400);
    assert_eq!(api.get(KEYS).await.expect(200), json!([shown]));
    let status = api.get(&format!("{KEYS}/validate/{id}")).await.expect(200);
    assert_eq!(status, json!({"publicKeyId": id, "status": "Active"}));
    assert_eq!(api.get(CUSTOMER_KEYS).await.expect(200), json!([]));
    let as_signer = json!({"name": "x", "encryptionAlgorithm": "PGP", "publicKey": shown["publicKey"]});
    api.post(CUSTOMER_KEYS, &as_signer).await.expect_refusal(400, "FLOW-1100-400", &["CONNECTOR-1311-400", "signing"]);

    let other = api.new_sandbox("second").await;
    assert_eq!(other.get(KEYS).await.expect(200), json!([]));
    let nobody = "00000000-0000-4000-8000-000000000000";
    for path in [&one, &format!("{KEYS}/validate/{id}"), &format!("{KEYS}/{nobody}")] {
        other.get(path).await.expect_refusal(404, "FLOW-1101-404", &["CONNECTOR-1003-404"]);
    }
    other.delete(&one).await.expect_refusal(404, "FLOW-1101-404", &["CONNECTOR-1003-404"]);

    let path = s3.path("in.csv");
    let pipeline = tutorial::prepare(&api, &s3, Source { format: "delimited", path: &path, kind: "file" }).await;
    let mut body = flow_body(&pipeline, &json!({"publicKeyId": id}));
    body["scheduleParams"]["startTime"] = json!(tutorial::NEVER_S);
    let flow = tutorial::flow(&api, &body).await;
    api.delete(&one).await.expect_refusal(400, "FLOW-1418-400", &[&flow]);
    api.delete(&format!("{FLOW_SERVICE}/flows/{flow}")).await.expect(204);
    api.delete(&one).await.expect(204);
    api.get(&one).await.expect_refusal(404, "FLOW-1101-404", &["CONNECTOR-1003-404"]);
}
