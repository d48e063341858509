//! Spark reads tables through the catalog. It takes half a gigabyte that nothing else needs, so `cargo xtask test` does not bring
//! it: the test runs where `TEST_SPARK_PYTHON` names a Python with `pyspark`, and `TEST_SPARK_JARS` Iceberg's runtime and AWS
//! bundle for it. `TEST_SPARK_PROPERTIES` are further properties of the catalog, separated by spaces.

use std::env::var;
use std::path::Path;

use serde_json::{Value, json};
use tokio::process::Command;

use crate::harness::customers;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial;

#[tokio::test(flavor = "multi_thread")]
async fn spark_reads_a_table_its_snapshots_and_its_past() {
    let (Ok(python), Ok(jars)) = (var("TEST_SPARK_PYTHON"), var("TEST_SPARK_JARS")) else {
        eprintln!("SKIPPED: TEST_SPARK_PYTHON and TEST_SPARK_JARS are not set");
        return;
    };
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let pipeline = tutorial::prepare_customers(&api, &s3).await;
    let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::NEVER_S)).await;
    for (number, end) in [300, 350].into_iter().enumerate() {
        s3.put(&format!("customers/{number}.csv"), customers::csv(number as u64 * 300..end)).await;
        tutorial::start_run(&api, &flow).await;
        tutorial::finished_runs(&api, &flow, number + 1).await;
    }

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests-python/read_with_spark.py");
    let credentials = lakehead.credentials();
    let mut spark = Command::new(python);
    spark.arg(script).args([
        &format!("{}/iceberg", lakehead.base()),
        "prod",
        &format!("{}:{}", credentials.client_id, credentials.client_secret),
        "customers",
        &jars,
    ]);
    spark.args(var("TEST_SPARK_PROPERTIES").unwrap_or_default().split_whitespace());
    let output = spark.output().await.unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {log}"));
    let expected = json!({
        "tables": ["customers"],
        "ids": customers::ids(0..350),
        "countsBySnapshot": [300, 350],
        "lastNames": 350,
        "sumOfNumbers": (0..350).sum::<u64>(),
        "some": (0..350).filter(|number| number % 50 < 20).count(),
        "files": 2,
    });
    assert_eq!(found, expected);
}
