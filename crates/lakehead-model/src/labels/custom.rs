//! Labels of a sandbox's own. They are replaced but never removed, so that what refers to them stays right.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::is_custom_name;
use crate::body::{self, Object};
use crate::invalid::excerpt;
use crate::time::EpochMs;
use crate::{Actor, Etag, Invalid, Scope};

/// Code of every broken rule of a label.
const BAD: &str = "POLICY-1001-400";
/// Most custom labels of a sandbox.
pub const MAX_CUSTOM: u64 = 1_000;
/// Longest text of a label for people, characters.
const MAX_TEXT: usize = 1_000;

/// A stored custom label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomLabel {
    /// Its name, unique in the sandbox.
    pub name: String,
    /// Lock value of the metastore.
    pub etag: Etag,
    /// Name for people.
    pub friendly_name: String,
    /// What it says of data.
    pub description: String,
    /// When it was made, epoch milliseconds.
    pub created: EpochMs,
    /// Who made it.
    pub created_by: Actor,
    /// When it was last changed, epoch milliseconds.
    pub updated: EpochMs,
    /// Who changed it last.
    pub updated_by: Actor,
}

/// A request to make or replace a label.
#[derive(Clone, Debug, PartialEq)]
pub struct NewCustomLabel {
    name: String,
    friendly_name: String,
    description: String,
}

impl NewCustomLabel {
    /// Reads the body of a request about the label `name`. Every broken rule is `POLICY-1001-400`.
    pub fn parse(name: &str, body: &Value) -> Result<Self, Invalid> {
        Self::read(name, body).map_err(|error| Invalid { code: BAD, ..error })
    }

    fn read(name: &str, body: &Value) -> Result<Self, Invalid> {
        if !is_custom_name(name) {
            let cure = "1 to 64 letters, digits, `-`, `_` and `.` that do not name a core label are expected";
            return Err(Invalid::value("name", &format!("`{}`: {cure}", excerpt(name))));
        }
        let root = body::root(body)?;
        if body::text(root, "name", "name")? != name {
            return Err(Invalid::value("name", &format!("it is not `{name}`, the name in the path; send the same")));
        }
        match body::opt_text(root, "category", "category")?.as_deref() {
            None | Some("Custom") => {}
            Some(_) => return Err(Invalid::value("category", "`Custom` is expected")),
        }
        let friendly_name = text(root, "friendlyName")?.unwrap_or_else(|| name.to_owned());
        let description = text(root, "description")?.unwrap_or_default();
        Ok(Self { name: name.to_owned(), friendly_name, description })
    }
}

fn text(root: &Object, field: &str) -> Result<Option<String>, Invalid> {
    let text = body::opt_text(root, field, field)?;
    if text.as_ref().is_some_and(|text| text.chars().nth(MAX_TEXT).is_some()) {
        return Err(Invalid::value(field, &format!("at most {MAX_TEXT} characters are allowed")));
    }
    Ok(text)
}

impl CustomLabel {
    /// A new label.
    pub fn new(input: NewCustomLabel, actor: &Actor, now_ms: EpochMs) -> Self {
        let NewCustomLabel { name, friendly_name, description } = input;
        let (created_by, updated_by) = (actor.clone(), actor.clone());
        let etag = Etag::generate();
        Self { name, etag, friendly_name, description, created: now_ms, created_by, updated: now_ms, updated_by }
    }

    /// The same label with other texts.
    #[must_use]
    pub fn replaced(&self, input: NewCustomLabel, actor: &Actor, now_ms: EpochMs) -> Self {
        let made = Self::new(input, actor, now_ms);
        Self { created: self.created, created_by: self.created_by.clone(), ..made }
    }

    /// The form of the API; `href` is its own address.
    pub fn to_wire(&self, scope: &Scope, href: &str) -> Value {
        json!({
            "name": self.name,
            "category": "Custom",
            "friendlyName": self.friendly_name,
            "description": self.description,
            "imsOrg": scope.org,
            "sandboxName": scope.sandbox_name,
            "created": self.created,
            "createdClient": self.created_by.client,
            "createdUser": self.created_by.user,
            "updated": self.updated,
            "updatedClient": self.updated_by.client,
            "updatedUser": self.updated_by.user,
            "_links": { "self": { "href": href } },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(user: &str) -> Actor {
        Actor { user: user.into(), client: "c".into() }
    }

    #[test]
    fn a_replaced_label_remembers_who_made_it() {
        let body = json!({"name": "L1", "category": "Custom", "friendlyName": "Bank", "description": "Accounts."});
        let made = CustomLabel::new(NewCustomLabel::parse("L1", &body).unwrap(), &actor("ann"), 5);
        let other = NewCustomLabel::parse("L1", &json!({"name": "L1"})).unwrap();
        let replaced = made.replaced(other, &actor("bob"), 9);
        let scope = Scope { org: "o".into(), sandbox_id: "s".into(), sandbox_name: "prod".into() };
        let wire = replaced.to_wire(&scope, "http://x/L1");
        assert_eq!((&wire["createdUser"], &wire["created"]), (&json!("ann"), &json!(5)));
        assert_eq!((&wire["updatedUser"], &wire["updated"]), (&json!("bob"), &json!(9)));
        assert_eq!((&wire["friendlyName"], &wire["description"]), (&json!("L1"), &json!("")));
        assert_eq!(wire["_links"]["self"]["href"], "http://x/L1");
        assert_ne!(made.etag, replaced.etag);
    }

    #[test]
    fn each_mistake_names_the_member() {
        let long = "x".repeat(1001);
        for (name, body, word) in [
            ("C1", json!({"name": "C1"}), "`name`"),
            ("a b", json!({"name": "a b"}), "`name`"),
            ("L1", json!({"name": "L2"}), "`name`"),
            ("L1", json!({"category": "Custom"}), "`name`"),
            ("L1", json!([]), "`body`"),
            ("L1", json!({"name": "L1", "category": "Contract"}), "`category`"),
            ("L1", json!({"name": "L1", "friendlyName": {}}), "`friendlyName`"),
            ("L1", json!({"name": "L1", "description": long}), "`description`"),
        ] {
            let error = NewCustomLabel::parse(name, &body).unwrap_err();
            assert!(error.code == BAD && error.message.contains(word), "{error}");
        }
    }
}
