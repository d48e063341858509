//! Service clients and users.

use super::{Bench, on_each};
use crate::{ClientKind, ServiceClient, StoreError, Subject, Tx, User};

/// An organisation with one client.
pub(super) async fn with_client(tx: &mut Tx, org: &str, client_id: &str) -> ServiceClient {
    tx.ensure_org(org, &org.to_lowercase()[..1]).await.unwrap();
    let client = ServiceClient {
        client_id: client_id.into(),
        name: "ci".into(),
        org: org.into(),
        technical_account: "t@techacct.adobe.com".into(),
        kind: ClientKind::Service,
        disabled: false,
        secret_sha256: "00ff".into(),
        old_secret: None,
        created_at_ms: 7,
    };
    tx.insert_client(&client).await.unwrap();
    client
}

/// Registers a user.
pub(super) async fn with_user(tx: &mut Tx, org: &str, subject: &str) -> User {
    let user = User {
        org: org.into(),
        account_id: format!("{subject}@AdobeID"),
        issuer: "https://id.example".into(),
        subject: subject.into(),
        name: String::new(),
        created_at_ms: 7,
    };
    tx.insert_user(&user).await.unwrap();
    user
}

#[tokio::test]
async fn a_service_client_is_found_by_its_id_and_only_in_its_organisation() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write().await.unwrap();
        let client = with_client(&mut tx, "A@AdobeOrg", "c").await;
        assert!(tx.client("c").await.unwrap().is_some_and(|found| found == client));
        assert!(tx.client("d").await.unwrap().is_none());
        tx.ensure_org("B@AdobeOrg", "b").await.unwrap();
        assert!(tx.client_of("B@AdobeOrg", "c").await.unwrap().is_none());
        assert!(!tx.set_client("B@AdobeOrg", "c", "mine", true).await.unwrap());
        assert!(!tx.replace_secret("B@AdobeOrg", "c", "11", 0).await.unwrap());
        assert!(!tx.delete_client("B@AdobeOrg", "c").await.unwrap());
        assert!(tx.clients("B@AdobeOrg", 0, 10).await.unwrap().is_empty());
        assert!(tx.client_of("A@AdobeOrg", "c").await.unwrap().is_some_and(|found| found == client));
    })
    .await;
}

#[tokio::test]
async fn a_client_is_changed_and_removed_together_with_its_roles() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write().await.unwrap();
        with_client(&mut tx, "A@AdobeOrg", "c").await;
        tx.assign_role("A@AdobeOrg", "viewer", &Subject::Client("c".into())).await.unwrap();
        assert!(tx.set_client("A@AdobeOrg", "c", "new name", true).await.unwrap());
        assert!(tx.replace_secret("A@AdobeOrg", "c", "11", 99).await.unwrap());
        let client = tx.client("c").await.unwrap().unwrap();
        assert_eq!((client.name.as_str(), client.disabled, client.secret_sha256.as_str()), ("new name", true, "11"));
        assert!(client.old_secret.is_some_and(|old| (old.sha256.as_str(), old.until_ms) == ("00ff", 99)));
        assert!(tx.delete_client("A@AdobeOrg", "c").await.unwrap());
        assert!(tx.client("c").await.unwrap().is_none());
        assert!(tx.role_members("A@AdobeOrg", "viewer", 0, 10).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn clients_and_users_are_listed_in_pages() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write().await.unwrap();
        for id in ["a", "b", "c"] {
            with_client(&mut tx, "A@AdobeOrg", id).await;
            with_user(&mut tx, "A@AdobeOrg", id).await;
        }
        let ids: Vec<_> = tx.clients("A@AdobeOrg", 1, 1).await.unwrap().into_iter().map(|c| c.client_id).collect();
        assert_eq!((ids, tx.count_clients("A@AdobeOrg").await.unwrap()), (vec!["b".to_owned()], 3));
        let ids: Vec<_> = tx.users("A@AdobeOrg", 2, 9).await.unwrap().into_iter().map(|u| u.subject).collect();
        assert_eq!((ids, tx.count_users("A@AdobeOrg").await.unwrap()), (vec!["c".to_owned()], 3));
    })
    .await;
}

#[tokio::test]
async fn a_user_is_one_subject_of_one_issuer_in_one_organisation() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write().await.unwrap();
        tx.ensure_org("A@AdobeOrg", "a").await.unwrap();
        tx.ensure_org("B@AdobeOrg", "b").await.unwrap();
        let user = with_user(&mut tx, "A@AdobeOrg", "ada").await;
        let by_subject = tx.user_by_subject("A@AdobeOrg", &user.issuer, "ada").await.unwrap();
        assert_eq!(by_subject.as_ref(), Some(&user));
        assert_eq!(tx.user_by_subject("B@AdobeOrg", &user.issuer, "ada").await.unwrap(), None);
        assert_eq!(tx.user_by_subject("A@AdobeOrg", "https://other.example", "ada").await.unwrap(), None);
        tx.name_user("A@AdobeOrg", &user.account_id, "Ada").await.unwrap();
        tx.name_user("A@AdobeOrg", &user.account_id, "Eve").await.unwrap();
        assert_eq!(tx.user("A@AdobeOrg", &user.account_id).await.unwrap().unwrap().name, "Ada");
        assert!(!tx.delete_user("B@AdobeOrg", &user.account_id).await.unwrap());
        tx.commit().await.unwrap();

        let mut tx = bench.store.write().await.unwrap();
        let again = User { account_id: "other@AdobeID".into(), ..user.clone() };
        let taken = tx.insert_user(&again).await.unwrap_err();
        assert!(matches!(taken, StoreError::Taken { constraint } if constraint == "org_user_subject"));
        tx.rollback().await.unwrap();
        let mut tx = bench.store.write().await.unwrap();
        assert!(tx.delete_user("A@AdobeOrg", &user.account_id).await.unwrap());
        assert_eq!(tx.user("A@AdobeOrg", &user.account_id).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_commit_that_changes_access_is_seen_and_nothing_else_is() {
    on_each(async |bench: Bench| {
        let version = || bench.store.access_version();
        let before = version();
        let mut tx = bench.store.write().await.unwrap();
        with_client(&mut tx, "A@AdobeOrg", "c").await;
        assert_eq!(version(), before, "not before the commit");
        tx.commit().await.unwrap();
        assert!(version() > before);
        let before = version();
        bench.run_due("f", "1").await;
        assert_eq!(version(), before, "a run changes nothing of it");
    })
    .await;
}
