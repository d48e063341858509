//! Chores of this repository: `cargo xtask tidy | setup | test | ci`. Standard library only.
//!
//! Reading order: [`tidy`] (rules that neither the compiler nor clippy knows), [`setup`] (what the tests need besides
//! Rust), [`browser`] (the same for the user interface), [`servers`] (starts it), [`run_tests`], and [`ci`], which is all of them in the order of their price.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the terminal is the only interface of this program")]

mod browser;
mod ci;
mod command;
mod run_tests;
mod servers;
mod setup;
mod tidy;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask COMMAND

  tidy          check the rules of the repository that the compiler does not know
  setup         install what the tests need besides Rust, under the target folder
  test [ARGS]   start real servers and run all tests; ARGS go to `cargo test`
  ci            what CI runs: format, tidy, lints, tests";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let done = match command.as_str() {
        "tidy" => tidy::run(),
        "setup" => setup::run(),
        "test" => run_tests::run(&rest),
        "ci" => ci::run(),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
