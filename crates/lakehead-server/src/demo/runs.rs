//! Waiting for runs, and the numbers that a run shows.

use std::time::{Duration, Instant};

use anyhow::bail;
use serde::Serialize;
use serde_json::{Value, json};

use super::client::{Api, FLOW_SERVICE};
use super::data::Feed;
use super::show::{Screen, grouped};

/// Time between two looks at the runs.
const PAUSE: Duration = Duration::from_millis(100);
/// A run that takes longer has a problem.
const PATIENCE: Duration = Duration::from_mins(10);

/// A run, as `GET /runs` shows it at its end.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ended {
    pub(super) run_id: String,
    pub(super) status: String,
    pub(super) batch_id: Option<String>,
    pub(super) files: u64,
    pub(super) rows_read: u64,
    pub(super) landed: u64,
    pub(super) rejected: u64,
    pub(super) warnings: u64,
    pub(super) bytes: u64,
    pub(super) started_ms: u64,
    pub(super) completed_ms: u64,
    pub(super) errors: Vec<Finding>,
}

/// An error or a warning that a run lists.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Finding {
    pub(super) code: String,
    pub(super) message: String,
    pub(super) record_count: Option<u64>,
    /// `Error` or `Warning`.
    #[serde(rename = "type")]
    pub(super) severity: String,
}

impl Finding {
    /// Whether it tells of fields that became null rather than of rows that were rejected.
    pub(super) fn is_warning(&self) -> bool {
        self.severity == "Warning"
    }
}

impl Ended {
    /// Reads a run document.
    pub(super) fn read(run: &Value) -> Self {
        let metrics = &run["metrics"];
        let number = |summary: &str, member: &str| metrics[summary][member].as_u64().unwrap_or(0);
        let time = |member: &str| metrics["durationSummary"][member].as_u64().unwrap_or(0);
        let activities = run["activities"].as_array().into_iter().flatten();
        let mut batches = activities.filter_map(|activity| activity["targetInfo"][0]["reference"]["ids"][0].as_str());
        let infos = [&metrics["statusSummary"]["errors"], &metrics["recordSummary"]["warningInfo"]];
        let errors = infos.into_iter().flat_map(|infos| infos.as_array().into_iter().flatten());
        Self {
            run_id: run["id"].as_str().unwrap_or_default().to_owned(),
            status: status(run).to_owned(),
            batch_id: batches.next_back().map(str::to_owned),
            files: number("fileSummary", "inputFileCount"),
            rows_read: number("recordSummary", "inputRecordCount"),
            landed: number("recordSummary", "outputRecordCount"),
            rejected: number("recordSummary", "failedRecordCount"),
            warnings: number("recordSummary", "warningRecordCount"),
            bytes: number("sizeSummary", "inputBytes"),
            started_ms: time("startedAtUTC"),
            completed_ms: time("completedAtUTC"),
            errors: errors.map(finding).collect(),
        }
    }
}

/// Megabytes per second of runs that may have worked at the same time.
pub(super) fn megabytes_per_second<'a>(runs: impl Iterator<Item = &'a Ended> + Clone) -> f64 {
    let started = runs.clone().map(|run| run.started_ms).min().unwrap_or(0);
    let completed = runs.clone().map(|run| run.completed_ms).max().unwrap_or(0);
    let bytes: u64 = runs.map(|run| run.bytes).sum();
    bytes as f64 / 1_000.0 / completed.saturating_sub(started).max(1) as f64
}

fn finding(error: &Value) -> Finding {
    let text = |member: &str| error[member].as_str().unwrap_or_default().to_owned();
    let record_count = error["recordCount"].as_u64();
    Finding { code: text("code"), message: text("message"), record_count, severity: text("type") }
}

fn status(run: &Value) -> &str {
    run["metrics"]["statusSummary"]["status"].as_str().or_else(|| run["state"].as_str()).unwrap_or("unknown")
}

/// Waits until the newest run of every flow has ended, with at least `count` runs each, and shows how they go.
pub(super) async fn watch(
    api: &Api,
    screen: Screen,
    flows: &[(Feed, String)],
    count: usize,
) -> anyhow::Result<Vec<Ended>> {
    let (started, mut shown) = (Instant::now(), String::new());
    loop {
        let mut newest = Vec::new();
        for (_, flow) in flows {
            let page = api.look(&format!("{FLOW_SERVICE}/runs?property=flowId=={flow}&limit=100")).await?;
            let runs = page["items"].as_array().cloned().unwrap_or_default();
            let run = if runs.len() >= count { runs.into_iter().next() } else { None };
            newest.push(run.unwrap_or_else(|| json!({"state": "waiting"})));
        }
        let states = flows.iter().zip(&newest).map(|((feed, _), run)| format!("{}: {}", feed.name(), state(run)));
        let line = states.collect::<Vec<_>>().join("    ");
        if line != shown || screen.is_terminal() {
            screen.progress(&format!("{:>5.1} s   {line}", started.elapsed().as_secs_f64()));
            shown = line;
        }
        if newest.iter().all(|run| ["success", "failed"].contains(&status(run))) {
            screen.end_progress();
            return Ok(newest.iter().map(Ended::read).collect());
        }
        if started.elapsed() > PATIENCE {
            screen.end_progress();
            bail!("the runs have not ended after {} minutes: {shown}", PATIENCE.as_secs() / 60);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// A run in a few words.
fn state(run: &Value) -> String {
    let records = &run["metrics"]["recordSummary"];
    let (read, landed) = (records["inputRecordCount"].as_u64(), records["outputRecordCount"].as_u64());
    match (status(run), landed.or(read)) {
        ("success", Some(rows)) => format!("success, {} rows", grouped(rows)),
        ("inProgress", Some(rows)) => format!("in progress, {} rows read", grouped(rows)),
        ("inProgress", None) => "in progress".to_owned(),
        ("scheduled" | "queued", _) => "waiting".to_owned(),
        (status, _) => status.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_a_run_are_read() {
        let run = json!({
            "id": "r1",
            "metrics": {
                "durationSummary": {"startedAtUTC": 1_000, "completedAtUTC": 1_500},
                "sizeSummary": {"inputBytes": 10_000_000},
                "recordSummary": {"inputRecordCount": 9, "outputRecordCount": 8, "failedRecordCount": 1,
                    "warningInfo": [{"code": "MAPPER-3700-199", "message": "m", "recordCount": 4, "type": "Warning"}]},
                "fileSummary": {"inputFileCount": 2},
                "statusSummary": {"status": "success", "errors": [
                    {"code": "INGEST-1401-400", "message": "m", "recordCount": 1, "type": "Error"},
                ]},
            },
            "activities": [{"id": "copyActivity"}, {"targetInfo": [{"reference": {"ids": ["B"]}}]}],
        });
        let ended = Ended::read(&run);
        assert_eq!((ended.files, ended.rows_read, ended.landed, ended.rejected), (2, 9, 8, 1));
        assert_eq!(ended.batch_id.as_deref(), Some("B"));
        assert!((megabytes_per_second([&ended].into_iter()) - 20.0).abs() < 1e-9);
        let later = Ended { started_ms: 1_500, completed_ms: 2_000, ..ended.clone() };
        assert!((megabytes_per_second([&ended, &later].into_iter()) - 20.0).abs() < 1e-9);
        assert_eq!(ended.errors.iter().map(Finding::is_warning).collect::<Vec<_>>(), [false, true]);
        assert_eq!(state(&run), "success, 8 rows");
    }

    #[test]
    fn a_run_that_says_nothing_is_unknown() {
        assert_eq!(
            (Ended::read(&json!({})).status, state(&json!({"state": "queued"}))),
            ("unknown".into(), "waiting".into())
        );
    }
}
