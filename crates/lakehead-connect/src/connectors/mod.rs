//! The list of connectors. To add one: write its file, add its `mod` line and its line in [`ALL`].

use crate::connector::Connector;

mod s3;

pub use s3::from_store;

/// Every connector, by name.
pub static ALL: &[&dyn Connector] = &[&s3::AmazonS3];

/// The connector of a connection spec id; letter case does not matter.
pub fn by_spec_id(id: &str) -> Option<&'static dyn Connector> {
    ALL.iter().copied().find(|connector| connector.spec_id().eq_ignore_ascii_case(id))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use lakehead_model::specs::{self, SpecRef};

    use super::*;

    #[test]
    fn every_connector_file_is_listed() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/connectors");
        let files = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| Path::new(name).extension().is_some_and(|e| e == "rs") && name != "mod.rs")
            .count();
        assert_eq!(files, ALL.len(), "a connector file without a line in `ALL`, or the reverse");
    }

    #[test]
    fn ids_are_unique_and_found_and_in_the_catalogue() {
        let ids: BTreeSet<_> = ALL.iter().map(|connector| connector.spec_id()).collect();
        assert_eq!(ids.len(), ALL.len());
        for id in ids {
            assert_eq!(by_spec_id(&id.to_uppercase()).unwrap().spec_id(), id);
            let document = specs::connection_spec(&SpecRef::built_in(id)).unwrap();
            assert!(document["authSpec"][0]["spec"]["properties"].is_object());
            assert!(document["sourceSpec"]["spec"]["properties"].is_object());
            assert!(document["exploreSpec"]["requestSpec"].is_object());
            assert!(specs::connector_name(id).is_some());
        }
        assert!(by_spec_id("nope").is_none());
    }
    #[test]
    fn the_catalogue_calls_available_what_has_a_connector() {
        for spec in specs::connection_specs().iter().filter(|spec| spec["attributes"]["isSource"] == true) {
            let id = spec["id"].as_str().unwrap();
            assert_eq!(specs::is_available(spec), by_spec_id(id).is_some(), "{}", spec["name"]);
        }
    }
}
