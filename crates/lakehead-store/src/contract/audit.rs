//! Every change leaves one row in the audit trail, in its own transaction; roles are given and taken.

use std::collections::BTreeMap;

use lakehead_model::access::{Permission, Role};
use lakehead_model::dataset::{Dataset, NewDataset};
use lakehead_model::{Actor, Origin};
use secrecy::SecretString;
use serde_json::json;

use super::{Bench, on_each, scope};
use crate::{AuditFilter, AuditRow, ServiceClient, StoreError, Tx};

fn origin(request_id: &str) -> Origin {
    Origin { actor: Actor { user: "u@techacct".into(), client: "c".into() }, request_id: request_id.into() }
}

fn dataset(name: &str) -> Dataset {
    let body = json!({"name": name, "schemaRef": {"id": "https://ns.adobe.com/acme/schemas/abc"}});
    Dataset::new(&NewDataset::parse(&body).unwrap(), &scope(), &origin("").actor, 1)
}

async fn trail(tx: &mut Tx) -> Vec<AuditRow> {
    tx.audit(&scope().org, &AuditFilter::default(), 100).await.unwrap()
}

#[tokio::test]
async fn a_change_and_its_row_are_stored_together_or_not_at_all() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write_as(origin("r1")).await.unwrap();
        let document = dataset("People");
        tx.insert(&scope(), &document).await.unwrap();
        tx.rollback().await.unwrap();
        assert_eq!(trail(&mut bench.store.read().await.unwrap()).await, []);

        let mut tx = bench.store.write_as(origin("r2")).await.unwrap();
        tx.insert(&scope(), &document).await.unwrap();
        let mut changed = document.clone();
        changed.touch("u", 9);
        tx.because("rename");
        tx.replace(&scope(), &changed, &document.etag).await.unwrap();
        assert!(matches!(tx.replace(&scope(), &changed, &document.etag).await, Err(StoreError::Stale)));
        tx.delete::<Dataset>(&scope(), &document.id).await.unwrap();
        tx.delete::<Dataset>(&scope(), &document.id).await.unwrap();
        tx.commit().await.unwrap();

        let rows = trail(&mut bench.store.read().await.unwrap()).await;
        let told: Vec<_> = rows.iter().map(|row| (row.action.as_str(), row.request_id.as_str())).collect();
        assert_eq!(told, [("delete", "r2"), ("rename", "r2"), ("create", "r2")]);
        assert!(
            rows.iter().all(|row| row.object_id == document.id && row.user == "u@techacct" && row.kind == "dataset")
        );
        assert_eq!(rows[1].detail["was"], json!(document.etag));
    })
    .await;
}

#[tokio::test]
async fn the_use_of_a_secret_is_noted_and_its_value_is_not() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write_as(origin("r")).await.unwrap();
        let secrets = BTreeMap::from([("key".to_owned(), SecretString::from("hunter2"))]);
        tx.put_secrets(&scope(), "c1", &secrets).await.unwrap();
        tx.use_secrets(&scope(), "c1", "explore").await.unwrap();
        tx.commit().await.unwrap();
        let rows = trail(&mut bench.store.read().await.unwrap()).await;
        assert_eq!((rows[0].action.as_str(), &rows[0].detail["purpose"]), ("use-secret", &json!("explore")));
        assert!(!format!("{rows:?}").contains("hunter2"));
    })
    .await;
}

#[tokio::test]
async fn the_trail_is_filtered_paged_and_pruned() {
    on_each(async |bench: Bench| {
        for n in 0..5 {
            let mut tx = bench.store.write_as(origin(&format!("r{n}"))).await.unwrap();
            tx.insert(&scope(), &dataset(&format!("d{n}"))).await.unwrap();
            tx.commit().await.unwrap();
        }
        let mut tx = bench.store.write().await.unwrap();
        let page = async |tx: &mut Tx, filter: AuditFilter| tx.audit(&scope().org, &filter, 2).await.unwrap();
        let first = page(&mut tx, AuditFilter::default()).await;
        let second = page(&mut tx, AuditFilter { before_seq: Some(first[1].seq), ..AuditFilter::default() }).await;
        let ids: Vec<_> = first.iter().chain(&second).map(|row| row.request_id.as_str()).collect();
        assert_eq!(ids, ["r4", "r3", "r2", "r1"]);
        let one =
            AuditFilter { request_id: Some("r2".into()), action: Some("create".into()), ..AuditFilter::default() };
        assert_eq!(page(&mut tx, one).await.len(), 1);
        let none = AuditFilter { user: Some("nobody".into()), ..AuditFilter::default() };
        assert_eq!(page(&mut tx, none).await, []);
        assert_eq!(tx.audit("B@AdobeOrg", &AuditFilter::default(), 9).await.unwrap(), [], "another organisation");
        assert_eq!(tx.prune_audit(i64::MAX, 3).await.unwrap(), 3);
        assert_eq!(trail(&mut tx).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn roles_are_given_and_taken() {
    on_each(async |bench: Bench| {
        let org = "A@AdobeOrg";
        let mut tx = bench.store.write().await.unwrap();
        tx.ensure_org(org, "a").await.unwrap();
        let client = ServiceClient {
            client_id: "c".into(),
            name: "ci".into(),
            org: org.into(),
            technical_account: "t".into(),
            secret_sha256: "00".into(),
            created_at_ms: 1,
            kind: "user".into(),
            disabled: false,
        };
        tx.insert_client(&client).await.unwrap();
        let role = Role {
            id: "r1".into(),
            name: "night shift".into(),
            permissions: vec![Permission::ViewSources],
            sandboxes: vec!["dev".into()],
        };
        tx.insert_role(org, &role).await.unwrap();
        assert_eq!(tx.roles(org).await.unwrap().last(), Some(&role));
        for id in ["r1", "viewer", "r1"] {
            tx.assign_role(org, id, "c").await.unwrap();
        }
        let held: Vec<_> = tx.roles_of(org, "c").await.unwrap().into_iter().map(|role| role.id).collect();
        assert_eq!(held, ["viewer", "r1"]);
        assert_eq!(tx.roles_of("B@AdobeOrg", "c").await.unwrap(), []);
        assert!(tx.unassign_role(org, "viewer", "c").await.unwrap());
        assert!(!tx.unassign_role(org, "viewer", "c").await.unwrap());
        assert!(tx.delete_role(org, "r1").await.unwrap());
        assert_eq!(tx.roles_of(org, "c").await.unwrap(), []);
        assert!(!tx.delete_role(org, "administrator").await.unwrap(), "those that always exist stay");
        assert!(tx.set_client_disabled(org, "c", true).await.unwrap());
        assert!(tx.client("c").await.unwrap().is_some_and(|client| client.disabled));
        assert!(!tx.delete_client("B@AdobeOrg", "c").await.unwrap());
        assert!(tx.delete_client(org, "c").await.unwrap());
        assert_eq!(tx.clients(org).await.unwrap().len(), 0);
    })
    .await;
}
