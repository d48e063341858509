//! Lists of events and of products, as analytics writes them.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, StringViewArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field};

use crate::build::TextLists;
use crate::column::{Kind, list_of};
use crate::function::{Call, Category, Fault, Function, Kernel, Param};

const ANALYTICS: Category = Category::Analytics;
const EVENTS: &[Param] = &[
    Param::new("events", Kind::Text, "Events with commas between them, each `name`, `name=value` or `name:id`."),
    Param::new("event", Kind::Text, "The name of the event."),
];
const PRODUCTS: Param = Param::new(
    "products",
    Kind::Text,
    "Products with commas between them, each `category;name;quantity;price;events;evars`.",
);
const EVENT: Param = Param::new("event", Kind::Text, "The name of the event.");

/// The functions of this category.
pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "aa_get_event_id",
        ANALYTICS,
        "The id behind the colon of an event.",
        EVENTS,
        Kind::Text,
        (r#"aa_get_event_id("event101=5:123456,scOpen", "event101")"#, r#""123456""#),
        Kernel::Eager(event_id),
    ),
    Function::new(
        "aa_get_event_value",
        ANALYTICS,
        "The value of an event; 1 where it has none.",
        EVENTS,
        Kind::Number,
        (r#"aa_get_event_value("event101=5:123456,scOpen", "event101")"#, "5.0"),
        Kernel::Eager(event_value),
    ),
    products(
        "aa_get_product_categories",
        "The categories of products.",
        (
            r#"aa_get_product_categories(";Example product 1;1;3.50,Example category 2;Example product 2;1;5.99")"#,
            r#"[null, "Example category 2"]"#,
        ),
        |call| column(call, 0),
    ),
    products(
        "aa_get_product_names",
        "The names of products.",
        (
            r#"aa_get_product_names(";Example product 1;1;3.50,Example category 2;Example product 2;1;5.99")"#,
            r#"["Example product 1", "Example product 2"]"#,
        ),
        |call| column(call, 1),
    ),
    products(
        "aa_get_product_quantities",
        "The quantities of products.",
        (
            r#"aa_get_product_quantities(";Example product 1;1;3.50,Example category 2;Example product 2")"#,
            r#"["1", null]"#,
        ),
        |call| column(call, 2),
    ),
    products(
        "aa_get_product_prices",
        "The prices of products.",
        (
            r#"aa_get_product_prices(";Example product 1;1;3.50,Example category 2;Example product 2")"#,
            r#"["3.50", null]"#,
        ),
        |call| column(call, 3),
    ),
    named(
        "aa_get_product_event_values",
        "The values of an event of products.",
        &[PRODUCTS, EVENT],
        (
            r#"aa_get_product_event_values(";Example product 1;1;4.20;event1=2.3|event2=5:1,;Example product 2;1;4.20;event1=3|event2=2:2", "event1")"#,
            r#"["2.3", "3"]"#,
        ),
        |call| column_value(call, 4, value_of),
    ),
    named(
        "aa_get_product_evars",
        "The values of a merchandising variable of products.",
        &[PRODUCTS, Param::new("evar", Kind::Text, "The name of the variable.")],
        (
            r#"aa_get_product_evars(";Example product;1;6.69;;eVar1=Merchandising value", "eVar1")"#,
            r#"["Merchandising value"]"#,
        ),
        |call| column_value(call, 5, whole_value_of),
    ),
    named(
        "aa_get_product_event_ids",
        "The ids of an event of products.",
        &[PRODUCTS, EVENT],
        (
            r#"aa_get_product_event_ids(";Example product 1;1;4.20;event1=2.3|event2=5:1,;Example product 2;1;4.20;event1=3|event2=2:2", "event2")"#,
            r#"["1", "2"]"#,
        ),
        |call| column_value(call, 4, id_of),
    ),
    named(
        "aa_get_product_events",
        "Id and value of an event of products.",
        &[PRODUCTS, EVENT],
        (
            r#"aa_get_product_events(";Example product 1;1;4.20;event1=2.3|event2=5:1,;Example product 2;1;4.20;event1=3|event2=2:2", "event2")"#,
            r#"[{"id": "1", "value": "5"}, {"id": "2", "value": "2"}]"#,
        ),
        product_events,
    ),
];

type Compute = fn(&mut Call<'_>) -> Result<ArrayRef, Fault>;

const fn products(
    name: &'static str,
    summary: &'static str,
    example: (&'static str, &'static str),
    compute: Compute,
) -> Function {
    Function::new(name, ANALYTICS, summary, &[PRODUCTS], Kind::Array, example, Kernel::Eager(compute))
}

const fn named(
    name: &'static str,
    summary: &'static str,
    params: &'static [Param],
    example: (&'static str, &'static str),
    compute: Compute,
) -> Function {
    Function::new(name, ANALYTICS, summary, params, Kind::Array, example, Kernel::Eager(compute))
}

/// `name`, `name=value`, `name:id` or `name=value:id`, as name, value and id.
fn event(text: &str) -> (&str, Option<&str>, Option<&str>) {
    let (rest, id) = text.split_once(':').map_or((text, None), |(rest, id)| (rest, Some(id)));
    let (name, value) = rest.split_once('=').map_or((rest, None), |(name, value)| (name, Some(value)));
    (name.trim(), value, id)
}

fn value_of<'t>(entry: &'t str, name: &str) -> Option<&'t str> {
    let (found, value, _) = event(entry);
    (found == name).then(|| value.unwrap_or("1"))
}

fn id_of<'t>(entry: &'t str, name: &str) -> Option<&'t str> {
    let (found, _, id) = event(entry);
    id.filter(|_| found == name)
}

/// Everything behind the sign of equality: values of variables may have colons.
fn whole_value_of<'t>(entry: &'t str, name: &str) -> Option<&'t str> {
    let (found, value) = entry.split_once('=')?;
    (found.trim() == name).then_some(value)
}

fn event_id(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let (lists, names) = (call.text(0)?, call.text(1)?);
    call.write_texts(|_, row, out| {
        let (Some(list), Some(name)) = (lists.get(row), names.get(row)) else { return false };
        list.split(',').find_map(|entry| id_of(entry, name)).map(|id| out.push_str(id)).is_some()
    })
}

fn event_value(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let (lists, names) = (call.text(0)?, call.text(1)?);
    let mut out = Vec::with_capacity(call.rows());
    for row in 0..call.rows() {
        let found = lists
            .get(row)
            .zip(names.get(row))
            .and_then(|(list, name)| list.split(',').find_map(|entry| value_of(entry, name)));
        let value = found.map(|text| text.trim().parse::<f64>().map_err(|_| "the value of the event is not a number"));
        out.push(call.noted(row, value.transpose()));
    }
    Ok(Arc::new(Float64Array::from(out)))
}

fn column(call: &mut Call<'_>, place: usize) -> Result<ArrayRef, Fault> {
    let lists = call.text(0)?;
    let mut out = TextLists::new(call.rows());
    for row in 0..call.rows() {
        match lists.get(row) {
            None => out.null(),
            Some(list) => out.options(list.split(',').map(|product| part(product, place))),
        }
    }
    Ok(out.finish())
}

fn part(product: &str, place: usize) -> Option<&str> {
    product.split(';').nth(place).filter(|part| !part.is_empty())
}

fn column_value(
    call: &mut Call<'_>,
    place: usize,
    of: for<'t> fn(&'t str, &str) -> Option<&'t str>,
) -> Result<ArrayRef, Fault> {
    let (lists, names) = (call.text(0)?, call.text(1)?);
    let mut out = TextLists::new(call.rows());
    for row in 0..call.rows() {
        let (Some(list), Some(name)) = (lists.get(row), names.get(row)) else {
            out.null();
            continue;
        };
        let value = |product| part(product, place)?.split('|').find_map(|entry| of(entry, name));
        out.options(list.split(',').map(value));
    }
    Ok(out.finish())
}

fn product_events(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let (lists, names) = (call.text(0)?, call.text(1)?);
    let (mut ids, mut values, mut offsets, mut valid) = (Vec::new(), Vec::new(), vec![0_i32], Vec::new());
    for row in 0..call.rows() {
        let both = lists.get(row).zip(names.get(row));
        valid.push(both.is_some());
        for (product, name) in
            both.into_iter().flat_map(|(list, name)| list.split(',').map(move |product| (product, name)))
        {
            let mut entries = part(product, 4).into_iter().flat_map(|events| events.split('|')).map(event);
            if let Some((_, value, id)) = entries.find(|(found, ..)| *found == name) {
                ids.push(id);
                values.push(Some(value.unwrap_or("1")));
            }
        }
        offsets.push(ids.len() as i32);
    }
    let fields = vec![Field::new("id", DataType::Utf8View, true), Field::new("value", DataType::Utf8View, true)];
    let columns: Vec<ArrayRef> = vec![Arc::new(StringViewArray::from(ids)), Arc::new(StringViewArray::from(values))];
    let objects = StructArray::try_new(fields.into(), columns, None)?;
    Ok(Arc::new(list_of(OffsetBuffer::new(offsets.into()), Arc::new(objects), Some(valid.into()))?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::evaluate;

    #[test]
    fn events_without_value_and_products_without_parts() {
        let value = |text: &str| evaluate(text, "{}").value;
        assert_eq!(value("aa_get_event_value('scOpen,event1', 'event1')"), json!(1.0));
        assert_eq!(value("aa_get_event_value('scOpen', 'event1')"), json!(null));
        assert_eq!(value("aa_get_event_id('event1=2', 'event1')"), json!(null));
        assert_eq!(value("aa_get_product_names('')"), json!([null]));
        assert_eq!(value("aa_get_product_names(null)"), json!(null));
        assert_eq!(value("aa_get_product_event_values(';a;1;2;event1=3', 'event2')"), json!([null]));
        assert!(evaluate("aa_get_event_value('e=x', 'e')", "{}").failures[0].contains("not a number"));
    }
}
