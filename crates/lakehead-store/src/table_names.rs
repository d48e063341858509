//! Names of tables: a tag of the dataset, by which engines that speak SQL find its table.

use lakehead_model::Scope;

use crate::db::{Arg, Sql};
use crate::documents::DocumentKind;
use crate::error::Result;
use crate::store::Tx;

/// A table under the name that lists show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedTable {
    /// The name.
    pub name: String,
    /// Id of the dataset.
    pub dataset_id: String,
}

/// The tag is that of [`lakehead_model::dataset::Dataset::table_name`].
const ALL: Sql = Sql::each(
    "SELECT json_extract(body, '$.tags.\"adobe/pqs/table\"[0]'), id FROM document
     WHERE org = $1 AND sandbox_id = $2 AND kind = $3 ORDER BY created_at, id",
    "SELECT body::json #>> '{tags,adobe/pqs/table,0}', id FROM document
     WHERE org = $1 AND sandbox_id = $2 AND kind = $3 ORDER BY created_at, id",
);
const NAMED: Sql = Sql::each(
    "SELECT id FROM document
     WHERE org = $1 AND sandbox_id = $2 AND kind = $3 AND json_extract(body, '$.tags.\"adobe/pqs/table\"[0]') = $4
     ORDER BY created_at, id LIMIT 1",
    "SELECT id FROM document
     WHERE org = $1 AND sandbox_id = $2 AND kind = $3 AND body::json #>> '{tags,adobe/pqs/table,0}' = $4
     ORDER BY created_at, id LIMIT 1",
);

impl Tx {
    /// The tables of all datasets, by name. Where several have one name it is that of the oldest; the others, and those
    /// without a name, are shown by the ids of their datasets.
    pub async fn named_tables(&mut self, scope: &Scope) -> Result<Vec<NamedTable>> {
        let mut taken = std::collections::HashSet::new();
        let mut tables = Vec::new();
        for row in self.conn.rows(&ALL, &key(scope)).await? {
            let (name, dataset_id) = (row.opt_text(0)?, row.text(1)?);
            let name = name.filter(|name| taken.insert(name.clone())).unwrap_or_else(|| dataset_id.clone());
            tables.push(NamedTable { name, dataset_id });
        }
        tables.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(tables)
    }

    /// Id of the oldest dataset whose table has this name.
    pub async fn dataset_of_table(&mut self, scope: &Scope, name: &str) -> Result<Option<String>> {
        let [org, sandbox_id, kind] = key(scope);
        let row = self.conn.row(&NAMED, &[org, sandbox_id, kind, Arg::Text(name)]).await?;
        row.map(|row| row.text(0)).transpose()
    }
}

fn key(scope: &Scope) -> [Arg<'_>; 3] {
    [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(DocumentKind::Dataset.as_str())]
}
