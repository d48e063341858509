//! Query parameters of Data Prep.

use lakehead_model::body::as_flag;
use lakehead_store::MappingSetList;
use serde_json::Value;

use crate::api::body::QueryPairs;
use crate::api::problem::{Answer, Problem, shorten};

/// Items in one page, and the most that can be asked for.
const PAGE: i64 = 100;

fn wrong(name: &str, text: &str, expected: &str) -> Problem {
    Problem::new("MAPPER-1003-400", format!("`{name}` `{}` is not {expected}", shorten(text)))
}

/// A whole number that is not negative.
pub(super) fn number(query: &QueryPairs, name: &str) -> Answer<Option<i64>> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let number = text.trim().parse().ok().filter(|number| *number >= 0);
    number.map(Some).ok_or_else(|| wrong(name, text, "a whole number"))
}

/// `true` or `false`.
pub(super) fn flag(query: &QueryPairs, name: &str) -> Answer<Option<bool>> {
    let Some(text) = query.get(name) else { return Ok(None) };
    as_flag(&Value::String(text.to_owned())).map(Some).ok_or_else(|| wrong(name, text, "`true` or `false`"))
}

/// `start` and `limit`.
pub(super) fn window(query: &QueryPairs) -> Answer<(i64, i64)> {
    let start = number(query, "start")?.unwrap_or(0);
    Ok((start, number(query, "limit")?.unwrap_or(PAGE).clamp(1, PAGE)))
}

/// Conditions and order of a list of mapping sets.
pub(super) fn list(query: &QueryPairs) -> Answer<MappingSetList<'_>> {
    let (start, limit) = window(query)?;
    let mut list = MappingSetList { start, limit, name: query.get("name"), ..MappingSetList::default() };
    if let Some(text) = query.get("orderBy") {
        // An unencoded plus arrives as a space.
        let text = text.trim();
        let field = text.trim_start_matches(['+', '-']);
        list.ascending = !text.starts_with('-');
        list.by_creation = match field.to_ascii_lowercase().as_str() {
            "createddate" => true,
            "updateddate" | "modifieddate" | "lastupdatedate" => false,
            _ => return Err(wrong("orderBy", text, "`createdDate` or `updatedDate`, with `+` or `-` before it")),
        };
    }
    for property in query.all("property").flat_map(|text| text.split(',')) {
        let condition = property.split_once("==").map(|(name, value)| (name.trim(), value.trim()));
        match condition {
            Some(("name", value)) => list.name = Some(value),
            Some(("status", value)) => list.status = Some(value),
            Some(("xdmSchema", value)) => list.schema_id = Some(value),
            _ => {
                let expected = "a condition such as `xdmSchema==…`, `status==…` or `name==…`";
                return Err(wrong("property", property, expected));
            }
        }
    }
    Ok(list)
}
