//! What a source can do with filters, as its connection spec announces it.

use serde_json::Value;

use super::Condition;
use crate::Invalid;

/// `attributes.filterAtSource` of a connection spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Support {
    /// `None` where nothing is said: all of them.
    logical: Option<Vec<String>>,
    comparison: Option<Vec<String>>,
}

impl Support {
    /// Reads the attributes of a connection spec. `CONNECTOR-1353-400`: the source has no filters; `CONNECTOR-1354-400`: they are
    /// in a language that is not SQL.
    pub fn of(attributes: &Value) -> Result<Self, Invalid> {
        let filters = &attributes["filterAtSource"];
        if filters["enabled"] != true {
            let message = "this source does not filter rows: leave out `filters`, and filter after ingestion";
            return Err(Invalid::new("CONNECTOR-1353-400", message));
        }
        if filters["queryLanguage"].as_str().is_some_and(|language| !language.eq_ignore_ascii_case("SQL")) {
            let message = "the query language of this source is not supported for `filters`: leave them out";
            return Err(Invalid::new("CONNECTOR-1354-400", message));
        }
        let names = |member: &str| {
            let list = filters[member].as_array()?;
            Some(list.iter().filter_map(Value::as_str).map(str::to_ascii_lowercase).collect())
        };
        Ok(Self { logical: names("logicalOperators"), comparison: names("comparisonOperators") })
    }

    /// Every operator of `condition` must be known to the source: `CONNECTOR-1351-400` for logical ones,
    /// `CONNECTOR-1352-400` for comparisons.
    pub(super) fn check(&self, condition: &Condition) -> Result<(), Invalid> {
        match condition {
            Condition::And(inner) => {
                self.logical("and")?;
                inner.iter().try_for_each(|condition| self.check(condition))
            }
            Condition::Or(inner) => {
                self.logical("or")?;
                inner.iter().try_for_each(|condition| self.check(condition))
            }
            Condition::Not(inner) => {
                self.logical("not")?;
                self.check(inner)
            }
            Condition::Compare { by, .. } => self.comparison(by.name()),
            Condition::In { .. } => self.comparison("in"),
            // Documented for every source that filters, and in no list of operators.
            Condition::IsNull { .. } => Ok(()),
        }
    }

    fn logical(&self, name: &str) -> Result<(), Invalid> {
        known(self.logical.as_deref(), name, "CONNECTOR-1351-400")
    }

    fn comparison(&self, name: &str) -> Result<(), Invalid> {
        known(self.comparison.as_deref(), name, "CONNECTOR-1352-400")
    }
}

fn known(names: Option<&[String]>, name: &str, code: &'static str) -> Result<(), Invalid> {
    match names {
        Some(names) if !names.iter().any(|known| known == name) => {
            let message = format!("this source has no operator `{name}` in `filters`: use {}", names.join(", "));
            Err(Invalid::new(code, message))
        }
        _ => Ok(()),
    }
}
