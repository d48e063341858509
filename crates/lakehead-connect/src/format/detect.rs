//! Finds out what a file is from its first bytes; its name is only asked where they leave a doubt.

use std::sync::Arc;

use lakehead_model::{
    format::{Compression, DataFormat, Encoding, FormatKind},
    plan::PlannedObject,
};
use object_store::ObjectStore;

use super::{
    FileError, avro,
    bytes::Pinned,
    delimiter::{self, Columns},
    plain::Plain,
    recode::Recode,
};

/// Stored bytes that tell the compression; a tar header is half a kilobyte.
const HEAD_BYTES: u64 = 1024;
/// Plain bytes that tell the rest.
const SAMPLE_BYTES: usize = 256 << 10;
const BYTE_ORDER_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// The beginning of a plain file.
struct Sample {
    text: Vec<u8>,
    /// Nothing stands behind it.
    whole: bool,
    /// The file's own name, where it is in an archive.
    file: Option<String>,
}

/// The format of an object, with compression, delimiter and encoding.
///
/// # Errors
/// The object cannot be read, or is nothing that is known.
pub(super) async fn detect(store: &Arc<dyn ObjectStore>, object: &PlannedObject) -> Result<DataFormat, FileError> {
    let pinned = Pinned::new(store, object)?;
    let head = pinned.read(0..pinned.size().min(HEAD_BYTES)).await?;
    if head.starts_with(b"PAR1") {
        return Ok(DataFormat::new(FormatKind::Parquet));
    }
    let mut compression = compression(&head);
    let mut sample = Sample::take(store, object, compression).await;
    match compression {
        Some(around) if around.around_tar().is_some() && sample.as_ref().is_ok_and(|sample| is_tar(&sample.text)) => {
            compression = around.around_tar();
            sample = Sample::take(store, object, compression).await;
        }
        // Two letters at the beginning of a text may look like this.
        Some(Compression::Deflate) if sample.as_ref().is_err_and(|error| !error.transient) => {
            compression = None;
            sample = Sample::take(store, object, compression).await;
        }
        _ => {}
    }
    let sample = sample?;
    if sample.text.is_empty() {
        return Err(FileError::new("106", "the file is empty"));
    }
    if sample.text.starts_with(avro::MAGIC) {
        return Ok(DataFormat { compression, ..DataFormat::new(FormatKind::Avro) });
    }
    if sample.text.starts_with(b"PAR1") {
        let text = "it is a Parquet file inside a compression; upload the Parquet file as it is";
        return Err(FileError::corrupt(text));
    }
    let name = sample.file.as_deref().unwrap_or(&object.key);
    let format = of_text(&sample.text, sample.whole, name).map_err(FileError::corrupt)?;
    Ok(DataFormat { compression, ..format })
}

impl Sample {
    async fn take(
        store: &Arc<dyn ObjectStore>,
        object: &PlannedObject,
        compression: Option<Compression>,
    ) -> Result<Self, FileError> {
        let mut plain = Plain::open(store, object, compression).await?;
        let mut sample = Self { text: Vec::new(), whole: false, file: plain.file().map(str::to_owned) };
        while sample.text.len() < SAMPLE_BYTES {
            let Some(bytes) = plain.next().await? else {
                sample.whole = true;
                break;
            };
            sample.text.extend_from_slice(&bytes[..bytes.len().min(SAMPLE_BYTES - sample.text.len())]);
        }
        Ok(sample)
    }
}

/// First bytes that tell a compression.
const MAGIC: [(&[u8], Compression); 7] = [
    (&[0x1f, 0x8b, 8], Compression::Gzip),
    (&[0x28, 0xb5, 0x2f, 0xfd], Compression::Zstd),
    (&[0xfd, b'7', b'z', b'X', b'Z', 0], Compression::Xz),
    (&[0x04, 0x22, 0x4d, 0x18], Compression::Lz4),
    (b"\xff\x06\x00\x00sNaPpY", Compression::Snappy),
    (b"PK\x03\x04", Compression::ZipDeflate),
    // An archive without entries.
    (b"PK\x05\x06", Compression::ZipDeflate),
];

/// The compression by its first bytes. A tar archive in gzip begins like any gzip; raw deflate begins like nothing.
fn compression(head: &[u8]) -> Option<Compression> {
    const BLOCK: &[u8] = &[0x31, 0x41, 0x59, 0x26, 0x53, 0x59];
    const END: &[u8] = &[0x17, 0x72, 0x45, 0x38, 0x50, 0x90];
    let head = behind_skippable(head);
    if let Some((_, known)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(*known);
    }
    if let [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] = head
        && (rest.starts_with(BLOCK) || rest.starts_with(END))
    {
        return Some(Compression::Bzip2);
    }
    if is_tar(head) {
        return Some(Compression::Tar);
    }
    is_zlib(head).then_some(Compression::Deflate)
}

/// The head behind frames that decoders skip: some writers of zstd and lz4 begin with them.
fn behind_skippable(mut head: &[u8]) -> &[u8] {
    while let [0x50..=0x5f, 0x2a, 0x4d, 0x18, a, b, c, d, rest @ ..] = head {
        let Some(behind) = rest.get(u32::from_le_bytes([*a, *b, *c, *d]) as usize..) else { break };
        head = behind;
    }
    head
}

/// HTTP taught the world to call the zlib form "deflate"; its first two bytes tell it apart from the raw one.
pub(super) fn is_zlib(head: &[u8]) -> bool {
    matches!(head, [first, second, ..] if first & 0x0f == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0)
}

/// Whether a tar header with a correct check sum stands at the beginning.
fn is_tar(head: &[u8]) -> bool {
    let Some(header) = head.get(..512) else { return false };
    let (sum, rest) = (&header[148..156], header[..148].iter().chain(&header[156..]));
    let expected: u32 = rest.map(|byte| u32::from(*byte)).sum::<u32>() + 8 * u32::from(b' ');
    let digits = sum.iter().map(|byte| char::from(*byte)).collect::<String>();
    let digits = digits.trim_matches([' ', '\0']);
    header[0] != 0 && u32::from_str_radix(digits, 8).is_ok_and(|found| found == expected)
}

/// Format, encoding and delimiter of plain text. The error says what it is instead, or what to do.
fn of_text(text: &[u8], whole: bool, name: &str) -> Result<DataFormat, String> {
    const CURE: &str = "give `fileType`, and `columnDelimiter`, `encoding` or `compressionType` where needed";
    if text.starts_with(&[0xFF, 0xFE]) || text.starts_with(&[0xFE, 0xFF]) {
        let mut plain = Vec::new();
        Recode::new(Encoding::Utf16).push(text, &mut plain);
        let format = of_text(&plain, whole, name)?;
        if format.kind != FormatKind::Delimited || format.encoding != Encoding::Utf8 {
            return Err("it is UTF-16, of which only delimited files can be read; convert it to UTF-8".to_owned());
        }
        return Ok(DataFormat { encoding: Encoding::Utf16, ..format });
    }
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let encoding = encoding(text).ok_or_else(|| format!("it is neither Parquet, Avro nor text; {CURE}"))?;
    if is_json(text) {
        return Ok(DataFormat::new(FormatKind::Json));
    }
    let column_delimiter = match delimiter::find(text, whole) {
        Columns::By(delimiter) => delimiter,
        Columns::One => by_extension(name),
        Columns::Unclear => {
            return Err(format!("no column delimiter cuts its lines into the same number of fields; {CURE}"));
        }
    };
    Ok(DataFormat { column_delimiter, encoding, ..DataFormat::new(FormatKind::Delimited) })
}

/// The encoding of a text; `None` where it is none. The last character may be cut.
fn encoding(text: &[u8]) -> Option<Encoding> {
    // Beside white space, two that separate columns in some exports, and the end of file of old systems.
    let odd = |byte: &u8| *byte < b' ' && !matches!(byte, 0x09..=0x0d | 0x01 | 0x1a | 0x1f) || *byte == 0x7f;
    if text.iter().any(odd) {
        return None;
    }
    match std::str::from_utf8(text) {
        Ok(_) => Some(Encoding::Utf8),
        Err(error) if error.error_len().is_none() => Some(Encoding::Utf8),
        // Text in any language of this encoding is mostly ASCII.
        Err(_) => {
            let high = text.iter().filter(|byte| **byte >= 0x80).count();
            (high * 3 < text.len()).then_some(Encoding::Latin1)
        }
    }
}

/// Whether the text begins as an object or as an array of objects.
fn is_json(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let second = text.get(1..).and_then(|rest| rest.trim_ascii_start().first());
    match text.first() {
        Some(b'{') => matches!(second, Some(b'"' | b'}')),
        Some(b'[') => matches!(second, Some(b'{' | b']')),
        _ => false,
    }
}

/// The delimiter of a file with one column, where it does not matter yet.
fn by_extension(name: &str) -> u8 {
    match name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "tsv" | "tab" => b'\t',
        "psv" => b'|',
        _ => b',',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(text: &[u8]) -> Result<(FormatKind, u8, Encoding), String> {
        let format = of_text(text, true, "x.txt")?;
        Ok((format.kind, format.column_delimiter, format.encoding))
    }

    #[test]
    fn texts() {
        let (csv, json) = (FormatKind::Delimited, FormatKind::Json);
        for (text, expected) in [
            (&b"a,b\n1,2\n"[..], (csv, b',', Encoding::Utf8)),
            (b"\xef\xbb\xbfa;b\n1;2\n", (csv, b';', Encoding::Utf8)),
            (b"name;city\nM\xfcller;K\xf6ln\n", (csv, b';', Encoding::Latin1)),
            ("name;city\nMüller;Köl".as_bytes(), (csv, b';', Encoding::Utf8)),
            (b"a,b\n1,\xc3", (csv, b',', Encoding::Utf8)),
            (b"one\ntwo\n", (csv, b',', Encoding::Utf8)),
            (b"\xff\xfea\0\t\0b\0\n\0", (csv, b'\t', Encoding::Utf16)),
            (b"\xfe\xff\0a\0;\0\xe4\0\n\x001\0;\x002", (csv, b';', Encoding::Utf16)),
            (b"[id],[name]\n1,2\n", (csv, b',', Encoding::Utf8)),
            (b"x^y\n1^2\n", (csv, b'^', Encoding::Utf8)),
            (b"\xef\xbb\xbf {\"a\": 1}\n{\"a\": 2}", (json, b',', Encoding::Utf8)),
            (b"[\n  {\"a\": 1}\n]", (json, b',', Encoding::Utf8)),
            (b"[]", (json, b',', Encoding::Utf8)),
            (b"{}", (json, b',', Encoding::Utf8)),
        ] {
            assert_eq!(kind_of(text), Ok(expected), "{:?}", String::from_utf8_lossy(text));
        }
        assert_eq!(of_text(b"one\n", true, "a/b.TSV").unwrap().column_delimiter, b'\t');
    }

    #[test]
    fn what_is_no_text_is_not_guessed() {
        let junk: Vec<u8> = (0..=255).cycle().take(5000).collect();
        for (text, says) in [
            (&junk[..], "neither Parquet, Avro nor text"),
            (b"a,b\n1,\0\n", "neither"),
            (b"\x7fELF\x02\x01\x01", "neither"),
            (b"\xff\xfe{\0\"\0a\0\"\0:\x001\0}\0", "UTF-16"),
            (b"\xff\xfea\0,\0\0\xd8b\0", "UTF-16"),
            (b"\xd0\xcf\xe0\xa1\xb1\xe1", "neither"),
            (b"Dear Sir, or Madam\nthis\nis\na letter\n", "column delimiter"),
        ] {
            let error = kind_of(text).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn first_bytes() {
        for (head, expected) in [
            (&b"\x1f\x8b\x08\x00rest"[..], Some(Compression::Gzip)),
            (b"BZh91AY&SYrest", Some(Compression::Bzip2)),
            (b"BZh9 a name, another", None),
            (b"PK\x03\x04rest", Some(Compression::ZipDeflate)),
            (b"PKW,b\n", None),
            (b"\x28\xb5\x2f\xfdrest", Some(Compression::Zstd)),
            (b"\x51\x2a\x4d\x18\x02\0\0\0xx\x28\xb5\x2f\xfdrest", Some(Compression::Zstd)),
            (b"\x50\x2a\x4d\x18\0\0\0\0\x04\x22\x4d\x18rest", Some(Compression::Lz4)),
            (b"\x50\x2a\x4d\x18\xff\xff\xff\xff", None),
            (b"\xfd7zXZ\0rest", Some(Compression::Xz)),
            (b"\xfd7zXY\0rest", None),
            (b"\x04\x22\x4d\x18rest", Some(Compression::Lz4)),
            (b"\xff\x06\0\0sNaPpYrest", Some(Compression::Snappy)),
            (b"\x78\x9c\x4b", Some(Compression::Deflate)),
            (b"x,y\n", None),
            (b"", None),
            (&[b'0'; 1024], None),
            (&[0; 1024], None),
        ] {
            assert_eq!(compression(head), expected, "{head:?}");
        }
    }
}
