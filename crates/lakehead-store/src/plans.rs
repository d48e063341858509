//! The persisted plan of a run, and what the ledger and the failure counts say about objects.

use std::collections::{HashMap, HashSet};

use lakehead_model::plan::PlannedObject;
use sha2::{Digest, Sha256};

use crate::db::{Arg, BULK_ROWS, Sql, to_json};
use crate::error::{Result, StoreError};
use crate::runs::NewRun;
use crate::store::Tx;

/// How often reading an object failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectFailure {
    /// Failed attempts so far.
    pub attempts: i64,
    /// Why the last one failed.
    pub last_error: String,
}

const MARK_PLANNED: Sql = Sql::same(
    "UPDATE flow_run SET plan_sha256 = $3, plan_count = $4
     WHERE run_id = $1 AND epoch = $2 AND state IN ('claimed', 'running', 'committing') AND plan_sha256 IS NULL",
);
const IS_PLANNED: Sql = Sql::same(
    "SELECT 1 FROM flow_run
     WHERE run_id = $1 AND epoch = $2 AND state IN ('claimed', 'running', 'committing') AND plan_sha256 IS NOT NULL",
);
const REMARK_PLANNED: Sql = Sql::same(
    "UPDATE flow_run SET plan_sha256 = $3, plan_count = $4
     WHERE run_id = $1 AND epoch = $2 AND state IN ('claimed', 'running', 'committing')",
);
const FORGET: Sql = Sql::same("DELETE FROM run_plan WHERE run_id = $1");
const FORGET_PART: Sql = Sql::same("DELETE FROM run_plan WHERE run_id = $1 AND ord >= $2 AND ord < $2 + $3");
const FORGET_LISTING: Sql = Sql::same(
    "DELETE FROM run_plan WHERE run_id = $1
       AND EXISTS (SELECT 1 FROM flow_run WHERE flow_run.run_id = $1 AND plan_sha256 IS NULL)",
);
const INSERT: Sql = Sql::each(
    "INSERT INTO run_plan (run_id, ord, body) SELECT $1, $2 + key, value FROM json_each($3)",
    "INSERT INTO run_plan (run_id, ord, body)
     SELECT $1, $2 + ord - 1, value FROM jsonb_array_elements_text($3::jsonb) WITH ORDINALITY AS planned (value, ord)",
);
const MARK: Sql = Sql::same(
    "SELECT plan_sha256, coalesce(plan_count, 0), coalesce(plan_of, run_id), plan_from FROM flow_run WHERE run_id = $1",
);
const SELECT: Sql =
    Sql::same("SELECT body FROM run_plan WHERE run_id = $1 AND ord >= $2 AND ord < $2 + $3 ORDER BY ord");
/// On PostgreSQL whoever claims the run next waits for the part that is being written, or finds the fence closed.
const IS_UNPLANNED: Sql = Sql::each(
    "SELECT 1 FROM flow_run
     WHERE run_id = $1 AND epoch = $2 AND state IN ('claimed', 'running', 'committing') AND plan_sha256 IS NULL",
    "SELECT 1 FROM flow_run
     WHERE run_id = $1 AND epoch = $2 AND state IN ('claimed', 'running', 'committing') AND plan_sha256 IS NULL
     FOR UPDATE",
);
const GIVE_PART: Sql =
    Sql::same("UPDATE flow_run SET plan_of = $2, plan_from = $3, plan_sha256 = $4, plan_count = $5 WHERE run_id = $1");
const HAS_FAILURES: Sql = Sql::same("SELECT 1 FROM object_failure WHERE flow_id = $1 LIMIT 1");
const INGESTED: Sql = Sql::each(
    "SELECT DISTINCT object_id FROM ingested
     WHERE flow_id = $1 AND object_id IN (SELECT value FROM json_each($2))",
    "SELECT DISTINCT object_id FROM ingested
     WHERE flow_id = $1 AND object_id IN (SELECT jsonb_array_elements_text($2::jsonb))",
);
const FAILURES: Sql = Sql::each(
    "SELECT object_id, attempts, last_error FROM object_failure
     WHERE flow_id = $1 AND object_id IN (SELECT value FROM json_each($2))",
    "SELECT object_id, attempts, last_error FROM object_failure
     WHERE flow_id = $1 AND object_id IN (SELECT jsonb_array_elements_text($2::jsonb))",
);

/// A part of what a listing found, as large as one run may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanPart {
    from: i64,
    count: i64,
    sha256: String,
}

impl PlanPart {
    /// Where the next part begins.
    pub fn end(&self) -> usize {
        usize::try_from(self.from + self.count).unwrap_or(usize::MAX)
    }
}

impl Tx {
    /// Stores the plan of a run, whole or not at all. A plan that is already there stays as it is, so that every
    /// attempt reads the same objects. `false` when the claim `epoch` was lost.
    pub async fn save_plan(&mut self, run_id: &str, epoch: i64, plan: &[PlannedObject]) -> Result<bool> {
        let bodies = plan.iter().map(|object| to_json(object, "plan")).collect::<Result<Vec<_>>>()?;
        let (run, epoch, sha256) = (Arg::Text(run_id), Arg::Int(epoch), digest(&bodies));
        let mark = [run, epoch, Arg::Text(&sha256), Arg::Int(bodies.len() as i64)];
        if self.conn.run(&MARK_PLANNED, &mark).await? == 0 {
            return self.conn.exists(&IS_PLANNED, &[run, epoch]).await;
        }
        // Parts of a listing that did not come to its end.
        self.conn.run(&FORGET, &[run]).await?;
        self.insert_plan(run, 0, &bodies).await?;
        Ok(true)
    }

    /// Stores some more of what the run has listed, behind the parts before. It is no plan until
    /// [`Tx::save_parts`]; the first part removes what a listing left that did not come to its end. `None` when the
    /// claim `epoch` was lost, or the run has a plan.
    pub async fn add_part(
        &mut self,
        run_id: &str,
        epoch: i64,
        from: usize,
        objects: &[PlannedObject],
    ) -> Result<Option<PlanPart>> {
        let run = Arg::Text(run_id);
        if !self.conn.exists(&IS_UNPLANNED, &[run, Arg::Int(epoch)]).await? {
            return Ok(None);
        }
        if from == 0 {
            self.conn.run(&FORGET, &[run]).await?;
        }
        let bodies = objects.iter().map(|object| to_json(object, "plan")).collect::<Result<Vec<_>>>()?;
        self.insert_plan(run, from as i64, &bodies).await?;
        Ok(Some(PlanPart { from: from as i64, count: bodies.len() as i64, sha256: digest(&bodies) }))
    }

    /// Makes the first part the plan of the run that listed, and each other one the plan of a new run. `false` when the
    /// claim `epoch` was lost.
    pub async fn save_parts(
        &mut self,
        run_id: &str,
        epoch: i64,
        first: &PlanPart,
        others: &[(NewRun, PlanPart)],
    ) -> Result<bool> {
        let run = Arg::Text(run_id);
        let mark = [run, Arg::Int(epoch), Arg::Text(&first.sha256), Arg::Int(first.count)];
        if self.conn.run(&MARK_PLANNED, &mark).await? == 0 {
            return Ok(false);
        }
        for (new, part) in others {
            self.insert_run(new).await?;
            let args =
                [Arg::Text(&new.run_id), run, Arg::Int(part.from), Arg::Text(&part.sha256), Arg::Int(part.count)];
            self.conn.run(&GIVE_PART, &args).await?;
        }
        Ok(true)
    }

    /// Stores another plan in place of the one the run had: objects of it were replaced or ingested meanwhile. Nothing
    /// that was staged for the former plan may be committed after this. `false` when the claim `epoch` was lost.
    pub async fn replace_plan(&mut self, run_id: &str, epoch: i64, plan: &[PlannedObject]) -> Result<bool> {
        let bodies = plan.iter().map(|object| to_json(object, "plan")).collect::<Result<Vec<_>>>()?;
        let (run, sha256) = (Arg::Text(run_id), digest(&bodies));
        let mark = [run, Arg::Int(epoch), Arg::Text(&sha256), Arg::Int(bodies.len() as i64)];
        let Some(was) = self.conn.row(&MARK, &[run]).await? else { return Ok(false) };
        if self.conn.run(&REMARK_PLANNED, &mark).await? == 0 {
            return Ok(false);
        }
        let (home, from) = (was.text(2)?, was.int(3)?);
        self.conn.run(&FORGET_PART, &[Arg::Text(&home), Arg::Int(from), Arg::Int(was.int(1)?)]).await?;
        self.insert_plan(Arg::Text(&home), from, &bodies).await?;
        Ok(true)
    }

    /// Removes what the listing of a run left that ends without a plan.
    pub(crate) async fn forget_listing(&mut self, run_id: &str) -> Result<()> {
        self.conn.run(&FORGET_LISTING, &[Arg::Text(run_id)]).await.map(drop)
    }

    async fn insert_plan(&mut self, run: Arg<'_>, from: i64, bodies: &[String]) -> Result<()> {
        for (chunk, bodies) in bodies.chunks(BULK_ROWS).enumerate() {
            let list = to_json(bodies, "plan")?;
            let args = [run, Arg::Int(from + (chunk * BULK_ROWS) as i64), Arg::Text(&list)];
            self.conn.run(&INSERT, &args).await?;
        }
        Ok(())
    }

    /// The plan of a run in its order; `None` when none was stored, which is not the same as an empty one.
    pub async fn plan(&mut self, run_id: &str) -> Result<Option<Vec<PlannedObject>>> {
        let damaged = || StoreError::Damaged { what: "plan" };
        let Some(mark) = self.conn.row(&MARK, &[Arg::Text(run_id)]).await? else { return Ok(None) };
        let Some(sha256) = mark.opt_text(0)? else { return Ok(None) };
        let home = mark.text(2)?;
        let place = [Arg::Text(&home), Arg::Int(mark.int(3)?), Arg::Int(mark.int(1)?)];
        let rows = self.conn.rows(&SELECT, &place).await?;
        let bodies = rows.iter().map(|row| row.text(0)).collect::<Result<Vec<_>>>()?;
        if digest(&bodies) != sha256 {
            return Err(damaged());
        }
        let plan: std::result::Result<_, _> = bodies.iter().map(|body| serde_json::from_str(body)).collect();
        plan.map(Some).map_err(|_| damaged())
    }

    /// Which of these objects the flow has ingested.
    pub async fn ingested_among(&mut self, flow_id: &str, object_ids: &[String]) -> Result<HashSet<String>> {
        let mut found = HashSet::new();
        for ids in object_ids.chunks(BULK_ROWS) {
            let list = to_json(ids, "object id")?;
            for row in self.conn.rows(&INGESTED, &[Arg::Text(flow_id), Arg::Text(&list)]).await? {
                found.insert(row.text(0)?);
            }
        }
        Ok(found)
    }

    /// Whether any object of the flow failed before.
    pub async fn has_object_failures(&mut self, flow_id: &str) -> Result<bool> {
        self.conn.exists(&HAS_FAILURES, &[Arg::Text(flow_id)]).await
    }

    /// Which of these objects failed before, and how.
    pub async fn object_failures(
        &mut self,
        flow_id: &str,
        object_ids: &[String],
    ) -> Result<HashMap<String, ObjectFailure>> {
        let mut found = HashMap::new();
        for ids in object_ids.chunks(BULK_ROWS) {
            let list = to_json(ids, "object id")?;
            for row in self.conn.rows(&FAILURES, &[Arg::Text(flow_id), Arg::Text(&list)]).await? {
                let failure = ObjectFailure { attempts: row.int(1)?, last_error: row.text(2)? };
                found.insert(row.text(0)?, failure);
            }
        }
        Ok(found)
    }
}

fn digest(bodies: &[String]) -> String {
    let mut hash = Sha256::new();
    for body in bodies {
        hash.update((body.len() as u64).to_be_bytes());
        hash.update(body.as_bytes());
    }
    hex::encode(hash.finalize())
}
