//! Which listed objects are read.

use super::*;

fn object(key: &str, etag: &str) -> PlannedObject {
    PlannedObject::pin("bucket", key, Some(etag.to_owned()), None, 1, 0)
}

fn keys(plan: &Plan) -> Vec<(&str, Option<&str>)> {
    plan.objects.iter().map(|object| (object.key.as_str(), object.etag.as_deref())).collect()
}

#[test]
fn a_later_run_takes_only_what_is_new_or_was_overwritten() {
    let first = choose(vec![object("a", "1"), object("b", "1")], HashSet::new(), &HashMap::new());
    assert_eq!(keys(&first), [("a", Some("1")), ("b", Some("1"))]);
    let ingested = first.objects.iter().map(|object| object.object_id.clone()).collect();
    let listed = vec![object("a", "1"), object("b", "2"), object("c", "1")];
    assert_eq!(keys(&choose(listed, ingested, &HashMap::new())), [("b", Some("2")), ("c", Some("1"))]);
}

#[test]
fn an_object_that_the_listing_names_twice_is_read_once() {
    let listed = vec![object("a", "1"), object("b", "1"), object("a", "1")];
    assert_eq!(keys(&choose(listed, HashSet::new(), &HashMap::new())), [("a", Some("1")), ("b", Some("1"))]);
}

#[test]
fn an_object_that_failed_too_often_is_left_out_and_named() {
    let failure = |attempts| ObjectFailure { attempts, last_error: "INGEST-1401-400: line 3: no header".into() };
    let (bad, unlucky) = (object("bad", "1"), object("unlucky", "1"));
    let failures = HashMap::from([
        (bad.object_id.clone(), failure(MAX_OBJECT_FAILURES)),
        (unlucky.object_id.clone(), failure(MAX_OBJECT_FAILURES - 1)),
    ]);
    let plan = choose(vec![bad, unlucky], HashSet::new(), &failures);
    assert_eq!(keys(&plan), [("unlucky", Some("1"))]);
    assert_eq!(plan.left_out.len(), 1);
    assert_eq!(plan.left_out[0].code, "INGEST-1401-400");
    let expected = "file `bad` was left out because it failed 10 times, at last with: line 3: no header. Upload it again to have it read again";
    assert_eq!(plan.left_out[0].message, expected);
    // Uploaded again it is another object.
    assert_eq!(keys(&choose(vec![object("bad", "2")], HashSet::new(), &failures)), [("bad", Some("2"))]);
}
