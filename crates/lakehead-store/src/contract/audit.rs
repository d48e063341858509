//! Every change leaves one row in the audit trail, in its own transaction.

use std::collections::BTreeMap;

use lakehead_model::dataset::{Dataset, NewDataset};
use lakehead_model::xdm::descriptor::{Descriptor, NewDescriptor};
use lakehead_model::{Actor, Origin};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::accounts::{with_client, with_user};
use super::{Bench, foreign_scopes, new_run, on_each, scope};
use crate::{AuditFilter, AuditRow, DocumentKind, SecretUse, StoreError, Subject, Tx};

fn origin(request_id: &str) -> Origin {
    Origin { actor: Actor { user: "u@techacct".into(), client: "c".into() }, request_id: request_id.into() }
}

fn dataset(name: &str) -> Dataset {
    let body = json!({"name": name, "schemaRef": {"id": "https://ns.adobe.com/acme/schemas/abc"}});
    Dataset::new(&NewDataset::parse(&body).unwrap(), &scope(), &origin("").actor, 1)
}

fn secrets() -> BTreeMap<String, SecretString> {
    BTreeMap::from([("key".to_owned(), SecretString::from("hunter2"))])
}

async fn all(bench: &Bench) -> Vec<AuditRow> {
    trail(&mut bench.store.read().await.unwrap()).await
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

/// Does something in a transaction of its own and says how many rows the trail got.
async fn rows_of(bench: &Bench, work: impl AsyncFn(&mut Tx)) -> usize {
    let before = all(bench).await.len();
    let mut tx = bench.store.write_as(origin("r")).await.unwrap();
    work(&mut tx).await;
    tx.commit().await.unwrap();
    all(bench).await.len() - before
}

#[tokio::test]
async fn every_change_for_somebody_is_one_row_and_what_changes_nothing_is_none() {
    on_each(async |bench: Bench| {
        let org = async |tx: &mut Tx| drop(tx.ensure_org(&scope().org, "a").await.unwrap());
        assert_eq!(rows_of(&bench, org).await, 2, "an organisation comes with a sandbox");
        assert_eq!(rows_of(&bench, org).await, 0);
        let put =
            async |tx: &mut Tx| tx.put_secrets(&scope(), (DocumentKind::Connection, "c1"), &secrets()).await.unwrap();
        assert_eq!(rows_of(&bench, put).await, 1);
        assert_eq!(all(&bench).await[0].detail, json!({"fields": ["key"]}));
        let nothing = async |tx: &mut Tx| {
            tx.put_secrets(&scope(), (DocumentKind::Connection, "c2"), &BTreeMap::new()).await.unwrap();
        };
        assert_eq!(rows_of(&bench, nothing).await, 0);
        assert_eq!(
            rows_of(&bench, async |tx| tx.delete_secrets(&scope(), (DocumentKind::Connection, "c1")).await.unwrap())
                .await,
            1
        );
        assert_eq!(
            rows_of(&bench, async |tx| tx.delete_secrets(&scope(), (DocumentKind::Connection, "c1")).await.unwrap())
                .await,
            0
        );

        let run = new_run("f", "demand:1", 1);
        let insert = async |tx: &mut Tx| assert!(tx.insert_run(&run).await.unwrap());
        assert_eq!(rows_of(&bench, insert).await, 1);
        let again = async |tx: &mut Tx| assert!(!tx.insert_run(&run).await.unwrap());
        assert_eq!(rows_of(&bench, again).await, 0);
        let was = bench.run_row(&run.run_id).await.etag;
        let annotate = async |tx: &mut Tx| {
            tx.note_run(&scope(), &run.run_id, &was, &json!({}), &json!({})).await.unwrap();
        };
        assert_eq!(rows_of(&bench, annotate).await, 1);
        let before = all(&bench).await.len();
        let claimed = bench.store.claim_run("w", 60_000, 64).await.unwrap().unwrap();
        bench.run_due("f", "2").await;
        assert_eq!(all(&bench).await.len(), before, "schedules and owners of runs are the server's own doing");
        let fence = async |tx: &mut Tx| drop(tx.fence_flow(&scope(), "f").await.unwrap());
        assert_eq!(rows_of(&bench, fence).await, 1);
        assert_eq!(all(&bench).await[0].detail, json!({"failedRuns": [claimed.run_id], "removedRuns": 1}));
        assert_eq!(rows_of(&bench, fence).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_changed_document_is_told_by_the_names_of_its_members() {
    on_each(async |bench: Bench| {
        let first = dataset("People");
        assert_eq!(rows_of(&bench, async |tx| tx.insert(&scope(), &first).await.unwrap()).await, 1);
        let mut second = first.clone();
        second.touch("u", 9);
        second.name = "hunter2".into();
        second.description = Some("hunter2".into());
        assert_eq!(rows_of(&bench, async |tx| tx.replace(&scope(), &second, &first.etag).await.unwrap()).await, 1);
        let detail = all(&bench).await.remove(0).detail;
        assert_eq!(detail["changed"], json!(["description", "name"]));
        assert_eq!((&detail["was"], &detail["etag"]), (&json!(first.etag), &json!(second.etag)));
        let delete = async |tx: &mut Tx| assert!(tx.delete::<Dataset>(&scope(), &first.id).await.unwrap());
        assert_eq!(rows_of(&bench, delete).await, 1);
        assert_eq!(all(&bench).await[0].detail, json!({"name": "hunter2"}), "the name outlives the resource");
    })
    .await;
}

#[tokio::test]
async fn the_use_of_a_secret_is_noted_and_its_value_is_not() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write_as(origin("r")).await.unwrap();
        tx.put_secrets(&scope(), (DocumentKind::Connection, "c1"), &secrets()).await.unwrap();
        tx.commit().await.unwrap();
        for (purpose, detail) in [
            (SecretUse::Test, json!({"purpose": "test", "fields": ["key"]})),
            (SecretUse::Explore, json!({"purpose": "explore", "fields": ["key"]})),
            (SecretUse::Verify, json!({"purpose": "verify", "fields": ["key"]})),
            (SecretUse::Run("r1"), json!({"purpose": "run", "runId": "r1", "fields": ["key"]})),
        ] {
            let tx = bench.store.write_as(origin("r")).await.unwrap();
            let found = tx.use_secrets(&scope(), (DocumentKind::Connection, "c1"), purpose).await.unwrap();
            assert_eq!(found["key"].expose_secret(), "hunter2");
            let row = all(&bench).await.remove(0);
            assert_eq!((row.action.as_str(), row.object_id.as_str(), row.detail), ("use-secret", "c1", detail));
        }
        let tx = bench.store.write_as(origin("r")).await.unwrap();
        tx.announce_use(&scope(), (DocumentKind::Connection, "not kept yet"), &secrets(), SecretUse::Verify)
            .await
            .unwrap();
        assert_eq!(all(&bench).await[0].object_id, "not kept yet");
        let count = all(&bench).await.len();
        let reader = bench.store.read().await.unwrap();
        assert!(matches!(
            reader.use_secrets(&scope(), (DocumentKind::Connection, "c1"), SecretUse::Test).await,
            Err(StoreError::Unaudited)
        ));
        for foreign in foreign_scopes() {
            let tx = bench.store.write_as(origin("r")).await.unwrap();
            assert!(
                tx.use_secrets(&foreign, (DocumentKind::Connection, "c1"), SecretUse::Test).await.unwrap().is_empty()
            );
        }
        assert_eq!(all(&bench).await.len(), count, "where there is nothing nothing is used");
        assert!(!format!("{:?}", all(&bench).await).contains("hunter2"));
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
        let here = AuditFilter { sandbox_id: Some(scope().sandbox_id), ..AuditFilter::default() };
        let there = AuditFilter { sandbox_id: Some("s2".into()), ..AuditFilter::default() };
        assert_eq!((page(&mut tx, here).await.len(), page(&mut tx, there).await.len()), (2, 0));
        assert_eq!(tx.prune_audit(3_600_000, 100).await.unwrap(), 0, "too young");
        // Older than an hour from now.
        assert_eq!(tx.prune_audit(-3_600_000, 3).await.unwrap(), 3);
        let left: Vec<_> = trail(&mut tx).await.into_iter().map(|row| row.request_id).collect();
        assert_eq!(left, ["r4", "r3"], "the oldest go first");
    })
    .await;
}

#[tokio::test]
async fn what_is_done_to_clients_users_and_roles_is_told() {
    on_each(async |bench: Bench| {
        let org = &scope().org;
        let mut tx = bench.store.write_as(origin("r")).await.unwrap();
        with_client(&mut tx, org, "c").await;
        let user = with_user(&mut tx, org, "ada").await;
        let subject = Subject::Client("c".into());
        for _ in 0..2 {
            tx.assign_role(org, "viewer", &subject).await.unwrap();
        }
        tx.unassign_role(org, "viewer", &subject).await.unwrap();
        tx.unassign_role(org, "viewer", &subject).await.unwrap();
        tx.set_client(org, "c", "ci", true).await.unwrap();
        tx.set_client(org, "c", "ci", false).await.unwrap();
        tx.set_client(org, "c", "other", false).await.unwrap();
        tx.replace_secret(org, "c", "11ee", 9).await.unwrap();
        tx.delete_client(org, "c").await.unwrap();
        tx.delete_client(org, "c").await.unwrap();
        tx.delete_user(org, &user.account_id).await.unwrap();
        let rows = trail(&mut tx).await;
        let told: Vec<_> = rows.iter().rev().map(|row| (row.kind.as_str(), row.action.as_str())).collect();
        let expected = [
            ("organisation", "create"),
            ("sandbox", "create"),
            ("client", "create"),
            ("user", "create"),
            ("role", "assign"),
            ("role", "unassign"),
            ("client", "disable"),
            ("client", "enable"),
            ("client", "update"),
            ("client", "replace-secret"),
            ("client", "delete"),
            ("user", "delete"),
        ];
        assert_eq!(told, expected);
        assert!(rows[1..].iter().all(|row| row.request_id == "r"));
        assert!(!format!("{rows:?}").contains("11ee"), "not even the hash of a secret");
        assert_eq!(rows[7].detail, json!({"subjectType": "client", "subjectId": "c"}));
    })
    .await;
}

#[tokio::test]
async fn of_a_document_in_a_document_the_inner_members_are_told() {
    on_each(async |bench: Bench| {
        let body = json!({"@type": "xdm:descriptorLabel", "xdm:sourceSchema": "https://ns.adobe.com/acme/schemas/abc",
            "xdm:sourceVersion": 1, "xdm:sourceProperty": "/a", "xdm:labels": ["core/C1"]});
        let first = Descriptor::new(NewDescriptor::parse(&body).unwrap(), &origin("").actor, 1);
        let mut other = body.clone();
        other["xdm:labels"] = json!(["core/C2"]);
        let second = first.replaced(NewDescriptor::parse(&other).unwrap(), &origin("").actor, 2);
        let mut tx = bench.store.write_as(origin("r")).await.unwrap();
        tx.insert(&scope(), &first).await.unwrap();
        tx.replace(&scope(), &second, &first.etag).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(all(&bench).await[0].detail["changed"], json!(["body.xdm:labels"]));
    })
    .await;
}
