//! What rows are checked for, compiled once per run: one entry for each column, or place in one, of which anything is
//! required or demanded.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Fields};
use lakehead_model::xdm::constraints::Constraints;
use lakehead_model::xdm::{Field, FieldType};
use serde_json::Value;

use super::MapError;
use super::demand::{self, Demand, Patterns};

/// What is checked at one place.
#[derive(Clone, Debug)]
pub(super) struct Check {
    /// Position among the columns, or among the members of the object.
    pub(super) index: usize,
    pub(super) path: Arc<str>,
    pub(super) required: bool,
    /// What is set where there is no value.
    pub(super) default: Option<Value>,
    pub(super) demands: Vec<Demand>,
    pub(super) inside: Within,
}

/// What is checked inside of a place.
#[derive(Clone, Debug)]
pub(super) enum Within {
    Nothing,
    Members(Vec<Check>),
    Items(Box<Check>),
    Values(Box<Check>),
}

/// Compiles the checks of the fields that have a column.
pub(super) fn compile(fields: &[Field], columns: &Fields) -> Result<Vec<Check>, MapError> {
    Compiler { patterns: Patterns::new() }.members(fields, columns, "", false)
}

struct Compiler {
    patterns: Patterns,
}

impl Compiler {
    fn members(
        &mut self,
        fields: &[Field],
        columns: &Fields,
        parent: &str,
        repeated: bool,
    ) -> Result<Vec<Check>, MapError> {
        let by_name: HashMap<&str, &Field> = fields.iter().map(|field| (field.name.as_str(), field)).collect();
        let mut out = Vec::new();
        for (index, column) in columns.iter().enumerate() {
            let Some(field) = by_name.get(column.name().as_str()) else { continue };
            let path = if parent.is_empty() { field.name.clone() } else { format!("{parent}.{}", field.name) };
            let constraints = field.constraints.as_deref();
            let check = self.place(&field.ty, constraints, column.data_type(), &path, repeated)?;
            let default = constraints.and_then(|constraints| constraints.default.clone());
            // In lists it is not known which values were lost by conversion, and those must not become the default.
            let default = default.filter(|_| field.required && (!repeated || field.ty == FieldType::String));
            let check = Check { index, required: field.required, default, ..check };
            if !check.is_idle() {
                out.push(check);
            }
        }
        Ok(out)
    }

    fn place(
        &mut self,
        ty: &FieldType,
        constraints: Option<&Constraints>,
        column: &DataType,
        path: &str,
        repeated: bool,
    ) -> Result<Check, MapError> {
        let demands = match constraints {
            Some(constraints) => demand::of(constraints, column, path, &mut self.patterns)?,
            None => Vec::new(),
        };
        let each = constraints.and_then(|constraints| constraints.each.as_deref());
        let inside = match (ty, column) {
            (FieldType::Object(fields), DataType::Struct(columns)) => {
                Within::Members(self.members(fields, columns, path, repeated)?)
            }
            (FieldType::Array(item), DataType::List(element)) => {
                Within::Items(Box::new(self.place(item, each, element.data_type(), path, true)?))
            }
            (FieldType::Map(value), DataType::Map(entries, _)) => match entries.data_type() {
                DataType::Struct(pair) if pair.len() == 2 => {
                    Within::Values(Box::new(self.place(value, each, pair[1].data_type(), path, true)?))
                }
                _ => Within::Nothing,
            },
            _ => Within::Nothing,
        };
        let inside = if inside.is_idle() { Within::Nothing } else { inside };
        Ok(Check { index: 0, path: path.into(), required: false, default: None, demands, inside })
    }
}

impl Check {
    fn is_idle(&self) -> bool {
        !self.required && self.demands.is_empty() && self.inside.is_idle()
    }

    /// Whether there is a default here or inside.
    pub(super) fn fills(&self) -> bool {
        self.default.is_some()
            || match &self.inside {
                Within::Nothing => false,
                Within::Members(members) => members.iter().any(Self::fills),
                Within::Items(each) | Within::Values(each) => each.fills(),
            }
    }
}

impl Within {
    fn is_idle(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Members(members) => members.is_empty(),
            Self::Items(each) | Self::Values(each) => each.is_idle(),
        }
    }
}
