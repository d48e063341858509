//! Paging of lists: limits and continuation tokens.
//!
//! A token says after which row the next page begins, by the row's values and not by its number: rows that come and go
//! shift nothing. It also repeats the question, because some clients follow the link as it is; others send filters and
//! limit again next to the token, and what they send counts. It holds neither `=` nor `&`: clients cut it out of the
//! link at the first `=`.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::body;
use crate::invalid::{Invalid, excerpt};
use crate::time::EpochMs;

/// Page size where the client does not say, and the largest.
pub const DEFAULT_LIMIT: usize = 100;
/// Largest page of a search.
pub const SEARCH_LIMIT: usize = 1000;
/// Longest token, in characters.
const MAX_TOKEN: usize = 16 * 1024;
/// Most bytes of filters that a token repeats. Links must stay short; who sends longer filters sends them again.
const MAX_REPEATED: usize = 4096;

/// A row's place in an ordered list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The encoded values that the list is ordered by, besides time and id.
    pub keys: Vec<String>,
    /// When the row was made, epoch milliseconds.
    pub created_at: EpochMs,
    /// Id of the row.
    pub id: String,
}

/// Where the next page begins, and of which list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The last row of the page before.
    #[serde(rename = "p")]
    pub place: Place,
    /// The `orderby` parameter; empty for the usual order.
    #[serde(rename = "o", default, skip_serializing_if = "String::is_empty")]
    pub order: String,
    /// The `property` parameters; none where they were too long to be repeated.
    #[serde(rename = "f", default, skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<String>,
    /// The `search` parameter.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// The page size that was asked for.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// One page as asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Most rows to give: 1 to 100, of a search to 1000; `None` where the client does not say.
    pub limit: Option<usize>,
    /// Where to begin; the first page has none.
    pub cursor: Option<Cursor>,
    /// Only count the rows.
    pub count: bool,
}

impl Cursor {
    /// The cursor for the page after `place` of a list that was asked for with these parameters.
    pub fn new(place: Place, order: &str, properties: &[&str], limit: Option<usize>) -> Self {
        let short = properties.iter().map(|text| text.len()).sum::<usize>() <= MAX_REPEATED;
        let properties = if short { properties.iter().map(|text| (*text).to_owned()).collect() } else { Vec::new() };
        Self { place, order: order.to_owned(), properties, search: None, limit }
    }

    /// The token for this place.
    pub fn token(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(json!(self).to_string())
    }

    /// Reads a token that [`Cursor::token`] made; anything else is `FLOW-1452-400`.
    pub fn parse(token: &str) -> Result<Self, Invalid> {
        Self::read(token.trim()).ok_or_else(|| {
            let message =
                format!("`continuationToken` `{}` is not one of ours: take it from `_links.next.href`", excerpt(token));
            Invalid::new("FLOW-1452-400", message)
        })
    }

    fn read(token: &str) -> Option<Self> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let cursor: Self = serde_json::from_str(&text).ok()?;
        let texts = cursor.place.keys.iter().chain([&cursor.place.id]);
        // No text that the database could not have given.
        let possible = texts.into_iter().all(|text| !text.contains('\0'));
        (possible && cursor.limit.is_none_or(|limit| (1..=SEARCH_LIMIT).contains(&limit))).then_some(cursor)
    }
}

impl Page {
    /// Reads the query parameters `limit`, `continuationToken` and `count`. `limit` with a true `count` is
    /// `FLOW-1401-400`; `count=False` next to a limit is fine, clients send it.
    pub fn parse(limit: Option<&str>, token: Option<&str>, count: Option<&str>) -> Result<Self, Invalid> {
        Self::parse_up_to(DEFAULT_LIMIT, limit, token, count)
    }

    /// The same with pages of at most `largest` rows.
    pub fn parse_up_to(
        largest: usize,
        limit: Option<&str>,
        token: Option<&str>,
        count: Option<&str>,
    ) -> Result<Self, Invalid> {
        let bad = |message: String| Invalid::new("FLOW-1452-400", message);
        let count = match count {
            None => false,
            Some(text) => body::as_flag(&json!(text))
                .ok_or_else(|| bad(format!("`count` `{}` is neither `true` nor `false`", excerpt(text))))?,
        };
        if count && limit.is_some() {
            let message = "`limit` and `count` cannot be used together: leave one out";
            return Err(Invalid::new("FLOW-1401-400", message));
        }
        let limit = match limit {
            None => None,
            Some(text) => match text.trim().parse::<u64>() {
                Ok(limit) if limit > 0 => Some(limit.min(largest as u64) as usize),
                _ => return Err(bad(format!("`limit` `{}` is not a whole number from 1 on", excerpt(text)))),
            },
        };
        let cursor = token.filter(|token| !token.trim().is_empty()).map(Cursor::parse).transpose()?;
        Ok(Self { limit, cursor, count })
    }
}

/// The `_links` of a list: a `next` relative to the base path of the service, or `{}` on the last page.
pub fn links(collection: &str, next: Option<&Cursor>) -> Value {
    match next {
        Some(cursor) => json!({"next": {"href": format!("/{collection}?continuationToken={}", cursor.token())}}),
        None => json!({}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor() -> Cursor {
        let place = Place { keys: vec!["t&=é\u{1f600}".into()], created_at: -5, id: "a:b=&é".into() };
        Cursor::new(place, "-name", &["state==enabled", "name==\"a,b\""], Some(7))
    }

    #[test]
    fn tokens_round_trip_and_need_no_escapes() {
        for cursor in [Cursor::default(), cursor()] {
            let token = cursor.token();
            assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)), "{token}");
            assert_eq!(Cursor::parse(&token).unwrap(), cursor);
        }
        let encoded = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        let limitless = Cursor { limit: Some(1_000_000), ..cursor() }.token();
        let nul = Cursor { place: Place { id: "\0".into(), ..Place::default() }, ..cursor() }.token();
        let deep = encoded(&"[".repeat(10_000));
        let long = "YWFh".repeat(9000);
        for bad in ["zz", "6", "ff", "é", "a=b", &encoded("{}"), &encoded("null"), &limitless, &nul, &deep, &long] {
            assert_eq!(Cursor::parse(bad).unwrap_err().code, "FLOW-1452-400");
        }
    }

    #[test]
    fn filters_that_are_too_long_for_a_link_are_left_to_the_client() {
        let filter = format!("name=={}", "x".repeat(5000));
        assert_eq!(Cursor::new(Place::default(), "", &[&filter], None).properties, Vec::<String>::new());
        let keys = vec!["x".repeat(300); 16];
        let long = Cursor { place: Place { keys, ..Place::default() }, order: "x".repeat(1024), ..cursor() };
        assert_eq!(Cursor::parse(&long.token()).unwrap(), long);
    }

    #[test]
    fn limits_and_counts() {
        let page = Page::parse(Some("100"), None, Some("False")).unwrap();
        assert_eq!(page, Page { limit: Some(100), cursor: None, count: false });
        assert_eq!(Page::parse(Some("9999999"), None, None).unwrap().limit, Some(100));
        assert_eq!(Page::parse_up_to(SEARCH_LIMIT, Some("9999999"), None, None).unwrap().limit, Some(1000));
        assert_eq!(Page::parse_up_to(SEARCH_LIMIT, None, None, None).unwrap().limit, None);
        assert!(Page::parse(None, Some(""), Some("TRUE")).unwrap().count);
        assert_eq!(Page::parse(Some("1"), None, Some("true")).unwrap_err().code, "FLOW-1401-400");
        for bad in ["0", "-1", "x", "", "1e3", "99999999999999999999999"] {
            assert_eq!(Page::parse(Some(bad), None, None).unwrap_err().code, "FLOW-1452-400");
        }
    }

    #[test]
    fn the_link_has_one_parameter() {
        let href = links("flows", Some(&cursor()))["next"]["href"].as_str().unwrap().to_owned();
        assert!(href.starts_with("/flows?continuationToken=") && href.matches('=').count() == 1);
        assert_eq!(links("flows", None), json!({}));
    }
}
