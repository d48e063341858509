//! What a run is going to read: objects pinned by identity before the first byte is read.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One source object, pinned: a later version of the same key is another object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedObject {
    /// SHA-256 (hex) over container, key and version; the key of the ledger.
    pub object_id: String,
    /// Bucket or container.
    pub container: String,
    /// Key inside the container, no leading `/`.
    pub key: String,
    /// Entity tag as the store reported it.
    pub etag: Option<String>,
    /// Version id, where the store has versions.
    pub version: Option<String>,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Last modification, epoch milliseconds.
    pub last_modified_ms: i64,
}

impl PlannedObject {
    /// Pins an object. The identity is the version id where there is one, otherwise entity tag, size and time.
    pub fn pin(
        container: &str,
        key: &str,
        etag: Option<String>,
        version: Option<String>,
        size_bytes: u64,
        last_modified_ms: i64,
    ) -> Self {
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        part(container.as_bytes());
        part(key.as_bytes());
        if let Some(version) = &version {
            part(b"version");
            part(version.as_bytes());
        } else {
            part(b"etag");
            part(etag.as_deref().unwrap_or_default().as_bytes());
            part(&size_bytes.to_be_bytes());
            part(&last_modified_ms.to_be_bytes());
        }
        Self {
            object_id: hex::encode(hash.finalize()),
            container: container.to_owned(),
            key: key.to_owned(),
            etag,
            version,
            size_bytes,
            last_modified_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overwritten_object_is_another_object() {
        let pin = |etag: &str, time| PlannedObject::pin("b", "k", Some(etag.into()), None, 3, time).object_id;
        assert_eq!(pin("1", 5), pin("1", 5));
        assert_ne!(pin("1", 5), pin("2", 5));
        assert_ne!(pin("1", 5), pin("1", 6));
        let versioned = |time| PlannedObject::pin("b", "k", None, Some("v".into()), 3, time).object_id;
        assert_eq!(versioned(5), versioned(6), "a version id alone is the identity");
    }

    #[test]
    fn container_and_key_do_not_run_into_each_other() {
        let id = |c, k| PlannedObject::pin(c, k, None, None, 0, 0).object_id;
        assert_ne!(id("ab", "c"), id("a", "bc"));
    }
}
