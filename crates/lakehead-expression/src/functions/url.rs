//! Addresses.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringViewArray};
use arrow::buffer::OffsetBuffer;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

use super::string::each;
use crate::column::{Kind, map_of};
use crate::function::{Call, Category, Fault, Function, Kernel, Param};

const ADDRESS: Param = Param::new("url", Kind::Text, "The address.");
/// Most entries of one query.
const MAX_PAIRS: usize = 1000;
/// Everything but letters, digits and `- _ .`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// The functions of this category.
pub(super) const FUNCTIONS: &[Function] = &[
    address(
        "get_url_protocol",
        "The scheme of an address.",
        (r#"get_url_protocol("https://platform.adobe.com/home")"#, r#""https""#),
        |call| part(call, |url| Some(url.scheme().to_owned())),
    ),
    address(
        "get_url_host",
        "The host of an address.",
        (r#"get_url_host("https://platform.adobe.com/home")"#, r#""platform.adobe.com""#),
        |call| part(call, |url| url.host_str().map(str::to_owned)),
    ),
    Function::new(
        "get_url_port",
        Category::Url,
        "The port of an address, that of its scheme where it names none.",
        &[ADDRESS],
        Kind::Integer,
        (r#"get_url_port("sftp://example.com//home/joe/employee.csv")"#, "22"),
        Kernel::Eager(port),
    ),
    Function::new(
        "get_url_path",
        Category::Url,
        "The path of an address.",
        &[ADDRESS, Param::optional("full", Kind::Boolean, "Whether the whole path is given; else its last part.")],
        Kind::Text,
        (r#"get_url_path("sftp://example.com//home/joe/employee.csv")"#, r#""//home/joe/employee.csv""#),
        Kernel::Eager(path),
    ),
    Function::new(
        "get_url_query_str",
        Category::Url,
        "The query of an address as a map.",
        &[
            ADDRESS,
            Param::new(
                "anchor",
                Kind::Text,
                "What becomes of the fragment: `retain` leaves it at the last value, `remove` leaves it out, `append` gives it the key `_anchor_`.",
            ),
        ],
        Kind::Object,
        (
            r#"get_url_query_str("foo://example.com:8042/over/there?name=ferret#nose", "retain")"#,
            r#"{"name": "ferret#nose"}"#,
        ),
        Kernel::Eager(query),
    ),
    address(
        "get_url_encoded",
        "A text with everything that means something in addresses percent-encoded.",
        (
            r#"get_url_encoded("https://example.com/partneralliance_asia-pacific_2022")"#,
            r#""https%3A%2F%2Fexample.com%2Fpartneralliance_asia-pacific_2022""#,
        ),
        |call| each(call, |text, out| out.extend(utf8_percent_encode(text, ENCODED))),
    ),
    address(
        "get_url_decoded",
        "A text that was percent-encoded.",
        (
            r#"get_url_decoded("https%3A%2F%2Fexample.com%2Fpartneralliance_asia-pacific_2022")"#,
            r#""https://example.com/partneralliance_asia-pacific_2022""#,
        ),
        |call| each(call, |text, out| out.push_str(&percent_decode_str(text).decode_utf8_lossy())),
    ),
];

const fn address(
    name: &'static str,
    summary: &'static str,
    example: (&'static str, &'static str),
    compute: fn(&mut Call<'_>) -> Result<ArrayRef, Fault>,
) -> Function {
    Function::new(name, Category::Url, summary, &[ADDRESS], Kind::Text, example, Kernel::Eager(compute))
}

/// A part of each address; null where the text is none.
fn part(call: &mut Call<'_>, of: fn(&Url) -> Option<String>) -> Result<ArrayRef, Fault> {
    let texts = call.text(0)?;
    call.write_texts(|_, row, out| {
        let found = texts.get(row).and_then(|text| Url::parse(text).ok()).and_then(|url| of(&url));
        found.map(|found| out.push_str(&found)).is_some()
    })
}

fn port(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    const PORTS: [(&str, u16); 6] =
        [("sftp", 22), ("ssh", 22), ("ftps", 990), ("ldap", 389), ("ldaps", 636), ("smtp", 25)];
    let texts = call.text(0)?;
    let port = |row| {
        let url = Url::parse(texts.get(row)?).ok()?;
        let usual = || PORTS.iter().find(|(scheme, _)| *scheme == url.scheme()).map(|(_, port)| *port);
        url.port_or_known_default().or_else(usual).map(i64::from)
    };
    Ok(Arc::new((0..call.rows()).map(port).collect::<Int64Array>()))
}

fn path(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let (texts, full, given) = (call.text(0)?, call.truth(1)?, call.count() > 1);
    call.write_texts(|_, row, out| {
        let Some(url) = texts.get(row).and_then(|text| Url::parse(text).ok()) else { return false };
        let path = url.path();
        let last = path.rsplit('/').next().unwrap_or(path);
        out.push_str(if given && !full.get(row) { last } else { path });
        true
    })
}

fn query(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    const ANCHOR: &str = "_anchor_";
    let (texts, anchors) = (call.text(0)?, call.text(1)?);
    let (mut keys, mut values, mut offsets, mut valid) = (Vec::new(), Vec::new(), vec![0_i32], Vec::new());
    for row in 0..call.rows() {
        let begin = keys.len();
        let url = texts.get(row).and_then(|text| Url::parse(text).ok());
        valid.push(url.is_some());
        if let Some(url) = url {
            for (key, value) in url.query_pairs().take(MAX_PAIRS) {
                if let Some(known) = keys[begin..].iter().position(|known: &String| *known == *key) {
                    values[begin + known] = value.into_owned();
                } else {
                    keys.push(key.into_owned());
                    values.push(value.into_owned());
                }
            }
            match (anchors.get(row), url.fragment()) {
                (Some("retain" | "keep"), Some(fragment)) if keys.len() > begin => {
                    if let Some(last) = values.last_mut() {
                        *last = format!("{last}#{fragment}");
                    }
                }
                (Some("append"), Some(fragment)) => {
                    keys.push(ANCHOR.to_owned());
                    values.push(fragment.to_owned());
                }
                (Some("retain" | "keep" | "remove" | "append"), _) => {}
                _ => call.fail(row, "the anchor is not one of `retain`, `remove` and `append`"),
            }
        }
        offsets.push(keys.len() as i32);
    }
    let keys: ArrayRef = Arc::new(StringViewArray::from_iter_values(keys));
    let values: ArrayRef = Arc::new(StringViewArray::from_iter_values(values));
    Ok(Arc::new(map_of(OffsetBuffer::new(offsets.into()), keys, values, Some(valid.into()))?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::evaluate;

    #[test]
    fn parts_of_addresses() {
        let value = |text: &str| evaluate(text, "{}").value;
        assert_eq!(value("get_url_path('sftp://example.com//home/joe/employee.csv', false)"), json!("employee.csv"));
        assert_eq!(value("get_url_host('not an address')"), json!(null));
        assert_eq!(value("get_url_port('https://a.b/c') + get_url_port('http://a:8080')"), json!(8523));
        let query =
            |anchor: &str| value(&format!("get_url_query_str('foo://e.com:8042/o?name=ferret#nose', '{anchor}')"));
        assert_eq!(query("remove"), json!({"name": "ferret"}));
        assert_eq!(query("append"), json!({"name": "ferret", "_anchor_": "nose"}));
        assert_eq!(query("keep"), json!({"name": "ferret#nose"}));
        assert!(evaluate("get_url_query_str('foo://e.com?a=b', 'x')", "{}").failures[0].contains("anchor"));
        let special = r##" !"#$%&'()*+,/:;<=>?@[\]^`{|}~"##;
        let row = json!({"s": special}).to_string();
        assert_eq!(
            evaluate("get_url_encoded(s)", &row).value,
            json!("%20%21%22%23%24%25%26%27%28%29%2A%2B%2C%2F%3A%3B%3C%3D%3E%3F%40%5B%5C%5D%5E%60%7B%7C%7D%7E")
        );
        assert_eq!(evaluate("get_url_decoded(get_url_encoded(s))", &row).value, json!(special));
    }
}
