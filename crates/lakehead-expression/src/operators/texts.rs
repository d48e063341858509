//! `=~`, `=^`, `=$` and their contraries.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};

use crate::column::{Column, Kind};
use crate::function::{Call, Fault};
use crate::patterns::Patterns;
use crate::{coerce, unify};

pub(super) fn starts_with(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    pairs(call, |text, part| text.starts_with(part))
}

pub(super) fn not_starts_with(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    pairs(call, |text, part| !text.starts_with(part))
}

pub(super) fn ends_with(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    pairs(call, |text, part| text.ends_with(part))
}

pub(super) fn not_ends_with(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    pairs(call, |text, part| !text.ends_with(part))
}

/// What is said of two texts; null where one of them is.
pub(super) fn pairs(call: &mut Call<'_>, holds: fn(&str, &str) -> bool) -> Result<ArrayRef, Fault> {
    let (left, right) = (call.text(0)?, call.text(1)?);
    let value = |row| Some(holds(left.get(row)?, right.get(row)?));
    Ok(Arc::new((0..call.rows()).map(value).collect::<BooleanArray>()))
}

pub(super) fn contained(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    Ok(Arc::new(found(call)?.into_iter().map(Some).collect::<BooleanArray>()))
}

pub(super) fn not_contained(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    Ok(Arc::new(found(call)?.into_iter().map(|found| Some(!found)).collect::<BooleanArray>()))
}

/// Whether the right side, an array, has the left one; or whether the left text fits the right pattern as a whole.
fn found(call: &mut Call<'_>) -> Result<Vec<bool>, Fault> {
    let (left, right) = (call.column(0), call.column(1));
    if right.kind() != Kind::Array {
        let (texts, patterns) = (call.text(0)?, call.text(1)?);
        let mut patterns = Patterns::new(patterns);
        return Ok((0..call.rows())
            .map(|row| {
                let fits = texts.get(row).map_or(Ok(None), |text| patterns.fits(row, text));
                call.noted(row, fits).unwrap_or(false)
            })
            .collect());
    }
    let lists = coerce::lists(&right)?;
    // Compared as the common type, so that 1 is in ["1"].
    let (columns, _) = unify::unified(&[left.clone(), Column::rows(Arc::clone(lists.values()))])?;
    let (wanted, items) = (coerce::texts(&columns[0])?, coerce::texts(&columns[1])?);
    let found = |row: usize| {
        let wanted = wanted.get(row);
        lists.range(row).is_some_and(|mut range| range.any(|place| items.get(place) == wanted))
    };
    Ok((0..call.rows()).map(found).collect())
}
