//! Columns and first rows of a source file, for explore, and mappings tried on a few rows. Both in a worker process.

use std::path::Path;
use std::time::Duration;

use lakehead_connect::connector::{ConnectError, ConnectErrorKind, EntryKind, Selection, list_all};
use lakehead_connect::connectors;
use lakehead_connect::format::{CODE_COPY, Preview};
use lakehead_connect::login::Login;
use lakehead_connect::pgp::SignerKey;
use lakehead_connect::uploads;
use lakehead_model::format::DataFormat;
use lakehead_model::mapping::Rule;
use lakehead_model::plan::PlannedObject;
use lakehead_model::xdm::Field;
use lakehead_store::UploadRow;
use tokio::time::timeout;

use crate::Engine;
use crate::context::planned;
use crate::map::trial::Tried;
use crate::source::source_access;
use crate::stage::{self, StageError};
use crate::worker::protocol::{PreviewJob, PublicKeyJob, SourceAccess, TrialJob};

/// Worker processes for previews at the same time; each may take as much memory as one of a run.
pub(crate) const AT_A_TIME: usize = 4;
/// Longest time a preview waits for the others.
const PATIENCE: Duration = Duration::from_secs(20);

/// What of a file is to be shown.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Most rows.
    pub limit: usize,
    /// Whether it is to be said how many rows the whole file has.
    pub counts: bool,
}

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// The source does not give the file.
    #[error(transparent)]
    Source(#[from] ConnectError),
    /// The file is not what it is declared to be.
    #[error("file `{key}` cannot be previewed: {message}")]
    File {
        /// The file.
        key: String,
        /// What is wrong with it and what to do.
        message: String,
    },
    /// Too many files are being read for others.
    #[error("too many files are being previewed at the moment; retry")]
    Busy,
    /// The worker process could not be run.
    #[error(transparent)]
    Worker(StageError),
}

/// Why a mapping cannot be tried, or a key not be read.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The rows or the key cannot be read, or need more than a trial may take.
    #[error("{0}")]
    Rows(String),
    /// Too many others are being served.
    #[error("too many mappings and keys are being tried at the moment; retry")]
    Busy,
    /// The worker process could not be run.
    #[error(transparent)]
    Worker(StageError),
}

/// Reads a public key in a worker process: it is what a stranger has sent.
pub(crate) async fn public_key(engine: &Engine, key: String) -> Result<SignerKey, TrialError> {
    let job = PublicKeyJob { key, memory_bytes: engine.settings.worker_memory_bytes };
    let Ok(Ok(_turn)) = timeout(PATIENCE, engine.previews.acquire()).await else { return Err(TrialError::Busy) };
    let _at_work = engine.tally.worker();
    stage::public_key(&engine.settings.worker_exe, job).await.map_err(TrialError::of)
}

/// Maps rows in a worker process: what they make of a calculation is as little known as what is in a file.
pub(crate) async fn trial(
    engine: &Engine,
    rows: String,
    rules: Vec<Rule>,
    fields: Vec<Field>,
    now_ms: i64,
) -> Result<Vec<Tried>, TrialError> {
    let job = TrialJob { rows, rules, fields, now_ms, memory_bytes: engine.settings.worker_memory_bytes };
    let Ok(Ok(_turn)) = timeout(PATIENCE, engine.previews.acquire()).await else { return Err(TrialError::Busy) };
    let _at_work = engine.tally.worker();
    stage::trial(&engine.settings.worker_exe, job).await.map_err(TrialError::of)
}

impl TrialError {
    fn of(error: StageError) -> Self {
        match error {
            StageError::File { message, .. } | StageError::Fatal(message) => Self::Rows(message),
            other => Self::Worker(other),
        }
    }
}

pub(crate) async fn preview(
    engine: &Engine,
    spec_id: &str,
    login: &Login,
    path: &str,
    format: Option<DataFormat>,
    wanted: Wanted,
) -> Result<Preview, PreviewError> {
    let Some(connector) = connectors::by_spec_id(spec_id) else {
        return Err(ConnectError::bad_request("this connection has no files").into());
    };
    let selection = Selection { kind: Some(EntryKind::File), ..Selection::of(path) };
    let object = list_all(connector, login, &selection, &engine.net).await?.into_iter().next();
    let Some(object) = object else {
        return Err(ConnectError::bad_request(format!("`{path}` names no file")).into());
    };
    let source = source_access(spec_id, login, &engine.net)?;
    show(engine, source, object, format, wanted).await
}

/// Columns and first rows of a file that was uploaded into the batch with this folder.
pub(crate) async fn preview_upload(
    engine: &Engine,
    folder: &Path,
    upload: &UploadRow,
    format: DataFormat,
    limit: usize,
) -> Result<Preview, PreviewError> {
    let source = source_access(uploads::SPEC_ID, &uploads::login(folder), &engine.net)?;
    show(engine, source, planned(upload), Some(format), Wanted { limit, counts: false }).await
}

async fn show(
    engine: &Engine,
    source: SourceAccess,
    object: PlannedObject,
    format: Option<DataFormat>,
    Wanted { limit, counts }: Wanted,
) -> Result<Preview, PreviewError> {
    let key = object.key.clone();
    let job = PreviewJob { source, object, format, limit, counts, memory_bytes: engine.settings.worker_memory_bytes };
    let Ok(Ok(_turn)) = timeout(PATIENCE, engine.previews.acquire()).await else { return Err(PreviewError::Busy) };
    let _at_work = engine.tally.worker();
    match stage::preview(&engine.settings.worker_exe, job).await {
        Ok(preview) => Ok(preview),
        Err(StageError::File { code, message }) if code == CODE_COPY => {
            Err(ConnectError::new(ConnectErrorKind::Unreachable, format!("`{key}` cannot be read: {message}")).into())
        }
        Err(StageError::File { message, .. }) => Err(PreviewError::File { key, message }),
        Err(error) => Err(PreviewError::Worker(error)),
    }
}
