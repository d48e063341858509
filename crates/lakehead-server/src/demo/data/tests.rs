//! The generator: the same files every time, with the flaws it says they have.

use super::*;
use crate::demo::customer::Customer;

const ROWS: u64 = 20_000;

fn written(feed: Feed, rows: u64) -> (tempfile::TempDir, Expected) {
    let folder = tempfile::tempdir().unwrap();
    let expected = feed.write(folder.path(), rows, "lakehead").unwrap();
    (folder, expected)
}

fn lines(feed: Feed, folder: &Path) -> Vec<Vec<String>> {
    let read = |key: &&str| fs::read_to_string(folder.join(key)).unwrap().lines().map(str::to_owned).collect();
    feed.keys().iter().map(read).collect()
}

#[test]
fn the_feeds_share_all_rows_and_no_number_twice() {
    for rows in [1_000, 1_001, 200_000] {
        let parts: Vec<_> = Feed::ALL.iter().map(|feed| feed.numbers(rows)).collect();
        assert_eq!((parts[0].start, parts[2].end), (0, rows));
        assert!(parts[0].end == parts[1].start && parts[1].end == parts[2].start);
        let slices: Vec<_> = (0..6).flat_map(|part| slice(&parts[0], part, 6)).collect();
        assert_eq!(slices, parts[0].clone().collect::<Vec<_>>());
    }
}

#[test]
fn the_expected_counts_are_those_of_the_delimited_files() {
    let (folder, expected) = written(Feed::Csv, ROWS);
    let files = lines(Feed::Csv, folder.path());
    let rows: Vec<_> = files.iter().flat_map(|file| &file[1..]).collect();
    let cut_off = rows.iter().filter(|row| !row.contains("@example.com")).count() as u64;
    let no_loyalty = rows.iter().filter(|row| row.contains("@example.com") && !row.contains(",L-")).count() as u64;
    let not_a_number = rows.iter().filter(|row| row.contains(",many,")).count() as u64;
    assert_eq!(rows.len() as u64, expected.rows);
    assert_eq!(expected.rejected["INGEST-1401-400"], cut_off);
    assert_eq!(expected.rejected["INGEST-1555-400"], no_loyalty);
    assert!(expected.warnings > not_a_number && not_a_number > 0, "{expected:?}");
    assert_eq!(expected.landed() + expected.rejected_rows(), expected.rows);
}

#[test]
fn the_expected_counts_are_those_of_the_json_files() {
    let (folder, expected) = written(Feed::Json, ROWS);
    let rows = lines(Feed::Json, folder.path()).concat();
    let parsed: Vec<Option<serde_json::Value>> = rows.iter().map(|row| serde_json::from_str(row).ok()).collect();
    assert_eq!(rows.len() as u64, expected.rows);
    let broken = parsed.iter().filter(|row| row.is_none()).count() as u64;
    let no_loyalty = parsed.iter().flatten().filter(|row| row["loyalty"]["id"].is_null()).count() as u64;
    let month = |row: &serde_json::Value| row["born"].as_str().unwrap()[5..7].parse::<u32>().unwrap();
    let no_such_day = parsed.iter().flatten().filter(|row| month(row) > 12).count() as u64;
    assert_eq!((expected.rejected["INGEST-1401-400"], expected.rejected["INGEST-1555-400"]), (broken, no_loyalty));
    assert_eq!(expected.warnings, no_such_day);
}

#[test]
fn the_expected_counts_are_those_of_the_parquet_files() {
    let (folder, expected) = written(Feed::Parquet, ROWS);
    let mut rows = 0;
    for key in Feed::Parquet.keys() {
        let file = File::open(folder.path().join(key)).unwrap();
        let reader = ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        assert!(reader.schema().field_with_name("_lakehead").is_ok());
        rows += reader.build().unwrap().map(|batch| batch.unwrap().num_rows() as u64).sum::<u64>();
    }
    assert_eq!(rows, expected.rows);
    assert_eq!(expected.rejected.keys().copied().collect::<Vec<_>>(), ["INGEST-1555-400"]);
}

#[test]
fn the_smallest_demo_shows_every_flaw_and_stays_below_five_percent() {
    for feed in Feed::ALL {
        let (_folder, expected) = written(feed, crate::demo::MIN_ROWS);
        assert!(expected.rejected_rows() > 0 && expected.rejected_rows() * 20 < expected.rows, "{feed:?} {expected:?}");
    }
}

#[test]
fn a_number_is_always_the_same_customer() {
    assert_eq!(Customer::new(7), Customer::new(7));
    let cities: std::collections::HashSet<_> = (0..200).map(|number| Customer::new(number).city).collect();
    assert!(cities.len() > 5, "{cities:?}");
}
