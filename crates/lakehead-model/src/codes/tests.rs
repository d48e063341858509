//! The table against itself, against the sources, and against its page of the documentation.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::*;

/// Codes that the sources can say and no request can bring about.
const UNREACHABLE: &[&str] = &[
    "CONNECTOR-1324-400",
    "CONNECTOR-1354-400",
    "CONNECTOR-1378-400",
    "CONNECTOR-1379-400",
    "CONNECTOR-1385-400",
    "CONNECTOR-1395-400",
    "XDM-1008-400",
    "XDM-1009-400",
    "XDM-9014-400",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn a_row_is_complete_and_there_once() {
    let mut seen = HashSet::new();
    for code in all() {
        assert!(seen.insert(code.code), "{} is there twice", code.code);
        assert!(!code.title.is_empty(), "{}: no title", code.code);
        assert!(code.meaning.ends_with('.'), "{}: the meaning is not a sentence", code.code);
        match code.occurs {
            Occurs::Never(why) => assert!(!why.is_empty() && code.cure.is_empty(), "{}: say why not", code.code),
            _ => assert!(code.cure.ends_with('.'), "{}: say what to do", code.code),
        }
        if code.occurs == Occurs::InAnswers {
            assert!((400..600).contains(&code.status()), "{}: not the status of an error", code.code);
        }
        for text in [code.title, code.meaning, code.cure] {
            assert!(!text.contains('|'), "{}: `|` breaks the page", code.code);
        }
    }
}

#[test]
fn titles_and_statuses_come_from_the_table() {
    assert_eq!(title("FLOW-1439-404"), "Resource not found");
    assert_eq!(title("NOBODY-1-400"), INVALID);
    assert_eq!(status("FLOW-1439-404"), 404);
    assert_eq!(status("TypeCompatibilityException"), 500);
}

#[test]
fn what_the_sources_say_is_in_the_table() {
    let mut unknown = Vec::new();
    let mut said = HashSet::new();
    for path in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        for code in codes_in(&text) {
            if find(code).is_none() {
                unknown.push(format!("{}: {code}", path.display()));
            }
        }
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        let tests = name.contains("tests") || name.contains("/contract/");
        if !tests {
            let program = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            said.extend(all().map(|code| code.code).filter(|code| program.contains(&format!("\"{code}\""))));
        }
    }
    assert!(unknown.is_empty(), "add to crates/lakehead-model/src/codes: {unknown:#?}");
    let produced = |code: &&Code| code.can_occur();
    let silent: Vec<_> = all().filter(produced).map(|code| code.code).filter(|code| !said.contains(code)).collect();
    assert!(silent.is_empty(), "nothing in the sources says {silent:?}: give the reason with `never`");
    // Codes that are numbers alone may be said of something else.
    let is_surprise = |code: &&Code| !code.can_occur() && code.code.contains('-') && !UNREACHABLE.contains(&code.code);
    let surprising: Vec<_> =
        all().filter(is_surprise).map(|code| code.code).filter(|code| said.contains(code)).collect();
    assert!(surprising.is_empty(), "the sources say {surprising:?}, and the table says that they never occur");
}

/// The sources of every crate, without the table.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> =
        std::fs::read_dir(root().join("crates")).unwrap().map(|krate| krate.unwrap().path().join("src")).collect();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let table = path.ends_with("lakehead-model/src/codes.rs") || path.ends_with("lakehead-model/src/codes");
            if table {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    assert!(found.len() > 100, "the sources were not found");
    found
}

/// Everything in a text that has the form of a code.
fn codes_in(text: &str) -> Vec<&str> {
    const PREFIXES: &[&str] = &[
        "GATEWAY",
        "PLATFORM",
        "FLOW",
        "CONNECTOR",
        "INGEST",
        "DCVS",
        "MAPPER",
        "XDM",
        "CATALOG",
        "DAS",
        "SMS",
        "POLICY",
        "IDNS",
        "ICEBERG",
    ];
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let is_code = |word: &&str| {
        let parts: Vec<&str> = word.split('-').collect();
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        matches!(parts[..], [prefix, number, status] if PREFIXES.contains(&prefix) && digits(number) && digits(status))
    };
    words.filter(is_code).collect()
}

#[test]
fn the_page_of_the_documentation_is_current() {
    let path = root().join("docs/reference/errors.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, markdown()).unwrap();
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(page == markdown(), "run `UPDATE_DOCS=1 cargo test -p lakehead-model codes` and commit {}", path.display());
}

#[test]
fn the_interface_knows_what_to_do_about_each_code_of_a_run() {
    let path = root().join("crates/lakehead-server/ui/lib/run_codes.js");
    let codes = all().filter(|code| code.occurs == Occurs::InRuns);
    let line = |code: &Code| {
        let said = serde_json::json!({ "title": code.title, "meaning": code.meaning, "cure": code.cure });
        format!("  {}: {said},\n", serde_json::json!(code.code))
    };
    let rows: String = codes.map(line).collect();
    let module = format!(
        "// What the codes in runs mean, and what to do. Made from the table of error codes:\n\
         // `UPDATE_DOCS=1 cargo test -p lakehead-model codes`.\nexport const RUN_CODES = {{\n{rows}}};\n"
    );
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &module).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == module, "run `UPDATE_DOCS=1 cargo test -p lakehead-model codes` and commit {}", path.display());
}
