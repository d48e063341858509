//! Columns and first rows of a source file, for explore. The bytes are decoded in a worker process.

use lakehead_connect::connector::{ConnectError, EntryKind, Selection};
use lakehead_connect::connectors;
use lakehead_connect::format::Preview;
use lakehead_connect::login::Login;
use lakehead_model::format::DataFormat;

use crate::Engine;
use crate::context::source_access;
use crate::stage::{self, StageError};
use crate::worker::protocol::PreviewJob;

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
    /// The worker process could not be run.
    #[error(transparent)]
    Worker(StageError),
}

pub(crate) async fn preview(
    engine: &Engine,
    spec_id: &str,
    login: &Login,
    path: &str,
    format: &DataFormat,
    limit: usize,
) -> Result<Preview, PreviewError> {
    let Some(connector) = connectors::by_spec_id(spec_id) else {
        return Err(ConnectError::bad_request("this connection has no files").into());
    };
    let selection = Selection { kind: Some(EntryKind::File), ..Selection::of(path) };
    let object = connector.list(login, &selection, &engine.net).await?.into_iter().next();
    let Some(object) = object else {
        return Err(ConnectError::bad_request(format!("`{path}` names no file")).into());
    };
    let key = object.key.clone();
    let job = PreviewJob {
        source: source_access(spec_id, login, &engine.net)?,
        object,
        format: format.clone(),
        limit,
        memory_bytes: engine.settings.worker_memory_bytes,
    };
    match stage::preview(&engine.settings.worker_exe, job).await {
        Ok(preview) => Ok(preview),
        Err(StageError::File { message, .. }) => Err(PreviewError::File { key, message }),
        Err(error) => Err(PreviewError::Worker(error)),
    }
}
