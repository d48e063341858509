//! The nodes of a filter, read and counted.

use serde_json::{Map, Value};

use super::{Comparison, Condition, MAX_DEPTH, MAX_NODES, MAX_TEXT_BYTES, MAX_VALUES, too_large};
use crate::Invalid;
use crate::invalid::excerpt;

/// Reads the nodes of one filter.
pub(super) struct Reader {
    nodes: usize,
}

/// What stands beside an operator.
enum Operand {
    Column(String),
    Literal(Value),
}

impl Reader {
    pub(super) fn new() -> Self {
        Self { nodes: 0 }
    }

    /// A condition at `path`, inside `depth` others.
    pub(super) fn condition(&mut self, value: &Value, path: &str, depth: usize) -> Result<Condition, Invalid> {
        if depth == MAX_DEPTH {
            return Err(too_large(&format!("conditions are nested deeper than {MAX_DEPTH}")));
        }
        let node = self.node(value, path, "fnApply")?;
        let name = match node.get("fnName") {
            Some(Value::String(name)) if !name.trim().is_empty() => name.trim().to_ascii_lowercase(),
            _ => {
                let message = format!("`{path}.fnName` is missing: give the operator, such as `=` or `and`");
                return Err(Invalid::new("CONNECTOR-1350-400", message));
            }
        };
        let params = match node.get("params") {
            Some(Value::Array(params)) => params.as_slice(),
            None | Some(Value::Null) => &[],
            Some(_) => return Err(malformed(&format!("{path}.params"), "a list is expected")),
        };
        match name.as_str() {
            "and" => Ok(Condition::And(self.conditions(params, path, depth)?)),
            "or" => Ok(Condition::Or(self.conditions(params, path, depth)?)),
            "not" => {
                let [only] = params else {
                    let message = format!("`{path}` has {} conditions below `not`: give exactly one", params.len());
                    return Err(Invalid::new("CONNECTOR-1390-400", message));
                };
                let inner = self.condition(only, &format!("{path}.params[0]"), depth + 1)?;
                Ok(Condition::Not(Box::new(inner)))
            }
            "isnull" => self.is_null(params, path),
            "in" => self.in_list(params, path),
            other => self.compare(other, params, path),
        }
    }

    fn conditions(&mut self, params: &[Value], path: &str, depth: usize) -> Result<Vec<Condition>, Invalid> {
        if params.is_empty() {
            return Err(malformed(&format!("{path}.params"), "at least one condition is expected"));
        }
        let read = |(index, param)| self.condition(param, &format!("{path}.params[{index}]"), depth + 1);
        params.iter().enumerate().map(read).collect()
    }

    fn is_null(&mut self, params: &[Value], path: &str) -> Result<Condition, Invalid> {
        let [only] = params else {
            return Err(malformed(&format!("{path}.params"), "`isNull` takes exactly one column"));
        };
        match self.operand(only, &format!("{path}.params[0]"))? {
            Operand::Column(column) => Ok(Condition::IsNull { column }),
            Operand::Literal(_) => Err(malformed(&format!("{path}.params[0]"), "`isNull` takes a column")),
        }
    }

    fn in_list(&mut self, params: &[Value], path: &str) -> Result<Condition, Invalid> {
        let (column, literal) = self.column_and_literal(params, path, "in")?;
        let Value::Array(values) = literal else {
            return Err(malformed(&format!("{path}.params[1].value"), "`in` takes a list of values"));
        };
        if values.is_empty() || values.len() > MAX_VALUES {
            return Err(malformed(&format!("{path}.params[1].value"), &format!("`in` takes 1 to {MAX_VALUES} values")));
        }
        values.iter().try_for_each(|value| check_scalar(value, path, "in"))?;
        Ok(Condition::In { column, values })
    }

    fn compare(&mut self, name: &str, params: &[Value], path: &str) -> Result<Condition, Invalid> {
        let by = match name {
            "=" | "==" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            "like" => Comparison::Like,
            other => return Err(unknown_operator(other, params, path)),
        };
        let (column, value) = self.column_and_literal(params, path, name)?;
        check_scalar(&value, path, name)?;
        if by == Comparison::Like && !value.is_string() {
            return Err(malformed(&format!("{path}.params[1].value"), "`like` takes a text"));
        }
        Ok(Condition::Compare { by, column, value })
    }

    fn column_and_literal(&mut self, params: &[Value], path: &str, name: &str) -> Result<(String, Value), Invalid> {
        let [left, right] = params else {
            return Err(malformed(&format!("{path}.params"), &format!("`{name}` takes a column and a value")));
        };
        let left = self.operand(left, &format!("{path}.params[0]"))?;
        let right = self.operand(right, &format!("{path}.params[1]"))?;
        match (left, right) {
            (Operand::Column(column), Operand::Literal(value)) => Ok((column, value)),
            _ => Err(malformed(&format!("{path}.params"), &format!("`{name}` takes a column, then a value"))),
        }
    }

    fn operand(&mut self, value: &Value, path: &str) -> Result<Operand, Invalid> {
        let node = self.node(value, path, "")?;
        if kind(node) == "fieldlookup" {
            return match node.get("fieldName") {
                Some(Value::String(name)) if !name.is_empty() && name.len() <= MAX_TEXT_BYTES => {
                    Ok(Operand::Column(name.clone()))
                }
                _ => Err(malformed(&format!("{path}.fieldName"), "the name of a column is expected")),
            };
        }
        match node.get("value") {
            Some(value) if kind(node) == "literal" => Ok(Operand::Literal(value.clone())),
            None if kind(node) == "literal" => {
                Err(Invalid::new("CONNECTOR-1357-400", format!("`{path}.value` is missing: give a value")))
            }
            _ => Err(malformed(&format!("{path}.nodeType"), "`fieldLookup` or `literal` is expected")),
        }
    }

    /// A node of the kind `wanted`; of any kind where that is empty.
    fn node<'a>(&mut self, value: &'a Value, path: &str, wanted: &str) -> Result<&'a Map<String, Value>, Invalid> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(too_large(&format!("it has more than {MAX_NODES} nodes")));
        }
        let node = value.as_object().ok_or_else(|| malformed(path, "an object with `nodeType` is expected"))?;
        if wanted.is_empty() || kind(node) == wanted.to_ascii_lowercase() {
            return Ok(node);
        }
        Err(malformed(&format!("{path}.nodeType"), &format!("`{wanted}` is expected")))
    }
}

/// What stands below tells whether the name is meant as a logical operator or as a comparison.
fn unknown_operator(name: &str, params: &[Value], path: &str) -> Invalid {
    let logical = params.iter().any(|param| param.as_object().is_some_and(|node| kind(node) == "fnapply"));
    let (code, known) = if logical {
        ("CONNECTOR-1351-400", "and, or or not")
    } else {
        ("CONNECTOR-1352-400", "=, !=, <, <=, >, >=, like, in or isNull")
    };
    Invalid::new(code, format!("`{path}.fnName` `{}` is no operator of `filters`: use {known}", excerpt(name)))
}

fn kind(node: &Map<String, Value>) -> String {
    node.get("nodeType").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase()
}

fn check_scalar(value: &Value, path: &str, operator: &str) -> Result<(), Invalid> {
    match value {
        Value::Null => {
            let message = format!("`{path}` compares with null by `{operator}`: use `isNull`");
            Err(Invalid::new("CONNECTOR-1377-400", message))
        }
        Value::String(text) if text.len() > MAX_TEXT_BYTES => {
            Err(too_large(&format!("a value is longer than {MAX_TEXT_BYTES} bytes")))
        }
        Value::String(_) | Value::Number(_) | Value::Bool(_) => Ok(()),
        Value::Array(_) | Value::Object(_) => {
            Err(malformed(path, &format!("`{operator}` takes texts, numbers or booleans as values")))
        }
    }
}

fn malformed(path: &str, cure: &str) -> Invalid {
    Invalid::new("CONNECTOR-1349-400", format!("`{path}` does not belong into a filter: {cure}"))
}
