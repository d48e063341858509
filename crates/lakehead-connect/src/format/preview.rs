//! The first rows of a file and its columns, for people who look before they map.

use std::sync::Arc;

use arrow::{
    array::RecordBatch,
    datatypes::DataType,
    json::{WriterBuilder, writer::JsonArray},
};
use lakehead_model::{
    format::{DataFormat, FormatKind},
    plan::PlannedObject,
};
use object_store::ObjectStore;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Decoder, FileError, Projection, decompress, json::Json};

/// Most rows of a preview.
pub const MAX_PREVIEW_ROWS: usize = 100;

/// Columns and first rows of a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// Root columns, in the order of the file.
    pub columns: Vec<Column>,
    /// Rows as JSON objects; values that are missing are left out.
    pub rows: Vec<Map<String, Value>>,
}

/// One root column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Name in the file.
    pub name: String,
    /// Type by its XDM name, such as `string` or `date-time`.
    #[serde(rename = "type")]
    pub ty: String,
}

/// Reads at most `limit` rows (and never more than [`MAX_PREVIEW_ROWS`]). Rows that cannot be parsed are left out.
///
/// # Errors
/// As [`Decoder::open`] and [`Decoder::next`].
pub async fn preview(
    store: &Arc<dyn ObjectStore>,
    object: &PlannedObject,
    format: &DataFormat,
    limit: usize,
) -> Result<Preview, FileError> {
    let limit = limit.min(MAX_PREVIEW_ROWS);
    if object.size_bytes == 0 {
        return Err(FileError::new("106", "the file is empty"));
    }
    if format.kind == FormatKind::Json {
        let bytes = decompress::open(store, object, format.compression)?;
        return preview_json(Json::open(bytes, &Projection::default()), limit).await;
    }
    let projection = Projection { all: true, ..Projection::default() };
    let mut decoder = Decoder::open(store, object, format, &projection).await?;
    let schema = match &decoder {
        Decoder::Delimited(decoder) => Arc::clone(decoder.schema()),
        Decoder::Parquet(decoder) => Arc::clone(decoder.schema()),
        Decoder::Json(_) => Arc::new(arrow::datatypes::Schema::empty()),
    };
    let columns = schema
        .fields()
        .iter()
        .map(|field| Column { name: field.name().clone(), ty: xdm_name(field.data_type()).to_owned() })
        .collect();
    let mut rows = Vec::new();
    while rows.len() < limit {
        let Some(piece) = decoder.next().await? else { break };
        let batch = piece.decode()?;
        let missing = limit - rows.len();
        rows.extend(rows_of(&batch.batch.slice(0, batch.batch.num_rows().min(missing)))?);
    }
    Ok(Preview { columns, rows })
}

async fn preview_json(mut file: Json, limit: usize) -> Result<Preview, FileError> {
    let mut preview = Preview::default();
    let mut first_error = None;
    while preview.rows.len() < limit.max(1) {
        let Some(records) = file.next_records(&mut Vec::new()).await? else { break };
        for record in records.found.iter().take(limit.max(1) - preview.rows.len()) {
            match serde_json::from_slice::<Map<String, Value>>(&records.text[record.clone()]) {
                Ok(row) => {
                    row.iter().for_each(|(name, value)| note_column(&mut preview.columns, name, value));
                    preview.rows.push(row);
                }
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
    }
    preview.rows.truncate(limit);
    match first_error {
        Some(error) if preview.columns.is_empty() => {
            Err(FileError::corrupt(format!("no row of the file is a JSON object: {error}")))
        }
        _ => Ok(preview),
    }
}

fn note_column(columns: &mut Vec<Column>, name: &str, value: &Value) {
    let ty = match value {
        Value::Null => "",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "long",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    match columns.iter_mut().find(|column| column.name == name) {
        None => {
            columns.push(Column { name: name.to_owned(), ty: if ty.is_empty() { "string" } else { ty }.to_owned() });
        }
        Some(column) if column.ty == "long" && ty == "number" => ty.clone_into(&mut column.ty),
        Some(_) => {}
    }
}

/// Rows as JSON objects without their null members.
fn rows_of(batch: &RecordBatch) -> Result<Vec<Map<String, Value>>, FileError> {
    let unreadable = |error: &dyn std::fmt::Display| FileError::corrupt(format!("the rows cannot be shown: {error}"));
    let mut writer = WriterBuilder::new().build::<_, JsonArray>(Vec::new());
    writer.write(batch).map_err(|e| unreadable(&e))?;
    writer.finish().map_err(|e| unreadable(&e))?;
    let text = writer.into_inner();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_slice(&text).map_err(|e| unreadable(&e))
}

fn xdm_name(ty: &DataType) -> &'static str {
    match ty {
        DataType::Boolean => "boolean",
        DataType::Int8 => "byte",
        DataType::Int16 | DataType::UInt8 => "short",
        DataType::Int32 | DataType::UInt16 => "int",
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => "long",
        DataType::Float16
        | DataType::Float32
        | DataType::Float64
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => "number",
        DataType::Date32 | DataType::Date64 => "date",
        DataType::Timestamp(..) => "date-time",
        DataType::Struct(_) => "object",
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => "array",
        DataType::Map(..) => "map",
        _ => "string",
    }
}
