//! Batch Ingestion: batches that clients make, upload files into, and complete. A completed batch goes through the same
//! plan, worker and commit as a run of a flow.

mod batches;
mod chunks;
mod files;
mod in_flight;
mod preview;
mod receive;

pub(crate) use in_flight::InFlight;

use axum::extract::Request;
use axum::http::Method;
use lakehead_model::access::Permission::ManageDatasets;

use super::openapi::parameters::{Kind, Parameter};
use super::routes::{Doc, Service};

/// Base path of the service.
pub(super) const BASE: &str = "/data/foundation/import";
const FILE: &str = "/batches/{id}/datasets/{dataset}/files/{*path}";

const ACTION: &[Parameter] =
    &[Parameter::new("action", Kind::Choice(&["COMPLETE", "ABORT", "FAIL", "REVERT"]), "What becomes of the batch.")
        .required()];
const FILE_ACTION: &[Parameter] =
    &[Parameter::new("action", Kind::Choice(&["INITIALIZE", "COMPLETE"]), "Begin or end of a large file.").required()];
const PREVIEW: &[Parameter] = &[
    Parameter::new("format", Kind::Text, "`csv`, `json` or `parquet`; that of the batch where nothing is said."),
    Parameter::new("delimiter", Kind::Text, "Separator of delimited files."),
    Parameter::new("charset", Kind::Text, "Encoding of delimited files."),
    Parameter::new("nrow", Kind::Integer(1, 100), "Most rows."),
];

/// Whether the request brings the bytes of a file, which may take as long as its client's line needs.
pub(super) fn is_upload(request: &Request) -> bool {
    matches!(*request.method(), Method::PUT | Method::PATCH)
        && request.uri().path().strip_prefix(BASE).is_some_and(|path| path.contains("/files/"))
}

/// Every route of Batch Ingestion, relative to [`BASE`].
pub(super) fn routes() -> Service {
    let doc = |id, summary| Doc::new(id, summary).needs(ManageDatasets);
    let create = |id| doc(id, "Make a batch to upload files into").body("BatchCreate").answers(201, "Any");
    Service::new(BASE, "Batch Ingestion")
        .post("/batches", batches::create, create("createBatch"))
        .patch("/batches", batches::create, create("replayBatch").notes("As `POST`; some clients replay batches so."))
        .post(
            "/batches/{id}",
            batches::act,
            doc("actOnBatch", "Complete, abort, fail or revert a batch")
                .notes("A call that is sent twice changes nothing more.")
                .query(ACTION),
        )
        .get(
            "/batches/{id}/datasets/{dataset}/preview",
            preview::show,
            doc("previewBatch", "Show columns and first rows of an uploaded file").query(PREVIEW),
        )
        .put(
            FILE,
            files::put,
            doc("uploadFile", "Upload a file of at most 512 MiB")
                .notes("The same path again replaces the file.")
                .bytes(),
        )
        .post(
            FILE,
            chunks::act,
            doc("actOnLargeFile", "Begin or end a file in pieces").query(FILE_ACTION).answers(201, "Any"),
        )
        .patch(
            FILE,
            chunks::patch,
            doc("uploadPiece", "Upload a piece of a large file")
                .header(Parameter::new("content-range", Kind::Text, "`bytes 0-1023/4096`, ends included.").required())
                .bytes(),
        )
        .get(FILE, chunks::show, doc("showUpload", "Show how much of a file has arrived"))
}
