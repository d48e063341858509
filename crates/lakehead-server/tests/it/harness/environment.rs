//! The servers and programs that `cargo xtask test` puts into the environment.
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

/// A variable that `cargo xtask test` sets; nothing, after saying so, where a test cannot run without it.
///
/// Panics in CI, where nothing may be skipped.
pub(crate) fn provided(variable: &str) -> Option<String> {
    if let Ok(value) = std::env::var(variable) {
        return Some(value);
    }
    let in_ci = std::env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false" && value != "0");
    assert!(!in_ci, "{variable} is not set and CI=true: run `cargo xtask test`");
    eprintln!("SKIPPED: {variable} is not set; `cargo xtask test` sets it");
    None
}

/// Where the metastore is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    /// In the data folder.
    Sqlite,
    /// A new database of the server that the environment names.
    Postgres,
}

impl Database {
    /// Whether tests can use it; says so where they cannot.
    pub(crate) fn is_provided(self) -> bool {
        self == Self::Sqlite || provided("TEST_POSTGRES_URL").is_some()
    }
}
