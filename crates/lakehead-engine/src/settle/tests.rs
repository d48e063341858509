//! Where a run lands and where it fails.

use super::*;

fn landed(read: u64, rejected: u64) -> ObjectOutcome {
    ObjectOutcome::Landed {
        key: "good".into(),
        rows_read: read,
        rows_written: read - rejected,
        rows_rejected: rejected,
        bytes_read: 1,
    }
}

fn failed(read: u64) -> ObjectOutcome {
    ObjectOutcome::Failed {
        key: "bad".into(),
        code: "INGEST-1401-400".into(),
        message: "broken".into(),
        rows_read: read,
        transient: false,
    }
}

fn verdict(objects: Vec<ObjectOutcome>, percent: Option<f64>) -> Verdict {
    let tolerance = Tolerance { partial_ingestion_percent: percent, ..Tolerance::default() };
    settle(&Staged { objects, ..Staged::default() }, 1, tolerance).verdict
}

#[test]
fn without_tolerance_one_row_or_one_file_fails_the_run() {
    assert_eq!(verdict(vec![landed(10, 0)], None), Verdict::Land);
    assert_eq!(verdict(vec![landed(10, 1)], None), Verdict::Fail);
    assert_eq!(verdict(vec![landed(10, 0), failed(0)], None), Verdict::Fail);
}

#[test]
fn the_share_of_failed_rows_is_tolerated_up_to_the_limit_itself() {
    assert_eq!(verdict(vec![landed(100, 5)], Some(5.0)), Verdict::Land);
    assert_eq!(verdict(vec![landed(100, 6)], Some(5.0)), Verdict::Fail);
    assert_eq!(verdict(vec![landed(1_000, 51)], Some(5.0)), Verdict::Fail);
    assert_eq!(verdict(vec![landed(10, 10)], Some(100.0)), Verdict::Land);
    // Rows of a failed file are failed rows.
    assert_eq!(verdict(vec![landed(95, 0), failed(5)], Some(5.0)), Verdict::Land);
    assert_eq!(verdict(vec![landed(94, 0), failed(6)], Some(5.0)), Verdict::Fail);
}

#[test]
fn a_broken_file_fails_alone_but_not_all_of_them() {
    assert_eq!(verdict(vec![landed(10, 0), failed(0)], Some(1.0)), Verdict::Land);
    assert_eq!(verdict(vec![failed(0), failed(0)], Some(100.0)), Verdict::Fail);
    assert_eq!(verdict(vec![failed(0)], Some(1.0)), Verdict::Fail);
}

#[test]
fn no_files_and_no_rows_are_a_success() {
    assert_eq!(verdict(vec![], None), Verdict::Land);
    assert_eq!(verdict(vec![landed(0, 0)], None), Verdict::Land);
    let settled = settle(&Staged::default(), 0, Tolerance::default());
    assert_eq!((settled.totals, settled.findings), (Totals::default(), vec![]));
}

#[test]
fn where_no_later_run_reads_a_file_again_none_may_be_missing() {
    let staged = Staged { objects: vec![landed(10, 2), failed(0)], ..Staged::default() };
    let tolerance = Tolerance { partial_ingestion_percent: Some(50.0), ..Tolerance::default() };
    assert_eq!(settle(&staged, 1, tolerance).verdict, Verdict::Land);
    assert_eq!(settle(&staged, 1, Tolerance { whole_files: true, ..tolerance }).verdict, Verdict::Fail);
}

#[test]
fn totals_count_every_row_once_and_findings_name_the_file() {
    let staged = Staged { objects: vec![landed(10, 2), landed(5, 0), failed(3)], ..Staged::default() };
    let tolerance = Tolerance { partial_ingestion_percent: Some(50.0), diagnostics: true, ..Tolerance::default() };
    let Settled { totals, findings, .. } = settle(&staged, 77, tolerance);
    assert_eq!((totals.input_files, totals.failed_files, totals.input_bytes), (3, 1, 77));
    assert_eq!((totals.input_records, totals.output_records, totals.failed_records), (18, 13, 5));
    assert_eq!(totals.input_records, totals.output_records + totals.failed_records);
    assert_eq!(findings[0].code, "INGEST-1212-400");
    assert!(findings[0].message.contains("5 rows and 1 files have errors; 13 rows were ingested"), "{findings:?}");
    assert!(findings.iter().any(|finding| finding.message == "file `bad` failed: broken"), "{findings:?}");
    let strict = settle(&staged, 77, Tolerance::default());
    assert_eq!(strict.findings[0].code, "INGEST-1211-400");
    assert!(strict.findings[0].message.contains("; 0 rows were ingested"), "{:?}", strict.findings);
}
