//! Finds rows that lack what the schema requires.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::NullBuffer;
use lakehead_model::xdm::{Field, FieldType};

use super::apply::Failures;
use super::node::Node;
use super::{CODE_CONVERSION, CODE_REQUIRED, Issue, Rejected};

/// Rows with a required field that is null, while the object around it is there. In order.
pub(super) fn rejected(fields: &[Field], nodes: &[Node], columns: &[ArrayRef], failures: &Failures) -> Vec<Rejected> {
    let mut found = Found { rows: BTreeMap::new(), failures };
    for field in fields.iter().filter(|field| requires(field)) {
        let column = nodes.iter().zip(columns).find(|(node, _)| *node.column.name() == field.name);
        if let Some((_, column)) = column {
            found.field(field, column, None, &field.name, &|row| row);
        }
    }
    found.rows.into_iter().map(|(index, issues)| Rejected { index, issues }).collect()
}

/// Whether there is anything to check in or below the field.
fn requires(field: &Field) -> bool {
    field.required || type_requires(&field.ty)
}

fn type_requires(ty: &FieldType) -> bool {
    match ty {
        FieldType::Object(fields) => fields.iter().any(requires),
        FieldType::Array(item) => type_requires(item),
        _ => false,
    }
}

struct Found<'a> {
    rows: BTreeMap<usize, Vec<Issue>>,
    failures: &'a Failures,
}

impl Found<'_> {
    /// `present` tells where the enclosing object is there; `row_of` turns a position into a row.
    fn field(
        &mut self,
        field: &Field,
        column: &ArrayRef,
        present: Option<&NullBuffer>,
        path: &str,
        row_of: &dyn Fn(usize) -> usize,
    ) {
        if field.required && column.null_count() > 0 {
            self.missing(column, present, path, row_of);
        }
        self.inside(&field.ty, column, present, path, row_of);
    }

    fn missing(
        &mut self,
        column: &ArrayRef,
        present: Option<&NullBuffer>,
        path: &str,
        row_of: &dyn Fn(usize) -> usize,
    ) {
        let name: Arc<str> = path.into();
        let lacking: Arc<str> = format!("the required field `{path}` is missing or null").into();
        let lost: Arc<str> = format!("the value of the required field `{path}` cannot be converted to its type").into();
        let failed = self.failures.get(path).map(Vec::as_slice).unwrap_or_default();
        for position in 0..column.len() {
            if column.is_valid(position) || present.is_some_and(|present| present.is_null(position)) {
                continue;
            }
            let converted = failed.binary_search(&(position as u32)).is_err();
            let (code, message) = if converted { (CODE_REQUIRED, &lacking) } else { (CODE_CONVERSION, &lost) };
            let issue = Issue { code, column: Arc::clone(&name), message: Arc::clone(message) };
            self.rows.entry(row_of(position)).or_default().push(issue);
        }
    }

    fn inside(
        &mut self,
        ty: &FieldType,
        column: &ArrayRef,
        present: Option<&NullBuffer>,
        path: &str,
        row_of: &dyn Fn(usize) -> usize,
    ) {
        match ty {
            FieldType::Object(fields) => {
                let Some(object) = column.as_struct_opt() else { return };
                let present = NullBuffer::union(present, object.nulls());
                for field in fields.iter().filter(|field| requires(field)) {
                    if let Some(member) = object.column_by_name(&field.name) {
                        self.field(field, member, present.as_ref(), &format!("{path}.{}", field.name), row_of);
                    }
                }
            }
            FieldType::Array(item) if type_requires(item) => {
                let Some(list) = column.as_list_opt::<i32>() else { return };
                let offsets = list.offsets();
                let row_of_item = |position: usize| {
                    row_of(offsets.partition_point(|start| *start as usize <= position).saturating_sub(1))
                };
                self.inside(item, list.values(), None, path, &row_of_item);
            }
            _ => {}
        }
    }
}
