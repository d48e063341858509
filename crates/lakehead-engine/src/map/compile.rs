//! From rules and a target schema to a tree with one node per column, so that evaluation only walks it.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use lakehead_connect::format::{Projection, Shape, Wanted};
use lakehead_expression::{Expression, Kind};
use lakehead_model::expression::{SourcePath, Step};
use lakehead_model::mapping::{Rule, RuleSource, path_text, target_type};
use lakehead_model::xdm::{Field, FieldType};

use super::node::{Node, Source, fed_only, nodes, place};
use super::rules::{self, Check};
use super::{MapError, text};

/// A compiled mapping.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub(super) target: SchemaRef,
    pub(super) roots: Vec<Node>,
    /// The fields of the target.
    fields: Vec<Field>,
    /// What rows are validated against.
    pub(super) checks: Vec<Check>,
    pub(super) projection: Projection,
}

impl Mapping {
    /// Compiles `rules` against the schema `fields`, whose columns are `target`. Without rules, root fields take
    /// the source's root attributes of the same name. `flat` says that source rows have no nested attributes.
    ///
    /// # Errors
    /// A destination that does not exist, is fed twice, or cannot take what it is given; a pattern of the schema that cannot
    /// be compiled.
    pub fn compile(rules: Option<&[Rule]>, fields: &[Field], target: SchemaRef, flat: bool) -> Result<Self, MapError> {
        let by_name;
        let rules = if let Some(rules) = rules {
            rules
        } else {
            by_name = rules_by_name(fields, flat);
            &by_name
        };
        let mut mapping = Self {
            roots: nodes(target.fields(), fields, ""),
            target,
            fields: fields.to_vec(),
            checks: Vec::new(),
            projection: Projection::default(),
        };
        for rule in rules {
            mapping.add(rule, flat)?;
        }
        mapping.leave_out_unfed();
        mapping.checks = rules::compile(fields, mapping.target.fields())?;
        Ok(mapping)
    }

    /// The schema of mapped batches: the columns of the target that are fed, or checked because they are required.
    /// Readers find null where a data file has no column; writing nulls into hundreds of columns would take the
    /// memory of hundreds of encoders.
    pub fn output(&self) -> &SchemaRef {
        &self.target
    }

    fn leave_out_unfed(&mut self) {
        let fields = fed_only(&mut self.roots, &self.fields);
        let schema = Schema::new_with_metadata(fields, self.target.metadata().clone());
        self.target = Arc::new(schema);
    }

    pub(super) fn add(&mut self, rule: &Rule, flat: bool) -> Result<(), MapError> {
        let path = path_text(&rule.destination);
        let ty = target_type(&self.fields, &rule.destination).ok_or_else(|| MapError::Destination(path.clone()))?;
        let source = match &rule.source {
            RuleSource::Attribute(attribute) => {
                let each = !attribute.is_wildcard() || fits(Kind::Array, ty, &rule.destination);
                if !each || (flat && !is_scalar(ty)) {
                    return Err(MapError::NotScalar { destination: path, ty: ty.name() });
                }
                self.projection.add(attribute, wanted(attribute, ty, &rule.destination))?;
                Source::Attribute(attribute.clone())
            }
            RuleSource::Static(value) => {
                if !is_scalar(ty) {
                    return Err(MapError::NotScalar { destination: path, ty: ty.name() });
                }
                if !text::is_value(value, ty) {
                    return Err(MapError::Static { destination: path, text: value.clone(), ty: ty.name() });
                }
                Source::Static(value.clone())
            }
            RuleSource::Expression(text) => {
                let expression = Expression::compile(text).map_err(|error| MapError::Expression {
                    text: short(text),
                    destination: path.clone(),
                    error,
                })?;
                if !fits(expression.kind(), ty, &rule.destination) {
                    let (text, given) = (short(text), expression.kind().name());
                    return Err(MapError::Kind { text, given, destination: path, ty: ty.name() });
                }
                for attribute in expression.attributes() {
                    self.projection.add(attribute, Shape::Any)?;
                }
                Source::Expression(text.as_str().into(), Arc::new(expression))
            }
        };
        // A field without a column (an object without members) takes nothing.
        let Some(node) = place(&mut self.roots, &rule.destination) else { return Ok(()) };
        if node.source.replace(source).is_some() {
            return Err(MapError::Twice(path));
        }
        Ok(())
    }
}

fn is_scalar(ty: &FieldType) -> bool {
    !matches!(ty, FieldType::Object(_) | FieldType::Array(_) | FieldType::Map(_))
}

/// Whether what an expression gives can be what the destination takes. Behind `[*]` an array gives its items.
fn fits(given: Kind, ty: &FieldType, destination: &[Step]) -> bool {
    match given {
        Kind::Any | Kind::Null => true,
        Kind::Array => matches!(ty, FieldType::Array(_)) || destination.contains(&Step::Each),
        Kind::Object => matches!(ty, FieldType::Object(_) | FieldType::Map(_)),
        _ => is_scalar(ty),
    }
}

fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

fn rules_by_name(fields: &[Field], flat: bool) -> Vec<Rule> {
    let rule = |field: &Field| {
        let step = Step::Name(field.name.clone());
        let path = SourcePath { literal: field.name.clone(), steps: vec![step.clone()] };
        Rule { source: RuleSource::Attribute(path), destination: vec![step] }
    };
    fields.iter().filter(|field| !flat || is_scalar(&field.ty)).map(rule).collect()
}

/// What has to be read of an attribute to fill a field of this type.
fn wanted(attribute: &SourcePath, ty: &FieldType, destination: &[Step]) -> Shape {
    match ty {
        // A single value may stand for the object, see `items.rs`.
        FieldType::Object(_) if destination.contains(&Step::Each) => Shape::Any,
        FieldType::Array(item) if attribute.is_wildcard() => shape(item),
        ty => shape(ty),
    }
}

fn shape(ty: &FieldType) -> Shape {
    match ty {
        FieldType::Object(fields) => Shape::Object(
            fields.iter().map(|field| Wanted { name: field.name.clone(), shape: shape(&field.ty) }).collect(),
        ),
        FieldType::Array(item) => Shape::List(Box::new(shape(item))),
        FieldType::Map(value) => Shape::Map(Box::new(shape(value))),
        _ => Shape::Scalar,
    }
}
