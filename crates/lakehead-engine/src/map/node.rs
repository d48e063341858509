//! The tree that a mapping is compiled to: one node per column of the target, per member of an object, per item of an array
//! that is filled one by one, per key of a map.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field as ArrowField, FieldRef, Fields};
use lakehead_expression::Expression;
use lakehead_model::expression::{SourcePath, Step};
use lakehead_model::xdm::{Field, FieldType};

use crate::layout::SYSTEM_COLUMN;

/// One place of the target.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) column: FieldRef,
    /// As messages write it.
    pub(super) path: String,
    /// `None` for a column the schema does not know (any more).
    pub(super) ty: Option<FieldType>,
    pub(super) source: Option<Source>,
    pub(super) inside: Inside,
}

/// What feeds a node as a whole.
#[derive(Clone, Debug)]
pub(super) enum Source {
    Attribute(SourcePath),
    Static(String),
    /// The text, for messages, and what computes it.
    Expression(Arc<str>, Arc<Expression>),
}

/// What is in a node.
#[derive(Clone, Debug)]
pub(super) enum Inside {
    /// Nothing that is fed by itself.
    Nothing,
    /// Members of an object.
    Members(Vec<Node>),
    /// Items of an array by their index, and what every item is made of.
    Items(BTreeMap<usize, Node>, Option<Box<Node>>),
    /// Values of a map by their key.
    Keys(Vec<(String, Node)>),
}

impl Node {
    /// Whether any rule feeds this node or something in it.
    pub(super) fn is_fed(&self) -> bool {
        self.source.is_some()
            || match &self.inside {
                Inside::Nothing => false,
                Inside::Members(members) => members.iter().any(Self::is_fed),
                Inside::Items(..) | Inside::Keys(_) => true,
            }
    }

    /// A node of a type, with nodes for the members of objects.
    pub(super) fn new(column: &FieldRef, path: String, ty: Option<&FieldType>) -> Self {
        let inside = match (column.data_type(), ty) {
            (DataType::Struct(columns), Some(FieldType::Object(fields))) => {
                Inside::Members(nodes(columns, fields, &path))
            }
            _ => Inside::Nothing,
        };
        Self { column: FieldRef::clone(column), path, ty: ty.cloned(), source: None, inside }
    }
}

/// A node for each column.
pub(super) fn nodes(columns: &Fields, fields: &[Field], parent: &str) -> Vec<Node> {
    let node = |column: &FieldRef| {
        let field = fields.iter().find(|field| field.name == *column.name());
        let path = if parent.is_empty() { column.name().clone() } else { format!("{parent}.{}", column.name()) };
        Node::new(column, path, field.map(|field| &field.ty))
    };
    columns.iter().map(node).collect()
}

/// The node of a destination, made on the way where it is an item or a key; `None` where there is no column.
pub(super) fn place<'a>(nodes: &'a mut [Node], path: &[Step]) -> Option<&'a mut Node> {
    let (Step::Name(first), mut rest) = path.split_first()? else { return None };
    let mut node = nodes.iter_mut().find(|node| node.column.name() == first)?;
    while let Some((step, after)) = rest.split_first() {
        rest = after;
        node = child(node, step)?;
    }
    Some(node)
}

fn child<'a>(node: &'a mut Node, step: &Step) -> Option<&'a mut Node> {
    let Node { column, path, ty, inside, .. } = node;
    match (step, ty.as_ref()?, column.data_type()) {
        (Step::Name(name), FieldType::Object(_), _) => {
            let Inside::Members(members) = inside else { return None };
            members.iter_mut().find(|member| member.column.name() == name)
        }
        (Step::Name(name), FieldType::Map(value), DataType::Map(entries, _)) => {
            if matches!(inside, Inside::Nothing) {
                *inside = Inside::Keys(Vec::new());
            }
            let Inside::Keys(keys) = inside else { return None };
            let found = keys.iter().position(|(key, _)| key == name);
            let place = if let Some(place) = found {
                place
            } else {
                let DataType::Struct(pair) = entries.data_type() else { return None };
                keys.push((name.clone(), Node::new(pair.get(1)?, format!("{path}.{name}"), Some(value))));
                keys.len() - 1
            };
            Some(&mut keys[place].1)
        }
        (Step::Index(_) | Step::Each, FieldType::Array(item), DataType::List(element)) => {
            if matches!(inside, Inside::Nothing) {
                *inside = Inside::Items(BTreeMap::new(), None);
            }
            let Inside::Items(slots, each) = inside else { return None };
            Some(match step {
                Step::Index(index) => {
                    let new = || Node::new(element, format!("{path}[{index}]"), Some(item));
                    slots.entry(*index).or_insert_with(new)
                }
                _ => each.get_or_insert_with(|| Box::new(Node::new(element, format!("{path}[*]"), Some(item)))),
            })
        }
        _ => None,
    }
}

/// Takes out members that nothing feeds; answers the columns that are left.
pub(super) fn fed_only(nodes: &mut Vec<Node>, fields: &[Field]) -> Fields {
    nodes.retain_mut(|node| {
        let field = fields.iter().find(|field| field.name == *node.column.name());
        if node.column.name() == SYSTEM_COLUMN {
            return true;
        }
        if !node.is_fed() {
            return field.is_some_and(|field| field.required);
        }
        // What feeds an object as a whole may feed every member of it.
        if let (None, Some(FieldType::Object(fields)), Inside::Members(members)) =
            (&node.source, field.map(|field| &field.ty), &mut node.inside)
        {
            let columns = fed_only(members, fields);
            node.column = Arc::new(ArrowField::clone(&node.column).with_data_type(DataType::Struct(columns)));
        }
        true
    });
    nodes.iter().map(|node| FieldRef::clone(&node.column)).collect()
}
