//! Catalog: datasets and batches. Answers are maps keyed by id.

pub(super) mod batches;
mod change;
pub(super) mod datasets;
mod files;
mod last_batches;
mod selection;

use lakehead_model::access::Permission::{ManageDatasets, ViewDatasets};

use super::openapi::parameters::{Kind, Parameter};
use super::routes::{Doc, Service};
pub(super) use change::is_only_checked;

/// Base path of the service.
pub(super) const BASE: &str = "/data/foundation/catalog";

const LIST: &[Parameter] = &[
    Parameter::new("limit", Kind::Integer(1, 100), "Most resources of one answer."),
    Parameter::new("start", Kind::Integer(0, 1_000_000_000), "Resources to leave out."),
    Parameter::new("orderBy", Kind::Text, "Such as `desc:created`."),
    Parameter::new(
        "property",
        Kind::Texts,
        "Such as `name~^x`, `name~(?i)crm` for any case, `created>5` or `!description`; all have to hold.",
    ),
    Parameter::new("tags", Kind::Text, "Such as `key:value,other:*`; all have to be there."),
    Parameter::new("properties", Kind::Text, "Members to show, separated by commas."),
];
const FILES: &[Parameter] = &[
    Parameter::new("dataSetId", Kind::Text, "Id of the dataset."),
    Parameter::new("batchId", Kind::Text, "Id of the batch."),
];
const LAST: &[Parameter] = &[Parameter::new("dataSetId", Kind::Text, "Ids of datasets, separated by commas.")];
const BATCHES: &[Parameter] = &[
    Parameter::new("batch", Kind::Text, "Id of a batch."),
    Parameter::new("dataSet", Kind::Text, "Id of the dataset."),
    Parameter::new("status", Kind::Text, "Status of a batch."),
    Parameter::new("createdAfter", Kind::Integer(0, i64::MAX), "Epoch milliseconds."),
    Parameter::new("createdBefore", Kind::Integer(0, i64::MAX), "Epoch milliseconds."),
];

/// Every route of the Catalog, relative to [`BASE`].
pub(super) fn routes() -> Service {
    let changed = |id, summary| {
        Doc::new(id, summary)
            .needs(ManageDatasets)
            .notes("`If-Match` takes the version in `E-Tag`; `Pragma: validate-only` only checks.")
            .body("DataSetChange")
            .answers(200, "References")
    };
    let list = |id, summary| Doc::new(id, summary).needs(ViewDatasets).query(LIST).answers(200, "ById");
    Service::new(BASE, "Catalog")
        .get("/dataSets", datasets::list, list("listDataSets", "List datasets"))
        .create(
            "/dataSets",
            datasets::create,
            Doc::new("createDataSet", "Make a dataset and its table")
                .needs(ManageDatasets)
                .body("DataSetCreate")
                .answers(201, "References"),
        )
        .get("/dataSets/{id}", datasets::get, list("getDataSet", "Show a dataset"))
        .put("/dataSets/{id}", change::put, changed("replaceDataSet", "Replace what clients set of a dataset"))
        .patch("/dataSets/{id}", change::patch, changed("updateDataSet", "Change a dataset by a merge or a JSON Patch"))
        .patch("/v2/dataSets/{id}", change::patch, changed("updateDataSetV2", "Change a dataset by a deep merge"))
        .get("/dataSets/{id}/views", files::views_of, list("listViewsOfDataSet", "List the view of a dataset"))
        .get("/dataSets/{id}/views/{view}", files::views_of, list("getViewOfDataSet", "Show the view of a dataset"))
        .get(
            "/dataSets/{id}/views/{view}/files",
            files::files_of_view,
            list("listFilesOfView", "List the files of a dataset"),
        )
        .get("/dataSetViews", files::views, list("listDataSetViews", "List the views of all datasets"))
        .get(
            "/dataSetFiles",
            files::list,
            list("listDataSetFiles", "List the files of a dataset or a batch").query(FILES),
        )
        .get("/lastBatches", last_batches::list, list("listLastBatches", "Show how the last batches went").query(LAST))
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
