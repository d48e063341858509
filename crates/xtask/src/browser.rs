//! What the tests of the user interface need: Chromium from the system, and two packages of npm below the target folder.
//!
//! Chromium is taken from the system, and installed as Debian's package where this may do so. The packages are those
//! of `tests/ui/package-lock.json`; a copy of it, written last, is the proof that they were installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command;

/// Names under which the browser is found.
const PROGRAMS: &[&str] = &["chromium", "chromium-browser", "google-chrome"];
/// Where the tests and the list of packages are.
const TESTS: &str = "crates/lakehead-server/tests/ui";

/// A browser and the packages that drive it.
#[derive(Debug)]
pub(crate) struct Browser {
    /// The program.
    pub(crate) chromium: PathBuf,
    /// Folder of the installed packages.
    pub(crate) modules: PathBuf,
}

/// Installs what is missing.
///
/// # Errors
/// What is missing and how to get it.
pub(crate) fn install() -> Result<Browser, String> {
    for program in ["node", "npm"] {
        find(program).ok_or_else(|| format!("`{program}` is not there; install Node.js 20 or newer with npm"))?;
    }
    let modules = install_packages(&command::target_dir().join("test-env/node"))?;
    Ok(Browser { chromium: chromium()?, modules })
}

fn chromium() -> Result<PathBuf, String> {
    let there = || PROGRAMS.iter().find_map(|name| find(name));
    if let Some(program) = there() {
        return Ok(program);
    }
    let advice = "install Chromium so that `chromium` is on the PATH (Debian: `apt-get install chromium` as root)";
    let is_root = command::output(Command::new("id").arg("-u")).is_ok_and(|id| id == "0");
    if !is_root || find("apt-get").is_none() {
        return Err(format!("Chromium is not there, and this may not install it; {advice}"));
    }
    println!("installing Debian's package `chromium`");
    let install = |packages: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(["-y", "-q", "--no-install-recommends"]).args(packages);
        command::output(&mut apt)
    };
    if install(&["install", "chromium"]).is_err() {
        // The lists of packages may be missing or old.
        install(&["update"]).and_then(|_| install(&["install", "chromium"])).map_err(|e| format!("{e}; {advice}"))?;
    }
    there().ok_or_else(|| format!("Chromium was installed but is not on the PATH; {advice}"))
}

fn install_packages(folder: &Path) -> Result<PathBuf, String> {
    let (from, modules, stamp) =
        (command::root().join(TESTS), folder.join("node_modules"), folder.join("installed.json"));
    let lock = from.join("package-lock.json");
    let wanted = std::fs::read(&lock).map_err(|error| format!("`{}` cannot be read: {error}", lock.display()))?;
    if modules.exists() && std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(modules);
    }
    println!("installing the browser's driver into {}", folder.display());
    let failed = |error: std::io::Error| format!("`{}` cannot be filled: {error}", folder.display());
    std::fs::create_dir_all(folder).map_err(failed)?;
    for name in ["package.json", "package-lock.json"] {
        std::fs::copy(from.join(name), folder.join(name)).map_err(failed)?;
    }
    command::output(
        Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(folder),
    )?;
    std::fs::write(&stamp, &wanted).map_err(failed)?;
    Ok(modules)
}

/// A program on the `PATH`.
fn find(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}
