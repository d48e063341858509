//! One mapping of a set: where a value comes from and where it goes.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::BAD_SET;
use crate::body::{self, Object};
use crate::expression;
use crate::mapping::parse_attribute;
use crate::time::EpochMs;
use crate::{Actor, Invalid};

/// Most attributes that a mapping names beside its source.
const MAX_ATTRIBUTES: usize = 1000;
/// Members that are texts, as sent.
const TEXTS: [&str; 4] = ["name", "description", "identityGroup", "namespaceCode"];
/// Members that are `true` or `false`.
const FLAGS: [&str; 2] = ["identity", "primaryIdentity"];

/// One rule as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mapping {
    /// 32 hexadecimal digits; what the client sent until the mapping is stored.
    pub id: String,
    /// Kind of the source.
    pub source_type: SourceType,
    /// Attribute path, text or expression.
    pub source: String,
    /// Field of the target schema.
    pub destination: String,
    /// Members that mean nothing to the mapping itself.
    #[serde(default)]
    pub extra: Object,
    /// When it was made and changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<Stamp>,
}

/// When a mapping was made and changed, and by whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stamp {
    /// Number of changes so far.
    pub version: i64,
    /// When it was made, epoch milliseconds.
    pub created_date: EpochMs,
    /// When it was last changed, epoch milliseconds.
    pub modified_date: EpochMs,
    /// Who made it.
    pub created_by: String,
    /// Who changed it last.
    pub modified_by: String,
}

/// Kind of the source of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SourceType {
    /// A source attribute.
    Attribute,
    /// The same text in every row.
    Static,
    /// A calculated field.
    Expression,
}

impl SourceType {
    fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "attribute" | "text/x.schema-path" => Some(Self::Attribute),
            "static" => Some(Self::Static),
            "expression" | "text/x.aep-xl" => Some(Self::Expression),
            _ => None,
        }
    }

    /// The long name that `GET` shows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Attribute => "text/x.schema-path",
            Self::Static => "STATIC",
            Self::Expression => "text/x.aep-xl",
        }
    }

    /// The short name, which results of transformations show.
    pub const fn short(self) -> &'static str {
        match self {
            Self::Attribute => "ATTRIBUTE",
            Self::Static => "STATIC",
            Self::Expression => "EXPRESSION",
        }
    }
}

impl Stamp {
    pub(super) fn new(actor: &Actor, now_ms: EpochMs) -> Self {
        Self {
            version: 0,
            created_date: now_ms,
            modified_date: now_ms,
            created_by: actor.user.clone(),
            modified_by: actor.user.clone(),
        }
    }

    pub(super) fn next(self, actor: &Actor, now_ms: EpochMs) -> Self {
        Self { version: self.version + 1, modified_date: now_ms, modified_by: actor.user.clone(), ..self }
    }
}

impl Mapping {
    /// Reads a mapping of either dialect. `at` is what stands before the names of its members in messages, such as
    /// `mappings[3].`.
    pub fn parse(item: &Value, at: &str) -> Result<Self, Invalid> {
        Self::read(item, at).map_err(|error| Invalid { code: BAD_SET, ..error })
    }

    fn read(item: &Value, at: &str) -> Result<Self, Invalid> {
        let path = |field: &str| format!("{at}{field}");
        let whole =
            || Invalid::value(if at.is_empty() { "body" } else { at.trim_end_matches('.') }, "an object is expected");
        let item = item.as_object().ok_or_else(whole)?;
        let either = |new: &str, legacy: &str| -> Result<String, Invalid> {
            match body::opt_text(item, new, &path(new))? {
                Some(text) => Ok(text),
                None => body::opt_text(item, legacy, &path(legacy))?.ok_or_else(|| Invalid::missing(&path(new))),
            }
        };
        let source = either("source", "sourceAttribute")?;
        let source_type = match body::opt_text(item, "sourceType", &path("sourceType"))? {
            None => guessed(&source),
            Some(text) => SourceType::parse(&text)
                .ok_or_else(|| Invalid::value(&path("sourceType"), "choose `ATTRIBUTE`, `STATIC` or `EXPRESSION`"))?,
        };
        let mut extra = extra(item, &path)?;
        if source_type == SourceType::Expression
            && !extra.contains_key("expressionAttributes")
            && let Ok(parsed) = expression::parse(&source)
        {
            let attributes: BTreeSet<_> = parsed.attributes().into_iter().map(|path| path.literal).collect();
            extra.insert("expressionAttributes".to_owned(), attributes.into_iter().map(Value::String).collect());
        }
        let id = item.get("id").and_then(Value::as_str).unwrap_or_default().chars().take(64).collect();
        Ok(Self {
            id,
            source_type,
            source,
            destination: either("destination", "destinationXdmPath")?,
            extra,
            stamp: None,
        })
    }

    /// Whether both have the same content.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        self.to_wire() == other.to_wire()
    }
}

/// The older dialect has no kind of source: what is no path but reads as an expression is one.
fn guessed(source: &str) -> SourceType {
    if parse_attribute(source).is_err() && expression::parse(source).is_ok() {
        SourceType::Expression
    } else {
        SourceType::Attribute
    }
}

fn extra(item: &Object, path: &dyn Fn(&str) -> String) -> Result<Object, Invalid> {
    let mut extra = Object::new();
    for field in TEXTS {
        // An explicit null comes back as one.
        if item.contains_key(field) {
            let text = body::opt_text(item, field, &path(field))?;
            extra.insert(field.to_owned(), text.map_or(Value::Null, Value::String));
        }
    }
    for field in FLAGS {
        if let Some(flag) = body::opt_flag(item, field, &path(field))? {
            extra.insert(field.to_owned(), flag.into());
        }
    }
    if let Some(score) = body::member(item, "matchScore") {
        let score =
            body::as_number(score).ok_or_else(|| Invalid::value(&path("matchScore"), "a number is expected"))?;
        extra.insert("matchScore".to_owned(), score.into());
    }
    if let Some(version) = body::member(item, "functionVersion") {
        let version = body::as_integer(version)
            .ok_or_else(|| Invalid::value(&path("functionVersion"), "a whole number is expected"))?;
        extra.insert("functionVersion".to_owned(), version.into());
    }
    if let Some(attributes) = body::member(item, "expressionAttributes") {
        let known =
            attributes.as_array().filter(|list| list.len() <= MAX_ATTRIBUTES && list.iter().all(Value::is_string));
        let known = known
            .ok_or_else(|| Invalid::value(&path("expressionAttributes"), "a list of at most 1000 texts is expected"))?;
        body::check_size(known, &path("expressionAttributes"))?;
        extra.insert("expressionAttributes".to_owned(), known.clone().into());
    }
    Ok(extra)
}
