//! The three XML answers of S3 that are read, by events: whitespace in keys matters, and half an answer is none.

use quick_xml::{Reader, escape::resolve_predefined_entity, events::Event};

const MAX_DEPTH: usize = 16;

/// One page of `ListObjectsV2`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ListPage {
    pub(super) objects: Vec<ListedObject>,
    pub(super) prefixes: Vec<String>,
    /// Token of the next page; `None` on the last.
    pub(super) next: Option<String>,
}

/// One object of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ListedObject {
    pub(super) key: String,
    pub(super) etag: Option<String>,
    pub(super) size_bytes: u64,
    pub(super) last_modified_ms: i64,
}

/// Code and region of an error answer; both only where they look like one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: Option<String>,
    pub(super) region: Option<String>,
}

/// Reads a page of objects. The error says what is wrong with it and quotes nothing but a key.
pub(super) fn list_page(xml: &str) -> Result<ListPage, String> {
    let mut page = ListPage::default();
    let mut object = ListedObject::default();
    let mut seen = (false, false, false);
    let mut truncated = None;
    walk(xml, |path, text| {
        match path {
            ["ListBucketResult", "Contents", "Key"] => {
                text.clone_into(&mut object.key);
                seen.0 = true;
            }
            ["ListBucketResult", "Contents", "Size"] => {
                object.size_bytes = text.trim().parse().map_err(|_| "a size is not a number")?;
                seen.1 = true;
            }
            ["ListBucketResult", "Contents", "LastModified"] => {
                let time = chrono::DateTime::parse_from_rfc3339(text.trim()).map_err(|_| "a time is not ISO 8601")?;
                object.last_modified_ms = time.timestamp_millis();
                seen.2 = true;
            }
            // An entity tag comes back in a request header.
            ["ListBucketResult", "Contents", "ETag"]
                if text.len() <= 256 && text.bytes().all(|b| b.is_ascii_graphic()) =>
            {
                object.etag = (!text.is_empty()).then(|| text.to_owned());
            }
            ["ListBucketResult", "Contents", "ETag"] => return Err("an entity tag has odd characters".to_owned()),
            ["ListBucketResult", "Contents"] => {
                if std::mem::take(&mut seen) != (true, true, true) || object.key.is_empty() {
                    return Err(format!("the entry `{}` lacks its key, size or time", object.key));
                }
                page.objects.push(std::mem::take(&mut object));
            }
            ["ListBucketResult", "CommonPrefixes", "Prefix"] => page.prefixes.push(text.to_owned()),
            ["ListBucketResult", "NextContinuationToken"] => page.next = Some(text.to_owned()),
            ["ListBucketResult", "IsTruncated"] => truncated = text.trim().parse::<bool>().ok(),
            _ => {}
        }
        Ok(())
    })?;
    match (truncated, &page.next) {
        (Some(true), Some(token)) if !token.is_empty() => {}
        (Some(false), _) => page.next = None,
        (Some(true), _) => return Err("the listing goes on but does not say where".to_owned()),
        (None, _) => return Err("the listing does not say whether it is complete".to_owned()),
    }
    Ok(page)
}

/// Reads the names of `ListBuckets`.
pub(super) fn bucket_names(xml: &str) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    let mut complete = false;
    walk(xml, |path, text| {
        match path {
            ["ListAllMyBucketsResult", "Buckets", "Bucket", "Name"] => names.push(text.to_owned()),
            ["ListAllMyBucketsResult"] => complete = true,
            _ => {}
        }
        Ok(())
    })?;
    if complete { Ok(names) } else { Err("the answer is not a list of buckets".to_owned()) }
}

/// Whether the answer is an error, whatever status it came with.
pub(super) fn is_fault(xml: &str) -> bool {
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => return tag.local_name().as_ref() == b"Error",
            Ok(Event::Eof) | Err(_) => return false,
            Ok(_) => {}
        }
    }
}

/// Reads an error answer as far as it is one; anything else gives nothing.
pub(super) fn fault(xml: &str) -> Fault {
    let mut fault = Fault::default();
    let word = |text: &str| {
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
        (plain && (1..=64).contains(&text.len())).then(|| text.to_owned())
    };
    // What was read before the text broke off is still worth having.
    let _ = walk(xml, |path, text| {
        match path {
            ["Error", "Code"] => fault.code = word(text.trim()),
            ["Error", "Region"] => fault.region = word(text.trim()),
            _ => {}
        }
        Ok(())
    });
    fault
}

/// Calls `visit` at the end of every element with the names down to it and its own text.
fn walk(xml: &str, mut visit: impl FnMut(&[&str], &str) -> Result<(), String>) -> Result<(), String> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    // One place per depth, used again and again: a page has six thousand elements.
    let mut open: [(String, String); MAX_DEPTH] = Default::default();
    let (mut depth, mut roots) = (0, 0);
    loop {
        match reader.read_event().map_err(|_| "the answer is not well-formed XML")? {
            Event::Start(tag) => {
                let Some((name, text)) = open.get_mut(depth) else {
                    return Err("the answer is nested too deeply".to_owned());
                };
                name.clear();
                name.push_str(&String::from_utf8_lossy(tag.local_name().as_ref()));
                text.clear();
                depth += 1;
            }
            Event::End(_) => {
                let mut path = [""; MAX_DEPTH];
                for (place, (name, _)) in path.iter_mut().zip(&open[..depth]) {
                    *place = name;
                }
                let Some(last) = depth.checked_sub(1) else { return Err("the answer closes too much".to_owned()) };
                visit(&path[..depth], &open[last].1)?;
                depth = last;
                roots += usize::from(depth == 0);
            }
            Event::Text(text) => push(&mut open[..depth], &text.decode().map_err(|_| "the answer is not UTF-8")?),
            Event::CData(text) => push(&mut open[..depth], &text.decode().map_err(|_| "the answer is not UTF-8")?),
            Event::GeneralRef(reference) => {
                let name = reference.decode().map_err(|_| "the answer is not UTF-8")?;
                let character =
                    reference.resolve_char_ref().map_err(|_| "the answer has a wrong character reference")?;
                let known = resolve_predefined_entity(&name);
                match (character, known) {
                    (Some(c), _) => push(&mut open[..depth], c.encode_utf8(&mut [0; 4])),
                    (None, Some(text)) => push(&mut open[..depth], text),
                    (None, None) => return Err("the answer has an unknown entity".to_owned()),
                }
            }
            Event::Eof if depth == 0 && roots == 1 => return Ok(()),
            Event::Eof => return Err("the answer breaks off".to_owned()),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) | Event::Empty(_) => {}
        }
    }
}

fn push(open: &mut [(String, String)], more: &str) {
    if let Some((_, text)) = open.last_mut() {
        text.push_str(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = "<Contents><Key>in/ a&amp;b&#x20;&#10;.csv</Key><LastModified>2024-05-01T10:00:00.000Z\
        </LastModified><ETag>&quot;abc&quot;</ETag><Size>7</Size><StorageClass>STANDARD</StorageClass></Contents>";

    fn page(inner: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{inner}\
             </ListBucketResult>"
        )
    }

    #[test]
    fn a_page_keeps_every_character_of_a_key() {
        let xml = page(&format!(
            "<IsTruncated>true</IsTruncated>{ENTRY}<CommonPrefixes><Prefix>in/x/</Prefix></CommonPrefixes>\
             <NextContinuationToken>t==</NextContinuationToken>"
        ));
        let read = list_page(&xml).unwrap();
        let object = ListedObject {
            key: "in/ a&b \n.csv".to_owned(),
            etag: Some("\"abc\"".to_owned()),
            size_bytes: 7,
            last_modified_ms: 1_714_557_600_000,
        };
        assert_eq!(
            read,
            ListPage { objects: vec![object], prefixes: vec!["in/x/".to_owned()], next: Some("t==".to_owned()) }
        );
    }

    #[test]
    fn half_an_answer_is_an_error() {
        let whole = page(&format!("<IsTruncated>false</IsTruncated>{ENTRY}"));
        list_page(&whole).unwrap();
        for end in 0..whole.len() {
            assert!(list_page(&whole[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn pages_that_do_not_say_where_they_end_are_errors() {
        for inner in [
            ENTRY.to_owned(),
            format!("<IsTruncated>true</IsTruncated>{ENTRY}"),
            format!("<IsTruncated>true</IsTruncated>{ENTRY}<NextContinuationToken/>"),
            "<IsTruncated>maybe</IsTruncated>".to_owned(),
            format!("<IsTruncated>false</IsTruncated>{}", ENTRY.replace("<Size>7</Size>", "")),
            format!("<IsTruncated>false</IsTruncated>{}", ENTRY.replace('7', "-7")),
            format!("<IsTruncated>false</IsTruncated>{}", ENTRY.replace("abc", "a&#10;c")),
            format!("<IsTruncated>false</IsTruncated>{}", ENTRY.replace("&amp;", "&evil;")),
            "<IsTruncated>false</IsTruncated>".to_owned() + &"<a>".repeat(50) + &"</a>".repeat(50),
        ] {
            assert!(list_page(&page(&inner)).is_err(), "{inner}");
        }
        for xml in ["", "hello", "<html><body/></html>", "<Error><Code>SlowDown</Code></Error>", "<a/><b/>"] {
            assert!(list_page(xml).is_err(), "{xml}");
            assert!(bucket_names(xml).is_err(), "{xml}");
        }
    }

    #[test]
    fn buckets_and_faults_are_read() {
        let xml = "<ListAllMyBucketsResult><Buckets><Bucket><Name>a-1</Name></Bucket><Bucket><Name>b-2</Name>\
            </Bucket></Buckets></ListAllMyBucketsResult>";
        assert_eq!(bucket_names(xml).unwrap(), ["a-1", "b-2"]);
        assert_eq!(bucket_names("<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>").unwrap(), [""; 0]);
        let fault_of = |code: &str| fault(&format!("<Error><Code>{code}</Code><Message>m</Message></Error>")).code;
        assert_eq!(fault_of("NoSuchBucket").as_deref(), Some("NoSuchBucket"));
        assert_eq!(fault_of("two words"), None);
        assert_eq!(fault("<Error><Code>X</Code><Region>eu-west-1</Region>").region.as_deref(), Some("eu-west-1"));
        assert_eq!(fault("not xml at all"), Fault::default());
    }
}
