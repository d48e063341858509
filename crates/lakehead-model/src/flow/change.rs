//! What happens to a flow after it was made: changed, published, enabled, disabled, reported on.

use serde_json::Value;

use super::rules::check_schedule_change;
use super::{Flow, NewFlow, inherited};
use crate::action::Report;
use crate::body;
use crate::id::Id;
use crate::patch::{self, Operation};
use crate::schedule::ScheduleRules;
use crate::source_connection::SourceConnection;
use crate::state::{Mode, State, last_operation};
use crate::target_connection::TargetConnection;
use crate::time::EpochMs;
use crate::{Actor, Etag, Invalid};

/// What a client may change. Another target is another flow: what has landed stays where it is.
const PATCHABLE: &[&str] = &[
    "/name",
    "/description",
    "/sourceConnectionIds/**",
    "/scheduleParams/**",
    "/transformations/**",
    "/options/**",
    "/labels/**",
    "/policy/**",
];

impl Flow {
    /// The source connection that the flow would have after `operations`: the caller looks it up for [`Flow::patch`].
    pub fn source_after(&self, operations: &[Operation]) -> Result<Id<SourceConnection>, Invalid> {
        let document = patch::apply(&self.document(), operations, PATCHABLE)?;
        body::single_id(body::root(&document)?, "sourceConnectionIds")
    }

    /// The changed flow; `source` is the one of [`Flow::source_after`], `own` are the flow specs of the organisation. After
    /// the first start time: 1366 no other start time, 1403 not to `once`, 1404 no other backfill.
    #[expect(clippy::too_many_arguments, reason = "the parts of a flow are found by the caller")]
    pub fn patch(
        &self,
        operations: &[Operation],
        source: &SourceConnection,
        target: &TargetConnection,
        rules: ScheduleRules,
        own: &[Value],
        actor: &Actor,
        now_ms: EpochMs,
    ) -> Result<Self, Invalid> {
        let mode = self.state.mode();
        let document = patch::apply(&self.document(), operations, PATCHABLE)?;
        // A schedule that is not touched keeps the limit under which it was made.
        let unchanged = document["scheduleParams"] == self.schedule_params;
        let limits = if unchanged { ScheduleRules { min_interval_minutes: 1, ..rules } } else { rules };
        let input = NewFlow::parse(&document, mode, limits, own)?;
        match (&input.schedule, mode) {
            (Some(after), Mode::Complete) => check_schedule_change(&self.schedule()?, after, rules, now_ms)?,
            (Some(after), Mode::Draft) if !unchanged => after.check_start(rules, now_ms)?,
            _ => {}
        }
        input.check_connections(mode, source, target)?;
        let mut changed = Self {
            name: input.name,
            description: input.description,
            source_connection_ids: vec![input.source_connection_id],
            inherited_attributes: inherited(&input.spec, source, target),
            schedule_params: input.schedule_params,
            transformations: input.transformations,
            options: input.options,
            labels: input.labels,
            policy: input.policy,
            ..self.clone()
        };
        changed.changed("update", operations, actor, now_ms);
        Ok(changed)
    }

    /// The draft as an enabled flow: everything must be there now, and its connections be no drafts. The start time may
    /// have passed while it was a draft: then it begins at once. Code: `FLOW-1422-400` no draft.
    pub fn publish(
        &self,
        source: &SourceConnection,
        target: &TargetConnection,
        rules: ScheduleRules,
        own: &[Value],
        actor: &Actor,
        now_ms: EpochMs,
    ) -> Result<Self, Invalid> {
        self.state.check_publishable()?;
        let input = NewFlow::parse(&self.document(), Mode::Complete, rules, own)?;
        input.check_connections(Mode::Complete, source, target)?;
        let inherited_attributes = inherited(&input.spec, source, target);
        let mut published = Self { state: State::Enabled, inherited_attributes, ..self.clone() };
        published.changed("publish", &[], actor, now_ms);
        Ok(published)
    }

    /// Enables or disables the flow; `FLOW-1422-400` for a draft.
    pub fn set_enabled(&mut self, enabled: bool, actor: &Actor, now_ms: EpochMs) -> Result<(), Invalid> {
        let (state, operation) = if enabled { (State::Enabled, "enable") } else { (State::Disabled, "disable") };
        if self.state == State::Draft {
            let message = format!("`{operation}` is not applicable in state `draft`: publish the flow first");
            return Err(Invalid::new("FLOW-1422-400", message));
        }
        self.state = state;
        self.changed(operation, &[], actor, now_ms);
        Ok(())
    }

    /// What a provider says of the last operation, noted.
    #[must_use]
    pub fn reported(&self, report: &Report, actor: &Actor, now_ms: EpochMs) -> Self {
        let mut changed = self.clone();
        changed.changed("update", &[], actor, now_ms);
        changed.last_operation = report.noted(&self.last_operation, now_ms);
        changed
    }

    fn changed(&mut self, operation: &str, operations: &[Operation], actor: &Actor, now_ms: EpochMs) {
        self.audit.touch(actor, now_ms);
        self.last_operation = last_operation(operation, operations, now_ms);
        self.etag = Etag::generate();
        self.version = self.etag.clone();
    }
}
