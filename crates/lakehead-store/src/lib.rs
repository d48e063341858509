//! The metastore: SQLite (embedded, the default) or PostgreSQL behind one text of each query.
//!
//! [`Store`] opens transactions, [`Tx`] holds the queries, one module per subject. Every query of a resource has
//! organisation and sandbox in its key. [`commit`] is the heart: the one transaction that makes a run visible.
#![warn(missing_docs)]

pub mod accounts;
pub mod audit;
mod backfill;
pub mod batches;
mod claims;
pub mod commit;
pub mod completeness;
mod compose;
mod db;
pub mod documents;
pub mod error;
mod fields;
mod health;
pub mod intents;
pub mod kept_answers;
pub mod keyring;
pub mod kinds;
mod labels;
mod last_run;
pub mod listing;
pub mod maintenance;
pub mod mapping_sets;
pub mod outbox;
pub mod places;
mod plans;
pub mod purge;
pub mod roles;
mod run_changes;
pub mod runs;
pub mod sandboxes;
pub mod schedules;
mod secrets;
pub mod sharing;
pub mod signing_keys;
pub mod store;
pub mod table_names;
pub mod tables;
pub mod taking;
pub mod tenants;
pub mod uploads;
mod writer;

#[cfg(test)]
mod contract;

pub use accounts::{ClientKind, OldSecret, ServiceClient, User};
pub use audit::{AuditFilter, AuditRow};
pub use batches::{BatchRow, DataFileRow};
pub use commit::{Commit, CommitOutcome, FailedRun, LedgerRow, ObjectFailureRow, TableSwap};
pub use completeness::{BatchAccount, FlowPlace, LedgerEntry};
pub use documents::{Document, DocumentKey, DocumentKind, PageKey};
pub use error::{Result, StoreError};
pub use intents::FileIntent;
pub use kept_answers::{KeptAnswer, KeptKey};
pub use keyring::Keyring;
pub use listing::{ListPage, Listed, Listing, Shown};
pub use maintenance::TablePlace;
pub use mapping_sets::MappingSetList;
pub use outbox::Event;
pub use plans::{ObjectFailure, PlanPart};
pub use purge::Purged;
pub use roles::{Role, Subject};
pub use runs::{NewRun, RunRow, RunState};
pub use sandboxes::{Closing, UnfinishedSandbox};
pub use schedules::Schedule;
pub use secrets::SecretUse;
pub use sharing::{Moved, Upkeep};
pub use signing_keys::{NewKey, SigningKey};
pub use store::{Store, Tx};
pub use table_names::NamedTable;
pub use tables::{GrowOutcome, TablePointer};
pub use taking::Taking;
pub use tenants::{Organisation, Sandbox};
pub use uploads::{EndedUploads, UploadRow, UploadTotals};
