//! Every rule finds its violation, and leaves what is right alone.

use std::path::PathBuf;

use super::source::{check_length, check_rust, check_text, check_web};
use super::tree::paths_in;
use super::{check, tree};

/// A repository of the given files that goes away with the test.
struct Tree(PathBuf);

impl Tree {
    fn of(name: &str, files: &[(&str, &str)]) -> Self {
        let root = std::env::temp_dir().join(format!("lakehead-tidy-{name}-{}", std::process::id()));
        for (path, text) in files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self(root)
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[track_caller]
fn rust_says(path: &str, text: &str, expected: &[&str]) {
    let found = check_rust(path, text);
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (violation, words) in found.iter().zip(expected) {
        assert!(violation.0.contains(words), "{violation:?} should contain {words}");
    }
}

#[test]
fn a_module_needs_a_header() {
    rust_says("crates/a/src/b.rs", "//! What it is.\n\nfn a() {}\n", &[]);
    rust_says("crates/a/src/b.rs", "fn a() {}\n", &["b.rs:1: no `//!` header"]);
    rust_says("crates/a/src/b.rs", "", &["no `//!` header"]);
}

#[test]
fn a_script_says_what_it_is_and_makes_no_markup_of_text() {
    let says = |path: &str, text: &str| check_web(path, text).into_iter().map(|found| found.0).collect::<Vec<_>>();
    assert_eq!(says("ui/a.js", "// What it is.\nexport const one = 1;\n"), [] as [&str; 0]);
    assert_eq!(says("ui/a.css", "/* What it is. */\n"), [] as [&str; 0]);
    assert!(says("ui/a.js", "export const one = 1;\n")[0].contains("a.js:1: no comment at the top"));
    assert!(says("ui/a.js", "// A.\nbox.innerHTML = name;\n")[0].contains("a.js:2: text would become markup"));
    assert!(says("ui/utils.js", "// A.\n")[0].contains("`utils` says nothing"));
    assert!(says("ui/a.js", &"// A.\n".repeat(401))[0].contains("401 lines"));
}

#[test]
fn an_empty_name_is_refused_as_file_and_as_folder() {
    rust_says("crates/a/src/utils.rs", "//! A.\n", &["`utils` says nothing"]);
    rust_says("crates/a/src/common/mod.rs", "//! A.\n", &["`common` says nothing"]);
    rust_says("crates/a/src/commonwealth.rs", "//! A.\n", &[]);
}

#[test]
fn tests_are_neither_left_out_nor_expected_to_panic() {
    rust_says("a.rs", "//! A.\n    #[ignore = \"slow\"]\n#[should_panic]\n", &["a.rs:2: `#[ignore]`", "a.rs:3: "]);
}

#[test]
fn a_note_needs_an_issue() {
    let note = |text: &str| format!("//! A.\nlet a = 1; {}{text}\n", "//");
    rust_says("a.rs", &note(" TODO: later"), &["a.rs:2: `TODO` without an issue"]);
    rust_says("a.rs", &note(" FIXME"), &["`FIXME` without an issue"]);
    rust_says("a.rs", &note(" TODO(#7): later"), &[]);
    let code = "let word = \"TODO\";";
    rust_says("a.rs", &format!("//! A.\n{code}\n"), &[]);
}

#[test]
fn a_long_file_is_refused_unless_known_and_may_only_shrink() {
    let long = format!("//! A.\n{}#[cfg(test)]\nmod tests {{\n{}}}\n", "fn a() {}\n".repeat(450), "\n".repeat(900));
    let says = |known: &[(&str, usize)]| check_length("a/b.rs", &long, known).map(|violation| violation.0);
    assert!(says(&[]).unwrap().contains("451 lines before the tests"));
    assert!(says(&[("a/b.rs", 450)]).unwrap().contains("may only shrink"));
    assert!(says(&[("a/b.rs", 460)]).unwrap().contains("lower its entry"));
    assert_eq!(says(&[("a/b.rs", 451)]), None);
    assert_eq!(check_length("a/tests.rs", &long, &[]), None);
}

#[test]
fn tabs_and_trailing_space_are_found_by_line() {
    let found = check_text("a.sql", "SELECT 1;\n\tSELECT 2;\nSELECT 3; \n");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].0.starts_with("a.sql:2: a tab") && found[1].0.starts_with("a.sql:3: white space"), "{found:?}");
    assert_eq!(check_text("a.sql", "SELECT 1;").len(), 1, "a file ends with a line end");
}

#[test]
fn paths_are_taken_from_backticks_only() {
    let line = "see `crates/a/src/b.rs` and crates/c, `cargo xtask`, `crates/x/NAME.rs`, `docs/*.md`, `docs/adr/`";
    assert_eq!(paths_in(line).collect::<Vec<_>>(), ["crates/a/src/b.rs", "docs/adr/"]);
}

#[test]
fn what_does_not_belong_together_is_found() {
    let repository = Tree::of(
        "broken",
        &[
            ("ARCHITECTURE.md", "Read `crates/gone/src/lib.rs` first.\n"),
            ("docs/how-to/add.md", "Edit `docs/how-to/add.md`.\n"),
            ("crates/lakehead-connect/src/connectors/mod.rs", "//! All.\nmod s3;\n"),
            ("crates/lakehead-connect/src/connectors/s3.rs", "//! S3.\n"),
            ("crates/lakehead-connect/src/connectors/sftp.rs", "//! SFTP.\n"),
            ("crates/lakehead-store/migrations/sqlite/0001_a.sql", "SELECT 1;\n"),
            ("crates/lakehead-store/migrations/postgres/0001_a.sql", "SELECT 1;\n"),
            ("crates/lakehead-store/migrations/postgres/0002_b.sql", "SELECT 1;\n"),
        ],
    );
    let found: Vec<String> = tree::check(&repository.0).unwrap().into_iter().map(|violation| violation.0).collect();
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].contains("connectors/sftp.rs: not in the list"), "{found:?}");
    assert!(found[1].contains("postgres/0002_b.sql: no migration of the same name for sqlite"), "{found:?}");
    assert!(found[2].contains("ARCHITECTURE.md:1: `crates/gone/src/lib.rs` does not exist"), "{found:?}");
}

#[test]
fn what_is_made_is_not_looked_at() {
    let repository = Tree::of("made", &[("target/debug/a.rs", "fn a() {}\n"), ("src/b.rs", "fn b() {}\n")]);
    let found = check(&repository.0).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0.starts_with("src/b.rs:1:"), "{found:?}");
}
