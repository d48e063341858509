//! One type for what several JSON texts say.

use std::collections::HashMap;

use arrow::datatypes::{DataType, Field};
use serde_json::Value;

use crate::column::item_field;

/// What values of one place are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Shape<'t> {
    /// Nothing but null.
    #[default]
    Null,
    Boolean,
    Integer,
    Number,
    /// Text, and whatever does not go together otherwise.
    Text,
    List(Box<Self>),
    Object(Members<'t>),
}

/// Members in the order in which they are seen first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Members<'t> {
    pub(super) list: Vec<(&'t str, Shape<'t>)>,
    places: HashMap<&'t str, usize>,
}

impl<'t> Members<'t> {
    fn get(&self, name: &str) -> Option<&Shape<'t>> {
        self.places.get(name).map(|place| &self.list[*place].1)
    }

    fn entry(&mut self, name: &'t str) -> &mut Shape<'t> {
        let place = *self.places.entry(name).or_insert(self.list.len());
        if place == self.list.len() {
            self.list.push((name, Shape::Null));
        }
        &mut self.list[place].1
    }
}

impl<'t> Shape<'t> {
    /// The shape of a value.
    pub(super) fn of(value: &'t Value) -> Self {
        let mut shape = Self::Null;
        shape.widen(value);
        shape
    }

    /// Makes room for a value.
    fn widen(&mut self, value: &'t Value) {
        match (&mut *self, value) {
            (Self::List(item), Value::Array(values)) => {
                for value in values {
                    item.widen(value);
                }
            }
            (Self::Object(members), Value::Object(values)) => {
                for (name, value) in values {
                    members.entry(name).widen(value);
                }
            }
            (_, Value::Array(values)) => {
                let mut item = Self::Null;
                for value in values {
                    item.widen(value);
                }
                self.merge(Self::List(Box::new(item)));
            }
            (_, Value::Object(values)) => {
                let mut members = Members::default();
                for (name, value) in values {
                    members.entry(name).widen(value);
                }
                self.merge(Self::Object(members));
            }
            (_, Value::Null) => {}
            (_, Value::Bool(_)) => self.merge(Self::Boolean),
            (_, Value::Number(number)) if number.is_i64() => self.merge(Self::Integer),
            (_, Value::Number(_)) => self.merge(Self::Number),
            (_, Value::String(_)) => self.merge(Self::Text),
        }
    }

    /// Makes room for values of another shape.
    pub(super) fn merge(&mut self, other: Self) {
        match (&mut *self, other) {
            (_, Self::Null) | (Self::Number, Self::Integer) => {}
            (Self::Null, other) => *self = other,
            (Self::List(item), Self::List(other)) => item.merge(*other),
            (Self::Object(members), Self::Object(other)) => {
                for (name, shape) in other.list {
                    members.entry(name).merge(shape);
                }
            }
            (Self::Integer, Self::Number) => *self = Self::Number,
            (known, other) => {
                if *known != other {
                    *self = Self::Text;
                }
            }
        }
    }

    /// How many members [`Self::merge`] would add.
    pub(super) fn added(&self, other: &Self) -> usize {
        match (self, other) {
            (Self::List(item), Self::List(other)) => item.added(other),
            (Self::Object(members), Self::Object(other)) => {
                let added = |(name, shape): &(&str, Self)| match members.get(name) {
                    Some(known) => known.added(shape),
                    None => 1 + shape.members(),
                };
                other.list.iter().map(added).sum()
            }
            (Self::Null, other) => other.members(),
            _ => 0,
        }
    }

    /// How many members there are, at every depth.
    fn members(&self) -> usize {
        match self {
            Self::List(item) => item.members(),
            Self::Object(members) => members.list.iter().map(|(_, shape)| 1 + shape.members()).sum(),
            _ => 0,
        }
    }

    /// The type of its columns.
    pub(super) fn data_type(&self) -> DataType {
        match self {
            Self::Null => DataType::Null,
            Self::Boolean => DataType::Boolean,
            Self::Integer => DataType::Int64,
            Self::Number => DataType::Float64,
            Self::Text => DataType::Utf8View,
            Self::List(item) => DataType::List(item_field(&item.data_type())),
            Self::Object(members) => {
                let field = |(name, shape): &(&str, Self)| Field::new(*name, shape.data_type(), true);
                DataType::Struct(members.list.iter().map(field).collect())
            }
        }
    }
}

/// How many items the arrays in a value have.
pub(super) fn items(value: &Value) -> usize {
    match value {
        Value::Array(values) => values.len() + values.iter().map(items).sum::<usize>(),
        Value::Object(values) => values.values().map(items).sum(),
        _ => 0,
    }
}
