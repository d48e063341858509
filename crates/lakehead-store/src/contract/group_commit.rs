//! Transactions that share a commit: what was acknowledged stays, the rest is there whole or not at all, and a failure
//! is told to everyone whom it hits.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use rand::Rng;
use rand::seq::IndexedRandom as _;
use tokio::task::JoinHandle;

use super::{Bench, keyring, on_each, sqlite_url};
use crate::db::{Arg, Sql};
use crate::{Result, Store, StoreError, Tx};

const WRITERS: usize = 24;
const ROUNDS: usize = 20;

const EXISTS: Sql = Sql::same("SELECT path FROM file_intent WHERE path = $1");
/// Breaks a foreign key; with [`DEFER`] before it that is found by the outer `COMMIT`.
const DANGLING: Sql = Sql::same("INSERT INTO run_plan (run_id, ord, body) VALUES ('no such run', 0, '')");
const DEFER: Sql = Sql::same("PRAGMA defer_foreign_keys = ON");

/// Two rows of one transaction.
async fn put(tx: &mut Tx, name: &str) -> Result<()> {
    tx.add_intent(&format!("{name}/1"), "t", "r", 1, "data").await?;
    tx.add_intent(&format!("{name}/2"), "t", "r", 1, "data").await
}

/// How many of the rows of [`put`] are there.
async fn rows(tx: &mut Tx, name: &str) -> usize {
    let mut found = 0;
    for n in 1..=2 {
        found += usize::from(tx.conn.exists(&EXISTS, &[Arg::Text(&format!("{name}/{n}"))]).await.unwrap());
    }
    found
}

async fn rows_now(store: &Store, name: &str) -> usize {
    rows(&mut store.read().await.unwrap(), name).await
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Ending {
    Commit,
    Rollback,
    Drop,
    /// Commits, unless it is aborted before, at any point.
    Abort,
    /// Violates a constraint and commits nevertheless.
    Refused,
}

/// One transaction of the crowd; `true` when it was acknowledged.
async fn one(store: Store, name: String, ending: Ending) -> bool {
    let mut tx = store.write().await.unwrap();
    put(&mut tx, &name).await.unwrap();
    match ending {
        Ending::Commit | Ending::Abort => tx.commit().await.map(|()| true).unwrap(),
        Ending::Rollback => tx.rollback().await.map(|()| false).unwrap(),
        Ending::Drop => false,
        Ending::Refused => {
            assert!(matches!(put(&mut tx, &name).await, Err(StoreError::Taken { .. })));
            tx.commit().await.map(|()| true).unwrap()
        }
    }
}

async fn crowd(store: Store, writer: usize) -> Vec<(String, Ending, bool)> {
    let mut ended = Vec::new();
    for round in 0..ROUNDS {
        let endings = [Ending::Commit, Ending::Rollback, Ending::Drop, Ending::Abort, Ending::Refused];
        let mut ending = *endings.choose(&mut rand::rng()).unwrap();
        if store.groups().is_none() && ending == Ending::Refused {
            // PostgreSQL takes nothing more after an error.
            ending = Ending::Commit;
        }
        let name = format!("{writer}-{round}");
        let task = tokio::spawn(one(store.clone(), name.clone(), ending));
        if ending == Ending::Abort {
            let mercy = Duration::from_micros(rand::rng().random_range(0..20_000));
            tokio::time::sleep(mercy).await;
            task.abort();
        }
        let acknowledged = match task.await {
            Ok(acknowledged) => acknowledged,
            Err(stopped) if stopped.is_cancelled() => false,
            Err(failed) => panic!("{failed}"),
        };
        ended.push((name, ending, acknowledged));
    }
    ended
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_and_the_rest_is_whole_or_absent() {
    on_each(async |bench: Bench| {
        let before = bench.store.groups();
        let crowds: Vec<_> = (0..WRITERS).map(|n| tokio::spawn(crowd(bench.store.clone(), n))).collect();
        let mut ended = Vec::new();
        for crowd in crowds {
            ended.extend(crowd.await.unwrap());
        }
        let acknowledged = ended.iter().filter(|(.., acknowledged)| *acknowledged).count() as u64;
        if let (Some(before), Some(now)) = (before, bench.store.groups()) {
            assert!(now - before < acknowledged, "{acknowledged} commits cost {} fsyncs", now - before);
        }
        bench.store.close().await;
        let again = Store::open(&bench.url, keyring(&bench.key)).await.unwrap();
        for (name, ending, acknowledged) in ended {
            let found = rows_now(&again, &name).await;
            match ending {
                Ending::Rollback | Ending::Drop => assert_eq!(found, 0, "{name} was taken back"),
                _ if acknowledged => assert_eq!(found, 2, "{name} was acknowledged"),
                _ => assert_ne!(found, 1, "{name} is there by half"),
            }
        }
        again.close().await;
    })
    .await;
}

type Waiting = Pin<Box<dyn Future<Output = Result<Tx>> + Send>>;

/// One that has written and waits to be durable, and one that has the turn after it.
struct Pair {
    first: JoinHandle<Result<()>>,
    second: Tx,
}

/// Two in one group: `second` asks for its turn before `first` commits.
async fn pair(store: &Store, prepare: impl AsyncFn(&mut Tx)) -> Pair {
    loop {
        let before = store.groups();
        let mut tx = store.write().await.unwrap();
        put(&mut tx, "first").await.unwrap();
        prepare(&mut tx).await;
        let asking = store.clone();
        let mut turn: Waiting = Box::pin(async move { asking.write().await });
        std::future::poll_fn(|context| {
            assert!(turn.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
        let first = tokio::spawn(tx.commit());
        let mut second = turn.await.unwrap();
        if store.groups() == before {
            return Pair { first, second };
        }
        // This machine was so slow that the group was committed for its age. Once more.
        first.await.unwrap().unwrap();
        second.delete_intent("first/1").await.unwrap();
        second.delete_intent("first/2").await.unwrap();
        second.commit().await.unwrap();
    }
}

/// A store on SQLite, which is the one that groups.
async fn on_sqlite(test: impl AsyncFn(Bench)) {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::open(sqlite_url(folder.path())).await;
    let store = bench.store.clone();
    test(bench).await;
    // Whatever happened, the next one writes and is durable.
    let mut tx = store.write().await.unwrap();
    put(&mut tx, "after").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(rows_now(&store, "after").await, 2);
    store.close().await;
    assert!(store.write().await.is_err(), "a closed store takes no more");
}

async fn nothing(_: &mut Tx) {}

/// Moves a broken key to where only the outer `COMMIT` finds it.
async fn break_the_commit(tx: &mut Tx) {
    tx.conn.run(&DEFER, &[]).await.unwrap();
    tx.conn.run(&DANGLING, &[]).await.unwrap();
}

#[tokio::test]
async fn members_see_each_other_and_nobody_else_sees_them_before_the_commit() {
    on_sqlite(async |bench: Bench| {
        let Pair { first, mut second } = pair(&bench.store, nothing).await;
        assert_eq!(rows(&mut second, "first").await, 2);
        assert_eq!(rows_now(&bench.store, "first").await, 0);
        put(&mut second, "second").await.unwrap();
        let before = bench.store.groups().unwrap();
        second.commit().await.unwrap();
        first.await.unwrap().unwrap();
        assert_eq!(bench.store.groups(), Some(before + 1), "one fsync for both");
        assert_eq!((rows_now(&bench.store, "first").await, rows_now(&bench.store, "second").await), (2, 2));
    })
    .await;
}

#[tokio::test]
async fn what_one_takes_back_or_what_is_refused_to_it_leaves_the_others_alone() {
    on_sqlite(async |bench: Bench| {
        for drops in [true, false] {
            let Pair { first, mut second } = pair(&bench.store, nothing).await;
            put(&mut second, "second").await.unwrap();
            assert!(matches!(put(&mut second, "first").await, Err(StoreError::Taken { .. })));
            if drops {
                drop(second);
            } else {
                second.rollback().await.unwrap();
            }
            first.await.unwrap().unwrap();
            assert_eq!((rows_now(&bench.store, "first").await, rows_now(&bench.store, "second").await), (2, 0));
            let mut tx = bench.store.write().await.unwrap();
            tx.delete_intent("first/1").await.unwrap();
            tx.delete_intent("first/2").await.unwrap();
            tx.commit().await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_statement_that_fails_otherwise_undoes_the_group_and_all_are_told() {
    on_sqlite(async |bench: Bench| {
        let Pair { first, mut second } = pair(&bench.store, nothing).await;
        put(&mut second, "second").await.unwrap();
        let unknown = Sql::same("SELECT nothing FROM nowhere");
        assert!(matches!(second.conn.run(&unknown, &[]).await, Err(StoreError::Database(_))));
        // It may be outside of any transaction by now: nothing more may be written through it.
        assert!(matches!(put(&mut second, "third").await, Err(StoreError::Undone)));
        assert!(matches!(second.commit().await, Err(StoreError::Undone)));
        assert!(matches!(first.await.unwrap(), Err(StoreError::Undone)));
        for name in ["first", "second", "third"] {
            assert_eq!(rows_now(&bench.store, name).await, 0, "{name}");
        }
    })
    .await;
}

/// On a full disk SQLite rolls back the outer transaction by itself.
#[tokio::test]
async fn a_full_disk_undoes_the_group_and_all_are_told() {
    on_sqlite(async |bench: Bench| {
        let Pair { first, mut second } = pair(&bench.store, nothing).await;
        second.conn.rows(&Sql::same("PRAGMA max_page_count = 1"), &[]).await.unwrap();
        let long = "x".repeat(1_000_000);
        assert!(matches!(put(&mut second, &long).await, Err(StoreError::Database(_))));
        drop(second);
        assert!(matches!(first.await.unwrap(), Err(StoreError::Undone)));
        assert_eq!(rows_now(&bench.store, "first").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_commit_that_fails_is_told_to_all() {
    on_sqlite(async |bench: Bench| {
        let Pair { first, mut second } = pair(&bench.store, break_the_commit).await;
        put(&mut second, "second").await.unwrap();
        assert!(matches!(second.commit().await, Err(StoreError::Undone)));
        assert!(matches!(first.await.unwrap(), Err(StoreError::Undone)));
        assert_eq!((rows_now(&bench.store, "first").await, rows_now(&bench.store, "second").await), (0, 0));
    })
    .await;
}

/// Otherwise a reader in a writing transaction could pass on as true what is undone a moment later.
#[tokio::test]
async fn who_takes_back_learns_whether_what_it_read_has_stayed() {
    on_sqlite(async |bench: Bench| {
        let Pair { first, mut second } = pair(&bench.store, break_the_commit).await;
        assert_eq!(rows(&mut second, "first").await, 2);
        assert!(matches!(second.rollback().await, Err(StoreError::Undone)));
        assert!(first.await.unwrap().is_err());
        let Pair { first, mut second } = pair(&bench.store, nothing).await;
        assert_eq!(rows(&mut second, "first").await, 2);
        second.rollback().await.unwrap();
        assert_eq!(rows_now(&bench.store, "first").await, 2, "durable by the end of the rollback");
        first.await.unwrap().unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_member_that_goes_away_does_not_take_its_commit_with_it() {
    on_sqlite(async |bench: Bench| {
        let Pair { first, mut second } = pair(&bench.store, nothing).await;
        first.abort();
        put(&mut second, "second").await.unwrap();
        second.commit().await.unwrap();
        assert_eq!(rows_now(&bench.store, "first").await, 2, "it had been handed over");
    })
    .await;
}

/// A runtime that ends drops its tasks wherever they are; the connection is found as they left it.
#[test]
fn a_runtime_that_ends_leaves_nothing_half_done() {
    let runtime = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let first = runtime();
    let bench = first.block_on(Bench::open(sqlite_url(folder.path())));
    let Pair { second, .. } = first.block_on(pair(&bench.store, nothing));
    let held = first.spawn(async move {
        std::future::pending::<()>().await;
        drop(second);
    });
    first.shutdown_timeout(Duration::from_secs(10));
    assert!(held.is_finished());
    runtime().block_on(async {
        let mut tx = bench.store.write().await.unwrap();
        assert_eq!(rows(&mut tx, "first").await, 0, "it was never acknowledged");
        put(&mut tx, "first").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(rows_now(&bench.store, "first").await, 2);
    });
}
