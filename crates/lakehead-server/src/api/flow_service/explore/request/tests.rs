//! Parameters in every documented spelling, and the code of each way to miss them.

use lakehead_model::format::{Compression, Dialect, Encoding};

use super::*;

fn pairs(text: &str) -> QueryPairs {
    QueryPairs(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
}

fn parse(text: &str) -> Result<Request, Invalid> {
    Request::parse(&pairs(text), &json!({}))
}

fn file(more: &str) -> Result<File, Invalid> {
    match parse(&format!("objectType=file&object=/a/b.csv&{more}"))? {
        Request::File(file) => Ok(file),
        level @ Request::Level { .. } => panic!("{level:?}"),
    }
}

#[test]
fn files_in_every_spelling() {
    let csv = || DataFormat::new(FormatKind::Delimited);
    for (query, expected) in [
        ("fileType=delimited", csv()),
        ("FILE_TYPE=DELIMITED", csv()),
        ("FileType=Delimited;&preview=false;", csv()),
        ("fileType=json&columnDelimiter=;", DataFormat { column_delimiter: b';', ..DataFormat::new(FormatKind::Json) }),
        ("fileType=parquet&compressionType=", DataFormat::new(FormatKind::Parquet)),
        ("fileType=delimited&columnDelimiter=%5Ct", DataFormat { column_delimiter: b'\t', ..csv() }),
        ("fileType=delimited&columnDelimiter=%09;", DataFormat { column_delimiter: b'\t', ..csv() }),
        ("fileType=delimited&columnDelimiter=+", DataFormat { column_delimiter: b' ', ..csv() }),
        ("fileType=delimited&column_delimiter=|;", DataFormat { column_delimiter: b'|', ..csv() }),
        ("fileType=delimited&CompressionType=GZIP;", DataFormat { compression: Some(Compression::Gzip), ..csv() }),
        ("fileType=delimited&compressionType=none", csv()),
        ("fileType=delimited&encoding=iso-8859-1", DataFormat { encoding: Encoding::Latin1, ..csv() }),
        ("fileType=delimited&determineProperties=False&whatever=1", csv()),
        ("fileType=delimited&header=&quote=&escape=&nullMarker=", csv()),
        (
            "fileType=delimited&header=false&quote=none&escape=%5C&nullMarker=NULL&nullMarker=not+given",
            DataFormat {
                dialect: Dialect {
                    header: false,
                    quote: None,
                    escape: Some(b'\\'),
                    null_markers: vec!["NULL".to_owned(), "not given".to_owned()],
                },
                ..csv()
            },
        ),
        (
            "fileType=Avro&compressionType=tarzstd&quote=%27",
            DataFormat { compression: Some(Compression::TarZstd), ..DataFormat::new(FormatKind::Avro) },
        ),
    ] {
        let wanted = File { path: "/a/b.csv".to_owned(), format: Some(expected), rows: false, counts: false };
        assert_eq!(file(query).unwrap(), wanted, "{query}");
    }
    let found_out = file("determineProperties=true;&preview=True&fileType=").unwrap();
    assert_eq!((found_out.format, found_out.rows), (None, true));
}

#[test]
fn what_cannot_be_used_has_its_code() {
    for (query, code) in [
        ("", "CONNECTOR-1399-400"),
        ("fileType=;", "CONNECTOR-1399-400"),
        ("fileType=xml", "CONNECTOR-1396-400"),
        ("fileType=delimited&columnDelimiter=||", "CONNECTOR-1331-400"),
        ("fileType=delimited&columnDelimiter=%22", "CONNECTOR-1312-400"),
        ("fileType=delimited&columnDelimiter=%C3%A4", "CONNECTOR-1312-400"),
        ("fileType=delimited&compressionType=lzma", "CONNECTOR-1312-400"),
        ("fileType=parquet&compressionType=gzip", "CONNECTOR-1312-400"),
        ("fileType=delimited&encoding=EBCDIC", "CONNECTOR-1312-400"),
        ("fileType=delimited&preview=perhaps", "CONNECTOR-1312-400"),
        ("fileType=delimited&header=perhaps", "CONNECTOR-1312-400"),
        ("fileType=delimited&quote=,", "CONNECTOR-1312-400"),
        ("determineProperties=true&nullMarker=x", "CONNECTOR-1374-400"),
        ("determineProperties=1", "CONNECTOR-1312-400"),
        ("determineProperties=true&fileType=json", "CONNECTOR-1374-400"),
        ("determineProperties=true&columnDelimiter=;", "CONNECTOR-1374-400"),
        ("determineProperties=true&compressionType=gzip", "CONNECTOR-1374-400"),
        ("determineProperties=true&encoding=UTF-8", "CONNECTOR-1374-400"),
        ("fileType=delimited&filters=!", "CONNECTOR-1389-400"),
        ("fileType=delimited&filters=bm90IGpzb24=", "CONNECTOR-1335-400"),
        ("fileType=delimited&filters=e30=", "CONNECTOR-1349-400"),
    ] {
        assert_eq!(file(query).unwrap_err().code, code, "{query}");
    }
    for (query, code) in [
        ("object=/a", "CONNECTOR-1359-400"),
        ("objectType=table&object=a", "CONNECTOR-1358-400"),
        ("objectType=rest", "CONNECTOR-1358-400"),
        ("objectType=file&fileType=json", "CONNECTOR-1337-400"),
        ("objectType=folder&object=", "CONNECTOR-1337-400"),
        ("objectType=root&limit=0", "FLOW-1452-400"),
        ("objectType=root&limit=x", "FLOW-1452-400"),
        ("objectType=root&continuationToken=zz", "FLOW-1452-400"),
        ("objectType=root&continuationToken=ff", "FLOW-1452-400"),
    ] {
        assert_eq!(parse(query).unwrap_err().code, code, "{query}");
    }
    let long = format!("objectType=root&continuationToken={}", "61".repeat(MAX_MARK + 1));
    assert_eq!(parse(&long).unwrap_err().code, "FLOW-1452-400");
}

#[test]
fn folders_and_their_pages() {
    for query in ["objectType=ROOT", "objectType=folder;&object=root", "objectType=Folder&object=/"] {
        assert_eq!(parse(query).unwrap(), Request::Level { place: Place::Root, part: Part::default() }, "{query}");
    }
    let query = pairs("objectType=folder&object=%2Fa%2Fb+c&limit=99999&Continuation_Token=6f6c64");
    let Ok(Request::Level { place, part }) = Request::parse(&query, &json!({})) else { panic!("a folder") };
    assert_eq!((place, part.limit), (Place::Folder("/a/b c".to_owned()), MAX_ENTRIES));
    assert_eq!(part.after.as_deref(), Some("old"));
    let next = following(&query, "ä/&=");
    assert_eq!(next, "objectType=folder&object=%2Fa%2Fb+c&limit=99999&continuationToken=c3a42f263d");
    let Ok(Request::Level { part, .. }) = parse(&next) else { panic!("a folder") };
    assert_eq!(part.after.as_deref(), Some("ä/&="));
}
