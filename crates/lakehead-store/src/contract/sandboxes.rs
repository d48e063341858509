//! The life of a sandbox: who may write into it when, and what a closed one keeps from becoming visible.

use std::time::Duration;

use lakehead_model::{Etag, Origin, Scope};
use serde::{Deserialize, Serialize};

use super::commits::{Load, table};
use super::{Bench, new_run, on_each, scope};
use crate::{
    Closing, CommitOutcome, Document, DocumentKey, DocumentKind, Purged, RunState, Sandbox, Schedule, Store,
    StoreError, UnfinishedSandbox,
};

#[derive(Serialize, Deserialize)]
struct Note {
    id: String,
    etag: Etag,
}

impl Document for Note {
    const KIND: DocumentKind = DocumentKind::Dataset;

    fn key(&self) -> DocumentKey<'_> {
        DocumentKey { id: self.id.clone(), etag: &self.etag, name: None, state: None, created_at_ms: 1 }
    }
}

/// Makes the sandbox of [`scope`] beside the default one.
pub(super) async fn made(bench: &Bench) -> Sandbox {
    let mut tx = bench.store.write().await.unwrap();
    tx.ensure_org(&scope().org, "acme").await.unwrap();
    let prod = tx.default_sandbox(&scope().org).await.unwrap().unwrap();
    let sandbox = Sandbox { id: scope().sandbox_id, name: "dev".into(), is_default: false, ..prod };
    tx.insert_sandbox(&scope().org, &sandbox).await.unwrap();
    tx.commit().await.unwrap();
    sandbox
}

pub(super) async fn close(store: &Store, closing: Closing) -> Option<UnfinishedSandbox> {
    let mut tx = store.write().await.unwrap();
    let scope = scope();
    let closed = tx.close_sandbox(&scope.org, &scope.sandbox_id, closing, "me").await.unwrap()?;
    tx.commit().await.unwrap();
    let Sandbox { id, state, generation, .. } = closed;
    Some(UnfinishedSandbox { org: scope.org, id, state, generation })
}

async fn purge(store: &Store, sandbox: &UnfinishedSandbox) {
    while store.purge_step(sandbox).await.unwrap() != Purged::All {}
}

async fn state(bench: &Bench) -> (String, i64, i64) {
    let mut tx = bench.store.read().await.unwrap();
    let found = tx.sandbox_ever_named(&scope().org, "dev").await.unwrap().unwrap();
    (found.state, found.etag, found.generation)
}

#[tokio::test]
async fn a_sandbox_is_reset_and_deleted_step_by_step_and_its_name_is_free_again() {
    on_each(async |bench: Bench| {
        let (store, org) = (&bench.store, scope().org);
        made(&bench).await;
        let reset = close(store, Closing::Reset).await.unwrap();
        assert_eq!(state(&bench).await, ("resetting".into(), 2, 1));
        assert!(close(store, Closing::Reset).await.is_none(), "it is on its way");
        assert!(close(store, Closing::Delete).await.is_none(), "it is on its way");
        let found = store.read().await.unwrap().unfinished_sandboxes(10).await.unwrap();
        assert_eq!(found, std::slice::from_ref(&reset));
        assert!(store.finish_sandbox(&reset).await.unwrap());
        assert!(!store.finish_sandbox(&reset).await.unwrap(), "somebody did");
        assert_eq!(state(&bench).await, ("active".into(), 3, 1));

        // Whoever still works on the first reset does nothing to the second one's sandbox, nor to an open one.
        assert_eq!(store.purge_step(&reset).await.unwrap(), Purged::Reopened);
        assert!(!store.announce_folders(&reset, "folder", &[("p".into(), "t".into())]).await.unwrap());
        let again = close(store, Closing::Reset).await.unwrap();
        assert_eq!(store.purge_step(&reset).await.unwrap(), Purged::Reopened);
        assert!(!store.finish_sandbox(&reset).await.unwrap());
        assert!(store.announce_folders(&again, "folder", &[("p".into(), "t".into())]).await.unwrap());
        assert!(
            store.announce_folders(&again, "folder", &[("p".into(), "t".into())]).await.unwrap(),
            "as often as needed"
        );
        let intents = store.read().await.unwrap().collectable_intents(0, 10).await.unwrap();
        assert_eq!(intents.len(), 1, "the collector sees to the folder once more");
        assert!(store.finish_sandbox(&again).await.unwrap());

        let delete = close(store, Closing::Delete).await.unwrap();
        let mut tx = store.read().await.unwrap();
        assert_eq!(tx.sandboxes(&org).await.unwrap().len(), 2, "it takes a place until it is gone");
        drop(tx);
        assert!(store.finish_sandbox(&delete).await.unwrap());
        assert_eq!(state(&bench).await, ("deleted".into(), 7, 3));
        let mut tx = store.write().await.unwrap();
        assert_eq!(tx.sandbox_by_name(&org, "dev").await.unwrap(), None);
        assert_eq!(tx.rename_sandbox(&org, &delete.id, "t", "me").await.unwrap(), None);
        assert_eq!(tx.deleted_sandboxes(&org, 10).await.unwrap().len(), 1);
        let prod = tx.default_sandbox(&org).await.unwrap().unwrap();
        let second = Sandbox { id: "second".into(), name: "dev".into(), is_default: false, created_at_ms: 0, ..prod };
        tx.insert_sandbox(&org, &second).await.unwrap();
        let found = tx.sandbox_ever_named(&org, "dev").await.unwrap().unwrap();
        assert_eq!(found.id, "second", "the living one comes first, even where it is older");
    })
    .await;
}

#[tokio::test]
async fn a_new_title_is_a_new_version() {
    on_each(async |bench: Bench| {
        let before = made(&bench).await;
        let mut tx = bench.store.write().await.unwrap();
        let after = tx.rename_sandbox(&scope().org, &before.id, "Title", "me").await.unwrap().unwrap();
        assert_eq!((after.title.as_str(), after.modified_by.as_str(), after.etag), ("Title", "me", 2));
        assert_eq!(tx.rename_sandbox("B@AdobeOrg", &before.id, "Theirs", "x").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn only_an_active_sandbox_can_be_written_into_and_only_by_who_saw_it_as_it_is() {
    on_each(async |bench: Bench| {
        let store = &bench.store;
        let enter = async |generation| match store.write_in(&scope(), generation, Origin::system()).await {
            Ok(tx) => tx.rollback().await.is_ok(),
            Err(StoreError::SandboxClosed) => false,
            Err(other) => panic!("{other:?}"),
        };
        assert!(!enter(None).await, "there is none");
        made(&bench).await;
        assert!(enter(Some(0)).await && enter(None).await);
        let foreign = Scope { org: "B@AdobeOrg".into(), ..scope() };
        assert!(matches!(store.write_in(&foreign, None, Origin::system()).await, Err(StoreError::SandboxClosed)));
        let reset = close(store, Closing::Reset).await.unwrap();
        assert!(!enter(Some(0)).await && !enter(Some(1)).await && !enter(None).await);
        store.finish_sandbox(&reset).await.unwrap();
        assert!(!enter(Some(0)).await, "what it read is gone");
        assert!(enter(Some(1)).await && enter(None).await);
    })
    .await;
}

#[tokio::test]
async fn nothing_of_a_closed_sandbox_runs_or_lands() {
    on_each(async |bench: Bench| {
        let store = &bench.store;
        made(&bench).await;
        table(&bench).await;
        let run = bench.committing("f", "1", "w").await;
        bench.run_due("f", "2").await;
        let mut tx = store.write().await.unwrap();
        let schedule = Schedule {
            scope: scope(),
            flow_id: "f".into(),
            start_s: 1,
            interval_s: 60,
            next_slot: 0,
            next_due_ms: Some(1),
            enabled: true,
        };
        tx.put_schedule(&schedule).await.unwrap();
        assert_eq!(tx.due_schedules(10).await.unwrap().len(), 1);
        tx.commit().await.unwrap();

        let closed = close(store, Closing::Reset).await.unwrap();
        let mut tx = store.read().await.unwrap();
        assert!(tx.due_schedules(10).await.unwrap().is_empty());
        assert!(!tx.sandbox_is_quiet(&closed.org, &closed.id).await.unwrap(), "somebody may still hold the lease");
        assert!(tx.sandbox_is_quiet(&closed.org, "another").await.unwrap());
        assert_eq!(tx.count_runs(&scope(), None).await.unwrap(), 1, "what waited is gone");
        drop(tx);
        assert_eq!(store.claim_run("other", 60_000, 64).await.unwrap(), None);
        let load = Load::of(&run, &["o1"]);
        assert_eq!(store.commit_run(&load.commit(&run, "m0")).await.unwrap(), CommitOutcome::Fenced);
        assert!(!store.set_run_state(&run.run_id, run.epoch, "w", RunState::Running, None).await.unwrap());
        assert!(!store.renew_lease(&run.run_id, run.epoch, "w", 1000).await.unwrap());
        purge(store, &closed).await;
        assert_eq!(store.commit_run(&load.commit(&run, "m0")).await.unwrap(), CommitOutcome::Fenced);
        assert!(!store.write().await.unwrap().save_plan(&run.run_id, run.epoch, &[]).await.unwrap());
        assert_eq!(store.read().await.unwrap().table_pointer("t").await.unwrap(), None);
    })
    .await;
}

/// Writes until it is turned away; answers how often that went well.
async fn write_until_closed(store: Store, writer: usize) -> usize {
    for n in 0.. {
        let mut tx = match store.write_in(&scope(), Some(0), Origin::system()).await {
            Ok(tx) => tx,
            Err(StoreError::SandboxClosed) => return n,
            Err(StoreError::Busy(_)) => continue,
            Err(other) => panic!("{other:?}"),
        };
        tx.insert(&scope(), &Note { id: format!("{writer}-{n}"), etag: Etag::generate() }).await.unwrap();
        // Inside while the sandbox is closed, if that is possible at all.
        tokio::time::sleep(Duration::from_millis(1)).await;
        let run = new_run(&format!("f{writer}"), &n.to_string(), 0);
        assert!(tx.insert_run(&run).await.unwrap());
        tx.commit().await.unwrap();
    }
    unreachable!("a writer goes on for ever");
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_who_were_let_in_leave_nothing_behind() {
    on_each(async |bench: Bench| {
        let store = &bench.store;
        made(&bench).await;
        let writers: Vec<_> = (0..6).map(|writer| tokio::spawn(write_until_closed(store.clone(), writer))).collect();
        while store.read().await.unwrap().count::<Note>(&scope()).await.unwrap() < 30 {
            tokio::task::yield_now().await;
        }
        let closed = close(store, Closing::Reset).await.unwrap();
        purge(store, &closed).await;
        assert!(store.finish_sandbox(&closed).await.unwrap());
        for writer in writers {
            assert!(writer.await.unwrap() > 0);
        }
        let mut tx = store.read().await.unwrap();
        assert_eq!(tx.count::<Note>(&scope()).await.unwrap(), 0);
        assert_eq!(tx.count_runs(&scope(), None).await.unwrap(), 0);
    })
    .await;
}
