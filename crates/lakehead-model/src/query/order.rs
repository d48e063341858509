//! The `orderby` parameter, parsed once. Values are ordered as [`super::encode`] says; of several at one path the
//! smallest counts.

use std::cmp::Ordering;

use serde_json::Value;

use super::encode::{self, Rule};
use super::{parse_path, parse_steps};
use crate::invalid::{Invalid, excerpt};

/// Longest parameter, in bytes: it travels in every continuation token.
const MAX_LENGTH: usize = 1024;

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
    parse_with(text, parse_path)
}

/// The same with any field, as lists of the Schema Registry have it.
///
/// # Errors
/// As [`parse_order`].
pub fn parse_order_any(text: &str) -> Result<Vec<Order>, Invalid> {
    parse_with(text, parse_steps)
}

fn parse_with(
    text: &str,
    parse_path: fn(&str, &'static str) -> Result<Vec<String>, Invalid>,
) -> Result<Vec<Order>, Invalid> {
    let parse = |item: &str| {
        let descending = item.starts_with('-');
        let field = item.strip_prefix(['+', '-', ' ']).unwrap_or(item);
        if field.starts_with(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '$' | '@')) {
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

/// Compares two documents by `orders`; equal when they do not tell them apart.
pub fn compare(left: &Value, right: &Value, orders: &[Order]) -> Ordering {
    let compared = orders.iter().map(|order| {
        let ordering = order.value(left).cmp(&order.value(right));
        if order.descending { ordering.reverse() } else { ordering }
    });
    compared.fold(Ordering::Equal, Ordering::then)
}

/// The encoded values that `document` is ordered by.
pub fn key(document: &Value, orders: &[Order]) -> Vec<String> {
    orders.iter().map(|order| order.value(document)).collect()
}

impl Order {
    fn value(&self, document: &Value) -> String {
        let rule = self.path.last().map_or(Rule::Plain, |last| Rule::of(last));
        smallest(document, &self.path, rule).unwrap_or_else(|| encode::ABSENT.to_owned())
    }
}

/// The encoding of the smallest value at `path`.
fn smallest(value: &Value, path: &[String], rule: Rule) -> Option<String> {
    match (value, path) {
        (Value::Array(items), _) => items.iter().filter_map(|item| smallest(item, path, rule)).min(),
        (_, []) => encode::scalar(value, rule),
        (Value::Object(members), [first, rest @ ..]) => smallest(members.get(first)?, rest, rule),
        _ => None,
    }
}
