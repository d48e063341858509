//! `cargo xtask tidy`: rules of the repository that neither the compiler nor clippy knows.
//!
//! A rule looks at one file ([`source`]) or at the tree ([`tree`]) and names what it does not like with the cure.

mod source;
mod tree;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use crate::command;

/// Files of other people, kept as they were published.
const VENDORED: &str = "crates/lakehead-server/ui/vendor/";

/// Something to put right: where, what, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation(String);

impl Violation {
    /// A violation on a line (from 1) of a file.
    fn at(path: &str, line: usize, message: &str) -> Self {
        Self(format!("{path}:{line}: {message}"))
    }

    /// A violation of a file as a whole.
    fn of(path: &str, message: &str) -> Self {
        Self(format!("{path}: {message}"))
    }
}

/// Checks the repository.
///
/// # Errors
/// Every violation, one on a line.
pub(crate) fn run() -> Result<(), String> {
    let root = command::root();
    let violations = check(&root)?;
    if violations.is_empty() {
        println!("tidy: ok");
        return Ok(());
    }
    let lines: Vec<&str> = violations.iter().map(|violation| violation.0.as_str()).collect();
    Err(format!("{}\ntidy: {} to put right", lines.join("\n"), lines.len()))
}

/// Everything that is wrong under `root`.
///
/// # Errors
/// Names the file that cannot be read.
fn check(root: &Path) -> Result<Vec<Violation>, String> {
    let mut violations = Vec::new();
    for path in files(root)? {
        let name = relative(root, &path);
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if name.starts_with(VENDORED)
            || !["rs", "toml", "md", "sql", "py", "sh", "js", "mjs", "css"].contains(&extension)
        {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{name} cannot be read: {error}"))?;
        violations.extend(source::check_text(&name, &text));
        if extension == "rs" {
            violations.extend(source::check_rust(&name, &text));
        }
        if ["js", "mjs", "css"].contains(&extension) {
            violations.extend(source::check_web(&name, &text));
        }
    }
    violations.extend(tree::check(root)?);
    Ok(violations)
}

/// The files of the repository, sorted; what is made or hidden is left out, except `.ci` and `.cargo`.
fn files(root: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let hidden = name.starts_with('.') && ![".ci", ".cargo"].contains(&name.as_str());
            let made = folder == root && ["target", "lakehead-data"].contains(&name.as_str());
            if hidden || made {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// What is in a folder, sorted; nothing where there is no such folder.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let failed = |error: std::io::Error| format!("{} cannot be read: {error}", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    Ok(paths)
}

fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned()
}
