//! The demo's schema and how the columns of each feed map to its fields.

use serde_json::{Value, json};

use super::data::Feed;

/// Column of the delimited files, attribute of the JSON files, field of the schema. `_NS` is the tenant's namespace.
const FIELDS: &[(&str, &str, &str)] = &[
    ("id", "id", "_id"),
    ("first_name", "name.first", "person.name.firstName"),
    ("last_name", "name.last", "person.name.lastName"),
    ("gender", "gender", "person.gender"),
    ("birth_date", "born", "person.birthDate"),
    ("email", "contact.email", "personalEmail.address"),
    ("phone", "contact.phone", "mobilePhone.number"),
    ("street", "address.street", "homeAddress.street1"),
    ("city", "address.city", "homeAddress.city"),
    ("postal_code", "address.zip", "homeAddress.postalCode"),
    ("country", "address.country", "homeAddress.countryCode"),
    ("latitude", "address.position.lat", "homeAddress._schema.latitude"),
    ("longitude", "address.position.lon", "homeAddress._schema.longitude"),
    ("loyalty_id", "loyalty.id", "_NS.loyalty.loyaltyId"),
    ("points", "loyalty.points", "_NS.loyalty.points"),
    ("tier", "loyalty.tier", "_NS.loyalty.tier"),
    ("member_since", "loyalty.since", "_NS.loyalty.memberSince"),
];

/// Source attribute and target field of a feed. Parquet has the shape of the schema already.
pub(super) fn mappings(feed: Feed, namespace: &str) -> impl Iterator<Item = (&'static str, String)> {
    FIELDS.iter().map(move |(column, attribute, field)| {
        (if feed == Feed::Csv { *column } else { *attribute }, field.replace("_NS", namespace))
    })
}

/// `POST /tenant/fieldgroups`: loyalty fields, of which the id is required.
pub(super) fn field_group(namespace: &str, suffix: &str) -> Value {
    let mut own = json!({"type": "object", "properties": {"loyalty": {
        "title": "Loyalty",
        "type": "object",
        "required": ["loyaltyId"],
        "properties": {
            "loyaltyId": {"title": "Loyalty id", "type": "string"},
            "points": {"title": "Points", "type": "integer", "meta:xdmType": "int"},
            "tier": {"title": "Tier", "type": "string"},
            "memberSince": {"title": "Member since", "type": "string", "format": "date"},
        },
    }}});
    let mut properties = json!({});
    properties[namespace] = own.take();
    json!({
        "title": format!("Loyalty details{suffix}"),
        "type": "object",
        "meta:intendedToExtend": ["https://ns.adobe.com/xdm/context/profile"],
        "definitions": {"loyalty": {"properties": properties}},
        "allOf": [{"$ref": "#/definitions/loyalty"}],
    })
}

/// `POST /tenant/schemas`: a standard class, two standard field groups, and the tenant's own.
pub(super) fn schema(field_group: &str, suffix: &str) -> Value {
    let standard = |name: &str| json!({"$ref": format!("https://ns.adobe.com/xdm/context/{name}")});
    json!({
        "title": format!("Customers{suffix}"),
        "description": "Customers of the demo",
        "type": "object",
        "allOf": [
            standard("profile"),
            standard("profile-person-details"),
            standard("profile-personal-details"),
            {"$ref": field_group},
        ],
    })
}
