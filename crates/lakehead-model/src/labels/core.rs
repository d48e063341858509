//! The labels that are always there.

use serde_json::{Value, json};

/// A core label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreLabel {
    /// Such as `C1`.
    pub name: &'static str,
    /// Such as `Contract`.
    pub category: &'static str,
    /// What it says of data.
    pub meaning: &'static str,
}

const CONTRACT: &str = "Contract";
const IDENTITY: &str = "Identity";
const SENSITIVE: &str = "Sensitive";
const PARTNER: &str = "Partner ecosystem";

/// Every core label.
pub const ALL: &[CoreLabel] = &[
    core("C1", CONTRACT, "Leaves only as an aggregate, without values of single people or devices."),
    core("C2", CONTRACT, "Is not given to third parties."),
    core("C3", CONTRACT, "Is not combined with what identifies somebody directly."),
    core("C4", CONTRACT, "Is used for no targeting of advertisements or content; includes C5, C6 and C7."),
    core("C5", CONTRACT, "Is not used to target content or advertisements across sites by interest."),
    core("C6", CONTRACT, "Is not used to target advertisements on own sites."),
    core("C7", CONTRACT, "Is not used to target content on own sites."),
    core("C8", CONTRACT, "Is not used to measure own sites and apps."),
    core("C9", CONTRACT, "Is not used in data science."),
    core("C10", CONTRACT, "Is not used to activate identities that were stitched together."),
    core("C11", CONTRACT, "Is not matched with segments of partners."),
    core("C12", CONTRACT, "Does not leave in any way."),
    core("I1", IDENTITY, "Identifies or contacts a person directly."),
    core("I2", IDENTITY, "Identifies a person together with other data."),
    core("S1", SENSITIVE, "Tells a precise place."),
    core("S2", SENSITIVE, "Tells a broad area."),
    core("PSPD", SENSITIVE, "Is sensitive personal data."),
    core("RHD", SENSITIVE, "Is regulated health data."),
    core("Third-Party", PARTNER, "Comes from a third party."),
];

const fn core(name: &'static str, category: &'static str, meaning: &'static str) -> CoreLabel {
    CoreLabel { name, category, meaning }
}

/// The core label of this name.
pub fn find(name: &str) -> Option<&'static CoreLabel> {
    ALL.iter().find(|label| label.name == name)
}

impl CoreLabel {
    /// The form of the API; `href` is its own address.
    pub fn to_wire(&self, href: &str) -> Value {
        json!({
            "name": self.name,
            "category": self.category,
            "friendlyName": format!("{} {}", self.name, self.category),
            "description": self.meaning,
            "_links": { "self": { "href": href } },
        })
    }
}
