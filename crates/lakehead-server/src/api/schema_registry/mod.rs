//! Schema Registry: standard and tenant resources, raw and resolved.

mod change;
mod create;
mod descriptors;
mod lookup;
mod stats;

use lakehead_model::access::Permission::{ManageSchemas, ViewSchemas};

use super::openapi::parameters::{FILTER, Kind, Parameter};
use super::routes::{Doc, Service};

/// Base path of the service.
pub(super) const BASE: &str = "/data/foundation/schemaregistry";

const ACCEPT: Parameter = Parameter::new("Accept", Kind::Text, "Such as `application/vnd.adobe.xed+json; version=1`.");
const PAGE: &[Parameter] = &[
    Parameter::new("limit", Kind::Integer(0, 500), "Most resources of one page."),
    Parameter::new("start", Kind::Text, "`_page.next` of the page before."),
    Parameter::new("orderby", Kind::Text, "Members to sort by."),
];

/// Every route of the Schema Registry, relative to [`BASE`].
pub(super) fn routes() -> Service {
    let service = Service::new(BASE, "Schema Registry");
    resources(descriptors_of_fields(service))
}

fn descriptors_of_fields(service: Service) -> Service {
    let doc = |id, summary| Doc::new(id, summary).needs(ViewSchemas);
    service
        .get(
            "/tenant/descriptors",
            descriptors::list,
            doc("listDescriptors", "List descriptors, by type").query(FILTER).header(ACCEPT),
        )
        .post(
            "/tenant/descriptors",
            descriptors::create,
            Doc::new("createDescriptor", "Say something of a field")
                .needs(ManageSchemas)
                .body("Descriptor")
                .answers(201, "Descriptor"),
        )
        .get(
            "/tenant/descriptors/{id}",
            descriptors::get,
            doc("getDescriptor", "Show a descriptor").header(ACCEPT).answers(200, "Descriptor"),
        )
        .put(
            "/tenant/descriptors/{id}",
            descriptors::replace,
            Doc::new("replaceDescriptor", "Replace a descriptor")
                .needs(ManageSchemas)
                .body("Descriptor")
                .answers(201, "Any"),
        )
        .delete(
            "/tenant/descriptors/{id}",
            descriptors::delete,
            Doc::new("deleteDescriptor", "Delete a descriptor").needs(ManageSchemas).answers_nothing(),
        )
}

fn resources(service: Service) -> Service {
    let doc = |id, summary| Doc::new(id, summary).needs(ViewSchemas);
    service
        .get("/stats", stats::stats, doc("getRegistryStats", "Show tenant and counts").answers(200, "XdmStats"))
        .get(
            "/{container}/{kind}",
            lookup::list,
            doc("listXdmResources", "List schemas, classes, field groups or data types")
                .query(FILTER)
                .query(PAGE)
                .header(ACCEPT)
                .answers(200, "XdmList"),
        )
        .post(
            "/{container}/{kind}",
            create::create,
            Doc::new("createXdmResource", "Make a schema, class, field group or data type")
                .needs(ManageSchemas)
                .body("XdmResource")
                .answers(201, "XdmResource"),
        )
        .get(
            "/{container}/{kind}/{id}",
            lookup::get,
            doc("getXdmResource", "Show a schema, class, field group or data type")
                .header(ACCEPT)
                .answers(200, "XdmResource"),
        )
        .put(
            "/{container}/{kind}/{id}",
            change::replace,
            Doc::new("replaceXdmResource", "Replace a schema, class, field group or data type")
                .needs(ManageSchemas)
                .body("XdmResource")
                .answers(200, "XdmResource"),
        )
        .patch(
            "/{container}/{kind}/{id}",
            change::patch,
            Doc::new("updateXdmResource", "Change parts of a schema, class, field group or data type")
                .notes("A JSON Patch. Of a schema that a dataset uses only texts and tags can be changed.")
                .needs(ManageSchemas)
                .body("Patch")
                .answers(200, "XdmResource"),
        )
        .delete(
            "/{container}/{kind}/{id}",
            change::delete,
            Doc::new("deleteXdmResource", "Delete a schema, class, field group or data type that nothing uses")
                .needs(ManageSchemas)
                .answers_nothing(),
        )
}
