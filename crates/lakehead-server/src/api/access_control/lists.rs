//! Pages of access control, and the members of bodies that its resources share.

use lakehead_model::Invalid;
use lakehead_model::invalid::BAD_VALUE;
use serde_json::{Map, Value, json};

use crate::api::body::QueryPairs;
use crate::api::problem::{Answer, Problem, shorten};

/// Items of one page where nothing is said, and the most that can be asked for.
const PAGE: u32 = 100;
/// Texts of one list in a body.
const MAX_TEXTS: usize = 1000;

/// Which part of a list is asked for.
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub(super) start: u32,
    pub(super) limit: u32,
}

impl Window {
    /// Reads `start` and `limit`.
    pub(super) fn read(query: &QueryPairs) -> Answer<Self> {
        let number = |name: &str, default: u32| match query.get(name) {
            None => Ok(default),
            Some(text) => text.trim().parse::<u32>().map_err(|_| {
                let message = format!("`{name}` must be a whole number, not `{}`", shorten(text));
                Problem::new("FLOW-1452-400", message)
            }),
        };
        Ok(Self { start: number("start", 0)?, limit: number("limit", PAGE)?.clamp(1, PAGE) })
    }

    /// The envelope of `items`, which are this part of `total`. `path` is relative to the service.
    pub(super) fn page(self, member: &str, items: Vec<Value>, total: u64, path: &str) -> Value {
        let Self { start, limit } = self;
        let next = u64::from(start) + u64::from(limit);
        let mut links = json!({ "self": { "href": format!("{path}?start={start}&limit={limit}") } });
        if next < total {
            links["next"] = json!({ "href": format!("{path}?start={next}&limit={limit}") });
        }
        let mut page = Map::new();
        page.insert(member.to_owned(), items.into());
        page.insert("_page".to_owned(), json!({ "start": start, "limit": limit, "count": total }));
        page.insert("_links".to_owned(), links);
        page.into()
    }
}

/// A body that cannot be accepted.
pub(super) fn bad(message: impl Into<String>) -> Problem {
    Invalid::new(BAD_VALUE, message).into()
}

/// The members of a body that must be an object.
pub(super) fn object(body: &Value) -> Answer<&Map<String, Value>> {
    body.as_object().ok_or_else(|| bad("the `body` of the request must be a JSON object"))
}

/// A text member, nothing where it is missing or null.
pub(super) fn text<'a>(body: &'a Map<String, Value>, field: &str) -> Answer<Option<&'a str>> {
    match body.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(bad(format!("`{field}` must be a text"))),
    }
}

/// A text member that must be there.
pub(super) fn needed<'a>(body: &'a Map<String, Value>, field: &str) -> Answer<&'a str> {
    text(body, field)?.ok_or_else(|| Invalid::missing(field).into())
}

/// A member that is a list of texts, or one text; nothing where it is missing or null.
pub(super) fn texts(body: &Map<String, Value>, field: &str) -> Answer<Option<Vec<String>>> {
    match body.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => list_of(value, field).map(Some),
    }
}

/// A list of texts, or one text.
pub(super) fn list_of(value: &Value, field: &str) -> Answer<Vec<String>> {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        other => std::slice::from_ref(other),
    };
    if items.len() > MAX_TEXTS {
        return Err(bad(format!("`{field}` must have at most {MAX_TEXTS} entries")));
    }
    let owned = |item: &Value| item.as_str().map(str::to_owned);
    let texts: Option<Vec<String>> = items.iter().map(owned).collect();
    texts.ok_or_else(|| bad(format!("`{field}` must be a list of texts")))
}
