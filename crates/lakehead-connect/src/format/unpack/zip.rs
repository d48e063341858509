//! Zip archives, by their directory: local headers may lie, be left over, or not know their sizes.

use std::io::{self, Read, Seek};

use ::zip::{CompressionMethod, ZipArchive, result::ZipError};

use super::{Guarded, Out, Tally, is_metadata};

/// Most entries of an archive.
const MAX_ENTRIES: usize = 100_000;

/// Hands over the files of the archive in the order of its directory.
pub(super) fn unpack(out: &Out, stored: impl Read + Seek) -> io::Result<()> {
    let mut archive = ZipArchive::new(stored).map_err(|error| explain(&out.tally, error, None))?;
    if archive.len() > MAX_ENTRIES {
        let text = format!("the archive has {} entries; at most {MAX_ENTRIES} are accepted", archive.len());
        return Err(out.tally.fail(text));
    }
    if archive.has_duplicate_names() {
        return Err(out.tally.fail("two entries of the archive have the same name".to_owned()));
    }
    for index in 0..archive.len() {
        let data = archive.by_index_data(index).map_err(|error| explain(&out.tally, error, None))?;
        let name = String::from_utf8_lossy(data.name_raw()).into_owned();
        if !data.is_file() || is_metadata(&name) {
            continue;
        }
        if data.encrypted() {
            return Err(out.tally.fail(format!("`{name}` in the archive is encrypted, which is not supported")));
        }
        let method = data.compression();
        if !matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated) {
            let text = format!("`{name}` in the archive is compressed by {method}; only deflate is supported");
            return Err(out.tally.fail(text));
        }
        let file = archive.by_index(index).map_err(|error| explain(&out.tally, error, Some(&name)))?;
        out.copy_file(name, Guarded::new(file, &out.tally))?;
    }
    Ok(())
}

/// Says what is wrong with the archive or one of its entries.
fn explain(tally: &Tally, error: ZipError, entry: Option<&str>) -> io::Error {
    let what = entry.map_or_else(|| "the archive".to_owned(), |name| format!("`{name}` in the archive"));
    match error {
        ZipError::Io(error) => error,
        ZipError::UnsupportedArchive(text) => tally.fail(format!("{what} is not supported: {text}")),
        other => {
            tracing::debug!(cause = %other, "a zip archive cannot be read");
            tally.fail(format!("{what} is damaged, or the file is no zip archive"))
        }
    }
}
