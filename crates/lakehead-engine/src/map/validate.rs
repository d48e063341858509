//! Finds rows that lack what the schema requires, or have values that it does not allow.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};

use super::apply::Failures;
use super::rules::{Check, Within};
use super::{CODE_CONVERSION, CODE_REQUIRED, Issue, Rejected};

/// Rows with a required field that is null, while the object around it is there, or with a value that breaks a demand. In
/// order.
pub(super) fn rejected(checks: &[Check], columns: &[ArrayRef], failures: &Failures) -> Vec<Rejected> {
    let mut found = Found { rows: BTreeMap::new(), failures, broken: Vec::new() };
    for check in checks {
        found.place(check, &columns[check.index], None, &Some);
    }
    found.rows.into_iter().map(|(index, issues)| Rejected { index, issues }).collect()
}

/// Most issues that are told of one row: a row of a wide schema may break thousands of demands.
const MAX_ISSUES: usize = 10;

/// From a position within a column to its row; `None` for what belongs to no row.
type RowOf<'a> = &'a dyn Fn(usize) -> Option<usize>;

struct Found<'a> {
    rows: BTreeMap<usize, Vec<Issue>>,
    failures: &'a Failures,
    /// Positions, kept for the next demand.
    broken: Vec<usize>,
}

impl Found<'_> {
    /// `present` tells where the enclosing object is there.
    fn place(&mut self, check: &Check, column: &ArrayRef, present: Option<&NullBuffer>, row_of: RowOf<'_>) {
        if check.required && column.null_count() > 0 {
            self.missing(check, column, present, row_of);
        }
        if column.null_count() == column.len() {
            return;
        }
        for demand in &check.demands {
            let mut broken = std::mem::take(&mut self.broken);
            demand.broken(column, &mut broken);
            for position in broken.drain(..).filter(|at| present.is_none_or(|present| present.is_valid(*at))) {
                self.add(row_of(position), demand.code, check, &demand.message);
            }
            self.broken = broken;
        }
        self.inside(check, column, present, row_of);
    }

    fn missing(&mut self, check: &Check, column: &ArrayRef, present: Option<&NullBuffer>, row_of: RowOf<'_>) {
        let path = &check.path;
        let lacking: Arc<str> = format!("the required field `{path}` is missing or null").into();
        let lost: Arc<str> = format!("the value of the required field `{path}` cannot be converted to its type").into();
        let failed = self.failures.get(&**path).map(Vec::as_slice).unwrap_or_default();
        for position in 0..column.len() {
            if column.is_valid(position) || present.is_some_and(|present| present.is_null(position)) {
                continue;
            }
            let converted = failed.binary_search(&(position as u32)).is_err();
            let (code, message) = if converted { (CODE_REQUIRED, &lacking) } else { (CODE_CONVERSION, &lost) };
            self.add(row_of(position), code, check, message);
        }
    }

    /// Notes an issue, once for all items of a row.
    fn add(&mut self, row: Option<usize>, code: &'static str, check: &Check, message: &Arc<str>) {
        let Some(row) = row else { return };
        let issues = self.rows.entry(row).or_default();
        if issues.len() < MAX_ISSUES && issues.last().is_none_or(|last| !Arc::ptr_eq(&last.message, message)) {
            issues.push(Issue { code, column: Arc::clone(&check.path), message: Arc::clone(message) });
        }
    }

    fn inside(&mut self, check: &Check, column: &ArrayRef, present: Option<&NullBuffer>, row_of: RowOf<'_>) {
        match &check.inside {
            Within::Nothing => {}
            Within::Members(members) => {
                let Some(object) = column.as_struct_opt() else { return };
                let present = NullBuffer::union(present, object.nulls());
                for member in members {
                    self.place(member, object.column(member.index), present.as_ref(), row_of);
                }
            }
            Within::Items(each) => {
                let Some(list) = column.as_list_opt::<i32>() else { return };
                self.each(each, list.values(), list.offsets(), column, present, row_of);
            }
            Within::Values(each) => {
                let Some(map) = column.as_map_opt() else { return };
                self.each(each, map.values(), map.offsets(), column, present, row_of);
            }
        }
    }

    /// Items of lists or values of maps. Part of a column shares the items of the whole; others' do not count.
    fn each(
        &mut self,
        check: &Check,
        items: &ArrayRef,
        offsets: &OffsetBuffer<i32>,
        lists: &ArrayRef,
        present: Option<&NullBuffer>,
        row_of: RowOf<'_>,
    ) {
        let (begin, end) = (offsets[0] as usize, offsets[lists.len()] as usize);
        let row_of_item = |position: usize| {
            let place = offsets.partition_point(|start| *start as usize <= begin + position).checked_sub(1)?;
            let there = lists.is_valid(place) && present.is_none_or(|present| present.is_valid(place));
            if there { row_of(place) } else { None }
        };
        self.place(check, &items.slice(begin, end - begin), None, &row_of_item);
    }
}
