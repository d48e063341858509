//! Sample texts, numbers and flags.

use serde_json::{Map, Value, json};

use super::meeting_pattern;
use crate::xdm::infer::{json_type, xdm_type};

/// Texts that meet the patterns that the standard library has: countries, provinces, days, phone and language codes.
const KNOWN: [&str; 17] = [
    "US",
    "USD",
    "US-CA",
    "en-US",
    "12-31",
    "1",
    "12345",
    "ABC",
    "abc",
    "a",
    "A1",
    "2026-01-31",
    "2026-01-31T10:00:00Z",
    "https://example.com/sample",
    "ada.lovelace@example.com",
    "+1 555 0100",
    "1.0.0",
];

/// A value for a node that is neither object nor list.
pub(super) fn scalar(name: &str, node: &Map<String, Value>) -> Option<Value> {
    if let Some(Value::Array(allowed)) = node.get("enum") {
        let default = node.get("default").filter(|default| allowed.contains(default));
        return default.or(allowed.first()).cloned();
    }
    match json_type(node)? {
        "string" => text(name, node),
        "integer" => Some(whole(node)),
        "number" => Some(number(node)),
        "boolean" => Some(true.into()),
        _ => None,
    }
}

/// Another value of the same kind for every `n`: lists may want their items to differ.
pub(super) fn nth(item: &Value, n: usize) -> Value {
    match item {
        _ if n == 0 => item.clone(),
        Value::String(text) => format!("{text} {}", n + 1).into(),
        Value::Number(number) => number.as_i64().map_or_else(|| item.clone(), |first| (first + n as i64).into()),
        _ => item.clone(),
    }
}

fn text(name: &str, node: &Map<String, Value>) -> Option<Value> {
    let length = |key: &str| node.get(key).and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok());
    let (least, most) = (length("minLength").unwrap_or(0), length("maxLength").unwrap_or(usize::MAX));
    let fits = |text: &Value| text.as_str().is_some_and(|text| (least..=most).contains(&text.chars().count()));
    let format = node.get("format").and_then(Value::as_str);
    if let Some(sample) = format.and_then(of_format).or_else(|| of_type(node)) {
        let sample = json!(sample);
        return if fits(&sample) { meeting_pattern(node, &[sample]) } else { None };
    }
    let suggested = node.get("meta:enum").and_then(Value::as_object).and_then(|names| names.keys().next());
    let examples = node.get("examples").and_then(Value::as_array).into_iter().flatten().cloned();
    let mut texts: Vec<Value> = suggested.map(|name| json!(name)).into_iter().chain(examples).collect();
    texts.push(worded(name, least, most));
    texts.extend(KNOWN.map(Value::from));
    texts.retain(fits);
    meeting_pattern(node, &texts)
}

/// The name as words of a length that is asked for; a length of millions is not met.
fn worded(name: &str, least: usize, most: usize) -> Value {
    const LONGEST: usize = 4_096;
    let mut text = format!("sample {}", name.rsplit(':').next().unwrap_or(name));
    while text.chars().count() < least.min(LONGEST) {
        text.push_str(" and more");
    }
    text.chars().take(most).collect::<String>().into()
}

fn of_format(format: &str) -> Option<&'static str> {
    Some(match format {
        "date" => "2026-01-31",
        "date-time" => "2026-01-31T10:00:00Z",
        "time" => "10:00:00Z",
        "email" | "idn-email" => "ada.lovelace@example.com",
        "uri" | "iri" | "url" => "https://example.com/sample",
        "uri-reference" | "iri-reference" => "/sample",
        "hostname" => "example.com",
        "ipv4" => "192.0.2.1",
        "ipv6" => "2001:db8::1",
        "uuid" => "123e4567-e89b-42d3-a456-426614174000",
        _ => return None,
    })
}

/// Days and instants that say so without a format.
fn of_type(node: &Map<String, Value>) -> Option<&'static str> {
    xdm_type(node).filter(|kind| matches!(*kind, "date" | "date-time")).and_then(of_format)
}

/// One, or what comes next to it within the bounds and the type.
fn whole(node: &Map<String, Value>) -> Value {
    let bound = |key: &str| node.get(key).and_then(Value::as_f64);
    let low = [bound("minimum"), bound("exclusiveMinimum").map(|low| low + 1.0)].into_iter().flatten().reduce(f64::max);
    let high =
        [bound("maximum"), bound("exclusiveMaximum").map(|high| high - 1.0)].into_iter().flatten().reduce(f64::min);
    let step = bound("multipleOf").filter(|step| *step >= 1.0).unwrap_or(1.0);
    let mut value = step;
    if let Some(low) = low {
        value = value.max((low / step).ceil() * step);
    }
    if let Some(high) = high {
        value = value.min((high / step).floor() * step);
    }
    json!(value as i64)
}

fn number(node: &Map<String, Value>) -> Value {
    let bound = |key: &str| node.get(key).and_then(Value::as_f64);
    let low = bound("minimum").or(bound("exclusiveMinimum"));
    let high = bound("maximum").or(bound("exclusiveMaximum"));
    let value = match (low, high) {
        (Some(low), Some(high)) => low / 2.0 + high / 2.0,
        (Some(low), None) => low + 1.5,
        (None, Some(high)) => high - 1.5,
        (None, None) => 1.5,
    };
    let step = bound("multipleOf").filter(|step| *step > 0.0);
    json!(step.map_or(value, |step| (value / step).round() * step))
}
