//! Requests that the Catalog, Data Prep and Data Access refuse.

use serde_json::json;

use super::bench::Bench;
use super::case::Case;
use crate::harness::client::{CATALOG, DATA_ACCESS, DATA_PREP};

const NOBODY: &str = "000000000000000000000000";

pub(super) fn cases(bench: &Bench) -> Vec<Case> {
    let (datasets, sets) = (format!("{CATALOG}/dataSets"), format!("{DATA_PREP}/mappingSets"));
    let unknown_schema = "https://ns.example.com/nowhere";
    let mapping = |schema: &str| {
        json!({"version": 0, "xdmSchema": schema, "xdmVersion": "1.0", "id": null, "mappings": [
            {"destinationXdmPath": "person.name.shoeSize", "sourceAttribute": "size", "version": 0}]})
    };
    let mapping_id = bench.pipeline.mapping.as_deref().unwrap();
    let meta = format!("{DATA_ACCESS}/batches/{}/meta", bench.batch);
    vec![
        Case::post("CATALOG-1001-400", &datasets, json!({"name": "x"})),
        Case::get("CATALOG-1002-400", format!("{datasets}?limit=0")),
        Case::get("CATALOG-1002-400", format!("{CATALOG}/batches?createdAfter=yesterday")),
        Case::post("CATALOG-1003-400", &datasets, json!({"name": "x", "schemaRef": {"id": unknown_schema}})),
        Case::delete("CATALOG-1004-400", format!("{datasets}/{}", bench.pipeline.dataset)),
        Case::get("CATALOG-1002-400", format!("{datasets}?property=name~(")),
        Case::patch(
            "CATALOG-1404-412",
            format!("{datasets}/{}", bench.pipeline.dataset),
            "9.9.9",
            json!({"name": "x"}),
        ),
        Case::get("CATALOG-1404-404", format!("{datasets}/{NOBODY}")),
        Case::get("CATALOG-1405-404", format!("{CATALOG}/batches/{NOBODY}")),
        Case::post("MAPPER-1001-400", &sets, mapping(&bench.pipeline.schema)),
        Case::post("MAPPER-1001-400", &sets, json!({"mappings": []})),
        Case::post("MAPPER-1002-400", &sets, mapping(unknown_schema)),
        Case::get("MAPPER-1003-400", format!("{sets}?limit=x")),
        Case::delete("MAPPER-1004-400", format!("{sets}/{mapping_id}")),
        Case::post("MAPPER-1005-400", format!("{sets}/preview"), json!({"data": 1})),
        Case::get("MAPPER-1404-404", format!("{sets}/{NOBODY}")),
        Case::get("MAPPER-1405-404", format!("{sets}/{mapping_id}/mappings/{NOBODY}")),
        Case::get("MAPPER-1406-404", format!("{DATA_PREP}/samples/{NOBODY}")),
        Case::get("DAS-1001-400", &meta),
        Case::get("DAS-1001-400", format!("{DATA_ACCESS}/batches/{}/files?limit=x", bench.batch)),
        Case::get("DAS-1002-416", &bench.data_file).header("range", "bytes=99999999-"),
        Case::get("DAS-1404-404", format!("{DATA_ACCESS}/files/{NOBODY}-1")),
        Case::get("DAS-1405-404", format!("{meta}?path=nonsense")),
    ]
}
