//! The named fail points: every place where a crash must not lose or duplicate a row.
//!
//! Without the `failpoints` feature a point costs nothing. With it, the environment variable
//! `FAILPOINTS="commit.after_cas=return"` kills the process there as `kill -9` would.

/// A place in the life of a run where tests may kill the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultPoint {
    /// Scheduler: a slot is due, its run is not yet stored.
    SchedBeforeInsertRun,
    /// Scheduler: the run of the slot is stored.
    SchedAfterInsertRun,
    /// A worker process has claimed a run.
    ClaimAfter,
    /// The source has been listed, the plan is not yet stored.
    PlanBeforePersist,
    /// The plan is stored, nothing has been read.
    PlanAfterPersist,
    /// Worker: a source object is about to be opened.
    GetOpen,
    /// Worker: a batch of rows has been decoded and mapped.
    MapBatch,
    /// An intent row is stored, its data file is not yet written.
    PutAfterIntent,
    /// Worker: a data file has been written and closed.
    PutAfter,
    /// All data files are written, the metadata is not.
    StageAfter,
    /// The new table metadata is written, the commit has not begun.
    MetadataAfter,
    /// The commit transaction is open.
    CommitBegin,
    /// The fence has been checked.
    CommitAfterFence,
    /// The table pointer has been swapped.
    CommitAfterCas,
    /// The ledger rows are inserted.
    CommitAfterLedger,
    /// The rows that other data files hold from now on are noted there.
    CommitAfterMoves,
    /// Everything is written, `COMMIT` has not been sent.
    CommitBeforeCommit,
    /// `COMMIT` has succeeded, nobody has been told.
    CommitAfterCommit,
    /// A run is about to be recorded as failed.
    FailBefore,
    /// The collector is about to delete a file nobody refers to.
    GcBeforeDelete,
    /// The table folders of a closed sandbox are announced, none is deleted.
    PurgeBeforeFolders,
    /// Some rows of a closed sandbox have been removed.
    PurgeAfterStep,
    /// A closed sandbox is empty and does not know it yet.
    PurgeBeforeFinish,
}

impl FaultPoint {
    /// Every point, in the order in which a run meets them; then those of housekeeping.
    pub const ALL: &[Self] = &[
        Self::SchedBeforeInsertRun,
        Self::SchedAfterInsertRun,
        Self::ClaimAfter,
        Self::PlanBeforePersist,
        Self::PlanAfterPersist,
        Self::GetOpen,
        Self::MapBatch,
        Self::PutAfterIntent,
        Self::PutAfter,
        Self::StageAfter,
        Self::MetadataAfter,
        Self::CommitBegin,
        Self::CommitAfterFence,
        Self::CommitAfterCas,
        Self::CommitAfterLedger,
        Self::CommitAfterMoves,
        Self::CommitBeforeCommit,
        Self::CommitAfterCommit,
        Self::FailBefore,
        Self::GcBeforeDelete,
        Self::PurgeBeforeFolders,
        Self::PurgeAfterStep,
        Self::PurgeBeforeFinish,
    ];

    /// The name used in `FAILPOINTS`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SchedBeforeInsertRun => "sched.before_insert_run",
            Self::SchedAfterInsertRun => "sched.after_insert_run",
            Self::ClaimAfter => "claim.after",
            Self::PlanBeforePersist => "plan.before_persist",
            Self::PlanAfterPersist => "plan.after_persist",
            Self::GetOpen => "get.open",
            Self::MapBatch => "map.batch",
            Self::PutAfterIntent => "put.after_intent",
            Self::PutAfter => "put.after",
            Self::StageAfter => "stage.after",
            Self::MetadataAfter => "metadata.after",
            Self::CommitBegin => "commit.begin",
            Self::CommitAfterFence => "commit.after_fence",
            Self::CommitAfterCas => "commit.after_cas",
            Self::CommitAfterLedger => "commit.after_ledger",
            Self::CommitAfterMoves => "commit.after_moves",
            Self::CommitBeforeCommit => "commit.before_commit",
            Self::CommitAfterCommit => "commit.after_commit",
            Self::FailBefore => "fail.before",
            Self::GcBeforeDelete => "gc.before_delete",
            Self::PurgeBeforeFolders => "purge.before_folders",
            Self::PurgeAfterStep => "purge.after_step",
            Self::PurgeBeforeFinish => "purge.before_finish",
        }
    }

    /// Marks the place. Dies here when a test asked for it.
    #[inline]
    pub fn hit(self) {
        #[cfg(feature = "failpoints")]
        fail::eval(self.name(), |_| die());
    }
}

/// Arms the points named in the environment; call once at the start of the process.
pub fn arm() {
    #[cfg(feature = "failpoints")]
    std::mem::forget(fail::FailScenario::setup());
}

#[cfg(feature = "failpoints")]
fn die() {
    let me = rustix::process::getpid();
    // Nothing runs after this: no destructor, no flush, no reply.
    let _ = rustix::process::kill_process(me, rustix::process::Signal::KILL);
}
