//! What every rule of this crate answers when a body breaks it.

/// A request that cannot be accepted: a documented code, and a text that names the field and the cure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Invalid {
    /// Code as clients know it, such as `FLOW-1413-400` or `CONNECTOR-1304-400`.
    pub code: &'static str,
    /// What is wrong and what to do, for a human. Never holds a secret.
    pub message: String,
}

/// A mandatory field is not there.
pub const MISSING: &str = "CONNECTOR-1304-400";
/// A field is there with a value that cannot be used.
pub const BAD_VALUE: &str = "CONNECTOR-1312-400";

impl Invalid {
    /// An error with a code of its own.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// `field` is missing.
    pub fn missing(field: &str) -> Self {
        Self::new(MISSING, format!("`{field}` is missing: add it to the request body"))
    }

    /// `field` holds something that cannot be used; `cure` says what is expected.
    pub fn value(field: &str, cure: &str) -> Self {
        Self::new(BAD_VALUE, format!("`{field}` has a value that cannot be used: {cure}"))
    }
}

/// The beginning of a text from outside, short enough for a message, with control characters replaced.
pub fn excerpt(text: &str) -> String {
    const LIMIT: usize = 80;
    let mut out: String = text.chars().take(LIMIT).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(LIMIT).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_short_and_printable() {
        assert_eq!(excerpt("plain"), "plain");
        assert_eq!(excerpt("a\nb\0"), "a\u{fffd}b\u{fffd}");
        assert_eq!(excerpt(&"é".repeat(500)).chars().count(), 81);
    }
}
