//! What a run leaves behind about its objects.

use super::*;
use crate::settle::{Tolerance, settle};

fn end() -> End {
    let landed =
        ObjectOutcome::Landed { key: "good".into(), rows_read: 5, rows_written: 4, rows_rejected: 1, bytes_read: 50 };
    let failed = |key: &str, transient| ObjectOutcome::Failed {
        key: key.into(),
        code: "INGEST-1401-400".into(),
        message: "broken".into(),
        rows_read: 0,
        transient,
    };
    let staged = Staged { objects: vec![failed("bad", false), landed, failed("away", true)], ..Staged::default() };
    let plan = ["bad", "good", "away"].map(|key| PlannedObject::pin("bucket", key, None, None, 50, 0)).to_vec();
    End { batch_id: "b".into(), plan, settled: settle(&staged, 150, Tolerance::default()), staged }
}

#[test]
fn the_ledger_learns_of_what_landed_only() {
    let end = end();
    let (container, key) = ("bucket".to_owned(), "good".to_owned());
    let expected =
        LedgerRow { object_id: end.plan[1].object_id.clone(), container, key, snapshot_id: 7, rows: 4, bytes: 50 };
    assert_eq!(end.ledger(7), [expected]);
}

#[test]
fn what_may_pass_is_not_held_against_an_object() {
    let end = end();
    let expected =
        ObjectFailureRow { object_id: end.plan[0].object_id.clone(), error: "INGEST-1401-400: broken".into() };
    assert_eq!(end.failures(), [expected]);
}

#[test]
fn a_run_without_files_has_no_batch() {
    let end = end();
    assert_eq!(end.batch_id(), Some("b"));
    assert_eq!(End { plan: vec![], ..end }.batch_id(), None);
}
