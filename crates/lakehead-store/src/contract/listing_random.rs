//! Random documents and questions: the database finds what memory finds, in the same order.

use std::cmp::Ordering;

use lakehead_model::query::{Order, Query, Search, leaves, parse_order};
use rand::prelude::*;
use serde_json::{Value, json};

use super::listing::{THINGS, Thing, ids, stored, thing};
use super::{Bench, on_each, scope};
use crate::Listing;

const SEED: u64 = 20_261_125;
const PATHS: &[&str] = &[
    "id",
    "name",
    "state",
    "description",
    "createdAt",
    "updatedAt",
    "params.a",
    "params.b.name",
    "params.b.x",
    "params.b",
    "params.list",
    "params.list.state",
    "sandboxName",
    "sourceConnectionIds",
    "params.interval",
];

fn scalar(rng: &mut StdRng) -> Value {
    let long = "é".repeat(300);
    let pool = [
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(15),
        json!(15.5),
        json!(-2.25),
        json!(1e300),
        json!(9_007_199_254_740_993_i64),
        json!(u64::MAX),
        json!("15"),
        json!("15.0"),
        json!(" 7 "),
        json!("-1"),
        json!("true"),
        json!("null"),
        json!(""),
        json!("a"),
        json!("A"),
        json!("b c"),
        json!("it's"),
        json!("100%_\\"),
        json!("é"),
        json!("\u{1f600}"),
        json!("a\u{1}b"),
        json!("a\0b"),
        json!("enabled"),
        json!("Enabled"),
        json!("x,y"),
        json!(long),
        json!(format!("{long}1")),
        json!(1_718_000_100_000_i64),
    ];
    pool.choose(rng).unwrap().clone()
}

fn any_value(rng: &mut StdRng, depth: usize) -> Value {
    match rng.random_range(0..if depth == 0 { 4 } else { 8 }) {
        4 => json!((0..rng.random_range(0..4)).map(|_| any_value(rng, depth - 1)).collect::<Vec<_>>()),
        5 | 6 => {
            let names = ["name", "x", "state", "a.b", "list"];
            let members = (0..rng.random_range(0..4)).map(|_| {
                (names.choose(rng).map_or(String::new(), |name| (*name).to_owned()), any_value(rng, depth - 1))
            });
            Value::Object(members.collect())
        }
        _ => scalar(rng),
    }
}

fn random_thing(rng: &mut StdRng, n: usize) -> Thing {
    let mut rest = json!({"sandboxName": "prod", "params": {}});
    for name in ["name", "state", "description", "updatedAt"] {
        if rng.random_bool(0.8) {
            rest[name] = scalar(rng);
        }
    }
    for name in ["a", "b", "list", "interval"] {
        if rng.random_bool(0.7) {
            rest["params"][name] = any_value(rng, 2);
        }
    }
    if rng.random_bool(0.5) {
        rest["sourceConnectionIds"] = json!([scalar(rng), scalar(rng)]);
    }
    let mut made =
        thing(&format!("{}{n:03}", if n.is_multiple_of(2) { "a" } else { "B" }), rng.random_range(0..20), rest);
    made.rest.insert("version".into(), json!(made.etag));
    made
}

fn random_filter(rng: &mut StdRng) -> String {
    let operator = ["==", "==", "==", "!=", ">", ">=", "<", "<="].choose(rng).unwrap();
    let count = if *operator == "==" && rng.random_bool(0.4) { rng.random_range(2..14) } else { 1 };
    let values = (0..count).map(|_| {
        let value = scalar(rng);
        format!("\"{}\"", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    });
    let values = values.collect::<Vec<_>>().join(",");
    format!("{}{operator}{values}", PATHS.choose(rng).unwrap())
}

fn random_order(rng: &mut StdRng) -> String {
    let field = |rng: &mut StdRng| format!("{}{}", ["", "-"].choose(rng).unwrap(), PATHS.choose(rng).unwrap());
    let count = [0, 1, 1, 1, 2, 3].choose(rng).copied().unwrap();
    (0..count).map(|_| field(rng)).collect::<Vec<_>>().join(",")
}

/// What the index says a document is ordered by.
fn key(document: &Value, path: &str) -> String {
    let values = leaves(document, &[], 4000).into_iter().filter(|(found, _)| found == path).map(|(_, value)| value);
    values.min().unwrap_or_default()
}

fn compare(left: &Thing, right: &Thing, orders: &[Order]) -> Ordering {
    let (left_json, right_json) = (json!(left), json!(right));
    for order in orders {
        let path = order.path.join(".");
        let ordering = match path.as_str() {
            "createdAt" => left.created_at.cmp(&right.created_at),
            "id" => left.id.cmp(&right.id),
            "sandboxName" => Ordering::Equal,
            _ => key(&left_json, &path).cmp(&key(&right_json, &path)),
        };
        if ordering.is_ne() {
            return if order.descending { ordering.reverse() } else { ordering };
        }
    }
    // A field that is named again orders nothing.
    let again = |at: usize| orders[..at].iter().any(|earlier| earlier.path == orders[at].path);
    let last = (0..orders.len()).rev().find(|at| orders[*at].path != ["sandboxName"] && !again(*at));
    let named = last.map(|at| &orders[at]);
    let tie = (left.created_at, &left.id).cmp(&(right.created_at, &right.id));
    if named.is_none_or(|order| order.descending) { tie.reverse() } else { tie }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_finds_what_memory_finds() {
    on_each(async |bench: Bench| {
        let mut rng = StdRng::seed_from_u64(SEED);
        let things: Vec<Thing> = (0..120).map(|n| random_thing(&mut rng, n)).collect();
        stored(&bench.store, &things).await;
        let mut tx = bench.store.read().await.unwrap();
        let (mut matched, mut asked) = (0, 0);
        while asked < 150 {
            let filters: Vec<String> =
                (0..[0, 1, 1, 2, 3].choose(&mut rng).copied().unwrap()).map(|_| random_filter(&mut rng)).collect();
            let order = random_order(&mut rng);
            let Ok(mut query) = Query::parse(filters.iter().map(String::as_str)) else { continue };
            if rng.random_bool(0.3) {
                let part = scalar(&mut rng).as_str().unwrap_or("A004").to_owned();
                query.search = Search::parse(&part).ok();
            }
            let orders = if order.is_empty() { Vec::new() } else { parse_order(&order).unwrap() };
            let mut expected: Vec<&Thing> = things.iter().filter(|thing| query.matches(&json!(thing))).collect();
            expected.sort_by(|left, right| compare(left, right, &orders));
            let expected: Vec<&str> = expected.iter().map(|thing| thing.id.as_str()).collect();
            let listing = Listing { scope: &scope(), of: THINGS, query: &query, order: &orders, labels: None };
            let found = ids(&mut tx, &listing, rng.random_range(4..60)).await;
            assert_eq!(found, expected, "seed {SEED}: {query:?} ordered by `{order}`");
            (matched, asked) = (matched + found.len(), asked + 1);
        }
        assert!(matched > 1000, "the questions have answers: {matched}");
    })
    .await;
}
