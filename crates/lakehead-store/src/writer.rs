//! The one writer of SQLite, and how transactions that wait for each other share one `fsync`.
//!
//! Writers take turns. A turn is a savepoint within one outer transaction; who commits gives the turn on and is told
//! that its writes are durable when the outer transaction has been committed. Members of a group read what the members
//! before them wrote, which is right because all of it becomes durable together or not at all.
//!
//! Whatever changes the state of the connection runs in a task of its own: a caller that goes away at any point leaves
//! nothing half done, and a group never waits for a caller.

mod seat;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use self::seat::{End, Member, Seat};
use crate::error::{Result, StoreError};

/// Primary result code of SQLite for a constraint violation; extended codes hold it in their low byte.
const SQLITE_CONSTRAINT: i32 = 19;

/// The writing side of a SQLite database. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Writer {
    /// Who holds the lock has the turn; it is given out in the order in which it was asked for.
    seat: Arc<Mutex<Seat>>,
    groups: Arc<AtomicU64>,
}

/// The turn of one transaction. Dropped, it takes back what was written in it.
pub(crate) struct Turn {
    /// `None` once the turn has ended.
    seat: Option<OwnedMutexGuard<Seat>>,
    health: Health,
}

/// What is known of the transaction behind a turn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Health {
    /// Every statement has been answered.
    Fine,
    /// A statement was sent. Found like this, its caller went away before the answer came.
    InStatement,
    /// A statement failed in a way after which SQLite may have rolled back everything.
    Broken,
}

impl Writer {
    /// Writes through `conn`, and through others made with `options` where that one must be given up.
    pub(crate) fn new(options: SqliteConnectOptions, conn: SqliteConnection) -> Self {
        let groups = Arc::new(AtomicU64::new(0));
        Self { seat: Arc::new(Mutex::new(Seat::new(options, conn, Arc::clone(&groups)))), groups }
    }

    /// Waits for the turn, at most `patience`: `Busy` after that.
    pub(crate) async fn take_turn(&self, patience: Duration) -> Result<Turn> {
        let seat = tokio::time::timeout(patience, Arc::clone(&self.seat).lock_owned())
            .await
            .map_err(|_| StoreError::Busy(sqlx::Error::PoolTimedOut))?;
        let entered = tokio::spawn(async move {
            let mut seat = seat;
            seat.enter().await?;
            Ok(Turn { seat: Some(seat), health: Health::Fine })
        });
        entered.await.unwrap_or(Err(StoreError::Database(sqlx::Error::WorkerCrashed)))
    }

    /// How many outer transactions were committed, each with one `fsync`.
    pub(crate) fn groups(&self) -> u64 {
        self.groups.load(Ordering::Relaxed)
    }

    /// Waits for the turns that were asked for before, then ends the connection.
    pub(crate) async fn close(&self) {
        let mut seat = Arc::clone(&self.seat).lock_owned().await;
        seat.close().await;
    }
}

impl Turn {
    /// The connection, for one statement whose answer goes to [`Turn::checked`].
    pub(crate) fn statement(&mut self) -> Result<&mut SqliteConnection> {
        if self.health != Health::Fine {
            return Err(StoreError::Undone);
        }
        self.health = Health::InStatement;
        self.seat.as_mut().and_then(|seat| seat.connection()).ok_or(StoreError::Undone)
    }

    /// Takes note of how a statement ended.
    pub(crate) fn checked<T>(&mut self, answer: std::result::Result<T, sqlx::Error>) -> Result<T> {
        self.health = match &answer {
            Err(error) if !is_constraint_violation(error) => Health::Broken,
            _ => Health::Fine,
        };
        Ok(answer?)
    }

    /// Keeps what was written, and waits until it is durable. `Undone` when it is not and never will be.
    pub(crate) async fn commit(self) -> Result<()> {
        self.end(End::Keep).await
    }

    /// Takes back what was written, and waits until that which was read is durable: who says what it found here says
    /// nothing that is undone later.
    pub(crate) async fn rollback(self) -> Result<()> {
        self.end(End::TakeBack).await
    }

    async fn end(mut self, end: End) -> Result<()> {
        if self.health != Health::Fine {
            return Err(StoreError::Undone);
        }
        let Some(seat) = self.seat.take() else { return Err(StoreError::Undone) };
        let (member, outcome) = oneshot::channel();
        tokio::spawn(leave(seat, end, Some(member)));
        // Nobody answers only where the runtime ends.
        outcome.await.unwrap_or(Err(StoreError::Database(sqlx::Error::WorkerCrashed)))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(seat) = self.seat.take() else { return };
        let end = if self.health == Health::Broken { End::GiveUp } else { End::TakeBack };
        // Without a runtime the seat is left as it is, and the next one to sit there clears it up.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(leave(seat, end, None));
        }
    }
}

/// Ends a turn. The first member of a group stays to commit it, behind those who wait for their turn by then.
async fn leave(mut seat: OwnedMutexGuard<Seat>, end: End, member: Option<Member>) {
    let Some(group) = seat.leave(end, member).await else { return };
    let turns = Arc::clone(OwnedMutexGuard::mutex(&seat));
    drop(seat);
    turns.lock_owned().await.commit_group(group).await;
}

fn is_constraint_violation(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|refusal| refusal.code()?.parse::<i32>().ok());
    code.is_some_and(|code| code & 0xff == SQLITE_CONSTRAINT)
}
