//! What a function is: one entry with its name, parameters, documentation, example and kernel.

use std::sync::Arc;

use arrow::array::ArrayRef;

use crate::build::TextColumn;
use crate::coerce::{self, Dates, Lists, Numbers, Texts, Truths};
use crate::column::{Column, Kind};
use crate::evaluate::Row;
use crate::failures::Failures;

/// A function of the language.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// Name in lower case.
    pub name: &'static str,
    /// Group in the reference.
    pub category: Category,
    /// What it computes, in one sentence.
    pub summary: &'static str,
    /// Its parameters in order.
    pub params: &'static [Param],
    /// What it gives.
    pub returns: Kind,
    /// A call, with what it gives as JSON; empty where the result is another each time.
    pub example: (&'static str, &'static str),
    /// A source row as JSON that the example reads, or nothing.
    pub example_row: &'static str,
    /// What computes it.
    pub kernel: Kernel,
}

impl Function {
    /// A function whose example reads no source row.
    pub const fn new(
        name: &'static str,
        category: Category,
        summary: &'static str,
        params: &'static [Param],
        returns: Kind,
        example: (&'static str, &'static str),
        kernel: Kernel,
    ) -> Self {
        Self { name, category, summary, params, returns, example, example_row: "", kernel }
    }

    /// The same function by another name.
    #[must_use]
    pub const fn alias(self, name: &'static str, example: (&'static str, &'static str)) -> Self {
        Self { name, example, ..self }
    }

    /// The example reads this source row.
    #[must_use]
    pub const fn reading(self, row: &'static str) -> Self {
        Self { example_row: row, ..self }
    }

    /// How it is written: `concat(text, ...)`.
    pub fn syntax(&self) -> String {
        let param = |param: &Param| match param.times {
            Times::Once => param.name.to_owned(),
            Times::Optional => format!("[{}]", param.name),
            Times::Repeated => format!("{}...", param.name),
        };
        format!("{}({})", self.name, self.params.iter().map(param).collect::<Vec<_>>().join(", "))
    }

    /// The parameter that takes the `n`th argument.
    pub fn param(&self, n: usize) -> Option<&'static Param> {
        let repeated = self.params.iter().filter(|param| param.times == Times::Repeated).count();
        match self.params.get(n) {
            Some(param) => Some(param),
            None if repeated == 0 => None,
            None => {
                let first = self.params.iter().position(|param| param.times == Times::Repeated)?;
                self.params.get(first + (n - first) % repeated)
            }
        }
    }
}

/// Groups of functions, named as clients know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// Text.
    String,
    /// Patterns.
    RegularExpressions,
    /// Digests.
    Hashing,
    /// Addresses.
    Url,
    /// Days and times.
    DateTime,
    /// Objects.
    Objects,
    /// Arrays.
    Arrays,
    /// Maps.
    Map,
    /// Choices.
    Logical,
    /// Smallest and largest.
    Aggregation,
    /// From text to numbers.
    TypeConversions,
    /// JSON.
    Json,
    /// Identifiers.
    Special,
    /// What browsers say of themselves.
    UserAgent,
    /// Lists of events and products.
    Analytics,
}

impl Category {
    /// The label of the API.
    pub const fn label(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::RegularExpressions => "Regular Expressions",
            Self::Hashing => "Hashing",
            Self::Url => "URL",
            Self::DateTime => "Date / Time",
            Self::Objects => "Hierarchies - Objects",
            Self::Arrays => "Hierarchies - Arrays",
            Self::Map => "Hierarchies - Map",
            Self::Logical => "Logical Operators",
            Self::Aggregation => "Aggregation",
            Self::TypeConversions => "Type Conversions",
            Self::Json => "JSON",
            Self::Special => "Special Operations",
            Self::UserAgent => "User Agent",
            Self::Analytics => "Analytics",
        }
    }
}

/// A parameter of a function.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it is for.
    pub description: &'static str,
    /// How often it is given.
    pub times: Times,
    /// Whether it takes one value where its kind is any: over `[*]` the function is called for each item.
    pub single: bool,
}

/// How often an argument is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// Once.
    Once,
    /// Once or not at all; all that follow are then left out too.
    Optional,
    /// Any number of times, also never; together with the other repeated ones beside it.
    Repeated,
}

impl Param {
    /// A parameter that must be given.
    pub const fn new(name: &'static str, kind: Kind, description: &'static str) -> Self {
        Self { name, kind, description, times: Times::Once, single: false }
    }

    /// A parameter that may be left out.
    pub const fn optional(name: &'static str, kind: Kind, description: &'static str) -> Self {
        Self { name, kind, description, times: Times::Optional, single: false }
    }

    /// A parameter that is given any number of times.
    pub const fn repeated(name: &'static str, kind: Kind, description: &'static str) -> Self {
        Self { name, kind, description, times: Times::Repeated, single: false }
    }

    /// The same for one value, whatever its kind.
    #[must_use]
    pub const fn single(self) -> Self {
        Self { single: true, ..self }
    }
}

/// What computes a function.
#[derive(Clone, Copy, Debug)]
pub enum Kernel {
    /// From its arguments; a row in which one of them failed has failed. The array has [`Call::rows`] values.
    Eager(fn(&mut Call<'_>) -> Result<ArrayRef, Fault>),
    /// As [`Kernel::Eager`], and from the source row, so that the result is never one for all rows.
    Source(fn(&mut Call<'_>) -> Result<ArrayRef, Fault>),
    /// From its arguments and what failed in each; says itself with [`Call::adopt`] which of it counts: branches that are
    /// not taken do not fail.
    Lazy(fn(&mut Call<'_>, &[Failures]) -> Result<ArrayRef, Fault>),
}

/// A column that cannot be computed at all; every row has failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Fault(pub(crate) Arc<str>);

impl Fault {
    /// For this reason.
    pub fn new(reason: impl Into<Arc<str>>) -> Self {
        Self(reason.into())
    }
}

impl From<arrow::error::ArrowError> for Fault {
    fn from(error: arrow::error::ArrowError) -> Self {
        Self::new(error.to_string())
    }
}

/// One evaluation of a function: its arguments and where its failures go.
#[derive(Debug)]
pub struct Call<'a> {
    pub(crate) arguments: &'a [Column],
    pub(crate) rows: usize,
    pub(crate) row: &'a Row<'a>,
    pub(crate) position: usize,
    pub(crate) failures: Failures,
}

impl<'a> Call<'a> {
    /// How many values to compute: one where all arguments are constant.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many arguments there are.
    pub fn count(&self) -> usize {
        self.arguments.len()
    }

    /// The arguments.
    pub fn columns(&self) -> &'a [Column] {
        self.arguments
    }

    /// An argument; null where it is not given.
    pub fn column(&self, n: usize) -> Column {
        self.arguments.get(n).cloned().unwrap_or_else(Column::null)
    }

    /// The source row, the clock and where randomness comes from.
    pub fn source(&self) -> &'a Row<'a> {
        self.row
    }

    /// Where the call stands in its expression: calls of one function differ in it.
    pub fn position(&self) -> usize {
        self.position
    }

    /// An argument as text.
    pub fn text(&self, n: usize) -> Result<Texts, Fault> {
        coerce::texts(&self.column(n))
    }

    /// An argument as numbers.
    pub fn number(&self, n: usize) -> Result<Numbers, Fault> {
        coerce::numbers(&self.column(n))
    }

    /// An argument as a condition.
    pub fn truth(&self, n: usize) -> Result<Truths, Fault> {
        coerce::truths(&self.column(n))
    }

    /// An argument as instants.
    pub fn date(&self, n: usize) -> Result<Dates, Fault> {
        coerce::instants(&self.column(n))
    }

    /// An argument as arrays.
    pub fn list(&self, n: usize) -> Result<Lists, Fault> {
        coerce::lists(&self.column(n))
    }

    /// The whole number of a row of an argument, what comes after the point cut off; null where it is null or has
    /// failed, which is noted.
    pub fn whole(&mut self, numbers: &Numbers, row: usize) -> Option<i64> {
        let found = numbers.get(row).and_then(|number| match number {
            None => Ok(None),
            Some(number) => number.truncated().map(Some).ok_or("the number is out of range"),
        });
        self.noted(row, found)
    }

    /// A value, or a failure that is noted.
    pub fn noted<T>(&mut self, row: usize, found: Result<Option<T>, &'static str>) -> Option<T> {
        found.unwrap_or_else(|reason| {
            self.fail(row, reason);
            None
        })
    }

    /// Notes that a row has failed. The reason never quotes data.
    pub fn fail(&mut self, row: usize, reason: impl Into<Arc<str>>) {
        self.failures.push(row, reason.into());
    }

    /// Takes in those failures of an argument that `keep` says.
    pub fn adopt(&mut self, failures: &Failures, keep: impl Fn(usize) -> bool) {
        self.failures.merge(&failures.only(keep));
    }

    /// A column of text, computed row by row into one buffer: `write` appends to the texts of the rows before, and says
    /// whether there is a value.
    pub fn write_texts(
        &mut self,
        mut write: impl FnMut(&mut Self, usize, &mut String) -> bool,
    ) -> Result<ArrayRef, Fault> {
        let mut out = TextColumn::new(self.rows);
        for row in 0..self.rows {
            if write(self, row, &mut out.text) {
                out.end_value();
            } else {
                out.null();
            }
        }
        Ok(Arc::new(out.finish()?))
    }
}
