//! Data Prep: mapping sets, the language of their calculated fields, and what only they know of sources.

mod checks;
mod languages;
mod mapper;
pub(super) mod mapping_check;
mod mapping_sets;
mod mappings;
mod query;
mod suggestion;

use lakehead_model::access::Permission::{ManageSources, ViewSources};
use lakehead_model::mapper::{SampleContent, SchemaContent};

use super::openapi::parameters::{Kind, Parameter, WINDOW};
use super::routes::{Doc, Service};

/// Base path of the service.
pub(super) const BASE: &str = "/data/foundation/conversion";

const VERSION: &[Parameter] =
    &[Parameter::new("version", Kind::Integer(0, i64::MAX), "The newest where nothing is said.")];
const EXPAND: &[Parameter] = &[Parameter::new(
    "expandSchema",
    Kind::Flag,
    "`true` shows the target schema, resolved, in `outputSchema.jsonSchema`.",
)];
const VALIDATE: &[Parameter] = &[Parameter::new(
    "validate",
    Kind::Flag,
    "`false` stores mappings without holding them against the schema; a flow will not take them as long as they do not fit.",
)];
const LIST: &[Parameter] = &[
    Parameter::new("name", Kind::Text, "Only sets of this name."),
    Parameter::new(
        "orderBy",
        Kind::Text,
        "`createdDate` or `updatedDate`; `+` before it is ascending, `-` descending. What changed last comes first where nothing is said.",
    ),
    Parameter::new("property", Kind::Texts, "A condition: `xdmSchema==…`, `status==…` or `name==…`."),
];
const SUGGESTION: &[Parameter] = &[
    Parameter::new("datasetId", Kind::Text, "The dataset that is mapped to."),
    Parameter::new("xdmSchema", Kind::Text, "The schema that is mapped to, where its dataset is yet to be made."),
    Parameter::new("batchId", Kind::Text, "A batch whose columns are mapped: those of its dataset's schema."),
    Parameter::new("sampleId", Kind::Text, "A sample whose columns are mapped, in place of a batch."),
    Parameter::new("schemaId", Kind::Text, "A schema of Data Prep whose columns are mapped, in place of a batch."),
    Parameter::new("excludeUnmapped", Kind::Flag, "`true` leaves out columns that are like no field."),
];

/// Every route of Data Prep, relative to [`BASE`].
pub(super) fn routes() -> Service {
    of_mapper(of_mappings(of_sets(of_language(Service::new(BASE, "Data Prep")))))
}

const fn view(id: &'static str, summary: &'static str) -> Doc {
    let mut doc = Doc::new(id, summary);
    doc.access = super::routes::Access::Needs(ViewSources);
    doc
}

const fn manage(id: &'static str, summary: &'static str) -> Doc {
    let mut doc = Doc::new(id, summary);
    doc.access = super::routes::Access::Needs(ManageSources);
    doc
}

fn of_language(service: Service) -> Service {
    service
        .get(
            "/languages/el/functions",
            languages::list_functions,
            view("listMappingSetFunctions", "List the functions of calculated fields").answers(200, "Functions"),
        )
        .get(
            "/languages/el/operators",
            languages::list_operators,
            view("listMappingSetOperators", "List the operators of calculated fields").answers(200, "Operators"),
        )
        .post(
            "/languages/el/validate",
            languages::validate,
            view("validateExpression", "Say whether a calculated field can be computed")
                .body("ExpressionCheck")
                .answers(200, "ExpressionResult"),
        )
}

fn of_sets(service: Service) -> Service {
    service
        .get(
            "/mappingSets",
            mapping_sets::list,
            view("listMappingSets", "List mapping sets")
                .query(WINDOW)
                .query(LIST)
                .query(EXPAND)
                .answers(200, "DataList"),
        )
        .create(
            "/mappingSets",
            mapping_sets::create,
            manage("createMappingSet", "Make a mapping set")
                .query(VALIDATE)
                .body("MappingSetCreate")
                .answers(200, "MappingSet"),
        )
        .post(
            "/mappingSets/validate",
            checks::validate,
            view("validateMappingSet", "Look for mistakes in a mapping set without storing it")
                .body("MappingSetCreate")
                .answers(200, "MappingSetValidation"),
        )
        .post(
            "/mappingSets/preview",
            checks::preview,
            view("previewMappingSet", "Show what a mapping set makes of a few rows")
                .body("MappingSetPreviewRequest")
                .answers(200, "MappingSetPreview"),
        )
        .get(
            "/mappingSets/suggestion",
            suggestion::get,
            view("suggestMappingSet", "Propose mappings by the names of columns and fields")
                .query(SUGGESTION)
                .answers(200, "MappingSet"),
        )
        .get(
            "/mappingSets/{id}",
            mapping_sets::get,
            view("getMappingSet", "Show a mapping set").query(VERSION).query(EXPAND).answers(200, "MappingSet"),
        )
        .put(
            "/mappingSets/{id}",
            mapping_sets::replace,
            manage("replaceMappingSet", "Make the next version of a mapping set")
                .query(VALIDATE)
                .body("MappingSetCreate")
                .answers(200, "MappingSet"),
        )
        .delete(
            "/mappingSets/{id}",
            mapping_sets::delete,
            manage("deleteMappingSet", "Delete a mapping set that no flow uses, with all versions").answers_nothing(),
        )
}

fn of_mappings(service: Service) -> Service {
    service
        .get(
            "/mappingSets/{id}/mappings",
            mappings::list,
            view("listMappings", "List the rules of a mapping set").query(VERSION).answers(200, "Mappings"),
        )
        .post(
            "/mappingSets/{id}/mappings",
            mappings::add,
            manage("addMapping", "Add a rule to a mapping set").body("Mapping").answers(200, "Mapping"),
        )
        .get(
            "/mappingSets/{id}/mappings/{mappingId}",
            mappings::get,
            view("getMapping", "Show a rule of a mapping set").query(VERSION).answers(200, "Mapping"),
        )
        .put(
            "/mappingSets/{id}/mappings/{mappingId}",
            mappings::replace,
            manage("replaceMapping", "Replace a rule of a mapping set").body("Mapping").answers(200, "Mapping"),
        )
        .delete(
            "/mappingSets/{id}/mappings/{mappingId}",
            mappings::delete,
            manage("deleteMapping", "Take a rule out of a mapping set").answers_nothing(),
        )
}

fn of_mapper(service: Service) -> Service {
    let list = |id, summary| view(id, summary).query(WINDOW).answers(200, "DataList");
    let made = |doc: Doc| doc.answers(200, "MapperResource");
    service
        .get("/schemas", mapper::list::<SchemaContent>, list("listMapperSchemas", "List schemas of Data Prep"))
        .post(
            "/schemas",
            mapper::create::<SchemaContent>,
            made(manage("createMapperSchema", "Keep a schema for mappings").body("MapperSchemaCreate")),
        )
        .post(
            "/schemas/upload",
            mapper::upload::<SchemaContent>,
            made(manage("uploadMapperSchema", "Keep a JSON Schema that is the body").body("MapperFile")),
        )
        .get("/schemas/{id}", mapper::get::<SchemaContent>, made(view("getMapperSchema", "Show a schema of Data Prep")))
        .put(
            "/schemas/{id}",
            mapper::replace::<SchemaContent>,
            made(manage("replaceMapperSchema", "Replace a schema of Data Prep").body("MapperSchemaCreate")),
        )
        .get("/samples", mapper::list::<SampleContent>, list("listMapperSamples", "List samples"))
        .post(
            "/samples",
            mapper::create::<SampleContent>,
            made(manage("createMapperSample", "Keep rows of a source as a sample").body("MapperSampleCreate")),
        )
        .post(
            "/samples/upload",
            mapper::upload::<SampleContent>,
            made(manage("uploadMapperSample", "Keep a sample that is the body").body("MapperFile")),
        )
        .get("/samples/{id}", mapper::get::<SampleContent>, made(view("getMapperSample", "Show a sample")))
        .put(
            "/samples/{id}",
            mapper::replace::<SampleContent>,
            made(manage("replaceMapperSample", "Replace a sample").body("MapperSampleCreate")),
        )
}
