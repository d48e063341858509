//! What the values of JSON records are, noted without keeping them.

use std::{collections::HashMap, fmt, sync::Arc};

use arrow::datatypes::{DataType, Field};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::columns::{fields_of, type_of};
use crate::format::{MAX_COLUMNS, Shape, Wanted};

/// Members that are looked through rather than looked up.
const FEW: usize = 32;

/// What has been seen at one place.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "one for each kind of value, independent of each other")]
pub(super) struct Seen {
    boolean: bool,
    integer: bool,
    float: bool,
    text: bool,
    array: bool,
    object: bool,
    members: Vec<(String, Self)>,
    /// Where a member is, once there are many.
    places: HashMap<String, usize>,
    items: Option<Box<Self>>,
    /// Members below, itself included; bounded by [`MAX_COLUMNS`] at the root.
    count: usize,
}

impl Seen {
    /// Notes one record of what is wanted.
    pub(super) fn note(&mut self, record: &[u8], wanted: &Shape) -> serde_json::Result<()> {
        let mut left = MAX_COLUMNS.saturating_sub(self.count);
        let before = left;
        let noted = Place { seen: self, shape: wanted, left: &mut left }
            .deserialize(&mut serde_json::Deserializer::from_slice(record));
        self.count += before - left;
        noted
    }

    /// The type in which a shape is decoded. Values of several types become text; members win over single values.
    pub(super) fn type_of(&self, shape: &Shape) -> DataType {
        match shape {
            Shape::Any => self.own_type(),
            Shape::Object(members) if shape.has_any() => {
                let field = |wanted: &Wanted| {
                    let seen = self.member(&wanted.name);
                    let ty = seen.map_or_else(|| absent(&wanted.shape), |seen| seen.type_of(&wanted.shape));
                    Field::new(&wanted.name, ty, true)
                };
                DataType::Struct(members.iter().map(field).collect())
            }
            Shape::List(inner) if shape.has_any() => {
                let item = self.items.as_ref().map_or_else(|| absent(inner), |seen| seen.type_of(inner));
                list(item)
            }
            shape => type_of(shape),
        }
    }

    fn own_type(&self) -> DataType {
        if self.object {
            let field = |(name, seen): &(String, Self)| Field::new(name, seen.own_type(), true);
            let mut fields: Vec<Field> = self.members.iter().map(field).collect();
            if fields.is_empty() {
                // An object without members is still an object.
                fields.push(Field::new("_", DataType::Utf8View, true));
            }
            return DataType::Struct(fields.into());
        }
        if self.array {
            return list(self.items.as_ref().map_or(DataType::Null, |items| items.own_type()));
        }
        match (self.text, self.boolean, self.float, self.integer) {
            (false, false, false, false) => DataType::Null,
            (false, true, false, false) => DataType::Boolean,
            (false, false, false, true) => DataType::Int64,
            (false, false, true, _) => DataType::Float64,
            _ => DataType::Utf8View,
        }
    }

    fn member(&self, name: &str) -> Option<&Self> {
        self.members.iter().find(|(known, _)| known == name).map(|(_, seen)| seen)
    }

    /// The place of a member, made where there is none yet; `None` when there are too many.
    fn place(&mut self, expected: usize, name: &str, left: &mut usize) -> Option<&mut Self> {
        // Rows mostly have the same members in the same order.
        let found = match self.members.get(expected) {
            Some((known, _)) if known == name => Some(expected),
            _ if self.members.len() > FEW => self.places.get(name).copied(),
            _ => self.members.iter().position(|(known, _)| known == name),
        };
        let place = match found {
            Some(place) => place,
            None if *left == 0 => return None,
            None => {
                *left -= 1;
                self.members.push((name.to_owned(), Self::default()));
                let place = self.members.len() - 1;
                if place == FEW {
                    let known = self.members.iter().enumerate();
                    self.places = known.map(|(place, (name, _))| (name.clone(), place)).collect();
                } else if place > FEW {
                    self.places.insert(name.to_owned(), place);
                }
                place
            }
        };
        Some(&mut self.members[place].1)
    }
}

/// The type of something that is in no record.
fn absent(shape: &Shape) -> DataType {
    match shape {
        Shape::Any => DataType::Null,
        Shape::Object(members) => DataType::Struct(fields_of(members)),
        shape => type_of(shape),
    }
}

fn list(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("element", item, true)))
}

/// One place of a record that is being read.
struct Place<'a> {
    seen: &'a mut Seen,
    shape: &'a Shape,
    left: &'a mut usize,
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.seen.boolean = true;
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.seen.integer = true;
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        if i64::try_from(value).is_ok() {
            self.seen.integer = true;
        } else {
            self.seen.float = true;
        }
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.seen.float = true;
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        self.seen.text = true;
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.seen.array = true;
        let shape = match self.shape {
            Shape::Any => &Shape::Any,
            Shape::List(inner) if inner.has_any() => inner,
            _ => {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(());
            }
        };
        let seen = self.seen.items.get_or_insert_default();
        while items.next_element_seed(Place { seen, shape, left: &mut *self.left })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        self.seen.object = true;
        let mut expected = 0;
        while let Some(name) = members.next_key::<std::borrow::Cow<'_, str>>()? {
            let shape = match self.shape {
                Shape::Any => Some(&Shape::Any),
                Shape::Object(wanted) => {
                    let wanted = wanted.iter().find(|wanted| *wanted.name == *name);
                    wanted.map(|wanted| &wanted.shape).filter(|shape| shape.has_any())
                }
                _ => None,
            };
            let place = shape.and_then(|shape| Some((shape, self.seen.place(expected, &name, self.left)?)));
            match place {
                Some((shape, seen)) => {
                    members.next_value_seed(Place { seen, shape, left: &mut *self.left })?;
                    expected += 1;
                }
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ty(records: &[&str], wanted: &Shape) -> String {
        let mut seen = Seen::default();
        for record in records {
            seen.note(record.as_bytes(), wanted).unwrap();
        }
        format!("{:?}", seen.type_of(wanted)).replace("metadata: {}, ", "")
    }

    #[test]
    fn types_follow_from_all_values() {
        for (values, expected) in [
            (vec!["1", "2"], "Int64"),
            (vec!["1", "2.5"], "Float64"),
            (vec!["1", "\"x\""], "Utf8View"),
            (vec!["true", "null"], "Boolean"),
            (vec!["18446744073709551615"], "Float64"),
            (vec!["null"], "Null"),
        ] {
            assert_eq!(ty(&values, &Shape::Any), expected);
        }
        assert!(ty(&["[]", "[1]", "null"], &Shape::Any).contains("Int64"));
        let nested = ty(&[r#"{"a": {"b": 1}}"#, r#"{"a": {"c": "x"}, "d": []}"#], &Shape::Any);
        assert!(nested.contains("\"b\"") && nested.contains("\"c\"") && nested.contains("\"d\""), "{nested}");
    }

    #[test]
    fn only_what_is_wanted_is_noted() {
        let wanted = |name: &str, shape| Wanted { name: name.to_owned(), shape };
        let shape = Shape::Object(vec![wanted("a", Shape::Any), wanted("b", Shape::Scalar)]);
        let ty = ty(&[r#"{"a": 1, "b": 2, "c": {"d": 3}}"#], &shape);
        assert!(ty.contains("Int64") && ty.contains("Utf8View") && !ty.contains("\"c\""), "{ty}");
    }

    #[test]
    fn the_number_of_members_is_bounded() {
        let mut seen = Seen::default();
        for n in 0..3 {
            let members: Vec<String> = (0..MAX_COLUMNS / 2).map(|m| format!("\"{n}-{m}\": 1")).collect();
            seen.note(format!("{{{}}}", members.join(",")).as_bytes(), &Shape::Any).unwrap();
        }
        assert_eq!(seen.members.len(), MAX_COLUMNS);
    }
}
