//! The integration tests: the real binary, real HTTP, real S3 servers, real databases. `cargo xtask test` starts what
//! they need; a part that is missing is skipped with a line that says so, and with `CI=true` it is a failure.
#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

mod access;
mod actions;
mod bad_input;
mod batch_ingestion;
mod broken_connections;
mod calculated_fields;
mod catalog;
mod contract;
mod data_plane;
mod data_prep;
mod discovery;
mod drafts;
mod encrypted;
mod error_codes;
mod exactly_once;
mod explore;
mod formats;
mod harness;
mod iceberg_rest;
mod isolation;
mod labels;
mod lists;
mod maintenance;
mod metrics;
mod openapi;
mod registry;
mod repeatable;
mod run_control;
mod sandbox_management;
mod schemathesis;
mod secrets;
mod sloppy_clients;
mod spec_catalogue;
mod tutorial_s3;
mod ui;
mod undo_redo;
mod verify;
