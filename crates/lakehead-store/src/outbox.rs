//! Events that were committed together with what they tell. Delivered at least once, in order.

use serde_json::Value;

use crate::db::{Arg, Sql, to_json};
use crate::error::Result;
use crate::store::Tx;

/// An event that waits for delivery.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its place in the order.
    pub seq: i64,
    /// The run it tells about; receivers drop repeats by it.
    pub run_id: String,
    /// What happened.
    pub event: Value,
    /// When, epoch milliseconds of the database.
    pub created_at_ms: i64,
}

const INSERT: Sql = Sql::same("INSERT INTO outbox (run_id, event, created_at) VALUES ($1, $2, $3)");
const SELECT: Sql = Sql::same("SELECT seq, run_id, event, created_at FROM outbox ORDER BY seq LIMIT $1");
const DELETE: Sql = Sql::same("DELETE FROM outbox WHERE seq = $1");

impl Tx {
    pub(crate) async fn add_event(&mut self, run_id: &str, event: &Value, now_ms: i64) -> Result<()> {
        let event = to_json(event, "event")?;
        self.conn.run(&INSERT, &[Arg::Text(run_id), Arg::Text(&event), Arg::Int(now_ms)]).await.map(drop)
    }

    /// The oldest events that wait.
    pub async fn events(&mut self, limit: u32) -> Result<Vec<Event>> {
        let rows = self.conn.rows(&SELECT, &[Arg::Int(limit.into())]).await?;
        rows.iter()
            .map(|row| {
                Ok(Event {
                    seq: row.int(0)?,
                    run_id: row.text(1)?,
                    event: row.json(2, "event")?,
                    created_at_ms: row.int(3)?,
                })
            })
            .collect()
    }

    /// Forgets an event, after it was delivered.
    pub async fn delete_event(&mut self, seq: i64) -> Result<()> {
        self.conn.run(&DELETE, &[Arg::Int(seq)]).await.map(drop)
    }
}
