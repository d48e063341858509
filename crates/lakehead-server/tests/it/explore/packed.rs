//! Files in every compression, and files that are cut, crafted, or grow without end.

use std::io::{Cursor, Read as _, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Packs one file.
pub(super) type Pack = fn(&[u8]) -> Vec<u8>;

/// Every way to pack a file, by the names of the API.
pub(super) const ALL: &[(&str, Pack)] = &[
    ("none", <[u8]>::to_vec),
    ("gzip", gzip),
    ("bzip2", bzip2),
    ("deflate", deflate),
    ("zipDeflate", |plain| zip(&[("in/file", plain)])),
    ("tar", |plain| tar(&[("in/file", plain)])),
    ("tarGzip", |plain| gzip(&tar(&[("in/file", plain)]))),
    ("zstd", zstd),
    ("xz", xz),
    ("lz4", lz4),
    ("snappy", snappy),
    ("tarBzip2", |plain| bzip2(&tar(&[("in/file", plain)]))),
    ("tarZstd", |plain| zstd(&tar(&[("in/file", plain)]))),
    ("tarXz", |plain| xz(&tar(&[("in/file", plain)]))),
];

pub(crate) fn zstd(plain: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(plain, 1).unwrap()
}

pub(crate) fn xz(plain: &[u8]) -> Vec<u8> {
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
    xz.write_all(plain).unwrap();
    xz.finish().unwrap()
}

pub(crate) fn lz4(plain: &[u8]) -> Vec<u8> {
    let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
    lz4.write_all(plain).unwrap();
    lz4.finish().unwrap()
}

pub(crate) fn snappy(plain: &[u8]) -> Vec<u8> {
    let mut snappy = snap::write::FrameEncoder::new(Vec::new());
    snappy.write_all(plain).unwrap();
    snappy.into_inner().unwrap()
}

pub(super) fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(plain).unwrap();
    gzip.finish().unwrap()
}

fn bzip2(plain: &[u8]) -> Vec<u8> {
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(plain).unwrap();
    bzip2.finish().unwrap()
}

fn deflate(plain: &[u8]) -> Vec<u8> {
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zlib.write_all(plain).unwrap();
    zlib.finish().unwrap()
}

pub(super) fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        // The library refuses to write names that lead out of the folder.
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        tar.append(&header, *content).unwrap();
    }
    tar.into_inner().unwrap()
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Key, content, how it is asked for, and the words of the refusal.
pub(super) fn hostile() -> Vec<(&'static str, Vec<u8>, &'static str, &'static [&'static str])> {
    const FIND_OUT: &str = "determineProperties=true";
    let csv = b"a,b\n1,2\n".repeat(2000);
    // One line without an end: a reader that looks for the header reads all of it.
    let endless = vec![b'x'; 200 << 20];
    let cut = |mut bytes: Vec<u8>| {
        bytes.truncate(bytes.len() / 2);
        bytes
    };
    let inner = gzip(&tar(&[("a.csv", &csv)]));
    vec![
        ("bomb.gz", gzip(&endless), "fileType=json&compressionType=gzip", &["100 times"]),
        ("bomb.bz2", bzip2(&endless), "fileType=json&compressionType=bzip2", &["100 times"]),
        ("bomb.tgz", gzip(&tar(&[("a", &endless)])), "fileType=json&compressionType=tarGzip", &["100 times"]),
        ("bomb.zip", zip(&[("a", &endless)]), "fileType=json&compressionType=zipDeflate", &["100 times"]),
        ("name.tgz", gzip(&long_name(150 << 20)), FIND_OUT, &["100 times"]),
        ("bomb.zst", zstd(&endless), "fileType=json&compressionType=zstd", &["100 times"]),
        ("bomb.xz", xz(&endless), "fileType=json&compressionType=xz", &["100 times"]),
        ("cut.zst", cut(zstd(&csv)), FIND_OUT, &["ends too early"]),
        ("cut.xz", cut(xz(&csv)), FIND_OUT, &["ends too early"]),
        ("cut.lz4", cut(lz4(&csv)), FIND_OUT, &["ends too early"]),
        ("cut.sz", cut(snappy(&csv)), FIND_OUT, &["ends too early"]),
        ("cut.gz", cut(gzip(&csv)), "fileType=delimited&compressionType=gzip", &["ends too early"]),
        ("cut.zip", cut(zip(&[("a.csv", &csv)])), FIND_OUT, &["damaged"]),
        ("cut.tgz", cut(gzip(&tar(&[("a.csv", &csv)]))), FIND_OUT, &["damaged"]),
        ("empty.tar", tar(&[]), "fileType=delimited&compressionType=tar", &["holds no file"]),
        ("nested.tar", tar(&[("a.tar.gz", &inner)]), FIND_OUT, &["neither Parquet, Avro nor text"]),
        ("nested.zip", zip(&[("a.zip", &zip(&[("a.csv", &csv)]))]), FIND_OUT, &["neither Parquet, Avro nor text"]),
        ("plain.csv", csv.clone(), "fileType=delimited&compressionType=bzip2", &["not compressed as declared"]),
        ("zeros.csv", vec![0; 5000], FIND_OUT, &["neither Parquet, Avro nor text", "fileType"]),
        ("empty.csv", Vec::new(), FIND_OUT, &["empty"]),
        ("letter.txt", b"Dear Sir, or Madam\nthis\nis\na letter\n".to_vec(), FIND_OUT, &["columnDelimiter"]),
        ("footer.parquet", b"PAR1\xff\xff\xff\x7fPAR1".to_vec(), FIND_OUT, &[]),
    ]
}

/// An archive whose only entry has a name of so many bytes.
fn long_name(bytes: usize) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_path("././@LongLink").unwrap();
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_size(bytes as u64);
    header.set_cksum();
    let mut tar = tar::Builder::new(Vec::new());
    tar.append(&header, std::io::repeat(b'n').take(bytes as u64)).unwrap();
    tar.into_inner().unwrap()
}
