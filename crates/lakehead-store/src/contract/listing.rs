//! Lists: conditions, orders, pages, counts, what a stranger sees, and rows of earlier versions.

use lakehead_model::page::Place;
use lakehead_model::query::{Order, Query, Search, parse_order};
use lakehead_model::{Etag, Scope};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Bench, foreign_scopes, keyring, on_each, scope};
use crate::db::Sql;
use crate::{Document, DocumentKey, DocumentKind, Listed, Listing, Store, StoreError, Tx};

pub(super) const THINGS: Listed = Listed::Documents(DocumentKind::SourceConnection);

/// A resource with whatever members.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Thing {
    pub(super) id: String,
    pub(super) created_at: i64,
    pub(super) etag: Etag,
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

impl Document for Thing {
    const KIND: DocumentKind = DocumentKind::SourceConnection;

    fn key(&self) -> DocumentKey<'_> {
        DocumentKey { id: self.id.clone(), etag: &self.etag, name: None, state: None, created_at_ms: self.created_at }
    }
}

pub(super) fn thing(id: &str, created_at: i64, rest: Value) -> Thing {
    let Value::Object(rest) = rest else { panic!("{rest}") };
    Thing { id: id.to_owned(), created_at, etag: Etag::generate(), rest }
}

pub(super) async fn stored(store: &Store, things: &[Thing]) {
    let mut tx = store.write().await.unwrap();
    for thing in things {
        tx.insert(&scope(), thing).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// A question as a client writes it.
pub(super) struct Asked {
    query: Query,
    order: Vec<Order>,
}

impl Asked {
    pub(super) fn new(properties: &[&str], order: &str) -> Self {
        let order = if order.is_empty() { Vec::new() } else { parse_order(order).unwrap() };
        Self { query: Query::parse(properties.iter().copied()).unwrap(), order }
    }

    pub(super) fn of<'a>(&'a self, scope: &'a Scope, of: Listed) -> Listing<'a> {
        Listing { scope, of, query: &self.query, order: &self.order, labels: None }
    }
}

/// All ids of a list, read in pages of `limit`, and the count agrees.
pub(super) async fn ids(tx: &mut Tx, listing: &Listing<'_>, limit: usize) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), None::<Place>);
    loop {
        let page = tx.page(listing, after.as_ref(), limit).await.unwrap();
        assert!(page.items.len() == limit || page.next.is_none(), "only the last page is short");
        found.extend(page.items.iter().map(|item| id_of(item)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(tx.count_matching(listing).await.unwrap(), found.len() as u64);
    found
}

pub(super) fn id_of(item: &str) -> String {
    serde_json::from_str::<Value>(item).unwrap()["id"].as_str().unwrap().to_owned()
}

async fn asked(bench: &Bench, properties: &[&str], order: &str) -> Vec<String> {
    let mut tx = bench.store.read().await.unwrap();
    ids(&mut tx, &Asked::new(properties, order).of(&scope(), THINGS), 2).await
}

#[tokio::test]
async fn conditions_are_met_as_documented() {
    on_each(async |bench: Bench| {
        stored(
            &bench.store,
            &[
                thing(
                    "a",
                    1,
                    json!({"name": "it's \"é\"", "state": "enabled", "params": {"n": 15, "list": ["x", "y"]}}),
                ),
                thing("b", 2, json!({"name": "plain", "state": "disabled", "params": {"n": "15", "null": null}})),
                thing("c", 3, json!({"name": "15", "params": {"n": 16.5, "flag": true, "list": [{"name": "x"}, 7]}})),
                thing("d", 4, json!({"description": "a,b", "params": {"n": "many", "flag": "true"}})),
            ],
        )
        .await;
        for (properties, expected) in [
            (&["state==ENABLED"][..], "a"),
            (&["state!=enabled"], "dcb"),
            (&["params.n==15"], "ba"),
            (&["params.n!=15"], "dc"),
            (&["params.n>=15"], "cba"),
            (&["params.n>15"], "c"),
            (&["params.n<16", "params.n>1"], "ba"),
            (&["params.n>a"], "d"),
            (&["params.list[]==x"], "a"),
            (&["params.list[]==z,y,7"], "ca"),
            (&["params.list[].name==x"], "c"),
            (&["params.flag==True"], "c"),
            (&["params.flag==true"], "dc"),
            (&["params.null==null"], "b"),
            (&["params.null!=null"], "dca"),
            (&["params.absent==x"], ""),
            (&["params.absent!=x"], "dcba"),
            (&["name==15"], "c"),
            (&["name==it's é"], ""),
            (&["description==\"a,b\""], "d"),
            (&["sandboxName==prod", "imsOrgId==A@AdobeOrg", "state==enabled"], "a"),
            (&["sandboxName==dev"], ""),
            (&["sandboxId!=s1"], ""),
            (&["createdAt>2", "params.flag==true", "id==c,d,a"], "dc"),
            (&["id,name"], "dcba"),
            (&["name==' OR 1 == 1 --"], ""),
        ] {
            assert_eq!(asked(&bench, properties, "").await.concat(), expected, "{properties:?}");
        }
        for (order, expected) in [
            ("name", "dcab"),
            ("-name", "bacd"),
            ("createdAt", "abcd"),
            ("-createdAt", "dcba"),
            ("params.n", "abcd"),
            ("-params.n,name", "dcba"),
            ("state,-name", "cdba"),
            ("-id", "dcba"),
            ("params.flag,-createdAt", "bacd"),
        ] {
            assert_eq!(asked(&bench, &[], order).await.concat(), expected, "{order}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_change_changes_what_is_found_and_a_stranger_finds_nothing() {
    on_each(async |bench: Bench| {
        let first = thing("a", 1, json!({"name": "old", "params": {"list": [1, 2]}}));
        stored(&bench.store, std::slice::from_ref(&first)).await;
        let next =
            Thing { etag: Etag::generate(), ..thing("a", 1, json!({"name": "new", "params": {"list": [2, 3]}})) };
        let mut tx = bench.store.write().await.unwrap();
        tx.replace(&scope(), &next, &first.etag).await.unwrap();
        tx.commit().await.unwrap();
        let etag = format!("version=={}", next.etag.as_str().trim_matches('"'));
        for (filter, expected) in [("name==old", 0), ("name==new", 1), ("params.list==1", 0), ("params.list==3", 1)] {
            assert_eq!(asked(&bench, &[filter], "name").await.len(), expected, "{filter}");
        }
        // Quotes belong to the value of an etag, and quotes around a value do not.
        assert_eq!(asked(&bench, &[&etag], "").await.len(), 0);
        let mut tx = bench.store.write().await.unwrap();
        for foreign in foreign_scopes() {
            for (properties, order) in
                [(&[][..], ""), (&["name==new"], ""), (&["name!=x"], "name"), (&[], "params.list")]
            {
                let question = Asked::new(properties, order);
                assert!(ids(&mut tx, &question.of(&foreign, THINGS), 10).await.is_empty(), "{properties:?} {order}");
            }
            assert!(!tx.delete::<Thing>(&foreign, "a").await.unwrap());
            assert_eq!(bench.store.shown(&foreign, THINGS, "a").await.unwrap(), None);
        }
        let shown = bench.store.shown(&scope(), THINGS, "a").await.unwrap().unwrap();
        assert_eq!((shown.json, shown.etag), (serde_json::to_string(&next).unwrap(), next.etag));
        assert!(tx.delete::<Thing>(&scope(), "a").await.unwrap());
        let left = tx.conn.count(&Sql::same("SELECT count(*) FROM field"), &[]).await.unwrap();
        assert_eq!(left, 0, "nothing of it is left in the index");
    })
    .await;
}

#[tokio::test]
async fn pages_show_every_old_row_once_while_others_come_and_go() {
    on_each(async |bench: Bench| {
        let rest = |n: i64| json!({"name": format!("n{}", n * 7 % 10), "state": "enabled", "params": {"n": n % 3}});
        for (round, order) in ["", "createdAt", "name", "-name", "params.n,-name", "-id"].into_iter().enumerate() {
            let own = format!("params.round=={round}");
            let question = Asked::new(&["state==enabled", &own], order);
            let with_round = |id: String, at: i64, n: i64| {
                let mut thing = thing(&id, at, rest(n));
                thing.rest["params"]["round"] = json!(round);
                thing
            };
            let old: Vec<Thing> = (0..40).map(|n| with_round(format!("{round}-{n:02}"), n / 7, n)).collect();
            stored(&bench.store, &old).await;
            let (mut seen, mut after) = (Vec::new(), None::<Place>);
            loop {
                let mut tx = bench.store.write().await.unwrap();
                let page = tx.page(&question.of(&scope(), THINGS), after.as_ref(), 3).await.unwrap();
                seen.extend(page.items.iter().map(|item| id_of(item)));
                // The last row of the page goes, and rows come before it and after it.
                tx.delete::<Thing>(&scope(), seen.last().unwrap()).await.unwrap();
                for at in [-1000, 1000] {
                    let id = format!("{round}-new-{}-{at}", seen.len());
                    tx.insert(&scope(), &with_round(id, at, at)).await.unwrap();
                }
                tx.commit().await.unwrap();
                after = page.next;
                if after.is_none() {
                    break;
                }
                assert!(seen.len() < 200, "a page shows more rows than come behind it: the list has an end");
            }
            let mut once = seen.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), seen.len(), "{order}: no row twice");
            assert!(old.iter().all(|thing| seen.contains(&thing.id)), "{order}: no row is lost");
        }
    })
    .await;
}

#[tokio::test]
async fn a_place_in_another_order_and_a_document_with_too_many_values_are_refused() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write().await.unwrap();
        let place = Place { keys: vec!["tx".into()], created_at: 1, id: "a".into() };
        let question = Asked::new(&[], "");
        let refused = tx.page(&question.of(&scope(), THINGS), Some(&place), 1).await;
        assert!(matches!(refused, Err(StoreError::OtherOrder)), "{refused:?}");
        let columns: Vec<Value> = (0..5000).map(|n| json!({"name": format!("c{n}")})).collect();
        let wide = thing("wide", 1, json!({"params": {"columns": columns}}));
        let refused = tx.insert(&scope(), &wide).await;
        assert!(matches!(refused, Err(StoreError::TooManyValues { limit: 4000 })), "{refused:?}");
        tx.rollback().await.unwrap();
        let columns: Vec<Value> = (0..3000).map(|n| json!({"name": format!("c{n}"), "type": "string"})).collect();
        stored(&bench.store, &[thing("wide", 1, json!({"params": {"columns": columns}}))]).await;
        assert_eq!(asked(&bench, &["params.columns[].name==c2999"], "").await, ["wide"]);
    })
    .await;
}

#[tokio::test]
async fn rows_of_an_earlier_version_are_found_after_the_upgrade() {
    on_each(async |bench: Bench| {
        let things: Vec<Thing> =
            (0..450).map(|n| thing(&format!("t{n:03}"), n, json!({"name": format!("n{}", n % 5)}))).collect();
        stored(&bench.store, &things).await;
        let run_id = bench.run_due("f", "1").await;
        let mut tx = bench.store.write().await.unwrap();
        for old in ["DELETE FROM field", "UPDATE backfill SET done = 0", "UPDATE document SET last_run = NULL"] {
            sqlx_text(&mut tx, old).await;
        }
        tx.commit().await.unwrap();
        assert_eq!(asked(&bench, &["name==n3"], "").await.len(), 0);
        assert_eq!(searched(&bench.store, "N3").await, 0);
        let again = Store::open(&bench.url, keyring(&bench.key)).await.unwrap();
        assert_eq!(asked(&bench, &["name==n3"], "-name").await.len(), 90);
        assert_eq!(searched(&again, "N3").await, 90);
        let mut tx = again.read().await.unwrap();
        assert_eq!(ids_of_runs(&mut tx, &["status==queued"]).await, 1, "{run_id}");
        drop(tx);
        again.close().await;
    })
    .await;
}

#[tokio::test]
async fn names_of_the_version_before_are_searched_after_the_upgrade() {
    on_each(async |bench: Bench| {
        let things: Vec<Thing> = (0..250).map(|n| thing(&format!("t{n:03}"), n, json!({"name": "Ölstand"}))).collect();
        stored(&bench.store, &things).await;
        let mut tx = bench.store.write().await.unwrap();
        for old in [
            "DELETE FROM field WHERE place IN (SELECT place FROM field_place WHERE path = '[search]')",
            "UPDATE backfill SET done = 0 WHERE step = 'search'",
        ] {
            sqlx_text(&mut tx, old).await;
        }
        tx.commit().await.unwrap();
        assert_eq!(searched(&bench.store, "ölst").await, 0);
        let again = Store::open(&bench.url, keyring(&bench.key)).await.unwrap();
        assert_eq!(searched(&again, "ÖLST").await, 250);
        again.close().await;
    })
    .await;
}

async fn searched(store: &Store, part: &str) -> u64 {
    let mut asked = Asked::new(&[], "");
    asked.query.search = Some(Search::parse(part).unwrap());
    let mut tx = store.read().await.unwrap();
    tx.count_matching(&asked.of(&scope(), THINGS)).await.unwrap()
}

async fn sqlx_text(tx: &mut Tx, text: &'static str) {
    tx.conn.run(&Sql::same(text), &[]).await.unwrap();
}

async fn ids_of_runs(tx: &mut Tx, properties: &[&str]) -> usize {
    // The runs of these tests have documents of their own, with members that no client may filter on.
    let query = Query::parse_any(properties.iter().copied()).unwrap();
    let listing = Listing { scope: &scope(), of: Listed::Runs, query: &query, order: &[], labels: None };
    tx.page(&listing, None, 100).await.unwrap().items.len()
}
