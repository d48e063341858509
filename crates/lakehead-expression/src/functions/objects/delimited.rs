//! Objects in texts such as `name: value, name: value`.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewArray};
use arrow::buffer::OffsetBuffer;

use super::OBJECTS;
use crate::column::{Kind, map_of};
use crate::function::{Call, Fault, Function, Kernel, Param};

/// Most members of one text.
const MAX_MEMBERS: usize = 10_000;
const STRING: Param = Param::new("string", Kind::Text, "The text.");

pub(super) const STR_TO_OBJECT: Function = Function::new(
    "str_to_object",
    OBJECTS,
    "The members that a text lists, as an object of texts.",
    &[
        STRING,
        Param::optional(
            "value_delimiter",
            Kind::Text,
            "What stands between name and value; `:` where it is not given.",
        ),
        Param::optional("field_delimiter", Kind::Text, "What stands between members; `,` where it is not given."),
    ],
    Kind::Object,
    (
        r#"str_to_object("firstName - John ; lastName - Doe ; phone - 123 456 7890", "-", ";")"#,
        r#"{"firstName": "John", "lastName": "Doe", "phone": "123 456 7890"}"#,
    ),
    Kernel::Eager(str_to_object),
);

pub(super) const GET_VALUES: Function = Function::new(
    "get_values",
    OBJECTS,
    "The value that a text lists for a name.",
    &[
        STRING,
        Param::new("key", Kind::Text, "The name."),
        Param::new("value_delimiter", Kind::Text, "What stands between name and value; `:` where it is null."),
        Param::optional("field_delimiter", Kind::Text, "What stands between members; `,` where it is not given."),
    ],
    Kind::Text,
    (r#"get_values("firstName - John , lastName - Cena , phone - 555 420 8692", "firstName", "-", ",")"#, r#""John""#),
    Kernel::Eager(get_values),
);

/// Names and values of a text, without white space around them.
fn members<'t>(text: &'t str, value: &'t str, field: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
    let parts = text.split(field).filter_map(move |part| part.split_once(value));
    parts.map(|(name, value)| (name.trim(), value.trim()))
}

fn delimiter<'t>(given: Option<&'t str>, usual: &'static str) -> &'t str {
    given.filter(|given| !given.is_empty()).unwrap_or(usual)
}

fn str_to_object(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let (texts, values, fields) = (call.text(0)?, call.text(1)?, call.text(2)?);
    let (mut keys, mut found, mut offsets, mut valid) = (Vec::new(), Vec::new(), vec![0_i32], Vec::new());
    let mut seen = std::collections::HashMap::new();
    for row in 0..call.rows() {
        let text = texts.get(row);
        let (value, field) = (delimiter(values.get(row), ":"), delimiter(fields.get(row), ","));
        let begin = keys.len();
        seen.clear();
        for (name, value) in text.into_iter().flat_map(|text| members(text, value, field)) {
            if keys.len() - begin > MAX_MEMBERS {
                break;
            }
            // Of equal names the last one counts.
            match seen.entry(name) {
                Entry::Occupied(place) => found[*place.get()] = value,
                Entry::Vacant(place) => {
                    place.insert(keys.len());
                    keys.push(name);
                    found.push(value);
                }
            }
        }
        let too_many = keys.len() - begin > MAX_MEMBERS;
        if too_many {
            call.fail(row, "the text has too many members");
            keys.truncate(begin);
            found.truncate(begin);
        }
        valid.push(text.is_some() && !too_many);
        offsets.push(keys.len() as i32);
    }
    let keys: ArrayRef = Arc::new(StringViewArray::from_iter_values(keys));
    let found: ArrayRef = Arc::new(StringViewArray::from_iter_values(found));
    Ok(Arc::new(map_of(OffsetBuffer::new(offsets.into()), keys, found, Some(valid.into()))?))
}

fn get_values(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let (texts, keys, values, fields) = (call.text(0)?, call.text(1)?, call.text(2)?, call.text(3)?);
    call.write_texts(|_, row, out| {
        let (Some(text), Some(key)) = (texts.get(row), keys.get(row)) else { return false };
        let (value, field) = (delimiter(values.get(row), ":"), delimiter(fields.get(row), ","));
        let found = members(text, value, field).find(|(name, _)| *name == key);
        found.map(|(_, value)| out.push_str(value)).is_some()
    })
}
