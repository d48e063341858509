//! Which snapshots expire: by age, by number, by name.

use std::collections::HashMap;

use iceberg::spec::{
    FormatVersion, MAIN_BRANCH, Operation, SnapshotReference, SnapshotRetention, Summary, TableMetadataBuilder,
};
use iceberg::spec::{SortOrder, UnboundPartitionSpec};

use super::*;
use crate::layout;

/// Snapshots 1 to `count`, each a second after the one before.
fn history(count: i64, properties: &[(&str, &str)]) -> TableMetadata {
    let schema = layout::iceberg_schema(&[]).unwrap();
    let properties = properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let (spec, order) = (UnboundPartitionSpec::default(), SortOrder::unsorted_order());
    let made = TableMetadataBuilder::new(schema, spec, order, "file:///t".to_owned(), FormatVersion::V2, properties);
    let mut metadata = made.unwrap().build().unwrap().metadata;
    let first_ms = metadata.last_updated_ms();
    for id in 1..=count {
        let summary = Summary { operation: Operation::Append, additional_properties: HashMap::new() };
        let snapshot = Snapshot::builder()
            .with_snapshot_id(id)
            .with_parent_snapshot_id((id > 1).then_some(id - 1))
            .with_sequence_number(id)
            .with_timestamp_ms(first_ms + id * 1000)
            .with_manifest_list(format!("file:///t/metadata/snap-{id}.avro"))
            .with_summary(summary)
            .with_schema_id(metadata.current_schema_id())
            .build();
        let builder = metadata.into_builder(None).set_branch_snapshot(snapshot, MAIN_BRANCH).unwrap();
        metadata = builder.build().unwrap().metadata;
    }
    metadata
}

fn rules(snapshot_age_ms: i64, snapshots_kept: usize) -> Rules {
    Rules { snapshot_age_ms, snapshots_kept, ..Rules::default() }
}

#[test]
fn what_is_old_expires_unless_it_is_among_the_last() {
    let metadata = history(9, &[]);
    let now_ms = metadata.last_updated_ms();
    assert_eq!(expired(&metadata, &rules(3500, 1), now_ms).unwrap(), [1, 2, 3, 4, 5]);
    assert_eq!(expired(&metadata, &rules(3500, 6), now_ms).unwrap(), [1, 2, 3]);
    assert_eq!(
        expired(&metadata, &rules(0, 0), now_ms + 1).unwrap(),
        [1, 2, 3, 4, 5, 6, 7, 8],
        "the current one stays"
    );
    assert!(expired(&metadata, &rules(i64::MAX, 1), now_ms).unwrap().is_empty());
    assert!(expired(&history(0, &[]), &rules(0, 1), now_ms).unwrap().is_empty());
}

#[test]
fn properties_of_the_table_come_first() {
    let metadata = history(5, &[(MAX_AGE, "1500"), (MIN_KEPT, "3")]);
    assert_eq!(expired(&metadata, &rules(i64::MAX, 100), metadata.last_updated_ms()).unwrap(), [1, 2]);
}

#[test]
fn what_a_tag_names_stays() {
    let metadata = history(5, &[]);
    let now_ms = metadata.last_updated_ms() + 1;
    let retention = SnapshotRetention::Tag { max_ref_age_ms: None };
    let tag = SnapshotReference { snapshot_id: 2, retention };
    let metadata = metadata.into_builder(None).set_ref("audit", tag).unwrap().build().unwrap().metadata;
    assert_eq!(expired(&metadata, &rules(0, 1), now_ms).unwrap(), [1, 3, 4]);
}
