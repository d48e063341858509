//! What a listing finds, as it comes: compared with the ledger page by page, kept in memory up to what one run may read,
//! and stored beyond. Nothing of it is a plan before the listing has come to its end.

use std::collections::HashMap;

use lakehead_model::flow::Flow;
use lakehead_model::plan::PlannedObject;
use lakehead_model::run::{Run, noted};
use lakehead_model::{Actor, Etag, Id};
use lakehead_store::{NewRun, PlanPart, RunRow};
use serde_json::json;

use super::{MAX_NAMED, Plan, choose};
use crate::Engine;
use crate::context::RunContext;
use crate::report;
use crate::run_error::RunError;
use crate::settle::Finding;
use crate::source::Origin;

/// How the slots of further runs begin: they have a plan before they have begun.
pub(crate) const PART_SLOT: &str = "part:";
/// Bytes of one run; a single larger object has a run of its own.
const MAX_TOTAL_BYTES: u64 = 1 << 40;

/// New objects so far.
pub(super) struct Gathered<'a> {
    engine: &'a Engine,
    run: &'a RunRow,
    /// Whether further runs can be made: those of a flow can.
    divisible: bool,
    /// Whether any object of the flow failed before.
    has_failures: bool,
    /// What is not in a part yet.
    current: Vec<PlannedObject>,
    bytes: u64,
    parts: Vec<PlanPart>,
    /// The objects of the first part: this run goes on with them.
    first: Vec<PlannedObject>,
    left_out: Vec<Finding>,
    encrypted: bool,
    /// Of encrypted files: the one folder that they are in, once a file is known.
    folder: Option<(String, String)>,
}

impl<'a> Gathered<'a> {
    pub(super) async fn new(engine: &'a Engine, run: &'a RunRow, context: &RunContext) -> Result<Self, RunError> {
        let has_failures = engine.store.read().await?.has_object_failures(&run.flow_id).await?;
        let (current, parts, first, left_out) = Default::default();
        let divisible = matches!(context.origin, Origin::Flow(_));
        let encrypted = context.keys.is_some();
        Ok(Self {
            engine,
            run,
            divisible,
            has_failures,
            current,
            bytes: 0,
            parts,
            first,
            left_out,
            encrypted,
            folder: None,
        })
    }

    /// Nothing was found so far. What was stored is removed when the next is.
    pub(super) fn forget(&mut self) {
        (self.current, self.parts, self.first, self.left_out) = Default::default();
        self.bytes = 0;
    }

    /// Takes in the new ones of some objects.
    pub(super) async fn take(&mut self, objects: Vec<PlannedObject>) -> Result<(), RunError> {
        if self.encrypted {
            check_flat(&mut self.folder, &objects)?;
        }
        let ids: Vec<String> = objects.iter().map(|object| object.object_id.clone()).collect();
        let mut tx = self.engine.store.read().await?;
        let ingested = tx.ingested_among(&self.run.flow_id, &ids).await?;
        let failures =
            if self.has_failures { tx.object_failures(&self.run.flow_id, &ids).await? } else { HashMap::new() };
        drop(tx);
        let Plan { objects, left_out } = choose(objects, ingested, &failures);
        let room = MAX_NAMED.saturating_sub(self.left_out.len());
        self.left_out.extend(left_out.into_iter().take(room));
        for object in objects {
            let full = self.current.len() >= self.engine.settings.run_files
                || self.bytes.saturating_add(object.size_bytes) > MAX_TOTAL_BYTES;
            if self.divisible && full && !self.current.is_empty() {
                self.store_part().await?;
            }
            self.bytes = self.bytes.saturating_add(object.size_bytes);
            self.current.push(object);
        }
        Ok(())
    }

    async fn store_part(&mut self) -> Result<(), RunError> {
        let mut objects = std::mem::take(&mut self.current);
        self.bytes = 0;
        objects.sort_by(|a, b| a.key.cmp(&b.key));
        let from = self.parts.last().map_or(0, PlanPart::end);
        let mut tx = self.engine.store.write().await?;
        let part = tx.add_part(&self.run.run_id, self.run.epoch, from, &objects).await?.ok_or(RunError::Fenced)?;
        tx.commit().await?;
        if self.parts.is_empty() {
            self.first = objects;
        }
        self.parts.push(part);
        Ok(())
    }

    /// The listing has come to its end: makes plans of what was found, all at once.
    pub(super) async fn save(mut self, engine: &Engine, run: &RunRow, context: &RunContext) -> Result<Plan, RunError> {
        if self.parts.is_empty() {
            self.current.sort_by(|a, b| a.key.cmp(&b.key));
            super::save(engine, run, &self.current).await?;
            return Ok(Plan { objects: self.current, left_out: self.left_out });
        }
        if !self.current.is_empty() {
            self.store_part().await?;
        }
        let Origin::Flow(flow) = &context.origin else {
            return Err(RunError::Unusable("an uploaded batch cannot be divided".to_owned()));
        };
        let mut tx = engine.store.write().await?;
        let now_ms = tx.now_ms().await?;
        let mut parts = self.parts.into_iter();
        let first = parts.next().ok_or(RunError::Fenced)?;
        let others = parts.enumerate().map(|(n, part)| Some((further_run(engine, run, flow, n + 1, now_ms)?, part)));
        let others = others.collect::<Option<Vec<_>>>();
        let others =
            others.ok_or_else(|| RunError::Unusable("the flow has no source or target connection".to_owned()))?;
        if !tx.save_parts(&run.run_id, run.epoch, &first, &others).await? {
            return Err(RunError::Fenced);
        }
        tx.commit().await?;
        tracing::info!(run.id = %run.run_id, runs = others.len(), "the listing found more than one run may read");
        Ok(Plan { objects: self.first, left_out: self.left_out })
    }
}

/// Encrypted files are read from one folder, as documented.
fn check_flat(known: &mut Option<(String, String)>, objects: &[PlannedObject]) -> Result<(), RunError> {
    for object in objects {
        let (folder, _) = object.key.rsplit_once('/').unwrap_or_default();
        let known = known.get_or_insert_with(|| (object.container.clone(), folder.to_owned()));
        if known.0 != object.container || known.1 != folder {
            return Err(RunError::Unusable(format!(
                "encrypted files are read from one folder, and the path also matches `{}` outside of `{}`: select files of one folder",
                object.key, known.1
            )));
        }
    }
    Ok(())
}

/// A run that reads the part number `n`, after this one.
fn further_run(engine: &Engine, run: &RunRow, flow: &Flow, n: usize, now_ms: i64) -> Option<NewRun> {
    let (run_id, etag) = (Id::<Run>::generate().to_string(), Etag::generate());
    let by = Actor { user: flow.audit.created_by.clone(), client: flow.audit.created_client.clone() };
    let made = report::Made { scope: &run.scope, by: &by, at_ms: now_ms };
    let mut doc = report::scheduled(&run_id, flow, made, &etag, &engine.settings.public_url)?;
    let mut params = run.params.clone();
    params[noted::MEMBERS] = json!({ "parentFlowRunId": run.run_id });
    noted::put_links(&mut doc, &params);
    Some(NewRun {
        slot: format!("{PART_SLOT}{}:{n}", run.run_id),
        run_id,
        flow_id: run.flow_id.clone(),
        scope: run.scope.clone(),
        // Before whatever its schedule has next.
        due_ms: run.due_ms,
        params,
        etag,
        created_at_ms: now_ms,
        doc,
    })
}
