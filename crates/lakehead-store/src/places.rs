//! Where values stand in the index of values: each path of a kind in a sandbox has a number, so that the many rows of the
//! index repeat a number instead of four texts. Whoever knows a number has asked for it with the organisation and the
//! sandbox of the caller, and a number is never given twice: this is what keeps the values of sandboxes apart.

use std::collections::HashMap;

use lakehead_model::Scope;

use crate::db::{Arg, Sql, to_json};
use crate::error::Result;
use crate::fields::Owner;
use crate::store::Tx;

/// The number of places where no resource has a value: none is given below one.
const NOWHERE: i64 = 0;

/// The looking first is not for nothing: a place that is there already costs no number and waits for nobody. In their
/// order, so that two who make the same places do not wait for each other.
const ADD: Sql = Sql::each(
    "INSERT INTO field_place (org, sandbox_id, kind, path)
     SELECT DISTINCT $1, $2, $3, json_extract(leaf.value, '$[0]') AS wanted FROM json_each($4) leaf
     WHERE NOT EXISTS (
         SELECT 1 FROM field_place p
         WHERE p.org = $1 AND p.sandbox_id = $2 AND p.kind = $3 AND p.path = json_extract(leaf.value, '$[0]'))
     ORDER BY wanted ON CONFLICT DO NOTHING",
    "INSERT INTO field_place (org, sandbox_id, kind, path)
     SELECT $1, $2, $3, wanted
     FROM (SELECT DISTINCT (value->>0) COLLATE \"C\" AS wanted FROM jsonb_array_elements($4::jsonb) AS leaf (value)) w
     WHERE NOT EXISTS (
         SELECT 1 FROM field_place p WHERE p.org = $1 AND p.sandbox_id = $2 AND p.kind = $3 AND p.path = wanted)
     ORDER BY wanted ON CONFLICT DO NOTHING",
);
const NUMBERS: Sql = Sql::each(
    "SELECT p.kind, p.path, p.place FROM json_each($3) wanted CROSS JOIN field_place p
     WHERE p.org = $1 AND p.sandbox_id = $2
       AND p.kind = json_extract(wanted.value, '$[0]') AND p.path = json_extract(wanted.value, '$[1]')",
    "SELECT p.kind, p.path, p.place FROM jsonb_array_elements($3::jsonb) AS wanted (value), field_place p
     WHERE p.org = $1 AND p.sandbox_id = $2 AND p.kind = wanted.value->>0 AND p.path = wanted.value->>1",
);

/// The numbers of places of one sandbox.
#[derive(Debug, Default)]
pub(crate) struct Numbers(HashMap<(String, String), i64>);

impl Numbers {
    /// The number of a path; one that finds nothing where no resource ever had the member.
    pub(crate) fn of(&self, kind: &str, path: &str) -> i64 {
        self.0.get(&(kind.to_owned(), path.to_owned())).copied().unwrap_or(NOWHERE)
    }
}

impl Tx {
    /// The numbers of these places, each a kind and a path, as far as they have one.
    pub(crate) async fn numbers(&mut self, scope: &Scope, places: &[(&str, &str)]) -> Result<Numbers> {
        if places.is_empty() {
            return Ok(Numbers::default());
        }
        let list = to_json(places, "place")?;
        let args = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(&list)];
        let rows = self.conn.rows(&NUMBERS, &args).await?;
        let known = rows.iter().map(|row| Ok(((row.text(0)?, row.text(1)?), row.int(2)?)));
        known.collect::<Result<_>>().map(Numbers)
    }

    /// Gives numbers to those places of `leaves` (a JSON list of paths and values) that have none.
    pub(crate) async fn add_places(&mut self, owner: &Owner<'_>, leaves: &str) -> Result<()> {
        let args = [Arg::Text(owner.org), Arg::Text(owner.sandbox_id), Arg::Text(owner.kind), Arg::Text(leaves)];
        self.conn.run(&ADD, &args).await.map(drop)
    }
}
