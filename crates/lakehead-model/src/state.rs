//! The states of connections and flows, and the note of what was done to one last.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::invalid::{Invalid, excerpt};
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

/// How strictly a resource is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everything that it needs must be there.
    Complete,
    /// Parts may be missing until it is published; what is there must be of the right shape.
    Draft,
}

impl Mode {
    /// Reads the query parameter `mode`. Codes: `FLOW-1452-400` another mode than `draft`.
    pub fn parse(text: Option<&str>) -> Result<Self, Invalid> {
        match text.map(str::trim) {
            None | Some("") => Ok(Self::Complete),
            Some(text) if text.eq_ignore_ascii_case("draft") => Ok(Self::Draft),
            Some(text) => {
                let message = format!("`mode` `{}` is unknown: use `draft`, or leave it out", excerpt(text));
                Err(Invalid::new("FLOW-1452-400", message))
            }
        }
    }

    /// The state of a new resource.
    pub const fn state(self) -> State {
        match self {
            Self::Complete => State::Enabled,
            Self::Draft => State::Draft,
        }
    }
}

impl State {
    /// How strictly a resource in this state is checked when it changes.
    pub const fn mode(self) -> Mode {
        match self {
            Self::Draft => Mode::Draft,
            Self::Enabled | Self::Disabled => Mode::Complete,
        }
    }

    /// Refuses to publish what is no draft: `FLOW-1422-400`.
    pub fn check_publishable(self) -> Result<(), Invalid> {
        if self == Self::Draft {
            return Ok(());
        }
        let message = format!("`publish` is not applicable in state `{}`: it is for drafts", self.as_str());
        Err(Invalid::new("FLOW-1422-400", message))
    }

    /// Refuses what rests on a draft: `FLOW-1444-400`. `what` and `id` name the draft.
    pub fn check_not_draft(self, what: &str, id: &str) -> Result<(), Invalid> {
        if self != Self::Draft {
            return Ok(());
        }
        Err(Invalid::new("FLOW-1444-400", format!("{what} `{id}` is a draft: publish it first")))
    }

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }
}

/// The `lastOperation` member of a flow or connection: finished when it is stored, because nothing here is asynchronous.
pub fn last_operation(operation: &str, patch: &[Operation], now_ms: EpochMs) -> Value {
    let ops: Vec<_> =
        patch.iter().map(|step| json!({"op": step.verb.as_str(), "path": step.path(), "value": step.value})).collect();
    json!({
        "started": now_ms, "updated": now_ms, "percentCompleted": 100.0,
        "status": {"value": "completed", "properties": null, "errors": []},
        "ops": ops, "operation": operation,
    })
}
