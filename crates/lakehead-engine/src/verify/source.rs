//! The source against the ledger. Both go by in pages: of an object that landed some bytes are kept, of another its name.

use std::collections::{HashMap, HashSet};

use lakehead_connect::connector::Found;
use lakehead_model::plan::PlannedObject;
use lakehead_store::{LedgerEntry, ObjectFailure};
use tokio::sync::mpsc;

use super::{Findings, Kind, Subject, Totals, VerifyError};

/// Pages of a listing that wait.
const PAGES_AHEAD: usize = 2;
/// Objects that are looked up in the ledger at a time.
const LOOK_UPS: usize = 1000;

/// What is listed, and how it is found.
#[derive(Default)]
struct Listed {
    count: u64,
    bytes: u64,
    /// Every object by its identity.
    ids: HashSet<u128>,
    /// Every object by container and key: the place among those that have not landed, `None` for one that has.
    places: HashMap<u128, Option<usize>>,
    /// Objects that the ledger does not have.
    fresh: Vec<PlannedObject>,
    failures: HashMap<String, ObjectFailure>,
    /// Places of fresh objects of which the ledger has an older version.
    overwritten: HashSet<usize>,
}

impl Listed {
    fn add(&mut self, object: PlannedObject, known: bool) {
        self.count += 1;
        self.bytes += object.size_bytes;
        self.ids.insert(short(&object.object_id));
        self.places.insert(place(&object.container, &object.key), (!known).then_some(self.fresh.len()));
        if !known {
            self.fresh.push(object);
        }
    }
}

/// The first half of a digest in hex: enough to tell objects apart.
fn short(id: &str) -> u128 {
    id.get(..32).and_then(|half| u128::from_str_radix(half, 16).ok()).unwrap_or_default()
}

fn place(container: &str, key: &str) -> u128 {
    short(&PlannedObject::pin(container, key, None, None, 0, 0).object_id)
}

/// Compares; answers what the source and what the ledger has.
pub(super) async fn compare(subject: &Subject<'_>, findings: &mut Findings) -> Result<(Totals, Totals), VerifyError> {
    let flow_id = subject.flow.id.to_string();
    let mut listed = list(subject, &flow_id).await?;
    look_again(subject, &flow_id, &mut listed).await?;
    let ledger = walk(subject, &flow_id, &mut listed, findings).await?;
    for (at, object) in listed.fresh.iter().enumerate() {
        if listed.places.get(&place(&object.container, &object.key)) == Some(&None) {
            continue;
        }
        let name = path(&object.container, &object.key);
        if let Some(failure) = listed.failures.get(&object.object_id) {
            let (attempts, why) = (failure.attempts, &failure.last_error);
            findings.add(Kind::Failed, name, format!("could not be read {attempts} times, at last: {why}"));
        } else if listed.overwritten.contains(&at) {
            findings.add(
                Kind::Different,
                name,
                "was overwritten after it landed; the table has the former content. Run the flow to land the new one",
            );
        } else if subject.after_ms.is_none_or(|after| object.last_modified_ms > after) {
            findings.add(Kind::Missing, name, "is in the source, and no run has landed it. Run the flow");
        }
    }
    let source = Totals { objects: Some(listed.count), bytes: Some(listed.bytes), ..Totals::default() };
    Ok((source, ledger))
}

async fn list(subject: &Subject<'_>, flow_id: &str) -> Result<Listed, VerifyError> {
    let mut listed = Listed::default();
    let (found, pages) = mpsc::channel(PAGES_AHEAD);
    let taking = async {
        // Dropped on an error: the listing ends where nobody receives.
        let mut pages = pages;
        while let Some(found) = pages.recv().await {
            let Found::Objects(objects) = found else {
                listed = Listed::default();
                continue;
            };
            let ids: Vec<String> = objects.iter().map(|object| object.object_id.clone()).collect();
            let known = subject.engine.store.read().await?.ingested_among(flow_id, &ids).await?;
            for object in objects {
                let known = known.contains(&object.object_id);
                listed.add(object, known);
            }
        }
        Ok::<_, VerifyError>(())
    };
    let (complete, taken) = tokio::join!(subject.source.list(&subject.engine.net, found), taking);
    taken?;
    complete?;
    Ok(listed)
}

/// After the list: what the ledger does not have now, it did not have then.
async fn look_again(subject: &Subject<'_>, flow_id: &str, listed: &mut Listed) -> Result<(), VerifyError> {
    for objects in listed.fresh.chunks(LOOK_UPS) {
        let ids: Vec<String> = objects.iter().map(|object| object.object_id.clone()).collect();
        let mut tx = subject.engine.store.read().await?;
        let known = tx.ingested_among(flow_id, &ids).await?;
        listed.failures.extend(tx.object_failures(flow_id, &ids).await?);
        drop(tx);
        for object in objects.iter().filter(|object| known.contains(&object.object_id)) {
            listed.places.insert(place(&object.container, &object.key), None);
        }
    }
    Ok(())
}

async fn walk(
    subject: &Subject<'_>,
    flow_id: &str,
    listed: &mut Listed,
    findings: &mut Findings,
) -> Result<Totals, VerifyError> {
    let (mut after, mut objects, mut rows) = (String::new(), 0, 0);
    loop {
        let page = subject.engine.store.read().await?.ledger_after(flow_id, &after).await?;
        let Some(last) = page.last() else { break };
        last.object_id.clone_into(&mut after);
        for entry in &page {
            if !entry.undone() {
                objects += 1;
                rows += entry.rows.unsigned_abs();
            }
            look_at(entry, listed, findings);
        }
    }
    Ok(Totals { objects: Some(objects), rows: Some(rows), ..Totals::default() })
}

fn look_at(entry: &LedgerEntry, listed: &mut Listed, findings: &mut Findings) {
    let name = match entry.key.as_str() {
        "" => entry.object_id.clone(),
        key => path(&entry.container, key),
    };
    if entry.undone() {
        findings.add(Kind::Undone, name, "was taken out of the table on purpose; redo it to have its rows again");
        return;
    }
    if listed.ids.contains(&short(&entry.object_id)) {
        return;
    }
    match listed.places.get(&place(&entry.container, &entry.key)) {
        Some(None) => {
            let message = "was overwritten, and the new content landed too: the table has the rows of both. Undo the former \
                           one where they are not wanted";
            findings.add(Kind::Gone, name, message);
        }
        Some(Some(at)) => {
            listed.overwritten.insert(*at);
        }
        None => findings.add(Kind::Gone, name, "has landed, and the source no longer has it"),
    }
}

/// How people write where an object is.
pub(super) fn path(container: &str, key: &str) -> String {
    format!("/{container}/{key}")
}
