//! Data usage labels: what may be done with the data of a field or a dataset.
//!
//! A label is `core/C1`, one of the [`core`] labels, or `custom/X`, one that somebody made in the sandbox. Some places
//! leave the kind out; [`canonical`] puts it before the name. [`effective`] says which labels count for each column.

pub mod core;
pub mod custom;
pub mod dataset;
pub mod effective;

/// Longest name of a custom label, characters.
const MAX_NAME: usize = 64;
/// Most labels of one field or of one dataset.
pub const MAX_LABELS: usize = 100;

/// A label with its kind: `C1` is `core/C1`, and another plain name is that of a custom label. `None` for a text that
/// can be no label. Whether a custom label exists is for the caller to find out.
pub fn canonical(text: &str) -> Option<String> {
    match text.split_once('/') {
        Some(("core", name)) => core::find(name).map(|_| text.to_owned()),
        Some(("custom", name)) => is_custom_name(name).then(|| text.to_owned()),
        Some(_) => None,
        None if core::find(text).is_some() => Some(format!("core/{text}")),
        None => is_custom_name(text).then(|| format!("custom/{text}")),
    }
}

/// The name of a canonical custom label.
pub fn custom_name(label: &str) -> Option<&str> {
    label.strip_prefix("custom/")
}

/// Whether a text can name a custom label. Names of core labels are theirs, so that a name without kind is one label.
fn is_custom_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    // A dot alone would be a step of a path.
    let fits = !name.is_empty() && name.len() <= MAX_NAME && name.bytes().all(plain) && !name.starts_with('.');
    fits && !core::ALL.iter().any(|label| label.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_has_one_canonical_form() {
        for (text, expected) in [
            ("C1", "core/C1"),
            ("core/Third-Party", "core/Third-Party"),
            ("L1", "custom/L1"),
            ("custom/a_b.c-d", "custom/a_b.c-d"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(expected));
        }
        let long = format!("custom/{}", "x".repeat(65));
        for text in [
            "",
            "core/C99",
            "core/",
            "custom/",
            "custom/a,b",
            "custom/a/b",
            "other/C1",
            "a b",
            "custom/C1",
            "c1",
            "é",
            "..",
            &long,
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
        assert_eq!(custom_name("custom/X"), Some("X"));
        assert_eq!(custom_name("core/C1"), None);
    }
}
