//! `cargo xtask test`: real servers up, all tests, servers down.

use crate::servers::{ObjectStorage, Postgres};
use crate::{browser, command, setup};

/// The one feature set of lints and tests.
pub(crate) const FEATURES: &str = "lakehead-server/failpoints";

/// Starts what can be started, runs `cargo test` with `args`, and says what was left out.
///
/// # Errors
/// When a test fails, and in CI also when something was left out.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let mut skipped = Vec::new();
    let environment = setup::install().unwrap_or_else(|error| {
        skipped.push(format!("the test environment: {error}"));
        setup::Environment::default()
    });
    let mut test = command::cargo(["test", "--workspace", "--features", FEATURES]);
    test.args(args);

    // The servers end when these go out of scope, whatever happens in between.
    let postgres = started("PostgreSQL", environment.postgres_bin.as_deref(), Postgres::start, &mut skipped);
    let storage = started("SeaweedFS", environment.weed.as_deref(), ObjectStorage::start, &mut skipped);
    match &environment.python {
        Some(python) => {
            test.env("TEST_PYTHON", python);
        }
        None => skipped.push("reading the tables back with PyIceberg and DuckDB".to_owned()),
    }
    match browser::install() {
        Ok(browser) => {
            test.env("TEST_CHROMIUM", browser.chromium).env("TEST_NODE_MODULES", browser.modules);
        }
        Err(error) => skipped.push(format!("the user interface in a browser: {error}")),
    }
    if let Some(postgres) = &postgres {
        test.env("TEST_POSTGRES_URL", &postgres.url);
    }
    if let Some(storage) = &storage {
        test.env("TEST_S3_ENDPOINT", &storage.endpoint)
            .env("TEST_S3_ACCESS_KEY", storage.access_key)
            .env("TEST_S3_SECRET_KEY", storage.secret_key);
    }
    if command::in_ci() && !skipped.is_empty() {
        return Err(format!("with CI=true nothing may be skipped, but: {}", skipped.join("; ")));
    }
    let tested = command::run(&mut test);
    drop((postgres, storage));
    if skipped.is_empty() {
        println!("xtask test: nothing was skipped");
    } else {
        println!("xtask test: SKIPPED {}", skipped.join("; SKIPPED "));
    }
    tested
}

/// Starts a server, or notes why its tests are skipped.
fn started<T>(
    name: &str,
    program: Option<&std::path::Path>,
    start: fn(&std::path::Path) -> Result<T, String>,
    skipped: &mut Vec<String>,
) -> Option<T> {
    let server = match program {
        Some(program) => start(program),
        None => Err("it is not installed".to_owned()),
    };
    server.map_err(|error| skipped.push(format!("tests on {name}: {error}"))).ok()
}
