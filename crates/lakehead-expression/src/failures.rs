//! Rows whose calculation failed, and why.

use std::sync::Arc;

/// Failed rows in ascending order, each once, with the first reason. Reasons never quote data: they are counted by
/// their text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failures(Vec<(u32, Arc<str>)>);

impl Failures {
    /// Every one of `rows` rows, for the same reason.
    pub(crate) fn all(rows: usize, reason: &Arc<str>) -> Self {
        Self((0..rows as u32).map(|row| (row, Arc::clone(reason))).collect())
    }

    /// Whether nothing failed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rows and reasons.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Arc<str>)> {
        self.0.iter().map(|(row, reason)| (*row as usize, reason))
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: usize, reason: Arc<str>) {
        let row = row as u32;
        match self.0.last() {
            Some((last, _)) if *last == row => {}
            Some((last, _)) if *last > row => {
                if let Err(place) = self.0.binary_search_by_key(&row, |(row, _)| *row) {
                    self.0.insert(place, (row, reason));
                }
            }
            _ => self.0.push((row, reason)),
        }
    }

    /// Takes in the failures of a part; what failed first keeps its reason.
    pub(crate) fn merge(&mut self, other: &Self) {
        if other.0.is_empty() {
            return;
        }
        if self.0.is_empty() {
            self.0.clone_from(&other.0);
            return;
        }
        let mut merged = Vec::with_capacity(self.0.len() + other.0.len());
        let (mut left, mut right) = (self.0.drain(..).peekable(), other.0.iter().peekable());
        loop {
            match (left.peek(), right.peek()) {
                (Some((a, _)), Some((b, _))) => {
                    if a <= b {
                        if a == b {
                            right.next();
                        }
                        merged.extend(left.next());
                    } else {
                        merged.extend(right.next().cloned());
                    }
                }
                (Some(_), None) => merged.extend(left.next()),
                (None, Some(_)) => merged.extend(right.next().cloned()),
                (None, None) => break,
            }
        }
        drop(left);
        self.0 = merged;
    }

    /// The failures of the rows that `keep` says.
    pub(crate) fn only(&self, keep: impl Fn(usize) -> bool) -> Self {
        Self(self.0.iter().filter(|(row, _)| keep(*row as usize)).cloned().collect())
    }

    /// The same, each reason beginning with the name of what failed unless it has one already.
    pub(crate) fn of(self, name: &str) -> Self {
        let mut known: Option<(Arc<str>, Arc<str>)> = None;
        let rename = |(row, reason): (u32, Arc<str>)| {
            if reason.starts_with('`') {
                return (row, reason);
            }
            if let Some((old, new)) = &known
                && Arc::ptr_eq(old, &reason)
            {
                return (row, Arc::clone(new));
            }
            let new: Arc<str> = format!("`{name}`: {reason}").into();
            known = Some((reason, Arc::clone(&new)));
            (row, new)
        };
        Self(self.0.into_iter().map(rename).collect())
    }

    /// The failure of a constant, for every one of `rows` rows.
    pub(crate) fn expanded(&self, rows: usize) -> Self {
        match self.0.first() {
            Some((_, reason)) => Self::all(rows, reason),
            None => Self::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &[(u32, &str)]) -> Failures {
        Failures(rows.iter().map(|(row, reason)| (*row, Arc::from(*reason))).collect())
    }

    #[test]
    fn merging_keeps_order_and_the_first_reason() {
        let mut all = of(&[(1, "a"), (4, "a")]);
        all.merge(&of(&[(0, "b"), (1, "b"), (5, "b")]));
        assert_eq!(all, of(&[(0, "b"), (1, "a"), (4, "a"), (5, "b")]));
        all.push(2, "c".into());
        all.push(4, "c".into());
        assert_eq!(all.only(|row| row < 4), of(&[(0, "b"), (1, "a"), (2, "c")]));
    }
}
