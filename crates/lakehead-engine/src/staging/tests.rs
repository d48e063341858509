//! What is tried again, and how it is put together with what came at once.

use super::*;
use crate::worker::protocol::{DataFileInfo, ErrorCount};

fn object(key: &str, etag: &str) -> PlannedObject {
    PlannedObject::pin("bucket", key, Some(etag.to_owned()), None, 1, 0)
}

fn landed(key: &str, rows: u64) -> ObjectOutcome {
    ObjectOutcome::Landed { key: key.into(), rows_read: rows, rows_written: rows, rows_rejected: 0, bytes_read: 1 }
}

fn failed(key: &str, code: &str, transient: bool) -> ObjectOutcome {
    ObjectOutcome::Failed { key: key.into(), code: code.into(), message: String::new(), rows_read: 0, transient }
}

fn staged(objects: Vec<ObjectOutcome>, file: &str, errors: u64) -> Staged {
    let errors = ErrorCount { count: errors, message: "m".into() };
    Staged {
        objects,
        data_files: vec![DataFileInfo { path: file.into(), data_file_json: "{}".into(), records: 1, bytes: 2 }],
        warnings: [("w".to_owned(), 1)].into(),
        errors_by_code: [("E".to_owned(), errors)].into(),
        row_error_files: vec![],
    }
}

#[test]
fn what_the_source_did_not_give_is_tried_again_and_what_was_overwritten_is_taken_as_it_is() {
    let names = ["good", "away", "overwritten", "deleted", "corrupt"];
    let mut plan: Vec<_> = names.iter().map(|key| object(key, "1")).collect();
    let staged = staged(
        vec![
            landed("good", 1),
            failed("away", CODE_COPY, true),
            failed("overwritten", CODE_COPY, false),
            failed("deleted", CODE_COPY, false),
            failed("corrupt", "INGEST-1401-400", false),
        ],
        "f",
        0,
    );
    let listed: Vec<_> = [("away", "1"), ("corrupt", "2"), ("good", "2"), ("overwritten", "2")]
        .iter()
        .map(|(key, etag)| object(key, etag))
        .collect();
    assert_eq!(take_current(&mut plan, &staged, &listed), [1, 2]);
    let now: Vec<_> = plan.iter().map(|object| object.etag.as_deref().unwrap()).collect();
    assert_eq!(now, ["1", "1", "2", "1", "1"], "what landed stays pinned to what was read");
    assert_eq!(take_current(&mut plan.clone(), &staged, &[]), [1], "without a listing only what may pass");
}

#[test]
fn the_fruits_of_both_tries_count() {
    let mut first = staged(vec![landed("a", 3), failed("b", CODE_COPY, true), landed("c", 4)], "f1", 2);
    merge(&mut first, &[1], staged(vec![landed("b", 5)], "f2", 1));
    assert_eq!(first.objects, [landed("a", 3), landed("b", 5), landed("c", 4)]);
    assert_eq!(first.data_files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["f1", "f2"]);
    assert_eq!((first.warnings["w"], first.errors_by_code["E"].count), (2, 3));
}
