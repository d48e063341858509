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
        vanished: vec![],
    }
}

#[test]
fn what_the_source_did_not_give_is_tried_again_and_what_was_overwritten_is_taken_as_it_is() {
    let names = ["good", "away", "overwritten", "deleted", "corrupt"];
    let mut plan: Vec<_> = names.iter().map(|key| object(key, "1")).collect();
    let staged = || {
        staged(
            vec![
                landed("good", 1),
                failed("away", CODE_COPY, true),
                failed("overwritten", CODE_COPY, false),
                failed("deleted", CODE_COPY, false),
                failed("corrupt", "INGEST-1401-400", false),
            ],
            "f",
            0,
        )
    };
    let current = [(1, Some(object("away", "1"))), (2, Some(object("overwritten", "2"))), (3, None)];
    let (mut one, mut other) = (staged(), staged());
    assert_eq!(take_current(&mut plan, &mut one, current.into()), [1, 2]);
    let now: Vec<_> = plan.iter().map(|object| (object.key.as_str(), object.etag.as_deref().unwrap())).collect();
    assert_eq!(now, [("good", "1"), ("away", "1"), ("overwritten", "2"), ("corrupt", "1")]);
    assert_eq!((one.vanished, one.objects.len()), (vec!["deleted".to_owned()], 4));
    let mut plan: Vec<_> = names.iter().map(|key| object(key, "1")).collect();
    assert_eq!(take_current(&mut plan, &mut other, HashMap::new()), [1], "without an answer only what may pass");
    assert_eq!((other.vanished.len(), plan.len()), (0, 5));
}

#[test]
fn the_fruits_of_both_tries_count() {
    let mut first = staged(vec![landed("a", 3), failed("b", CODE_COPY, true), landed("c", 4)], "f1", 2);
    merge(&mut first, &[1], staged(vec![landed("b", 5)], "f2", 1));
    assert_eq!(first.objects, [landed("a", 3), landed("b", 5), landed("c", 4)]);
    assert_eq!(first.data_files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["f1", "f2"]);
    assert_eq!((first.warnings["w"], first.errors_by_code["E"].count), (2, 3));
}
