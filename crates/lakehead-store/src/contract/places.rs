//! Places of values: each sandbox has its own, each is numbered once, and no number comes back.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::listing::{Asked, THINGS, ids, stored, thing};
use super::sandboxes::{close, made};
use super::{Bench, foreign_scopes, on_each, scope};
use crate::db::Sql;
use crate::{Closing, Purged, Tx};

const PLACES: Sql = Sql::same("SELECT count(*) FROM field_place");
const HIGHEST: Sql = Sql::same("SELECT coalesce(max(place), 0) FROM field_place");
const LOWEST: Sql = Sql::same("SELECT coalesce(min(place), 0) FROM field_place");
const SHARED: Sql = Sql::same("SELECT count(*) FROM field_place WHERE path = 'params.n'");
const STRAY: Sql = Sql::same("SELECT count(*) FROM field WHERE place NOT IN (SELECT place FROM field_place)");

async fn number(tx: &mut Tx, sql: &Sql) -> u64 {
    tx.conn.count(sql, &[]).await.unwrap()
}

#[tokio::test]
async fn each_sandbox_has_places_of_its_own_and_each_has_one_number() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write().await.unwrap();
        for n in 0..30 {
            for whose in [scope()].iter().chain(&foreign_scopes()) {
                // The same ids in each: they are told apart by their places alone.
                tx.insert(whose, &thing(&format!("t{n}"), n, json!({"params": {"n": whose.org, "list": [n, n + 1]}})))
                    .await
                    .unwrap();
            }
        }
        tx.commit().await.unwrap();
        let mut tx = bench.store.write().await.unwrap();
        assert_eq!(number(&mut tx, &SHARED).await, 3);
        let places = number(&mut tx, &PLACES).await;
        assert_eq!(number(&mut tx, &HIGHEST).await, places, "whoever finds its places takes no number");
        for whose in [scope()].iter().chain(&foreign_scopes()) {
            let own = format!("params.n=={}", whose.org);
            assert_eq!(
                ids(&mut tx, &Asked::new(&[&own, "params.list>=0"], "params.list").of(whose, THINGS), 7).await.len(),
                30
            );
            assert!(tx.delete::<super::listing::Thing>(whose, "t3").await.unwrap());
            assert_eq!(ids(&mut tx, &Asked::new(&[&own], "").of(whose, THINGS), 50).await.len(), 29);
        }
        assert_eq!(number(&mut tx, &STRAY).await, 0);
    })
    .await;
}

#[tokio::test]
async fn those_who_make_the_same_places_at_once_all_succeed() {
    on_each(async |bench: Bench| {
        let mut writers = JoinSet::new();
        for writer in 0..8 {
            let store = bench.store.clone();
            writers.spawn(async move {
                for round in 0..5 {
                    let mut params: serde_json::Map<String, Value> =
                        (0..100).map(|n| (format!("m{}", (n * 7 + writer) % 100 + round * 40), json!(n))).collect();
                    params.insert("writer".to_owned(), json!(writer));
                    let id = format!("t{writer}-{round}");
                    stored(&store, &[thing(&id, round, json!({"params": params}))]).await;
                }
            });
        }
        while let Some(ended) = writers.join_next().await {
            ended.unwrap();
        }
        let mut tx = bench.store.read().await.unwrap();
        for writer in 0..8 {
            let own = format!("params.writer=={writer}");
            assert_eq!(ids(&mut tx, &Asked::new(&[&own], "").of(&scope(), THINGS), 3).await.len(), 5, "{writer}");
        }
        let own = ["params.m259>=0"];
        assert_eq!(ids(&mut tx, &Asked::new(&own, "params.m259").of(&scope(), THINGS), 3).await.len(), 8);
    })
    .await;
}

#[tokio::test]
async fn no_number_comes_back_after_a_purge() {
    on_each(async |bench: Bench| {
        made(&bench).await;
        let one = thing("a", 1, json!({"name": "old", "params": {"n": 1}}));
        stored(&bench.store, std::slice::from_ref(&one)).await;
        let before = number(&mut bench.store.read().await.unwrap(), &HIGHEST).await;
        let closed = close(&bench.store, Closing::Reset).await.unwrap();
        while bench.store.purge_step(&closed).await.unwrap() == Purged::Some {}
        let mut tx = bench.store.read().await.unwrap();
        assert_eq!((number(&mut tx, &PLACES).await, number(&mut tx, &STRAY).await), (0, 0));
        drop(tx);
        stored(&bench.store, &[one]).await;
        let mut tx = bench.store.read().await.unwrap();
        assert!(number(&mut tx, &LOWEST).await > before);
        assert_eq!(ids(&mut tx, &Asked::new(&["name==old"], "").of(&scope(), THINGS), 3).await, ["a"]);
    })
    .await;
}
