//! Reads a table with PyIceberg and DuckDB, which share no code with this project.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use tokio::process::Command;

use super::client::{Api, CATALOG};
use super::environment::provided;

/// What the independent reader found.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Table {
    pub(crate) rows: Vec<Value>,
    pub(crate) files: usize,
    pub(crate) snapshots: usize,
    /// What the last snapshot says of itself; none before the first.
    pub(crate) records_in_summary: Option<usize>,
}

impl Table {
    /// The record ids, sorted: a lost record is missing, a duplicated one is there twice.
    pub(crate) fn ids(&self) -> Vec<String> {
        let id = |row: &Value| row["_id"].as_str().unwrap_or_else(|| panic!("a row without id: {row}")).to_owned();
        let mut ids: Vec<String> = self.rows.iter().map(id).collect();
        ids.sort();
        ids
    }
}

/// Whether there is a reader; says so where there is none.
pub(crate) fn is_provided() -> bool {
    provided("TEST_PYTHON").is_some()
}

/// Reads the current state of a dataset.
pub(crate) async fn table(api: &Api, dataset: &str) -> Table {
    let answer = api.get(&format!("{CATALOG}/dataSets/{dataset}")).await.expect(200);
    let Some(location) = answer[dataset]["extensions"]["lakehead"]["metadataLocation"].as_str() else {
        // Nothing has landed yet.
        return Table { rows: Vec::new(), files: 0, snapshots: 0, records_in_summary: None };
    };
    table_at(location).await
}

/// Reads the version of a table that this metadata file describes.
pub(crate) async fn table_at(location: &str) -> Table {
    let python = provided("TEST_PYTHON").expect("asked for only where it is provided");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests-python/read_table.py");
    let output = Command::new(python).arg(script).arg(location).output().await.unwrap();
    assert!(output.status.success(), "{location}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the reader prints JSON")
}

/// Compares what landed with what was in the source.
#[track_caller]
pub(crate) fn assert_exactly(table: &Table, expected: &[String], context: &str) {
    let landed = table.ids();
    let lost = expected.iter().filter(|id| landed.binary_search(id).is_err()).count();
    let duplicated = landed.windows(2).filter(|pair| pair[0] == pair[1]).count();
    assert_eq!((lost, duplicated), (0, 0), "{context}: lost and duplicated of {} records", expected.len());
    assert_eq!(landed.len(), expected.len(), "{context}: records that are not in the source");
    assert_eq!(table.records_in_summary.unwrap_or(0), landed.len(), "{context}: the summary of the snapshot");
}
