//! The kinds of resource that the registry holds.

use serde::{Deserialize, Serialize};

/// A kind of resource, written as `meta:resourceType` writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResourceType {
    /// A class and field groups.
    Schemas,
    /// Field groups; `mixins` in ids, `fieldgroups` in paths.
    Mixins,
    /// A behaviour and the fields that every schema of the class has.
    Classes,
    /// Reusable objects.
    DataTypes,
    /// What classes are made from. Only standard ones exist.
    Behaviors,
}

impl ResourceType {
    /// The word in `$id` and `meta:resourceType`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Schemas => "schemas",
            Self::Mixins => "mixins",
            Self::Classes => "classes",
            Self::DataTypes => "datatypes",
            Self::Behaviors => "behaviors",
        }
    }

    /// The noun in messages.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Schemas => "schema",
            Self::Mixins => "field group",
            Self::Classes => "class",
            Self::DataTypes => "data type",
            Self::Behaviors => "behaviour",
        }
    }

    /// Reads the word of a request path; `fieldgroups` and `mixins` are the same.
    pub fn from_path(word: &str) -> Option<Self> {
        Some(match word {
            "schemas" => Self::Schemas,
            "fieldgroups" | "mixins" => Self::Mixins,
            "classes" => Self::Classes,
            "datatypes" => Self::DataTypes,
            "behaviors" => Self::Behaviors,
            _ => return None,
        })
    }
}

/// The `meta:altId` of a `$id`: `_` and the URI without its scheme and Adobe's host, `/` written as `.`.
pub fn alt_id(id: &str) -> String {
    let rest = id.split_once("://").map_or(id, |(_, rest)| rest);
    let rest = rest.strip_prefix("ns.adobe.com/").unwrap_or(rest);
    format!("_{}", rest.replace('/', "."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternative_ids_are_dotted() {
        assert_eq!(alt_id("https://ns.adobe.com/xdm/context/profile"), "_xdm.context.profile");
        assert_eq!(alt_id("https://ns.adobe.com/acme/schemas/20af"), "_acme.schemas.20af");
        assert_eq!(alt_id("http://schema.org/GeoCoordinates"), "_schema.org.GeoCoordinates");
    }

    #[test]
    fn field_groups_have_two_words_in_paths_and_one_in_bodies() {
        assert_eq!(ResourceType::from_path("fieldgroups"), ResourceType::from_path("mixins"));
        assert_eq!(serde_json::to_value(ResourceType::Mixins).unwrap(), "mixins");
        assert_eq!(serde_json::to_value(ResourceType::DataTypes).unwrap(), ResourceType::DataTypes.as_str());
        assert_eq!(ResourceType::from_path("unions"), None);
    }
}
