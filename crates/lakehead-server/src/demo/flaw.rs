//! What is wrong with a row on purpose, so that the demo has something to reject and to warn about.

/// A fault of a generated row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// The row ends in the middle: it cannot be parsed.
    CutOff,
    /// No loyalty id, which the schema requires.
    NoLoyaltyId,
    /// A day that no calendar has: the field becomes null, the row lands.
    NoSuchDay,
    /// A word where a number belongs: the field becomes null, the row lands.
    NotANumber,
}

impl Flaw {
    /// The flaw of the row at `index` of its feed, among those that the feed can have. The first rows of every
    /// feed show each flaw once; primes keep them apart afterwards.
    pub(super) fn of(index: u64, possible: &[Self]) -> Option<Self> {
        let found = match index {
            _ if index % 4_001 == 17 => Self::CutOff,
            _ if index % 5_003 == 23 => Self::NoLoyaltyId,
            _ if index % 3_001 == 31 => Self::NoSuchDay,
            _ if index % 7_001 == 41 => Self::NotANumber,
            _ => return None,
        };
        possible.contains(&found).then_some(found)
    }

    /// The code under which the run counts rows with this flaw as rejected; `None` where the row lands.
    pub(super) const fn rejected_as(self) -> Option<&'static str> {
        match self {
            Self::CutOff => Some("INGEST-1401-400"),
            Self::NoLoyaltyId => Some("INGEST-1555-400"),
            Self::NoSuchDay | Self::NotANumber => None,
        }
    }
}
