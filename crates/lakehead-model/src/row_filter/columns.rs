//! Names and values of a filter against the columns of its table.

use serde_json::Value;

use super::Condition;
use crate::Invalid;
use crate::invalid::excerpt;

/// `columns` are pairs of a name and an XDM type. `CONNECTOR-1378-400` for an unknown column, `CONNECTOR-1379-400` for a value of another
/// type.
pub(super) fn check(condition: &Condition, columns: &[(&str, &str)]) -> Result<(), Invalid> {
    match condition {
        Condition::And(inner) | Condition::Or(inner) => inner.iter().try_for_each(|inner| check(inner, columns)),
        Condition::Not(inner) => check(inner, columns),
        Condition::Compare { column, value, .. } => fits(value, column, columns),
        Condition::In { column, values } => values.iter().try_for_each(|value| fits(value, column, columns)),
        Condition::IsNull { column } => type_of(column, columns).map(drop),
    }
}

fn type_of<'a>(column: &str, columns: &[(&str, &'a str)]) -> Result<&'a str, Invalid> {
    columns.iter().find(|(name, _)| *name == column).map(|(_, ty)| *ty).ok_or_else(|| {
        let message = format!("`filters` names the column `{}`, which the table does not have", excerpt(column));
        Invalid::new("CONNECTOR-1378-400", message)
    })
}

fn fits(value: &Value, column: &str, columns: &[(&str, &str)]) -> Result<(), Invalid> {
    let ty = type_of(column, columns)?;
    let (fits, wanted) = match ty {
        "byte" | "short" | "int" | "integer" | "long" => (value.is_i64() || value.is_u64(), "a whole number"),
        "number" | "double" => (value.is_number(), "a number"),
        "boolean" => (value.is_boolean(), "`true` or `false`"),
        // Dates are written as text.
        _ => (value.is_string(), "a text"),
    };
    if fits {
        return Ok(());
    }
    let column = excerpt(column);
    let message = format!("`filters` compares the column `{column}` of type `{ty}` with another type: give {wanted}");
    Err(Invalid::new("CONNECTOR-1379-400", message))
}
