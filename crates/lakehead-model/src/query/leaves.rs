//! What of a document is found by its value: every scalar with the path that leads to it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::encode::{self, Rule};

/// Deepest path that is found.
pub(super) const MAX_STEPS: usize = 32;
/// Fields of the root that are the same for all resources of a sandbox.
pub const SCOPE_FIELDS: &[&str] = &["sandboxId", "sandboxName", "imsOrgId"];

/// A path and the encoding of a value that is found there. Lists on the way are looked through: they take no step.
pub type Leaf = (String, String);

/// The text of a path, as the leaves have it.
pub fn path_text(steps: &[String]) -> String {
    encode::bounded(&steps.join("."))
}

/// The distinct leaves of `document`, at most `limit` and one more. Left out are [`SCOPE_FIELDS`], members named in
/// `without`, wherever they are, and what no filter can name.
pub fn leaves(document: &Value, without: &[&str], limit: usize) -> BTreeSet<Leaf> {
    let mut walk = Walk { without, limit, found: BTreeSet::new() };
    if let Value::Object(members) = document {
        for (name, value) in members.iter().filter(|(name, _)| !SCOPE_FIELDS.contains(&name.as_str())) {
            walk.enter(&[], name, value);
        }
    }
    walk.found
}

struct Walk<'a> {
    without: &'a [&'a str],
    limit: usize,
    found: BTreeSet<Leaf>,
}

impl Walk<'_> {
    fn enter(&mut self, way: &[String], name: &str, value: &Value) {
        // A filter separates names by dots and knows no brackets in them.
        let unreachable = name.is_empty() || name.contains(['.', '[', ']']) || way.len() >= MAX_STEPS;
        if !unreachable && !self.without.contains(&name) {
            let way: Vec<String> = way.iter().cloned().chain([name.to_owned()]).collect();
            self.visit(&way, value);
        }
    }

    fn visit(&mut self, way: &[String], value: &Value) {
        if self.found.len() > self.limit {
            return;
        }
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.visit(way, item)),
            Value::Object(members) => members.iter().for_each(|(name, value)| self.enter(way, name, value)),
            _ => {
                let rule = way.last().map_or(Rule::Plain, |name| Rule::of(name));
                if let Some(encoding) = encode::scalar(value, rule) {
                    self.found.insert((path_text(way), encoding));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_take_no_step_and_repeats_count_once() {
        let found = leaves(
            &json!({"ids": ["a", "b", "a", ["c"]], "columns": [{"name": "x", "type": "INT"}, {"name": "y", "type": "int"}],
                "sandboxId": "s", "deep": {"sandboxId": "s", "message": "long"}, "empty": {}, "none": [], "a.b": 1, "": 2}),
            &["message"],
            100,
        );
        let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            paths,
            ["columns.name", "columns.name", "columns.type", "deep.sandboxId", "ids", "ids", "ids"],
            "{found:?}"
        );
    }

    #[test]
    fn hostile_documents_stay_within_the_limits() {
        let wide = json!({"a": (0..10_000).collect::<Vec<_>>()});
        assert_eq!(leaves(&wide, &[], 4000).len(), 4001);
        let mut deep = json!(1);
        for _ in 0..100 {
            deep = json!({"a": deep});
        }
        assert_eq!(leaves(&deep, &[], 10).len(), 0);
        assert_eq!(leaves(&json!([1]), &[], 10).len(), 0);
        let long = leaves(&json!({"x".repeat(100_000): "\0"}), &[], 10);
        assert!(long.iter().all(|(path, value)| path.len() < 300 && !value.contains('\0')));
    }
}
