//! Search bodies: the same questions as the query parameters of a list, sent in a body.

use axum::http::HeaderMap;
use lakehead_model::body;
use serde_json::Value;

use crate::api::body::QueryPairs;
use crate::api::caller::Caller;
use crate::api::problem::{Answer, Problem, shorten};

/// The body of a search and its `continuationToken` as the query of a list.
///
/// `queryString` is the text of a URL query, `projectionFields` the top-level fields to show.
pub(super) fn as_query(query: &QueryPairs, body: &Value) -> Answer<QueryPairs> {
    let bad = |message: &str| Problem::new("FLOW-1452-400", message);
    let Some(members) = body.as_object() else { return Err(bad("the `body` of a search must be a JSON object")) };
    if let Some((name, _)) = query.0.iter().find(|(name, _)| name != "continuationToken") {
        let name = shorten(name);
        let message =
            format!("query parameter `{name}` is not known; use continuationToken, and the body for the rest");
        return Err(Problem::new("FLOW-1451-400", message));
    }
    let mut pairs = query.0.clone();
    if let Some(text) = body::opt_text(members, "queryString", "queryString")? {
        let text = text.trim_start_matches('?');
        pairs.extend(url::form_urlencoded::parse(text.as_bytes()).into_owned().filter(|(name, _)| !name.is_empty()));
    }
    for name in ["limit", "orderby", "count"] {
        if let Some(text) = body::opt_text(members, name, name)? {
            pairs.push((name.to_owned(), text));
        }
    }
    match body::member(members, "projectionFields") {
        None => {}
        Some(Value::Array(fields)) => {
            let names: Option<Vec<&str>> = fields.iter().map(Value::as_str).collect();
            let names = names.ok_or_else(|| bad("`projectionFields` must be a list of texts"))?;
            if !names.is_empty() {
                pairs.push(("property".to_owned(), names.join(",")));
            }
        }
        Some(_) => return Err(bad("`projectionFields` must be a list of texts")),
    }
    Ok(QueryPairs(pairs))
}

/// `x-active-sandbox-ids` may say what is so anyway: that only the caller's sandbox is searched.
pub(super) fn check_sandboxes(headers: &HeaderMap, caller: &Caller) -> Answer<()> {
    let named = headers.get_all("x-active-sandbox-ids").iter().filter_map(|value| value.to_str().ok());
    let foreign = named
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .find(|id| !id.is_empty() && !id.eq_ignore_ascii_case(&caller.scope.sandbox_id));
    match foreign {
        None => Ok(()),
        Some(id) => {
            let message = format!(
                "header x-active-sandbox-ids names sandbox `{}`; a search is of the sandbox of the request, leave it out",
                shorten(id)
            );
            Err(Problem::new("FLOW-2110-400", message))
        }
    }
}
