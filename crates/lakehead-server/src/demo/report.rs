//! The end of the demo: what landed, what did not and why, and where to go on.

use serde_json::Value;

use super::outcome::{Outcome, Table};
use super::runs::megabytes_per_second;
use super::show::{Ink, Screen, cut, grouped};

/// Rows of the preview.
const PREVIEW_ROWS: usize = 3;
/// Widest message of an error.
const MESSAGE_WIDTH: usize = 240;
/// Widest line of a rejected row.
const SAMPLE_WIDTH: usize = 150;

/// A table with a line for every flow, and one for all.
pub(super) fn landed(screen: Screen, outcomes: &[Outcome]) {
    screen.heading("What landed");
    let head = ["flow", "files", "rows read", "landed", "rejected", "warnings", "MB", "MB/s"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for Outcome { name, run, .. } in outcomes {
        rows.push(vec![
            (*name).to_owned(),
            run.files.to_string(),
            grouped(run.rows_read),
            grouped(run.landed),
            grouped(run.rejected),
            grouped(run.warnings),
            format!("{:.1}", run.bytes as f64 / 1e6),
            format!("{:.1}", megabytes_per_second(std::iter::once(run))),
        ]);
    }
    let sum = |value: fn(&Outcome) -> u64| outcomes.iter().map(value).sum::<u64>();
    rows.push(vec![
        "all".to_owned(),
        sum(|outcome| outcome.run.files).to_string(),
        grouped(sum(|outcome| outcome.run.rows_read)),
        grouped(sum(|outcome| outcome.run.landed)),
        grouped(sum(|outcome| outcome.run.rejected)),
        grouped(sum(|outcome| outcome.run.warnings)),
        format!("{:.1}", sum(|outcome| outcome.run.bytes) as f64 / 1e6),
        format!("{:.1}", megabytes_per_second(outcomes.iter().map(|outcome| &outcome.run))),
    ]);
    screen.table(&rows);
}

/// Why rows were rejected, and which fields became null.
pub(super) fn reasons(screen: Screen, outcomes: &[Outcome]) {
    let found: Vec<_> = outcomes
        .iter()
        .flat_map(|outcome| outcome.run.errors.iter().map(move |error| (outcome.name, error)))
        .filter_map(|(name, error)| Some((name, error, error.record_count?)))
        .collect();
    for (title, warnings) in [("Rows rejected", false), ("Fields that became null; their rows landed", true)] {
        let mut rows = vec![["flow", "code", "rows", "reason"].map(str::to_owned).to_vec()];
        for (name, error, count) in found.iter().filter(|(_, error, _)| error.is_warning() == warnings) {
            rows.push(vec![
                (*name).to_owned(),
                error.code.clone(),
                grouped(*count),
                cut(&error.message, MESSAGE_WIDTH),
            ]);
        }
        if rows.len() > 1 {
            screen.heading(title);
            screen.table(&rows);
        }
    }
}

/// One or two rejected rows, as the diagnostics hold them.
pub(super) fn samples(screen: Screen, rows: &[Value]) {
    for row in rows {
        let error = &row["_errors"][0];
        let code = error["code"].as_str().unwrap_or_default();
        screen.line(&format!("       {code}: {}", cut(error["message"].as_str().unwrap_or_default(), MESSAGE_WIDTH)));
        let raw = row["_corrupt_record"].as_str().map_or_else(|| row.to_string(), str::to_owned);
        screen.line(&format!("       {}", screen.ink(Ink::Faint, &cut(&raw, SAMPLE_WIDTH))));
    }
}

/// A few fields of the first rows.
pub(super) fn preview(screen: Screen, namespace: &str, answer: &Value) {
    let paths = [
        "_id".to_owned(),
        "person.name.firstName".to_owned(),
        "person.name.lastName".to_owned(),
        "person.birthDate".to_owned(),
        "homeAddress.city".to_owned(),
        "homeAddress._schema.latitude".to_owned(),
        format!("{namespace}.loyalty.points"),
    ];
    let mut rows = vec![paths.to_vec()];
    for row in answer["data"].as_array().into_iter().flatten().take(PREVIEW_ROWS) {
        rows.push(paths.iter().map(|path| cell(row, path)).collect());
    }
    screen.table(&rows);
}

fn cell(row: &Value, path: &str) -> String {
    match path.split('.').fold(row, |value, step| &value[step]) {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Where the table is and how another engine reads it.
pub(super) fn where_it_is(screen: Screen, found: &Table) {
    let location = &found.metadata_location;
    screen.heading(&format!("The Iceberg table has {} rows", grouped(found.rows)));
    screen.line(&format!("  {location}"));
    screen.line("  read it with PyIceberg:");
    screen.line(&format!(
        "    python3 -c 'from pyiceberg.table import StaticTable as T; \
         print(T.from_metadata(\"{location}\").scan(limit=5).to_arrow())'"
    ));
    screen.line("  or with DuckDB:");
    let path = lakehead_engine::lake::local_path(location);
    screen.line(&format!(
        "    duckdb -c \"INSTALL iceberg; LOAD iceberg; SELECT count(*) FROM iceberg_scan('{}')\"",
        path.display()
    ));
}

/// The last word: all is well, or what is not.
pub(super) fn verdict(screen: Screen, differences: &[String], seconds: f64) {
    screen.line("");
    if differences.is_empty() {
        let text = format!("Every row is where it should be, after {seconds:.1} s.");
        screen.line(&screen.ink(Ink::Green, &text));
        return;
    }
    screen.line(&screen.ink(Ink::Red, "Not everything is as it should be:"));
    for difference in differences {
        screen.line(&format!("  {difference}"));
    }
}
