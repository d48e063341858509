//! The files of the demo: the same kind of customer as delimited text, JSON lines and Parquet, with a few flaws.

mod json;
mod parquet;
mod text;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::ops::Range;
use std::path::Path;

use serde::Serialize;

use super::flaw::Flaw;

/// The bucket that holds everything.
pub(super) const BUCKET: &str = "acme";

/// A format of the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Feed {
    /// Delimited text in nested folders.
    Csv,
    /// One JSON object on a line.
    Json,
    /// Parquet in the shape of the schema.
    Parquet,
}

/// What a feed must become: counted while it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Expected {
    /// Files that the flow selects.
    pub(super) files: u64,
    /// Rows in them.
    pub(super) rows: u64,
    /// Rows that cannot land, by code.
    pub(super) rejected: BTreeMap<&'static str, u64>,
    /// Rows that land with a field nulled.
    pub(super) warnings: u64,
}

impl Expected {
    /// Rows that must be in the table.
    pub(super) fn landed(&self) -> u64 {
        self.rows - self.rejected_rows()
    }

    /// Rows that must be rejected.
    pub(super) fn rejected_rows(&self) -> u64 {
        self.rejected.values().sum()
    }

    fn count(&mut self, flaw: Option<Flaw>) {
        self.rows += 1;
        match flaw.map(Flaw::rejected_as) {
            None => {}
            Some(None) => self.warnings += 1,
            Some(Some(code)) => *self.rejected.entry(code).or_default() += 1,
        }
    }
}

impl Feed {
    /// All of them, in the order in which the demo shows them.
    pub(super) const ALL: [Self; 3] = [Self::Csv, Self::Json, Self::Parquet];

    /// Its name for people.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Parquet => "Parquet",
        }
    }

    /// The keys of its files.
    const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Csv => &[
                "customers/csv/2026/01/north.csv",
                "customers/csv/2026/01/south.csv",
                "customers/csv/2026/02/north.csv",
                "customers/csv/2026/02/south.csv",
                "customers/csv/2026/03/all.csv",
                "customers/csv/late-arrivals.csv",
            ],
            Self::Json => {
                &["customers/json/signups-1.json", "customers/json/signups-2.json", "customers/json/signups-3.json"]
            }
            Self::Parquet => &["customers/parquet/2025/part-0.parquet", "customers/parquet/2026/part-0.parquet"],
        }
    }

    /// What can be wrong in it. JSON and Parquet carry typed numbers, and Parquet typed dates.
    const fn flaws(self) -> &'static [Flaw] {
        match self {
            Self::Csv => &[Flaw::CutOff, Flaw::NoLoyaltyId, Flaw::NoSuchDay, Flaw::NotANumber],
            Self::Json => &[Flaw::CutOff, Flaw::NoLoyaltyId, Flaw::NoSuchDay],
            Self::Parquet => &[Flaw::NoLoyaltyId],
        }
    }

    /// Its part of all rows.
    fn numbers(self, rows: u64) -> Range<u64> {
        let (csv, json) = (rows * 6 / 10, rows * 25 / 100);
        match self {
            Self::Csv => 0..csv,
            Self::Json => csv..csv + json,
            Self::Parquet => csv + json..rows,
        }
    }

    /// Writes the files of the feed below `bucket` and answers what must become of them. `rows` is the number of
    /// rows of all feeds together, `tenant` the namespace of the organisation's own fields.
    pub(super) fn write(self, bucket: &Path, rows: u64, tenant: &str) -> io::Result<Expected> {
        let numbers = self.numbers(rows);
        let keys = self.keys();
        let mut expected = Expected { files: keys.len() as u64, ..Expected::default() };
        for (part, key) in keys.iter().enumerate() {
            let path = bucket.join(key);
            fs::create_dir_all(path.parent().unwrap_or(bucket))?;
            let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
            let rows = slice(&numbers, part as u64, keys.len() as u64).map(|number| {
                let flaw = Flaw::of(number - numbers.start, self.flaws());
                expected.count(flaw);
                (number, flaw)
            });
            match self {
                Self::Csv => text::write(&mut file, rows)?,
                Self::Json => json::write(&mut file, rows)?,
                Self::Parquet => parquet::write(&mut file, rows, tenant)?,
            }
            file.flush()?;
        }
        Ok(expected)
    }
}

/// A file beside the JSON files that their wildcard must leave alone.
pub(super) fn write_bystander(bucket: &Path) -> io::Result<()> {
    fs::write(bucket.join("customers/json/README.txt"), "Sign-ups, one JSON object on a line.\n")
}

/// Part number `part` of `parts` nearly equal ones.
fn slice(numbers: &Range<u64>, part: u64, parts: u64) -> Range<u64> {
    let count = numbers.end - numbers.start;
    numbers.start + count * part / parts..numbers.start + count * (part + 1) / parts
}

#[cfg(test)]
mod tests;
