//! Answers that are kept by a key of the caller.

use lakehead_model::Scope;

use super::{Bench, foreign_scopes, on_each, scope};
use crate::kept_answers::{KEPT_MS, MOST_KEPT};
use crate::{KeptAnswer, KeptKey};

fn key<'a>(scope: &'a Scope, owner: &'a str, key_hash: &'a str) -> KeptKey<'a> {
    KeptKey { scope, owner, key_hash }
}

fn answer(text: &str) -> KeptAnswer {
    KeptAnswer { fingerprint: format!("of {text}"), answer: text.into() }
}

#[tokio::test]
async fn an_answer_is_kept_by_caller_and_sandbox_and_expires() {
    on_each(async |bench: Bench| {
        let here = scope();
        let k = key(&here, "anna", "k");
        let mut tx = bench.store.write().await.unwrap();
        assert!(tx.keep_answer(k, &answer("first"), 1_000).await.unwrap());
        tx.commit().await.unwrap();
        // Undone by whoever is told `false`.
        let mut tx = bench.store.write().await.unwrap();
        assert!(!tx.keep_answer(k, &answer("second"), 2_000).await.unwrap());
        tx.rollback().await.unwrap();

        let mut tx = bench.store.read().await.unwrap();
        assert_eq!(tx.kept_answer(k, 2_000).await.unwrap(), Some(answer("first")));
        assert_eq!(tx.kept_answer(key(&here, "bert", "k"), 2_000).await.unwrap(), None);
        for foreign in foreign_scopes() {
            assert_eq!(tx.kept_answer(key(&foreign, "anna", "k"), 2_000).await.unwrap(), None);
        }
        assert_eq!(tx.kept_answer(k, 1_000 + KEPT_MS).await.unwrap(), None, "too long ago");
        drop(tx);

        let mut tx = bench.store.write().await.unwrap();
        assert!(tx.keep_answer(key(&here, "bert", "other"), &answer("other"), 1_000 + KEPT_MS).await.unwrap());
        assert!(tx.keep_answer(k, &answer("third"), 1_000 + KEPT_MS).await.unwrap(), "as if there were none");
        tx.commit().await.unwrap();
        let mut tx = bench.store.read().await.unwrap();
        assert_eq!(tx.kept_answer(k, 1_001 + KEPT_MS).await.unwrap(), Some(answer("third")));
    })
    .await;
}

#[tokio::test]
async fn the_newest_answers_of_a_caller_are_kept_and_no_more() {
    on_each(async |bench: Bench| {
        let here = scope();
        let mut tx = bench.store.write().await.unwrap();
        for number in 0..MOST_KEPT + 3 {
            let hash = number.to_string();
            assert!(tx.keep_answer(key(&here, "anna", &hash), &answer("x"), 1_000 + number).await.unwrap());
        }
        assert!(tx.keep_answer(key(&here, "bert", "0"), &answer("x"), 1_000).await.unwrap());
        let kept = async |tx: &mut crate::Tx, owner, hash: i64| {
            tx.kept_answer(key(&here, owner, &hash.to_string()), 5_000).await.unwrap().is_some()
        };
        let found = [
            kept(&mut tx, "anna", 2).await,
            kept(&mut tx, "anna", 3).await,
            kept(&mut tx, "anna", MOST_KEPT + 2).await,
            kept(&mut tx, "bert", 0).await,
        ];
        assert_eq!(found, [false, true, true, true]);

        // Two large ones have no room beside each other.
        let large = answer(&"x".repeat(10 << 20));
        assert!(tx.keep_answer(key(&here, "anna", "large"), &large, 6_000).await.unwrap());
        assert!(tx.keep_answer(key(&here, "anna", "larger"), &large, 6_001).await.unwrap());
        assert_eq!(tx.kept_answer(key(&here, "anna", "large"), 6_001).await.unwrap(), None);
        assert!(tx.kept_answer(key(&here, "anna", "larger"), 6_001).await.unwrap().is_some());
        tx.rollback().await.unwrap();
    })
    .await;
}

/// Whether there is room is asked only after it is known that the key is new: else the request would be done twice.
#[tokio::test]
async fn an_answer_that_is_there_is_found_also_where_it_is_the_next_to_go() {
    on_each(async |bench: Bench| {
        let here = scope();
        let k = key(&here, "anna", "k");
        let mut tx = bench.store.write().await.unwrap();
        assert!(tx.keep_answer(k, &answer("first"), 1_000).await.unwrap());
        for number in 1..MOST_KEPT {
            let hash = number.to_string();
            assert!(tx.keep_answer(key(&here, "anna", &hash), &answer("x"), 1_000 + number).await.unwrap());
        }
        assert!(!tx.keep_answer(k, &answer("second"), 3_000).await.unwrap());
        assert_eq!(tx.kept_answer(k, 3_000).await.unwrap(), Some(answer("first")));

        // The same where it is the bytes that have no room.
        let large = answer(&"x".repeat(10 << 20));
        let l = key(&here, "bert", "l");
        assert!(tx.keep_answer(l, &large, 1_000).await.unwrap());
        assert!(!tx.keep_answer(l, &large, 1_001).await.unwrap());
        assert_eq!(tx.kept_answer(l, 1_001).await.unwrap(), Some(large));
        tx.rollback().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn old_answers_are_kept_no_longer_though_nobody_makes_anything() {
    on_each(async |bench: Bench| {
        let here = scope();
        let mut tx = bench.store.write().await.unwrap();
        for (number, owner) in ["anna", "bert", "cleo"].into_iter().enumerate() {
            let at = 1_000 + i64::try_from(number).unwrap();
            assert!(tx.keep_answer(key(&here, owner, "k"), &answer("x"), at).await.unwrap());
        }
        assert_eq!(tx.forget_answers(999 + KEPT_MS, 10).await.unwrap(), 0);
        assert_eq!(tx.forget_answers(1_001 + KEPT_MS, 1).await.unwrap(), 1);
        assert_eq!(tx.forget_answers(1_001 + KEPT_MS, 10).await.unwrap(), 1);
        // As if no time had passed: only what is still to be given is there.
        let mut found = Vec::new();
        for owner in ["anna", "bert", "cleo"] {
            found.push(tx.kept_answer(key(&here, owner, "k"), 2_000).await.unwrap().is_some());
        }
        assert_eq!(found, [false, false, true]);
        tx.rollback().await.unwrap();
    })
    .await;
}

/// The second of two that are made at the same time waits for the first, and is told.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_at_the_same_time_one_is_kept() {
    on_each(async |bench: Bench| {
        let attempt = |number: usize| {
            let store = bench.store.clone();
            tokio::spawn(async move {
                let here = scope();
                let mut tx = store.write().await.unwrap();
                let first = tx.keep_answer(key(&here, "anna", "k"), &answer(&number.to_string()), 1_000).await.unwrap();
                if first {
                    tx.commit().await.unwrap();
                } else {
                    tx.rollback().await.unwrap();
                }
                first
            })
        };
        let attempts: Vec<_> = (0..8).map(attempt).collect();
        let mut kept = 0;
        for attempt in attempts {
            kept += usize::from(attempt.await.unwrap());
        }
        assert_eq!(kept, 1);
    })
    .await;
}
