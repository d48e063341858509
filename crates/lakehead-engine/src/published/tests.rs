//! A table of two appends, translated and read by `iceberg`.

use iceberg::spec::{DataFile, FormatVersion, Manifest, ManifestList};

use super::*;
use crate::append::tests::{append, lake};

const BASE: &str = "s3://bucket";

fn place() -> TablePlace {
    TablePlace { sandbox_id: "s".into(), dataset_id: "d".into() }
}

/// What readers get at a location of the bucket.
async fn get(published: &Published, location: &str) -> Bytes {
    let path = location.strip_prefix("s3://bucket/s/d/").unwrap_or_else(|| panic!("not translated: {location}"));
    published.file(&place(), path).await.unwrap().unwrap().translated.unwrap()
}

#[tokio::test]
async fn everything_that_names_a_file_names_it_in_the_bucket() {
    let folder = tempfile::tempdir().unwrap();
    let (lake, empty) = lake(folder.path()).await;
    let one = append(&lake, &empty, "one", &[1, 2]).await;
    let table = lake.open_table("d", &one.new_metadata).await.unwrap();
    let two = append(&lake, &table, "two", &[3]).await;
    let table = lake.open_table("d", &two.new_metadata).await.unwrap();
    let published = Published::new(lake.clone(), BASE);

    let (location, metadata) = published.metadata(&place(), &two.new_metadata).await.unwrap();
    assert!(!metadata.to_string().contains("file:"), "{metadata}");
    assert_eq!(metadata["location"], "s3://bucket/s/d");
    assert_eq!(serde_json::from_slice::<Value>(&get(&published, &location).await).unwrap(), metadata);

    let snapshot = table.metadata().current_snapshot().unwrap();
    let original = std::fs::read(local_path(snapshot.manifest_list())).unwrap();
    let original = ManifestList::parse_with_version(&original, FormatVersion::V2).unwrap();
    // Snapshots are told in any order.
    let snapshots = metadata["snapshots"].as_array().unwrap();
    let current = snapshots.iter().find(|snapshot| snapshot["snapshot-id"] == metadata["current-snapshot-id"]);
    let list = current.unwrap()["manifest-list"].as_str().unwrap();
    let list = ManifestList::parse_with_version(&get(&published, list).await, FormatVersion::V2).unwrap();
    assert_eq!((original.entries().len(), list.entries().len()), (2, 2));
    for (was, is) in original.entries().iter().zip(list.entries()) {
        let bytes = get(&published, &is.manifest_path).await;
        let mut as_was = is.clone();
        as_was.manifest_path.clone_from(&was.manifest_path);
        as_was.manifest_length = was.manifest_length;
        assert_eq!(as_was, *was, "only the path and the length differ");
        assert_eq!(is.manifest_length, bytes.len() as i64, "the length is that of what readers get");
        let (was, is) = (
            Manifest::parse_avro(&std::fs::read(local_path(&was.manifest_path)).unwrap()).unwrap(),
            Manifest::parse_avro(&bytes).unwrap(),
        );
        assert_eq!(was.metadata(), is.metadata());
        for (was, is) in was.entries().iter().zip(is.entries()) {
            assert_eq!(
                (was.status, was.sequence_number, was.snapshot_id),
                (is.status, is.sequence_number, is.snapshot_id)
            );
            assert!(is.file_path().starts_with("s3://bucket/s/d/data/"), "{}", is.file_path());
            assert_eq!(local_path(was.file_path()).file_name(), local_path(is.file_path()).file_name());
            let counts =
                |file: &DataFile| (file.record_count(), file.file_size_in_bytes(), file.column_sizes().clone());
            assert_eq!(counts(was.data_file()), counts(is.data_file()));
        }
    }
}

#[tokio::test]
async fn a_translation_is_the_same_in_every_process() {
    let folder = tempfile::tempdir().unwrap();
    let (lake, empty) = lake(folder.path()).await;
    let one = append(&lake, &empty, "one", &[1, 2]).await;
    let table = lake.open_table("d", &one.new_metadata).await.unwrap();
    let list = table.metadata().current_snapshot().unwrap().manifest_list().rsplit('/').next().unwrap().to_owned();
    let read = async || get(&Published::new(lake.clone(), BASE), &format!("s3://bucket/s/d/metadata/{list}")).await;
    assert_eq!(read().await, read().await);
}

#[tokio::test]
async fn nothing_but_metadata_and_data_of_the_table_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let (lake, _) = lake(folder.path()).await;
    for path in ["diagnostics/x", "uploads/x"] {
        let path = folder.path().join("lake/s/d").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "secret").unwrap();
    }
    let published = Published::new(lake, BASE);
    let no_file = [
        "",
        "x",
        "data",
        "data/",
        "diagnostics/x",
        "uploads/x",
        "metadata/nothing.avro",
        "data/../uploads/x",
        "metadata/..",
        "data/.hidden",
        "data/a/b",
        "data//etc/passwd",
        "/data/x",
        "data/a\0b",
        "data/%2e%2e",
    ];
    for path in no_file {
        assert!(published.file(&place(), path).await.unwrap().is_none(), "{path}");
    }
    let elsewhere = TablePlace { sandbox_id: "..".into(), dataset_id: "d".into() };
    assert!(published.file(&elsewhere, "data/x").await.is_err());
}

#[test]
fn a_location_is_translated_within_its_table_only() {
    let locations = Locations { from: "file:///lake/s/d".into(), to: "s3://b/s/d".into() };
    assert_eq!(locations.translate("file:///lake/s/d").as_deref(), Some("s3://b/s/d"));
    assert_eq!(locations.translate("file:///lake/s/d/data/x").as_deref(), Some("s3://b/s/d/data/x"));
    for other in ["file:///lake/s/dd/x", "file:///etc/passwd", "s3://elsewhere/x"] {
        assert_eq!(locations.translate(other), None, "{other}");
    }
}
