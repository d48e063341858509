//! Data Prep: mapping sets.

mod languages;
pub(super) mod mapping_check;
mod mapping_sets;

use lakehead_model::access::Permission::{ManageSources, ViewSources};

use super::openapi::parameters::{Kind, Parameter, WINDOW};
use super::routes::{Doc, Service};

/// Base path of the service.
pub(super) const BASE: &str = "/data/foundation/conversion";

const VERSION: &[Parameter] =
    &[Parameter::new("version", Kind::Integer(0, i64::MAX), "The newest where nothing is said.")];

/// Every route of Data Prep, relative to [`BASE`].
pub(super) fn routes() -> Service {
    Service::new(BASE, "Data Prep")
        .get(
            "/languages/el/functions",
            languages::list_functions,
            Doc::new("listMappingSetFunctions", "List the functions of calculated fields")
                .needs(ViewSources)
                .answers(200, "Functions"),
        )
        .get(
            "/mappingSets",
            mapping_sets::list,
            Doc::new("listMappingSets", "List mapping sets").needs(ViewSources).query(WINDOW).answers(200, "DataList"),
        )
        .post(
            "/mappingSets",
            mapping_sets::create,
            Doc::new("createMappingSet", "Make a mapping set")
                .needs(ManageSources)
                .body("MappingSetCreate")
                .answers(200, "MappingSet"),
        )
        .get(
            "/mappingSets/{id}",
            mapping_sets::get,
            Doc::new("getMappingSet", "Show a mapping set")
                .needs(ViewSources)
                .query(VERSION)
                .answers(200, "MappingSet"),
        )
        .get(
            "/mappingSets/{id}/mappings",
            mapping_sets::list_mappings,
            Doc::new("listMappings", "List the rules of a mapping set")
                .needs(ViewSources)
                .query(VERSION)
                .answers(200, "Mappings"),
        )
}
