//! What nodes are evaluated over: the rows of a source, or the items of arrays in them.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, new_null_array};
use arrow::compute::nullif;
use arrow::datatypes::DataType;
use lakehead_expression::{Expression, Row, path};

use super::apply::{Findings, Names, repeated, unpack};
use super::export::export;
use super::node::{Node, Source};
use super::{MapError, Stamp};

/// The values that feed nodes.
pub(super) struct Context<'a> {
    pub(super) rows: usize,
    leaves: Leaves<'a>,
}

enum Leaves<'a> {
    /// A source, and where its rows come from.
    Rows { batch: &'a RecordBatch, stamp: &'a Stamp<'a>, seed: String },
    /// Items of arrays, by the path of the node that they feed.
    Items(HashMap<String, Fed>),
}

/// A column that feeds a node.
#[derive(Clone)]
pub(super) struct Fed {
    pub(super) array: ArrayRef,
    /// What it is called in messages.
    pub(super) name: Arc<str>,
    /// Whether it was computed, and so has the types of expressions.
    pub(super) computed: bool,
}

impl<'a> Context<'a> {
    pub(super) fn of_rows(batch: &'a RecordBatch, stamp: &'a Stamp<'a>) -> Self {
        let seed = format!("{}/{}", stamp.batch_id, stamp.source_object);
        Self { rows: batch.num_rows(), leaves: Leaves::Rows { batch, stamp, seed } }
    }

    pub(super) fn of_items(rows: usize, items: HashMap<String, Fed>) -> Self {
        Self { rows, leaves: Leaves::Items(items) }
    }

    /// What feeds the node as a whole, as it comes.
    pub(super) fn fed(&self, node: &Node, findings: &mut Findings<'_>) -> Result<Option<Fed>, MapError> {
        let Some(source) = &node.source else { return Ok(None) };
        if let Source::Static(text) = source {
            let array = repeated(text, self.rows)?;
            return Ok(Some(Fed { array, name: text.as_str().into(), computed: false }));
        }
        let (batch, stamp, seed) = match &self.leaves {
            Leaves::Items(items) => return Ok(items.get(&node.path).cloned()),
            Leaves::Rows { batch, stamp, seed } => (batch, stamp, seed),
        };
        match source {
            Source::Expression(text, expression) => {
                let number = |row| stamp.rows.get(row);
                let row = Row { batch, now_ms: stamp.ingest_time_ms, seed, number: &number };
                let names = Names { source: text, destination: &node.path };
                let array = compute(expression, &row, names, findings)?;
                Ok(Some(Fed { array, name: Arc::clone(text), computed: true }))
            }
            Source::Attribute(path) => {
                let array = path::raw(batch, path).map_err(|fault| MapError::Path {
                    source_field: path.literal.clone(),
                    reason: fault.to_string(),
                })?;
                let Some(array) = array else { return Ok(None) };
                Ok(Some(Fed { array: unpack(&array)?, name: path.literal.as_str().into(), computed: false }))
            }
            Source::Static(_) => Ok(None),
        }
    }
}

impl Fed {
    /// The same as something that the node's type can be converted from. What cannot is null and counted.
    pub(super) fn exported(self, node: &Node, findings: &mut Findings<'_>) -> Self {
        let (true, Some(ty)) = (self.computed, &node.ty) else { return self };
        let Self { array, name, .. } = self;
        let array = export(&array, ty).unwrap_or_else(|reason| {
            let lost = (0..array.len()).filter(|row| array.is_valid(*row)).map(|row| row as u32).collect();
            findings.not_set(Names { source: &name, destination: &node.path }, reason, lost);
            new_null_array(&DataType::Null, array.len())
        });
        Self { array, name, computed: false }
    }
}

/// The values of an expression, null in rows that failed, which are counted.
fn compute(
    expression: &Expression,
    row: &Row<'_>,
    names: Names<'_>,
    findings: &mut Findings<'_>,
) -> Result<ArrayRef, MapError> {
    let rows = row.batch.num_rows();
    let evaluated = expression.evaluate(row);
    let array = evaluated.column.expanded(rows);
    if evaluated.failures.is_empty() {
        return Ok(array);
    }
    let mut failed = vec![false; rows];
    let mut by_reason: HashMap<&str, Vec<u32>> = HashMap::new();
    for (row, reason) in evaluated.failures.iter() {
        failed[row] = true;
        by_reason.entry(reason).or_default().push(row as u32);
    }
    for (reason, rows) in by_reason {
        findings.not_set(names, reason, rows);
    }
    if *array.data_type() == DataType::Null {
        return Ok(array);
    }
    Ok(nullif(&array, &BooleanArray::from(failed))?)
}
