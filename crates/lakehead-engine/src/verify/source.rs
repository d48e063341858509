//! The source against the ledger. The list is as long as one run may read; the ledger has no end and goes by in pages.

use std::collections::{HashMap, HashSet};

use lakehead_model::plan::PlannedObject;
use lakehead_store::LedgerEntry;

use super::{Findings, Kind, Subject, Totals, VerifyError};

/// What is listed, and how it is found.
struct Listed {
    objects: Vec<PlannedObject>,
    places: HashMap<(String, String), usize>,
    ids: HashMap<String, usize>,
    known: HashSet<String>,
    /// Places of objects of which the ledger has an older version.
    overwritten: HashSet<usize>,
}

/// Compares; answers what the source and what the ledger has.
pub(super) async fn compare(subject: &Subject<'_>, findings: &mut Findings) -> Result<(Totals, Totals), VerifyError> {
    let objects = subject.source.list(&subject.engine.net).await?;
    let ids: Vec<String> = objects.iter().map(|object| object.object_id.clone()).collect();
    // After the list: what the ledger does not have now, it did not have then.
    let mut tx = subject.engine.store.read().await?;
    let flow_id = subject.flow.id.to_string();
    let known = tx.ingested_among(&flow_id, &ids).await?;
    let failures = tx.object_failures(&flow_id, &ids).await?;
    drop(tx);
    let place = |(at, object): (usize, &PlannedObject)| ((object.container.clone(), object.key.clone()), at);
    let mut listed = Listed {
        places: objects.iter().enumerate().map(place).collect(),
        ids: ids.into_iter().enumerate().map(|(at, id)| (id, at)).collect(),
        objects,
        known,
        overwritten: HashSet::new(),
    };
    let ledger = walk(subject, &flow_id, &mut listed, findings).await?;
    for (at, object) in listed.objects.iter().enumerate() {
        if listed.known.contains(&object.object_id) {
            continue;
        }
        let name = path(&object.container, &object.key);
        if let Some(failure) = failures.get(&object.object_id) {
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
    let bytes = listed.objects.iter().map(|object| object.size_bytes).sum();
    let source = Totals { objects: Some(listed.objects.len() as u64), bytes: Some(bytes), ..Totals::default() };
    Ok((source, ledger))
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
            if !entry.undone {
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
    if entry.undone {
        findings.add(Kind::Undone, name, "was taken out of the table on purpose; redo it to have its rows again");
        return;
    }
    if listed.ids.contains_key(&entry.object_id) {
        return;
    }
    match listed.places.get(&(entry.container.clone(), entry.key.clone())) {
        Some(at) if listed.known.contains(&listed.objects[*at].object_id) => {
            let message = "was overwritten, and the new content landed too: the table has the rows of both. Undo the former \
                           one where they are not wanted";
            findings.add(Kind::Gone, name, message);
        }
        Some(at) => {
            listed.overwritten.insert(*at);
        }
        None => findings.add(Kind::Gone, name, "has landed, and the source no longer has it"),
    }
}

/// How people write where an object is.
pub(super) fn path(container: &str, key: &str) -> String {
    format!("/{container}/{key}")
}
