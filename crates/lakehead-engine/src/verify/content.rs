//! The rows themselves: every data file is opened, and its rows are counted by the source object that each of them names.
//! Held against the ledger batch by batch; memory is what one batch has objects.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lakehead_model::batch::BatchStatus;
use lakehead_store::DataFileRow;

use super::{Findings, Kind, Subject, VerifyError};
use crate::lake::local_path;
use crate::stage;
use crate::worker::protocol::InspectJob;

/// Files that one worker process opens.
const AT_ONCE: usize = 64;

pub(super) async fn compare(subject: &Subject<'_>, findings: &mut Findings) -> Result<(), VerifyError> {
    let mut after = String::new();
    loop {
        let mut tx = subject.engine.store.read().await?;
        let page = tx.accounts_after(subject.scope, &subject.dataset_id, &after).await?;
        drop(tx);
        let Some(last) = page.last() else { return Ok(()) };
        last.batch_id.clone_into(&mut after);
        for account in page.iter().filter(|account| account.status == BatchStatus::Success.as_str()) {
            if let Some(objects) = count(subject, &account.batch_id, findings).await? {
                against_ledger(subject, &account.batch_id, objects, findings).await?;
            }
        }
    }
}

/// Rows of a batch by the key of their object; `None` where one of its files cannot be read.
async fn count(
    subject: &Subject<'_>,
    batch_id: &str,
    findings: &mut Findings,
) -> Result<Option<BTreeMap<String, u64>>, VerifyError> {
    let engine = subject.engine;
    let files = engine.store.read().await?.files_of_batch(subject.scope, batch_id).await?;
    let (mut objects, mut whole) = (BTreeMap::new(), true);
    for files in files.chunks(AT_ONCE) {
        // What is not there was named already.
        let there: Vec<(&DataFileRow, PathBuf)> =
            files.iter().map(|file| (file, local_path(&file.path))).filter(|(_, path)| path.exists()).collect();
        whole &= there.len() == files.len();
        let job = InspectJob {
            batch_id: batch_id.to_owned(),
            files: there.iter().map(|(_, path)| path.clone()).collect(),
            memory_bytes: engine.settings.worker_memory_bytes,
        };
        let _at_work = engine.tally.worker();
        let contents = stage::inspect(&engine.settings.worker_exe, &job).await?;
        for ((file, _), content) in there.into_iter().zip(contents) {
            match content {
                Ok(content) => {
                    if content.rows != file.file_records.unsigned_abs() {
                        let message = format!("holds {} rows instead of {}", content.rows, file.file_records);
                        findings.add(Kind::Lost, &file.path, message);
                    }
                    if content.foreign != (file.file_records - file.records).unsigned_abs() {
                        let message = format!("has {} rows that name another batch than `{batch_id}`", content.foreign);
                        findings.add(Kind::Different, &file.path, message);
                    }
                    // In a file that it has for itself, everything counts as its own.
                    let others = if file.is_shared() { BTreeMap::new() } else { content.others };
                    for (key, rows) in content.objects.into_iter().chain(others) {
                        *objects.entry(key).or_default() += rows;
                    }
                }
                Err(why) => {
                    whole = false;
                    findings.add(Kind::Lost, &file.path, format!("cannot be read: {why}"));
                }
            }
        }
    }
    Ok(whole.then_some(objects))
}

async fn against_ledger(
    subject: &Subject<'_>,
    batch_id: &str,
    mut objects: BTreeMap<String, u64>,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    let mut after = (String::new(), String::new());
    loop {
        let mut tx = subject.engine.store.read().await?;
        let page = tx.ledger_of_batch_after(batch_id, (&after.0, &after.1)).await?;
        drop(tx);
        let Some(last) = page.last() else { break };
        after = (last.key.clone(), last.object_id.clone());
        for entry in page.iter().filter(|entry| !entry.undone() && !entry.key.is_empty()) {
            let in_table = objects.remove(&entry.key).unwrap_or_default();
            if in_table != entry.rows.unsigned_abs() {
                let message = format!(
                    "gave {} rows to batch `{batch_id}` by the ledger, but {in_table} rows of the table name it",
                    entry.rows
                );
                let name = super::source::path(&entry.container, &entry.key);
                findings.add(
                    if in_table < entry.rows.unsigned_abs() { Kind::Lost } else { Kind::Different },
                    name,
                    message,
                );
            }
        }
    }
    for (key, rows) in objects {
        let message = format!("is named by {rows} rows of batch `{batch_id}`, and the ledger has no entry for it");
        findings.add(Kind::Extra, key, message);
    }
    Ok(())
}
