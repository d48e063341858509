//! How texts of a declared format are written. Rather too much passes than too little: what the JSON Schema library of the
//! documented service takes is never refused.

use std::net::Ipv6Addr;

use lakehead_model::xdm::constraints::Format;

/// Whether the text is written in the format.
pub(super) fn is(text: &str, format: Format) -> bool {
    match format {
        Format::Email => is_email(text),
        Format::Uri => is_reference(text) && (text.starts_with("//") || has_scheme(text)),
        Format::Ipv4 => is_ipv4(text),
        // What follows `%` names a network interface.
        Format::Ipv6 => text.split('%').next().is_some_and(|address| address.parse::<Ipv6Addr>().is_ok()),
    }
}

fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.rsplit_once('@') else { return false };
    let quoted = name.len() > 2 && name.starts_with('"') && name.ends_with('"');
    let open = |part: &str| part.chars().any(|c| c.is_whitespace() || c.is_control());
    !name.is_empty() && !domain.is_empty() && !open(domain) && (quoted || !open(name))
}

/// Characters that a URI may have; bytes in hexadecimal after `%`.
fn is_reference(text: &str) -> bool {
    let allowed = |c: char| !c.is_whitespace() && !c.is_control() && !r#"<>"{}|\^`"#.contains(c);
    let mut escapes = text.split('%').skip(1);
    text.chars().all(allowed)
        && escapes.all(|rest| rest.as_bytes().get(..2).is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit)))
}

fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, rest)| {
        let known = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'-' | b'.');
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.bytes().all(known) && !rest.is_empty()
    })
}

fn is_ipv4(text: &str) -> bool {
    let number = |part: &str| {
        (1..=3).contains(&part.len()) && part.bytes().all(|c| c.is_ascii_digit()) && part.parse::<u8>().is_ok()
    };
    text.split('.').count() == 4 && text.split('.').all(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_ones_pass_and_bad_ones_do_not() {
        for (format, good, bad) in [
            (
                Format::Email,
                &["a@b", "a.b+c@example.com", "\"a b\"@x.org", "ü@ü.de", "a@[1.2.3.4]"][..],
                &["", "a", "@b", "a@", "a b@c", "a@b c"][..],
            ),
            (
                Format::Uri,
                &["http://a", "urn:x:y", "mailto:a@b", "//host/x", "http://ü/%C3%BC?q[]=1#f", "a+b.c-1:x"],
                &["", "a", "/a/b", ":x", "1a:x", "http://a b", "http://a/%zz", "http://a/%2", "x:", "x:{y}"],
            ),
            (
                Format::Ipv4,
                &["1.2.3.4", "255.255.255.255", "010.0.0.1"],
                &["", "1.2.3", "1.2.3.256", "1.2.3.4.5", "a.b.c.d", "1.2.3.+4"],
            ),
            (
                Format::Ipv6,
                &["::", "2001:db8::1", "::ffff:1.2.3.4", "fe80::1%eth0"],
                &["", "1.2.3.4", "1::2::3", "g::"],
            ),
        ] {
            let wrong = |texts: &[&'static str], passes| texts.iter().copied().find(|text| is(text, format) != passes);
            assert_eq!((wrong(good, true), wrong(bad, false)), (None, None), "{format:?}");
        }
    }
}
