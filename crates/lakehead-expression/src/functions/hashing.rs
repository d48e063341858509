//! Digests, as lower-case hexadecimal digits.

use arrow::array::ArrayRef;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::column::Kind;
use crate::function::{Call, Category, Fault, Function, Kernel, Param};

const PARAMS: &[Param] = &[
    Param::new("input", Kind::Text, "The text."),
    Param::optional(
        "charset",
        Kind::Text,
        "How the text becomes bytes: `UTF-8` (the default), `UTF-16`, `ISO-8859-1` or `US-ASCII`.",
    ),
];

/// The functions of this category.
pub(super) const FUNCTIONS: &[Function] = &[
    hash(
        "sha1",
        "The SHA-1 digest of a text.",
        (r#"sha1("my text", "UTF-8")"#, r#""c3599c11e47719df18a2448690840c5dfcce3c80""#),
        |call| digest(call, |bytes, out| push_hex(&Sha1::digest(bytes), out)),
    ),
    hash(
        "sha256",
        "The SHA-256 digest of a text.",
        (r#"sha256("my text", "UTF-8")"#, r#""7330d2b39ca35eaf4cb95fc846c21ee6a39af698154a83a586ee270a0d372104""#),
        |call| digest(call, |bytes, out| push_hex(&Sha256::digest(bytes), out)),
    ),
    hash(
        "sha512",
        "The SHA-512 digest of a text.",
        (
            r#"sha512("my text", "UTF-8")"#,
            r#""a3d7e45a0d9be5fd4e4b9a3b8c9c2163c21ef708bf11b4232bb21d2a8704ada2cdcd7b367dd0788a89a5c908cfe377aceb1072a7b386b7d4fd2ff68a8fd24d16""#,
        ),
        |call| digest(call, |bytes, out| push_hex(&Sha512::digest(bytes), out)),
    ),
    hash(
        "md5",
        "The MD5 digest of a text.",
        (r#"md5("my text", "UTF-8")"#, r#""d3b96ce8c9fb4e9bd0198d03ba6852c7""#),
        |call| digest(call, |bytes, out| push_hex(&Md5::digest(bytes), out)),
    ),
    hash(
        "crc32",
        "The CRC-32 checksum of a text, its lowest byte first.",
        (r#"crc32("my text", "UTF-8")"#, r#""8df92e80""#),
        |call| digest(call, |bytes, out| push_hex(&crc32fast::hash(bytes).to_le_bytes(), out)),
    ),
];

const fn hash(
    name: &'static str,
    summary: &'static str,
    example: (&'static str, &'static str),
    compute: fn(&mut Call<'_>) -> Result<ArrayRef, Fault>,
) -> Function {
    Function::new(name, Category::Hashing, summary, PARAMS, Kind::Text, example, Kernel::Eager(compute))
}

fn push_hex(bytes: &[u8], out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    // The longest digest has 64 bytes.
    let mut hex = [0; 128];
    let hex = &mut hex[..2 * bytes.len()];
    for (pair, byte) in hex.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    out.push_str(str::from_utf8(hex).unwrap_or_default());
}

fn digest(call: &mut Call<'_>, write: fn(&[u8], &mut String)) -> Result<ArrayRef, Fault> {
    let (texts, charsets) = (call.text(0)?, call.text(1)?);
    let mut encoded = Vec::new();
    call.write_texts(|call, row, out| {
        let Some(text) = texts.get(row) else { return false };
        match charsets.get(row) {
            None => write(text.as_bytes(), out),
            Some(charset) => {
                encoded.clear();
                if !encode(text, charset, &mut encoded) {
                    call.fail(row, "the charset is not one of UTF-8, UTF-16, ISO-8859-1 and US-ASCII");
                    return false;
                }
                write(&encoded, out);
            }
        }
        true
    })
}

/// The bytes of a text as Java makes them: what a charset does not have becomes `?`, UTF-16 begins with its mark.
fn encode(text: &str, charset: &str, out: &mut Vec<u8>) -> bool {
    let narrow = |limit: u32| text.chars().map(move |c| if (c as u32) < limit { c as u8 } else { b'?' });
    match charset.trim().to_ascii_uppercase().as_str() {
        "" | "UTF-8" | "UTF8" => out.extend_from_slice(text.as_bytes()),
        "UTF-16" => {
            out.extend_from_slice(&[0xfe, 0xff]);
            out.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
        }
        "ISO-8859-1" => out.extend(narrow(256)),
        "US-ASCII" => out.extend(narrow(128)),
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::evaluate;

    #[test]
    fn charsets_null_and_numbers() {
        let value = |text: &str| evaluate(text, "{}").value;
        // Taken from Python's hashlib.
        assert_eq!(value("md5('ä')"), json!("8419b71c87a225a2c70b50486fbee545"));
        assert_eq!(value("md5('ä', 'ISO-8859-1')"), json!("c15bcc5577f9fade4b4a3256190a59b0"));
        assert_eq!(value("md5('ä', 'US-ASCII')"), value("md5('?')"));
        assert_eq!(value("md5('a', 'UTF-16')"), json!("4b936244fb81c0500598b1938266f69a"));
        assert_eq!(value("sha1(null)"), json!(null));
        assert_eq!(value("sha1(12)"), value("sha1('12')"));
        assert!(evaluate("sha1('a', 'EBCDIC')", "{}").failures[0].contains("charset"));
    }
}
