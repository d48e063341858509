//! The envelope of every Data Access list.

use serde_json::{Value, json};

use crate::api::body::QueryPairs;
use crate::api::problem::{Answer, Problem, shorten};

/// Items in one page, and the most that can be asked for.
const PAGE: usize = 100;

/// The items that `start` and `limit` choose, with the total and links to the other pages of `url`.
pub(super) fn page(all: Vec<Value>, query: &QueryPairs, url: &str) -> Answer<Value> {
    let number = |name: &'static str, default: usize| match query.get(name) {
        None => Ok(default),
        Some(text) => text
            .trim()
            .parse::<usize>()
            .map_err(|_| Problem::new("DAS-1001-400", format!("`{name}` `{}` is not a whole number", shorten(text)))),
    };
    let (limit, start) = (number("limit", PAGE)?.clamp(1, PAGE), number("start", 0)?);
    let next = start.saturating_add(limit);
    let mut links = json!({ "page": { "href": format!("{url}?start={{start}}&limit={{limit}}"), "templated": true } });
    if next < all.len() {
        links["next"] = json!({ "href": format!("{url}?start={next}&limit={limit}") });
    }
    let mut page = envelope(all, limit, start);
    page["_links"] = links;
    Ok(page)
}

/// A whole list in one page.
pub(super) fn whole(all: Vec<Value>) -> Value {
    envelope(all, PAGE, 0)
}

fn envelope(all: Vec<Value>, limit: usize, start: usize) -> Value {
    let count = all.len();
    let data: Vec<Value> = all.into_iter().skip(start).take(limit).collect();
    json!({ "data": data, "_page": { "limit": limit, "count": count } })
}

/// An entry of a directory.
pub(super) fn entry(name: &str, length: u64, href: &str) -> Value {
    json!({ "name": name, "length": length.to_string(), "_links": { "self": { "href": href } } })
}
