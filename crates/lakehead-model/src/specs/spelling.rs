//! Spellings of parameters that published schemas and published samples do not agree on.

use serde_json::Value;

use crate::body::Object;

/// Names that mean the same. The one that the schema declares counts.
const SAME: &[&[&str]] =
    &[&["userid", "userId"], &["username", "userName"], &["clientID", "clientId"], &["project", "projectId"]];

/// The parameters under the names that `schema` declares; all others are kept as they are.
pub fn declared_names(schema: &Value, params: &Object) -> Object {
    let declares = |name: &str| schema["properties"].get(name).is_some();
    let other_spelling = |name: &str| -> Option<&'static str> {
        let group = SAME.iter().find(|group| group.contains(&name))?;
        group.iter().copied().find(|other| declares(other) && !params.contains_key(*other))
    };
    let rename = |name: &String| match other_spelling(name) {
        Some(other) if !declares(name) => other.to_owned(),
        _ => name.clone(),
    };
    params.iter().map(|(name, value)| (rename(name), value.clone())).collect()
}
