//! Requests that the Policy Service, the Dataset Service and identity namespaces refuse.

use serde_json::json;

use super::bench::Bench;
use super::case::Case;
use crate::harness::tutorial;

const LABELS: &str = "/data/foundation/dulepolicy/labels";
const NAMESPACES: &str = "/data/core/idnamespace/identities";

pub(super) fn cases(bench: &Bench) -> Vec<Case> {
    let own = format!("/data/foundation/dataset/datasets/{}/labels", bench.pipeline.dataset);
    let namespace = |code: &str| json!({"name": "x", "code": code, "idType": "Email"});
    vec![
        Case::put("POLICY-1001-400", format!("{LABELS}/custom/L1"), json!({"name": "L2"})),
        Case::get("POLICY-1002-400", format!("{LABELS}/core?limit=0")),
        Case::get("POLICY-1404-404", format!("{LABELS}/core/C99")),
        Case::get("PES-404", &own),
        Case::put("PES-404", &own, json!({"labels": []})),
        Case::post("PES-400", &own, json!({"labels": ["core/C99"]})),
        Case::post("IDNS-1001-400", NAMESPACES, json!({"name": "x", "code": "x", "idType": "Car"})),
        Case::post("IDNS-1409-409", NAMESPACES, namespace("email")),
        Case::put("IDNS-1003-403", format!("{NAMESPACES}/6"), namespace("Email")),
        Case::get("IDNS-1404-404", format!("{NAMESPACES}/123456789")),
    ]
}

/// Requests about a dataset that has labels.
pub(super) async fn produce(bench: &mut Bench) {
    let own = format!("/data/foundation/dataset/datasets/{}/labels", bench.pipeline.dataset);
    let body = json!({"labels": ["C1"]});
    bench.api.post(&own, &body).await.expect(201);
    let label = json!({"@type": "xdm:descriptorLabel", "xdm:sourceSchema": bench.pipeline.schema, "xdm:sourceVersion": 1,
        "xdm:sourceProperty": "/person/name/lastName", "xdm:labels": ["core/I2"]});
    bench.api.post("/data/foundation/schemaregistry/tenant/descriptors", &label).await.expect(201);
    let flow = tutorial::flow_body(&bench.pipeline, tutorial::NEVER_S);
    let unlabelled = super::bench::client(&bench.lakehead, &bench.api, "service", &["source-manager"]).await;
    let cases = vec![
        Case::post("FLOW-1419-400", "/data/foundation/flowservice/flows", flow).by(&unlabelled),
        Case::post("PES-403", &own, body.clone()),
        Case::put("PES-428", &own, body.clone()),
        Case::put("PES-412", &own, body).header("if-match", "\"stale\""),
    ];
    bench.produce(cases).await;
}
