//! What the numbers of a staged run mean: does it land or does it fail, and what is said about it.

#[cfg(test)]
mod tests;

use crate::planning::MAX_NAMED;
use crate::stage::{ObjectOutcome, Staged};

/// The totals of a run, as every view of it shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) input_files: u64,
    pub(crate) failed_files: u64,
    pub(crate) input_bytes: u64,
    pub(crate) output_bytes: u64,
    pub(crate) output_files: u64,
    pub(crate) input_records: u64,
    pub(crate) output_records: u64,
    pub(crate) failed_records: u64,
}

/// A finding of a run: a code, what it says, how many rows it concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) record_count: Option<u64>,
}

/// What is to become of a staged run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The good rows land.
    Land,
    /// Nothing lands.
    Fail,
}

/// A staged run, judged.
#[derive(Clone, Debug)]
pub(crate) struct Settled {
    pub(crate) verdict: Verdict,
    pub(crate) totals: Totals,
    pub(crate) findings: Vec<Finding>,
    /// What became null in rows that landed.
    pub(crate) warnings: Vec<Finding>,
}

/// The options of a flow that decide about failures.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tolerance {
    /// Share of failed records, in percent, that is tolerated; `None` tolerates none.
    pub(crate) partial_ingestion_percent: Option<f64>,
    /// Whether rows are explained one by one.
    pub(crate) diagnostics: bool,
    /// Whether a file that cannot be read is never tolerated: nobody knows how many rows it has, and no later run reads it
    /// again.
    pub(crate) whole_files: bool,
}

/// Judges a staged run.
pub(crate) fn settle(staged: &Staged, planned_bytes: u64, tolerance: Tolerance) -> Settled {
    let totals = totals(staged, planned_bytes);
    let failed_share = if totals.input_records == 0 {
        0.0
    } else {
        totals.failed_records as f64 / totals.input_records as f64 * 100.0
    };
    let all_files_failed = totals.input_files > 0 && totals.failed_files == totals.input_files;
    let clean = totals.failed_records == 0 && totals.failed_files == 0;
    let too_few_files = all_files_failed || tolerance.whole_files && totals.failed_files > 0;
    let tolerated =
        tolerance.partial_ingestion_percent.is_some_and(|percent| failed_share <= percent && !too_few_files);
    let verdict = if clean || tolerated { Verdict::Land } else { Verdict::Fail };
    let findings = findings(staged, &totals, &verdict, tolerance);
    Settled { verdict, totals, findings, warnings: warnings(staged) }
}

fn totals(staged: &Staged, planned_bytes: u64) -> Totals {
    let mut totals = Totals { input_bytes: planned_bytes, ..Totals::default() };
    for object in &staged.objects {
        totals.input_files += 1;
        match object {
            ObjectOutcome::Landed { rows_read, rows_written, rows_rejected, .. } => {
                totals.input_records += rows_read;
                totals.output_records += rows_written;
                totals.failed_records += rows_rejected;
            }
            ObjectOutcome::Failed { rows_read, .. } => {
                totals.failed_files += 1;
                totals.input_records += rows_read;
                totals.failed_records += rows_read;
            }
        }
    }
    totals.output_bytes = staged.data_files.iter().map(|file| file.bytes).sum();
    totals.output_files = staged.data_files.len() as u64;
    totals
}

fn findings(staged: &Staged, totals: &Totals, verdict: &Verdict, tolerance: Tolerance) -> Vec<Finding> {
    let mut findings = Vec::new();
    if totals.failed_records > 0 || totals.failed_files > 0 {
        findings.push(summary(totals, verdict, tolerance));
    }
    if tolerance.diagnostics || tolerance.partial_ingestion_percent.is_some() {
        for (code, error) in &staged.errors_by_code {
            findings.push(Finding {
                code: code.clone(),
                message: error.message.clone(),
                record_count: Some(error.count),
            });
        }
    }
    // The summary has their number, the diagnostics have the rest.
    let failed = staged.objects.iter().filter_map(|object| match object {
        ObjectOutcome::Failed { key, code, message, .. } => {
            Some(Finding { code: code.clone(), message: format!("file `{key}` failed: {message}"), record_count: None })
        }
        ObjectOutcome::Landed { .. } => None,
    });
    findings.extend(failed.take(MAX_NAMED));
    let vanished = staged.vanished.iter().map(|key| Finding {
        code: "CONNECTOR-1001-500".to_owned(),
        message: format!("file `{key}` was deleted before it could be read; it is left out"),
        record_count: None,
    });
    findings.extend(vanished.take(MAX_NAMED));
    findings
}

fn warnings(staged: &Staged) -> Vec<Finding> {
    let finding = |(message, count): (&String, &u64)| Finding {
        code: "MAPPER-3700-199".to_owned(),
        message: message.clone(),
        record_count: Some(*count),
    };
    staged.warnings.iter().map(finding).collect()
}

fn summary(totals: &Totals, verdict: &Verdict, tolerance: Tolerance) -> Finding {
    let Totals { failed_records, failed_files, output_records, .. } = totals;
    let landed = if *verdict == Verdict::Land { *output_records } else { 0 };
    let message = format!(
        "{failed_records} rows and {failed_files} files have errors; {landed} rows were ingested. \
         The diagnostics of the batch list them"
    );
    if tolerance.diagnostics || tolerance.partial_ingestion_percent.is_some() {
        Finding { code: "INGEST-1212-400".to_owned(), message, record_count: None }
    } else {
        Finding {
            code: "INGEST-1211-400".to_owned(),
            message: format!("{message}. Set errorDiagnosticsEnabled for a count by kind of error"),
            record_count: None,
        }
    }
}
