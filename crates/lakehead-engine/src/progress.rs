//! How far a run is, shown while it goes on.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lakehead_store::{RunRow, RunState};

use crate::Engine;
use crate::claim::set_state;
use crate::report::Report;
use crate::run_error::RunError;

/// Time between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// What is known of a run before its end.
pub(crate) struct Progress {
    /// When the work began, epoch milliseconds.
    pub(crate) started_ms: i64,
    /// Rows read so far, by all workers.
    pub(crate) rows_read: AtomicU64,
}

impl Progress {
    /// The beginning.
    pub(crate) fn new(started_ms: i64) -> Self {
        Self { started_ms, rows_read: AtomicU64::new(0) }
    }

    /// Does `work`; meanwhile the run shows how many rows have been read. Ends early where the run is not ours any more.
    pub(crate) async fn shown_during<T>(
        &self,
        engine: &Engine,
        run: &RunRow,
        report: &Report,
        work: impl Future<Output = Result<T, RunError>>,
    ) -> Result<T, RunError> {
        let mut work = pin!(work);
        let mut shown = 0;
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(PAUSE) => {}
            }
            let rows = self.rows_read.load(Ordering::Relaxed);
            if rows != shown {
                shown = rows;
                set_state(engine, run, RunState::Running, Some(&report.running(Some(rows)))).await?;
            }
        }
    }
}
