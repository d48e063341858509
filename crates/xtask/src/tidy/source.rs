//! Rules that look at the text of one file.

use super::Violation;

/// Lines of a file before its tests.
const MAX_LINES: usize = 400;
/// Files that are longer, with the length they have. An entry may shrink or go, and none may be added.
const LONG_FILES: &[(&str, usize)] = &[];
/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["utils", "util", "helpers", "helper", "common", "misc", "manager"];

/// Rules for every text file.
pub(super) fn check_text(path: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.contains('\t') {
            violations.push(Violation::at(path, number, "a tab; use spaces (`\\t` inside a string)"));
        }
        if line.ends_with([' ', '\r']) {
            violations.push(Violation::at(path, number, "white space at the end of the line; remove it"));
        }
    }
    if !text.is_empty() && !text.ends_with('\n') {
        violations.push(Violation::of(path, "no line end at the end of the file; add one"));
    }
    violations
}

/// Rules for Rust files.
pub(super) fn check_rust(path: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    if !text.trim_start().starts_with("//!") {
        violations.push(Violation::at(path, 1, "no `//!` header; say in one to five lines what the module is"));
    }
    violations.extend(check_name(path));
    violations.extend(check_length(path, text, LONG_FILES));
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("#[ignore") {
            violations.push(Violation::at(path, number, "`#[ignore]`; a test runs or it is removed"));
        }
        if line.trim_start().starts_with("#[should_panic") {
            violations.push(Violation::at(path, number, "`#[should_panic]`; compare the error instead"));
        }
        if let Some(word) = unowned_note(line) {
            violations.push(Violation::at(path, number, &format!("`{word}` without an issue; write `{word}(#12)`")));
        }
    }
    violations
}

/// Rules for scripts and style sheets.
pub(super) fn check_web(path: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    if !text.starts_with("// ") && !text.starts_with("/* ") {
        violations.push(Violation::at(path, 1, "no comment at the top; say in one to five lines what the file is"));
    }
    violations.extend(check_name(path));
    violations.extend(check_length(path, text, LONG_FILES));
    for (number, line) in (1..).zip(text.lines()) {
        if ["innerHTML", "outerHTML", "insertAdjacentHTML", "dangerouslySet"].iter().any(|way| line.contains(way)) {
            violations.push(Violation::at(path, number, "text would become markup; draw it with html`…`"));
        }
    }
    violations
}

fn check_name(path: &str) -> Option<Violation> {
    let stem = path.rsplit('/').next().unwrap_or(path);
    let stem = stem.split_once('.').map_or(stem, |(stem, _)| stem);
    let folder = path.rsplit('/').nth(1).unwrap_or_default();
    let name = [stem, folder].into_iter().find(|name| EMPTY_NAMES.contains(name))?;
    Some(Violation::of(path, &format!("`{name}` says nothing about what is inside; name the subject")))
}

/// Long files are either known, and then not longer than known, or refused.
pub(super) fn check_length(path: &str, text: &str, known: &[(&str, usize)]) -> Option<Violation> {
    if path.contains("/tests/") || path.ends_with("/tests.rs") {
        return None;
    }
    let lines = text.lines().take_while(|line| !line.trim_start().starts_with("#[cfg(test)]")).count();
    let limit = known.iter().find(|(name, _)| *name == path).map(|(_, limit)| *limit);
    match limit {
        None if lines > MAX_LINES => {
            Some(Violation::of(path, &format!("{lines} lines before the tests; split it by subject at {MAX_LINES}")))
        }
        Some(limit) if lines > limit => {
            Some(Violation::of(path, &format!("{lines} lines, it had {limit}; a long file may only shrink")))
        }
        Some(limit) if lines < limit => {
            Some(Violation::of(path, &format!("{lines} lines, it had {limit}; lower its entry in `LONG_FILES`")))
        }
        _ => None,
    }
}

/// A note to oneself in a comment that no issue keeps alive.
fn unowned_note(line: &str) -> Option<&'static str> {
    let comment = line.split_once("//")?.1;
    ["TODO", "FIXME"].into_iter().find(|word| {
        comment.match_indices(word).any(|(at, _)| {
            let alone = !comment[..at].ends_with(|c: char| c.is_alphanumeric() || c == '`');
            alone && !comment[at + word.len()..].starts_with("(#")
        })
    })
}
