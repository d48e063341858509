//! The envelope of every Data Access list.

use serde_json::{Value, json};

use crate::api::body::QueryPairs;
use crate::api::problem::{Answer, Problem, shorten};

/// Items in one page, and the most that can be asked for.
const PAGE: usize = 100;

/// What `start` and `limit` choose of a list.
#[derive(Clone, Copy)]
pub(super) struct Window {
    start: usize,
    limit: usize,
}

impl Window {
    /// The items that are chosen.
    pub(super) fn of<T>(self, all: &[T]) -> impl Iterator<Item = &T> {
        all.iter().skip(self.start).take(self.limit)
    }
}

/// Reads `start` and `limit`.
pub(super) fn window(query: &QueryPairs) -> Answer<Window> {
    let number = |name: &'static str, default: usize| match query.get(name) {
        None => Ok(default),
        Some(text) => text
            .trim()
            .parse::<usize>()
            .map_err(|_| Problem::new("DAS-1001-400", format!("`{name}` `{}` is not a whole number", shorten(text)))),
    };
    Ok(Window { limit: number("limit", PAGE)?.clamp(1, PAGE), start: number("start", 0)? })
}

/// The chosen items of a list of `count`, with links to the other pages of `url`.
pub(super) fn page(data: Vec<Value>, count: usize, Window { start, limit }: Window, url: &str) -> Value {
    let next = start.saturating_add(limit);
    let mut links = json!({ "page": { "href": format!("{url}?start={{start}}&limit={{limit}}"), "templated": true } });
    if next < count {
        links["next"] = json!({ "href": format!("{url}?start={next}&limit={limit}") });
    }
    let mut page = envelope(data, limit, count);
    page["_links"] = links;
    page
}

/// A whole list in one page.
pub(super) fn whole(all: Vec<Value>) -> Value {
    let count = all.len();
    envelope(all.into_iter().take(PAGE).collect(), PAGE, count)
}

fn envelope(data: Vec<Value>, limit: usize, count: usize) -> Value {
    let mut page = json!({ "data": [], "_page": { "limit": limit, "count": count } });
    page["data"] = Value::Array(data);
    page
}

/// An entry of a directory.
pub(super) fn entry(name: &str, length: u64, href: &str) -> Value {
    json!({ "name": name, "length": length.to_string(), "_links": { "self": { "href": href } } })
}
