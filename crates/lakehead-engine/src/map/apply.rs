//! Evaluates a compiled mapping over a batch.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, ListArray, MapArray, RecordBatch, RecordBatchOptions,
    StringViewArray, StructArray, TimestampMicrosecondArray, make_view, new_null_array,
};
use arrow::buffer::{Buffer, NullBuffer, ScalarBuffer};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType, Field, Fields};
use lakehead_expression::column::normal;
use lakehead_expression::{path, unify};
use lakehead_model::xdm::FieldType;

use super::context::Context;
use super::export::export;
use super::node::{Inside, Node};
use super::{MapError, Mapped, Mapping, Stamp, Warnings, defaults, items, text, typed, validate};
use crate::layout::SYSTEM_COLUMN;

/// Rows whose value could not be converted, by the path of the field; ascending.
pub(super) type Failures = HashMap<String, Vec<u32>>;

/// What evaluation collects on its way.
pub(super) struct Findings<'a> {
    pub(super) warnings: &'a mut Warnings,
    pub(super) failures: Failures,
}

/// The names a conversion is reported under.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) source: &'a str,
    pub(super) destination: &'a str,
}

impl Findings<'_> {
    /// Counts values that became null because they could not be converted.
    pub(super) fn failed(&mut self, names: Names<'_>, ty: &FieldType, actual: &str, rows: Vec<u32>) {
        if rows.is_empty() {
            return;
        }
        let expected = ty.row().label;
        let reason = format!("The expected data type was: {expected}, actual data type was: {actual}");
        self.not_set(names, &reason, rows);
    }

    /// Counts values that became null, for a reason that never quotes data. `rows` are positions within the column.
    pub(super) fn not_set(&mut self, names: Names<'_>, reason: &str, rows: Vec<u32>) {
        if rows.is_empty() {
            return;
        }
        let Names { source, destination } = names;
        let message = format!(
            "Failed to set destination path {destination}. {reason}. sourceField: {source} destinationField: {destination}"
        );
        *self.warnings.entry(message).or_default() += rows.len() as u64;
        self.failures.entry(destination.to_owned()).or_default().extend(rows);
    }

    /// For positions that are not rows: what fails is counted, and not kept by row.
    pub(super) fn counting(&mut self) -> Findings<'_> {
        Findings { warnings: &mut *self.warnings, failures: Failures::new() }
    }
}

impl Mapping {
    /// Maps a batch, counts what could not be converted in `warnings`, and takes out the rows that must not be
    /// written.
    ///
    /// # Errors
    /// A column of the source has a type that is never converted to the type of its destination.
    pub fn apply(&self, source: &RecordBatch, stamp: &Stamp<'_>, warnings: &mut Warnings) -> Result<Mapped, MapError> {
        let mut findings = Findings { warnings, failures: Failures::new() };
        let context = Context::of_rows(source, stamp);
        let mut columns = Vec::with_capacity(self.roots.len());
        for node in &self.roots {
            let column = match node.column.data_type() {
                DataType::Struct(members) if node.column.name() == SYSTEM_COLUMN => {
                    system_column(members, stamp, source.num_rows())?
                }
                _ => evaluate(node, None, &context, &mut findings)?,
            };
            columns.push(column);
        }
        // A field may fail for several reasons one after another.
        findings.failures.values_mut().for_each(|rows| rows.sort_unstable());
        defaults::fill(&self.checks, &mut columns, &findings.failures)?;
        let rejected = validate::rejected(&self.checks, &columns, &findings.failures);
        let options = RecordBatchOptions::new().with_row_count(Some(source.num_rows()));
        let mut batch = RecordBatch::try_new_with_options(Arc::clone(&self.target), columns, &options)?;
        if !rejected.is_empty() {
            let mut keep = vec![true; source.num_rows()];
            for row in &rejected {
                keep[row.index] = false;
            }
            batch = filter_record_batch(&batch, &BooleanArray::from(keep))?;
        }
        Ok(Mapped { batch, rejected })
    }
}

/// The column of a node. `inherited` is what an object copied further up offers for it.
pub(super) fn evaluate(
    node: &Node,
    inherited: Option<(&ArrayRef, &str)>,
    context: &Context<'_>,
    findings: &mut Findings<'_>,
) -> Result<ArrayRef, MapError> {
    let ty = node.column.data_type();
    let Some(field_type) = &node.ty else { return Ok(new_null_array(ty, context.rows)) };
    let own = context.fed(node, findings)?.map(|fed| fed.exported(node, findings));
    let (own, name) = match &own {
        Some(fed) => (Some(&fed.array), &*fed.name),
        None if node.source.is_some() => (None, ""),
        None => inherited.map_or((None, ""), |(array, name)| (Some(array), name)),
    };
    match &node.inside {
        Inside::Members(members) => with_members(node, members, own, name, context, findings),
        Inside::Items(slots, each) => {
            let whole = copied(node, field_type, own, name, context, findings)?;
            items::filled(node, slots, each.as_deref(), whole, context, findings)
        }
        Inside::Keys(keys) => {
            let whole = copied(node, field_type, own, name, context, findings)?;
            items::with_keys(node, keys, whole, context, findings)
        }
        Inside::Nothing => copied(node, field_type, own, name, context, findings),
    }
}

fn copied(
    node: &Node,
    field_type: &FieldType,
    own: Option<&ArrayRef>,
    name: &str,
    context: &Context<'_>,
    findings: &mut Findings<'_>,
) -> Result<ArrayRef, MapError> {
    let ty = node.column.data_type();
    match own {
        Some(array) => convert(array, field_type, ty, Names { source: name, destination: &node.path }, findings),
        None => Ok(new_null_array(ty, context.rows)),
    }
}

fn with_members(
    node: &Node,
    members: &[Node],
    own: Option<&ArrayRef>,
    name: &str,
    context: &Context<'_>,
    findings: &mut Findings<'_>,
) -> Result<ArrayRef, MapError> {
    let DataType::Struct(columns) = node.column.data_type() else {
        return Ok(new_null_array(node.column.data_type(), context.rows));
    };
    if own.is_none() && !node.is_fed() {
        return Ok(new_null_array(node.column.data_type(), context.rows));
    }
    let parent = match (own, &node.ty) {
        (Some(array), Some(ty)) if array.data_type() != &DataType::Null => {
            Some(as_struct(array, ty, Names { source: name, destination: &node.path })?)
        }
        _ => None,
    };
    let mut values = Vec::with_capacity(members.len());
    for member in members {
        let copied = parent.and_then(|parent| path::child(parent, member.column.name()));
        let label = format!("{name}.{}", member.column.name());
        let copied = copied.as_ref().map(|array| (array, label.as_str()));
        values.push(evaluate(member, copied, context, findings)?);
    }
    object(columns, values, context.rows)
}

/// An object from its members: null where all of them are.
fn object(columns: &Fields, members: Vec<ArrayRef>, rows: usize) -> Result<ArrayRef, MapError> {
    let mut present: Option<NullBuffer> = None;
    let mut always = false;
    for member in &members {
        match member.logical_nulls() {
            None => always = true,
            Some(nulls) => {
                present = Some(match present {
                    None => nulls,
                    Some(present) => NullBuffer::new(present.inner() | nulls.inner()),
                });
            }
        }
    }
    let nulls = if always { None } else { present.filter(|nulls| nulls.null_count() > 0) };
    let array = StructArray::try_new_with_length(columns.clone(), members, nulls, rows)?;
    Ok(Arc::new(array))
}

/// Dictionaries and large or copied text become plain columns, text becomes views.
pub(super) fn unpack(array: &ArrayRef) -> Result<ArrayRef, MapError> {
    Ok(match array.data_type() {
        DataType::Dictionary(_, values) => return unpack(&cast(array, values)?),
        DataType::Utf8 | DataType::LargeUtf8 => cast(array, &DataType::Utf8View)?,
        _ => Arc::clone(array),
    })
}

/// Bytes as text, which old writers do not call by its name; those that are none become null and are counted.
fn text_of_bytes(
    array: &ArrayRef,
    ty: &FieldType,
    names: Names<'_>,
    findings: &mut Findings<'_>,
) -> Result<ArrayRef, MapError> {
    let bytes = cast(array, &DataType::BinaryView)?;
    let bytes = bytes.as_binary_view();
    let mut failed = Vec::new();
    let text = |(row, value): (usize, Option<&[u8]>)| {
        let text = value.and_then(|value| std::str::from_utf8(value).ok().map(str::to_owned));
        if value.is_some() && text.is_none() {
            failed.push(row as u32);
        }
        text
    };
    let texts: StringViewArray = bytes.iter().enumerate().map(text).collect();
    findings.failed(names, ty, "BINARY", failed);
    Ok(Arc::new(texts))
}

fn as_struct<'a>(array: &'a ArrayRef, ty: &FieldType, names: Names<'_>) -> Result<&'a StructArray, MapError> {
    array.as_struct_opt().ok_or_else(|| incompatible(array.data_type(), ty, names))
}

pub(super) fn incompatible(actual: &DataType, ty: &FieldType, names: Names<'_>) -> MapError {
    MapError::Types {
        source_field: names.source.to_owned(),
        destination: names.destination.to_owned(),
        expected: ty.row().label,
        actual: typed::name(actual),
    }
}

/// Converts a whole column. Values that cannot be converted become null.
pub(super) fn convert(
    array: &ArrayRef,
    ty: &FieldType,
    target: &DataType,
    names: Names<'_>,
    findings: &mut Findings<'_>,
) -> Result<ArrayRef, MapError> {
    let mut array = &unpack(array)?;
    let text;
    if matches!(array.data_type(), DataType::Binary | DataType::LargeBinary | DataType::BinaryView) {
        text = text_of_bytes(array, ty, names, findings)?;
        array = &text;
    }
    match (array.data_type(), ty, target) {
        (DataType::Null, ..) => Ok(new_null_array(target, array.len())),
        (DataType::Utf8View, FieldType::Object(_) | FieldType::Array(_) | FieldType::Map(_), _) => {
            Err(incompatible(array.data_type(), ty, names))
        }
        (DataType::Utf8View, ..) => Ok(text::parse(array, ty, names, findings)),
        (_, FieldType::Object(fields), DataType::Struct(columns)) => {
            let parent = as_struct(array, ty, names)?;
            let mut members = Vec::with_capacity(columns.len());
            for column in columns {
                members.push(copy_member(parent, fields, column, names, findings)?);
            }
            // Items of lists stay where they are, even without values.
            let nulls = parent.nulls().cloned();
            Ok(Arc::new(StructArray::try_new_with_length(columns.clone(), members, nulls, array.len())?))
        }
        (_, FieldType::Array(item), DataType::List(element)) => list(array, ty, item, element, names, findings),
        (DataType::Map(..), FieldType::Map(value), DataType::Map(entries, sorted)) => {
            let map = array.as_map();
            let DataType::Struct(columns) = entries.data_type() else {
                return Err(incompatible(array.data_type(), ty, names));
            };
            let keys = convert(map.keys(), &FieldType::String, columns[0].data_type(), names, findings)?;
            let values = convert(map.values(), value, columns[1].data_type(), names, findings)?;
            let entry = StructArray::try_new(columns.clone(), vec![keys, values], None)?;
            let nulls = map.nulls().cloned();
            Ok(Arc::new(MapArray::try_new(Arc::clone(entries), map.offsets().clone(), entry, nulls, *sorted)?))
        }
        (DataType::Struct(_), FieldType::Map(_), _) => {
            let map = as_map(array, ty).ok_or_else(|| incompatible(array.data_type(), ty, names))?;
            convert(&map, ty, target, names, findings)
        }
        (_, FieldType::Object(_) | FieldType::Map(_), _) => Err(incompatible(array.data_type(), ty, names)),
        _ => typed::convert(array, ty, target, names, findings),
    }
}

/// An object as a map of its members, where those go together.
fn as_map(array: &ArrayRef, ty: &FieldType) -> Option<ArrayRef> {
    export(&unify::as_map(&normal(array).ok()?).ok()?, ty).ok()
}

fn copy_member(
    parent: &StructArray,
    fields: &[lakehead_model::xdm::Field],
    column: &Field,
    names: Names<'_>,
    findings: &mut Findings<'_>,
) -> Result<ArrayRef, MapError> {
    let field = fields.iter().find(|field| field.name == *column.name());
    let (Some(field), Some(member)) = (field, path::child(parent, column.name())) else {
        return Ok(new_null_array(column.data_type(), parent.len()));
    };
    let source = format!("{}.{}", names.source, column.name());
    let destination = format!("{}.{}", names.destination, column.name());
    let names = Names { source: &source, destination: &destination };
    convert(&member, &field.ty, column.data_type(), names, findings)
}

fn list(
    array: &ArrayRef,
    ty: &FieldType,
    item: &FieldType,
    element: &Arc<Field>,
    names: Names<'_>,
    findings: &mut Findings<'_>,
) -> Result<ArrayRef, MapError> {
    let plain;
    let list = match array.data_type() {
        DataType::List(_) => array.as_list::<i32>(),
        DataType::LargeList(inner) | DataType::FixedSizeList(inner, _) => {
            plain = cast(array, &DataType::List(Arc::clone(inner)))?;
            plain.as_list::<i32>()
        }
        other => return Err(incompatible(other, ty, names)),
    };
    let values = convert(list.values(), item, element.data_type(), names, &mut findings.counting())?;
    let nulls = list.nulls().cloned();
    Ok(Arc::new(ListArray::try_new(Arc::clone(element), list.offsets().clone(), values, nulls)?))
}

/// The column that says where rows come from; its members are those of [`crate::layout::SYSTEM_MEMBERS`].
fn system_column(members: &Fields, stamp: &Stamp<'_>, rows: usize) -> Result<ArrayRef, MapError> {
    let time = TimestampMicrosecondArray::from_value(stamp.ingest_time_ms.saturating_mul(1000), rows);
    let numbers = Int64Array::from_iter_values((0..rows).map(|index| stamp.rows.get(index) as i64));
    let columns: Vec<ArrayRef> = members
        .iter()
        .map(|member| match member.name().as_str() {
            "batchId" => repeated(stamp.batch_id, rows),
            "ingestTime" => Ok(Arc::new(time.clone().with_timezone("+00:00")) as ArrayRef),
            "sourceObject" => repeated(stamp.source_object, rows),
            "sourceRow" => Ok(Arc::new(numbers.clone()) as ArrayRef),
            _ => Ok(new_null_array(member.data_type(), rows)),
        })
        .collect::<Result<_, MapError>>()?;
    Ok(Arc::new(StructArray::try_new(members.clone(), columns, None)?))
}

/// The same text in every row, stored once.
pub(super) fn repeated(text: &str, rows: usize) -> Result<ArrayRef, MapError> {
    let views = vec![make_view(text.as_bytes(), 0, 0); rows];
    let buffers = [Buffer::from(text.as_bytes())];
    Ok(Arc::new(StringViewArray::try_new(ScalarBuffer::from(views), Arc::from(buffers), None)?))
}
