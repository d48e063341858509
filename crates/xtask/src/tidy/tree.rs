//! Rules that look at how files belong together.

use std::path::Path;

use super::{Violation, entries, relative};

/// Where connectors live, one file each.
const CONNECTORS: &str = "crates/lakehead-connect/src/connectors";
/// Where migrations live, one folder for each database.
const MIGRATIONS: &str = "crates/lakehead-store/migrations";
/// A path in the documents begins with one of these.
const TOP_FOLDERS: &[&str] = &["crates/", "docs/", ".ci/", ".cargo/", "tests-python/"];

/// Everything that does not belong together under `root`.
///
/// # Errors
/// Names the file that cannot be read.
pub(super) fn check(root: &Path) -> Result<Vec<Violation>, String> {
    let mut violations = check_connectors(root)?;
    violations.extend(check_migrations(root)?);
    violations.extend(check_documents(root)?);
    Ok(violations)
}

/// A connector that its `mod.rs` does not name is never built.
fn check_connectors(root: &Path) -> Result<Vec<Violation>, String> {
    let folder = root.join(CONNECTORS);
    let list = std::fs::read_to_string(folder.join("mod.rs")).unwrap_or_default();
    let declared = |name: &str| {
        list.lines()
            .any(|line| line.trim_start_matches("pub ").trim_start_matches("pub(crate) ") == format!("mod {name};"))
    };
    let mut violations = Vec::new();
    for path in entries(&folder)? {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if name != "mod" && !declared(&name) {
            let message = format!("not in the list of connectors; add `mod {name};` to {CONNECTORS}/mod.rs");
            violations.push(Violation::of(&relative(root, &path), &message));
        }
    }
    Ok(violations)
}

/// Both databases go through the same numbered steps.
fn check_migrations(root: &Path) -> Result<Vec<Violation>, String> {
    let mut violations = Vec::new();
    for (here, there) in [("sqlite", "postgres"), ("postgres", "sqlite")] {
        for path in entries(&root.join(MIGRATIONS).join(here))? {
            let name = path.file_name().unwrap_or_default();
            if !root.join(MIGRATIONS).join(there).join(name).exists() {
                let message = format!("no migration of the same name for {there}; add it");
                violations.push(Violation::of(&relative(root, &path), &message));
            }
        }
    }
    Ok(violations)
}

/// A document that names a file is wrong when the file has gone.
fn check_documents(root: &Path) -> Result<Vec<Violation>, String> {
    let mut documents = vec![root.join("ARCHITECTURE.md"), root.join("CONTRIBUTING.md"), root.join("README.md")];
    documents.extend(entries(&root.join("docs/how-to"))?);
    let mut violations = Vec::new();
    for document in documents.iter().filter(|path| path.is_file()) {
        let name = relative(root, document);
        let text = std::fs::read_to_string(document).map_err(|error| format!("{name} cannot be read: {error}"))?;
        for (number, line) in (1..).zip(text.lines()) {
            for path in paths_in(line).filter(|path| !root.join(path).exists()) {
                let message = format!("`{path}` does not exist; correct the path");
                violations.push(Violation::at(&name, number, &message));
            }
        }
    }
    Ok(violations)
}

/// The paths of this repository that a line of a document has in backticks.
pub(super) fn paths_in(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2).filter(|text| {
        let known = TOP_FOLDERS.iter().any(|folder| text.starts_with(folder));
        known && !text.contains([' ', '*', '<', '{', '…']) && !has_placeholder(text)
    })
}

/// `NAME` and `NNNN` stand for something that the reader chooses.
fn has_placeholder(path: &str) -> bool {
    path.split(['/', '.', '_']).any(|part| ["NAME", "NNNN"].contains(&part))
}
