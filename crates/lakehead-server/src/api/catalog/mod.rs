//! Catalog: datasets and batches. Answers are maps keyed by id.

pub(super) mod batches;
pub(super) mod datasets;
mod selection;

use lakehead_model::access::Permission::{ManageDatasets, ViewDatasets};

use super::openapi::parameters::{Kind, Parameter};
use super::routes::{Doc, Service};

/// Base path of the service.
pub(super) const BASE: &str = "/data/foundation/catalog";

const LIST: &[Parameter] = &[
    Parameter::new("limit", Kind::Integer(1, 100), "Most resources of one answer."),
    Parameter::new("start", Kind::Integer(0, 1_000_000_000), "Resources to leave out."),
    Parameter::new("orderBy", Kind::Text, "Such as `desc:created`."),
    Parameter::new("properties", Kind::Text, "Members to show, separated by commas."),
];
const BATCHES: &[Parameter] = &[
    Parameter::new("batch", Kind::Text, "Id of a batch."),
    Parameter::new("dataSet", Kind::Text, "Id of the dataset."),
    Parameter::new("status", Kind::Text, "Status of a batch."),
    Parameter::new("createdAfter", Kind::Integer(0, i64::MAX), "Epoch milliseconds."),
    Parameter::new("createdBefore", Kind::Integer(0, i64::MAX), "Epoch milliseconds."),
];

/// Every route of the Catalog, relative to [`BASE`].
pub(super) fn routes() -> Service {
    let list = |id, summary| Doc::new(id, summary).needs(ViewDatasets).query(LIST).answers(200, "ById");
    Service::new(BASE, "Catalog")
        .get("/dataSets", datasets::list, list("listDataSets", "List datasets"))
        .post(
            "/dataSets",
            datasets::create,
            Doc::new("createDataSet", "Make a dataset and its table")
                .needs(ManageDatasets)
                .body("DataSetCreate")
                .answers(201, "References"),
        )
        .get("/dataSets/{id}", datasets::get, list("getDataSet", "Show a dataset"))
        .delete(
            "/dataSets/{id}",
            datasets::delete,
            Doc::new("deleteDataSet", "Delete a dataset; its files stay")
                .needs(ManageDatasets)
                .answers(200, "References"),
        )
        .get("/batches", batches::list, list("listBatches", "List batches").query(BATCHES))
        .get("/batches/{id}", batches::get, list("getBatch", "Show a batch"))
}
