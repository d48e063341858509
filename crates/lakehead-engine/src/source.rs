//! Where the rows of a run come from, and on whose account it goes.

use std::path::PathBuf;

use lakehead_connect::connector::{ConnectError, Connector, Found, Selection};
use lakehead_connect::login::Login;
use lakehead_connect::net::Net;
use lakehead_connect::uploads;
use lakehead_model::flow::Flow;
use lakehead_model::plan::PlannedObject;
use lakehead_store::BatchRow;
use tokio::sync::mpsc;

use crate::worker::protocol::SourceAccess;

/// What a run is a run of.
pub(crate) enum Origin {
    /// A flow; each run makes a batch.
    Flow(Box<Flow>),
    /// A batch that a client made and uploaded files into.
    Upload(Box<BatchRow>),
}

/// Where the objects of a run are.
pub(crate) enum Source {
    /// In a system that a connector reads.
    Connector {
        /// How it is spoken to.
        connector: &'static dyn Connector,
        /// Credentials.
        login: Login,
        /// What is read.
        selection: Selection,
    },
    /// In the lake's own folder of uploads.
    Uploads {
        /// Folder of the batch.
        folder: PathBuf,
        /// Its files.
        objects: Vec<PlannedObject>,
    },
}

impl Source {
    /// Sends everything that is selected.
    pub(crate) async fn list(&self, net: &Net, found: mpsc::Sender<Found>) -> Result<(), ConnectError> {
        match self {
            Self::Connector { connector, login, selection } => connector.list(login, selection, net, found).await,
            Self::Uploads { objects, .. } => {
                // Whoever does not receive any more knows why.
                let _ = found.send(Found::Objects(objects.clone())).await;
                Ok(())
            }
        }
    }

    /// A planned object as it is now; `None` where it is gone.
    pub(crate) async fn current(
        &self,
        net: &Net,
        object: &PlannedObject,
    ) -> Result<Option<PlannedObject>, ConnectError> {
        match self {
            Self::Connector { connector, login, .. } => {
                connector.current(login, &object.container, &object.key, net).await
            }
            Self::Uploads { .. } => Ok(Some(object.clone())),
        }
    }

    /// What the worker needs to open it.
    pub(crate) fn access(&self, net: &Net) -> Result<SourceAccess, ConnectError> {
        match self {
            Self::Connector { connector, login, .. } => source_access(connector.spec_id(), login, net),
            Self::Uploads { folder, .. } => source_access(uploads::SPEC_ID, &uploads::login(folder), net),
        }
    }
}

/// A login in the form that goes through the worker's pipe, secrets included.
pub(crate) fn source_access(spec_id: &str, login: &Login, net: &Net) -> Result<SourceAccess, ConnectError> {
    Ok(SourceAccess { spec_id: spec_id.to_owned(), login: login.to_wire()?, egress: net.policy().clone() })
}
