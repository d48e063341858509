//! What one batch has in a data file that holds rows of other batches too, as a file of its own: for those who fetch the files
//! of a batch. It is made when it is asked for, in the worker, and the collector deletes it some time later.

use std::io::ErrorKind;
use std::path::PathBuf;

use async_trait::async_trait;
use lakehead_model::Scope;
use lakehead_model::id::random_hex;
use lakehead_store::{DataFileRow, StoreError};
use tokio::fs::File;

use crate::Engine;
use crate::lake::{Lake, LakeError, file_url, local_path};
use crate::run_error::RunError;
use crate::stage::{self, BoxError, Intents};
use crate::staging::DATA_INTENT;
use crate::worker::protocol::{Goes, RewriteJob};

impl Engine {
    /// A data file of a batch with the rows of that batch, opened.
    ///
    /// # Errors
    /// The file cannot be read, or its part not be written.
    pub async fn open_file(&self, scope: &Scope, file: &DataFileRow) -> Result<File, LakeError> {
        let path = if file.is_shared() { self.part(scope, file).await? } else { local_path(&file.path) };
        match File::open(&path).await {
            Err(error) if error.kind() == ErrorKind::NotFound && file.is_shared() => {
                // The collector came in between.
                let path = self.part(scope, file).await?;
                File::open(&path).await.map_err(|source| LakeError::Io { path, source })
            }
            opened => opened.map_err(|source| LakeError::Io { path, source }),
        }
    }

    /// Where the part is. Nobody else names it, so that it can be opened until the collector has deleted it.
    async fn part(&self, scope: &Scope, file: &DataFileRow) -> Result<PathBuf, LakeError> {
        let stem = file.path.rsplit('/').next().unwrap_or_default();
        let folder = self.lake().table_dir(scope, &file.dataset_id).join("parts");
        let path = folder.join(format!("{}-{stem}", file.batch_id));
        if tokio::fs::try_exists(&path).await.unwrap_or_default() {
            return Ok(path);
        }
        let made = tokio::fs::create_dir_all(&folder).await;
        made.map_err(|source| LakeError::Io { path: folder.clone(), source })?;
        let broken = |why: String| LakeError::Unreadable(why);
        let _turn = self.previews.acquire().await.map_err(|error| broken(error.to_string()))?;
        let table = self.open_table(&file.dataset_id).await.map_err(|error| match error {
            RunError::Lake(error) => error,
            other => broken(other.to_string()),
        })?;
        let job = RewriteJob {
            name: format!("part-{}", random_hex(8)),
            goes: Goes::AllBut(file.batch_id.clone()),
            files: vec![local_path(&file.path)],
            schema: Lake::schema_json(table.metadata().current_schema())?,
            data_dir: folder,
            memory_bytes: self.settings.worker_memory_bytes,
        };
        let intents = PartIntents { engine: self, dataset_id: &file.dataset_id };
        let _at_work = self.tally.worker();
        let done = stage::rewrite(&self.settings.worker_exe, job, &intents).await;
        let done = done.map_err(|error| broken(error.to_string()))?.pop();
        let Some((_, Some(part))) = done else {
            return Err(broken(format!("`{}` has no rows of batch `{}`, or no others", file.path, file.batch_id)));
        };
        if i64::try_from(part.records) != Ok(file.records) {
            return Err(broken(format!("`{}` has {} rows of batch `{}`", file.path, part.records, file.batch_id)));
        }
        intents.add(&file_url(&path)).await.map_err(|error| LakeError::Intent(error.into()))?;
        let renamed = tokio::fs::rename(local_path(&part.path), &path).await;
        match renamed {
            // Another reader has made it, and the collector has been here already: both are as good.
            Err(error) if error.kind() != ErrorKind::NotFound => Err(LakeError::Io { path, source: error }),
            _ => Ok(path),
        }
    }
}

/// Notes parts for the collector. No run writes them: it deletes them when they are old.
struct PartIntents<'a> {
    engine: &'a Engine,
    dataset_id: &'a str,
}

impl PartIntents<'_> {
    async fn add(&self, path: &str) -> Result<(), StoreError> {
        let mut tx = self.engine.store.write().await?;
        match tx.add_intent(path, self.dataset_id, "", 0, DATA_INTENT).await {
            // It was made before.
            Err(StoreError::Taken { .. }) => tx.rollback().await,
            added => {
                added?;
                tx.commit().await
            }
        }
    }
}

#[async_trait]
impl Intents for PartIntents<'_> {
    async fn announce(&self, path: &str) -> Result<(), BoxError> {
        Ok(self.add(path).await?)
    }
}
