//! Runs the tests of `tests/ui` in a browser.
#![expect(clippy::print_stdout, reason = "what they say is shown: durations, bytes, keys")]

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::harness::environment::provided;
use crate::harness::s3::S3;
use crate::harness::server::Lakehead;

/// The test that begins with an empty server, and has one of its own.
const JOURNEY: &str = "journey.test.mjs";

/// Chromium, and the packages that drive it.
pub(super) struct Browser {
    chromium: String,
    modules: String,
}

impl Browser {
    /// Nothing where there is no browser.
    pub(super) fn provided() -> Option<Self> {
        Some(Self { chromium: provided("TEST_CHROMIUM")?, modules: provided("TEST_NODE_MODULES")? })
    }

    /// Runs files of tests; `made` are variables that tell them what there is. What they note is kept as `NAME.jsonl`.
    pub(super) async fn run(
        &self,
        name: &str,
        files: &[PathBuf],
        lakehead: &Lakehead,
        s3: &S3,
        made: Vec<(&'static str, String)>,
    ) {
        let notes = self.notes(name);
        std::fs::create_dir_all(notes.parent().unwrap()).unwrap();
        std::fs::write(&notes, "").unwrap();
        let mut command = tokio::process::Command::new("node");
        command.arg("--test").args(files).stdin(Stdio::null());
        command.env("TEST_CHROMIUM", &self.chromium).env("TEST_NODE_MODULES", &self.modules);
        command.env("UI_NOTES", notes).env("UI_BASE", lakehead.base());
        command.env("UI_CLIENT_ID", &lakehead.credentials().client_id);
        command.env("UI_CLIENT_SECRET", &lakehead.credentials().client_secret);
        command.env("UI_S3_ENDPOINT", &s3.endpoint).env("UI_S3_BUCKET", &s3.bucket);
        command.env("UI_S3_ACCESS_KEY", &s3.access_key).env("UI_S3_SECRET_KEY", &s3.secret_key);
        command.envs(made);
        let output = command.output().await.expect("node can be started");
        let said = String::from_utf8_lossy(&output.stdout);
        println!("{said}");
        assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
        assert!(!lakehead.log().contains("panicked"), "{}", lakehead.log());
    }

    /// Each page has been looked at by axe in each look, and how much it loads was measured. Writes `summary.json`.
    pub(super) fn check_every_page(&self, name: &str) {
        let text = std::fs::read_to_string(self.notes(name)).unwrap();
        let notes: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let of = |page: &str, kind: &str| -> Vec<Value> {
            notes.iter().filter(|note| note["page"] == page && note["kind"] == kind).cloned().collect()
        };
        let pages = pages();
        assert!(pages.len() > 20, "{pages:?}");
        let mut told = serde_json::Map::new();
        for page in &pages {
            let audits = of(page, "audit");
            for look in ["light", "dark", "narrow"] {
                assert!(audits.iter().any(|note| note["look"] == look), "no test audits the page `{page}` in `{look}`");
            }
            let loads =
                of(page, "load").pop().unwrap_or_else(|| panic!("no test measures how the page `{page}` loads"));
            told.insert(page.clone(), json!({"audits": audits, "load": loads}));
        }
        let audits: Vec<&Value> = notes.iter().filter(|note| note["kind"] == "audit").collect();
        let sum = |member: &str| audits.iter().filter_map(|note| note[member].as_u64()).sum::<u64>();
        let summary = json!({
            "pages": pages.len(),
            "audits": audits.len(),
            "rulesPassed": sum("passed"),
            "violations": sum("violations"),
            "byPage": told,
        });
        let file = self.notes(name).with_file_name("summary.json");
        std::fs::write(file, serde_json::to_string_pretty(&summary).unwrap()).unwrap();
    }

    /// What tests note, one object in each line, beside their screenshots.
    fn notes(&self, name: &str) -> PathBuf {
        Path::new(&self.modules).join("../../screenshots").join(format!("{name}.jsonl"))
    }
}

/// The addresses in the table of pages, with their parameters.
fn pages() -> Vec<String> {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/pages.js");
    let table = std::fs::read_to_string(table).unwrap();
    let rows = table.lines().filter_map(|line| line.trim().strip_prefix("{ path: '"));
    rows.map(|row| row.split('\'').next().unwrap().to_owned()).collect()
}

/// The tests of a server with data, one file for each part of the interface.
pub(super) fn test_files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.to_string_lossy().ends_with(".test.mjs") && !path.ends_with(JOURNEY)).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

/// The test of an empty server.
pub(super) fn journey() -> PathBuf {
    folder().join(JOURNEY)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui")
}
