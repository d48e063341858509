//! Manifest lists and manifests: the members in which they name other files.

use apache_avro::types::Value;

use super::Locations;
use super::avro::Container;
use crate::lake::LakeError;

/// Locations of the manifests that a manifest list names; nothing for a manifest.
pub(super) fn listed(file: &Container) -> Vec<String> {
    let path = |record: &Value| member(record, "manifest_path").and_then(text);
    file.records.iter().filter_map(path).collect()
}

/// The file with the locations for readers in place of those in the lake. `lengths` are those of the listed manifests,
/// in order.
///
/// # Errors
/// A record does not fit the schema.
pub(super) fn translated(mut file: Container, locations: &Locations, lengths: &[u64]) -> Result<Vec<u8>, LakeError> {
    let mut lengths = lengths.iter();
    for record in &mut file.records {
        if member(record, "manifest_path").is_some() {
            replace(record, "manifest_path", locations);
            if let (Some(length), Some(Value::Long(told))) = (lengths.next(), member_mut(record, "manifest_length")) {
                *told = *length as i64;
            }
        } else if let Some(data_file) = member_mut(record, "data_file") {
            for name in ["file_path", "referenced_data_file"] {
                replace(data_file, name, locations);
            }
        }
    }
    file.write()
}

fn replace(record: &mut Value, name: &str, locations: &Locations) {
    if let Some(Value::String(location)) = member_mut(record, name)
        && let Some(translated) = locations.translate(location)
    {
        *location = translated;
    }
}

fn member<'a>(record: &'a Value, name: &str) -> Option<&'a Value> {
    match record {
        Value::Record(members) => members.iter().find(|(known, _)| known == name).map(|(_, value)| value),
        Value::Union(_, value) => member(value, name),
        _ => None,
    }
}

/// The same, out of its union where it may be null.
fn member_mut<'a>(record: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    match record {
        Value::Record(members) => {
            let (_, value) = members.iter_mut().find(|(known, _)| known == name)?;
            Some(if let Value::Union(_, value) = value { value } else { value })
        }
        Value::Union(_, value) => member_mut(value, name),
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}
