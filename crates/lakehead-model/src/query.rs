//! The `property`, `orderby` and `search` parameters of lists: parsed once, evaluated against the JSON a client would see, in
//! memory by [`Query::matches`] or by the metastore on [`leaves`].

use serde_json::{Map, Value};

use crate::body::as_number;
use crate::invalid::{Invalid, excerpt};

pub mod encode;
mod leaves;
mod order;
mod search;

use encode::{Rule, Stretch};
pub use leaves::{Leaf, SCOPE_FIELDS, leaves, path_text};
pub use order::{Order, compare, key, parse_order, parse_order_any};
pub use search::{SEARCH_PATH, Search, searched};

/// Top-level fields every Flow Service resource may be filtered and sorted by.
pub const FIELDS: &[&str] = &[
    "id",
    "name",
    "description",
    "state",
    "createdAt",
    "updatedAt",
    "createdBy",
    "updatedBy",
    "createdClient",
    "updatedClient",
    "sandboxId",
    "sandboxName",
    "imsOrgId",
    "version",
    "etag",
    "connectionSpec",
    "flowSpec",
    "auth",
    "providerId",
    "baseConnectionId",
    "data",
    "params",
    "providerRefId",
    "inheritedAttributes",
    "lastOperation",
    "sourceConnectionIds",
    "targetConnectionIds",
    "scheduleParams",
    "transformations",
    "options",
    "runs",
    "lastRunDetails",
    "labels",
    "policy",
    "flowId",
    "metrics",
    "activities",
    "recordTypes",
    "attributes",
    "type",
    "sourceConnectionSpecIds",
    "targetConnectionSpecIds",
    "permissionsInfo",
    "parentFlowRunId",
    "childFlowRunIds",
    "predecessors",
    "authSpec",
    "sourceSpec",
    "targetSpec",
    "exploreSpec",
    "optionSpec",
    "scheduleSpec",
    "runSpec",
    "transformationSpecs",
];
/// Most `property` parameters in one request.
const MAX_FILTERS: usize = 50;
/// Longest parameter, in bytes.
const MAX_LENGTH: usize = 8192;
/// Characters that begin an operator.
const OPERATORS: [char; 5] = ['=', '!', '<', '>', '~'];
/// Members that hold a time; their values must be numbers.
const TIMES: &[&str] = &["createdAt", "updatedAt", "started", "updated", "startedAtUTC", "completedAtUTC", "startTime"];

/// All `property` parameters of one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// All must hold.
    pub filters: Vec<Filter>,
    /// Top-level fields to show; `None` shows all.
    pub projection: Option<Vec<String>>,
    /// What name or id must hold, too.
    pub search: Option<Search>,
}

/// One condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// Names from the root of the resource.
    pub path: Vec<String>,
    /// How to compare.
    pub operator: Operator,
    /// Values as text; one of them must match.
    pub values: Vec<String>,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `==` (or `=`)
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// No operator: the field is there.
    Exists,
}

impl Query {
    /// Parses all `property` parameters (percent-decoded) of a Flow Service list.
    pub fn parse<'a>(parameters: impl IntoIterator<Item = &'a str>) -> Result<Self, Invalid> {
        let mut query = Self::default();
        for (n, text) in parameters.into_iter().enumerate() {
            check_size(n, text)?;
            match text.find(OPERATORS) {
                Some(at) => query.filters.push(parse_filter(text, at, parse_path)?),
                None => query.projection.get_or_insert_default().extend(parse_projection(text)?),
            }
        }
        Ok(query)
    }

    /// Parses all `property` parameters of a Schema Registry list: any field may be named, and a field alone means
    /// that it is there.
    pub fn parse_any<'a>(parameters: impl IntoIterator<Item = &'a str>) -> Result<Self, Invalid> {
        let mut query = Self::default();
        for (n, text) in parameters.into_iter().enumerate() {
            check_size(n, text)?;
            query.filters.push(match text.find(OPERATORS) {
                Some(at) => parse_filter(text, at, parse_steps)?,
                None => {
                    Filter { path: parse_steps(text, "FLOW-1449-400")?, operator: Operator::Exists, values: Vec::new() }
                }
            });
        }
        Ok(query)
    }

    /// Whether `resource` meets every condition.
    pub fn matches(&self, resource: &Value) -> bool {
        let found = self.search.as_ref().is_none_or(|search| search.finds(resource));
        found && self.filters.iter().all(|filter| filter.matches(resource))
    }

    /// `resource` with only the fields asked for.
    pub fn project(&self, resource: &Value) -> Value {
        match (&self.projection, resource) {
            (Some(fields), Value::Object(members)) => {
                let kept: Map<_, _> = members
                    .iter()
                    .filter(|(name, _)| fields.contains(name))
                    .map(|(k, v)| (k.clone(), v.clone()))
                    .collect();
                Value::Object(kept)
            }
            _ => resource.clone(),
        }
    }
}

fn check_size(n: usize, text: &str) -> Result<(), Invalid> {
    if n < MAX_FILTERS && text.len() <= MAX_LENGTH {
        return Ok(());
    }
    let message = format!("`property`: at most {MAX_FILTERS} of {MAX_LENGTH} bytes each are allowed");
    Err(Invalid::new("FLOW-1452-400", message))
}

fn parse_projection(text: &str) -> Result<Vec<String>, Invalid> {
    text.split(',').map(|field| parse_path(field, "FLOW-1449-400").map(|path| path[0].clone())).collect()
}

/// The steps of a path whose first one is a field of Flow Service.
fn parse_path(text: &str, code: &'static str) -> Result<Vec<String>, Invalid> {
    let steps = parse_steps(text, code)?;
    if FIELDS.contains(&steps[0].as_str()) { Ok(steps) } else { Err(not_a_field(text, code, "")) }
}

fn not_a_field(text: &str, code: &'static str, why: &str) -> Invalid {
    Invalid::new(code, format!("`{}` is not a field of this resource{why}", excerpt(text)))
}

/// The steps of any path; never none.
fn parse_steps(text: &str, code: &'static str) -> Result<Vec<String>, Invalid> {
    if text.contains('(') {
        let message = format!("`{}` is an aggregate, which is not supported: filter on a field", excerpt(text));
        return Err(Invalid::new("FLOW-1441-400", message));
    }
    let steps: Vec<String> =
        text.trim().split('.').map(|step| step.strip_suffix("[]").unwrap_or(step).trim().to_owned()).collect();
    if steps.len() > leaves::MAX_STEPS || steps.iter().any(|step| step.is_empty() || step.contains(['[', ']'])) {
        return Err(not_a_field(text, code, ": write a path such as `connectionSpec.id` or `sourceConnectionIds[]`"));
    }
    Ok(steps)
}

fn parse_filter(
    text: &str,
    at: usize,
    parse_path: fn(&str, &'static str) -> Result<Vec<String>, Invalid>,
) -> Result<Filter, Invalid> {
    let (path, rest) = text.split_at(at);
    let path = parse_path(path, "FLOW-1449-400")?;
    let symbols = rest.find(|c| !matches!(c, '=' | '!' | '<' | '>' | '~')).unwrap_or(rest.len());
    let (symbol, value) = rest.split_at(symbols);
    let operator = parse_operator(symbol)?;
    let values = parse_values(text, value)?;
    check_operator(&path, operator, &values)?;
    Ok(Filter { path, operator, values })
}

fn parse_operator(symbol: &str) -> Result<Operator, Invalid> {
    Ok(match symbol {
        "==" | "=" => Operator::Equal,
        "!=" => Operator::NotEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        _ => {
            let code = if symbol == "~" { "FLOW-1440-400" } else { "FLOW-1450-400" };
            let message = format!("`{}` is not an operator: use `==`, `!=`, `>`, `>=`, `<` or `<=`", excerpt(symbol));
            return Err(Invalid::new(code, message));
        }
    })
}

/// Splits at commas outside of quotes and takes the quotes away.
fn parse_values(whole: &str, text: &str) -> Result<Vec<String>, Invalid> {
    let mut values = vec![String::new()];
    let mut quoted = false;
    for c in text.trim().chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => values.push(String::new()),
            _ => values.last_mut().expect("never empty").push(c),
        }
    }
    let values: Vec<String> = values.into_iter().map(|value| value.trim().to_owned()).collect();
    if values.iter().any(String::is_empty) {
        let message = format!("`{}` has an empty value: write `field==value`", excerpt(whole));
        return Err(Invalid::new("FLOW-1453-400", message));
    }
    Ok(values)
}

fn check_operator(path: &[String], operator: Operator, values: &[String]) -> Result<(), Invalid> {
    let field = path.join(".");
    let last = path.last().map_or("", String::as_str);
    if TIMES.contains(&last) {
        let number = |text: &String| as_number(&Value::String(text.clone())).is_some();
        if values.len() > 1 || !values.iter().all(number) {
            let message = format!("`{}` needs one number, such as `1718000100000`", excerpt(&field));
            return Err(Invalid::new("FLOW-1452-400", message));
        }
    }
    if values.len() > 1 && operator != Operator::Equal {
        let message = format!("`{}` has several values, which only `==` takes", excerpt(&field));
        return Err(Invalid::new("FLOW-1443-400", message));
    }
    if Rule::of(last) != Rule::Plain && !matches!(operator, Operator::Equal | Operator::NotEqual) {
        let message = format!("`{}` has no order: use `==` or `!=`", excerpt(&field));
        return Err(Invalid::new("FLOW-1448-400", message));
    }
    Ok(())
}

/// What a filter asks of the encoded values at its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// One of the values is one of these.
    AnyOf(Vec<String>),
    /// None of the values is one of these; a document without the path passes.
    NoneOf(Vec<String>),
    /// One of the values lies in this stretch.
    Within(Stretch),
    /// There is a value, of whatever kind.
    Exists,
}

impl Filter {
    /// The condition on encoded values.
    pub fn test(&self) -> Test {
        let rule = self.path.last().map_or(Rule::Plain, |last| Rule::of(last));
        let equal = || self.values.iter().flat_map(|wanted| encode::equal_to(wanted, rule)).collect();
        match self.operator {
            Operator::Equal => Test::AnyOf(equal()),
            Operator::NotEqual => Test::NoneOf(equal()),
            Operator::Exists => Test::Exists,
            Operator::Greater | Operator::GreaterOrEqual | Operator::Less | Operator::LessOrEqual => {
                let stretch = self.values.first().and_then(|wanted| encode::ordered(self.operator, wanted, rule));
                stretch.map_or(Test::AnyOf(Vec::new()), Test::Within)
            }
        }
    }

    /// Whether `resource` meets the condition. A field that is absent meets `!=` only.
    pub fn matches(&self, resource: &Value) -> bool {
        let rule = self.path.last().map_or(Rule::Plain, |last| Rule::of(last));
        let found = |holds: &dyn Fn(&String) -> bool| {
            any(resource, &self.path, &|value| encode::scalar(value, rule).is_some_and(|encoding| holds(&encoding)))
        };
        match self.test() {
            Test::AnyOf(wanted) => found(&|encoding| wanted.contains(encoding)),
            Test::NoneOf(unwanted) => !found(&|encoding| unwanted.contains(encoding)),
            Test::Within(Stretch { low, below }) => found(&|encoding| *encoding >= low && *encoding < below),
            Test::Exists => any(resource, &self.path, &|_| true),
        }
    }
}

/// The operator of a `property` parameter and everything after it; `None` where there is only a field.
pub fn operator_of(text: &str) -> Option<&str> {
    text.find(OPERATORS).map(|at| &text[at..])
}

/// The steps of a path that may name any field.
///
/// # Errors
/// For an empty step and for too many of them.
pub fn steps(text: &str) -> Result<Vec<String>, Invalid> {
    parse_steps(text, "FLOW-1449-400")
}

/// Whether `test` holds for any value at `path`; lists on the way and at the end are searched.
pub fn any(value: &Value, path: &[String], test: &dyn Fn(&Value) -> bool) -> bool {
    match (value, path) {
        (Value::Array(items), _) => items.iter().any(|item| any(item, path, test)),
        (_, []) => test(value),
        (Value::Object(members), [first, rest @ ..]) => members.get(first).is_some_and(|value| any(value, rest, test)),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
