//! Requests of every kind, made by Schemathesis from the served OpenAPI document: none is answered with a 5xx.
//! `SCHEMATHESIS_EXAMPLES` sets how many for each operation.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::harness::client::{Api, CATALOG, DATA_ACCESS, DATA_PREP, FLOW_SERVICE};
use crate::harness::customers;
use crate::harness::environment::provided;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial::{self, Source};

/// Examples for each operation where nothing is said: quick, and all are made anew in each run.
const EXAMPLES: &str = "25";

#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_answered_with_a_server_error() {
    let Some(python) = provided("TEST_PYTHON") else { return };
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("schemathesis.toml");
    std::fs::write(&config, known_ids(&api, &s3).await).unwrap();

    let mut output = schemathesis(&python, &config, &api).await;
    if broke_down(&String::from_utf8_lossy(&output.stdout)) {
        output = schemathesis(&python, &config, &api).await;
    }
    let said = String::from_utf8_lossy(&output.stdout);
    // For who runs it with more examples and `--nocapture`.
    println!("{said}");
    let found = what_was_found(&said);
    assert!(output.status.success(), "{found}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("0 failed") || said.contains("No issues found"), "{found}");
    assert!(!lakehead.log().contains("panicked"), "{}", lakehead.log());
}

async fn schemathesis(python: &str, config: &Path, api: &Api) -> Output {
    let mut command = tokio::process::Command::new(Path::new(python).with_file_name("st"));
    command.current_dir(config.parent().unwrap()).stdin(Stdio::null());
    command.arg("--config-file").arg(config);
    command.args(["run", &format!("{}/openapi.json", api.base()), "--url", api.base()]);
    let examples = std::env::var("SCHEMATHESIS_EXAMPLES").unwrap_or_else(|_| EXAMPLES.to_owned());
    command.args(["--checks", "not_a_server_error", "--max-examples", &examples]);
    // One worker: with two, Python 3.11 now and then fails in itself (`AST constructor recursion depth mismatch`).
    command.args(["--continue-on-failure", "--warnings", "off", "--no-color", "--workers", "1"]);
    for (name, value) in api.headers() {
        command.arg("--header").arg(format!("{name}: {value}"));
    }
    command.output().await.expect("Schemathesis can be started")
}

/// Whether Schemathesis failed in itself, which says nothing of the server, and found nothing. The generator of values
/// under it is not quite deterministic on a busy machine, and says so as an error.
fn broke_down(said: &str) -> bool {
    said.contains("Runtime Error") && !said.contains("Network Error") && !said.contains("= FAILURES =")
}

/// What Schemathesis says from its first error or failure on: what comes before is its progress.
fn what_was_found(said: &str) -> &str {
    let sections = ["= ERRORS =", "= FAILURES ="];
    let first = sections.iter().filter_map(|section| said.find(section)).min();
    &said[first.unwrap_or(0)..]
}

/// Half of the requests go to resources that exist: Schemathesis alone would never guess an id.
async fn known_ids(api: &Api, s3: &S3) -> String {
    s3.put("customers/a.csv", customers::csv(0..10)).await;
    let path = s3.path("customers/");
    let pipeline = tutorial::prepare(api, s3, Source { format: "delimited", path: &path, kind: "folder" }).await;
    let flow = tutorial::flow(api, &tutorial::flow_body(&pipeline, tutorial::now_s())).await;
    let run = tutorial::finished_runs(api, &flow, 1).await.swap_remove(0);
    let mut config = String::new();
    for (path, id) in [
        (format!("{FLOW_SERVICE}/connections/"), pipeline.connection.as_str()),
        (format!("{FLOW_SERVICE}/sourceConnections/"), &pipeline.source),
        (format!("{FLOW_SERVICE}/targetConnections/"), &pipeline.target),
        (format!("{FLOW_SERVICE}/flows/"), &flow),
        (format!("{FLOW_SERVICE}/runs/"), run["id"].as_str().unwrap_or_default()),
        (format!("{FLOW_SERVICE}/connectionSpecs/"), tutorial::S3_SPEC),
        (format!("{FLOW_SERVICE}/flowSpecs/"), tutorial::FLOW_SPEC),
        (format!("{CATALOG}/dataSets/"), &pipeline.dataset),
        (format!("{DATA_PREP}/mappingSets/"), pipeline.mapping.as_deref().unwrap_or_default()),
        (format!("{DATA_ACCESS}/batches/"), &tutorial::batch(&run)),
    ] {
        // Deleting is tried with made-up ids only, or the others would soon find nothing.
        let _ = writeln!(
            config,
            "[[operations]]\ninclude-path-regex = \"^{path}\"\nexclude-method = \"DELETE\"\nparameters = {{ id = \"{id}\" }}\n"
        );
    }
    let table = format!("prefix = \"prod\", namespace = \"datasets\", table = \"{}\"", pipeline.dataset);
    let _ = writeln!(config, "[[operations]]\ninclude-path-regex = \"^/iceberg/v1/\"\nparameters = {{ {table} }}\n");
    config
}
