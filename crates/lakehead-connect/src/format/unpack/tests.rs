//! Every compression there and back, archives of other programs, and files that are cut, crafted or lie.

use std::io::{Cursor, Write};

use ::zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};
use lakehead_model::format::{Compression as C, DataFormat, FormatKind};

use crate::format::{
    Decoder, FileError, preview,
    tests::{batches, csv, json, memory, numbered, put, read, wanted},
};

fn packed(compression: C) -> DataFormat {
    DataFormat { compression: Some(compression), ..csv() }
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(plain).unwrap();
    gzip.finish().unwrap()
}

fn bzip2(plain: &[u8]) -> Vec<u8> {
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(plain).unwrap();
    bzip2.finish().unwrap()
}

fn zlib(plain: &[u8]) -> Vec<u8> {
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    zlib.write_all(plain).unwrap();
    zlib.finish().unwrap()
}

fn deflate(plain: &[u8]) -> Vec<u8> {
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    deflate.write_all(plain).unwrap();
    deflate.finish().unwrap()
}

fn zstd(plain: &[u8]) -> Vec<u8> {
    let mut zstd = zstd::stream::write::Encoder::new(Vec::new(), 19).unwrap();
    zstd.include_checksum(true).unwrap();
    zstd.write_all(plain).unwrap();
    zstd.finish().unwrap()
}

fn xz(plain: &[u8]) -> Vec<u8> {
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 6);
    xz.write_all(plain).unwrap();
    xz.finish().unwrap()
}

fn lz4(plain: &[u8]) -> Vec<u8> {
    let info = lz4_flex::frame::FrameInfo::new().content_checksum(true);
    let mut lz4 = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    lz4.write_all(plain).unwrap();
    lz4.finish().unwrap()
}

fn snappy(plain: &[u8]) -> Vec<u8> {
    let mut snappy = snap::write::FrameEncoder::new(Vec::new());
    snappy.write_all(plain).unwrap();
    snappy.into_inner().unwrap()
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        // The library refuses to write names that leave the folder; attackers do not.
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        tar.append(&header, *content).unwrap();
    }
    tar.into_inner().unwrap()
}

fn zip(files: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn deflated(files: &[(&str, &[u8])]) -> Vec<u8> {
    zip(files, CompressionMethod::Deflated)
}

/// Every way to pack one file.
fn all(plain: &[u8]) -> Vec<(C, Vec<u8>)> {
    let files = [("in/a.csv", plain)];
    vec![
        (C::Gzip, gzip(plain)),
        (C::Bzip2, bzip2(plain)),
        (C::Deflate, zlib(plain)),
        (C::Deflate, deflate(plain)),
        (C::Tar, tar(&files)),
        (C::TarGzip, gzip(&tar(&files))),
        (C::ZipDeflate, deflated(&files)),
        (C::ZipDeflate, zip(&files, CompressionMethod::Stored)),
        (C::Zstd, zstd(plain)),
        (C::Xz, xz(plain)),
        (C::Lz4, lz4(plain)),
        (C::Snappy, snappy(plain)),
        (C::TarBzip2, bzip2(&tar(&files))),
        (C::TarZstd, zstd(&tar(&files))),
        (C::TarXz, xz(&tar(&files))),
    ]
}

async fn error(bytes: Vec<u8>, compression: C) -> FileError {
    read(bytes, &packed(compression), &wanted(&["a"])).await.unwrap_err()
}

#[tokio::test]
async fn every_compression_there_and_back() {
    let rows: Vec<String> = (1..=150_000).map(|id| format!("{id},some text {}\n", id % 97)).collect();
    let text = format!("a,b\n{}", rows.concat());
    for (compression, bytes) in all(text.as_bytes()) {
        let store = memory();
        let object = put(&store, "file", bytes.clone()).await;
        let mut decoder = Decoder::open(&store, &object, &packed(compression), &wanted(&["a"])).await.unwrap();
        let (mut rows, mut used) = (0, 0);
        for batch in batches(&mut decoder).await.unwrap() {
            assert!(batch.bytes_read >= used && batch.bytes_read <= object.size_bytes);
            (rows, used) = (rows + batch.batch.num_rows(), batch.bytes_read);
        }
        assert_eq!(rows, 150_000, "{compression:?}");
        assert!(used * 2 > object.size_bytes, "{compression:?}: {used} of {}", object.size_bytes);
    }
}

#[tokio::test]
async fn streams_one_behind_the_other_are_one_file() {
    let (first, second) = (b"a,b\n1,x\n2,\"y", b" z\"\n3,x\n");
    for (compression, bytes) in [
        (C::Gzip, [gzip(first), gzip(second)].concat()),
        (C::Bzip2, [bzip2(first), bzip2(b""), bzip2(second)].concat()),
        (C::Zstd, [zstd(first), zstd(b""), skippable(), zstd(second), skippable()].concat()),
        (C::Xz, [xz(first), xz(b""), vec![0; 8], xz(second)].concat()),
        (C::Lz4, [lz4(first), lz4(b""), skippable(), lz4(second), skippable()].concat()),
        (C::Snappy, [snappy(first), snappy(second)].concat()),
    ] {
        let (rows, bad) = read(bytes, &packed(compression), &wanted(&["a"])).await.unwrap();
        assert_eq!((rows, bad), (numbered(&[(1, "1"), (2, "2"), (3, "3")]), vec![]));
    }
}

/// A frame of no data, which decoders of zstd and lz4 skip.
fn skippable() -> Vec<u8> {
    [&[0x53, 0x2a, 0x4d, 0x18, 5, 0, 0, 0][..], b"notes"].concat()
}

#[tokio::test]
async fn a_file_that_demands_much_memory_is_refused() {
    // Looks back over 256 MiB; nothing of that size has to be in it.
    let mut wide = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    wide.window_log(28).unwrap();
    wide.write_all(b"a,b\n1,2\n").unwrap();
    for (compression, bytes) in [(C::Zstd, wide.finish().unwrap()), (C::Xz, with_large_dictionary(xz(b"a,b\n1,2\n")))] {
        let error = error(bytes, compression).await;
        assert!(error.message.contains("bytes of memory to expand"), "{compression:?}: {error}");
    }
}

/// The same xz file with a block that claims a dictionary of 1 GiB.
fn with_large_dictionary(mut file: Vec<u8>) -> Vec<u8> {
    // Stream header of 12 bytes; then the block header: its size, flags, filter 0x21 with one byte of properties.
    let size = (usize::from(file[12]) + 1) * 4;
    let at = 12 + file[12..12 + size].windows(2).position(|pair| pair == [0x21, 1]).unwrap() + 2;
    file[at] = 36;
    let sum = crc32(&file[12..12 + size - 4]);
    file[12 + size - 4..12 + size].copy_from_slice(&sum.to_le_bytes());
    file
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[tokio::test]
async fn archives_of_other_programs() {
    macro_rules! made {
        ($name:literal) => {
            ($name, &include_bytes!(concat!("fixtures/", $name))[..])
        };
    }
    for ((name, bytes), compression) in [
        (made!("gnu.tar"), C::Tar),
        (made!("pax.tar"), C::Tar),
        (made!("gnu.tar.gz"), C::TarGzip),
        (made!("python.zip"), C::ZipDeflate),
        (made!("python_pipe.zip"), C::ZipDeflate),
        (made!("python_zip64.zip"), C::ZipDeflate),
        (made!("infozip_pipe.zip"), C::ZipDeflate),
        (made!("two.csv.gz"), C::Gzip),
        (made!("two.csv.bz2"), C::Bzip2),
        (made!("one.csv.zz"), C::Deflate),
        (made!("two.csv.zst"), C::Zstd),
        (made!("two.csv.xz"), C::Xz),
        (made!("two.csv.lz4"), C::Lz4),
        (made!("two.csv.sz"), C::Snappy),
        (made!("python.tar.zst"), C::TarZstd),
        (made!("python.tar.xz"), C::TarXz),
    ] {
        let store = memory();
        let object = put(&store, name, bytes).await;
        let (rows, bad) = read(bytes, &packed(compression), &wanted(&["id"])).await.unwrap();
        assert_eq!((rows, bad), (numbered(&[(1, "1"), (2, "2"), (3, "3")]), vec![]), "{name}");
        let shown = preview(&store, &object, None, 100).await.unwrap();
        assert_eq!(shown.format, packed(compression), "{name}: found out");
        assert_eq!(shown.rows.len(), 3, "{name}");
        assert_eq!(shown.rows[2]["name"], "Edsger", "{name}");
    }
    for ((name, bytes), says) in
        [(made!("encrypted.zip"), "`a.csv` in the archive is encrypted"), (made!("bzip2.zip"), "only deflate")]
    {
        let error = read(bytes, &packed(C::ZipDeflate), &wanted(&["id"])).await.unwrap_err();
        assert!(error.message.contains(says), "{name}: {error}");
    }
}

#[tokio::test]
async fn files_of_an_archive_have_headers_of_their_own_and_common_numbers() {
    let files: &[(&str, &[u8])] = &[
        ("one.csv", b"a,b\n1,x\n2,y\n"),
        ("nothing.csv", b""),
        ("__MACOSX/._one.csv", b"\0\x05\x16\x07"),
        ("._two.csv", b"\0\x05\x16\x07"),
        (".DS_Store", b"\0\0\0\x01Bud1"),
        ("../../../etc/two.csv", b"\xef\xbb\xbfb,c,a\nx,,3\ntoo,few\ny,,5"),
        ("/three.csv", b"a\n6\n"),
    ];
    for (compression, bytes) in [
        (C::Tar, tar(files)),
        (C::TarGzip, gzip(&tar(files))),
        (C::TarBzip2, bzip2(&tar(files))),
        (C::TarZstd, zstd(&tar(files))),
        (C::TarXz, xz(&tar(files))),
        (C::ZipDeflate, deflated(files)),
    ] {
        let (rows, bad) = read(bytes, &packed(compression), &wanted(&["a"])).await.unwrap();
        assert_eq!(rows, numbered(&[(1, "1"), (2, "2"), (3, "3"), (5, "5"), (6, "6")]), "{compression:?}");
        assert_eq!((bad.len(), bad[0].row), (1, 4), "{compression:?}");
    }
    let files: &[(&str, &[u8])] = &[
        ("lines.json", b"{\"a\":1}\n{\"a\":2}"),
        ("array.json", b"[{\"a\":3},\n{\"a\":4}]\n"),
        ("values.json", b"{\n\"a\":5\n}"),
    ];
    let format = DataFormat { compression: Some(C::ZipDeflate), ..json() };
    let (rows, bad) = read(deflated(files), &format, &wanted(&["a"])).await.unwrap();
    assert_eq!((rows, bad), (numbered(&[(1, "1"), (2, "2"), (3, "3"), (4, "4"), (5, "5")]), vec![]));
}

#[tokio::test]
async fn an_error_names_the_file_of_the_archive() {
    for (second, says) in [
        (&b"x,y\n1,2\n"[..], "`in/b.csv` in the archive: the header row has none"),
        (b",\n1,2\n", "`in/b.csv` in the archive: the header row is empty"),
    ] {
        let error = error(tar(&[("in/a.csv", b"a\n1\n"), ("in/b.csv", second)]), C::Tar).await;
        assert!(error.message.contains(says), "{error}");
    }
    let format = DataFormat { compression: Some(C::Tar), ..json() };
    let bytes = tar(&[("a.json", b"[{\"a\":1}]"), ("b.json", b"[{\"a\":1},")]);
    let error = read(bytes, &format, &wanted(&["a"])).await.unwrap_err();
    assert!(error.message.starts_with("`b.json` in the archive: the array is not closed"), "{error}");
}

#[tokio::test]
async fn archives_without_content_are_empty_files() {
    for (compression, bytes) in [
        (C::Tar, tar(&[])),
        (C::Tar, tar(&[("a.csv", b"")])),
        (C::TarGzip, gzip(&tar(&[]))),
        (C::ZipDeflate, deflated(&[])),
        (C::ZipDeflate, deflated(&[("folder/", b""), ("a.csv", b"")])),
    ] {
        let error = error(bytes, compression).await;
        assert_eq!(error.code, "106", "{compression:?}: {error}");
        assert!(error.message.contains("holds no file"), "{error}");
    }
}

/// Half a file must never pass for a whole one.
#[tokio::test]
async fn a_file_that_is_cut_off_is_an_error_wherever_it_is_cut() {
    let rows: Vec<String> = (1..=300).map(|id| format!("{id},{}\n", id * 7919 % 1000)).collect();
    let text = format!("a,b\n{}", rows.concat());
    let two: &[(&str, &[u8])] = &[("one.csv", text.as_bytes()), ("two.csv", text.as_bytes())];
    let mut cases = all(text.as_bytes());
    cases.extend([(C::Tar, tar(two)), (C::TarGzip, gzip(&tar(two))), (C::ZipDeflate, deflated(two))]);
    for (compression, bytes) in cases {
        // The second of the two empty blocks at the end of a tar archive means nothing.
        let end = if compression == C::Tar { bytes.len() - 512 } else { bytes.len() };
        for cut in (1..end).step_by(61).chain([end - 1]) {
            let result = read(bytes[..cut].to_vec(), &packed(compression), &wanted(&["a"])).await;
            assert!(result.is_err(), "{compression:?} cut at {cut} of {}", bytes.len());
        }
    }
}

#[tokio::test]
async fn damage_is_noticed() {
    let text = format!("a,b\n{}", "1,some text\n".repeat(2000));
    for (compression, bytes) in all(text.as_bytes()) {
        if matches!(compression, C::Tar | C::Deflate) {
            // No check sum of the content.
            continue;
        }
        let mut damaged = bytes.clone();
        let middle = bytes.len() / 2;
        damaged[middle] ^= 0x55;
        let error = error(damaged, compression).await;
        assert!(!error.transient && error.message.contains("damaged"), "{compression:?}: {error}");
        assert!(!error.message.contains("some text"));
    }
    for (compression, bytes) in all(text.as_bytes()) {
        if matches!(compression, C::Tar | C::ZipDeflate) {
            continue;
        }
        let error = error([bytes, b"rubbish".to_vec()].concat(), compression).await;
        assert!(error.message.contains("damaged"), "{compression:?}: {error}");
    }
}

#[tokio::test]
async fn what_is_not_compressed_as_declared_is_an_error() {
    for compression in C::ALL {
        for bytes in [b"a,b\n1,2\n".to_vec(), b"a".to_vec(), "a,b\n".repeat(1000).into_bytes(), vec![0xff; 3000]] {
            let error = error(bytes, compression).await;
            assert!(error.message.contains("damaged") || error.message.contains("no zip"), "{compression:?}: {error}");
        }
    }
}

#[tokio::test]
async fn bombs_are_stopped_early() {
    let line = format!("{}\n", "x".repeat(999));
    let bomb = format!("a\n{}", line.repeat(80_000));
    let mut stopped = 0;
    for (compression, bytes) in all(bomb.as_bytes()) {
        // How small it becomes depends on the library that packs.
        if bytes.len() * 110 > bomb.len() {
            continue;
        }
        let error = error(bytes, compression).await;
        assert!(error.message.contains("100 times"), "{compression:?}: {error}");
        stopped += 1;
    }
    assert!(stopped >= 5, "{stopped}");
    // Many small files, each within the free growth.
    let files: Vec<(String, &[u8])> = (0..8).map(|i| (format!("{i}.csv"), &bomb.as_bytes()[..20_000_002])).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, content)| (name.as_str(), *content)).collect();
    assert!(error(deflated(&files), C::ZipDeflate).await.message.contains("100 times"));
}

#[tokio::test]
async fn archives_of_very_many_entries_are_refused() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..100_001 {
        zip.start_file(number.to_string(), SimpleFileOptions::default()).unwrap();
    }
    let refused = error(zip.finish().unwrap().into_inner(), C::ZipDeflate).await;
    assert!(refused.message.contains("at most 100000"), "{refused}");
    // Entries of a tar archive cost what they are long, and nothing is kept of them.
    let names: Vec<String> = (0..2_000).map(|number| number.to_string()).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"a\n1\n"[..])).collect();
    let (rows, _) = read(gzip(&tar(&files)), &packed(C::TarGzip), &wanted(&["a"])).await.unwrap();
    assert_eq!(rows.len(), 2_000);
}

#[tokio::test]
async fn archives_that_lie_about_their_entries() {
    let good = deflated(&[("aaa.csv", b"a\n1\n"), ("bbb.csv", b"a\n2\n")]);
    // Both entries under one name: which of them counts is anybody's guess.
    let twice = replace(&good, b"bbb.csv", b"aaa.csv");
    assert!(error(twice, C::ZipDeflate).await.message.contains("same name"));
    let mut sparse = tar(&[("a.csv", b"a\n1\n")]);
    sparse[156] = b'S';
    let mut header = tar::Header::new_gnu();
    header.as_mut_bytes().copy_from_slice(&sparse[..512]);
    header.set_cksum();
    sparse[..512].copy_from_slice(header.as_bytes());
    let refused = error(sparse, C::Tar).await;
    assert!(refused.message.contains("sparse") || refused.message.contains("damaged"), "{refused}");
    let mut huge = tar(&[("a.csv", b"a\n1\n")]);
    let mut header = tar::Header::new_gnu();
    header.as_mut_bytes().copy_from_slice(&huge[..512]);
    header.set_size(u64::MAX / 2);
    header.set_cksum();
    huge[..512].copy_from_slice(header.as_bytes());
    assert!(error(huge, C::Tar).await.message.contains("damaged"));
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for at in 0..=bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
    }
    bytes
}

#[tokio::test]
async fn what_a_file_is_is_found_out() {
    let text = "a;b\n1;x\n2;y\n";
    let store = memory();
    let mut cases: Vec<(Vec<u8>, Option<C>)> = vec![(text.into(), None)];
    // Raw deflate has nothing to be known by.
    cases.extend(
        all(text.as_bytes())
            .into_iter()
            .filter(|(_, bytes)| *bytes != deflate(text.as_bytes()))
            .map(|(c, b)| (b, Some(c))),
    );
    for (bytes, compression) in cases {
        let object = put(&store, "data.bin", bytes).await;
        let shown = preview(&store, &object, None, 100).await.unwrap();
        let expected = DataFormat { column_delimiter: b';', compression, ..csv() };
        assert_eq!((shown.format, shown.rows.len()), (expected, 2));
    }
    let object = put(&store, "data.csv", gzip(b"{\"a\":1}\n{\"a\":2}\n")).await;
    let shown = preview(&store, &object, None, 100).await.unwrap();
    assert_eq!((shown.format.kind, shown.format.compression), (FormatKind::Json, Some(C::Gzip)));
    let object = put(&store, "data", "x^y\n1^2\n").await;
    let shown = preview(&store, &object, None, 100).await.unwrap();
    assert_eq!(
        (shown.format.column_delimiter, shown.format.compression),
        (b'^', None),
        "no zlib, although it begins so"
    );
}

#[tokio::test]
async fn what_cannot_be_found_out_says_what_to_do() {
    let store = memory();
    for (bytes, says) in [
        (vec![0; 4000], "neither Parquet, Avro nor text"),
        (gzip(&[0; 4000]), "neither Parquet, Avro nor text"),
        (gzip(b"PAR1...."), "Parquet file inside a compression"),
        (gzip(b""), "empty"),
        (tar(&[("a.csv", b"")]), "empty"),
        (b"\x1f\x8b\x08".to_vec(), "ends too early"),
        (b"PK\x03\x04".to_vec(), "damaged"),
    ] {
        let object = put(&store, "data.csv", bytes.clone()).await;
        let error = preview(&store, &object, None, 100).await.unwrap_err();
        assert!(error.message.contains(says), "{says}: {error}");
    }
}
