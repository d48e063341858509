//! Keys of tokens: made, replaced, removed.

use super::{Bench, keyring, on_each};
use crate::Store;

#[tokio::test]
async fn the_newest_key_signs_and_old_ones_stay_until_their_last_token_is_over() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write().await.unwrap();
        assert!(tx.signing_keys().await.unwrap().is_empty());
        let first = tx.rotate_signing_key(0).await.unwrap().kid;
        assert!(tx.extend_signing_key(&first, 500).await.unwrap());
        assert!(tx.extend_signing_key(&first, 400).await.unwrap(), "an earlier end is covered already");
        let second = tx.rotate_signing_key(500).await.unwrap();
        let keys = tx.signing_keys().await.unwrap();
        let shown: Vec<_> = keys.iter().map(|key| (key.kid.as_str(), key.tokens_until_s)).collect();
        assert_eq!(shown, [(second.kid.as_str(), 0), (first.as_str(), 500)]);
        assert_eq!((keys[0].retired_at_ms, keys[1].retired_at_ms.is_some(), second.removed), (None, true, 0));
        assert_ne!(keys[0].key, keys[1].key);
        assert!(!tx.extend_signing_key(&first, 501).await.unwrap(), "a retired key signs nothing that ends later");
        let third = tx.rotate_signing_key(501).await.unwrap();
        assert_eq!(third.removed, 2, "the first one and the second, which has signed nothing");
        assert!(!tx.extend_signing_key(&first, 1).await.unwrap());
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn keys_outlive_a_restart_and_lie_sealed_in_the_database() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write().await.unwrap();
        tx.rotate_signing_key(0).await.unwrap();
        tx.commit().await.unwrap();
        let keys = bench.store.read().await.unwrap().signing_keys().await.unwrap();
        let again = Store::open(&bench.url, keyring(&bench.key)).await.unwrap();
        let found = again.read().await.unwrap().signing_keys().await.unwrap();
        assert_eq!((found[0].key.clone(), found[0].key.len()), (keys[0].key.clone(), 32));
        again.close().await;
    })
    .await;
}
