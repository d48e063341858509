//! Paging of lists: limits and continuation tokens.
//!
//! A token holds neither `=` nor `&`: clients cut it out of the link at the first `=`. It stays valid whatever
//! filters the client repeats next to it.

use serde_json::{Value, json};

use crate::body;
use crate::invalid::{Invalid, excerpt};
use crate::time::EpochMs;

/// Page size where the client does not say, and the largest.
pub const DEFAULT_LIMIT: usize = 100;
/// Largest page of a search.
pub const SEARCH_LIMIT: usize = 1000;
/// Longest token, in characters.
const MAX_TOKEN: usize = 1024;

/// Where the next page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// After this row, in the default order: newest first, then by id.
    After {
        /// `createdAt` of the last row of the page before, epoch milliseconds.
        created_at: EpochMs,
        /// Id of that row.
        id: String,
    },
    /// At this position, where the client chose another order.
    Offset(u64),
}

/// One page as asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Most rows to give: 1 to 100, of a search to 1000.
    pub limit: usize,
    /// Where to begin; the first page has none.
    pub cursor: Option<Cursor>,
    /// Only count the rows.
    pub count: bool,
}

impl Cursor {
    /// The token for this place.
    pub fn token(&self) -> String {
        hex::encode(match self {
            Self::After { created_at, id } => format!("a:{created_at}:{id}"),
            Self::Offset(at) => format!("o:{at}"),
        })
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
        let text = String::from_utf8(hex::decode(token).ok()?).ok()?;
        match text.split_once(':')? {
            ("o", at) => Some(Self::Offset(at.parse().ok()?)),
            ("a", rest) => {
                let (created_at, id) = rest.split_once(':')?;
                Some(Self::After { created_at: created_at.parse().ok()?, id: id.to_owned() })
            }
            _ => None,
        }
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
            None => DEFAULT_LIMIT,
            Some(text) => match text.trim().parse::<u64>() {
                Ok(limit) if limit > 0 => limit.min(largest as u64) as usize,
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

    #[test]
    fn tokens_round_trip_and_need_no_escapes() {
        for cursor in [Cursor::Offset(7), Cursor::After { created_at: -5, id: "a:b=&é".into() }] {
            let token = cursor.token();
            assert!(token.bytes().all(|b| b.is_ascii_alphanumeric()));
            assert_eq!(Cursor::parse(&token).unwrap(), cursor);
        }
        for bad in ["zz", "6", "ff", "é", &hex::encode("a:x:y"), &hex::encode("q:1"), &"61".repeat(9000)] {
            assert_eq!(Cursor::parse(bad).unwrap_err().code, "FLOW-1452-400");
        }
    }

    #[test]
    fn limits_and_counts() {
        let page = Page::parse(Some("100"), None, Some("False")).unwrap();
        assert_eq!(page, Page { limit: 100, cursor: None, count: false });
        assert_eq!(Page::parse(Some("9999999"), None, None).unwrap().limit, 100);
        assert_eq!(Page::parse_up_to(SEARCH_LIMIT, Some("9999999"), None, None).unwrap().limit, 1000);
        assert_eq!(Page::parse_up_to(SEARCH_LIMIT, None, None, None).unwrap().limit, 100);
        assert!(Page::parse(None, Some(""), Some("TRUE")).unwrap().count);
        assert_eq!(Page::parse(Some("1"), None, Some("true")).unwrap_err().code, "FLOW-1401-400");
        for bad in ["0", "-1", "x", "", "1e3", "99999999999999999999999"] {
            assert_eq!(Page::parse(Some(bad), None, None).unwrap_err().code, "FLOW-1452-400");
        }
    }

    #[test]
    fn the_link_has_one_parameter() {
        let href = links("flows", Some(&Cursor::Offset(1)))["next"]["href"].as_str().unwrap().to_owned();
        assert!(href.starts_with("/flows?continuationToken=") && href.matches('=').count() == 1);
        assert_eq!(links("flows", None), json!({}));
    }
}
