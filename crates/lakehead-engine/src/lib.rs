//! The data plane: due, claim, plan, read, map, write, commit.
//!
//! Reading order: [`Engine`] (the loop), `scheduler` (due schedules become runs), `runner` (one run from
//! claim to end) with `planning`, `staging` and `landing`, [`stage`] (the supervised worker process), `append` and
//! [`lake`] (Iceberg), `settle` (what the numbers mean: landed or failed). Only this crate names `iceberg`.

pub mod access;
mod append;
mod claim;
mod context;
mod first_rows;
mod gc;
mod growing;
pub use context::{PASS_PHRASE, PRIVATE_KEY};
pub mod labels;
pub mod lake;
mod landing;
pub mod layout;
pub mod maintaining;
pub mod map;
mod parts;
mod planning;
pub mod preview;
mod progress;
pub mod published;
pub mod report;
mod retention;
mod reverting;
mod rewriting;
mod run_error;
mod runner;
mod sandboxes;
mod scheduler;
pub mod schemas;
mod settle;
mod source;
pub mod stage;
mod staged_change;
mod staging;
mod taking;
pub mod tally;
mod undoing;
pub mod verify;
pub mod worker;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lakehead_connect::format::Preview;
use lakehead_connect::login::Login;
use lakehead_connect::net::Net;
use lakehead_connect::pgp::SignerKey;
use lakehead_model::format::DataFormat;
use lakehead_model::mapping::Rule;
use lakehead_model::xdm::Field;
use lakehead_store::{Store, UploadRow};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::lake::{Lake, LakeError};
use crate::map::trial::Tried;
use crate::preview::{PreviewError, TrialError};
use crate::run_error::RunError;
use crate::tally::Tally;

/// Longest time between two looks at the database when nothing wakes the engine.
const POLL: Duration = Duration::from_secs(1);
/// Target of spans that are traces for operators, not context of log lines.
pub const SPANS: &str = "lakehead::spans";

/// How the engine works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder of the lake, absolute.
    pub lake_dir: PathBuf,
    /// The program that answers `worker`.
    pub worker_exe: PathBuf,
    /// Memory limit of a worker process.
    pub worker_memory_bytes: u64,
    /// Runs that may work at the same time in this process.
    pub concurrent_runs: usize,
    /// Runs of one sandbox that may work at the same time, in all processes.
    pub sandbox_runs: usize,
    /// Most files of one run; what a listing finds beyond goes to further runs.
    pub run_files: usize,
    /// A run whose holder shows no life for this long is taken over.
    pub lease_ms: i64,
    /// Time between two collections of files that nobody refers to.
    pub gc_interval: Duration,
    /// Such a file is left alone for this long after its run ended: somebody may be looking at it.
    pub gc_horizon_ms: i64,
    /// How tables are maintained.
    pub maintenance: maintaining::Rules,
    /// How long the audit trail is kept.
    pub audit_retention_ms: i64,
    /// Base of the links in run documents, without a trailing slash.
    pub public_url: String,
}

/// The scheduler and the supervisor of runs. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) store: Store,
    pub(crate) net: Net,
    pub(crate) lake: Lake,
    pub(crate) settings: Arc<Settings>,
    /// This process in leases; another process can never have the same.
    pub(crate) owner: Arc<str>,
    /// Who may start a worker for a preview.
    pub(crate) previews: Arc<Semaphore>,
    /// Who may verify a flow.
    pub(crate) verifications: Arc<Semaphore>,
    pub(crate) tally: Tally,
    wake: Arc<Notify>,
    sandboxes_changed: Arc<Notify>,
}

impl Engine {
    /// An engine that does nothing until [`Engine::run_until_stopped`].
    pub fn new(store: Store, net: Net, settings: Settings) -> Self {
        let lake = Lake::new(settings.lake_dir.clone());
        let owner = lakehead_model::id::random_hex(16);
        let previews = Arc::new(Semaphore::new(preview::AT_A_TIME));
        let verifications = Arc::new(Semaphore::new(verify::AT_A_TIME));
        let (wake, sandboxes_changed) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (settings, owner, tally) = (Arc::new(settings), owner.into(), Tally::default());
        Self { store, net, lake, settings, owner, previews, verifications, tally, wake, sandboxes_changed }
    }

    /// The lake that runs land in.
    pub fn lake(&self) -> &Lake {
        &self.lake
    }

    /// What it has done so far, in numbers.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Looks at the database now instead of at the next poll: a run was asked for.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Looks after sandboxes now instead of at the next poll: one was made, reset or deleted.
    pub fn tend_sandboxes(&self) {
        self.sandboxes_changed.notify_one();
    }

    /// Columns and first rows of a source file, decoded in a worker process. Without a format it is found out.
    pub async fn preview(
        &self,
        spec_id: &str,
        login: &Login,
        path: &str,
        format: Option<DataFormat>,
        wanted: preview::Wanted,
    ) -> Result<Preview, PreviewError> {
        preview::preview(self, spec_id, login, path, format, wanted).await
    }

    /// Columns and first rows of a file that was uploaded into the batch with this folder, decoded in a worker process.
    pub async fn preview_upload(
        &self,
        folder: &Path,
        upload: &UploadRow,
        format: DataFormat,
        limit: usize,
    ) -> Result<Preview, PreviewError> {
        preview::preview_upload(self, folder, upload, format, limit).await
    }

    /// What a mapping makes of rows, which are the text of a JSON array of objects.
    pub async fn try_mapping(
        &self,
        rows: String,
        rules: Vec<Rule>,
        fields: Vec<Field>,
        now_ms: i64,
    ) -> Result<Vec<Tried>, TrialError> {
        preview::trial(self, rows, rules, fields, now_ms).await
    }

    /// What is known of a public key (Base64) that signatures of files are to be checked with.
    pub async fn read_signer_key(&self, key: String) -> Result<SignerKey, TrialError> {
        preview::public_key(self, key).await
    }

    /// The first rows of landed files, as JSON objects.
    pub async fn first_rows(&self, locations: Vec<String>, limit: usize) -> Result<Vec<serde_json::Value>, LakeError> {
        let read = tokio::task::spawn_blocking(move || first_rows::read(&locations, limit));
        read.await.unwrap_or_else(|broken| Err(LakeError::Unreadable(broken.to_string())))
    }

    /// Turns due schedules into runs, executes runs and looks after sandboxes and leftover files until `stop`, then
    /// waits for what is open.
    pub async fn run_until_stopped(self, stop: CancellationToken) {
        let slots = Arc::new(Semaphore::new(self.settings.concurrent_runs));
        let open_runs = TaskTracker::new();
        open_runs.spawn(gc::collect_until_stopped(self.clone(), stop.clone()));
        open_runs.spawn(maintaining::tending::tend_until_stopped(self.clone(), stop.clone()));
        open_runs.spawn(sandboxes::tend_until_stopped(self.clone(), stop.clone()));
        while !stop.is_cancelled() {
            if let Err(error) = scheduler::tick(&self.store, &self.settings.public_url).await {
                tracing::warn!(cause = ?error, "the schedules cannot be read; trying again");
            }
            self.start_claimable_runs(&slots, &open_runs, &stop).await;
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.wake.notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
        open_runs.close();
        open_runs.wait().await;
    }

    /// The table of a dataset as it is now.
    pub(crate) async fn open_table(&self, dataset_id: &str) -> Result<iceberg::table::Table, RunError> {
        let pointer = self.store.read().await?.table_pointer(dataset_id).await?;
        let Some(pointer) = pointer else {
            return Err(RunError::Unusable(format!("dataset `{dataset_id}` has no table: it was deleted")));
        };
        Ok(self.lake.open_table(dataset_id, &pointer.metadata_location).await?)
    }

    async fn start_claimable_runs(&self, slots: &Arc<Semaphore>, open_runs: &TaskTracker, stop: &CancellationToken) {
        while let Ok(slot) = Arc::clone(slots).try_acquire_owned() {
            let claimed = self.store.claim_run(&self.owner, self.settings.lease_ms, self.settings.sandbox_runs).await;
            let run = match claimed {
                Ok(Some(run)) => run,
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(cause = ?error, "no run can be claimed; trying again");
                    return;
                }
            };
            let (engine, stop) = (self.clone(), stop.clone());
            open_runs.spawn(async move {
                // Boxed: the state of a whole run is large.
                Box::pin(runner::execute(&engine, run, &stop)).await;
                drop(slot);
                // The flow may have another run waiting behind this one.
                engine.wake();
            });
        }
    }
}
