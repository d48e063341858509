//! The `orderby` parameter: parsed once, compared against the JSON a client would see.

use std::cmp::Ordering;

use serde_json::Value;

use super::{MAX_LENGTH, parse_path};
use crate::invalid::{Invalid, excerpt};

/// One criterion of `orderby`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Names from the root of the resource.
    pub path: Vec<String>,
    /// Largest first.
    pub descending: bool,
}

/// Parses `orderby`: fields with an optional `+` or `-`, separated by commas. A `+` arrives as a blank from a URL.
///
/// Codes: `FLOW-1432-400` another prefix, `FLOW-1433-400` not a field.
pub fn parse_order(text: &str) -> Result<Vec<Order>, Invalid> {
    let parse = |item: &str| {
        let descending = item.starts_with('-');
        let field = item.strip_prefix(['+', '-', ' ']).unwrap_or(item);
        if field.starts_with(|c: char| !c.is_alphanumeric() && c != '_') {
            let message = format!("`orderby` `{}` has an unknown prefix: use `+` or `-`", excerpt(item));
            return Err(Invalid::new("FLOW-1432-400", message));
        }
        let path = parse_path(field, "FLOW-1433-400")?;
        Ok(Order { path, descending })
    };
    if text.len() > MAX_LENGTH || text.split(',').count() > 16 {
        return Err(Invalid::new("FLOW-1433-400", "`orderby` names too many fields: use at most 16"));
    }
    text.split(',').map(parse).collect()
}

/// Compares two resources by `orders`; equal where nothing tells them apart.
pub fn compare(left: &Value, right: &Value, orders: &[Order]) -> Ordering {
    orders
        .iter()
        .map(|order| {
            let ordering = compare_values(at(left, &order.path), at(right, &order.path));
            if order.descending { ordering.reverse() } else { ordering }
        })
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}

fn at<'a>(mut value: &'a Value, path: &[String]) -> &'a Value {
    for step in path {
        value = &value[step.as_str()];
    }
    value
}

/// A total order: absent and null first, then flags, numbers, text, and all else last.
fn compare_values(left: &Value, right: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        _ => 4,
    };
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => {
            let float = || left.as_f64().unwrap_or(f64::MAX).total_cmp(&right.as_f64().unwrap_or(f64::MAX));
            left.as_i64().zip(right.as_i64()).map_or_else(float, |(left, right)| left.cmp(&right))
        }
        _ => rank(left).cmp(&rank(right)),
    }
}
