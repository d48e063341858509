//! The version of a resource, for optimistic locking.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An opaque version. The double quotes are part of the value, on the wire and in the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Etag(String);

impl Etag {
    /// A version that was never used before.
    pub fn generate() -> Self {
        let (a, b): (u32, u32) = rand::random();
        Self(format!("\"{a:08x}-0000-0200-0000-{b:08x}\""))
    }

    /// Wraps a stored or received version. Quotes are added where a client left them out, and the `W/` that proxies put
    /// before it when they compress is taken off.
    pub fn from_text(text: &str) -> Self {
        let text = text.trim();
        Self(format!("\"{}\"", text.strip_prefix("W/").unwrap_or(text).trim_matches('"')))
    }

    /// The value with its quotes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Etag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_part_of_the_value_and_forgiven_when_missing() {
        let etag = Etag::generate();
        assert!(etag.as_str().starts_with('"') && etag.as_str().ends_with('"'));
        assert_eq!(Etag::from_text(etag.as_str().trim_matches('"')), etag);
        assert_eq!(Etag::from_text(etag.as_str()), etag);
        assert_eq!(Etag::from_text(&format!("W/{etag}")), etag);
    }
}
