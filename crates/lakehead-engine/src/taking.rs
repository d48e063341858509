//! Rows that go out of a table: those of a batch with its files, those of one source object by writing the files that it
//! shares with others again without them.
//!
//! Whole files go and come, as everywhere (`append/overwrite.rs`): no reader needs to know of delete files, and the rows
//! that stay keep their batch, their object and their number.

use std::collections::HashSet;

use iceberg::table::Table;
use lakehead_model::batch::BatchStatus;
use lakehead_model::plan::PlannedObject;
use lakehead_model::run::change::{Change, ObjectPath};
use lakehead_store::{BatchRow, DataFileRow, LedgerEntry, RunRow, StoreError, Taking};

use crate::Engine;
use crate::context::RunContext;
use crate::rewriting::{self, Leaving};
use crate::run_error::RunError;
use crate::worker::protocol::Goes;

/// What goes, as it was found.
pub(crate) struct Outgoing {
    pub(crate) batch: BatchRow,
    /// The entries of the ledger that it is about.
    pub(crate) entries: Vec<LedgerEntry>,
    object_ids: Vec<String>,
    redo: bool,
    whole: bool,
    shown: String,
    /// The table as it was before the files of the batch were read.
    pub(crate) table: Table,
    /// The files that go and those that come.
    leaving: Leaving,
    /// What the batch has in those that come.
    rows_in: Vec<DataFileRow>,
    rows: i64,
    /// The files of the batch when it was looked at.
    looked_at: Vec<String>,
}

impl Outgoing {
    /// Whether what goes are the rows of exactly these objects, in whatever version.
    pub(crate) fn is_of(&self, plan: &[PlannedObject]) -> bool {
        let read: HashSet<_> = plan.iter().map(|object| (&object.container, &object.key)).collect();
        read.len() == self.entries.len()
            && self.entries.iter().all(|entry| read.contains(&(&entry.container, &entry.key)))
    }

    /// What the commit has to know.
    pub(crate) fn taking(&self) -> Taking<'_> {
        Taking {
            batch_id: &self.batch.batch_id,
            status: self.batch.state(),
            object_ids: &self.object_ids,
            redo: self.redo,
            whole: self.whole,
            files_out: &self.leaving.files_out,
            files_in: &self.rows_in,
            rows: self.rows,
            shown: &self.shown,
        }
    }

    /// The files that go and those that come.
    pub(crate) fn leaving(&self) -> &Leaving {
        &self.leaving
    }

    /// Rows that go.
    pub(crate) fn rows(&self) -> i64 {
        self.rows
    }
}

/// Entries of the ledger that a change is about, with their batch; `None` where there is nothing to change.
pub(crate) async fn entries(
    engine: &Engine,
    run: &RunRow,
    change: &Change,
) -> Result<Option<(BatchRow, Vec<LedgerEntry>)>, RunError> {
    let id = &change.batch_id;
    let batch = engine.store.read().await?.batch(&run.scope, id).await?;
    let batch = batch.filter(|batch| batch.flow_id == run.flow_id);
    let batch = batch.ok_or_else(|| RunError::Unusable(format!("the flow has no batch `{id}` any more")))?;
    let landed = batch.state() == BatchStatus::Success;
    if !(landed || change.redo && batch.state() == BatchStatus::Inactive) {
        return Ok(None);
    }
    let mut entries = all_entries(engine, id).await?;
    match &change.object {
        Some(object) => {
            entries.retain(|entry| entry.container == object.container && entry.key == object.key);
            if !change.redo {
                entries.retain(|entry| !entry.undone());
            }
        }
        // What was taken out one by one stays out when the others are read again.
        None if landed => entries.retain(|entry| !entry.undone()),
        None => {
            let alone = one_by_one(engine, run, &entries).await?;
            entries.retain(|entry| entry.undone_by.as_ref().is_none_or(|run_id| !alone.contains(run_id)));
        }
    }
    let nothing = entries.is_empty() && (change.redo || change.object.is_some());
    Ok((!nothing).then_some((batch, entries)))
}

/// The runs that took a single object each out of a batch, before the rest of it went.
async fn one_by_one(engine: &Engine, run: &RunRow, entries: &[LedgerEntry]) -> Result<HashSet<String>, StoreError> {
    let by: HashSet<&String> = entries.iter().filter_map(|entry| entry.undone_by.as_ref()).collect();
    let mut alone = HashSet::new();
    let mut tx = engine.store.read().await?;
    for run_id in by {
        let undo = tx.run(&run.scope, run_id).await?;
        let change = undo.and_then(|undo| Change::of(&undo.slot, &undo.params));
        if change.is_some_and(|change| change.object.is_some()) {
            alone.insert(run_id.clone());
        }
    }
    Ok(alone)
}

async fn all_entries(engine: &Engine, batch_id: &str) -> Result<Vec<LedgerEntry>, StoreError> {
    let mut entries: Vec<LedgerEntry> = Vec::new();
    loop {
        let after = entries.last().map(|last| (last.key.clone(), last.object_id.clone())).unwrap_or_default();
        let page = engine.store.read().await?.ledger_of_batch_after(batch_id, (&after.0, &after.1)).await?;
        if page.is_empty() {
            return Ok(entries);
        }
        entries.extend(page);
    }
}

/// Rows can be read again only into the table that they are in.
pub(crate) fn require_dataset(batch: &BatchRow, context: &RunContext) -> Result<(), RunError> {
    if batch.dataset_id == context.dataset_id {
        return Ok(());
    }
    Err(RunError::Unusable(format!(
        "the rows of batch `{}` are in dataset `{}`, and the flow writes into `{}` now; undo them, and run the flow",
        batch.batch_id, batch.dataset_id, context.dataset_id
    )))
}

/// Finds what goes; `before` is what was found the last time, whose files need not be written again while the batch has the
/// same ones. `None` where there is nothing to change any more.
pub(crate) async fn find(
    engine: &Engine,
    run: &RunRow,
    change: &Change,
    before: Option<Outgoing>,
) -> Result<Option<Outgoing>, RunError> {
    let Some((batch, entries)) = entries(engine, run, change).await? else { return Ok(None) };
    let table = engine.open_table(&batch.dataset_id).await?;
    let files = engine.store.read().await?.files_of_batch(&run.scope, &batch.batch_id).await?;
    let looked_at: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
    let mut outgoing = Outgoing {
        object_ids: match (&change.object, change.redo) {
            // Everything of the batch is undone with it.
            (None, false) => Vec::new(),
            _ => entries.iter().map(|entry| entry.object_id.clone()).collect(),
        },
        redo: change.redo,
        whole: change.object.is_none(),
        shown: change.object.as_ref().map(ObjectPath::shown).unwrap_or_default(),
        table,
        leaving: Leaving::default(),
        rows_in: Vec::new(),
        rows: 0,
        looked_at,
        batch,
        entries,
    };
    if outgoing.batch.state() != BatchStatus::Success
        || outgoing.entries.iter().all(LedgerEntry::undone) && !outgoing.whole
    {
        return Ok(Some(outgoing));
    }
    if let Some(before) =
        before.filter(|before| before.looked_at == outgoing.looked_at && before.entries == outgoing.entries)
    {
        let Outgoing { leaving, rows_in, rows, .. } = before;
        return Ok(Some(Outgoing { leaving, rows_in, rows, ..outgoing }));
    }
    if outgoing.whole {
        let dataset_id = &outgoing.batch.dataset_id;
        outgoing.rows = files.iter().map(|file| file.records).sum();
        outgoing.leaving = rewriting::without_batches(engine, run, &outgoing.table, dataset_id, &files).await?;
        return Ok(Some(outgoing));
    }
    write_rest(engine, run, &files, &mut outgoing).await?;
    Ok(Some(outgoing))
}

/// Writes the files that have rows of the object again, without them.
async fn write_rest(
    engine: &Engine,
    run: &RunRow,
    files: &[DataFileRow],
    outgoing: &mut Outgoing,
) -> Result<(), RunError> {
    let (dataset_id, batch_id) = (&outgoing.batch.dataset_id, &outgoing.batch.batch_id);
    let Some(entry) = outgoing.entries.iter().find(|entry| !entry.undone()) else { return Ok(()) };
    let goes = Goes::Rows { batches: vec![batch_id.clone()], key: Some(entry.key.clone()) };
    let done = rewriting::rewrite(engine, run, &outgoing.table, dataset_id, &outgoing.looked_at, goes).await?;
    let (mut rows, leaving) = (0, &mut outgoing.leaving);
    for (was, (dropped, file)) in files.iter().zip(done) {
        if dropped == 0 {
            continue;
        }
        let left = was.records - dropped as i64;
        rows += dropped as i64;
        leaving.files_out.push(was.path.clone());
        let Some(file) = file else { continue };
        if left > 0 {
            let mut row = crate::report::file_row(&file);
            row.records = left;
            outgoing.rows_in.push(row);
        }
        if was.is_shared() {
            leaving.moved.push(rewriting::moved(vec![was.path.clone()], &file, Vec::new()));
        }
        leaving.files_in.push(file);
    }
    if rows != entry.rows {
        return Err(RunError::Unusable(format!(
            "the ledger has {} rows of file `{}` in batch `{batch_id}`, the table {rows}; verify the flow",
            entry.rows, entry.key
        )));
    }
    outgoing.rows = rows;
    Ok(())
}
