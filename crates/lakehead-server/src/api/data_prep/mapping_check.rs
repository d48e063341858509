//! A mapping set against the schema it maps to.

use std::collections::HashSet;

use lakehead_engine::map::check;
use lakehead_engine::schemas;
use lakehead_model::mapping::Rule;
use lakehead_model::mapping_set::{Content, Draft, Mapping, uncovered};
use lakehead_model::xdm::Field;
use lakehead_model::{Invalid, Scope};
use lakehead_store::Tx;
use serde_json::{Value, json};

use crate::api::problem::{Answer, Problem, shorten};

/// Most problems named in one answer.
const MAX_NAMED: usize = 5;

/// The fields of the schema of a mapping set; a schema that does not exist is refused.
pub(super) async fn fields(tx: &mut Tx, scope: &Scope, content: &Content) -> Answer<Vec<Field>> {
    let schema_id = &content.schema_ref.id;
    schemas::fields(tx, scope, schema_id).await?.ok_or_else(|| {
        let id = shorten(schema_id);
        Problem::new("MAPPER-1002-400", format!("schema `{id}` does not exist in this sandbox; create it first"))
    })
}

/// Every mapping must be one that a run can carry out.
pub(in crate::api) async fn against_schema(tx: &mut Tx, scope: &Scope, content: &Content) -> Answer<()> {
    let fields = fields(tx, scope, content).await?;
    let problems = content.check_destinations(&fields);
    if !problems.is_empty() {
        return Err(summary(&problems));
    }
    check::rules(&content.rules_for(&fields)?, &fields).map_err(|error| unusable(&error.to_string()))
}

/// A mapping set that a run would refuse.
pub(super) fn unusable(message: &str) -> Problem {
    Problem::new("MAPPER-1001-400", format!("`mappings`: {message}"))
}

fn summary(problems: &[Invalid]) -> Problem {
    let named: Vec<&str> = problems.iter().take(MAX_NAMED).map(|problem| problem.message.as_str()).collect();
    let rest = problems.len().saturating_sub(MAX_NAMED);
    let more = if rest > 0 { format!("; and {rest} more") } else { String::new() };
    Problem::new(problems[0].code, format!("{}{more}", named.join("; ")))
}

/// The result of each mapping by itself, and required fields that none of them feeds.
pub(super) fn one_by_one(draft: &Draft, fields: &[Field]) -> Answer<Value> {
    let mut seen = HashSet::new();
    // Rules that can be read, and what is wrong with the others.
    let rules: Vec<Result<Rule, String>> = draft
        .mappings
        .iter()
        .enumerate()
        .map(|(n, mapping)| {
            let at = format!("mappings[{n}].");
            let mapping = mapping.as_ref().map_err(|error| error.message.clone())?;
            let rule = mapping.rule(&at).map_err(|error| error.message)?;
            let first = seen.insert(rule.destination.clone());
            if first { Ok(rule) } else { Err(mapping.occurs_twice(&at).message) }
        })
        .collect();
    let readable: Vec<Rule> = rules.iter().filter_map(|rule| rule.as_ref().ok().cloned()).collect();
    let checked = check::each(&readable, fields).map_err(|error| unusable(&error.to_string()))?;
    let mut checked = checked.into_iter();
    let results: Vec<Value> = draft
        .mappings
        .iter()
        .zip(&rules)
        .map(|(mapping, rule)| {
            let wrong = match rule {
                Ok(_) => checked.next().flatten().map(|error| error.to_string()),
                Err(message) => Some(message.clone()),
            };
            match wrong {
                None => json!({ "status": "SUCCESS", "errors": null }),
                Some(message) => json!({ "status": "FAILED", "errors": [failure(mapping.as_ref().ok(), &message)] }),
            }
        })
        .collect();
    let fed: Vec<_> = readable.into_iter().map(|rule| rule.destination).collect();
    let warnings: Vec<Value> = uncovered(fields, &fed)
        .into_iter()
        .map(|path| {
            let message = format!("the required field `{path}` is fed by no mapping: every row would be rejected");
            json!({ "destination": path, "exception": message })
        })
        .collect();
    Ok(json!({ "validationResponse": results, "warnings": warnings }))
}

/// Something that is wrong with a mapping.
pub(super) fn failure(mapping: Option<&Mapping>, message: &str) -> Value {
    let mut failure = json!({ "exception": message });
    if let Some(mapping) = mapping {
        failure["destination"] = mapping.destination.as_str().into();
        failure["source"] = mapping.source.as_str().into();
        failure["sourceType"] = mapping.source_type.short().into();
    }
    failure
}
