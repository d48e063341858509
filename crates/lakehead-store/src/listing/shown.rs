//! The JSON of resources as the API shows it, put together from stored text.

use lakehead_model::{Etag, Scope};
use serde_json::Value;

use crate::db::{Arg, Conn, Row, Sql};
use crate::error::Result;
use crate::fields::LAST_RUN;
use crate::listing::Listed;
use crate::runs;
use crate::store::Store;

/// A resource as the API shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its version.
    pub etag: Etag,
    /// Its JSON.
    pub json: String,
}

const DOCUMENT: Sql = Sql::same(
    "SELECT id, etag, body, last_run FROM document WHERE org = $1 AND sandbox_id = $2 AND kind = $3 AND id = $4",
);
const RUN: Sql =
    Sql::same("SELECT run_id, etag, doc, params FROM flow_run WHERE org = $1 AND sandbox_id = $2 AND run_id = $3");
const DOCUMENTS: Sql = Sql::each(
    "SELECT id, etag, body, last_run FROM document WHERE org = $1 AND sandbox_id = $2 AND kind = $3
       AND id IN (SELECT value FROM json_each($4))",
    "SELECT id, etag, body, last_run FROM document WHERE org = $1 AND sandbox_id = $2 AND kind = $3
       AND id = ANY (ARRAY(SELECT jsonb_array_elements_text($4::jsonb)))",
);
const RUNS: Sql = Sql::each(
    "SELECT run_id, etag, doc, params FROM flow_run WHERE org = $1 AND sandbox_id = $2
       AND run_id IN (SELECT value FROM json_each($3))",
    "SELECT run_id, etag, doc, params FROM flow_run WHERE org = $1 AND sandbox_id = $2
       AND run_id = ANY (ARRAY(SELECT jsonb_array_elements_text($3::jsonb)))",
);

impl Store {
    /// The resource with this id as the API shows it: one statement, no transaction.
    pub async fn shown(&self, scope: &Scope, of: Listed, id: &str) -> Result<Option<Shown>> {
        let [org, sandbox_id] = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id)];
        let row = match of {
            Listed::Documents(kind) => {
                self.pool.row(&DOCUMENT, &[org, sandbox_id, Arg::Text(kind.as_str()), Arg::Text(id)]).await?
            }
            Listed::Runs => self.pool.row(&RUN, &[org, sandbox_id, Arg::Text(id)]).await?,
        };
        row.map(|row| Ok(shown(of, &row)?.1)).transpose()
    }
}

/// The resources with these ids (a JSON list), in any order.
pub(super) async fn rows(conn: &mut Conn, scope: &Scope, of: Listed, ids: &str) -> Result<Vec<(String, Shown)>> {
    let [org, sandbox_id, ids] = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(ids)];
    let rows = match of {
        Listed::Documents(kind) => conn.rows(&DOCUMENTS, &[org, sandbox_id, Arg::Text(kind.as_str()), ids]).await?,
        Listed::Runs => conn.rows(&RUNS, &[org, sandbox_id, ids]).await?,
    };
    rows.iter().map(|row| shown(of, row)).collect()
}

fn shown(of: Listed, row: &Row) -> Result<(String, Shown)> {
    let etag = row.text(1)?;
    let json = match of {
        Listed::Documents(_) => with_last_run(row.text(2)?, row.opt_text(3)?.as_deref()),
        Listed::Runs => {
            let params: Value = row.json(3, "run")?;
            runs::shown(row.json(2, "run")?, &etag, &params).to_string()
        }
    };
    Ok((row.text(0)?, Shown { etag: Etag::from_text(&etag), json }))
}

/// The stored object with one member more.
fn with_last_run(mut body: String, last_run: Option<&str>) -> String {
    if let Some(last_run) = last_run
        && body.ends_with('}')
    {
        body.pop();
        let comma = if body.ends_with('{') { "" } else { "," };
        return format!("{body}{comma}\"{LAST_RUN}\":{last_run}}}");
    }
    body
}

#[cfg(test)]
mod tests {
    use super::with_last_run;

    #[test]
    fn the_last_run_is_one_member_more() {
        assert_eq!(with_last_run("{\"a\":{}}".into(), Some("{\"b\":1}")), "{\"a\":{},\"lastRunDetails\":{\"b\":1}}");
        assert_eq!(with_last_run("{}".into(), Some("1")), "{\"lastRunDetails\":1}");
        assert_eq!(with_last_run("{\"a\":{}}".into(), None), "{\"a\":{}}");
    }
}
