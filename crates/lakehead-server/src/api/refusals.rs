//! Failures of the layers below as answers: who has to act decides the code.

use lakehead_connect::connector::{ConnectError, ConnectErrorKind};
use lakehead_engine::lake::LakeError;
use lakehead_engine::schemas::SchemaError;
use lakehead_model::Invalid;
use lakehead_model::xdm::XdmError;

use super::problem::{Problem, shorten};
use crate::access::administer::Refusal;

impl Problem {
    /// Credentials that were to be proved, and were not. Whatever the reason, the request is not accepted.
    pub(crate) fn bad_connection(error: &ConnectError) -> Self {
        Self::new("FLOW-1100-400", format!("the connection could not be verified: {}", error.public))
            .with("provider-code", provider_code(error.kind))
    }

    /// Something that a flow still uses.
    pub(crate) fn in_use(what: &str, id: &str, flow: &str) -> Self {
        Self::new("FLOW-1447-400", format!("{what} `{id}` is used by flow `{flow}`; delete the flow first"))
    }
}

impl From<ConnectError> for Problem {
    fn from(error: ConnectError) -> Self {
        Self::from_provider(provider_code(error.kind), format!("the source answered: {}", error.public))
    }
}

fn provider_code(kind: ConnectErrorKind) -> &'static str {
    match kind {
        ConnectErrorKind::Auth => "CONNECTOR-1001-401",
        ConnectErrorKind::NotFound => "CONNECTOR-1003-404",
        ConnectErrorKind::Throttled => "CONNECTOR-1011-503",
        ConnectErrorKind::Unsupported => "CONNECTOR-1302-400",
        ConnectErrorKind::Unreachable
        | ConnectErrorKind::Refused
        | ConnectErrorKind::BadData
        | ConnectErrorKind::BadRequest => "CONNECTOR-1000-400",
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Store(error) => error.into(),
            Refusal::Invalid(invalid) => invalid.into(),
        }
    }
}

impl From<LakeError> for Problem {
    fn from(error: LakeError) -> Self {
        Self::internal(&error)
    }
}

impl From<SchemaError> for Problem {
    fn from(error: SchemaError) -> Self {
        match error {
            SchemaError::Store(error) => error.into(),
            SchemaError::Xdm(error) => error.into(),
        }
    }
}

impl From<XdmError> for Problem {
    fn from(error: XdmError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<lakehead_engine::verify::VerifyError> for Problem {
    fn from(error: lakehead_engine::verify::VerifyError) -> Self {
        use lakehead_engine::verify::VerifyError;
        match error {
            VerifyError::Source(error) => error.into(),
            VerifyError::Unusable(message) => Self::new("FLOW-1100-400", message),
            VerifyError::Busy | VerifyError::Moving => Self::new("FLOW-1103-503", error.to_string()),
            VerifyError::Store(error) => error.into(),
            VerifyError::Lake(error) => Self::internal(&error),
            VerifyError::Worker(error) => Self::internal(&error),
        }
    }
}

impl From<lakehead_engine::preview::PreviewError> for Problem {
    fn from(error: lakehead_engine::preview::PreviewError) -> Self {
        use lakehead_engine::preview::PreviewError;
        match error {
            PreviewError::Source(error) => error.into(),
            PreviewError::File { key, message } => {
                let key = shorten(&key);
                Invalid::new("CONNECTOR-1375-400", format!("file `{key}` cannot be previewed: {message}")).into()
            }
            PreviewError::Busy => Self::new("FLOW-1103-503", error.to_string()),
            PreviewError::Worker(error) => Self::internal(&error),
        }
    }
}
