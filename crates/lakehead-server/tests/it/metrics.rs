//! What monitoring sees: numbers after real requests and runs, probes, and spans at a receiver of OpenTelemetry.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Said;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;

use crate::harness::client::{FLOW_SERVICE, http};
use crate::harness::customers;
use crate::harness::environment::Database;
use crate::harness::eventually;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial;

/// A free port. Nobody else takes it in the moment until the server does.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

async fn read(address: &str) -> String {
    let answer = http().get(format!("{address}/metrics")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("application/openmetrics-text"));
    answer.text().await.unwrap()
}

/// The same where it is a whole number.
#[track_caller]
fn count(text: &str, name: &str) -> u64 {
    let number = number(text, name);
    assert!(number >= 0.0 && number.fract().abs() < 1e-9, "`{name}` is {number}");
    number as u64
}

/// The number of a line that begins with this name and labels.
#[track_caller]
fn number(text: &str, name: &str) -> f64 {
    let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    found.unwrap_or_else(|| panic!("no `{name}` in\n{text}")).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_right_on_sqlite() {
    numbers(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_right_on_postgres() {
    numbers(Database::Postgres).await;
}

async fn numbers(database: Database) {
    if !database.is_provided() {
        return;
    }
    let address = format!("http://127.0.0.1:{}", free_port());
    let listen = format!("metrics_listen = \"{}\"", address.trim_start_matches("http://"));
    let server_settings: &'static str = Box::leak(listen.into_boxed_str());
    let lakehead = Lakehead::start(Options { database, server_settings, ..Options::default() }).await;
    let (api, s3) = (lakehead.api().await, S3::in_process().await);
    let before = read(&address).await;
    assert_eq!(count(&before, "lakehead_rows_read_total"), 0);
    let memory = number(&before, "process_resident_memory_bytes");
    assert!(memory > 1e6 && memory < 1e12 && number(&before, "process_open_fds") > 3.0, "{before}");
    let started = number(&before, "process_start_time_seconds");
    let now = tutorial::now_s() as f64;
    assert!(started > now - 600.0 && started <= now + 1.0, "{started}");

    // 100 customers, of which one has a field too many.
    let mut csv = customers::csv(0..100);
    csv.push_str("one,two\n");
    s3.put("customers/secret-name.csv", csv.clone()).await;
    let pipeline = tutorial::prepare_customers(&api, &s3).await;
    let mut body = tutorial::flow_body(&pipeline, tutorial::NEVER_S);
    body["options"] = serde_json::json!({"partialIngestionPercent": 10, "errorDiagnosticsEnabled": true});
    let flow = tutorial::flow(&api, &body).await;
    tutorial::start_run(&api, &flow).await;
    let run = tutorial::finished_runs(&api, &flow, 1).await.swap_remove(0);
    let records = &run["metrics"]["recordSummary"];
    assert_eq!((&records["outputRecordCount"], &records["failedRecordCount"]), (&100.into(), &1.into()), "{run}");
    for _ in 0..3 {
        api.get(&format!("{FLOW_SERVICE}/flows/{flow}")).await.expect(200);
    }
    api.get(&format!("{FLOW_SERVICE}/flows/00000000-0000-0000-0000-000000000000")).await.expect(404);
    http().get(format!("{}/no/such/page", lakehead.base())).send().await.unwrap();

    // The commit is visible a moment before it is counted.
    let text = eventually("the run is counted", async || {
        let text = read(&address).await;
        text.contains("lakehead_runs_total{kind=\"flow\",outcome=\"partial\"} 1").then_some(text)
    })
    .await;
    assert_eq!(count(&text, "lakehead_rows_read_total"), 101);
    assert_eq!(count(&text, "lakehead_rows_landed_total"), 100);
    assert_eq!(count(&text, "lakehead_rows_rejected_total"), 1);
    assert_eq!(count(&text, "lakehead_files_read_total"), 1);
    assert_eq!(count(&text, "lakehead_bytes_read_total"), csv.len() as u64);
    assert_eq!(count(&text, "lakehead_run_duration_seconds_count{kind=\"flow\"}"), 1);
    assert_eq!(count(&text, "lakehead_runs_waiting"), 0);
    assert_eq!(count(&text, "lakehead_runs_running"), 0);
    assert_eq!(count(&text, "lakehead_workers"), 0);
    assert_eq!(count(&text, "lakehead_database_up"), 1);
    assert!(number(&text, "lakehead_database_ping_seconds") > 0.0);
    let route = format!("route=\"{FLOW_SERVICE}/flows/{{id}}\",method=\"GET\"");
    assert_eq!(count(&text, &format!("lakehead_http_requests_total{{{route},status=\"2xx\"}}")), 3);
    assert_eq!(count(&text, &format!("lakehead_http_requests_total{{{route},status=\"4xx\"}}")), 1);
    assert_eq!(count(&text, &format!("lakehead_http_request_duration_seconds_count{{{route}}}")), 4);
    assert!(text.contains("route=\"none\",method=\"GET\",status=\"4xx\"") && text.ends_with("# EOF\n"), "{text}");
    let credentials = lakehead.credentials();
    let private = [&flow, &s3.bucket, &s3.secret_key, &credentials.client_id].map(String::as_str);
    for private in private.into_iter().chain(["secret-name", "no/such/page"]) {
        assert!(!text.contains(private), "`{private}` is in\n{text}");
    }

    // The same at the API, for administrators alone.
    let own = api.get("/metrics").await;
    assert!(own.header("content-type").starts_with("application/openmetrics-text"));
    assert_eq!(http().get(format!("{}/metrics", lakehead.base())).send().await.unwrap().status(), 403);
    for probe in ["healthz", "readyz"] {
        assert_eq!(http().get(format!("{address}/{probe}")).send().await.unwrap().status(), 200);
    }
    assert_eq!(http().get(format!("{address}{FLOW_SERVICE}/flows")).send().await.unwrap().status(), 404);
    lakehead.new_client(Some("4F3BB22C5631222A7F000101@AdobeOrg")).await;
    api.get("/metrics").await.expect_refusal(403, "FLOW-2120-403", &["metrics_listen"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_says_what_cannot_be_used() {
    let lakehead = Lakehead::start(Options::default()).await;
    let ready = async || {
        let answer = http().get(format!("{}/readyz", lakehead.base())).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<serde_json::Value>().await.unwrap())
    };
    let fine = serde_json::json!({"database": "ok", "migrations": "ok", "lake": "ok"});
    assert_eq!(ready().await, (200, serde_json::json!({"status": "ready", "checks": fine})));
    lakehead.sql("UPDATE _sqlx_migrations SET success = false").await;
    let (status, said) = ready().await;
    assert_eq!((status, &said["checks"]["database"]), (503, &"ok".into()), "{said}");
    assert!(said["checks"]["migrations"].as_str().unwrap().contains("not those of this version"), "{said}");
    lakehead.sql("UPDATE _sqlx_migrations SET success = true").await;
    // A file where the folder should be: root is refused nothing by permissions.
    let lake = lakehead.data_dir().join("lake");
    let _ = std::fs::remove_dir_all(&lake);
    std::fs::write(&lake, "").unwrap();
    assert_eq!(ready().await.0, 503);
    std::fs::remove_file(&lake).unwrap();
    assert_eq!(ready().await.0, 200);
}

/// Trace and span of a caller.
const CALLER: &str = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";

/// What a receiver was sent: spans, and the text of everything that came.
#[derive(Default)]
struct Received {
    spans: Vec<Span>,
    bytes: Vec<u8>,
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_of_requests_and_runs_reach_a_receiver() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let received = Arc::new(Mutex::new(Received::default()));
    let kept = Arc::clone(&received);
    let take = async move |headers: HeaderMap, body: Bytes| {
        assert_eq!(headers["content-type"], "application/x-protobuf");
        let request = ExportTraceServiceRequest::decode(body.clone()).unwrap();
        let mut kept = kept.lock().unwrap();
        kept.bytes.extend_from_slice(&body);
        let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        kept.spans.extend(scopes.flat_map(|scope| scope.spans));
    };
    let router = Router::new().route("/v1/traces", axum::routing::post(take));
    tokio::spawn(async { axum::serve(listener, router).await });

    let config = format!("[telemetry]\notlp_endpoint = \"{endpoint}\"\n");
    let lakehead = Lakehead::start(Options { config, ..Options::default() }).await;
    let (api, s3) = (lakehead.api().await, S3::in_process().await);
    s3.put("customers/secret-name.csv", customers::csv(0..10)).await;
    let pipeline = tutorial::prepare_customers(&api, &s3).await;
    let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::NEVER_S)).await;
    tutorial::start_run(&api, &flow).await;
    tutorial::finished_runs(&api, &flow, 1).await;
    api.get(&format!("{FLOW_SERVICE}/flows/{flow}?secret-filter=1")).await.expect(200);
    // The caller's trace goes on here; what cannot be read, and what the caller does not send himself, does not.
    let probe = async |path: &str, traceparent: &str| {
        let answer = http().get(format!("{}/{path}", lakehead.base())).header("traceparent", traceparent);
        assert_eq!(answer.header("tracestate", "vendor=secret-state").send().await.unwrap().status(), 200, "{path}");
    };
    probe("healthz", &format!("00-{CALLER}-01")).await;
    probe("healthz", &format!("00-{}-00", CALLER.replace('4', "5"))).await;
    probe("readyz", &format!("00-{}-01", CALLER.to_uppercase())).await;
    probe("readyz", &"x".repeat(5000)).await;

    let request = format!("GET {FLOW_SERVICE}/flows/{{id}}");
    eventually("the spans have come", async || {
        let received = received.lock().unwrap();
        let has = |name: &str| received.spans.iter().any(|span| span.name == name);
        (has("run") && has(&request) && has("GET /readyz")).then_some(())
    })
    .await;
    let received = received.lock().unwrap();
    let span = |name: &str| received.spans.iter().find(|span| span.name == name).unwrap();
    let run = span("run");
    for step in ["plan", "stage", "commit"] {
        let step = span(step);
        assert_eq!((&step.parent_span_id, &step.trace_id), (&run.span_id, &run.trace_id), "{step:?}");
        assert!(step.start_time_unix_nano >= run.start_time_unix_nano, "{step:?}");
    }
    let answered = span(&request);
    let attribute = |name: &str| {
        let found = answered.attributes.iter().find(|attribute| attribute.key == name);
        found.unwrap_or_else(|| panic!("no `{name}`: {answered:?}")).value.clone().unwrap().value.unwrap()
    };
    assert_eq!(attribute("http.response.status_code"), Said::IntValue(200));
    assert_eq!(attribute("http.route"), Said::StringValue(format!("{FLOW_SERVICE}/flows/{{id}}")));
    let ids = |span: &Span| format!("{}-{}", hex::encode(&span.trace_id), hex::encode(&span.parent_span_id));
    let of = |name: &str| received.spans.iter().filter(|span| span.name == name).map(ids).collect::<Vec<_>>();
    let healthz = of("GET /healthz");
    assert!(healthz.contains(&CALLER.to_owned()), "{healthz:?}");
    assert!(!healthz.contains(&CALLER.replace('4', "5")), "{healthz:?}");
    assert!(of("GET /readyz").iter().all(|ids| ids.ends_with('-')), "{:?}", of("GET /readyz"));
    let text = String::from_utf8_lossy(&received.bytes);
    let credentials = lakehead.credentials();
    for secret in
        [credentials.client_secret.as_str(), &s3.secret_key, "secret-name", "secret-filter", "secret-state", "Bearer"]
    {
        assert!(!text.contains(secret), "`{secret}` was sent");
    }
    assert!(!lakehead.log().contains("otel.name"), "lines of the log are as they were");
}
