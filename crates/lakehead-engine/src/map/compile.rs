//! From rules and a target schema to a tree with one node per column, so that evaluation only walks it.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field as ArrowField, FieldRef, Fields, Schema, SchemaRef};
use lakehead_connect::format::{Projection, Shape, Wanted};
use lakehead_model::mapping::{AttributePath, Rule, RuleSource};
use lakehead_model::xdm::{Field, FieldType, lookup};

use super::{MapError, text};
use crate::layout::SYSTEM_COLUMN;

/// A compiled mapping.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub(super) target: SchemaRef,
    pub(super) roots: Vec<Node>,
    /// The fields that rows are validated against.
    pub(super) fields: Vec<Field>,
    pub(super) projection: Projection,
}

/// One column of the target, or one member of a struct column.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) column: FieldRef,
    /// Dotted path.
    pub(super) path: String,
    /// `None` for a column the schema does not know (any more).
    pub(super) ty: Option<FieldType>,
    pub(super) source: Option<RuleSource>,
    /// Members, of objects.
    pub(super) members: Vec<Node>,
}

impl Node {
    /// Whether any rule feeds this node or something below it.
    pub(super) fn is_fed(&self) -> bool {
        self.source.is_some() || self.members.iter().any(Self::is_fed)
    }
}

impl Mapping {
    /// Compiles `rules` against the schema `fields`, whose columns are `target`. Without rules, root fields take
    /// the source's root attributes of the same name. `flat` says that source rows have no nested attributes.
    ///
    /// # Errors
    /// A destination that does not exist, is fed twice, or cannot take what it is given.
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
            projection: Projection::default(),
        };
        for rule in rules {
            mapping.add(rule, flat)?;
        }
        mapping.leave_out_unfed();
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

    fn add(&mut self, rule: &Rule, flat: bool) -> Result<(), MapError> {
        let path = rule.destination.join(".");
        let ty = lookup(&self.fields, &rule.destination).ok_or_else(|| MapError::Destination(path.clone()))?;
        let scalar = !matches!(ty, FieldType::Object(_) | FieldType::Array(_) | FieldType::Map(_));
        match &rule.source {
            RuleSource::Attribute(_) if scalar || !flat => {}
            RuleSource::Static(_) if scalar => {}
            _ => return Err(MapError::NotScalar { destination: path, ty: ty.name() }),
        }
        match &rule.source {
            RuleSource::Attribute(source) => self.projection.add(source, shape(ty))?,
            RuleSource::Static(value) => {
                if !text::is_value(value, ty) {
                    return Err(MapError::Static { destination: path, text: value.clone(), ty: ty.name() });
                }
            }
        }
        // A field without a column (an object without members) takes nothing.
        let Some(node) = find(&mut self.roots, &rule.destination) else { return Ok(()) };
        if node.source.replace(rule.source.clone()).is_some() {
            return Err(MapError::Twice(path));
        }
        Ok(())
    }
}

/// Takes out nodes that nothing feeds; answers the columns that are left.
fn fed_only(nodes: &mut Vec<Node>, fields: &[Field]) -> Fields {
    nodes.retain_mut(|node| {
        let field = fields.iter().find(|field| field.name == *node.column.name());
        if node.column.name() == SYSTEM_COLUMN {
            return true;
        }
        if !node.is_fed() {
            return field.is_some_and(|field| field.required);
        }
        // What feeds an object as a whole may feed every member of it.
        if let (None, Some(FieldType::Object(members))) = (&node.source, field.map(|field| &field.ty)) {
            let columns = fed_only(&mut node.members, members);
            node.column = Arc::new(ArrowField::clone(&node.column).with_data_type(DataType::Struct(columns)));
        }
        true
    });
    nodes.iter().map(|node| FieldRef::clone(&node.column)).collect()
}

fn rules_by_name(fields: &[Field], flat: bool) -> Vec<Rule> {
    let takes =
        |field: &&Field| !flat || !matches!(field.ty, FieldType::Object(_) | FieldType::Array(_) | FieldType::Map(_));
    let rule = |field: &Field| Rule {
        source: RuleSource::Attribute(AttributePath { literal: field.name.clone(), steps: vec![field.name.clone()] }),
        destination: vec![field.name.clone()],
    };
    fields.iter().filter(takes).map(rule).collect()
}

fn nodes(columns: &arrow::datatypes::Fields, fields: &[Field], parent: &str) -> Vec<Node> {
    let node = |column: &FieldRef| {
        let field = fields.iter().find(|field| field.name == *column.name());
        let path = if parent.is_empty() { column.name().clone() } else { format!("{parent}.{}", column.name()) };
        let members = match (column.data_type(), field.map(|field| &field.ty)) {
            (DataType::Struct(columns), Some(FieldType::Object(fields))) => nodes(columns, fields, &path),
            _ => Vec::new(),
        };
        Node { column: FieldRef::clone(column), path, ty: field.map(|field| field.ty.clone()), source: None, members }
    };
    columns.iter().map(node).collect()
}

fn find<'a>(nodes: &'a mut [Node], path: &[String]) -> Option<&'a mut Node> {
    let (first, rest) = path.split_first()?;
    let node = nodes.iter_mut().find(|node| node.column.name() == first)?;
    if rest.is_empty() { Some(node) } else { find(&mut node.members, rest) }
}

/// What has to be read of an attribute to fill a field of this type.
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
