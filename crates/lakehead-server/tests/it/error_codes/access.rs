//! Callers who lack a permission, headers that are for services, and clients and roles that cannot be changed so.

use serde_json::json;

use super::bench::{Bench, UNKNOWN};
use super::case::Case;
use crate::harness::client::FLOW_SERVICE;

const ADMINISTRATION: &str = "/data/foundation/access-control/administration";

pub(super) fn cases(bench: &Bench) -> Vec<Case> {
    let connections = format!("{FLOW_SERVICE}/connections");
    let list = |code| Case::get(code, &connections);
    vec![
        list("FLOW-2103-404").header("x-sandbox-id", UNKNOWN),
        list("FLOW-2105-400").header("x-sandbox-name", &"x".repeat(300)),
        list("FLOW-2110-400").header("x-sandbox-id", UNKNOWN).by(&bench.user),
        list("FLOW-2111-403").header("x-sandbox-name", "*").by(&bench.user),
        list("FLOW-2112-400").header("x-sandbox-name", "*"),
        list("FLOW-2113-400").header("x-sandbox-name", "*").header("x-sandbox-id", "*"),
        list("FLOW-2118-403").by(&bench.nobody),
        Case::get("FLOW-2120-403", format!("{ADMINISTRATION}/roles")).by(&bench.viewer),
        Case::delete("FLOW-2121-403", format!("{connections}/{}", bench.pipeline.connection)).by(&bench.viewer),
        Case::get("PLATFORM-1004-404", format!("{ADMINISTRATION}/roles/nobody")),
        Case::delete("PLATFORM-1004-404", format!("{ADMINISTRATION}/clients/nobody")),
        Case::delete("PLATFORM-1005-409", format!("{ADMINISTRATION}/roles/administrator")),
        Case::post("CONNECTOR-1304-400", format!("{ADMINISTRATION}/roles"), json!({})),
        Case::post("PLATFORM-1005-409", format!("{ADMINISTRATION}/roles"), json!({"name": "viewer"})),
        Case::get("FLOW-1452-400", format!("{ADMINISTRATION}/users?limit=all")),
        Case::post("CONNECTOR-1312-400", format!("{ADMINISTRATION}/users"), json!({"issuer": "", "subject": "s"})),
    ]
}
