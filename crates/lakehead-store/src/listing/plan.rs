//! How a list is found: what orders it, what its rows must meet, and where the search begins.

use lakehead_model::query::{Filter, Operator, Order, SCOPE_FIELDS, SEARCH_PATH, Search, Test, path_text};
use serde_json::json;

use crate::fields::{self, SAME_AS_ETAG};
use crate::labels;
use crate::listing::{Listed, Listing};
use crate::places::Numbers;

/// A condition that leaves no more rows than this is worth beginning with: they are all looked at.
pub(super) const SMALL: u64 = 1000;
/// The same of a search: all names are read to find them, however few they are, and to try names one by one takes longer than
/// to sort these.
pub(super) const SMALL_SEARCH: u64 = 10_000;
/// How many conditions are measured.
pub(super) const MEASURED: usize = 8;
/// How many values of one condition are walked side by side.
const BRANCHES: usize = 8;

/// What a list is ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// When the row was made.
    Created,
    /// Its id; nothing needs to follow.
    Id,
    /// The smallest value at a path.
    Field(String),
}

/// One criterion of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) by: By,
    pub(super) descending: bool,
}

/// A condition on the values at a path.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    pub(super) path: String,
    pub(super) asks: Asks,
}

/// What is asked of the values at a path.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Asks {
    /// That one of them, or none, passes.
    Values(Test),
    /// That the folded name holds a text, or that the row has this id.
    Search(Search),
    /// That it was made before or after a time. Each row of the index has its time: nothing is looked up.
    Made(Operator, i64),
}

/// Where the search begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drive {
    /// At all rows, in the order of time or of ids, which they have an index for.
    Table,
    /// At the values of the path that orders the list.
    Walk,
    /// At the rows of an equality, which the index of values holds in the order of time.
    Equal(usize),
    /// At the few rows that meet a condition; they are sorted.
    Few(usize),
    /// At all rows; they are sorted.
    Sort,
}

/// A list that is about to be read.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) listing: &'a Listing<'a>,
    pub(super) terms: Vec<Term>,
    pub(super) conditions: Vec<Condition>,
    /// Whether a condition on the sandbox itself fails: there are no rows.
    pub(super) empty: bool,
    pub(super) drive: Drive,
    /// Where the values stand; to be asked for before a statement is written.
    pub(super) numbers: Numbers,
}

impl Condition {
    /// Whether the rows that meet it stand together in the index of values.
    pub(super) const fn drives(&self) -> bool {
        matches!(self.asks, Asks::Values(Test::AnyOf(_) | Test::Within(_)) | Asks::Search(_))
    }

    /// A condition that leaves no more rows than this is worth beginning with.
    pub(super) const fn small(&self) -> u64 {
        if matches!(self.asks, Asks::Search(_)) { SMALL_SEARCH } else { SMALL }
    }

    /// Whether a row has one value at most that meets it.
    pub(super) fn meets_once(&self) -> bool {
        match &self.asks {
            Asks::Values(Test::AnyOf(values)) => values.len() == 1,
            Asks::Search(_) => true,
            Asks::Values(_) | Asks::Made(..) => false,
        }
    }

    fn branches(&self) -> Option<&[String]> {
        match &self.asks {
            Asks::Values(Test::AnyOf(values)) if values.len() <= BRANCHES => Some(values),
            _ => None,
        }
    }
}

impl<'a> Plan<'a> {
    pub(super) fn new(listing: &'a Listing<'a>) -> Self {
        let (of_scope, of_rows): (Vec<_>, Vec<_>) =
            listing.query.filters.iter().partition(|filter| is_of_scope(filter));
        let scope = json!({
            "sandboxId": listing.scope.sandbox_id, "sandboxName": listing.scope.sandbox_name,
            "imsOrgId": listing.scope.org,
        });
        let condition = |filter: &&Filter| Condition { path: stored_path(&filter.path), asks: asks(filter) };
        let search = listing.query.search.iter();
        let search =
            search.map(|search| Condition { path: SEARCH_PATH.to_owned(), asks: Asks::Search(search.clone()) });
        let unlisted = matches!(listing.of, Listed::Documents(kind) if !kind.is_listed());
        Self {
            listing,
            terms: terms(listing.order),
            conditions: search.chain(of_rows.iter().map(condition)).collect(),
            empty: unlisted || !of_scope.iter().all(|filter| filter.matches(&scope)),
            drive: Drive::Table,
            numbers: Numbers::default(),
        }
    }

    /// The kinds and paths whose numbers a statement may need.
    pub(super) fn places(&self) -> Vec<(&str, &str)> {
        let kind = self.listing.of.kind();
        let paths = self.conditions.iter().map(|condition| condition.path.as_str()).chain(self.keys());
        paths.map(|path| (kind, path)).chain(self.listing.labels.into_iter().flat_map(|_| labels::PLACES)).collect()
    }

    /// The number of a path of what is listed.
    pub(super) fn number(&self, path: &str) -> i64 {
        self.numbers.of(self.listing.of.kind(), path)
    }

    /// The numbers of the labels of flows: those that are there, and those that are gone.
    pub(super) fn labels(&self) -> [i64; 2] {
        labels::PLACES.map(|(kind, path)| self.numbers.of(kind, path))
    }

    /// The paths that the list is ordered by.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter_map(|term| match &term.by {
            By::Field(path) => Some(path.as_str()),
            By::Created | By::Id => None,
        })
    }

    /// A single equality in the order of time needs no thought: its rows are walked.
    pub(super) fn must_measure(&self) -> bool {
        match self.conditions.as_slice() {
            [] => false,
            [only] => !(self.by_time() && only.branches().is_some()),
            _ => true,
        }
    }

    /// Decides where to begin, knowing how many rows the first conditions leave.
    pub(super) fn choose(&mut self, sizes: &[Option<u64>]) {
        let equality = self.conditions.iter().position(|condition| condition.branches().is_some());
        self.drive = match (self.fewest(sizes), equality) {
            (Some(few), _) => Drive::Few(few),
            (None, Some(equality)) if self.by_time() => Drive::Equal(equality),
            _ if self.by_time() || self.terms[0].by == By::Id => Drive::Table,
            _ if self.is_walked() => Drive::Walk,
            _ => Drive::Sort,
        };
    }

    /// Like [`Plan::choose`], where the order does not matter.
    pub(super) fn choose_for_count(&mut self, sizes: &[Option<u64>]) {
        let fewest = self.fewest(sizes).or_else(|| self.conditions.iter().position(Condition::drives));
        self.drive = fewest.map_or(Drive::Table, Drive::Few);
    }

    fn fewest(&self, sizes: &[Option<u64>]) -> Option<usize> {
        let measured = sizes.iter().zip(&self.conditions).enumerate();
        let small = measured.filter_map(|(n, (size, condition))| Some(((*size)?, n, condition.small())));
        small.filter(|(size, _, small)| size <= small).map(|(size, n, _)| (size, n)).min().map(|(_, n)| n)
    }

    fn one_way(&self) -> bool {
        self.terms.iter().all(|term| term.descending == self.terms[0].descending)
    }

    fn by_time(&self) -> bool {
        self.terms[0].by == By::Created && self.terms[1].by == By::Id && self.one_way()
    }

    fn is_walked(&self) -> bool {
        let walked = fields::walked(self.listing.of.kind());
        let known = matches!(&self.terms[0].by, By::Field(path) if walked.contains(&path.as_str()));
        known && self.terms.len() == 3 && self.terms[1].by == By::Created && self.one_way()
    }
}

/// What a filter asks. Before and after a whole number of milliseconds is told by the time of the row.
fn asks(filter: &Filter) -> Asks {
    let orders = matches!(
        filter.operator,
        Operator::Greater | Operator::GreaterOrEqual | Operator::Less | Operator::LessOrEqual
    );
    match (filter.path.as_slice(), filter.values.as_slice()) {
        ([path], [time]) if orders && path == "createdAt" => {
            time.trim().parse().map_or_else(|_| Asks::Values(filter.test()), |time| Asks::Made(filter.operator, time))
        }
        _ => Asks::Values(filter.test()),
    }
}

fn is_of_scope(filter: &Filter) -> bool {
    matches!(filter.path.as_slice(), [only] if SCOPE_FIELDS.contains(&only.as_str()))
}

/// The path under which the values are kept.
fn stored_path(path: &[String]) -> String {
    match path {
        [only] if only == SAME_AS_ETAG => "etag".to_owned(),
        _ => path_text(path),
    }
}

/// A total order: time and id follow in the direction of the last criterion. Never less than one term, and a first
/// term by time is never the last.
fn terms(order: &[Order]) -> Vec<Term> {
    let mut terms = Vec::<Term>::new();
    for Order { path, descending } in order {
        let by = match path.as_slice() {
            [only] if only == "createdAt" => By::Created,
            [only] if only == "id" => By::Id,
            [only] if SCOPE_FIELDS.contains(&only.as_str()) => continue,
            _ => By::Field(stored_path(path)),
        };
        if terms.iter().all(|term| term.by != by) {
            terms.push(Term { by, descending: *descending });
        }
    }
    let descending = terms.last().is_none_or(|term| term.descending);
    for by in [By::Created, By::Id] {
        // Ids are never equal.
        if terms.iter().all(|term| term.by != by && term.by != By::Id) {
            terms.push(Term { by, descending });
        }
    }
    let end = terms.iter().position(|term| term.by == By::Id).map_or(terms.len(), |at| at + 1);
    terms.truncate(end);
    terms
}

#[cfg(test)]
mod tests {
    use lakehead_model::query::parse_order;

    use super::*;

    fn written(order: &str) -> String {
        let order = if order.is_empty() { Vec::new() } else { parse_order(order).unwrap() };
        let name = |term: &Term| match &term.by {
            By::Created => "time".to_owned(),
            By::Id => "id".to_owned(),
            By::Field(path) => path.clone(),
        };
        let sign = |term: &Term| if term.descending { "-" } else { "" };
        terms(&order).iter().map(|term| format!("{}{}", sign(term), name(term))).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_order_is_total() {
        for (order, expected) in [
            ("", "-time -id"),
            ("-createdAt", "-time -id"),
            ("createdAt", "time id"),
            ("name", "name time id"),
            ("-name", "-name -time -id"),
            ("-name,state,name", "-name state time id"),
            ("id,name", "id"),
            ("name,-id,state", "name -id"),
            ("-createdAt,name", "-time name id"),
            ("sandboxName", "-time -id"),
            ("version,etag", "etag time id"),
        ] {
            assert_eq!(written(order), expected, "{order}");
        }
    }
}
