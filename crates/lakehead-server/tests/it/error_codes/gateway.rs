//! Requests that fail before any service looks at them, and paths, methods and bodies that no service has.

use serde_json::json;

use super::bench::Bench;
use super::case::Case;
use crate::harness::client::FLOW_SERVICE;

/// Came with another request before.
pub(super) const KEY: &str = "a key of the tests";

pub(super) fn cases(bench: &Bench) -> Vec<Case> {
    let connections = format!("{FLOW_SERVICE}/connections");
    let get = |code| Case::get(code, &connections);
    vec![
        get("GATEWAY-403010-403").without("authorization"),
        get("GATEWAY-401013-401").header("authorization", "Bearer nonsense"),
        get("GATEWAY-401013-401").header("authorization", "Basic nonsense"),
        get("GATEWAY-403000-403").without("x-api-key"),
        get("GATEWAY-403003-403").header("x-api-key", "nobody"),
        get("GATEWAY-400003-400").without("x-gw-ims-org-id"),
        get("GATEWAY-403025-403").header("x-gw-ims-org-id", "00000000000000000000FFFF@AdobeOrg"),
        get("FLOW-2100-404").header("x-sandbox-name", "no-such-sandbox"),
        Case::get("PLATFORM-1000-404", "/nowhere"),
        Case::get("PLATFORM-1000-404", format!("{FLOW_SERVICE}/nowhere")),
        Case::get("PLATFORM-1000-404", format!("{connections}/a%00b")),
        Case::put("PLATFORM-1001-405", &connections, json!({})),
        Case::post("PLATFORM-1002-400", &connections, json!({"name": "x"})).header("content-type", "text/plain"),
        Case::act("PLATFORM-1003-413", &connections).text(" ".repeat(10 * 1024 * 1024 + 1)),
        Case::post(
            "PLATFORM-1007-422",
            format!("{FLOW_SERVICE}/connections"),
            bench.connection("s3AccessKey", "other"),
        )
        .header("idempotency-key", KEY),
        Case::act("PLATFORM-1003-413", "/ims/token/v3").text(" ".repeat(10 * 1024 * 1024 + 1)),
    ]
}
