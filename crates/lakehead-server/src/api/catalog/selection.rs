//! What a Catalog list is asked for: conditions on members, an order, a window, and the members to show.

use std::cmp::Ordering;

use lakehead_model::conditions::Conditions;
use serde_json::Value;

use crate::api::body::QueryPairs;
use crate::api::problem::{Answer, Problem, shorten};

/// Objects that are looked through for one answer.
pub(super) const MAX_SEEN: usize = 5_000;
/// Parameters that are no conditions on a member of their name.
const RESERVED: &[&str] = &["limit", "start", "orderBy", "sort", "properties", "property", "tags", "requestDataSource"];

/// The query of one list request.
pub(super) struct Selection {
    conditions: Vec<Condition>,
    tags: Vec<Tag>,
    property: Conditions,
    /// Members that must not be there: `property=!name`.
    absent: Vec<String>,
    order: Vec<(String, bool)>,
    properties: Option<Vec<String>>,
    limit: usize,
    start: usize,
}

/// `member=a,b` (one of them) or `member=!a,b` (none of them); a `*` stands for any text.
struct Condition {
    member: String,
    wanted: bool,
    patterns: Vec<String>,
}

impl Selection {
    /// Reads the query; parameters named in `handled` are left to the caller.
    pub(super) fn parse(query: &QueryPairs, handled: &[&str]) -> Answer<Self> {
        let is_condition = |name: &str| !RESERVED.contains(&name) && !handled.contains(&name);
        Ok(Self {
            conditions: query.0.iter().filter(|(name, _)| is_condition(name)).map(Condition::parse).collect(),
            tags: query.all("tags").flat_map(|text| text.split(',')).map(Tag::parse).collect(),
            absent: query.all("property").filter_map(|text| text.strip_prefix('!')).map(str::to_owned).collect(),
            property: Conditions::parse(query.all("property").filter(|text| !text.starts_with('!')))
                .map_err(|error| Problem::new("CATALOG-1002-400", error.message))?,
            order: query.get("orderBy").or_else(|| query.get("sort")).map(parse_order).transpose()?.unwrap_or_default(),
            properties: query
                .get("properties")
                .map(|names| names.split(',').map(|name| name.trim().to_owned()).collect()),
            limit: number(query, "limit", 20, 1, 100)?,
            start: number(query, "start", 0, 0, 1_000_000)?,
        })
    }

    /// Whether an object meets every condition.
    pub(super) fn matches(&self, object: &Value) -> bool {
        self.conditions.iter().all(|condition| condition.matches(object))
            && self.tags.iter().all(|tag| tag.matches(object))
            && self.property.matches(object)
            && self.absent.iter().all(|name| object[name.as_str()].is_null())
    }

    /// Whether `found` matches out of `seen` objects, newest first, are enough for the answer.
    pub(super) fn is_satisfied(&self, found: usize, seen: usize) -> bool {
        seen >= MAX_SEEN || (self.newest_first() && self.has_enough(found))
    }

    /// Whether that many matches fill the window.
    pub(super) fn has_enough(&self, found: usize) -> bool {
        found >= self.start + self.limit
    }

    /// The matches in the order and the window asked for.
    pub(super) fn window<T>(&self, mut found: Vec<(Value, T)>) -> Vec<(Value, T)> {
        if !self.newest_first() {
            found.sort_by(|(left, _), (right, _)| self.compare(left, right));
        }
        found.into_iter().skip(self.start).take(self.limit).collect()
    }

    /// The object with the members asked for; those that it does not have are missing.
    pub(super) fn shown(&self, mut object: Value) -> Value {
        if let (Some(names), Value::Object(members)) = (&self.properties, &mut object) {
            members.retain(|name, _| names.contains(name));
        }
        object
    }

    fn newest_first(&self) -> bool {
        match self.order.first() {
            None => true,
            Some((member, descending)) => *descending && member == "created",
        }
    }

    fn compare(&self, left: &Value, right: &Value) -> Ordering {
        let by = |(member, descending): &(String, bool)| {
            let (left, right) = (&left[member.as_str()], &right[member.as_str()]);
            let ordering = match (left.as_i64(), right.as_i64()) {
                (Some(left), Some(right)) => left.cmp(&right),
                _ => left.as_str().cmp(&right.as_str()),
            };
            if *descending { ordering.reverse() } else { ordering }
        };
        self.order.iter().map(by).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
    }
}

/// `key:value`: a tag that has to be there, with a value that fits; a `*` stands for any text.
struct Tag {
    key: String,
    value: String,
}

impl Tag {
    fn parse(text: &str) -> Self {
        let (key, value) = text.split_once(':').unwrap_or((text, "*"));
        Self { key: key.trim().to_owned(), value: value.trim().to_owned() }
    }

    fn matches(&self, object: &Value) -> bool {
        let fits = |value: &Value| match value {
            // Values of some tags are written with and without a space after their colon.
            Value::String(text) => like(&self.value, text) || like(&self.value, &text.replace(": ", ":")),
            other => like(&self.value, &other.to_string()),
        };
        match &object["tags"][self.key.as_str()] {
            Value::Null => false,
            Value::Array(values) => values.iter().any(fits),
            value => fits(value),
        }
    }
}

impl Condition {
    fn parse((member, text): &(String, String)) -> Self {
        let (wanted, text) = text.strip_prefix('!').map_or((true, text.as_str()), |rest| (false, rest));
        Self { member: member.clone(), wanted, patterns: text.split(',').map(str::to_owned).collect() }
    }

    fn matches(&self, object: &Value) -> bool {
        let text = match &object[self.member.as_str()] {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        };
        let found = text.is_some_and(|text| {
            let text = canonical(&self.member, &text);
            self.patterns.iter().any(|pattern| like(canonical(&self.member, pattern), text))
        });
        found == self.wanted
    }
}

/// `active` and `success` are one status of a batch under two names, and so are `failed` and `failure`.
fn canonical<'a>(member: &str, text: &'a str) -> &'a str {
    match text {
        "active" if member == "status" => "success",
        "failure" if member == "status" => "failed",
        other => other,
    }
}

/// Whether `text` fits `pattern`, in which `*` stands for any text and `**` for a star.
fn like(pattern: &str, text: &str) -> bool {
    const STAR: &str = "\u{0}";
    let (pattern, text) = (pattern.replace("**", STAR), text.replace('*', STAR));
    let (pattern, text) = (pattern.as_str(), text.as_str());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Reads `asc:name,desc:created`.
fn parse_order(text: &str) -> Answer<Vec<(String, bool)>> {
    let parse = |item: &str| {
        let (direction, member) = item.split_once(':').unwrap_or(("asc", item));
        match direction.trim().to_ascii_lowercase().as_str() {
            "asc" => Ok((member.trim().to_owned(), false)),
            "desc" => Ok((member.trim().to_owned(), true)),
            _ => {
                let item = shorten(item);
                Err(Problem::new("CATALOG-1002-400", format!("`orderBy` `{item}` is not of the form `desc:created`")))
            }
        }
    };
    text.split(',').map(parse).collect()
}

/// A whole number of the query within its limits.
pub(super) fn number(query: &QueryPairs, name: &'static str, default: usize, min: usize, max: usize) -> Answer<usize> {
    let Some(text) = query.get(name) else { return Ok(default) };
    text.trim().parse().ok().filter(|value| (min..=max).contains(value)).ok_or_else(|| {
        let text = shorten(text);
        Problem::new("CATALOG-1002-400", format!("`{name}` `{text}` is not a whole number from {min} to {max}"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn selection(text: &str) -> Selection {
        let pairs = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        Selection::parse(&QueryPairs(pairs), &[]).unwrap()
    }

    #[test]
    fn conditions_are_all_met_and_their_values_are_alternatives() {
        let object = json!({"name": "Customers EU", "status": "success", "recordCount": 5});
        for text in [
            "",
            "name=Customers EU",
            "name=x,Cust*",
            "name=*EU",
            "name=C*rs*",
            "status=active",
            "recordCount=5",
            "name=!x,y",
        ] {
            assert!(selection(text).matches(&object), "{text}");
        }
        for text in
            ["name=Customers", "name=*US", "status=failed", "name=!Cust*", "absent=x", "name=Cust*&status=failed"]
        {
            assert!(!selection(text).matches(&object), "{text}");
        }
    }

    #[test]
    fn tags_and_properties_filter_too() {
        let object = json!({"name": "a*b", "created": 5,
            "tags": {"unifiedProfile": ["enabled: true"], "team": ["crm", "web"], "bare": 5}});
        for text in [
            "tags=unifiedProfile:enabled:true",
            "tags=team:web,unifiedProfile:*",
            "tags=team",
            "tags=bare:5",
            "property=created>4&property=name~^a",
            "property=!description",
            "name=a**b",
        ] {
            assert!(selection(text).matches(&object), "{text}");
        }
        for text in ["tags=team:x", "tags=team:web,other:*", "property=created>5", "property=name==x", "name=a**c"] {
            assert!(!selection(text).matches(&object), "{text}");
        }
    }

    #[test]
    fn order_window_and_members() {
        let found = || {
            vec![
                (json!({"created": 3, "name": "b"}), ()),
                (json!({"created": 2, "name": "c"}), ()),
                (json!({"created": 1, "name": "a"}), ()),
            ]
        };
        let names = |text: &str| -> Vec<String> {
            let selection = selection(text);
            selection
                .window(found())
                .into_iter()
                .map(|(object, ())| object["name"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(names(""), ["b", "c", "a"]);
        assert_eq!(names("orderBy=asc:name&limit=2"), ["a", "b"]);
        assert_eq!(names("orderBy=asc:created&start=1"), ["c", "b"]);
        assert_eq!(selection("properties=name,absent").shown(json!({"name": "b", "created": 3})), json!({"name": "b"}));
    }
}
