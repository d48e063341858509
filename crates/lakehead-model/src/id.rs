//! Typed ids: the id of a flow can never be passed where the id of a connection is wanted.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// The id of a `K`: a UUID on the wire, a different type for every kind in the code.
pub struct Id<K>(Uuid, PhantomData<fn() -> K>);

/// What an [`Id`] identifies.
pub trait Kind {
    /// The noun used in messages: "`xyz` is not a flow id".
    const NAME: &'static str;
}

/// A text that is not the id of a `K`.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{text}` is not a {kind} id: a UUID is expected")]
pub struct NotAnId {
    kind: &'static str,
    text: String,
}

impl<K> Id<K> {
    /// A new random id.
    pub fn generate() -> Self {
        Self::from_uuid(uuid::Builder::from_random_bytes(rand::random()).into_uuid())
    }

    /// Wraps a UUID that is known to identify a `K`.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        Uuid::try_parse(text)
            .map(Self::from_uuid)
            .map_err(|_| NotAnId { kind: K::NAME, text: text.chars().take(80).collect() })
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<K> Eq for Id<K> {}

impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A lower-case hexadecimal id of `bytes` random bytes (datasets have 12, mapping sets 16, schemas 24).
pub fn random_hex(bytes: usize) -> String {
    let mut buffer = vec![0; bytes];
    rand::fill(&mut buffer[..]);
    hex::encode(buffer)
}

/// A batch id: a ULID, so that batches sort by the time they were made.
pub fn new_batch_id(now_ms: i64) -> String {
    ulid::Ulid::from_parts(now_ms.max(0).unsigned_abs(), rand::random()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing;
    impl Kind for Thing {
        const NAME: &'static str = "thing";
    }

    #[test]
    fn an_id_round_trips_and_a_bad_one_names_its_kind() {
        let id = Id::<Thing>::generate();
        assert_eq!(id.to_string().parse::<Id<Thing>>(), Ok(id));
        let error = "nonsense".parse::<Id<Thing>>().unwrap_err();
        assert_eq!(error.to_string(), "`nonsense` is not a thing id: a UUID is expected");
    }
}
