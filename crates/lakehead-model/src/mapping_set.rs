//! Mapping sets of Data Prep: both dialects in, one canonical form stored, both shown again.

mod content;
mod identities;
mod mapping;
mod rules;
pub mod suggest;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

pub use content::{Content, Draft, Status, Tag};
pub use mapping::{Mapping, SourceType, Stamp};
pub use rules::uncovered;

use crate::id::random_hex;
use crate::time::EpochMs;
use crate::{Actor, Etag, Invalid, Scope};

/// Code of every broken rule of a mapping set.
pub const BAD_SET: &str = "MAPPER-1001-400";
/// Most mappings in one set.
const MAX_MAPPINGS: usize = 5000;
/// Most versions of one set: each is kept whole.
const MAX_VERSIONS: i64 = 10_000;

/// A stored mapping set. [`MappingSet::to_wire`] is the form the API shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MappingSet {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Lock value of the metastore.
    pub etag: Etag,
    /// Number of changes so far; flows pin one.
    pub version: i64,
    /// Organisation.
    pub ims_org_id: String,
    /// Sandbox.
    pub sandbox_id: String,
    /// What its makers say.
    #[serde(flatten)]
    pub content: Content,
    /// When it was made, epoch milliseconds.
    pub created_date: EpochMs,
    /// When it was last changed, epoch milliseconds.
    pub modified_date: EpochMs,
    /// Who made it.
    pub created_by: String,
    /// Who changed it last.
    pub modified_by: String,
}

impl MappingSet {
    /// A new mapping set, version 0.
    pub fn new(content: Content, scope: &Scope, actor: &Actor, now_ms: EpochMs) -> Self {
        let mut set = Self {
            id: random_hex(16),
            etag: Etag::generate(),
            version: 0,
            ims_org_id: scope.org.clone(),
            sandbox_id: scope.sandbox_id.clone(),
            content,
            created_date: now_ms,
            modified_date: now_ms,
            created_by: actor.user.clone(),
            modified_by: actor.user.clone(),
        };
        for mapping in &mut set.content.mappings {
            mapping.id = random_hex(16);
            mapping.stamp = Some(Stamp::new(actor, now_ms));
        }
        set
    }

    /// The next version, with the content of `input`. Keep the one before: flows pin versions. Mappings that name
    /// the id of one of this version stay the same mapping, the others are new.
    pub fn replaced(&self, input: Content, actor: &Actor, now_ms: EpochMs) -> Result<Self, Invalid> {
        if self.version + 1 >= MAX_VERSIONS {
            let message = format!(
                "`version`: the mapping set has been changed {MAX_VERSIONS} times, which is the limit: make a new one"
            );
            return Err(Invalid::new(BAD_SET, message));
        }
        let mut next = Self {
            etag: Etag::generate(),
            version: self.version + 1,
            content: input,
            modified_date: now_ms,
            modified_by: actor.user.clone(),
            ..self.clone()
        };
        let mut known: HashMap<&str, &Mapping> =
            self.content.mappings.iter().map(|mapping| (mapping.id.as_str(), mapping)).collect();
        for mapping in &mut next.content.mappings {
            if let Some(before) = known.remove(mapping.id.as_str()) {
                let stamp = before.stamp.clone().unwrap_or_else(|| self.stamp());
                mapping.stamp = Some(if mapping.says_the_same(before) { stamp } else { stamp.next(actor, now_ms) });
            } else {
                mapping.id = random_hex(16);
                mapping.stamp = Some(Stamp::new(actor, now_ms));
            }
        }
        Ok(next)
    }

    /// The account of mappings that were stored without one of their own.
    fn stamp(&self) -> Stamp {
        Stamp {
            version: self.version,
            created_date: self.created_date,
            modified_date: self.modified_date,
            created_by: self.created_by.clone(),
            modified_by: self.modified_by.clone(),
        }
    }

    /// Where the mapping with this id stands.
    pub fn position(&self, mapping_id: &str) -> Option<usize> {
        self.content.mappings.iter().position(|mapping| mapping.id == mapping_id)
    }
}
