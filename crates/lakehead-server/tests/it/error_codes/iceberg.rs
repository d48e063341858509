//! Requests that the Iceberg REST catalog refuses.

use serde_json::json;

use super::bench::Bench;
use super::case::Case;

pub(super) fn cases(_: &Bench) -> Vec<Case> {
    let tables = "/iceberg/v1/prod/namespaces/datasets/tables";
    let new = json!({"name": "x", "schema": {}});
    vec![
        Case::get("ICEBERG-1001-400", format!("{tables}?pageSize=none")),
        Case::get("ICEBERG-1001-400", format!("{tables}/x?snapshots=some")),
        Case::post("ICEBERG-1002-406", tables, new.clone()),
        Case::post("ICEBERG-1002-406", format!("{tables}/customers"), json!({"updates": []})),
        Case::delete("ICEBERG-1002-406", format!("{tables}/customers")),
        Case::post("ICEBERG-1002-406", "/iceberg/v1/prod/transactions/commit", json!({})),
        Case::post("ICEBERG-1002-406", "/iceberg/v1/prod/namespaces", new),
        Case::get("ICEBERG-1404-404", "/iceberg/v1/config?warehouse=nowhere"),
        Case::get("ICEBERG-1404-404", "/iceberg/v1/nowhere/namespaces"),
        Case::get("ICEBERG-1405-404", "/iceberg/v1/prod/namespaces/others"),
        Case::get("ICEBERG-1405-404", "/iceberg/v1/prod/namespaces/datasets%1Fothers/tables"),
        Case::get("ICEBERG-1405-404", "/iceberg/v1/prod/namespaces?parent=others"),
        Case::get("ICEBERG-1406-404", format!("{tables}/no_such_table")),
        // As Spark asks for the snapshots of a table: another answer would be the end of its query.
        Case::get("ICEBERG-1406-404", "/iceberg/v1/prod/namespaces/datasets%1Fcustomers/tables/snapshots"),
        Case::get("ICEBERG-1406-404", format!("{tables}/no_such_table/credentials")),
        Case::post("ICEBERG-1406-404", format!("{tables}/no_such_table/metrics"), json!({})),
    ]
}
