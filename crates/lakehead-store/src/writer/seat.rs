//! The connection that writes, and the outer transaction that is open on it. Everything here needs the turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::oneshot;

use crate::error::{Result, StoreError};

/// Members after which a group is committed though others wait.
const MAX_MEMBERS: usize = 64;
/// Age at which it is: the first member does not wait for ever more others.
const MAX_AGE: Duration = Duration::from_millis(20);

// A deferred transaction that reads and then writes is refused when another process wrote in between.
const BEGIN: &str = "BEGIN IMMEDIATE; SAVEPOINT member";
const JOIN: &str = "SAVEPOINT member";
const KEEP: &str = "RELEASE member";
const TAKE_BACK: &str = "ROLLBACK TO member; RELEASE member";
const COMMIT: &str = "COMMIT";
const ROLLBACK: &str = "ROLLBACK";

/// Who waits for the outcome of a group.
pub(super) type Member = oneshot::Sender<Result<()>>;

/// How a turn ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// What was written stays, and becomes durable with the group.
    Keep,
    /// What was written in this turn goes; the rest of the group stays.
    TakeBack,
    /// The state of the outer transaction is not known: all of it goes.
    GiveUp,
}

/// Where one writer sits at a time.
pub(super) struct Seat {
    options: SqliteConnectOptions,
    /// `None` after a failure, until the next turn.
    conn: Option<SqliteConnection>,
    group: Option<Group>,
    /// From the beginning of a turn to its end. Found set, the last one went without saying how it ended.
    taken: bool,
    closed: bool,
    begun: u64,
    committed: Arc<AtomicU64>,
}

/// The outer transaction that is open.
struct Group {
    number: u64,
    since: Instant,
    members: Vec<Member>,
}

impl Seat {
    pub(super) fn new(options: SqliteConnectOptions, conn: SqliteConnection, committed: Arc<AtomicU64>) -> Self {
        Self { options, conn: Some(conn), group: None, taken: false, closed: false, begun: 0, committed }
    }

    /// Begins a turn, and a group where none is open.
    pub(super) async fn enter(&mut self) -> Result<()> {
        if self.closed {
            return Err(StoreError::Database(sqlx::Error::PoolClosed));
        }
        self.clear_up().await;
        self.taken = true;
        match self.begin().await {
            Ok(()) => Ok(()),
            Err(error) => {
                self.give_up().await;
                Err(error.into())
            }
        }
    }

    async fn begin(&mut self) -> std::result::Result<(), sqlx::Error> {
        if self.conn.is_none() {
            self.conn = Some(self.options.connect().await?);
        }
        if self.group.is_some() {
            return self.execute(JOIN).await;
        }
        self.execute(BEGIN).await?;
        self.begun += 1;
        self.group = Some(Group { number: self.begun, since: Instant::now(), members: Vec::new() });
        Ok(())
    }

    /// The connection, while somebody has the turn.
    pub(super) fn connection(&mut self) -> Option<&mut SqliteConnection> {
        self.conn.as_mut()
    }

    /// Ends a turn; `member` is told the outcome. Answers the number of the group where it has just got its first
    /// member: the caller must come back with [`Seat::commit_group`].
    pub(super) async fn leave(&mut self, end: End, member: Option<Member>) -> Option<u64> {
        let is_first = self.group.as_ref().is_some_and(|group| group.members.is_empty());
        let statement = match end {
            End::Keep => KEEP,
            // Nobody else has written anything.
            End::TakeBack if is_first => ROLLBACK,
            End::TakeBack => TAKE_BACK,
            End::GiveUp => {
                self.give_up().await;
                return None;
            }
        };
        let done = self.execute(statement).await;
        if statement == ROLLBACK && done.is_ok() {
            self.group = None;
        }
        match (&mut self.group, member) {
            (Some(group), Some(member)) => group.members.push(member),
            (None, Some(member)) => drop(member.send(Ok(()))),
            (_, None) => {}
        }
        if let Err(error) = done {
            tracing::warn!(cause = %error, "a transaction cannot be ended; its group is undone");
            self.give_up().await;
            return None;
        }
        self.taken = false;
        let group = self.group.as_ref()?;
        if group.members.len() >= MAX_MEMBERS || group.since.elapsed() >= MAX_AGE {
            self.commit().await;
            return None;
        }
        is_first.then_some(group.number)
    }

    /// Commits the group of this number, unless that has been done.
    pub(super) async fn commit_group(&mut self, number: u64) {
        self.clear_up().await;
        if self.group.as_ref().is_some_and(|group| group.number == number) {
            self.commit().await;
        }
    }

    /// Commits what is open and ends the connection. Nobody sits here any more.
    pub(super) async fn close(&mut self) {
        self.closed = true;
        self.clear_up().await;
        self.commit().await;
        self.give_up().await;
    }

    async fn commit(&mut self) {
        if self.group.is_none() {
            return;
        }
        if let Err(error) = self.execute(COMMIT).await {
            tracing::warn!(cause = %error, "a group of transactions cannot be committed; it is undone");
            return self.give_up().await;
        }
        self.committed.fetch_add(1, Ordering::Relaxed);
        for member in self.group.take().into_iter().flat_map(|group| group.members) {
            let _ = member.send(Ok(()));
        }
    }

    /// Whoever left without saying how may have left anything behind.
    async fn clear_up(&mut self) {
        if self.taken {
            tracing::warn!("a writer is gone without having ended its transaction; its group is undone");
            self.give_up().await;
        }
    }

    /// Undoes the group with its connection: a new one has no state that could be wrong.
    async fn give_up(&mut self) {
        if let Some(conn) = self.conn.take()
            && let Err(error) = conn.close().await
        {
            tracing::warn!(cause = %error, "the connection that wrote did not end well");
        }
        self.taken = false;
        for member in self.group.take().into_iter().flat_map(|group| group.members) {
            let _ = member.send(Err(StoreError::Undone));
        }
    }

    async fn execute(&mut self, statement: &'static str) -> std::result::Result<(), sqlx::Error> {
        let conn = self.conn.as_mut().ok_or(sqlx::Error::WorkerCrashed)?;
        sqlx::query(statement).execute(conn).await.map(drop)
    }
}
