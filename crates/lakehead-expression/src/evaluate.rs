//! Evaluates a compiled expression over a batch.

use arrow::array::{Array as _, RecordBatch, new_null_array};
use arrow::datatypes::DataType;

use crate::column::Column;
use crate::compile::{Expression, Node};
use crate::each::{self, Items};
use crate::failures::Failures;
use crate::function::{Call, Fault, Kernel};
use crate::path;

/// The rows that an expression reads, and what else it may depend on.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// The source.
    pub batch: &'a RecordBatch,
    /// What `now()` gives, epoch milliseconds.
    pub now_ms: i64,
    /// What identifiers are made from: the same for every attempt at the same data.
    pub seed: &'a str,
    /// The number of a row of the batch in its source, which together with the seed is unique.
    pub number: &'a dyn Fn(usize) -> u64,
}

impl std::fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Row")
            .field("rows", &self.batch.num_rows())
            .field("now_ms", &self.now_ms)
            .finish_non_exhaustive()
    }
}

/// A computed column.
#[derive(Debug)]
pub struct Evaluated {
    /// The values; what stands in failed rows means nothing.
    pub column: Column,
    /// Rows that failed.
    pub failures: Failures,
}

impl From<Column> for Evaluated {
    fn from(column: Column) -> Self {
        Self { column, failures: Failures::default() }
    }
}

impl Expression {
    /// Computes the expression for every row.
    pub fn evaluate(&self, row: &Row<'_>) -> Evaluated {
        let scope = Scope { row, rows: row.batch.num_rows(), items: None };
        let mut evaluated = node(&self.root, &scope);
        if evaluated.column.is_constant() {
            evaluated.failures = evaluated.failures.expanded(row.batch.num_rows());
        }
        evaluated
    }
}

/// What is computed: the rows of the source, or the items of arrays in it.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) row: &'a Row<'a>,
    /// How many values each column has.
    pub(crate) rows: usize,
    pub(crate) items: Option<&'a Items>,
}

/// Computes a node.
pub(crate) fn node(what: &Node, scope: &Scope<'_>) -> Evaluated {
    let row = scope.row;
    match what {
        Node::Constant(column) => Evaluated::from(column.clone()),
        Node::Path(path) => match path::find(row.batch, path) {
            Ok(column) => Evaluated::from(column),
            Err(fault) => failed(&fault, row.batch.num_rows(), &path.literal),
        },
        Node::Call { name, kernel, arguments, position } => {
            let evaluated: Vec<Evaluated> = arguments.iter().map(|argument| node(argument, scope)).collect();
            call(name, *kernel, evaluated, *position, scope)
        }
        Node::Each { lists, body } => each::evaluate(lists, body, row),
        Node::Item(path) => Evaluated::from(scope.items.map_or_else(Column::null, |items| items.column(path))),
        Node::Outside(inner) => {
            let of_rows = node(inner, &Scope { rows: row.batch.num_rows(), items: None, ..*scope });
            match scope.items {
                Some(items) => items.repeated(of_rows),
                None => of_rows,
            }
        }
    }
}

/// Calls a kernel with arguments that are already there.
fn call(name: &str, kernel: Kernel, evaluated: Vec<Evaluated>, position: usize, scope: &Scope<'_>) -> Evaluated {
    let constant =
        !matches!(kernel, Kernel::Source(_)) && evaluated.iter().all(|argument| argument.column.is_constant());
    let rows = if constant { 1 } else { scope.rows };
    let (columns, mut failures): (Vec<Column>, Vec<Failures>) =
        evaluated.into_iter().map(|argument| (argument.column, argument.failures)).unzip();
    if !constant {
        for (column, failures) in columns.iter().zip(&mut failures) {
            if column.is_constant() && !failures.is_empty() {
                *failures = failures.expanded(rows);
            }
        }
    }
    let mut call = Call { arguments: &columns, rows, row: scope.row, position, failures: Failures::default() };
    let computed = match kernel {
        Kernel::Eager(kernel) | Kernel::Source(kernel) => {
            let computed = kernel(&mut call);
            for part in &failures {
                call.failures.merge(part);
            }
            computed
        }
        Kernel::Lazy(kernel) => kernel(&mut call, &failures),
    };
    let Call { failures, .. } = call;
    match computed {
        Ok(array) => {
            debug_assert_eq!(array.len(), rows, "{name}");
            let column = if constant { Column::constant(array) } else { Column::rows(array) };
            Evaluated { column, failures: failures.of(name) }
        }
        Err(fault) => failed(&fault, rows, name),
    }
}

/// Every row has failed.
pub(crate) fn failed(fault: &Fault, rows: usize, name: &str) -> Evaluated {
    let array = new_null_array(&DataType::Null, rows);
    // A constant that failed is one value that failed.
    let column = if rows == 1 { Column::constant(array) } else { Column::rows(array) };
    Evaluated { column, failures: Failures::all(rows, &fault.0).of(name) }
}
