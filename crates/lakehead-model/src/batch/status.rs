//! The states of a batch, and which of them lead where.

/// Where a batch is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BatchStatus {
    /// Its files are being uploaded.
    Loading,
    /// All files are there; it waits for its turn.
    Loaded,
    /// Its files are being read.
    #[default]
    Processing,
    /// Its rows are visible. Once `active`.
    Success,
    /// Nothing of it landed. Once `failure`.
    Failed,
    /// Its client gave it up before it landed.
    Aborted,
    /// Its client never completed it.
    Abandoned,
    /// Its rows were visible and are not any more: taken back, or replaced.
    Inactive,
}

/// What a client asks of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchAction {
    /// All files are uploaded: ingest them.
    Complete,
    /// Give it up.
    Abort,
    /// Give it up, and call it failed.
    Fail,
    /// Take its rows back.
    Revert,
}

/// What an action comes to in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is done already, or being done.
    Nothing,
    /// The batch changes.
    Go,
    /// This state does not lead there.
    Refused,
}

const ALL: [BatchStatus; 8] = [
    BatchStatus::Loading,
    BatchStatus::Loaded,
    BatchStatus::Processing,
    BatchStatus::Success,
    BatchStatus::Failed,
    BatchStatus::Aborted,
    BatchStatus::Abandoned,
    BatchStatus::Inactive,
];

impl BatchStatus {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Loaded => "loaded",
            Self::Processing => "processing",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
            Self::Abandoned => "abandoned",
            Self::Inactive => "inactive",
        }
    }

    /// The status with this name; `None` for names of states that no batch of ours is ever in.
    pub fn parse(name: &str) -> Option<Self> {
        ALL.into_iter().find(|status| status.as_str() == name)
    }

    /// Whether what a run has done may be said of a batch in this state: one that was given up meanwhile stays so.
    pub const fn may_become(self, end: Self) -> bool {
        match end {
            // A batch that could not be taken back is as it was.
            Self::Success => matches!(self, Self::Loaded | Self::Processing | Self::Success),
            Self::Failed => matches!(self, Self::Loaded | Self::Processing),
            Self::Inactive => matches!(self, Self::Success | Self::Inactive),
            _ => false,
        }
    }

    /// Whether a batch in this state can be replaced: its rows are there to go, or will never come.
    pub const fn can_be_replaced(self) -> bool {
        matches!(self, Self::Success | Self::Failed | Self::Aborted | Self::Abandoned)
    }

    /// What `action` comes to for a batch in this state. A call that is sent twice is no error.
    pub const fn step(self, action: BatchAction) -> Step {
        use BatchAction::{Abort, Complete, Fail, Revert};
        match (self, action) {
            (Self::Loading, Complete | Abort | Fail)
            | (Self::Loaded | Self::Processing, Abort | Fail)
            | (Self::Success, Revert) => Step::Go,
            (Self::Loaded | Self::Processing | Self::Success, Complete)
            | (Self::Aborted, Abort)
            | (Self::Failed, Fail)
            | (Self::Inactive, Revert) => Step::Nothing,
            _ => Step::Refused,
        }
    }
}

impl BatchAction {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "COMPLETE",
            Self::Abort => "ABORT",
            Self::Fail => "FAIL",
            Self::Revert => "REVERT",
        }
    }

    /// The action with this name, in any letter case.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Complete, Self::Abort, Self::Fail, Self::Revert]
            .into_iter()
            .find(|action| action.as_str().eq_ignore_ascii_case(name.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_that_has_ended_can_only_be_taken_back() {
        for (status, actions) in [
            (BatchStatus::Success, vec![BatchAction::Revert]),
            (BatchStatus::Failed, vec![]),
            (BatchStatus::Aborted, vec![]),
            (BatchStatus::Abandoned, vec![]),
            (BatchStatus::Inactive, vec![]),
        ] {
            let all = [BatchAction::Complete, BatchAction::Abort, BatchAction::Fail, BatchAction::Revert];
            let go: Vec<_> = all.into_iter().filter(|action| status.step(*action) == Step::Go).collect();
            assert_eq!(go, actions, "{status:?}");
        }
        assert_eq!(BatchStatus::Success.step(BatchAction::Complete), Step::Nothing, "a retry after a lost reply");
        assert_eq!(BatchStatus::Failed.step(BatchAction::Complete), Step::Refused);
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for status in ALL {
            assert_eq!(BatchStatus::parse(status.as_str()), Some(status));
        }
        assert_eq!(BatchAction::parse("complete"), Some(BatchAction::Complete));
        assert_eq!(BatchAction::parse("explode"), None);
    }
}
