//! Answers of creates that are kept for a while by a key of the caller: the same request is answered again, not done
//! again. The row is written in the transaction that makes the thing, so that there is both or neither.

use lakehead_model::Scope;

use crate::db::{Arg, Sql};
use crate::error::Result;
use crate::store::Tx;

/// How long an answer is kept.
pub const KEPT_MS: i64 = 24 * 60 * 60 * 1000;
/// Most answers that are kept for one caller in one sandbox: the newest.
pub const MOST_KEPT: i64 = 1_000;
/// Most bytes of them together, so that large answers do not fill the database.
const MOST_BYTES: i64 = 16 << 20;
/// Old rows that one create takes away.
const STEP: u32 = 200;

/// Whose key it is: one caller in one sandbox. A key of another is another key.
#[derive(Clone, Copy, Debug)]
pub struct KeptKey<'a> {
    /// Where.
    pub scope: &'a Scope,
    /// The account that asks.
    pub owner: &'a str,
    /// Hash of the key.
    pub key_hash: &'a str,
}

/// An answer and what it answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// Of the request.
    pub fingerprint: String,
    /// The answer, as text that this program can read again.
    pub answer: String,
}

const GET: Sql = Sql::same(
    "SELECT fingerprint, answer FROM kept_answer
     WHERE org = $1 AND sandbox_id = $2 AND owner = $3 AND key_hash = $4 AND created_at > $5",
);
const PUT: Sql = Sql::same(
    "INSERT INTO kept_answer (org, sandbox_id, owner, key_hash, fingerprint, created_at, size_bytes, answer)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (org, sandbox_id, owner, key_hash) DO UPDATE SET fingerprint = excluded.fingerprint,
         created_at = excluded.created_at, size_bytes = excluded.size_bytes, answer = excluded.answer
     WHERE kept_answer.created_at <= $9",
);
/// Rows that another transaction is taking away are left to it.
const FORGET_OLD: Sql = Sql::each(
    "DELETE FROM kept_answer WHERE rowid IN (
         SELECT rowid FROM kept_answer WHERE created_at <= $1 ORDER BY created_at LIMIT $2)",
    "DELETE FROM kept_answer WHERE ctid = ANY (ARRAY (
         SELECT ctid FROM kept_answer WHERE created_at <= $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
);
/// What has no room beside the answer of key `$6`, which is there already.
macro_rules! too_many {
    () => {
        "SELECT key_hash FROM (
             SELECT key_hash, count(*) OVER newer AS rows, sum(size_bytes) OVER newer AS bytes FROM kept_answer
             WHERE org = $1 AND sandbox_id = $2 AND owner = $3 AND key_hash <> $6
             WINDOW newer AS (ORDER BY created_at DESC, key_hash ROWS UNBOUNDED PRECEDING)) AS kept
         WHERE kept.rows >= $4 OR kept.bytes > $5"
    };
}
/// On PostgreSQL a list that is made once: as `IN`, the answers would be counted anew for each of them.
const FORGET_MANY: Sql = Sql::each(
    concat!(
        "DELETE FROM kept_answer WHERE org = $1 AND sandbox_id = $2 AND owner = $3 AND key_hash IN (",
        too_many!(),
        ")"
    ),
    concat!(
        "DELETE FROM kept_answer WHERE ctid = ANY (ARRAY (
             SELECT ctid FROM kept_answer WHERE org = $1 AND sandbox_id = $2 AND owner = $3 AND key_hash = ANY (ARRAY (",
        too_many!(),
        ")) FOR UPDATE SKIP LOCKED))"
    ),
);

impl Tx {
    /// What was answered to the request with this key, if that is not too long ago.
    pub async fn kept_answer(&mut self, key: KeptKey<'_>, now_ms: i64) -> Result<Option<KeptAnswer>> {
        let [org, sandbox, owner, hash] = args(&key);
        let row = self.conn.row(&GET, &[org, sandbox, owner, hash, Arg::Int(now_ms - KEPT_MS)]).await?;
        row.map(|row| Ok(KeptAnswer { fingerprint: row.text(0)?, answer: row.text(1)? })).transpose()
    }

    /// Keeps an answer, as the last thing before the commit. `false`: a request with the same key came before, which
    /// has committed by now; whoever is told so undoes this transaction. Then forgets answers that are too old or too
    /// many: not before, or the answer of that request could be among them, and it would be done twice.
    pub async fn keep_answer(&mut self, key: KeptKey<'_>, kept: &KeptAnswer, now_ms: i64) -> Result<bool> {
        let (size, old) = (i64::try_from(kept.answer.len()).unwrap_or(i64::MAX), Arg::Int(now_ms - KEPT_MS));
        let [org, sandbox, owner, hash] = args(&key);
        let row = [Arg::Text(&kept.fingerprint), Arg::Int(now_ms), Arg::Int(size), Arg::Text(&kept.answer), old];
        if self.conn.run(&PUT, &[&[org, sandbox, owner, hash], &row[..]].concat()).await? == 0 {
            return Ok(false);
        }
        self.forget_answers(now_ms, STEP).await?;
        let most = [Arg::Int(MOST_KEPT), Arg::Int(MOST_BYTES - size.min(MOST_BYTES))];
        self.conn.run(&FORGET_MANY, &[org, sandbox, owner, most[0], most[1], hash]).await?;
        Ok(true)
    }

    /// Forgets the oldest answers that are not given again any more, at most `limit`; says how many those were.
    pub async fn forget_answers(&mut self, now_ms: i64, limit: u32) -> Result<u64> {
        self.conn.run(&FORGET_OLD, &[Arg::Int(now_ms - KEPT_MS), Arg::Int(limit.into())]).await
    }
}

fn args<'a>(key: &KeptKey<'a>) -> [Arg<'a>; 4] {
    [Arg::Text(&key.scope.org), Arg::Text(&key.scope.sandbox_id), Arg::Text(key.owner), Arg::Text(key.key_hash)]
}
