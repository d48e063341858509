//! What browsers, apps and robots say of themselves in a user agent text. Tables, read from the top: the first that fits
//! counts. An approximation: agents imitate each other, and no table knows all of them.

mod table;

use table::{AGENTS, DEVICES, SYSTEMS, System};

/// What is known of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Agent {
    pub(crate) os: &'static str,
    pub(crate) os_version: Option<String>,
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    pub(crate) device: &'static str,
}

impl Agent {
    /// Reads a user agent text.
    pub(crate) fn of(text: &str) -> Self {
        let (os, os_version) = system(text);
        let (name, version) = agent(text);
        Self { device: device(text, os), os, os_version, name, version }
    }
}

fn system(text: &str) -> (&'static str, Option<String>) {
    let Some(found) = SYSTEMS.iter().find(|system| text.contains(system.sign)) else { return ("Unknown", None) };
    let System { sign, name, version, .. } = found;
    let version = match version {
        table::Version::None => None,
        table::Version::Fixed(version) => Some((*version).to_owned()),
        table::Version::Behind(word) => version_behind(text, word),
        table::Version::BehindSign => version_behind(text, sign),
    };
    (name, version)
}

/// Digits with points or underscores between them, behind a word.
fn version_behind(text: &str, word: &str) -> Option<String> {
    let rest = text[text.find(word)? + word.len()..].trim_start_matches([' ', '/', ':', '-']);
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_')).unwrap_or(rest.len());
    let version = rest[..end.min(40)].replace('_', ".");
    let version = version.trim_matches('.');
    (!version.is_empty()).then(|| version.to_owned())
}

fn agent(text: &str) -> (String, Option<String>) {
    for (sign, name, word) in AGENTS {
        if text.contains(sign) {
            return ((*name).to_owned(), version_behind(text, word));
        }
    }
    // Programs name themselves first: `curl/8.5.0`.
    let first = text.split_whitespace().next().unwrap_or_default();
    match first.split_once('/') {
        Some((name, _)) if name != "Mozilla" && !name.is_empty() => {
            let name: String = name.chars().take(40).collect();
            (name, version_behind(text, &format!("{}/", first.split('/').next().unwrap_or_default())))
        }
        _ => ("Unknown".to_owned(), None),
    }
}

fn device(text: &str, os: &str) -> &'static str {
    for (sign, class) in DEVICES {
        if text.contains(sign) {
            return class;
        }
    }
    let lower = text.to_ascii_lowercase();
    if ["bot", "crawler", "spider", "slurp"].iter().any(|word| lower.contains(word)) {
        let phone = lower.contains("mobile") && lower.contains("android");
        return if phone { "Robot Mobile" } else { "Robot" };
    }
    match os {
        // A telephone says so.
        "Android" => {
            if text.contains("Mobile") {
                "Phone"
            } else {
                "Tablet"
            }
        }
        "Windows" | "Windows NT" | "Mac OS" | "Linux" | "Ubuntu" | "Fedora" | "Chrome OS" | "FreeBSD" => "Desktop",
        "Windows Phone" | "KaiOS" | "BlackBerry" => "Phone",
        _ if !text.starts_with("Mozilla") && text.contains('/') => "Robot",
        _ => "Unknown",
    }
}

/// Everything up to the first point.
pub(crate) fn major(version: &str) -> &str {
    version.split('.').next().unwrap_or(version)
}

#[cfg(test)]
mod tests;
