//! Documents: versions, scopes, pages, links.

use lakehead_model::Etag;
use serde::{Deserialize, Serialize};

use super::{Bench, foreign_scopes, on_each, scope};
use crate::{Document, DocumentKey, DocumentKind, PageKey, StoreError, Tx};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Note {
    id: String,
    name: String,
    etag: Etag,
    made_ms: i64,
    text: String,
}

impl Document for Note {
    const KIND: DocumentKind = DocumentKind::Dataset;

    fn key(&self) -> DocumentKey<'_> {
        DocumentKey {
            id: self.id.clone(),
            etag: &self.etag,
            name: Some(&self.name),
            state: None,
            created_at_ms: self.made_ms,
        }
    }
}

fn note(id: &str, made_ms: i64) -> Note {
    Note { id: id.into(), name: format!("name of {id}"), etag: Etag::generate(), made_ms, text: "hello".into() }
}

#[tokio::test]
async fn documents_of_several_names_are_found_newest_first_in_their_scope() {
    on_each(async |bench: Bench| {
        let notes = [note("a", 5), note("b", 7), note("c", 6)];
        stored(&bench, &notes).await;
        let mut tx = bench.store.write().await.unwrap();
        let names = ["name of a", "name of b", "name of \"x\""];
        let found = tx.named::<Note>(&scope(), &names, 9).await.unwrap();
        assert_eq!(found, [notes[1].clone(), notes[0].clone()]);
        assert_eq!(tx.named::<Note>(&scope(), &names, 1).await.unwrap(), [notes[1].clone()]);
        for foreign in foreign_scopes() {
            assert_eq!(tx.named::<Note>(&foreign, &names, 9).await.unwrap(), []);
        }
    })
    .await;
}

async fn stored(bench: &Bench, notes: &[Note]) {
    let mut tx = bench.store.write().await.unwrap();
    for note in notes {
        tx.insert(&scope(), note).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_document_is_stored_found_replaced_and_deleted() {
    on_each(async |bench: Bench| {
        let mut text = note("n1", 5);
        text.text = "a\0b \u{1f600} 'quoted' \\u0000".into();
        stored(&bench, std::slice::from_ref(&text)).await;
        let mut tx = bench.store.write().await.unwrap();
        assert_eq!(tx.get::<Note>(&scope(), "n1").await.unwrap().as_ref(), Some(&text));
        assert_eq!(tx.get_named::<Note>(&scope(), "name of n1").await.unwrap().as_ref(), Some(&text));
        assert_eq!(tx.named::<Note>(&scope(), &["", "name of n1"], 9).await.unwrap(), std::slice::from_ref(&text));
        assert_eq!(tx.named::<Note>(&scope(), &["n1"], 9).await.unwrap(), []);
        assert_eq!(tx.count::<Note>(&scope()).await.unwrap(), 1);

        let newer = Note { etag: Etag::generate(), name: "other".into(), ..text.clone() };
        tx.replace(&scope(), &newer, &text.etag).await.unwrap();
        assert_eq!(tx.get::<Note>(&scope(), "n1").await.unwrap(), Some(newer.clone()));
        assert!(matches!(tx.replace(&scope(), &newer, &text.etag).await, Err(StoreError::Stale)));
        let missing = note("n2", 5);
        assert!(matches!(tx.replace(&scope(), &missing, &missing.etag).await, Err(StoreError::Stale)));

        assert!(tx.delete::<Note>(&scope(), "n1").await.unwrap());
        assert!(!tx.delete::<Note>(&scope(), "n1").await.unwrap());
        assert_eq!(tx.get::<Note>(&scope(), "n1").await.unwrap(), None);
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_id_is_taken_once_and_the_constraint_has_one_name() {
    on_each(async |bench: Bench| {
        stored(&bench, &[note("n1", 5)]).await;
        let mut tx = bench.store.write().await.unwrap();
        match tx.insert(&scope(), &note("n1", 6)).await {
            Err(StoreError::Taken { constraint }) => assert_eq!(constraint, "document_pkey"),
            other => panic!("{other:?}"),
        }
    })
    .await;
}

#[tokio::test]
async fn another_organisation_or_sandbox_sees_and_changes_nothing() {
    on_each(async |bench: Bench| {
        let mine = note("n1", 5);
        stored(&bench, std::slice::from_ref(&mine)).await;
        for foreign in foreign_scopes() {
            let mut tx = bench.store.write().await.unwrap();
            assert_eq!(tx.get::<Note>(&foreign, "n1").await.unwrap(), None);
            assert_eq!(tx.get_named::<Note>(&foreign, "name of n1").await.unwrap(), None);
            assert!(tx.list::<Note>(&foreign, None, 10).await.unwrap().is_empty());
            assert_eq!(tx.count::<Note>(&foreign).await.unwrap(), 0);
            assert!(matches!(tx.replace(&foreign, &note("n1", 6), &mine.etag).await, Err(StoreError::Stale)));
            assert!(!tx.delete::<Note>(&foreign, "n1").await.unwrap());
            tx.commit().await.unwrap();
        }
        let mut tx = bench.store.read().await.unwrap();
        assert_eq!(tx.get::<Note>(&scope(), "n1").await.unwrap(), Some(mine));
    })
    .await;
}

#[tokio::test]
async fn what_is_not_committed_never_happened_and_a_reader_cannot_write() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write().await.unwrap();
        tx.insert(&scope(), &note("n1", 5)).await.unwrap();
        drop(tx);
        let mut tx = bench.store.read().await.unwrap();
        assert_eq!(tx.count::<Note>(&scope()).await.unwrap(), 0);
        assert!(matches!(tx.insert(&scope(), &note("n1", 5)).await, Err(StoreError::Database(_))));
    })
    .await;
}

async fn page(tx: &mut Tx, after: Option<&Note>, limit: u32) -> Vec<Note> {
    let key = after.map(|note| PageKey { created_at_ms: note.made_ms, id: note.id.clone() });
    tx.list(&scope(), key.as_ref(), limit).await.unwrap()
}

#[tokio::test]
async fn pages_show_every_old_document_once_while_others_come_and_go() {
    on_each(async |bench: Bench| {
        // Many share a millisecond, and the ids sort differently by bytes than by a language.
        let old: Vec<_> =
            (0..40).map(|n| note(&format!("{}{n:02}", if n % 2 == 0 { "a" } else { "B" }), n / 7)).collect();
        stored(&bench, &old).await;
        let mut seen = Vec::<Note>::new();
        loop {
            let mut tx = bench.store.write().await.unwrap();
            let items = page(&mut tx, seen.last(), 7).await;
            let Some(last) = items.last().cloned() else { break };
            seen.extend(items);
            // The key of the page is deleted, and a newer document arrives: neither shifts what follows.
            tx.delete::<Note>(&scope(), &last.id).await.unwrap();
            tx.insert(&scope(), &note(&format!("new{}", seen.len()), 1_000)).await.unwrap();
            tx.commit().await.unwrap();
        }
        let mut expected = old;
        expected.sort_by(|a, b| (b.made_ms, &b.id).cmp(&(a.made_ms, &a.id)));
        assert_eq!(seen, expected);
    })
    .await;
}

#[tokio::test]
async fn referrers_are_known_until_they_let_go() {
    on_each(async |bench: Bench| {
        stored(&bench, &[note("n1", 5)]).await;
        let (flow, note1) = ((DocumentKind::Flow, "f"), (DocumentKind::Dataset, "n1"));
        let mut tx = bench.store.write().await.unwrap();
        tx.link(&scope(), flow, note1).await.unwrap();
        tx.link(&scope(), flow, note1).await.unwrap();
        tx.link(&scope(), (DocumentKind::TargetConnection, "t"), note1).await.unwrap();
        let expected = [(DocumentKind::Flow, "f".to_owned()), (DocumentKind::TargetConnection, "t".to_owned())];
        assert_eq!(tx.referrers(&scope(), note1).await.unwrap(), expected);
        for foreign in foreign_scopes() {
            assert!(tx.referrers(&foreign, note1).await.unwrap().is_empty());
            tx.unlink_all(&foreign, flow).await.unwrap();
        }
        tx.unlink_all(&scope(), flow).await.unwrap();
        assert_eq!(tx.referrers(&scope(), note1).await.unwrap(), expected[1..]);
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn deleting_a_document_lets_go_of_what_it_referred_to() {
    on_each(async |bench: Bench| {
        stored(&bench, &[note("n1", 5)]).await;
        let schema = (DocumentKind::XdmResource, "s");
        let mut tx = bench.store.write().await.unwrap();
        tx.link(&scope(), (DocumentKind::Dataset, "n1"), schema).await.unwrap();
        assert!(tx.delete::<Note>(&scope(), "n1").await.unwrap());
        assert!(tx.referrers(&scope(), schema).await.unwrap().is_empty());
    })
    .await;
}

/// A reference and a delete that race: never both, so that nothing dangles.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_not_deleted_while_someone_begins_to_refer_to_it() {
    on_each(async |bench: Bench| {
        for round in 0..10 {
            let id = format!("n{round}");
            stored(&bench, &[note(&id, 5)]).await;
            let refer = async {
                let mut tx = bench.store.write().await?;
                let found = tx.get::<Note>(&scope(), &id).await?.is_some();
                if found {
                    tx.link(&scope(), (DocumentKind::Flow, "f"), (DocumentKind::Dataset, &id)).await?;
                }
                tx.commit().await?;
                Ok::<_, StoreError>(found)
            };
            let delete = async {
                let mut tx = bench.store.write().await?;
                let free = tx.referrers(&scope(), (DocumentKind::Dataset, &id)).await?.is_empty();
                if free {
                    tx.delete::<Note>(&scope(), &id).await?;
                }
                tx.commit().await?;
                Ok::<_, StoreError>(free)
            };
            let (referred, deleted) = tokio::join!(refer, delete);
            assert_ne!(referred.unwrap(), deleted.unwrap(), "one of the two happens, not both");
        }
    })
    .await;
}

#[tokio::test]
async fn a_nul_character_in_a_key_is_refused_on_both() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.read().await.unwrap();
        assert!(matches!(tx.get::<Note>(&scope(), "a\0b").await, Err(StoreError::NulCharacter)));
    })
    .await;
}

#[tokio::test]
async fn all_documents_are_read_page_by_page_and_not_beyond_what_is_asked() {
    on_each(async |bench: Bench| {
        let notes: Vec<Note> = (0..450).map(|n| note(&format!("n{n:03}"), n / 2)).collect();
        stored(&bench, &notes).await;
        let mut tx = bench.store.read().await.unwrap();
        let all: Vec<Note> = tx.newest(&scope(), 10_000).await.unwrap();
        assert!(all.iter().rev().eq(&notes), "each once, newest first");
        assert_eq!(tx.newest::<Note>(&scope(), 201).await.unwrap().len(), 400);
        for foreign in foreign_scopes() {
            assert_eq!(tx.newest::<Note>(&foreign, 10).await.unwrap(), []);
        }
    })
    .await;
}
