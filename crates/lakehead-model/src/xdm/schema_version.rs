//! The version of a schema as flows, datasets and mapping sets write it.

use super::error::XdmError;
use crate::invalid::excerpt;

/// The major version that `text` asks for: `1`, the only one there is.
///
/// Accepted are media types with a version (`application/vnd.adobe.xed-full+json;version=1`, `; version=1.0`) and bare
/// versions (`1`, `1.0`, `1.7`). A media type without a version means the latest one. The minor version does not
/// matter: lookups always answer with the newest.
///
/// # Errors
/// When `text` is something else, or asks for another major version.
pub fn major(text: &str) -> Result<u32, XdmError> {
    let error = || XdmError::Version(excerpt(text));
    let text = text.trim();
    let version = match text.split_once(';') {
        Some((media_type, parameters)) => {
            check_media_type(media_type).ok_or_else(error)?;
            version_parameter(parameters).ok_or_else(error)?
        }
        None if text.contains('/') => {
            check_media_type(text).ok_or_else(error)?;
            "1"
        }
        None => text,
    };
    match parse_major(version) {
        Some(1) => Ok(1),
        _ => Err(error()),
    }
}

/// The major version of `1` or `1.0`.
pub(super) fn parse_major(version: &str) -> Option<u32> {
    let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
    let digits = |text: &str| !text.is_empty() && text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit());
    (digits(major) && digits(minor)).then(|| major.parse().ok())?
}

/// The value of `version` in the parameters of a media type.
pub(super) fn version_parameter(parameters: &str) -> Option<&str> {
    parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("version").then(|| value.trim().trim_matches('"'))
    })
}

fn check_media_type(text: &str) -> Option<()> {
    let text = text.trim().to_ascii_lowercase();
    let rest = text.strip_prefix("application/vnd.adobe.")?.strip_suffix("+json")?;
    (rest.starts_with("xed") || rest.starts_with("xdm")).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_version_one_is_understood() {
        for text in [
            "application/vnd.adobe.xed-full+json;version=1",
            "application/vnd.adobe.xed-full+json; version=1",
            "application/vnd.adobe.xed-full+json;version=1.0",
            "application/vnd.adobe.xed+json; version=\"1\"",
            "application/vnd.adobe.xdm+json",
            "1.0",
            " 1 ",
            "1.12",
        ] {
            assert_eq!(major(text), Ok(1), "{text}");
        }
    }

    #[test]
    fn everything_else_is_an_error_that_shows_the_cure() {
        for text in [
            "",
            "2",
            "1.",
            ".1",
            "1.0.0",
            "-1",
            "latest",
            "99999999999999999999",
            "application/json;version=1",
            "application/vnd.adobe.xed-full+json;version=2",
            "application/vnd.adobe.xed-full+json;",
        ] {
            let error = major(text).unwrap_err().to_string();
            assert!(error.contains("version=1"), "{error}");
        }
    }
}
