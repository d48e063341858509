//! The first rows of a file and its columns, for people who look before they map.

mod columns;
mod count;

use std::sync::Arc;

use arrow::{
    array::RecordBatch,
    json::{WriterBuilder, writer::JsonArray},
};
use lakehead_model::{
    format::{DataFormat, FormatKind},
    plan::PlannedObject,
};
use object_store::ObjectStore;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Decoder, FileError, Projection, decrypt, detect, json::Json, plain::Plain};

pub use columns::{Column, ColumnType};
pub use count::{RowCount, count_rows};

/// Most rows of a preview.
pub const MAX_PREVIEW_ROWS: usize = 100;
/// Most bytes of all rows of a preview as JSON; rows beyond are left out.
const MAX_PREVIEW_BYTES: usize = 4 << 20;

/// Deepest nesting of a row that is shown.
const MAX_ROW_DEPTH: usize = 100;

/// Columns and first rows of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// How the file was read: as declared, or as found out.
    pub format: DataFormat,
    /// Root columns, in the order of the file.
    pub columns: Vec<Column>,
    /// Rows as JSON objects; values that are missing are left out.
    pub rows: Vec<Map<String, Value>>,
    /// How many rows the whole file has, where that was asked for and can be said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<RowCount>,
}

/// Reads at most `limit` rows (and never more than [`MAX_PREVIEW_ROWS`]). Rows that cannot be parsed, or are nested too
/// deeply to be shown, are left out.
/// Without a format it is found out.
///
/// # Errors
/// As [`Decoder::open`] and [`Decoder::next`]; or the file is nothing that is known.
pub async fn preview(
    store: &Arc<dyn ObjectStore>,
    object: &PlannedObject,
    format: Option<&DataFormat>,
    limit: usize,
) -> Result<Preview, FileError> {
    let limit = limit.min(MAX_PREVIEW_ROWS);
    if object.size_bytes == 0 {
        return Err(FileError::new("106", "the file is empty"));
    }
    decrypt::refuse_encrypted(store, object).await?;
    let format = match format {
        Some(format) => format.clone(),
        None => detect::detect(store, object).await?,
    };
    let (columns, mut rows) = if format.kind == FormatKind::Json {
        let bytes = Plain::open(store, object, format.compression).await?;
        of_json(Json::open(bytes, &Projection::default()), limit).await?
    } else {
        let projection = Projection { all: true, ..Projection::default() };
        of_decoder(Decoder::open(store, object, &format, &projection).await?, limit).await?
    };
    rows.retain(|row| row.values().all(|value| is_shallow(value, MAX_ROW_DEPTH)));
    rows.truncate(rows_that_fit(&rows));
    Ok(Preview { format, columns, rows, count: None })
}

async fn of_decoder(mut decoder: Decoder, limit: usize) -> Result<(Vec<Column>, Vec<Map<String, Value>>), FileError> {
    let schema = match &decoder {
        Decoder::Delimited(decoder) => Arc::clone(decoder.schema()),
        Decoder::Parquet(decoder) => Arc::clone(decoder.schema()),
        Decoder::Avro(decoder) => Arc::clone(decoder.schema()),
        Decoder::Json(_) | Decoder::Empty => Arc::new(arrow::datatypes::Schema::empty()),
    };
    let mut rows = Vec::new();
    while rows.len() < limit {
        let Some(mut piece) = decoder.next().await? else { break };
        while rows.len() < limit
            && let Some(batch) = piece.decode()?
        {
            let missing = limit - rows.len();
            rows.extend(rows_of(&batch.batch.slice(0, batch.batch.num_rows().min(missing)))?);
        }
    }
    Ok((columns::of_fields(schema.fields()), rows))
}

async fn of_json(mut file: Json, limit: usize) -> Result<(Vec<Column>, Vec<Map<String, Value>>), FileError> {
    let mut rows: Vec<Map<String, Value>> = Vec::new();
    let mut first_error = None;
    // One row at least tells the columns.
    let wanted = limit.max(1);
    while rows.len() < wanted {
        let Some(records) = file.next_records(&mut Vec::new()).await? else { break };
        for record in &records.found {
            if rows.len() == wanted {
                break;
            }
            match serde_json::from_slice(&records.text[record.clone()]) {
                Ok(row) => rows.push(row),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
    }
    if let Some(error) = first_error.filter(|_| rows.is_empty()) {
        return Err(FileError::corrupt(format!("no row of the file is a JSON object: {error}")));
    }
    let columns = columns::of_rows(&rows);
    rows.truncate(limit);
    Ok((columns, rows))
}

/// Whether a value has at most so many levels.
fn is_shallow(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels > 0 && items.iter().all(|item| is_shallow(item, levels - 1)),
        Value::Object(members) => levels > 0 && members.values().all(|member| is_shallow(member, levels - 1)),
        _ => true,
    }
}

/// How many of the first rows are not too much for an answer.
fn rows_that_fit(rows: &[Map<String, Value>]) -> usize {
    let mut left = MAX_PREVIEW_BYTES;
    let mut fits = |row: &Map<String, Value>| {
        let size = serde_json::to_vec(row).map_or(usize::MAX, |text| text.len());
        let fits = size <= left;
        left = left.saturating_sub(size);
        fits
    };
    rows.iter().take_while(|row| fits(row)).count()
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
