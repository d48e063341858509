//! Runs that change what has landed: rows of a batch are taken out of the table, or read again and put in place of those
//! that are there.

use serde_json::{Value, json};

use crate::invalid::{Invalid, excerpt};

/// Slot of a run that takes rows out, followed by its id.
pub const UNDO_SLOT: &str = "undo:";
/// Slot of a run that reads rows again, followed by its id.
pub const REDO_SLOT: &str = "redo:";
/// Where the stored parameters of a run hold what it changes.
const MEMBER: &str = "change";

/// What a run changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whether the rows are read again.
    pub redo: bool,
    /// The batch that has the rows.
    pub batch_id: String,
    /// The one source object that it is about; `None` is all of the batch.
    pub object: Option<ObjectPath>,
    /// The version of the mapping set that they are read with; `None` is that of the flow.
    pub mapping_version: Option<i64>,
}

/// Where a source object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPath {
    /// Bucket or container.
    pub container: String,
    /// Key in there.
    pub key: String,
}

impl ObjectPath {
    /// Reads `/bucket/key`, as runs show it.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let parts = text.strip_prefix('/').unwrap_or(text).split_once('/');
        let whole = |part: &(&str, &str)| !part.0.is_empty() && !part.1.is_empty() && !text.contains('\0');
        let (container, key) = parts.filter(whole).ok_or_else(|| {
            let why = format!("`{}` is no path of a file; give it as the run shows it, bucket first", excerpt(text));
            Invalid::value("path", &why)
        })?;
        Ok(Self { container: container.to_owned(), key: key.to_owned() })
    }

    /// The path as runs show it.
    pub fn shown(&self) -> String {
        format!("/{}/{}", self.container, self.key)
    }
}

impl Change {
    /// The slot of the run `run_id` that makes this change.
    pub fn slot(&self, run_id: &str) -> String {
        format!("{}{run_id}", if self.redo { REDO_SLOT } else { UNDO_SLOT })
    }

    /// Notes the change in the stored parameters of its run.
    pub fn put(&self, params: &mut Value) {
        params[MEMBER] = json!({
            "batchId": self.batch_id,
            "container": self.object.as_ref().map(|object| &object.container),
            "key": self.object.as_ref().map(|object| &object.key),
            "mappingVersion": self.mapping_version,
        });
    }

    /// What the run of this slot with these stored parameters changes; `None` for runs that only bring something.
    pub fn of(slot: &str, params: &Value) -> Option<Self> {
        let redo = slot.starts_with(REDO_SLOT);
        if !redo && !slot.starts_with(UNDO_SLOT) {
            return None;
        }
        let noted = &params[MEMBER];
        let text = |name: &str| noted[name].as_str().map(str::to_owned);
        Some(Self {
            redo,
            // A batch without a name is not found, so that a damaged run fails and never becomes one that brings something.
            batch_id: text("batchId").unwrap_or_default(),
            object: text("container").zip(text("key")).map(|(container, key)| ObjectPath { container, key }),
            mapping_version: noted["mappingVersion"].as_i64(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_read_as_it_was_noted() {
        let object = ObjectPath::parse("/bucket/a/b.csv").unwrap();
        assert_eq!((object.container.as_str(), object.key.as_str()), ("bucket", "a/b.csv"));
        for (redo, object, mapping_version) in [(false, None, None), (true, Some(object), Some(3))] {
            let change = Change { redo, batch_id: "b".into(), object, mapping_version };
            let mut params = json!({"windowStartTime": 1});
            change.put(&mut params);
            assert_eq!(Change::of(&change.slot("r"), &params), Some(change));
            assert_eq!(Change::of("demand:r", &params), None);
        }
        assert!(ObjectPath::parse("/bucket").is_err() && ObjectPath::parse("").is_err());
    }
}
