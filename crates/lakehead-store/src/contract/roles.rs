//! Roles, their members, and what they grant together.

use lakehead_model::access::Permission;

use super::accounts::{with_client, with_user};
use super::{Bench, on_each};
use crate::{Role, StoreError, Subject};

const A: &str = "A@AdobeOrg";

fn role(id: &str, permissions: &[Permission], sandboxes: Option<&[&str]>) -> Role {
    Role {
        id: id.into(),
        name: format!("role {id}"),
        description: String::new(),
        permissions: permissions.to_vec(),
        sandboxes: sandboxes.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect()),
        labels: vec!["core/C12".into()],
        etag: "\"1\"".into(),
        created_at_ms: 7,
        created_by: "me".into(),
        modified_at_ms: 7,
        modified_by: "me".into(),
    }
}

fn client(id: &str) -> Subject {
    Subject::Client(id.to_owned())
}

#[tokio::test]
async fn a_role_is_kept_whole_and_changed_at_the_expected_version_only() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write().await.unwrap();
        tx.ensure_org(A, "a").await.unwrap();
        tx.ensure_org("B@AdobeOrg", "b").await.unwrap();
        let first = role("r", &[Permission::ManageSources], Some(&["s1"]));
        tx.insert_role(A, &first).await.unwrap();
        assert_eq!(tx.role(A, "r").await.unwrap().as_ref(), Some(&first));
        assert_eq!(tx.role("B@AdobeOrg", "r").await.unwrap(), None);
        let second = Role { sandboxes: None, labels: vec![], etag: "\"2\"".into(), ..first.clone() };
        assert!(matches!(tx.update_role("B@AdobeOrg", &second, "\"1\"").await, Err(StoreError::Stale)));
        assert!(matches!(tx.update_role(A, &second, "\"0\"").await, Err(StoreError::Stale)));
        tx.update_role(A, &second, "\"1\"").await.unwrap();
        assert_eq!(tx.roles(A).await.unwrap(), std::slice::from_ref(&second));
        assert!(!tx.delete_role("B@AdobeOrg", "r").await.unwrap());
        let same_name = Role { id: "other".into(), ..second };
        let taken = tx.insert_role(A, &same_name).await.unwrap_err();
        assert!(matches!(taken, StoreError::Taken { constraint } if constraint == "role_name"));
    })
    .await;
}

#[tokio::test]
async fn grants_are_those_of_all_roles_and_go_with_them() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write().await.unwrap();
        with_client(&mut tx, A, "c").await;
        tx.insert_role(A, &role("r", &[Permission::ManageSources], Some(&["s1"]))).await.unwrap();
        assert!(tx.grants_of(A, &client("c")).await.unwrap().0.is_empty());
        for id in ["r", "viewer", "viewer", "role of a later version"] {
            tx.assign_role(A, id, &client("c")).await.unwrap();
        }
        let grants = tx.grants_of(A, &client("c")).await.unwrap();
        assert_eq!(grants.0.len(), 2);
        assert!(grants.in_sandbox("s1").allow(Permission::ManageSources));
        assert!(!grants.in_sandbox("s2").allow(Permission::ManageSources));
        assert!(grants.in_sandbox("s2").allow(Permission::ViewSchemas));
        assert_eq!(grants.labels("s1").unwrap().into_iter().collect::<Vec<_>>(), ["core/C12"]);
        assert_eq!(grants.labels("s2").unwrap().len(), 0);
        assert!(tx.grants_of("B@AdobeOrg", &client("c")).await.unwrap().0.is_empty());
        assert!(tx.grants_of(A, &Subject::User("c".into())).await.unwrap().0.is_empty());

        assert!(tx.delete_role(A, "r").await.unwrap());
        assert!(tx.unassign_role(A, "viewer", &client("c")).await.unwrap());
        assert!(!tx.unassign_role(A, "viewer", &client("c")).await.unwrap());
        assert!(tx.grants_of(A, &client("c")).await.unwrap().0.is_empty());
    })
    .await;
}

#[tokio::test]
async fn members_are_listed_in_pages_of_their_role() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write().await.unwrap();
        for id in ["a", "b"] {
            with_client(&mut tx, A, id).await;
            tx.assign_role(A, "viewer", &client(id)).await.unwrap();
        }
        let user = with_user(&mut tx, A, "ada").await;
        tx.assign_role(A, "viewer", &Subject::User(user.account_id.clone())).await.unwrap();
        assert_eq!(tx.count_role_members(A, "viewer").await.unwrap(), 3);
        let second = tx.role_members(A, "viewer", 1, 9).await.unwrap();
        assert_eq!(second, [client("b"), Subject::User(user.account_id)]);
        assert_eq!(tx.roles_of(A, &client("a")).await.unwrap(), ["viewer"]);
    })
    .await;
}

#[tokio::test]
async fn administrators_are_counted_once_and_only_while_they_can_act() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write().await.unwrap();
        for id in ["a", "b", "viewer only"] {
            with_client(&mut tx, A, id).await;
        }
        let count = async |tx: &mut crate::Tx| tx.count_administrators(A).await.unwrap();
        assert_eq!(count(&mut tx).await, 0);
        tx.insert_role(A, &role("r", &[Permission::Administer], None)).await.unwrap();
        for (id, subject) in [("administrator", "a"), ("r", "a"), ("r", "b"), ("viewer", "viewer only")] {
            tx.assign_role(A, id, &client(subject)).await.unwrap();
        }
        assert_eq!(count(&mut tx).await, 2);
        tx.set_client(A, "b", "b", true).await.unwrap();
        assert_eq!(count(&mut tx).await, 1);
        let user = with_user(&mut tx, A, "ada").await;
        tx.assign_role(A, "administrator", &Subject::User(user.account_id)).await.unwrap();
        tx.delete_client(A, "a").await.unwrap();
        assert_eq!(count(&mut tx).await, 1);
    })
    .await;
}
