//! Room in which one page after the other is put together and compressed.

use bytes::Bytes;
use parquet::basic::ZstdLevel;
use parquet::column::page::{CompressedPage, Page, PageWriteSpec, PageWriter};
use parquet::errors::{ParquetError, Result};
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use zstd::bulk::Compressor;

use super::PAGE_BYTES;

/// What all columns of a file share.
pub(super) struct Room {
    /// The page as it is read.
    pub(super) plain: Vec<u8>,
    packed: Vec<u8>,
    compressor: Compressor<'static>,
}

impl Room {
    pub(super) fn new() -> Result<Self> {
        Ok(Self {
            plain: Vec::new(),
            packed: Vec::new(),
            compressor: Compressor::new(ZstdLevel::default().compression_level())?,
        })
    }

    /// Compresses what is in `plain` and writes it as the page that `page` makes of it.
    pub(super) fn write_page(
        &mut self,
        out: &mut TrackedWrite<Vec<u8>>,
        page: impl FnOnce(Bytes) -> Page,
    ) -> Result<PageWriteSpec> {
        let Self { plain, packed, compressor } = self;
        if i32::try_from(plain.len()).is_err() {
            return Err(ParquetError::General("a page is larger than Parquet can say".to_owned()));
        }
        packed.clear();
        packed.reserve(zstd::zstd_safe::compress_bound(plain.len()));
        compressor.compress_to_buffer(plain.as_slice(), packed)?;
        let page = CompressedPage::new(page(Bytes::copy_from_slice(packed)), plain.len());
        let spec = SerializedPageWriter::new(out).write_page(page)?;
        // One long text does not make every later page of the file take its room.
        packed.shrink_to(2 * PAGE_BYTES);
        plain.shrink_to(2 * PAGE_BYTES);
        Ok(spec)
    }
}
