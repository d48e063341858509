//! Which events are asked for: as `property=action==create`, or by parameters of the same names.

use chrono::DateTime;
use lakehead_model::query::{Filter, Operator, Query};
use lakehead_store::AuditFilter;

use crate::api::body::QueryPairs;
use crate::api::openapi::parameters::{Kind, Parameter};
use crate::api::problem::{Answer, Problem, shorten};

/// What a list of events understands.
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter::new(
        "property",
        Kind::Texts,
        "Such as `action==create` or `timestamp>=2026-01-31T00:00:00Z`; all repetitions must hold. Properties: action, assetType, assetId, user, requestId, sandboxName, timestamp.",
    ),
    Parameter::new("action", Kind::Text, "Such as `create`, `update`, `delete`, `publish` or `use-secret`."),
    Parameter::new("assetType", Kind::Text, "Such as `flow` or `connection`."),
    Parameter::new("assetId", Kind::Text, "Id of what was changed or used."),
    Parameter::new("user", Kind::Text, "Account that did it."),
    Parameter::new("requestId", Kind::Text, "Value of `x-request-id`."),
    Parameter::new("sandboxName", Kind::Text, "Name of the sandbox."),
    Parameter::new("from", Kind::Integer(0, i64::MAX), "Epoch milliseconds."),
    Parameter::new("until", Kind::Integer(0, i64::MAX), "Epoch milliseconds."),
    Parameter::new("limit", Kind::Integer(1, 100), "Most events of one page."),
    Parameter::new("start", Kind::Integer(0, i64::MAX), "`_links.next` of the page before has it."),
];
/// What `property` may name.
const PROPERTIES: &str = "action, assetType, assetId, user, requestId, sandboxName, timestamp";

/// Reads the query; the name of a sandbox comes apart, for the caller to look up its id. Codes: `FLOW-1451-400` an
/// unknown parameter, `FLOW-1449-400` an unknown property, `FLOW-1448-400` one that has no order, `FLOW-1452-400` a value
/// that cannot be read.
pub(super) fn parse(query: &QueryPairs) -> Answer<(AuditFilter, Option<String>)> {
    let known = |name: &String| PARAMETERS.iter().any(|parameter| parameter.name.eq_ignore_ascii_case(name));
    if let Some((name, _)) = query.0.iter().find(|(name, _)| !known(name)) {
        let names = PARAMETERS.iter().map(|parameter| parameter.name).collect::<Vec<_>>().join(", ");
        let message = format!("query parameter `{}` is not known; use {names}", shorten(name));
        return Err(Problem::new("FLOW-1451-400", message));
    }
    let mut filter = AuditFilter {
        from_ms: number(query, "from")?,
        until_ms: number(query, "until")?,
        before_seq: number(query, "start")?,
        ..AuditFilter::default()
    };
    let mut sandbox = None;
    for name in ["action", "assetType", "assetId", "user", "requestId", "sandboxName"] {
        if let Some(text) = query.get(name) {
            set(&mut filter, &mut sandbox, name, text);
        }
    }
    for condition in Query::parse_any(query.all("property"))?.filters {
        let name = condition.path.join(".");
        if name == "timestamp" {
            narrow(&mut filter, &condition)?;
        } else if !PROPERTIES.split(", ").any(|known| known == name) {
            let message = format!("`property` `{}` is not known; use {PROPERTIES}", shorten(&name));
            return Err(Problem::new("FLOW-1449-400", message));
        } else if let (Operator::Equal, [value]) = (condition.operator, condition.values.as_slice()) {
            set(&mut filter, &mut sandbox, &name, value);
        } else {
            let message = format!("`property` `{name}` is compared with one value by `==`; write `{name}==value`");
            return Err(Problem::new("FLOW-1448-400", message));
        }
    }
    Ok((filter, sandbox))
}

/// The sandbox that is asked for does not exist.
pub(super) fn unknown_sandbox(name: &str) -> Problem {
    let name = shorten(name);
    Problem::new(
        "FLOW-1452-400",
        format!("`sandboxName` `{name}` is not a sandbox of this organisation; check the name"),
    )
}

fn set(filter: &mut AuditFilter, sandbox: &mut Option<String>, name: &str, text: &str) {
    let text = text.to_owned();
    match name {
        "action" => filter.action = Some(text.to_ascii_lowercase()),
        "assetType" => filter.kind = Some(snake(&text)),
        "assetId" => filter.object_id = Some(text),
        "user" => filter.user = Some(text),
        "requestId" => filter.request_id = Some(text),
        _ => *sandbox = Some(text),
    }
}

/// Kinds are written `SourceConnection` and `source_connection`.
fn snake(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars() {
        if c.is_ascii_uppercase() && !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

fn narrow(filter: &mut AuditFilter, condition: &Filter) -> Answer<()> {
    let text = condition.values.first().map(String::as_str).unwrap_or_default();
    // A `+` that was not escaped comes as a space.
    let at_ms = text
        .parse::<i64>()
        .ok()
        .or_else(|| Some(DateTime::parse_from_rfc3339(&text.replace(' ', "+")).ok()?.timestamp_millis()));
    let at_ms = at_ms.filter(|_| condition.values.len() == 1).ok_or_else(|| {
        let message = format!("`timestamp` `{}` is no time; write it as `2026-01-31T00:00:00Z`", shorten(text));
        Problem::new("FLOW-1452-400", message)
    })?;
    let (from, until) = match condition.operator {
        Operator::Greater => (Some(at_ms.saturating_add(1)), None),
        Operator::GreaterOrEqual => (Some(at_ms), None),
        Operator::Less => (None, Some(at_ms.saturating_sub(1))),
        Operator::LessOrEqual => (None, Some(at_ms)),
        Operator::Equal => (Some(at_ms), Some(at_ms)),
        Operator::NotEqual | Operator::Exists => {
            let message = "`timestamp` is compared by `==`, `>`, `>=`, `<` or `<=`; use one of them";
            return Err(Problem::new("FLOW-1448-400", message));
        }
    };
    filter.from_ms = filter.from_ms.max(from);
    filter.until_ms = [filter.until_ms, until].into_iter().flatten().min();
    Ok(())
}

/// A whole number of the query.
pub(super) fn number(query: &QueryPairs, name: &str) -> Answer<Option<i64>> {
    let bad = |text: &str| Problem::new("FLOW-1452-400", format!("`{name}` `{}` is not a whole number", shorten(text)));
    query.get(name).map(|text| text.trim().parse::<i64>().map_err(|_| bad(text))).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Answer<(AuditFilter, Option<String>)> {
        parse(&QueryPairs(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()))
    }

    #[test]
    fn properties_and_parameters_say_the_same() {
        let (by_property, sandbox) = parsed(
            "property=action==Create&property=assetType==SourceConnection&property=user==u&property=requestId==r\
             &property=assetId==a&property=sandboxName==prod&property=timestamp>=5&property=timestamp<9&limit=3",
        )
        .unwrap();
        let (by_parameter, same) = parsed(
            "action=create&assetType=source_connection&user=u&requestId=r&assetId=a&sandboxName=prod&from=5&until=8",
        )
        .unwrap();
        assert_eq!((format!("{by_property:?}"), &sandbox), (format!("{by_parameter:?}"), &same));
        assert_eq!(sandbox.as_deref(), Some("prod"));
    }

    #[test]
    fn times_are_read_as_they_are_written() {
        for text in
            ["2026-01-31T01:00:00Z", "2026-01-31T02:00:00+01:00", "2026-01-31T02:00:00%2B01:00", "1769821200000"]
        {
            let (filter, _) = parsed(&format!("property=timestamp=={text}")).unwrap();
            assert_eq!((filter.from_ms, filter.until_ms), (Some(1_769_821_200_000), Some(1_769_821_200_000)), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for text in [
            "color=red",
            "property=color==red",
            "property=action!=create",
            "property=action==a,b",
            "property=action",
            "property=timestamp!=5",
            "property=timestamp>=yesterday",
            "from=yesterday",
        ] {
            assert!(parsed(text).is_err(), "{text}");
        }
    }
}
