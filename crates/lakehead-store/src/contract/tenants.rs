//! Organisations and sandboxes.

use super::{Bench, on_each};
use crate::StoreError;

#[tokio::test]
async fn an_organisation_gets_its_default_sandbox_once() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write().await.unwrap();
        let first = tx.ensure_org("A@AdobeOrg", "acme").await.unwrap();
        let again = tx.ensure_org("A@AdobeOrg", "other").await.unwrap();
        assert_eq!((&first, again.tenant_id.as_str()), (&again, "acme"));
        let prod = tx.default_sandbox("A@AdobeOrg").await.unwrap().unwrap();
        assert_eq!((prod.name.as_str(), prod.kind.as_str(), prod.is_default), ("prod", "production", true));
        assert_eq!(tx.sandboxes("A@AdobeOrg").await.unwrap(), std::slice::from_ref(&prod));
        assert_eq!(tx.sandbox_by_name("A@AdobeOrg", "prod").await.unwrap(), Some(prod));
        assert_eq!(tx.organisation("B@AdobeOrg").await.unwrap(), None);
        assert_eq!(tx.sandbox_by_name("B@AdobeOrg", "prod").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_sandbox_name_is_unique_in_its_organisation_and_there_is_one_default() {
    on_each(async |bench: Bench| {
        let refused = async |change: fn(&mut crate::Sandbox)| {
            let mut tx = bench.store.write().await.unwrap();
            tx.ensure_org("A@AdobeOrg", "a").await.unwrap();
            tx.ensure_org("B@AdobeOrg", "b").await.unwrap();
            let mut sandbox = tx.default_sandbox("A@AdobeOrg").await.unwrap().unwrap();
            sandbox.id = "another".into();
            change(&mut sandbox);
            match tx.insert_sandbox("A@AdobeOrg", &sandbox).await {
                Ok(()) => "stored".to_owned(),
                Err(StoreError::Taken { constraint }) => constraint,
                Err(other) => panic!("{other:?}"),
            }
        };
        assert_eq!(refused(|sandbox| sandbox.is_default = false).await, "sandbox_name");
        assert_eq!(refused(|sandbox| sandbox.name = "dev".into()).await, "sandbox_default");
        let dev: fn(&mut crate::Sandbox) = |sandbox| {
            sandbox.name = "dev".into();
            sandbox.is_default = false;
        };
        assert_eq!(refused(dev).await, "stored");
    })
    .await;
}
