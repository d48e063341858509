//! What CI runs, cheapest first; a developer runs the same.

use std::time::Instant;

use crate::{command, run_tests, tidy};

/// A named step.
type Step = (&'static str, fn() -> Result<(), String>);

const STEPS: &[Step] = &[
    ("format", || command::run(&mut command::cargo(["fmt", "--all", "--check"]))),
    ("tidy", tidy::run),
    ("lints", lints),
    ("tests", || run_tests::run(&[])),
];

/// Runs every step and stops at the first that fails.
///
/// # Errors
/// Names the step.
pub(crate) fn run() -> Result<(), String> {
    for (name, step) in STEPS {
        let started = Instant::now();
        println!("== {name}");
        step().map_err(|error| format!("ci: {name}: {error}"))?;
        println!("== {name}: ok in {} s", started.elapsed().as_secs());
    }
    Ok(())
}

/// The same features as the tests, so that both share one build of the dependencies.
fn lints() -> Result<(), String> {
    let common = ["clippy", "--workspace", "--all-targets", "--features", run_tests::FEATURES];
    command::run(command::cargo(common).args(["--", "-D", "warnings"]))
}
