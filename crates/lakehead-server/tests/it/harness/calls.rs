//! Which test calls which operation: a line for each answer, into the file that `TEST_CALLS` names.
//! `tests-python/operations.py` makes a table of it.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::thread;

use reqwest::Method;

/// Notes an answer, where that is asked for. What a test does in spawned tasks goes by the name of no test.
pub(super) fn note(method: &Method, path: &str, status: u16) {
    let Ok(file) = std::env::var("TEST_CALLS") else { return };
    let test = thread::current().name().unwrap_or_default().to_owned();
    let path = path.split('?').next().unwrap_or_default();
    let mut file = OpenOptions::new().create(true).append(true).open(file).expect("the file of calls can be written");
    // One write, so that lines of tests that run at once stay whole.
    file.write_all(format!("{test}\t{method}\t{path}\t{status}\n").as_bytes()).expect("the call can be noted");
}
