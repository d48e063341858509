//! The states of connections and flows, and the note of what was done to one last.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::patch::Operation;
use crate::time::EpochMs;

/// The state of a connection, source connection, target connection or flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// Incomplete and at rest; made complete by publishing.
    Draft,
    /// In use.
    Enabled,
    /// At rest: no scheduled run happens.
    Disabled,
}

impl State {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }
}

/// The `lastOperation` member of a flow: finished when it is stored, because nothing here is asynchronous.
pub fn last_operation(operation: &str, patch: &[Operation], now_ms: EpochMs) -> Value {
    let ops: Vec<_> =
        patch.iter().map(|step| json!({"op": step.verb.as_str(), "path": step.path(), "value": step.value})).collect();
    json!({
        "started": now_ms, "updated": now_ms, "percentCompleted": 100.0,
        "status": {"value": "completed", "properties": null, "errors": []},
        "ops": ops, "operation": operation,
    })
}
