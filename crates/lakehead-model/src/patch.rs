//! JSON Patch as the Flow Service takes it: `add`, `replace` and `remove` on an allow-list of paths.
//!
//! A patch applies as a whole or not at all: it works on a copy.

use std::fmt;

use serde_json::Value;

use crate::body;
use crate::invalid::{Invalid, excerpt};

/// Most operations in one request.
const MAX_OPERATIONS: usize = 100;
/// Most steps of one path.
const MAX_STEPS: usize = 32;

/// What an [`Operation`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Sets a member, or inserts into a list.
    Add,
    /// Sets what is there already.
    Replace,
    /// Takes away what is there.
    Remove,
}

/// One step of a patch.
#[derive(Clone, PartialEq)]
pub struct Operation {
    /// What to do.
    pub verb: Verb,
    /// Names on the way, escapes resolved.
    pub steps: Vec<String>,
    /// The new value; `Null` for `remove`.
    pub value: Value,
}

impl fmt::Debug for Operation {
    /// Without the value: it may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb.as_str(), self.path())
    }
}

impl Verb {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Replace => "replace",
            Self::Remove => "remove",
        }
    }
}

impl Operation {
    /// The path as text.
    pub fn path(&self) -> String {
        self.steps.iter().flat_map(|step| ["/".to_owned(), step.replace('~', "~0").replace('/', "~1")]).collect()
    }
}

/// Reads a patch: an array of operations or a single one. Codes: `FLOW-1405-400` empty, `FLOW-1434-400` an operation
/// that is not supported, `FLOW-1455-400` a part of an operation is missing.
pub fn parse(body: &Value) -> Result<Vec<Operation>, Invalid> {
    let items = match body {
        Value::Array(items) => items.as_slice(),
        Value::Object(_) => std::slice::from_ref(body),
        _ => &[],
    };
    if items.is_empty() || body.as_object().is_some_and(serde_json::Map::is_empty) {
        let message = "the patch is empty: send a list of `{\"op\", \"path\", \"value\"}`";
        return Err(Invalid::new("FLOW-1405-400", message));
    }
    if items.len() > MAX_OPERATIONS {
        return Err(incomplete(format!("the patch has more than {MAX_OPERATIONS} operations: send fewer at a time")));
    }
    items.iter().map(parse_operation).collect()
}

fn incomplete(message: String) -> Invalid {
    Invalid::new("FLOW-1455-400", message)
}

fn parse_operation(item: &Value) -> Result<Operation, Invalid> {
    let item = item.as_object().ok_or_else(|| {
        incomplete("an operation of the patch is not an object: send `{\"op\", \"path\", \"value\"}`".into())
    })?;
    let verb = match item.get("op").and_then(Value::as_str) {
        None => return Err(incomplete("`op` is missing: use `add`, `replace` or `remove`".into())),
        Some(op) => [Verb::Add, Verb::Replace, Verb::Remove]
            .into_iter()
            .find(|verb| verb.as_str().eq_ignore_ascii_case(op.trim()))
            .ok_or_else(|| {
                let message = format!("`op` `{}` is not supported: use `add`, `replace` or `remove`", excerpt(op));
                Invalid::new("FLOW-1434-400", message)
            })?,
    };
    let path = item
        .get("path")
        .and_then(Value::as_str)
        .ok_or_else(|| incomplete("`path` is missing: give a path such as `/name`".into()))?;
    let value = match (verb, item.get("value")) {
        (Verb::Remove, _) => Value::Null,
        (_, Some(value)) => value.clone(),
        (_, None) => {
            return Err(incomplete(format!("`value` is missing for `{}` of `{}`", verb.as_str(), excerpt(path))));
        }
    };
    body::check_extent(&value, "value", 64)?;
    Ok(Operation { verb, steps: parse_path(path)?, value })
}

fn parse_path(path: &str) -> Result<Vec<String>, Invalid> {
    let bad = || incomplete(format!("`path` `{}` is not a path such as `/name`", excerpt(path)));
    let steps: Vec<String> = path
        .strip_prefix('/')
        .ok_or_else(bad)?
        .split('/')
        .map(|step| step.replace("~1", "/").replace("~0", "~"))
        .collect();
    if steps.len() > MAX_STEPS || steps.iter().all(String::is_empty) {
        return Err(bad());
    }
    Ok(steps)
}

/// Whether one of `allowed` covers `operation`: `/name` is that path only, `/params/**` is `/params` and all below.
fn is_allowed(operation: &Operation, allowed: &[&str]) -> bool {
    let path = operation.path();
    allowed.iter().any(|pattern| match pattern.strip_suffix("/**") {
        Some(root) => path == root || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/')),
        None => path == *pattern,
    })
}

/// `document` with all `operations` applied in order. A path outside `allowed` is `CONNECTOR-1365-400`, one that
/// leads nowhere `FLOW-1455-400`; the connection spec has a code of its own, `FLOW-1414-400`.
pub fn apply(document: &Value, operations: &[Operation], allowed: &[&str]) -> Result<Value, Invalid> {
    let mut patched = document.clone();
    for operation in operations {
        if !is_allowed(operation, allowed) {
            return Err(not_patchable(operation, allowed));
        }
        step(&mut patched, operation)?;
    }
    Ok(patched)
}

fn not_patchable(operation: &Operation, allowed: &[&str]) -> Invalid {
    if operation.steps[0] == "connectionSpec" {
        return Invalid::new("FLOW-1414-400", "`/connectionSpec` cannot be changed: make a new connection");
    }
    let choices: Vec<_> = allowed.iter().map(|path| format!("`{}`", path.trim_end_matches("/**"))).collect();
    let message = format!("`path` `{}` cannot be changed: choose {}", excerpt(&operation.path()), choices.join(", "));
    Invalid::new("CONNECTOR-1365-400", message)
}

fn step(document: &mut Value, operation: &Operation) -> Result<(), Invalid> {
    let nowhere = || {
        incomplete(format!(
            "`path` `{}` leads nowhere in this resource: read it and use a path that exists",
            excerpt(&operation.path())
        ))
    };
    let (last, parents) = operation.steps.split_last().ok_or_else(nowhere)?;
    let mut parent = document;
    for name in parents {
        parent = match parent {
            Value::Object(members) => members.get_mut(name),
            Value::Array(items) => index(name, items.len()).and_then(|at| items.get_mut(at)),
            _ => None,
        }
        .ok_or_else(nowhere)?;
    }
    match (parent, operation.verb) {
        (Value::Object(members), Verb::Add) => drop(members.insert(last.clone(), operation.value.clone())),
        (Value::Object(members), Verb::Replace) => {
            *members.get_mut(last).ok_or_else(nowhere)? = operation.value.clone();
        }
        (Value::Object(members), Verb::Remove) => drop(members.shift_remove(last).ok_or_else(nowhere)?),
        (Value::Array(items), Verb::Add) => {
            let at = if last == "-" { Some(items.len()) } else { index(last, items.len() + 1) };
            items.insert(at.ok_or_else(nowhere)?, operation.value.clone());
        }
        (Value::Array(items), Verb::Replace) => {
            let at = index(last, items.len()).ok_or_else(nowhere)?;
            items[at] = operation.value.clone();
        }
        (Value::Array(items), Verb::Remove) => drop(items.remove(index(last, items.len()).ok_or_else(nowhere)?)),
        _ => return Err(nowhere()),
    }
    Ok(())
}

fn index(text: &str, length: usize) -> Option<usize> {
    let plain = text == "0" || (!text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit()));
    text.parse().ok().filter(|at| plain && *at < length)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ALLOWED: &[&str] = &["/name", "/params/**", "/list/**"];

    fn patch(document: &Value, body: &Value) -> Result<Value, Invalid> {
        apply(document, &parse(body)?, ALLOWED)
    }

    #[test]
    fn operations_apply_in_order_and_case_does_not_matter() {
        let before = json!({"name": "a", "params": {"x": 1}, "list": [1, 2]});
        let after = patch(
            &before,
            &json!([
                {"op": "REPLACE", "path": "/name", "value": "b"},
                {"op": "Add", "path": "/params/y", "value": 2},
                {"op": "remove", "path": "/params/x"},
                {"op": "add", "path": "/list/-", "value": 3},
                {"op": "add", "path": "/list/0", "value": 0},
                {"op": "remove", "path": "/list/1", "value": null}
            ]),
        );
        assert_eq!(after.unwrap(), json!({"name": "b", "params": {"y": 2}, "list": [0, 2, 3]}));
        let single = patch(&before, &json!({"op": "replace", "path": "/name", "value": "c"})).unwrap();
        assert_eq!(single["name"], "c");
    }

    #[test]
    fn a_patch_applies_as_a_whole_or_not_at_all() {
        let before = json!({"name": "a", "params": {}});
        let body = json!([{"op": "replace", "path": "/name", "value": "b"}, {"op": "remove", "path": "/params/x"}]);
        assert_eq!(patch(&before, &body).unwrap_err().code, "FLOW-1455-400");
        assert_eq!(before["name"], "a");
    }

    #[test]
    fn each_mistake_has_its_code() {
        let document = json!({"name": "a", "params": {"x": 1}, "list": [1]});
        for (code, body) in [
            ("FLOW-1405-400", json!([])),
            ("FLOW-1405-400", json!({})),
            ("FLOW-1405-400", json!(null)),
            ("FLOW-1405-400", json!("x")),
            ("FLOW-1434-400", json!([{"op": "move", "path": "/name", "from": "/x"}])),
            ("FLOW-1455-400", json!([3])),
            ("FLOW-1455-400", json!([{"op": "add"}])),
            ("FLOW-1455-400", json!([{"op": "add", "path": "/name"}])),
            ("FLOW-1455-400", json!([{"op": 5, "path": "/name"}])),
            ("FLOW-1455-400", json!([{"op": "add", "path": "name", "value": 1}])),
            ("FLOW-1455-400", json!([{"op": "add", "path": "/", "value": 1}])),
            ("FLOW-1455-400", json!([{"op": "replace", "path": "/params/y", "value": 1}])),
            ("FLOW-1455-400", json!([{"op": "replace", "path": "/list/01", "value": 1}])),
            ("FLOW-1455-400", json!([{"op": "replace", "path": "/list/9999999999999999999999", "value": 1}])),
            ("FLOW-1455-400", json!([{"op": "add", "path": "/params/x/y", "value": 1}])),
            ("FLOW-1414-400", json!([{"op": "replace", "path": "/connectionSpec/id", "value": "x"}])),
            ("CONNECTOR-1365-400", json!([{"op": "replace", "path": "/id", "value": "x"}])),
            ("CONNECTOR-1365-400", json!([{"op": "replace", "path": "/name/x", "value": "x"}])),
            ("CONNECTOR-1365-400", json!([{"op": "replace", "path": "/paramsx", "value": "x"}])),
        ] {
            assert_eq!(patch(&document, &body).unwrap_err().code, code, "{body}");
        }
    }

    #[test]
    fn an_operation_does_not_show_its_value() {
        let operations = parse(&json!([{"op": "add", "path": "/params/key", "value": "hunter2"}])).unwrap();
        assert_eq!(format!("{operations:?}"), "[add /params/key]");
    }
}
