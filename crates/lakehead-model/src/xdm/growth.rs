//! How a schema may change once rows are stored by it: fields may come and be required less, what there is stays.

use super::{Field, FieldType};

/// Why a change is more than growth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotGrowth {
    /// Path of the field, dots between its parts.
    pub path: String,
    /// What would happen to it.
    pub why: &'static str,
}

/// Whether everything that `was` there is there `now`, of the same type and not required where it was not.
///
/// # Errors
/// The first field for which that is not so.
pub fn check(was: &[Field], now: &[Field]) -> Result<(), NotGrowth> {
    members(was, now, "")
}

fn members(was: &[Field], now: &[Field], within: &str) -> Result<(), NotGrowth> {
    for old in was {
        let path = if within.is_empty() { old.name.clone() } else { format!("{within}.{}", old.name) };
        let Some(new) = now.iter().find(|new| new.name == old.name) else {
            return Err(NotGrowth { path, why: "would be gone" });
        };
        if new.required && !old.required {
            return Err(NotGrowth { path, why: "would become required" });
        }
        types(&old.ty, &new.ty, &path)?;
    }
    Ok(())
}

fn types(was: &FieldType, now: &FieldType, path: &str) -> Result<(), NotGrowth> {
    match (was, now) {
        (FieldType::Object(was), FieldType::Object(now)) => members(was, now, path),
        (FieldType::Array(was), FieldType::Array(now)) | (FieldType::Map(was), FieldType::Map(now)) => {
            types(was, now, path)
        }
        (was, now) if was == now => Ok(()),
        _ => Err(NotGrowth { path: path.to_owned(), why: "would have another type" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, ty: FieldType) -> Field {
        Field::new(name, ty, false)
    }

    #[test]
    fn new_fields_are_growth_wherever_they_come() {
        let was = [
            Field::new("_id", FieldType::String, true),
            field("person", FieldType::Object(vec![field("name", FieldType::String)])),
            field("tags", FieldType::Array(Box::new(FieldType::Object(vec![field("at", FieldType::Date)])))),
        ];
        let now = [
            field("new", FieldType::Map(Box::new(FieldType::Long))),
            field("_id", FieldType::String),
            field(
                "tags",
                FieldType::Array(Box::new(FieldType::Object(vec![
                    field("at", FieldType::Date),
                    field("by", FieldType::String),
                ]))),
            ),
            field(
                "person",
                FieldType::Object(vec![Field::new("age", FieldType::Int, true), field("name", FieldType::String)]),
            ),
        ];
        assert_eq!(check(&was, &now), Ok(()));
        assert_eq!(check(&now, &was).unwrap_err().path, "new");
    }

    #[test]
    fn what_is_there_stays_as_it_is() {
        let was = [field("person", FieldType::Object(vec![field("age", FieldType::Int)]))];
        let person = |member: Field| [field("person", FieldType::Object(vec![member]))];
        for (now, why) in [
            (person(field("years", FieldType::Int)), "would be gone"),
            (person(field("age", FieldType::Long)), "would have another type"),
            (person(Field::new("age", FieldType::Int, true)), "would become required"),
        ] {
            assert_eq!(check(&was, &now), Err(NotGrowth { path: "person.age".to_owned(), why }));
        }
    }
}
