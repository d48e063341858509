//! What landed, compared with what was made.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;
use serde_json::Value;

use super::data::{Expected, Feed};
use super::runs::Ended;

/// A flow of the demo: what it read, what it had to do, what it did.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Outcome {
    pub(super) name: &'static str,
    pub(super) flow_id: String,
    pub(super) expected: Expected,
    pub(super) run: Ended,
}

/// The Iceberg table at the end.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Table {
    pub(super) dataset_id: String,
    /// URL or path of the current metadata file.
    pub(super) metadata_location: String,
    /// Rows, as the table says itself.
    pub(super) rows: u64,
}

impl Outcome {
    /// Puts the three lists together.
    pub(super) fn all(flows: &[(Feed, String)], expected: Vec<Expected>, runs: Vec<Ended>) -> Vec<Self> {
        let flows = flows.iter().zip(expected).zip(runs);
        flows
            .map(|(((feed, flow_id), expected), run)| Self {
                name: feed.name(),
                flow_id: flow_id.clone(),
                expected,
                run,
            })
            .collect()
    }

    fn differences(&self, found: &mut Vec<String>) {
        let mut check = |what: &str, expected: u64, got: u64| {
            if expected != got {
                found.push(format!("{}: {expected} {what} were expected, {got} were found", self.name));
            }
        };
        check("files", self.expected.files, self.run.files);
        check("rows read", self.expected.rows, self.run.rows_read);
        check("rows landed", self.expected.landed(), self.run.landed);
        check("rows rejected", self.expected.rejected_rows(), self.run.rejected);
        check("warnings", self.expected.warnings, self.run.warnings);
        let mut by_code: BTreeMap<&str, u64> = BTreeMap::new();
        for error in self.run.errors.iter().filter(|error| !error.is_warning()) {
            // The summary of all errors has no count of its own.
            *by_code.entry(&error.code).or_default() += error.record_count.unwrap_or(0);
        }
        for (code, count) in &self.expected.rejected {
            check(code, *count, by_code.get(code).copied().unwrap_or(0));
        }
        if self.run.status != "success" {
            let reason = self.run.errors.first().map(|error| format!(": {}", error.message)).unwrap_or_default();
            found.push(format!("{}: the run ended as `{}`{reason}", self.name, self.run.status));
        }
    }
}

/// Everything that is not as it should be; empty when all is well. `again` is the second run of a flow that had
/// nothing new to read.
pub(super) fn differences(outcomes: &[Outcome], again: &Ended, table: &Table) -> Vec<String> {
    let mut found = Vec::new();
    for outcome in outcomes {
        outcome.differences(&mut found);
    }
    if again.status != "success" || again.files != 0 || again.landed != 0 {
        found.push(format!(
            "the second run had to find nothing new; it ended as `{}` with {} files and {} rows",
            again.status, again.files, again.landed
        ));
    }
    let landed: u64 = outcomes.iter().map(|outcome| outcome.expected.landed()).sum();
    if table.rows != landed {
        found.push(format!("{landed} rows had to be in the table, it says that it has {}", table.rows));
    }
    found
}

/// Reads the number of rows that the table's metadata file states for the current snapshot.
pub(super) fn rows_of_table(metadata: &Path) -> anyhow::Result<u64> {
    let place = metadata.display();
    let text = std::fs::read_to_string(metadata).with_context(|| format!("the table `{place}` cannot be read"))?;
    let metadata: Value = serde_json::from_str(&text).with_context(|| format!("the table `{place}` is not JSON"))?;
    let current = &metadata["current-snapshot-id"];
    let snapshots = metadata["snapshots"].as_array().into_iter().flatten();
    let snapshot = snapshots.into_iter().find(|snapshot| snapshot["snapshot-id"] == *current);
    let rows = snapshot.and_then(|snapshot| snapshot["summary"]["total-records"].as_str()?.parse().ok());
    Ok(rows.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::runs::Finding;

    fn outcome() -> Outcome {
        let expected = Expected { files: 2, rows: 10, rejected: BTreeMap::from([("A", 1)]), warnings: 3 };
        let error =
            Finding { code: "A".to_owned(), message: "broken".to_owned(), record_count: Some(1), ..Finding::default() };
        let run = Ended {
            status: "success".to_owned(),
            files: 2,
            rows_read: 10,
            landed: 9,
            rejected: 1,
            warnings: 3,
            errors: vec![error],
            ..Ended::default()
        };
        Outcome { name: "CSV", flow_id: "f".to_owned(), expected, run }
    }

    fn table(rows: u64) -> Table {
        Table { dataset_id: "d".to_owned(), metadata_location: "m".to_owned(), rows }
    }

    fn nothing_new() -> Ended {
        Ended { status: "success".to_owned(), ..Ended::default() }
    }

    #[test]
    fn what_is_as_expected_differs_in_nothing() {
        assert_eq!(differences(&[outcome()], &nothing_new(), &table(9)), Vec::<String>::new());
    }

    #[test]
    fn every_difference_is_named() {
        let mut other = outcome();
        other.run.landed = 8;
        other.run.errors[0].record_count = None;
        let found = differences(&[other], &Ended { files: 1, ..nothing_new() }, &table(18)).join("\n");
        for word in ["9 rows landed", "1 A were", "nothing new", "9 rows had to be in the table"] {
            assert!(found.contains(word), "{word}: {found}");
        }
    }

    #[test]
    fn a_failed_run_says_why() {
        let mut other = outcome();
        other.run.status = "failed".to_owned();
        assert!(differences(&[other], &nothing_new(), &table(9))[0].ends_with("`failed`: broken"));
    }

    #[test]
    fn the_table_states_its_rows() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let metadata = serde_json::json!({"current-snapshot-id": 7, "snapshots": [
            {"snapshot-id": 6, "summary": {"total-records": "1"}},
            {"snapshot-id": 7, "summary": {"total-records": "42"}},
        ]});
        std::fs::write(file.path(), metadata.to_string()).unwrap();
        assert_eq!(rows_of_table(file.path()).unwrap(), 42);
        std::fs::write(file.path(), "{").unwrap();
        assert!(rows_of_table(file.path()).is_err());
    }
}
