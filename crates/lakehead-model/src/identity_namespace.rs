//! Identity namespaces: what kind of thing an identity is, such as an e-mail address. Some are always there, others a
//! sandbox adds. None goes again.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::body;
use crate::invalid::excerpt;
use crate::time::EpochMs;
use crate::{Etag, Invalid};

/// Code of every broken rule of a namespace.
const BAD: &str = "IDNS-1001-400";
/// Most custom namespaces of a sandbox.
pub const MAX_CUSTOM: u64 = 1_000;
/// Longest code, characters.
const MAX_CODE: usize = 100;
/// Longest text for people, characters.
const MAX_TEXT: usize = 1_000;
/// What a namespace of a sandbox may hold.
const TYPES: [&str; 7] = ["Cookie", "Cross_device", "Device", "Email", "Mobile", "Non_people", "Phone"];

/// A namespace that is always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandardNamespace {
    /// Its number.
    pub id: u32,
    /// Its code, which descriptors and identity maps use.
    pub code: &'static str,
    /// What it holds, in capitals.
    pub id_type: &'static str,
    /// What it is.
    pub description: &'static str,
}

/// The namespaces that are always there and whose numbers are published.
pub const STANDARD: &[StandardNamespace] = &[
    standard(0, "CORE", "COOKIE", "Id of Audience Manager"),
    standard(4, "ECID", "COOKIE", "Experience Cloud id"),
    standard(6, "Email", "EMAIL", "E-mail address"),
    standard(7, "Phone", "PHONE", "Phone number"),
    standard(8, "WAID", "DEVICE", "Advertising id of Windows"),
    standard(9, "TNTID", "COOKIE", "Id of Target"),
    standard(10, "AAID", "COOKIE", "Id of Analytics"),
    standard(411, "AdCloud", "COOKIE", "Id of Advertising Cloud"),
    standard(20914, "GAID", "DEVICE", "Advertising id of Google"),
    standard(20915, "IDFA", "DEVICE", "Advertising id of Apple"),
];

const fn standard(id: u32, code: &'static str, id_type: &'static str, description: &'static str) -> StandardNamespace {
    StandardNamespace { id, code, id_type, description }
}

impl StandardNamespace {
    /// The form of the API.
    pub fn to_wire(&self) -> Value {
        json!({
            "updateTime": 0,
            "code": self.code,
            "status": "ACTIVE",
            "description": self.description,
            "id": self.id,
            "createTime": 0,
            "idType": self.id_type,
            "name": self.code,
            "custom": false,
        })
    }
}

/// A stored namespace of a sandbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityNamespace {
    /// Its number, unique in the sandbox.
    pub id: u32,
    /// Lock value of the metastore.
    pub etag: Etag,
    /// Its code, unique in the sandbox whatever its case; never changes.
    pub code: String,
    /// Name for people.
    pub name: String,
    /// Longer text for people.
    #[serde(default)]
    pub description: String,
    /// What it holds; never changes.
    pub id_type: String,
    /// When it was made, epoch milliseconds.
    pub create_time: EpochMs,
    /// When it was last changed, epoch milliseconds.
    pub update_time: EpochMs,
}

/// A request to make or change a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIdentityNamespace {
    /// Its code.
    pub code: String,
    name: String,
    description: String,
    id_type: String,
}

impl NewIdentityNamespace {
    /// Reads a request body. Every broken rule is `IDNS-1001-400`.
    pub fn parse(body: &Value) -> Result<Self, Invalid> {
        Self::read(body).map_err(in_service)
    }

    fn read(body: &Value) -> Result<Self, Invalid> {
        let root = body::root(body)?;
        let code = body::text(root, "code", "code")?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if code.len() > MAX_CODE || !code.bytes().all(plain) {
            let cure =
                format!("`{}`: at most {MAX_CODE} letters, digits, `-`, `_` and `.` are expected", excerpt(&code));
            return Err(Invalid::value("code", &cure));
        }
        let given = body::text(root, "idType", "idType")?;
        let Some(id_type) = TYPES.iter().find(|known| known.eq_ignore_ascii_case(&given)) else {
            return Err(Invalid::value("idType", &format!("`{}`: give one of {}", excerpt(&given), TYPES.join(", "))));
        };
        let description = body::opt_text(root, "description", "description")?.unwrap_or_default();
        if description.chars().nth(MAX_TEXT).is_some() {
            return Err(Invalid::value("description", &format!("at most {MAX_TEXT} characters are allowed")));
        }
        Ok(Self { code, name: body::name(root)?, description, id_type: (*id_type).to_owned() })
    }

    /// Whether one of the namespaces that are always there has the code.
    pub fn is_standard(&self) -> bool {
        STANDARD.iter().any(|known| known.code.eq_ignore_ascii_case(&self.code))
    }
}

fn in_service(error: Invalid) -> Invalid {
    Invalid { code: BAD, ..error }
}

impl IdentityNamespace {
    /// A new namespace. The caller has made sure that nothing else has the number or the code.
    pub fn new(input: NewIdentityNamespace, id: u32, now_ms: EpochMs) -> Self {
        let NewIdentityNamespace { code, name, description, id_type } = input;
        let etag = Etag::generate();
        Self { id, etag, code, name, description, id_type, create_time: now_ms, update_time: now_ms }
    }

    /// The same namespace with other texts: identities are stored under its code, and are of its type.
    pub fn changed(&self, input: NewIdentityNamespace, now_ms: EpochMs) -> Result<Self, Invalid> {
        for (field, was, is) in [("code", &self.code, &input.code), ("idType", &self.id_type, &input.id_type)] {
            if was != is {
                return Err(in_service(Invalid::value(
                    field,
                    &format!("it cannot be changed from `{was}`; make another namespace"),
                )));
            }
        }
        Ok(Self { create_time: self.create_time, ..Self::new(input, self.id, now_ms) })
    }

    /// A number for a new namespace; the caller tries again where it is taken.
    pub fn random_id() -> u32 {
        10_000_000 + rand::random::<u32>() % 2_000_000_000
    }

    /// The form of the API.
    pub fn to_wire(&self) -> Value {
        json!({
            "updateTime": self.update_time,
            "code": self.code,
            "status": "ACTIVE",
            "description": self.description,
            "id": self.id,
            "createTime": self.create_time,
            "idType": self.id_type,
            "name": self.name,
            "custom": true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body() -> Value {
        json!({"name": "Loyalty Member", "code": "Loyalty", "description": "Program", "idType": "cross_DEVICE"})
    }

    #[test]
    fn the_documented_body_becomes_a_namespace() {
        let made = IdentityNamespace::new(NewIdentityNamespace::parse(&body()).unwrap(), 77, 5);
        let wire = made.to_wire();
        assert_eq!((&wire["id"], &wire["idType"], &wire["custom"]), (&json!(77), &json!("Cross_device"), &json!(true)));
        let mut other = body();
        other["name"] = json!("Member");
        let changed = made.changed(NewIdentityNamespace::parse(&other).unwrap(), 9).unwrap();
        assert_eq!((changed.id, changed.create_time, changed.update_time, changed.name.as_str()), (77, 5, 9, "Member"));
        for (field, value) in [("code", "Other"), ("idType", "Email")] {
            let mut other = body();
            other[field] = json!(value);
            let error = made.changed(NewIdentityNamespace::parse(&other).unwrap(), 9).unwrap_err();
            assert!(error.code == BAD && error.message.contains(field), "{error}");
        }
    }

    #[test]
    fn each_mistake_names_the_member() {
        for (field, value) in [
            ("code", json!(null)),
            ("code", json!("a b")),
            ("code", json!("x".repeat(101))),
            ("idType", json!("Car")),
            ("idType", json!(null)),
            ("name", json!(null)),
            ("description", json!({})),
            ("description", json!("x".repeat(1001))),
        ] {
            let mut body = body();
            body[field] = value;
            let error = NewIdentityNamespace::parse(&body).unwrap_err();
            assert!(error.code == BAD && error.message.contains(&format!("`{field}`")), "{error}");
        }
        let mut standard = body();
        standard["code"] = json!("email");
        assert!(NewIdentityNamespace::parse(&standard).unwrap().is_standard());
    }

    #[test]
    fn standard_numbers_and_codes_are_unique() {
        for (at, one) in STANDARD.iter().enumerate() {
            let others = &STANDARD[at + 1..];
            assert!(others.iter().all(|other| other.id != one.id && !other.code.eq_ignore_ascii_case(one.code)));
        }
        assert_eq!(STANDARD.iter().find(|known| known.code == "Email").map(|known| known.id), Some(6));
        assert!((0..1000).all(|_| IdentityNamespace::random_id() >= 10_000_000));
    }
}
