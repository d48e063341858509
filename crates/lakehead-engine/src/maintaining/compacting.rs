//! Which data files of a table are small, and what they are put together into.

use iceberg::spec::{ManifestContentType, ManifestFile};
use iceberg::table::Table;
use lakehead_store::RunRow;

use crate::Engine;
use crate::append::overwrite::is_small;
use crate::lake::{Lake, LakeError, local_path};
use crate::rewriting::{self, Leaving};
use crate::run_error::RunError;
use crate::stage;
use crate::staging::{DATA_INTENT, StoredIntents};
use crate::worker::protocol::CompactJob;

/// Files that one job puts together.
const MAX_FILES: usize = 10_000;

/// What a table has of small things.
#[derive(Default)]
pub(super) struct Small {
    /// Data files, each with its rows, as many as one job puts together.
    files: Vec<(String, u64)>,
    bytes: u64,
    /// How many there are of them.
    count: usize,
    /// How many small manifests there are.
    manifests: usize,
}

impl Small {
    /// Looks at the manifests of the current snapshot, one after the other.
    pub(super) async fn of(engine: &Engine, table: &Table) -> Result<Self, LakeError> {
        let metadata = table.metadata();
        let mut small = Self::default();
        let Some(current) = metadata.current_snapshot() else { return Ok(small) };
        let list = engine.lake.manifests(metadata, current).await?;
        for manifest in list.entries() {
            if manifest.content != ManifestContentType::Data {
                continue;
            }
            small.manifests += usize::from(is_small(manifest));
            small.look_into(engine, manifest).await?;
        }
        Ok(small)
    }

    async fn look_into(&mut self, engine: &Engine, manifest: &ManifestFile) -> Result<(), LakeError> {
        let rules = &engine.settings.maintenance;
        let manifest = manifest.load_manifest(engine.lake.file_io()).await?;
        for entry in manifest.entries().iter().filter(|entry| entry.is_alive()) {
            let file = entry.data_file();
            if file.file_size_in_bytes() >= rules.target_file_bytes / 4 {
                continue;
            }
            self.count += 1;
            if self.files.len() < MAX_FILES && self.bytes < rules.rewrite_bytes {
                self.bytes += file.file_size_in_bytes();
                self.files.push((file.file_path().to_owned(), file.record_count()));
            }
        }
        Ok(())
    }

    /// Whether there are more of them than a table may have.
    pub(super) fn is_too_much(&self, engine: &Engine) -> bool {
        self.has_many_files(engine) || self.manifests > engine.settings.maintenance.small_manifests
    }

    fn has_many_files(&self, engine: &Engine) -> bool {
        self.count > engine.settings.maintenance.small_files && self.files.len() > 1
    }
}

/// Has the files put together; nothing where there are not enough of them.
pub(super) async fn put_together(
    engine: &Engine,
    run: &RunRow,
    dataset_id: &str,
    table: &Table,
    small: &Small,
) -> Result<Leaving, RunError> {
    let mut together = Leaving::default();
    if !small.has_many_files(engine) {
        return Ok(together);
    }
    let job = CompactJob {
        name: format!("{}-{}-{}-packed", run.run_id, run.epoch, run.attempts),
        files: small.files.iter().map(|(path, _)| local_path(path)).collect(),
        schema: Lake::schema_json(table.metadata().current_schema())?,
        data_dir: engine.lake.data_dir(&run.scope, dataset_id).await?,
        target_file_bytes: engine.settings.maintenance.target_file_bytes,
        memory_bytes: engine.settings.worker_memory_bytes,
    };
    let intents = StoredIntents { engine, run, dataset_id, kind: DATA_INTENT };
    let _at_work = engine.tally.worker();
    let large = stage::compact(&engine.settings.worker_exe, job, &intents).await?;
    for (inputs, file) in large {
        let rows: u64 = inputs.iter().map(|index| small.files[*index].1).sum();
        if rows != file.records {
            let text =
                format!("{} rows were put together instead of {rows}; verify the flows of the dataset", file.records);
            return Err(RunError::Unusable(text));
        }
        let from: Vec<String> = inputs.iter().map(|index| small.files[*index].0.clone()).collect();
        together.files_out.extend(from.iter().cloned());
        together.moved.push(rewriting::moved(from, &file, Vec::new()));
        together.files_in.push(file);
    }
    debug_assert_eq!(together.removed().len(), together.files_out.len());
    Ok(together)
}
