//! Which form of a resource a caller wants: the registry's `Accept` media types.
//!
//! `application/vnd.adobe.(xed|xdm)[-v2][-link][-full][-desc][-flat][-deprecated|-deprecatefield][-notext][-id]+json`,
//! then, for lookups, `;version=1`.

use super::schema_version::{parse_major, version_parameter};
use crate::invalid::excerpt;

/// How field names are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Compatibility names: `firstName`, `_id`.
    Xed,
    /// JSON-LD names: `xdm:firstName`, `@id`. Descriptors are always read with this family.
    Xdm,
}

/// A parsed `Accept` value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one member per part of the media type, independent of each other")]
pub struct Accept {
    /// How field names are written.
    pub family: Family,
    /// Resolved: one tree instead of references.
    pub full: bool,
    /// Without titles and descriptions.
    pub notext: bool,
    /// Only ids and titles.
    pub id_only: bool,
    /// With the descriptors of the schema.
    pub desc: bool,
    /// Resolved, with deprecated fields marked.
    pub deprecated: bool,
    /// Descriptors: only links.
    pub link: bool,
    /// Descriptors: a list with pages instead of groups by type.
    pub v2: bool,
    /// Major version that was asked for.
    pub version: Option<u32>,
}

/// An `Accept` header that does not fit the request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AcceptError {
    /// No header.
    #[error("the `Accept` header is missing: send `{0}`")]
    Missing(&'static str),
    /// A media type the registry does not have.
    #[error(
        "`Accept: {0}` is not a media type of the registry: send `application/vnd.adobe.xed+json;version=1` for one resource, `application/vnd.adobe.xed-id+json` for a list"
    )]
    Unknown(String),
    /// A list was asked for with a version.
    #[error("a list has no version: send `Accept` without `version`, such as `application/vnd.adobe.xed-id+json`")]
    VersionInList,
    /// One resource was asked for without a version.
    #[error(
        "a lookup needs a version: send `Accept` with `;version=1`, such as `application/vnd.adobe.xed-full+json;version=1`"
    )]
    NoVersionInLookup,
    /// Descriptors were listed with `xed`.
    #[error("descriptors have `xdm` media types only: send `Accept: application/vnd.adobe.xdm+json`")]
    XedInDescriptorList,
    /// A descriptor was looked up with `xed`.
    #[error("a descriptor has `xdm` media types only: send `Accept: application/vnd.adobe.xdm+json`")]
    XedInDescriptorLookup,
}

impl AcceptError {
    /// HTTP status: 400 or 406.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Missing(_) | Self::Unknown(_) => 406,
            _ => 400,
        }
    }

    /// The registry's error code. The one for 406 is this project's own.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) | Self::Unknown(_) => "XDM-9100-406",
            Self::VersionInList => "XDM-1006-400",
            Self::NoVersionInLookup => "XDM-1007-400",
            Self::XedInDescriptorList => "XDM-1008-400",
            Self::XedInDescriptorLookup => "XDM-1009-400",
        }
    }

    /// The title that clients know.
    pub const fn title(&self) -> &'static str {
        "Accept header invalid"
    }
}

impl Accept {
    /// Reads one header value; of several media types the first known one counts.
    ///
    /// # Errors
    /// [`AcceptError::Unknown`] when none of them is the registry's.
    pub fn parse(text: &str) -> Result<Self, AcceptError> {
        text.split(',').find_map(parse_one).ok_or_else(|| AcceptError::Unknown(excerpt(text)))
    }

    /// The header of a list of resources.
    ///
    /// # Errors
    /// 406 without a known media type, `XDM-1006-400` with a version.
    pub fn for_list(header: Option<&str>) -> Result<Self, AcceptError> {
        let accept = Self::parse(header.ok_or(AcceptError::Missing("application/vnd.adobe.xed-id+json"))?)?;
        if accept.version.is_some() { Err(AcceptError::VersionInList) } else { Ok(accept) }
    }

    /// The header of a lookup of one resource. The caller decides which versions exist.
    ///
    /// # Errors
    /// 406 without a known media type, `XDM-1007-400` without a version.
    pub fn for_lookup(header: Option<&str>) -> Result<Self, AcceptError> {
        let accept = Self::parse(header.ok_or(AcceptError::Missing("application/vnd.adobe.xed-full+json;version=1"))?)?;
        if accept.version.is_none() { Err(AcceptError::NoVersionInLookup) } else { Ok(accept) }
    }

    /// The header of a list of descriptors.
    ///
    /// # Errors
    /// 406 without a known media type, `XDM-1008-400` for the family `xed`.
    pub fn for_descriptor_list(header: Option<&str>) -> Result<Self, AcceptError> {
        let accept = Self::parse(header.ok_or(AcceptError::Missing("application/vnd.adobe.xdm+json"))?)?;
        if accept.family == Family::Xed { Err(AcceptError::XedInDescriptorList) } else { Ok(accept) }
    }

    /// The header of a lookup of one descriptor, which may be missing.
    ///
    /// # Errors
    /// 406 for an unknown media type, `XDM-1009-400` for the family `xed`.
    pub fn for_descriptor_lookup(header: Option<&str>) -> Result<Self, AcceptError> {
        let accept = Self::parse(header.unwrap_or("application/vnd.adobe.xdm+json"))?;
        if accept.family == Family::Xed { Err(AcceptError::XedInDescriptorLookup) } else { Ok(accept) }
    }
}

fn parse_one(text: &str) -> Option<Accept> {
    let (media_type, parameters) = text.split_once(';').unwrap_or((text, ""));
    let media_type = media_type.trim().to_ascii_lowercase();
    let mut words = media_type.strip_prefix("application/vnd.adobe.")?.strip_suffix("+json")?.split('-');
    let family = match words.next()? {
        "xed" => Family::Xed,
        "xdm" => Family::Xdm,
        _ => return None,
    };
    let mut accept = Accept {
        family,
        full: false,
        notext: false,
        id_only: false,
        desc: false,
        deprecated: false,
        link: false,
        v2: false,
        version: None,
    };
    for word in words {
        match word {
            "full" => accept.full = true,
            "notext" => accept.notext = true,
            "id" => accept.id_only = true,
            "desc" => accept.desc = true,
            "deprecated" | "deprecatefield" => accept.deprecated = true,
            "link" => accept.link = true,
            "v2" => accept.v2 = true,
            // The flat form differs for unions of several sandboxes only, which do not exist here.
            "flat" => {}
            _ => return None,
        }
    }
    // Deprecated fields are marked in the resolved tree.
    accept.full |= accept.deprecated;
    if let Some(version) = version_parameter(parameters) {
        accept.version = Some(parse_major(version)?);
    }
    Some(accept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_grammar_is_read() {
        let accept = Accept::parse("application/vnd.adobe.xed-full-notext+json; version=1").unwrap();
        assert!(accept.full && accept.notext && !accept.id_only && accept.family == Family::Xed);
        assert_eq!(accept.version, Some(1));
        let accept = Accept::parse("application/vnd.adobe.xed-full-desc+json;version=1.0").unwrap();
        assert!(accept.desc && accept.version == Some(1));
        let accept = Accept::parse("application/vnd.adobe.xdm-id+json").unwrap();
        assert!(accept.id_only && accept.family == Family::Xdm && accept.version.is_none());
        let accept = Accept::parse("application/vnd.adobe.xed-deprecatefield+json; version=1").unwrap();
        assert!(accept.deprecated && accept.full);
        assert!(Accept::parse("text/html, application/vnd.adobe.xdm-v2-link+json;q=0.5").unwrap().v2);
    }

    #[test]
    fn the_wrong_header_is_answered_with_the_code_clients_know() {
        let versioned = Some("application/vnd.adobe.xed+json;version=1");
        let plain = Some("application/vnd.adobe.xed+json");
        assert_eq!(Accept::for_list(versioned).unwrap_err().code(), "XDM-1006-400");
        assert_eq!(Accept::for_lookup(plain).unwrap_err().code(), "XDM-1007-400");
        assert_eq!(Accept::for_descriptor_list(plain).unwrap_err().code(), "XDM-1008-400");
        assert_eq!(Accept::for_descriptor_lookup(plain).unwrap_err().code(), "XDM-1009-400");
        assert!(Accept::for_list(plain).is_ok() && Accept::for_lookup(versioned).is_ok());
    }

    #[test]
    fn no_header_and_an_unknown_one_are_not_acceptable() {
        assert_eq!(Accept::for_list(None).unwrap_err().status(), 406);
        assert_eq!(Accept::for_lookup(None).unwrap_err().status(), 406);
        for text in
            ["", "application/json", "*/*", "application/vnd.adobe.xyz+json", "application/vnd.adobe.xed-x+json"]
        {
            assert_eq!(Accept::for_lookup(Some(text)).unwrap_err().status(), 406, "{text}");
        }
        assert!(Accept::for_descriptor_lookup(None).is_ok());
    }
}
