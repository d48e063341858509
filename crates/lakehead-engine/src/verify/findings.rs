//! What a verification finds: counted without end, named up to a limit.

use std::collections::BTreeMap;

use serde::Serialize;

/// What is the matter with a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An object of the source that no run has landed.
    Missing,
    /// An object of the source that runs could not read.
    Failed,
    /// Not what it was, or not what others say of it: an object that was overwritten, numbers that do not add up.
    Different,
    /// In the table, and nobody knows from where.
    Extra,
    /// Should be in the table or on disk, and is not, or not whole.
    Lost,
    /// An object that landed and that the source no longer has. No fault.
    Gone,
    /// An object whose rows were taken out of the table on purpose. No fault.
    Undone,
    /// A file in the folder of the table that is no part of it. No fault.
    Stray,
}

/// A thing with which something is the matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What is the matter.
    pub kind: Kind,
    /// The thing: the path of an object in the source, the location of a data file, or the id of a batch.
    pub name: String,
    /// What is the matter in words, and what to do.
    pub message: String,
}

/// All findings.
#[derive(Clone, Debug, Serialize)]
pub struct Findings {
    /// How many there are of each kind.
    pub counts: BTreeMap<Kind, u64>,
    /// The first of each kind.
    pub findings: Vec<Finding>,
    #[serde(skip)]
    named: usize,
}

impl Kind {
    /// Every kind, the worst first.
    pub const ALL: [Self; 8] =
        [Self::Lost, Self::Missing, Self::Failed, Self::Different, Self::Extra, Self::Gone, Self::Undone, Self::Stray];

    /// Whether a flow is complete in spite of it.
    pub const fn is_harmless(self) -> bool {
        matches!(self, Self::Gone | Self::Undone | Self::Stray)
    }

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Failed => "failed",
            Self::Different => "different",
            Self::Extra => "extra",
            Self::Lost => "lost",
            Self::Gone => "gone",
            Self::Undone => "undone",
            Self::Stray => "stray",
        }
    }
}

impl Findings {
    /// None yet; of each kind at most `named` will be named.
    pub(super) fn new(named: usize) -> Self {
        Self { counts: Kind::ALL.into_iter().map(|kind| (kind, 0)).collect(), findings: Vec::new(), named }
    }

    pub(super) fn add(&mut self, kind: Kind, name: impl Into<String>, message: impl Into<String>) {
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        if *count <= self.named as u64 {
            self.findings.push(Finding { kind, name: name.into(), message: message.into() });
        }
    }

    /// How many there are of a kind.
    pub fn count(&self, kind: Kind) -> u64 {
        self.counts.get(&kind).copied().unwrap_or_default()
    }

    /// Whether nothing is wrong.
    pub(super) fn are_harmless(&self) -> bool {
        self.counts.iter().all(|(kind, count)| kind.is_harmless() || *count == 0)
    }

    /// The faults by kind, as a list.
    pub(super) fn in_words(&self) -> String {
        let faults = Kind::ALL.into_iter().filter(|kind| !kind.is_harmless() && self.count(*kind) > 0);
        faults.map(|kind| format!("{} {}", self.count(kind), kind.as_str())).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_counted_and_the_first_of_each_kind_are_named() {
        let mut findings = Findings::new(2);
        findings.add(Kind::Gone, "g", "…");
        assert!(findings.are_harmless());
        for name in ["a", "b", "c"] {
            findings.add(Kind::Missing, name, "…");
        }
        assert!(!findings.are_harmless());
        assert_eq!((findings.count(Kind::Missing), findings.findings.len()), (3, 3));
        assert_eq!(findings.in_words(), "3 missing");
    }
}
