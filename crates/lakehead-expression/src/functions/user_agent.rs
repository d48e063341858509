//! What browsers say of themselves.

use arrow::array::ArrayRef;

use crate::agents::{Agent, major};
use crate::column::Kind;
use crate::function::{Call, Category, Fault, Function, Kernel, Param};

/// Longest text that is looked at, in bytes.
const MAX_BYTES: usize = 4096;

/// The functions of this category.
pub(super) const FUNCTIONS: &[Function] = &[
    agent(
        "ua_os_name",
        "The operating system.",
        (
            r#"ua_os_name("Mozilla/5.0 (iPhone; CPU iPhone OS 5_1_1 like Mac OS X) AppleWebKit/534.46 (KHTML, like Gecko) Version/5.1 Mobile/9B206 Safari/7534.48.3")"#,
            r#""iOS""#,
        ),
        |call| part(call, |agent, out| out.push_str(agent.os)),
    ),
    agent(
        "ua_os_version_major",
        "The operating system and the first number of its version.",
        (
            r#"ua_os_version_major("Mozilla/5.0 (iPhone; CPU iPhone OS 5_1_1 like Mac OS X) AppleWebKit/534.46 (KHTML, like Gecko) Version/5.1 Mobile/9B206 Safari/7534.48.3")"#,
            r#""iOS 5""#,
        ),
        |call| part(call, |agent, out| named(agent.os, agent.os_version.as_deref().map(major), out)),
    ),
    agent(
        "ua_os_version",
        "The version of the operating system.",
        (
            r#"ua_os_version("Mozilla/5.0 (iPhone; CPU iPhone OS 5_1_1 like Mac OS X) AppleWebKit/534.46 (KHTML, like Gecko) Version/5.1 Mobile/9B206 Safari/7534.48.3")"#,
            r#""5.1.1""#,
        ),
        |call| part(call, |agent, out| out.push_str(agent.os_version.as_deref().unwrap_or("??"))),
    ),
    agent(
        "ua_os_name_version",
        "The operating system and its version.",
        (
            r#"ua_os_name_version("Mozilla/5.0 (iPhone; CPU iPhone OS 5_1_1 like Mac OS X) AppleWebKit/534.46 (KHTML, like Gecko) Version/5.1 Mobile/9B206 Safari/7534.48.3")"#,
            r#""iOS 5.1.1""#,
        ),
        |call| part(call, |agent, out| named(agent.os, agent.os_version.as_deref(), out)),
    ),
    agent(
        "ua_agent_version",
        "The version of the browser or program.",
        (
            r#"ua_agent_version("Mozilla/5.0 (iPhone; CPU iPhone OS 5_1_1 like Mac OS X) AppleWebKit/534.46 (KHTML, like Gecko) Version/5.1 Mobile/9B206 Safari/7534.48.3")"#,
            r#""5.1""#,
        ),
        |call| part(call, |agent, out| out.push_str(agent.version.as_deref().unwrap_or("??"))),
    ),
    agent(
        "ua_agent_version_major",
        "The browser or program and the first number of its version.",
        (
            r#"ua_agent_version_major("Mozilla/5.0 (iPhone; CPU iPhone OS 5_1_1 like Mac OS X) AppleWebKit/534.46 (KHTML, like Gecko) Version/5.1 Mobile/9B206 Safari/7534.48.3")"#,
            r#""Safari 5""#,
        ),
        |call| part(call, |agent, out| named(&agent.name, agent.version.as_deref().map(major), out)),
    ),
    agent(
        "ua_agent_name",
        "The browser or program.",
        (
            r#"ua_agent_name("Mozilla/5.0 (iPhone; CPU iPhone OS 5_1_1 like Mac OS X) AppleWebKit/534.46 (KHTML, like Gecko) Version/5.1 Mobile/9B206 Safari/7534.48.3")"#,
            r#""Safari""#,
        ),
        |call| part(call, |agent, out| out.push_str(&agent.name)),
    ),
    agent(
        "ua_device_class",
        "The kind of device.",
        (
            r#"ua_device_class("Mozilla/5.0 (iPhone; CPU iPhone OS 5_1_1 like Mac OS X) AppleWebKit/534.46 (KHTML, like Gecko) Version/5.1 Mobile/9B206 Safari/7534.48.3")"#,
            r#""Phone""#,
        ),
        |call| part(call, |agent, out| out.push_str(agent.device)),
    ),
];

const fn agent(
    name: &'static str,
    summary: &'static str,
    example: (&'static str, &'static str),
    compute: fn(&mut Call<'_>) -> Result<ArrayRef, Fault>,
) -> Function {
    const PARAMS: &[Param] = &[Param::new("user_agent", Kind::Text, "The user agent text.")];
    Function::new(name, Category::UserAgent, summary, PARAMS, Kind::Text, example, Kernel::Eager(compute))
}

fn part(call: &mut Call<'_>, write: fn(&Agent, &mut String)) -> Result<ArrayRef, Fault> {
    let texts = call.text(0)?;
    let mut last: Option<(String, Agent)> = None;
    call.write_texts(|_, row, out| {
        let Some(text) = texts.get(row) else { return false };
        let text = &text[..text.floor_char_boundary(MAX_BYTES)];
        // The same agent often comes several times in a row.
        if last.as_ref().is_none_or(|(known, _)| known != text) {
            last = Some((text.to_owned(), Agent::of(text)));
        }
        last.as_ref().map(|(_, agent)| write(agent, out)).is_some()
    })
}

/// A name and a version; what is not known is `??`.
fn named(name: &str, version: Option<&str>, out: &mut String) {
    out.push_str(name);
    out.push(' ');
    out.push_str(version.unwrap_or("??"));
}
