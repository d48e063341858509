//! The trace that a caller says his request belongs to: `traceparent` of W3C Trace Context. It is a stranger's text, looked at
//! before anybody has proved who he is: what is not exactly as it should be is as good as absent, and `tracestate` is not
//! read at all.

use axum::http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};

const HEADER: &str = "traceparent";
/// Length of version 00; later versions may go on after another dash.
const LENGTH: usize = 55;
/// Longest header that is looked at.
const MAX_LENGTH: usize = 256;

/// The caller's span as the parent of one of ours; `None` where there is none that can be read.
pub(crate) fn of(headers: &HeaderMap) -> Option<Context> {
    let mut said = headers.get_all(HEADER).iter();
    let (only, None) = (said.next()?, said.next()) else { return None };
    Some(Context::new().with_remote_span_context(parse(only.as_bytes())?))
}

fn parse(text: &[u8]) -> Option<SpanContext> {
    let known = text.get(..LENGTH)?;
    let dashes = [2, 35, 52];
    let shaped = known.iter().enumerate().all(|(at, byte)| match byte {
        b'-' => dashes.contains(&at),
        b'0'..=b'9' | b'a'..=b'f' => !dashes.contains(&at),
        _ => false,
    });
    let ends = match (&known[..2], text.get(LENGTH)) {
        (b"ff", _) => false,
        (b"00", rest) => rest.is_none(),
        (_, rest) => rest.is_none_or(|byte| *byte == b'-') && text.len() <= MAX_LENGTH,
    };
    if !shaped || !ends {
        return None;
    }
    let part = |from: usize, to: usize| std::str::from_utf8(&known[from..to]).ok();
    let flags = TraceFlags::new(u8::from_str_radix(part(53, 55)?, 16).ok()?) & TraceFlags::SAMPLED;
    let (trace, span) = (TraceId::from_hex(part(3, 35)?).ok()?, SpanId::from_hex(part(36, 52)?).ok()?);
    Some(SpanContext::new(trace, span, flags, true, TraceState::default())).filter(SpanContext::is_valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    #[test]
    fn what_is_well_formed_is_a_parent() {
        for (text, sampled) in [
            (format!("00-{TRACE}-{SPAN}-01"), true),
            (format!("00-{TRACE}-{SPAN}-00"), false),
            (format!("00-{TRACE}-{SPAN}-ff"), true),
            (format!("01-{TRACE}-{SPAN}-01"), true),
            (format!("cc-{TRACE}-{SPAN}-03-what-comes"), true),
        ] {
            let found = parse(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((found.trace_id().to_string(), found.span_id().to_string()), (TRACE.into(), SPAN.into()));
            assert!(found.is_remote() && found.is_sampled() == sampled, "{text}");
        }
    }

    #[test]
    fn what_is_not_is_as_good_as_absent() {
        let zeros = "0".repeat(32);
        for text in [
            String::new(),
            "00".into(),
            "é".repeat(40),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("00-{TRACE}-{SPAN}-01 "),
            format!("01-{TRACE}-{SPAN}-01x"),
            format!("01-{TRACE}-{SPAN}-01-{}", "x".repeat(100_000)),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-+{}-{SPAN}-01", &TRACE[1..]),
            format!("00-{zeros}-{SPAN}-01"),
            format!("00-{TRACE}-{}-01", &zeros[..16]),
            format!("00-{TRACE}{SPAN}--01"),
            format!("00_{TRACE}_{SPAN}_01"),
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text:.80}");
        }
        let header = format!("00-{TRACE}-{SPAN}-01");
        let mut twice = HeaderMap::new();
        twice.append(HEADER, header.parse().unwrap());
        assert!(of(&twice).is_some());
        twice.append(HEADER, header.parse().unwrap());
        assert!(of(&twice).is_none(), "two say nothing");
    }
}
