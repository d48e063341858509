//! Customers as Parquet in the shape of the target schema, which needs no mapping.

use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Float64Array, Int32Array, RecordBatch, StringArray, StructArray};
use arrow::datatypes::{Field, Fields, Schema};
use chrono::NaiveDate;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use crate::demo::customer::{Customer, Day};
use crate::demo::flaw::Flaw;

/// Rows that are collected before they are written.
const BATCH_ROWS: usize = 8_192;

/// Writes one file. `tenant` is the namespace of the organisation's own fields, without the underscore.
pub(super) fn write(
    file: &mut (impl Write + Send),
    rows: impl Iterator<Item = (u64, Option<Flaw>)>,
    tenant: &str,
) -> io::Result<()> {
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let empty = columns(&[], tenant);
    let mut writer = ArrowWriter::try_new(file, schema(&empty), Some(properties))?;
    let mut rows = rows.map(|(number, flaw)| (Customer::new(number), flaw)).peekable();
    while rows.peek().is_some() {
        let chunk: Vec<_> = rows.by_ref().take(BATCH_ROWS).collect();
        let columns = columns(&chunk, tenant);
        let batch = RecordBatch::try_new(schema(&columns), columns.into_iter().map(|(_, array)| array).collect());
        writer.write(&batch.map_err(io::Error::other)?)?;
    }
    writer.close()?;
    Ok(())
}

type Column = (String, ArrayRef);
type Row = (Customer, Option<Flaw>);

fn columns(rows: &[Row], tenant: &str) -> Vec<Column> {
    let text = |value: &dyn Fn(&Customer) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(|(customer, _)| value(customer))))
    };
    let number = |value: &dyn Fn(&Customer) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(rows.iter().map(|(customer, _)| value(customer))))
    };
    let date = |value: &dyn Fn(&Customer) -> Day| -> ArrayRef {
        Arc::new(Date32Array::from_iter_values(rows.iter().map(|(customer, _)| days(value(customer)))))
    };
    let loyalty_id =
        rows.iter().map(
            |(customer, flaw)| {
                if *flaw == Some(Flaw::NoLoyaltyId) { None } else { Some(customer.loyalty_id.as_str()) }
            },
        );
    let points = Int32Array::from_iter_values(rows.iter().map(|(customer, _)| customer.loyalty_points));
    let loyalty = nest(vec![
        column("loyaltyId", Arc::new(loyalty_id.collect::<StringArray>())),
        column("points", Arc::new(points)),
        column("tier", text(&|customer| customer.loyalty_tier)),
        column("memberSince", date(&|customer| customer.member_since)),
    ]);
    let name = nest(vec![
        column("firstName", text(&|customer| customer.first_name)),
        column("lastName", text(&|customer| customer.last_name)),
    ]);
    let person = nest(vec![
        column("name", name),
        column("birthDate", date(&|customer| customer.birth_date)),
        column("gender", text(&|customer| customer.gender)),
    ]);
    let position = nest(vec![
        column("latitude", number(&|customer| customer.latitude)),
        column("longitude", number(&|customer| customer.longitude)),
    ]);
    let address = nest(vec![
        column("street1", text(&|customer| &customer.street)),
        column("city", text(&|customer| customer.city)),
        column("postalCode", text(&|customer| &customer.postal_code)),
        column("countryCode", text(&|customer| customer.country)),
        column("_schema", position),
    ]);
    vec![
        column("_id", text(&|customer| &customer.id)),
        column("person", person),
        column("personalEmail", nest(vec![column("address", text(&|customer| &customer.email))])),
        column("mobilePhone", nest(vec![column("number", text(&|customer| &customer.phone))])),
        column("homeAddress", address),
        column(&format!("_{tenant}"), nest(vec![column("loyalty", loyalty)])),
    ]
}

fn column(name: &str, array: ArrayRef) -> Column {
    (name.to_owned(), array)
}

fn nest(members: Vec<Column>) -> ArrayRef {
    let fields = fields(&members);
    Arc::new(StructArray::new(fields, members.into_iter().map(|(_, array)| array).collect(), None))
}

fn fields(columns: &[Column]) -> Fields {
    columns.iter().map(|(name, array)| Field::new(name, array.data_type().clone(), true)).collect()
}

fn schema(columns: &[Column]) -> Arc<Schema> {
    Arc::new(Schema::new(fields(columns)))
}

/// Days since 1970-01-01.
fn days((year, month, day): Day) -> i32 {
    let epoch = NaiveDate::default();
    NaiveDate::from_ymd_opt(year, month, day).map_or(0, |date| date.signed_duration_since(epoch).num_days() as i32)
}
