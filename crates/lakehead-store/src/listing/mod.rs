//! Lists of the Flow Service, filtered, ordered, paged and counted in the database.
//!
//! A page is found in two steps: which rows, by the index of values ([`crate::fields`]) alone, then what they show. How
//! the rows are found is decided in [`plan`] and written down in [`sql`]. A page begins after the values of a row, not
//! after a number of rows: what comes and goes in between shifts nothing.

mod plan;
mod shown;
mod sql;

use std::collections::HashMap;

use lakehead_model::Scope;
use lakehead_model::page::Place;
use lakehead_model::query::{Order, Query};

use crate::compose::Composer;
use crate::db::{Row, to_json};
use crate::documents::DocumentKind;
use crate::error::{Result, StoreError};
use crate::fields;
use crate::store::Tx;

use plan::Plan;
pub use shown::Shown;

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Resources of the Flow Service of one kind. Other kinds have no index of values: their lists are empty.
    Documents(DocumentKind),
    /// Runs.
    Runs,
}

/// A list as it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a> {
    /// Whose.
    pub scope: &'a Scope,
    /// Of what.
    pub of: Listed,
    /// The conditions; a projection is for the caller to apply.
    pub query: &'a Query,
    /// The order; none is newest first.
    pub order: &'a [Order],
    /// The usage labels that the caller may see. A flow with another label is left out, and so are its runs. `None`
    /// sees everything.
    pub labels: Option<&'a [String]>,
}

/// A page of a list.
#[derive(Clone, Debug, Default)]
pub struct ListPage {
    /// The JSON of each row, as the API shows it.
    pub items: Vec<String>,
    /// After which row the next page begins; `None` on the last page.
    pub next: Option<Place>,
}

impl Listed {
    /// The kind under which the values are kept.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Documents(kind) => kind.as_str(),
            Self::Runs => fields::RUN,
        }
    }
}

impl Tx {
    /// The page of at most `limit` rows after `after`. `OtherOrder` where that is a place in a list of another order.
    pub async fn page(&mut self, listing: &Listing<'_>, after: Option<&Place>, limit: usize) -> Result<ListPage> {
        let mut plan = Plan::new(listing);
        if after.is_some_and(|place| place.keys.len() != plan.keys().count()) {
            return Err(StoreError::OtherOrder);
        }
        if plan.empty {
            return Ok(ListPage::default());
        }
        let numbers = self.numbers(listing.scope, &plan.places()).await?;
        plan.numbers = numbers;
        let sizes = if plan.must_measure() { self.measure(&plan).await? } else { Vec::new() };
        plan.choose(&sizes);

        let mut composer = Composer::new(&self.conn);
        // One row more than asked for tells whether there is a next page.
        let text = sql::page(&mut composer, &plan, after, limit + 1)?;
        let rows = composer.rows(&mut self.conn, text).await?;
        let keys = plan.keys().count();
        let mut places = rows.iter().map(|row| place(row, keys)).collect::<Result<Vec<_>>>()?;
        let more = places.len() > limit;
        places.truncate(limit);
        let items = self.shown_at(listing, &places).await?;
        Ok(ListPage { items, next: if more { places.pop() } else { None } })
    }

    /// How many rows the list has.
    pub async fn count_matching(&mut self, listing: &Listing<'_>) -> Result<u64> {
        let mut plan = Plan::new(listing);
        if plan.empty {
            return Ok(0);
        }
        let numbers = self.numbers(listing.scope, &plan.places()).await?;
        plan.numbers = numbers;
        let sizes = self.measure(&plan).await?;
        plan.choose_for_count(&sizes);
        let mut composer = Composer::new(&self.conn);
        let text = sql::count(&mut composer, &plan)?;
        first_number(&composer.rows(&mut self.conn, text).await?)
    }

    /// How many rows each condition alone leaves, as far as it matters; `None` for those that have no rows to count.
    async fn measure(&mut self, plan: &Plan<'_>) -> Result<Vec<Option<u64>>> {
        let mut sizes = Vec::new();
        for condition in plan.conditions.iter().take(plan::MEASURED) {
            if !condition.drives() {
                sizes.push(None);
                continue;
            }
            let mut composer = Composer::new(&self.conn);
            let text = sql::size(&mut composer, plan, condition, condition.small() + 1)?;
            sizes.push(Some(first_number(&composer.rows(&mut self.conn, text).await?)?));
        }
        Ok(sizes)
    }

    async fn shown_at(&mut self, listing: &Listing<'_>, places: &[Place]) -> Result<Vec<String>> {
        let ids: Vec<&str> = places.iter().map(|place| place.id.as_str()).collect();
        let rows = shown::rows(&mut self.conn, listing.scope, listing.of, &to_json(&ids, "id")?).await?;
        let mut shown: HashMap<String, String> = rows.into_iter().map(|(id, shown)| (id, shown.json)).collect();
        Ok(places.iter().filter_map(|place| shown.remove(&place.id)).collect())
    }
}

fn place(row: &Row, keys: usize) -> Result<Place> {
    let keys = (0..keys).map(|key| row.text(2 + key)).collect::<Result<_>>()?;
    Ok(Place { keys, created_at: row.int(0)?, id: row.text(1)? })
}

fn first_number(rows: &[Row]) -> Result<u64> {
    rows.first().map_or(Ok(0), |row| Ok(row.int(0)?.unsigned_abs()))
}

#[cfg(test)]
pub(crate) mod tests;
