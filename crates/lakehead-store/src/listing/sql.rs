//! The statements of lists. Rows are named by time and id: that is what the index of values knows of them.

use lakehead_model::batch::RUN_OWNER;
use lakehead_model::maintenance::TABLE_OWNER;
use lakehead_model::page::Place;
use lakehead_model::query::{Operator, Test, encode};

use crate::compose::Composer;
use crate::documents::DocumentKind;
use crate::error::Result;
use crate::labels;
use crate::listing::Listed;
use crate::listing::plan::{Asks, By, Condition, Drive, Plan, Term};

/// How a row is named where the text stands: its time and its id.
#[derive(Clone, Copy)]
struct Named {
    time: &'static str,
    id: &'static str,
}

const NAMED: Named = Named { time: "x.created_at", id: "x.id" };
const RUN: Named = Named { time: "x.created_at", id: "x.run_id" };

/// The first `limit` rows after `after`: time, id, and the values that order them.
pub(super) fn page(c: &mut Composer, plan: &Plan<'_>, after: Option<&Place>, limit: usize) -> Result<String> {
    let limit = c.int(limit as i64);
    match plan.drive {
        Drive::Table => {
            let (from, named) = table(c, plan);
            let row = Ordered { select: String::new(), from, named, columns: columns(plan, named, "") };
            row.page(c, plan, after, &limit, None)
        }
        Drive::Walk => {
            let path = plan.keys().next().unwrap_or_default();
            let from = format!("field x WHERE {}", at(c, plan, "x", path));
            let columns = columns(plan, NAMED, "x.value");
            let row = Ordered { select: ", x.value".to_owned(), from, named: NAMED, columns };
            row.page(c, plan, after, &limit, None)
        }
        Drive::Equal(condition) => equal(c, plan, after, &limit, condition),
        Drive::Few(_) | Drive::Sort => sorted(c, plan, after, &limit),
    }
}

/// How many rows there are.
pub(super) fn count(c: &mut Composer, plan: &Plan<'_>) -> Result<String> {
    let (from, named, begun) = source(c, plan)?;
    let rest = residual(c, plan, named, begun, "")?;
    Ok(format!("SELECT count(*) FROM {from}{rest}"))
}

/// How many rows a condition alone leaves, counted up to `limit`.
pub(super) fn size(c: &mut Composer, plan: &Plan<'_>, condition: &Condition, limit: u64) -> Result<String> {
    let place = at(c, plan, "f", &condition.path);
    let test = holds(c, "f", &condition.asks)?;
    let limit = c.int(limit as i64);
    Ok(format!("SELECT count(*) FROM (SELECT 1 AS one FROM field f WHERE {place} AND {test} LIMIT {limit}) m"))
}

/// The values of the listed kind at a path; the number of the place says whose.
fn at(c: &mut Composer, plan: &Plan<'_>, alias: &str, path: &str) -> String {
    format!("{alias}.place = {}", c.int(plan.number(path)))
}

/// A source of rows that has an index in the order asked for.
struct Ordered {
    /// What is selected besides time and id.
    select: String,
    /// With its `WHERE`.
    from: String,
    named: Named,
    /// What orders it, all in one direction.
    columns: Vec<String>,
}

impl Ordered {
    fn page(
        &self,
        c: &mut Composer,
        plan: &Plan<'_>,
        after: Option<&Place>,
        limit: &str,
        begun: Option<usize>,
    ) -> Result<String> {
        let Self { select, from, named: Named { time, id }, columns } = self;
        let descending = plan.terms[0].descending;
        let after = match after {
            Some(place) => {
                let values: Vec<String> = plan.terms.iter().map(|term| bind(c, plan, term, place)).collect();
                let compare = if descending { "<" } else { ">" };
                format!(" AND ({}) {compare} ({})", columns.join(", "), values.join(", "))
            }
            None => String::new(),
        };
        let rest = residual(c, plan, self.named, begun, c.for_each_row())?;
        let way = if descending { " DESC" } else { "" };
        let order = columns.iter().map(|column| format!("{column}{way}")).collect::<Vec<_>>().join(", ");
        Ok(format!(
            "SELECT {time} AS created_at, {id} AS id{select} FROM {from}{after}{rest} ORDER BY {order} LIMIT {limit}"
        ))
    }
}

/// The rows of each wanted value are in the order of time; the first of each are the first of all.
fn equal(c: &mut Composer, plan: &Plan<'_>, after: Option<&Place>, limit: &str, condition: usize) -> Result<String> {
    let Condition { path, asks } = &plan.conditions[condition];
    let values = if let Asks::Values(Test::AnyOf(values)) = asks { values.as_slice() } else { &[] };
    let mut branches = Vec::new();
    for value in values {
        let from = format!("field x WHERE {} AND x.value = {}", at(c, plan, "x", path), c.text(value));
        let row = Ordered { select: String::new(), from, named: NAMED, columns: columns(plan, NAMED, "") };
        branches.push(row.page(c, plan, after, limit, Some(condition))?);
    }
    if let [only] = branches.as_slice() {
        return Ok(only.clone());
    }
    let branches = branches.iter().enumerate().map(|(n, branch)| format!("SELECT created_at, id FROM ({branch}) b{n}"));
    let all = branches.collect::<Vec<_>>().join(" UNION ");
    let way = if plan.terms[0].descending { " DESC" } else { "" };
    Ok(format!("SELECT created_at, id FROM ({all}) u ORDER BY created_at{way}, id{way} LIMIT {limit}"))
}

/// All rows of the source, with what orders them, sorted.
fn sorted(c: &mut Composer, plan: &Plan<'_>, after: Option<&Place>, limit: &str) -> Result<String> {
    let (from, named, begun) = source(c, plan)?;
    let mut selected = vec![format!("{} AS created_at, {} AS id", named.time, named.id)];
    for (n, path) in plan.keys().enumerate() {
        let place = at(c, plan, "k", path);
        let absent = encode::ABSENT;
        let value = format!("SELECT min(k.value) FROM field k WHERE {place} AND k.id = {}", named.id);
        selected.push(format!("COALESCE(({value}), '{absent}') AS k{n}"));
    }
    let selected = selected.join(", ");
    let rest = residual(c, plan, named, begun, "")?;
    let keys: Vec<String> = (0..plan.keys().count()).map(|n| format!("k{n}")).collect();
    let mut next_key = keys.iter();
    let columns = plan.terms.iter().map(|term| match term.by {
        By::Created => "created_at",
        By::Id => "id",
        By::Field(_) => next_key.next().map_or("", String::as_str),
    });
    let columns: Vec<(&str, &Term)> = columns.zip(&plan.terms).collect();
    let after = after.map(|place| format!("WHERE {}", beyond(c, plan, &columns, place))).unwrap_or_default();
    let order = columns.iter().map(|(column, term)| format!("{column}{}", if term.descending { " DESC" } else { "" }));
    let order = order.collect::<Vec<_>>().join(", ");
    let shown = ["created_at", "id"].into_iter().chain(keys.iter().map(String::as_str)).collect::<Vec<_>>().join(", ");
    Ok(format!("SELECT {shown} FROM (SELECT {selected} FROM {from}{rest}) s {after} ORDER BY {order} LIMIT {limit}"))
}

/// What comes after `place` in an order with directions of its own.
fn beyond(c: &mut Composer, plan: &Plan<'_>, columns: &[(&str, &Term)], place: &Place) -> String {
    let mut condition = String::new();
    for (column, term) in columns.iter().rev() {
        let value = bind(c, plan, term, place);
        let compare = if term.descending { "<" } else { ">" };
        condition = match condition.as_str() {
            "" => format!("{column} {compare} {value}"),
            inner => format!("({column} {compare} {value} OR ({column} = {value} AND {inner}))"),
        };
    }
    condition
}

/// The value of `place` for a criterion.
fn bind(c: &mut Composer, plan: &Plan<'_>, term: &Term, place: &Place) -> String {
    match &term.by {
        By::Created => c.int(place.created_at),
        By::Id => c.text(&place.id),
        By::Field(path) => {
            let at = plan.keys().position(|key| key == path);
            c.text(at.and_then(|at| place.keys.get(at)).map_or(encode::ABSENT, String::as_str))
        }
    }
}

/// The columns of an order that is walked.
fn columns(plan: &Plan<'_>, named: Named, value: &str) -> Vec<String> {
    let column = |term: &Term| match term.by {
        By::Created => named.time.to_owned(),
        By::Id => named.id.to_owned(),
        By::Field(_) => value.to_owned(),
    };
    plan.terms.iter().map(column).collect()
}

/// The table of all rows, with its `WHERE`.
fn table(c: &mut Composer, plan: &Plan<'_>) -> (String, Named) {
    let (org, sandbox_id) = (c.text(&plan.listing.scope.org), c.text(&plan.listing.scope.sandbox_id));
    let own = format!("x WHERE x.org = {org} AND x.sandbox_id = {sandbox_id}");
    match plan.listing.of {
        Listed::Documents(kind) => (format!("document {own} AND x.kind = '{}'", kind.as_str()), NAMED),
        // Runs of uploaded batches are shown as batches, those that maintain tables not at all. The index has neither.
        Listed::Runs => {
            let of_flow = format!("x.flow_id NOT LIKE '{RUN_OWNER}%' AND x.flow_id NOT LIKE '{TABLE_OWNER}%'");
            (format!("flow_run {own} AND {of_flow}"), RUN)
        }
    }
}

/// All rows where the search begins, with the `WHERE`, and which condition they meet already.
fn source(c: &mut Composer, plan: &Plan<'_>) -> Result<(String, Named, Option<usize>)> {
    let Drive::Few(begun) = plan.drive else {
        let (from, named) = table(c, plan);
        return Ok((from, named, None));
    };
    let condition = &plan.conditions[begun];
    let place = at(c, plan, "f", &condition.path);
    let test = holds(c, "f", &condition.asks)?;
    let distinct = if condition.meets_once() { "" } else { "DISTINCT " };
    let rows = format!("SELECT {distinct}f.created_at, f.id FROM field f WHERE {place} AND {test}");
    Ok((format!("({rows}) x WHERE 1 = 1"), NAMED, Some(begun)))
}

/// The conditions that are not met by where the search begins, each with its `AND`; `end` ends their subqueries.
fn residual(c: &mut Composer, plan: &Plan<'_>, row: Named, begun: Option<usize>, end: &str) -> Result<String> {
    let mut parts = Vec::new();
    for (n, condition) in plan.conditions.iter().enumerate() {
        if Some(n) == begun {
            continue;
        }
        if let Asks::Made(operator, time) = condition.asks {
            parts.push(format!(" AND {}", made(c, row.time, operator, time)));
            continue;
        }
        let not = if matches!(condition.asks, Asks::Values(Test::NoneOf(_))) { "NOT " } else { "" };
        let place = at(c, plan, "c", &condition.path);
        let test = holds(c, "c", &condition.asks)?;
        let Named { time, id } = row;
        parts.push(format!(
            " AND {not}EXISTS (SELECT 1 FROM field c WHERE {place} AND {test} AND c.created_at = {time} AND c.id = {id}{end})"
        ));
    }
    parts.push(visible(c, plan, row, end)?);
    Ok(parts.concat())
}

/// Leaves out flows with a label that the caller does not hold, and their runs.
fn visible(c: &mut Composer, plan: &Plan<'_>, row: Named, end: &str) -> Result<String> {
    let Some(held) = plan.listing.labels else { return Ok(String::new()) };
    let flow = match plan.listing.of {
        Listed::Documents(DocumentKind::Flow) => row.id.to_owned(),
        Listed::Documents(_) => return Ok(String::new()),
        Listed::Runs => format!("(SELECT r.flow_id FROM flow_run r WHERE r.run_id = {})", row.id),
    };
    let held = labels::encoded(held);
    let held = if held.is_empty() { "= ''".to_owned() } else { c.among(&held)? };
    let [there, gone] = plan.labels().map(|place| c.int(place));
    Ok(format!(
        " AND NOT EXISTS (SELECT 1 FROM field l WHERE l.place IN ({there}, {gone}) AND l.id = {flow} AND NOT (l.value {held}){end})"
    ))
}

/// The test on the value of a row of the index.
fn holds(c: &mut Composer, alias: &str, asks: &Asks) -> Result<String> {
    let test = match asks {
        Asks::Values(test) => test,
        Asks::Search(search) => {
            let named = c.within(&format!("{alias}.value"), &search.part);
            return Ok(format!("({named} OR {alias}.id = {})", c.text(&search.id)));
        }
        Asks::Made(operator, time) => return Ok(made(c, &format!("{alias}.created_at"), *operator, *time)),
    };
    Ok(match test {
        Test::AnyOf(values) | Test::NoneOf(values) => format!("{alias}.value {}", c.among(values)?),
        Test::Within(stretch) => {
            let (low, below) = (c.text(&stretch.low), c.text(&stretch.below));
            format!("{alias}.value >= {low} AND {alias}.value < {below}")
        }
        Test::Exists => format!("{alias}.value > '{}'", encode::ABSENT),
    })
}

/// Whether a row was made before or after a time.
fn made(c: &mut Composer, column: &str, operator: Operator, time: i64) -> String {
    let compare = match operator {
        Operator::Greater => ">",
        Operator::GreaterOrEqual => ">=",
        Operator::Less => "<",
        Operator::LessOrEqual => "<=",
        Operator::Equal | Operator::NotEqual | Operator::Exists => "=",
    };
    format!("{column} {compare} {}", c.int(time))
}
