//! Mapping sets: versions, who uses them, lists of the current ones, and sets of earlier versions of this program.

use lakehead_model::mapping_set::{Content, MappingSet};
use lakehead_model::{Actor, Scope};
use serde_json::json;

use super::{Bench, foreign_scopes, on_each, scope};
use crate::db::{Arg, Sql};
use crate::kinds::mapping_set_key;
use crate::{DocumentKind, MappingSetList, Store, StoreError};

fn content(name: &str, schema: &str) -> Content {
    let mapping = json!({"source": "a", "destination": "b"});
    Content::parse(&json!({"name": name, "xdmSchema": schema, "mappings": [mapping]})).unwrap()
}

fn actor() -> Actor {
    Actor { user: "u".into(), client: "c".into() }
}

async fn added(store: &Store, scope: &Scope, name: &str, now_ms: i64) -> MappingSet {
    let set = MappingSet::new(content(name, "s"), scope, &actor(), now_ms);
    let mut tx = store.write().await.unwrap();
    tx.add_mapping_set(scope, &set).await.unwrap();
    tx.commit().await.unwrap();
    set
}

#[tokio::test]
async fn every_version_is_kept_and_the_newest_is_current() {
    on_each(async |bench: Bench| {
        let mut set = added(&bench.store, &scope(), "n", 5).await;
        let first = set.clone();
        // More than nine, so that numbers do not sort as texts.
        for _ in 0..11 {
            let mut tx = bench.store.write().await.unwrap();
            let current = tx.mapping_set(&scope(), &set.id, None).await.unwrap().unwrap();
            assert_eq!(current, set);
            set = current.replaced(content("m", "s"), &actor(), 5).unwrap();
            tx.next_mapping_set(&scope(), &set).await.unwrap();
            tx.commit().await.unwrap();
        }
        let mut tx = bench.store.write().await.unwrap();
        let late = first.replaced(content("late", "s"), &actor(), 5).unwrap();
        assert!(matches!(tx.next_mapping_set(&scope(), &late).await, Err(StoreError::Stale)));
        drop(tx);
        let mut tx = bench.store.read().await.unwrap();
        assert_eq!(tx.mapping_set(&scope(), &set.id, Some(0)).await.unwrap(), Some(first));
        assert_eq!(tx.mapping_set(&scope(), &set.id, None).await.unwrap().unwrap().version, 11);
        assert_eq!(tx.mapping_set(&scope(), &set.id, Some(12)).await.unwrap(), None);
        for foreign in foreign_scopes() {
            assert_eq!(tx.mapping_set(&foreign, &set.id, None).await.unwrap(), None);
            assert_eq!(tx.mapping_set(&foreign, &set.id, Some(0)).await.unwrap(), None);
        }
    })
    .await;
}

#[tokio::test]
async fn lists_have_the_current_versions_in_the_order_asked_for() {
    on_each(async |bench: Bench| {
        let mut ids = Vec::new();
        for (n, name) in ["a", "b", "a"].into_iter().enumerate() {
            ids.push(added(&bench.store, &scope(), name, n as i64).await.id);
        }
        added(&bench.store, &foreign_scopes()[0], "a", 9).await;
        let mut tx = bench.store.write().await.unwrap();
        let changed = tx.mapping_set(&scope(), &ids[0], None).await.unwrap().unwrap();
        let changed = changed.replaced(content("c", "other"), &actor(), 100).unwrap();
        tx.next_mapping_set(&scope(), &changed).await.unwrap();
        let all = MappingSetList { limit: 10, ..MappingSetList::default() };
        for (list, expected) in [
            (all.clone(), &[0, 2, 1][..]),
            (MappingSetList { ascending: true, ..all.clone() }, &[1, 2, 0]),
            (MappingSetList { by_creation: true, ..all.clone() }, &[2, 1, 0]),
            (MappingSetList { by_creation: true, ascending: true, ..all.clone() }, &[0, 1, 2]),
            (MappingSetList { start: 1, limit: 1, ..all.clone() }, &[2]),
            (MappingSetList { start: 3, ..all.clone() }, &[]),
            (MappingSetList { name: Some("a"), ..all.clone() }, &[2]),
            (MappingSetList { name: Some("c"), status: Some("PUBLISHED"), ..all.clone() }, &[0]),
            (MappingSetList { status: Some("DRAFT"), ..all.clone() }, &[]),
            (MappingSetList { schema_id: Some("other"), ..all.clone() }, &[0]),
        ] {
            let found = tx.mapping_sets(&scope(), &list).await.unwrap();
            let found: Vec<_> = found.iter().map(|set| ids.iter().position(|id| *id == set.id).unwrap()).collect();
            assert_eq!(found, expected, "{list:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_set_goes_with_all_its_versions_and_its_users_are_known() {
    on_each(async |bench: Bench| {
        let set = added(&bench.store, &scope(), "n", 5).await;
        let other = added(&bench.store, &scope(), "n", 5).await;
        let mut tx = bench.store.write().await.unwrap();
        let next = set.replaced(content("n", "s"), &actor(), 6).unwrap();
        tx.next_mapping_set(&scope(), &next).await.unwrap();
        assert_eq!(tx.mapping_set_user(&scope(), &set.id).await.unwrap(), None);
        let (flow, version) = ((DocumentKind::Flow, "f"), mapping_set_key(&set.id, 0));
        tx.link(&scope(), flow, (DocumentKind::MappingSet, &version)).await.unwrap();
        let user = tx.mapping_set_user(&scope(), &set.id).await.unwrap();
        assert_eq!(user, Some((DocumentKind::Flow, "f".to_owned())));
        assert_eq!(tx.mapping_set_user(&scope(), &other.id).await.unwrap(), None);
        assert_eq!(tx.mapping_set_user(&foreign_scopes()[0], &set.id).await.unwrap(), None);

        assert!(!tx.delete_mapping_set(&foreign_scopes()[0], &set.id).await.unwrap());
        assert!(tx.delete_mapping_set(&scope(), &set.id).await.unwrap());
        assert!(!tx.delete_mapping_set(&scope(), &set.id).await.unwrap());
        for version in [None, Some(0), Some(1)] {
            assert_eq!(tx.mapping_set(&scope(), &set.id, version).await.unwrap(), None);
        }
        assert!(tx.mapping_set(&scope(), &other.id, None).await.unwrap().is_some());
    })
    .await;
}

/// The last statement of the migration, as it is run when a database of an earlier version is opened.
fn taken_over() -> Sql {
    let statement = |text: &'static str| &text[text.find("INSERT INTO").unwrap()..];
    Sql::each(
        statement(include_str!("../../migrations/sqlite/0009_mapping_sets.sql")),
        statement(include_str!("../../migrations/postgres/0009_mapping_sets.sql")),
    )
}

#[tokio::test]
async fn sets_of_earlier_versions_are_listed_too() {
    on_each(async |bench: Bench| {
        let set = added(&bench.store, &scope(), "named as it was", 5).await;
        let mut tx = bench.store.write().await.unwrap();
        tx.conn.run(&Sql::same("DELETE FROM mapping_set WHERE id = $1"), &[Arg::Text(&set.id)]).await.unwrap();
        assert_eq!(tx.mapping_set(&scope(), &set.id, None).await.unwrap(), None);
        tx.conn.run(&taken_over(), &[]).await.unwrap();
        let list = MappingSetList { limit: 10, ..MappingSetList::default() };
        assert_eq!(tx.mapping_sets(&scope(), &list).await.unwrap(), [set]);
    })
    .await;
}
