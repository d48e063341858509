//! The data model's type of one node of a JSON Schema.

use serde_json::{Map, Value};

use super::types;

/// The `meta:xdmType` of a node, or `None` where it has no usable type.
///
/// Integers get the smallest type that holds their bounds; without bounds they are `int`. A type that the node
/// names itself counts where JSON Schema leaves it open: `map`, a format that is not given, bounds that are not given.
pub(super) fn xdm_type(node: &Map<String, Value>) -> Option<&'static str> {
    let named = node.get("meta:xdmType").and_then(Value::as_str);
    match json_type(node)? {
        "string" => Some(string_type(node, named)),
        "integer" => Some(integer_type(node, named)),
        "number" => Some("number"),
        "boolean" => Some("boolean"),
        "array" => Some("array"),
        "object" => Some(if is_map(node, named) { "map" } else { "object" }),
        _ => None,
    }
}

/// As [`xdm_type`], for nodes of a resolved schema: several definitions of an integer may have narrowed its bounds, and it
/// keeps the type that each of them has.
pub(super) fn resolved_type(node: &Map<String, Value>) -> Option<&'static str> {
    let inferred = xdm_type(node)?;
    let named = node.get("meta:xdmType").and_then(Value::as_str);
    Some(integer(Some(inferred)).and_then(|_| integer(named)).unwrap_or(inferred))
}

/// The JSON type; `null` in a list of types is ignored, and `properties` or `items` speak for themselves.
pub(super) fn json_type(node: &Map<String, Value>) -> Option<&str> {
    match node.get("type") {
        Some(Value::String(text)) => Some(text),
        Some(Value::Array(types)) => {
            let mut types = types.iter().filter_map(Value::as_str).filter(|name| *name != "null");
            types.next().filter(|_| types.next().is_none())
        }
        None if node.contains_key("properties") => Some("object"),
        None if node.contains_key("items") => Some("array"),
        _ => None,
    }
}

fn is_map(node: &Map<String, Value>, named: Option<&str>) -> bool {
    let fixed = node.get("properties").and_then(Value::as_object).is_some_and(|properties| !properties.is_empty());
    !fixed && (named == Some("map") || node.get("additionalProperties").is_some_and(Value::is_object))
}

/// The name, if it is that of a type of whole numbers.
fn integer(name: Option<&str>) -> Option<&'static str> {
    types::integers().map(|(row, _)| row.name).find(|known| Some(*known) == name)
}

fn string_type(node: &Map<String, Value>, named: Option<&str>) -> &'static str {
    let format = node.get("format").and_then(Value::as_str).or(named);
    format.and_then(types::by_format).map_or("string", |row| row.name)
}

fn integer_type(node: &Map<String, Value>, named: Option<&str>) -> &'static str {
    let bound = |key: &str| node.get(key).and_then(Value::as_f64);
    let low = bound("minimum").or_else(|| bound("exclusiveMinimum"));
    let high = bound("maximum").or_else(|| bound("exclusiveMaximum"));
    if low.is_none() && high.is_none() {
        return integer(named).unwrap_or("int");
    }
    // Published bounds include +2^n although the type ends one below: 128 is still a byte. An open end is `int`'s.
    let (low, high) = (low.unwrap_or(-2_147_483_648.0), high.unwrap_or(2_147_483_648.0));
    let holds = |(least, _): (i64, i64)| low >= least as f64 && high <= -(least as f64);
    types::integers().find(|(_, range)| holds(*range)).map_or("long", |(row, _)| row.name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(node: &Value) -> Option<&'static str> {
        xdm_type(node.as_object().unwrap())
    }

    #[test]
    fn integers_are_as_small_as_their_bounds_allow() {
        let of = |low: i64, high: i64| of(&json!({ "type": "integer", "minimum": low, "maximum": high }));
        assert_eq!(of(-128, 128), Some("byte"));
        assert_eq!(of(1, 32_767), Some("short"));
        assert_eq!(of(0, 129), Some("short"));
        assert_eq!(of(-2_147_483_648, 2_147_483_648), Some("int"));
        assert_eq!(of(0, 2_147_483_649), Some("long"));
        assert_eq!(of(-9_007_199_254_740_992, 9_007_199_254_740_991), Some("long"));
    }

    #[test]
    fn an_integer_without_bounds_is_an_int_unless_it_says_so_itself() {
        assert_eq!(of(&json!({ "type": "integer" })), Some("int"));
        assert_eq!(of(&json!({ "type": "integer", "minimum": 0 })), Some("int"));
        assert_eq!(of(&json!({ "type": "integer", "meta:xdmType": "long" })), Some("long"));
        assert_eq!(of(&json!({ "type": "integer", "meta:xdmType": "string" })), Some("int"));
        assert_eq!(of(&json!({ "type": "integer", "minimum": -5_000_000_000_i64 })), Some("long"));
    }

    #[test]
    fn strings_maps_and_types_in_lists() {
        assert_eq!(of(&json!({ "type": "string", "format": "date-time" })), Some("date-time"));
        assert_eq!(of(&json!({ "type": "string", "format": "email", "meta:xdmType": "date" })), Some("string"));
        assert_eq!(of(&json!({ "type": ["null", "string"] })), Some("string"));
        assert_eq!(of(&json!({ "type": ["integer", "string"] })), None);
        assert_eq!(of(&json!({ "type": "object", "additionalProperties": { "type": "string" } })), Some("map"));
        assert_eq!(of(&json!({ "type": "object", "properties": {} })), Some("object"));
        assert_eq!(of(&json!({ "properties": {} })), Some("object"));
        assert_eq!(of(&json!({ "type": "nonsense" })), None);
        assert_eq!(of(&json!({ "type": 7 })), None);
    }
}
