//! Mappings as rules for the compiler, and against the fields of the target schema.

use std::collections::HashSet;

use super::{BAD_SET, Content, Mapping, SourceType};
use crate::Invalid;
use crate::expression::{self, Step};
use crate::invalid::excerpt;
use crate::mapping::{Rule, RuleError, RuleSource, parse_attribute, parse_destination, target_type};
use crate::xdm::{Field, FieldType};

impl Mapping {
    /// The rule for the compiler. `at` is what stands before the names of members in messages.
    pub fn rule(&self, at: &str) -> Result<Rule, Invalid> {
        let bad = |field: &str, error: &RuleError| Invalid::new(BAD_SET, format!("`{at}{field}`: {error}"));
        let source = match self.source_type {
            SourceType::Static => RuleSource::Static(self.source.clone()),
            SourceType::Attribute => {
                RuleSource::Attribute(parse_attribute(&self.source).map_err(|error| bad("source", &error))?)
            }
            SourceType::Expression => {
                let text = &self.source;
                expression::parse(text).map_err(|error| {
                    let name = excerpt(text);
                    Invalid::new(BAD_SET, format!("`{at}source` `{name}` is not an expression: {error}"))
                })?;
                RuleSource::Expression(text.clone())
            }
        };
        let destination = parse_destination(&self.destination).map_err(|error| bad("destination", &error))?;
        Ok(Rule { source, destination })
    }

    /// What is said of a destination that an earlier mapping has.
    pub fn occurs_twice(&self, at: &str) -> Invalid {
        let name = excerpt(&self.destination);
        Invalid::new(BAD_SET, format!("`{at}destination` `{name}` occurs twice: map each field once"))
    }
}

impl Content {
    /// The rules for the compiler. A destination that occurs twice is refused.
    pub fn rules(&self) -> Result<Vec<Rule>, Invalid> {
        let mut seen = HashSet::new();
        let rule = |(n, mapping): (usize, &Mapping)| {
            let at = format!("mappings[{n}].");
            let rule = mapping.rule(&at)?;
            if seen.insert(rule.destination.clone()) { Ok(rule) } else { Err(mapping.occurs_twice(&at)) }
        };
        self.mappings.iter().enumerate().map(rule).collect()
    }

    /// Checks the destinations against the fields of the target schema; one list entry per broken mapping.
    pub fn check_destinations(&self, fields: &[Field]) -> Vec<Invalid> {
        let check = |(n, mapping): (usize, &Mapping)| {
            let destination = parse_destination(&mapping.destination).ok()?;
            let name = excerpt(&mapping.destination);
            let message = match (target_type(fields, &destination), mapping.source_type) {
                (None, _) => {
                    format!(
                        "`mappings[{n}].destination` `{name}` is not a field of the target schema: correct the path"
                    )
                }
                (Some(FieldType::Object(_) | FieldType::Array(_) | FieldType::Map(_)), SourceType::Static) => {
                    format!(
                        "`mappings[{n}].destination` `{name}` holds more than one value: a static text needs a simple field"
                    )
                }
                _ => return None,
            };
            Some(Invalid::new(BAD_SET, message))
        };
        self.mappings.iter().enumerate().filter_map(check).collect()
    }
}

/// The dotted paths of required fields that no destination feeds, while the object around them is there.
pub fn uncovered(fields: &[Field], destinations: &[Vec<Step>]) -> Vec<String> {
    let mut found = Vec::new();
    let all: Vec<&[Step]> = destinations.iter().map(Vec::as_slice).collect();
    look(fields, &all, "", &mut found);
    found
}

/// `below` are the rests of the destinations that lead into the object of these fields.
fn look(fields: &[Field], below: &[&[Step]], parent: &str, found: &mut Vec<String>) {
    for field in fields {
        let into: Vec<&[Step]> = below
            .iter()
            .filter_map(|path| match path.split_first() {
                Some((Step::Name(name), rest)) if *name == field.name => Some(rest),
                _ => None,
            })
            .collect();
        let path = if parent.is_empty() { field.name.clone() } else { format!("{parent}.{}", field.name) };
        if into.is_empty() {
            if field.required {
                found.push(path);
            }
        } else if let FieldType::Object(members) = &field.ty
            && into.iter().all(|rest| !rest.is_empty())
        {
            // What is mapped as a whole may bring any member with it.
            look(members, &into, &path, found);
        }
    }
}
