//! Data files without the rows of batches that go out of a table. A file whose rows all go is simply left out; one that holds
//! rows of other batches too is written again in the worker, and those batches have their rows in the new file then.
//!
//! Which files a batch has is read after the table was opened that is changed: files are shared and parted only together with
//! a new version of the table, so the commit finds out when they have changed since.

use std::collections::{BTreeMap, HashSet};

use iceberg::spec::DataFile;
use iceberg::table::Table;
use lakehead_store::{DataFileRow, Moved, RunRow};

use crate::Engine;
use crate::append;
use crate::lake::{Lake, LakeError, local_path};
use crate::run_error::RunError;
use crate::stage;
use crate::staging::{DATA_INTENT, StoredIntents};
use crate::worker::protocol::{DataFileInfo, Goes, RewriteJob};

/// Files that go out of a table, and what comes in their place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leaving {
    /// Locations of the files that go.
    pub(crate) files_out: Vec<String>,
    /// Files with the rows that stay.
    pub(crate) files_in: Vec<DataFileInfo>,
    /// Where the rows of other batches are then.
    pub(crate) moved: Vec<Moved>,
}

impl Leaving {
    /// Locations of the files that go.
    pub(crate) fn removed(&self) -> HashSet<String> {
        self.files_out.iter().cloned().collect()
    }

    /// Files that come, described for `table`; their announcements are settled by the commit.
    pub(crate) fn added(&self, table: &Table, cleared: &mut Vec<String>) -> Result<Vec<DataFile>, LakeError> {
        cleared.extend(self.files_in.iter().map(|file| file.path.clone()));
        self.files_in.iter().map(|file| append::data_file_from_json(table, &file.data_file_json)).collect()
    }
}

/// Takes out whole batches, whose `files` these are.
pub(crate) async fn without_batches(
    engine: &Engine,
    run: &RunRow,
    table: &Table,
    dataset_id: &str,
    files: &[DataFileRow],
) -> Result<Leaving, RunError> {
    let mut by_path: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for file in files {
        let (gone, all) = by_path.entry(&file.path).or_default();
        *gone += file.records;
        *all = file.file_records;
    }
    let mut leaving = Leaving::default();
    let mut shared = Vec::new();
    for (path, (gone, all)) in by_path {
        leaving.files_out.push(path.to_owned());
        if gone < all {
            shared.push((path.to_owned(), gone));
        }
    }
    let ids: HashSet<&str> = files.iter().map(|file| file.batch_id.as_str()).collect();
    let mut batches: Vec<String> = ids.into_iter().map(str::to_owned).collect();
    batches.sort_unstable();
    let paths: Vec<String> = shared.iter().map(|(path, _)| path.clone()).collect();
    let goes = Goes::Rows { batches: batches.clone(), key: None };
    let done = rewrite(engine, run, table, dataset_id, &paths, goes).await?;
    for ((path, gone), (dropped, file)) in shared.into_iter().zip(done) {
        let file = file.filter(|_| i64::try_from(dropped) == Ok(gone)).ok_or_else(|| {
            let text =
                format!("the data file `{path}` has {dropped} rows instead of {gone} of what goes; verify the flow");
            RunError::Unusable(text)
        })?;
        leaving.moved.push(moved(vec![path], &file, batches.clone()));
        leaving.files_in.push(file);
    }
    Ok(leaving)
}

/// Rows of the batches of some files that are in `file` from now on.
pub(crate) fn moved(from: Vec<String>, file: &DataFileInfo, left_behind: Vec<String>) -> Moved {
    let (size_bytes, file_records) = (file.bytes as i64, file.records as i64);
    Moved { from, to: file.path.clone(), size_bytes, file_records, left_behind }
}

/// Has files written again without what goes; answers for each the rows that went, and the file with those that stay, where
/// something went and something stays.
pub(crate) async fn rewrite(
    engine: &Engine,
    run: &RunRow,
    table: &Table,
    dataset_id: &str,
    paths: &[String],
    goes: Goes,
) -> Result<Vec<(u64, Option<DataFileInfo>)>, RunError> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let job = RewriteJob {
        name: format!("{}-{}-{}-kept", run.run_id, run.epoch, run.attempts),
        goes,
        files: paths.iter().map(|path| local_path(path)).collect(),
        schema: Lake::schema_json(table.metadata().current_schema())?,
        data_dir: engine.lake.data_dir(&run.scope, dataset_id).await?,
        memory_bytes: engine.settings.worker_memory_bytes,
    };
    let intents = StoredIntents { engine, run, dataset_id, kind: DATA_INTENT };
    let _at_work = engine.tally.worker();
    Ok(stage::rewrite(&engine.settings.worker_exe, job, &intents).await?)
}
