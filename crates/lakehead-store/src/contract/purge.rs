//! A purge removes everything of one sandbox and nothing else, table by table, as the database itself lists them.

use std::collections::BTreeSet;

use super::{Bench, on_each, scope};
use crate::contract::sandboxes::{close, made};
use crate::db::{Arg, Sql};
use crate::purge::{OF_FLOW, OF_RUN, OF_SANDBOX, Owned};
use crate::{Closing, Purged, Tx};

/// Tables whose rows stay when a sandbox is emptied.
const KEPT: &[&str] = &[
    "_sqlx_migrations",
    "key_check",
    "organisation",
    "service_client",
    "org_user",
    "signing_key",
    "role",
    "role_member",
    "backfill",
    // What was done in a sandbox is told after it is gone, too.
    "audit",
    // Its record stays.
    "sandbox",
    // Forgotten by the collector, when it has seen to the files.
    "file_intent",
];

/// One owner of rows: organisation, sandbox, and what the texts of its rows end with.
type Owner = (&'static str, &'static str, &'static str);

const PURGED: Owner = ("A@AdobeOrg", "s1", "mine");
/// Neighbours that differ in one part of the key each.
const NEIGHBOURS: [Owner; 2] = [("A@AdobeOrg", "s2", "other sandbox"), ("B@AdobeOrg", "s1", "other organisation")];
/// Rows of each owner in each table.
const ROWS: i64 = 3;

const TABLES: Sql = Sql::each(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    "SELECT table_name::text FROM information_schema.tables
     WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'",
);
const COLUMNS: Sql = Sql::each(
    "SELECT name, type FROM pragma_table_info($1)",
    "SELECT column_name::text, upper(data_type::text) FROM information_schema.columns
     WHERE table_schema = current_schema() AND table_name = $1",
);

/// Every table that is purged; those that others refer to come last.
fn purged() -> impl DoubleEndedIterator<Item = &'static Owned> {
    OF_FLOW.iter().chain(OF_RUN).chain(OF_SANDBOX)
}

/// A statement made by the test.
fn sql(text: String) -> Sql {
    Sql::same(String::leak(text))
}

#[tokio::test]
async fn every_table_is_purged_or_kept_on_purpose() {
    on_each(async |bench: Bench| {
        let rows = bench.store.read().await.unwrap().conn.rows(&TABLES, &[]).await.unwrap();
        let found: BTreeSet<String> = rows.iter().map(|row| row.text(0).unwrap()).collect();
        let handled: BTreeSet<&str> = purged().map(|owned| owned.table).chain(KEPT.iter().copied()).collect();
        for table in &found {
            assert!(
                handled.contains(table.as_str()),
                "what becomes of `{table}` when its sandbox is reset? Add it to `OF_SANDBOX` in purge.rs, or to `KEPT` here"
            );
        }
    })
    .await;
}

/// The number of a place that is the owner's own.
fn place(owner: Owner, n: i64) -> i64 {
    let before = NEIGHBOURS.iter().position(|neighbour| *neighbour == owner).map_or(0, |at| at + 1);
    before as i64 * ROWS + n + 1
}

/// Fills a table with a row: its columns say what they are and whose, so that rows of one owner refer to each other.
async fn fill(tx: &mut Tx, table: &str, owner: Owner, n: i64, fixed: &[(&str, &str)]) {
    let (org, sandbox, ending) = owner;
    let columns = tx.conn.rows(&COLUMNS, &[Arg::Text(table)]).await.unwrap();
    let columns = columns.iter().map(|row| (row.text(0).unwrap(), row.text(1).unwrap()));
    // Numbered by the database.
    let columns: Vec<_> = columns.filter(|(name, _)| name != "seq").collect();
    assert!(!columns.is_empty(), "{table}");
    let text_of = |name: &str| match name {
        "org" => org.to_owned(),
        "sandbox_id" => sandbox.to_owned(),
        "state" => "failed".to_owned(),
        _ => match fixed.iter().find(|(fixed, _)| *fixed == name) {
            Some((_, value)) => (*value).to_owned(),
            None => format!("{name} {n} of {ending}"),
        },
    };
    let texts: Vec<String> = columns.iter().map(|(name, _)| text_of(name)).collect();
    let args: Vec<Arg<'_>> = columns
        .iter()
        .zip(&texts)
        .map(|((name, kind), text)| match kind.as_str() {
            "TEXT" => Arg::Text(text),
            "BLOB" | "BYTEA" => Arg::Bytes(text.as_bytes()),
            // Whose a value is, is known by its number alone.
            _ if name == "place" => Arg::Int(place(owner, n)),
            _ => Arg::Int(n),
        })
        .collect();
    let names = columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    let places = (1..=columns.len()).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ");
    tx.conn.run(&sql(format!("INSERT INTO {table} ({names}) VALUES ({places})")), &args).await.unwrap();
}

/// Rows of one owner in a table, found by whatever names the owner in it.
async fn count(tx: &mut Tx, table: &str, (org, sandbox, ending): Owner) -> u64 {
    let columns = tx.conn.rows(&COLUMNS, &[Arg::Text(table)]).await.unwrap();
    let names: Vec<String> = columns.iter().map(|row| row.text(0).unwrap()).collect();
    if names.iter().any(|name| name == "sandbox_id") {
        let by_key = sql(format!("SELECT count(*) FROM {table} WHERE org = $1 AND sandbox_id = $2"));
        return tx.conn.count(&by_key, &[Arg::Text(org), Arg::Text(sandbox)]).await.unwrap();
    }
    let column =
        ["run_id", "flow_id", "id"].into_iter().find(|column| names.iter().any(|name| name == column)).unwrap();
    let by_text = sql(format!("SELECT count(*) FROM {table} WHERE {column} LIKE $1"));
    tx.conn.count(&by_text, &[Arg::Text(&format!("% of {ending}"))]).await.unwrap()
}

#[tokio::test]
async fn a_purge_removes_everything_of_the_sandbox_and_nothing_else() {
    on_each(async |bench: Bench| {
        assert_eq!((PURGED.0, PURGED.1), (scope().org.as_str(), scope().sandbox_id.as_str()));
        let store = &bench.store;
        made(&bench).await;
        let mut tx = store.write().await.unwrap();
        for owner in [PURGED].into_iter().chain(NEIGHBOURS) {
            for n in 0..ROWS {
                for owned in purged().collect::<Vec<_>>().into_iter().rev() {
                    fill(&mut tx, owned.table, owner, n, &[]).await;
                }
                fill(&mut tx, "file_intent", owner, n, &[]).await;
            }
        }
        // More than one step removes.
        for n in ROWS..1100 {
            fill(&mut tx, "ingested", PURGED, n, &[("flow_id", "flow_id 0 of mine")]).await;
            fill(&mut tx, "run_plan", PURGED, n, &[("run_id", "run_id 1 of mine")]).await;
        }
        tx.commit().await.unwrap();

        let closed = close(store, Closing::Reset).await.unwrap();
        let mut steps = 1;
        while store.purge_step(&closed).await.unwrap() == Purged::Some {
            steps += 1;
            assert!(steps < 100, "there is no end");
        }
        assert!(steps > 2, "each step is bounded");
        let mut tx = store.read().await.unwrap();
        for owned in purged() {
            assert_eq!(count(&mut tx, owned.table, PURGED).await, 0, "{} of the sandbox", owned.table);
            for neighbour in NEIGHBOURS {
                assert_eq!(
                    count(&mut tx, owned.table, neighbour).await,
                    ROWS as u64,
                    "{} of {neighbour:?}",
                    owned.table
                );
            }
        }
        let left = tx.collectable_intents(0, 100).await.unwrap();
        assert_eq!(left.iter().filter(|intent| intent.path.ends_with("of mine")).count(), ROWS as usize);
    })
    .await;
}
