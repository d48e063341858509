//! Schema Registry: standard and tenant resources, raw and resolved, unions, and what is made of resources.

mod audit_log;
mod change;
mod create;
mod descriptors;
mod list;
mod lookup;
mod sample_data;
mod scan;
mod stats;
mod transfer;
mod unions;

use lakehead_model::access::Permission::{ManageSchemas, ViewSchemas};

use super::openapi::parameters::{Kind, Parameter};
use super::routes::{Doc, Service};

/// Base path of the service.
pub(super) const BASE: &str = "/data/foundation/schemaregistry";

const ACCEPT: Parameter = Parameter::new("Accept", Kind::Text, "Such as `application/vnd.adobe.xed+json; version=1`.");
const FILTER: &[Parameter] = &[Parameter::new(
    "property",
    Kind::Texts,
    "A filter such as `meta:class==https://ns.adobe.com/xdm/context/profile` (operators `==`, `!=`, `<`, `<=`, `>`, `>=`, and `~` with a regular expression, such as `title~(?i)loyalty` for any case; a member alone has to be there; lists are searched; all repetitions must hold).",
)];
const PAGE: &[Parameter] = &[
    Parameter::new("limit", Kind::Integer(0, 500), "Most resources of one page."),
    Parameter::new(
        "start",
        Kind::Text,
        "`_page.next` of the page before; or, with `orderby`, a value of its first member.",
    ),
    Parameter::new(
        "orderby",
        Kind::Text,
        "Members to sort by, separated by commas; `-` before one is descending; `created` and `updated` are times.",
    ),
];

/// Every route of the Schema Registry, relative to [`BASE`].
pub(super) fn routes() -> Service {
    let service = Service::new(BASE, "Schema Registry");
    resources(made_of_resources(descriptors_of_fields(service)))
}

fn made_of_resources(service: Service) -> Service {
    let doc = |id, summary| Doc::new(id, summary).needs(ViewSchemas);
    service
        .get(
            "/tenant/unions",
            unions::list,
            doc("listUnions", "List the unions of enabled schemas")
                .query(FILTER)
                .query(PAGE)
                .header(ACCEPT)
                .answers(200, "XdmList"),
        )
        .get(
            "/tenant/unions/{id}",
            unions::get,
            doc("getUnion", "Show the union of a class").header(ACCEPT).answers(200, "XdmResource"),
        )
        .get(
            "/rpc/sampledata/{id}",
            sample_data::get,
            doc("getSampleData", "Show an object that a schema allows").header(ACCEPT),
        )
        .get(
            "/rpc/export/{id}",
            transfer::export,
            doc("exportXdmResource", "Export a resource and what it needs").answers(200, "XdmExport"),
        )
        .post(
            "/rpc/import",
            transfer::import,
            Doc::new("importXdmResources", "Make the resources of an export, all or none")
                .needs(ManageSchemas)
                .body("XdmExport")
                .answers(200, "XdmExport"),
        )
        .get("/rpc/auditlog/{id}", audit_log::get, doc("getXdmAuditLog", "List the changes of a resource"))
}

fn descriptors_of_fields(service: Service) -> Service {
    let doc = |id, summary| Doc::new(id, summary).needs(ViewSchemas);
    service
        .get(
            "/tenant/descriptors",
            descriptors::list,
            doc("listDescriptors", "List descriptors, by type")
                .notes("The `v2` media types answer pages where `limit` is given.")
                .query(FILTER)
                .query(PAGE)
                .header(ACCEPT),
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
            list::list,
            doc("listXdmResources", "List schemas, classes, field groups or data types")
                .query(FILTER)
                .query(PAGE)
                .header(ACCEPT)
                .answers(200, "XdmList"),
        )
        .create(
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
                .notes("A JSON Patch. A schema that a dataset uses keeps its fields and may get more.")
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
