//! `/mappingSets/validate` and `/mappingSets/preview`: a mapping set is looked at and tried, nothing is stored.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use lakehead_engine::map::trial::{Tried, TriedIssue};
use lakehead_engine::preview::TrialError;
use lakehead_model::mapping::{parse_destination, path_text};
use lakehead_model::mapping_set::{Content, Draft, Mapping};
use serde_json::{Value, json};

use super::mapping_check;
use crate::api::body::JsonBody;
use crate::api::caller::Caller;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Most rows that are mapped at once.
const MAX_ROWS: usize = 1000;
/// Largest rows, bytes of JSON.
const MAX_BYTES: usize = 1 << 20;

/// `POST /mappingSets/validate`: one result for each mapping, in their order.
pub(super) async fn validate(caller: Caller, State(app): State<App>, JsonBody(body): JsonBody) -> Answer<Json<Value>> {
    let draft = Draft::parse(&body)?;
    let fields = mapping_check::fields(&mut app.store.read().await?, &caller.scope, &draft.content).await?;
    Ok(Json(mapping_check::one_by_one(&draft, &fields)?))
}

/// `POST /mappingSets/preview`: what a run would make of some rows.
pub(super) async fn preview(caller: Caller, State(app): State<App>, JsonBody(body): JsonBody) -> Answer<Json<Value>> {
    let rows = rows(&body)?;
    let set = body.get("mappingSet").filter(|set| set.is_object());
    let set =
        set.ok_or_else(|| Problem::new("MAPPER-1001-400", "`mappingSet` is missing: add it to the request body"))?;
    let content = Content::parse(set)?;
    let mut tx = app.store.read().await?;
    let fields = mapping_check::fields(&mut tx, &caller.scope, &content).await?;
    mapping_check::against_schema(&mut tx, &caller.scope, &content).await?;
    drop(tx);
    let rules = content.rules_for(&fields)?;
    let tried = app.engine.try_mapping(rows, rules, fields, app.clock.now_ms()).await?;
    let by_destination = by_destination(&content);
    Ok(Json(tried.iter().map(|row| shown(&by_destination, row)).collect()))
}

/// The rows of the body as the text of a JSON array: `data` is one row or a list of them.
fn rows(body: &Value) -> Answer<String> {
    let wrong = |why: &str| Problem::new("MAPPER-1005-400", format!("`data` {why}"));
    let text = match body.get("data") {
        Some(row @ Value::Object(_)) => format!("[{row}]"),
        Some(Value::Array(rows)) if rows.len() > MAX_ROWS => {
            return Err(wrong(&format!("holds more than {MAX_ROWS} rows; send fewer")));
        }
        Some(rows @ Value::Array(items)) if items.iter().all(Value::is_object) => rows.to_string(),
        _ => return Err(wrong("is not an object or a list of objects; send the rows to map")),
    };
    if text.len() > MAX_BYTES { Err(wrong("is larger than 1 MiB; send less")) } else { Ok(text) }
}

/// The mappings by the paths that results name.
fn by_destination(content: &Content) -> HashMap<String, &Mapping> {
    let path = |mapping: &Mapping| parse_destination(&mapping.destination).map(|steps| path_text(&steps)).ok();
    content.mappings.iter().filter_map(|mapping| Some((path(mapping)?, mapping))).collect()
}

fn shown(by_destination: &HashMap<String, &Mapping>, row: &Tried) -> Value {
    let errors: Vec<Value> = row.issues.iter().map(|issue| error(by_destination, issue)).collect();
    json!({ "data": row.data, "errors": if errors.is_empty() { Value::Null } else { errors.into() } })
}

/// The mapping that feeds the field is named as it is written.
fn error(by_destination: &HashMap<String, &Mapping>, issue: &TriedIssue) -> Value {
    let mapping = issue.destination.as_deref().and_then(|path| by_destination.get(path).copied());
    let mut error = mapping_check::failure(mapping, &issue.message);
    if let Some(destination) = &issue.destination {
        error["destination"] = destination.as_str().into();
        error["columnName"] = destination.as_str().into();
    }
    if let (None, Some(source)) = (mapping, &issue.source) {
        error["source"] = source.as_str().into();
    }
    error
}

impl From<TrialError> for Problem {
    fn from(error: TrialError) -> Self {
        match error {
            TrialError::Rows(message) => {
                Self::new("MAPPER-1005-400", format!("`data` cannot be mapped: {}", shorten(&message)))
            }
            TrialError::Busy => Self::new("FLOW-1103-503", error.to_string()),
            TrialError::Worker(error) => Self::internal(&error),
        }
    }
}
