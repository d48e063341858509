//! Why runs end without landing, and which of it anybody may read.

use lakehead_connect::connector::ConnectError;
use lakehead_store::StoreError;

use crate::lake::LakeError;
use crate::schemas::SchemaError;
use crate::stage::StageError;

/// Why a run ends without landing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// Another process holds the run now: say nothing, change nothing.
    #[error("the run was taken over")]
    Fenced,
    /// The server stops: the run is left for the next holder.
    #[error("the server stops")]
    Stopping,
    /// The source cannot be read.
    #[error(transparent)]
    Source(#[from] ConnectError),
    /// What the flow refers to cannot be used.
    #[error("{0}")]
    Unusable(String),
    /// The worker could not be run.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// The lake's files failed.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<SchemaError> for RunError {
    fn from(error: SchemaError) -> Self {
        match error {
            SchemaError::Store(error) => Self::Store(error),
            SchemaError::Xdm(error) => Self::Unusable(error.to_string()),
        }
    }
}

impl RunError {
    /// The code that the run shows: nothing was copied from the source, or the landing failed.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Source(_) | Self::Unusable(_) => "CONNECTOR-1001-500",
            _ => "CONNECTOR-2001-500",
        }
    }

    /// The id of the activity in which it happened.
    pub(crate) fn activity(&self) -> &'static str {
        match self {
            Self::Source(_) | Self::Unusable(_) => "copyActivity",
            _ => "promotionActivity",
        }
    }

    /// Whether it was the metastore that failed, for now: the run is neither done nor failed.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Store(error) => error.may_pass(),
            Self::Stage(StageError::Intent(error)) | Self::Lake(LakeError::Intent(error)) => {
                error.downcast_ref::<StoreError>().is_some_and(StoreError::may_pass)
            }
            _ => false,
        }
    }

    /// The text that the run shows. What broke inside the server is for its log.
    pub(crate) fn public(&self) -> String {
        match self {
            Self::Source(error) => error.public.clone(),
            Self::Unusable(text) => text.clone(),
            Self::Stage(error) => error.to_string(),
            Self::Fenced | Self::Stopping => self.to_string(),
            Self::Lake(_) | Self::Store(_) => "the lake or the metastore failed; the server's log says how".to_owned(),
        }
    }
}
