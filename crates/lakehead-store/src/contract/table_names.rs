//! Names of tables.

use lakehead_model::Actor;
use lakehead_model::dataset::{Dataset, NewDataset};
use serde_json::json;

use super::{Bench, foreign_scopes, on_each, scope};

/// A dataset made at a time.
fn dataset(name: &str, made_ms: i64) -> Dataset {
    let body = json!({"name": name, "schemaRef": {"id": "https://ns.adobe.com/acme/schemas/a"}});
    let actor = Actor { user: "u".into(), client: "c".into() };
    Dataset::new(&NewDataset::parse(&body).unwrap(), &scope(), &actor, made_ms)
}

#[tokio::test]
async fn a_name_is_that_of_the_oldest_dataset_and_the_others_are_known_by_their_ids() {
    on_each(async |bench: Bench| {
        let (newer, older, other) = (dataset("Sales", 7), dataset("sales", 5), dataset("Acme's 'x'", 6));
        let mut tx = bench.store.write().await.unwrap();
        for dataset in [&newer, &older, &other] {
            tx.insert(&scope(), dataset).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut tx = bench.store.read().await.unwrap();
        let tables = tx.named_tables(&scope()).await.unwrap();
        let mut found: Vec<_> = tables.iter().map(|table| (table.name.as_str(), table.dataset_id.as_str())).collect();
        let mut expected =
            [("sales", older.id.as_str()), (newer.id.as_str(), newer.id.as_str()), ("acme_s_x", other.id.as_str())];
        assert!(found.is_sorted(), "by name: {found:?}");
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
        assert_eq!(tx.dataset_of_table(&scope(), "sales").await.unwrap(), Some(older.id.clone()));
        assert_eq!(tx.dataset_of_table(&scope(), "nothing").await.unwrap(), None);
        for foreign in foreign_scopes() {
            assert_eq!(tx.named_tables(&foreign).await.unwrap(), []);
            assert_eq!(tx.dataset_of_table(&foreign, "sales").await.unwrap(), None);
        }
    })
    .await;
}
