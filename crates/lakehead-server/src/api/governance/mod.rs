//! Data governance: labels of the Policy Service and of the Dataset Service, and identity namespaces.

pub(super) mod dataset_labels;
pub(super) mod labels;
mod namespaces;

use lakehead_model::access::Permission::{ManageDatasets, ManageSchemas, ViewDatasets, ViewSchemas};

use super::openapi::parameters::{FILTER, IF_MATCH, WINDOW};
use super::routes::{Doc, Service};

/// Base path of the Policy Service.
const POLICY: &str = "/data/foundation/dulepolicy";
/// Base path of the Dataset Service.
const DATASET: &str = "/data/foundation/dataset";
/// Base path of identity namespaces.
const NAMESPACES: &str = "/data/core/idnamespace";

/// Labels that data can have.
pub(super) fn policy() -> Service {
    let list = |id, summary| Doc::new(id, summary).needs(ViewSchemas).query(WINDOW).query(FILTER);
    let one = |id, summary| Doc::new(id, summary).needs(ViewSchemas).answers(200, "DataLabel");
    Service::new(POLICY, "Policy Service")
        .get(
            "/labels/core",
            labels::list_core,
            list("listCoreLabels", "List core labels").answers(200, "DataLabelList"),
        )
        .get("/labels/core/{name}", labels::get_core, one("getCoreLabel", "Show a core label"))
        .get(
            "/labels/custom",
            labels::list_custom,
            list("listCustomLabels", "List the labels of the sandbox").answers(200, "DataLabelList"),
        )
        .get("/labels/custom/{name}", labels::get_custom, one("getCustomLabel", "Show a label of the sandbox"))
        .put(
            "/labels/custom/{name}",
            labels::put_custom,
            Doc::new("putCustomLabel", "Make or replace a label of the sandbox")
                .notes("201 where it is new, 200 where it is replaced.")
                .needs(ManageSchemas)
                .body("DataLabel")
                .answers(200, "DataLabel"),
        )
}

/// Labels of datasets.
pub(super) fn datasets() -> Service {
    let path = "/datasets/{id}/labels";
    Service::new(DATASET, "Dataset Service")
        .get(
            path,
            dataset_labels::get,
            Doc::new("getDatasetLabels", "Show the labels of a dataset")
                .notes("Their version is in the header `etag`.")
                .needs(ViewDatasets),
        )
        .post(
            path,
            dataset_labels::create,
            Doc::new("createDatasetLabels", "Give labels to a dataset that has none")
                .needs(ManageDatasets)
                .body("DatasetLabels")
                .answers(201, "Any"),
        )
        .put(
            path,
            dataset_labels::replace,
            Doc::new("replaceDatasetLabels", "Replace the labels of a dataset")
                .needs(ManageDatasets)
                .header(IF_MATCH)
                .body("DatasetLabels"),
        )
}

/// Identity namespaces.
pub(super) fn namespaces() -> Service {
    let doc = |id, summary| Doc::new(id, summary).needs(ViewSchemas);
    Service::new(NAMESPACES, "Identity namespaces")
        .get("/identities", namespaces::list, doc("listNamespaces", "List identity namespaces"))
        .post(
            "/identities",
            namespaces::create,
            Doc::new("createNamespace", "Make an identity namespace; it cannot be deleted")
                .needs(ManageSchemas)
                .body("IdentityNamespace")
                .answers(201, "IdentityNamespace"),
        )
        .get(
            "/identities/{id}",
            namespaces::get,
            doc("getNamespace", "Show an identity namespace").answers(200, "IdentityNamespace"),
        )
        .put(
            "/identities/{id}",
            namespaces::replace,
            Doc::new("updateNamespace", "Change name and description of an identity namespace")
                .needs(ManageSchemas)
                .body("IdentityNamespace")
                .answers(200, "IdentityNamespace"),
        )
}
