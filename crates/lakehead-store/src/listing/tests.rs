//! Pages are read from an index: no step of them sorts or reads a whole table, and each begins where the last ended.

use lakehead_model::page::Place;
use lakehead_model::query::{Query, Search, parse_order};

use super::plan::{Drive, Plan, SMALL, SMALL_SEARCH};
use super::{Listed, Listing, sql};
use crate::DocumentKind;
use crate::compose::Composer;
use crate::contract::{Bench, on_each, scope};
use crate::db::{Arg, Conn, Sql};

const MANY: Option<u64> = Some(SMALL + 1);
const FEW: Option<u64> = Some(3);
/// More than are worth sorting, of what a search finds.
const MOST: Option<u64> = Some(SMALL_SEARCH + 1);

/// Flows and runs enough that reading all of them is not the cheapest way.
pub(crate) const FILL: &[Sql] = &[
    Sql::same(
        "INSERT INTO document (org, sandbox_id, kind, id, etag, created_at, body)
         WITH RECURSIVE numbered (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbered WHERE n < 5000)
         SELECT 'A@AdobeOrg', 's1', 'flow', 'f' || n, 'e', n, '{}' FROM numbered",
    ),
    Sql::same(
        "INSERT INTO flow_run (run_id, org, sandbox_id, sandbox_name, flow_id, slot, due_ms, state, epoch, lease_until,
             attempts, params, etag, created_at, updated_at, doc)
         WITH RECURSIVE numbered (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbered WHERE n < 5000)
         SELECT 'r' || n, 'A@AdobeOrg', 's1', 'prod', 'f' || n, '1', 0, 'success', 0, 0, 0, '{}', 'e', n, n, '{}'
         FROM numbered",
    ),
    Sql::same(
        "INSERT INTO field_place (org, sandbox_id, kind, path)
         WITH path (path) AS (VALUES ('id'), ('name'), ('updatedAt'), ('flowId'), ('lastRunDetails.startedAtUTC'),
             ('state'), ('labels'), ('[search]'))
         SELECT 'A@AdobeOrg', 's1', k.kind, p.path
         FROM path p, (SELECT 'flow' AS kind UNION ALL SELECT 'run') k",
    ),
    Sql::same(
        "INSERT INTO field (place, value, created_at, id)
         SELECT p.place, 't' || d.id, d.created_at, d.id
         FROM document d, field_place p WHERE p.path NOT IN ('state', 'labels')",
    ),
    Sql::same(
        "INSERT INTO field (place, value, created_at, id)
         WITH held (path, value) AS (VALUES ('state', 'tenabled'), ('state', 'tfailed'), ('labels', 'ta'), ('labels', 'tb'))
         SELECT p.place, h.value, d.created_at, d.id
         FROM document d, field_place p, held h WHERE p.path = h.path",
    ),
    Sql::same("ANALYZE"),
];

#[tokio::test]
async fn a_page_is_read_from_an_index() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write().await.unwrap();
        for sql in FILL {
            tx.conn.run(sql, &[]).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut tx = bench.store.read().await.unwrap();
        let flows = Listed::Documents(DocumentKind::Flow);
        for (of, properties, order, sizes, drive) in [
            (flows, &[][..], "", &[][..], Drive::Table),
            (flows, &[], "createdAt", &[], Drive::Table),
            (flows, &[], "-id", &[], Drive::Table),
            (flows, &[], "name", &[], Drive::Walk),
            (flows, &[], "-updatedAt", &[], Drive::Walk),
            (flows, &[], "-lastRunDetails.startedAtUTC", &[], Drive::Walk),
            (flows, &["name==x"], "", &[], Drive::Equal(0)),
            (flows, &["state==enabled"], "createdAt", &[], Drive::Equal(0)),
            (flows, &["state==enabled"], "-name", &[MANY], Drive::Walk),
            (flows, &["state!=enabled"], "", &[None], Drive::Table),
            (flows, &["state!=enabled", "name==x"], "", &[None, MANY], Drive::Equal(1)),
            (flows, &["lastRunDetails.startedAtUTC>=1670880253121"], "", &[MANY], Drive::Table),
            (flows, &["labels==a,b"], "", &[MANY], Drive::Equal(0)),
            (flows, &["createdAt>2"], "createdAt", &[None], Drive::Table),
            (Listed::Runs, &["createdAt<=2"], "", &[None], Drive::Table),
            (Listed::Runs, &["state==failed", "createdAt<=2"], "", &[MANY, None], Drive::Equal(0)),
            (Listed::Runs, &["flowId==f"], "", &[], Drive::Equal(0)),
            (Listed::Runs, &[], "updatedAt", &[], Drive::Walk),
            (Listed::Runs, &["state==failed", "flowId==f"], "", &[MANY, FEW], Drive::Few(1)),
        ] {
            let query = Query::parse(properties.iter().copied()).unwrap();
            let order_by = if order.is_empty() { Vec::new() } else { parse_order(order).unwrap() };
            let scope = scope();
            let listing = Listing { scope: &scope, of, query: &query, order: &order_by, labels: None };
            let mut plan = Plan::new(&listing);
            assert_eq!(
                plan.must_measure(),
                !sizes.is_empty() && drive != Drive::Equal(0) || sizes.len() > 1,
                "{properties:?}"
            );
            let numbers = tx.numbers(&scope, &plan.places()).await.unwrap();
            plan.numbers = numbers;
            plan.choose(sizes);
            assert_eq!(plan.drive, drive, "{properties:?} {order}");
            let after = Place { keys: plan.keys().map(|_| "tx".to_owned()).collect(), created_at: 5, id: "x".into() };
            let mut composer = Composer::new(&tx.conn);
            let text = sql::page(&mut composer, &plan, Some(&after), 101).unwrap();
            let steps = steps(&mut tx.conn, &text, &composer.args()).await;
            // The few rows of a condition are sorted, and so is what several values of one condition give.
            if !matches!(drive, Drive::Few(_)) && properties != ["labels==a,b"] {
                assert!(!steps.iter().any(|step| is_slow(step)), "{properties:?} {order}: {steps:#?}");
            }
            if !matches!(drive, Drive::Few(_)) {
                assert!(steps.iter().any(|step| seeks(step)), "{properties:?} {order}: {steps:#?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_search_reads_the_names_and_no_documents() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write().await.unwrap();
        for sql in FILL {
            tx.conn.run(sql, &[]).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut tx = bench.store.read().await.unwrap();
        for (order, sizes, drive) in [
            ("", &[MOST][..], Drive::Table),
            ("name", &[MOST], Drive::Walk),
            ("-lastRunDetails.startedAtUTC", &[MOST], Drive::Walk),
            ("", &[MANY], Drive::Few(0)),
            ("name", &[FEW], Drive::Few(0)),
        ] {
            let query = Query { search: Some(Search::parse("F7").unwrap()), ..Query::default() };
            let order_by = if order.is_empty() { Vec::new() } else { parse_order(order).unwrap() };
            let scope = scope();
            let of = Listed::Documents(DocumentKind::Flow);
            let listing = Listing { scope: &scope, of, query: &query, order: &order_by, labels: None };
            let mut plan = Plan::new(&listing);
            assert!(plan.must_measure());
            let numbers = tx.numbers(&scope, &plan.places()).await.unwrap();
            plan.numbers = numbers;
            plan.choose(sizes);
            assert_eq!(plan.drive, drive, "{order}");
            let mut composer = Composer::new(&tx.conn);
            let text = sql::page(&mut composer, &plan, None, 101).unwrap();
            let page = steps(&mut tx.conn, &text, &composer.args()).await;
            let mut composer = Composer::new(&tx.conn);
            let text = sql::size(&mut composer, &plan, &plan.conditions[0], SMALL + 1).unwrap();
            let size = steps(&mut tx.conn, &text, &composer.args()).await;
            for steps in [page, size] {
                let names = |step: &&String| ["field_", "PRIMARY KEY"].iter().any(|index| step.contains(index));
                assert!(steps.iter().any(|step| names(&step)), "{order}: {steps:#?}");
                let all = |step: &&String| ["SCAN f", "SCAN c", "Seq Scan"].iter().any(|all| step.contains(all));
                assert!(!steps.iter().any(|step| all(&step)), "{order}: {steps:#?}");
                let each = |step: &&String| step.contains("SEARCH c USING PRIMARY KEY (place=?)");
                assert!(!steps.iter().any(|step| each(&step)), "a row is tried by its id: {steps:#?}");
            }
        }
    })
    .await;
}

/// Whether it reads or sorts everything.
fn is_slow(step: &str) -> bool {
    ["SCAN ", "TEMP B-TREE", "Seq Scan", "Sort", "Hash", "Bitmap"].iter().any(|slow| step.contains(slow))
}

/// Whether it goes to the place where the page begins.
fn seeks(step: &str) -> bool {
    ["SEARCH x", "Index Cond"].iter().any(|kind| step.contains(kind)) && step.contains(['<', '>'])
}

/// How the database goes about a statement.
pub(crate) async fn steps(conn: &mut Conn, text: &str, args: &[Arg<'_>]) -> Vec<String> {
    let postgres = matches!(conn, Conn::Postgres(_));
    let explain = if postgres { "EXPLAIN (COSTS OFF)" } else { "EXPLAIN QUERY PLAN" };
    let rows = conn.composed(format!("{explain} {text}"), args).await.unwrap();
    rows.iter().map(|row| row.text(if postgres { 0 } else { 3 }).unwrap()).collect()
}
