//! The real servers that tests talk to: on 127.0.0.1, on free ports, in folders of their own that go away with them.

mod postgres;
mod seaweed;

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub(crate) use postgres::Postgres;
pub(crate) use seaweed::ObjectStorage;

/// Looks at a server that is starting; with [`PAUSE`] in between that is half a minute.
const ATTEMPTS: u32 = 300;
/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(100);
/// What the names of our folders begin with; the id of the process that made them follows after the next word.
const FOLDERS: &str = "lakehead-test-";

/// A folder that is removed when its server has ended.
struct Folder(PathBuf);

impl Folder {
    /// A new folder in the system's temporary folder, for nobody else.
    fn create(name: &str) -> Result<Self, String> {
        use std::os::unix::fs::DirBuilderExt as _;
        sweep(&std::env::temp_dir());
        // The port of a socket that is open during the call is a number that nobody else has.
        let (_held, number) = any_port()?;
        let path = std::env::temp_dir().join(format!("{FOLDERS}{name}-{}-{number}", std::process::id()));
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(|error| format!("`{}` cannot be made: {error}", path.display()))?;
        Ok(Self(path))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Removes folders whose process was killed before it could; only where the system shows which processes there are.
fn sweep(temp: &Path) {
    if !Path::new("/proc/self").exists() {
        return;
    }
    for entry in std::fs::read_dir(temp).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix(FOLDERS).and_then(|rest| rest.split('-').nth(1)?.parse::<u32>().ok());
        if owner.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// A started server; ends with the value.
struct Server {
    child: Child,
    log: PathBuf,
    /// Asks it to end, as `kill -SIGNAL PID`; it is then waited for.
    signal: &'static str,
}

impl Server {
    fn start(mut command: Command, log: PathBuf, signal: &'static str) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("it cannot be started: {error}");
        let output = std::fs::File::create(&log).map_err(failed)?;
        let errors = output.try_clone().map_err(failed)?;
        let child = command.stdin(Stdio::null()).stdout(output).stderr(errors).spawn().map_err(failed)?;
        Ok(Self { child, log, signal })
    }

    /// Waits until `ready` says so; stops early when the server has ended by itself.
    fn wait_until(&mut self, ready: impl Fn() -> bool) -> Result<(), String> {
        for _ in 0..ATTEMPTS {
            if ready() {
                return Ok(());
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("it ended at once ({status}): {}", self.last_words()));
            }
            std::thread::sleep(PAUSE);
        }
        Err(format!("it is not ready after {} s: {}", (PAUSE * ATTEMPTS).as_secs(), self.last_words()))
    }

    fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let mut lines: Vec<&str> = text.lines().rev().take(5).collect();
        lines.reverse();
        lines.join(" | ")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(Some(_)) = self.child.try_wait() {
            return;
        }
        let asked = Command::new("kill").args([self.signal, &self.child.id().to_string()]).status();
        if !asked.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// A command whose process ends when this program does, where the system can do that (Linux).
fn tethered(program: &Path, as_user: Option<u32>) -> Command {
    let can_tether = cfg!(target_os = "linux") && Command::new("setpriv").arg("--version").output().is_ok();
    if !can_tether {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    if let Some(user) = as_user {
        command.args(["--reuid", &user.to_string(), "--regid", &user.to_string(), "--clear-groups"]);
    }
    command.args(["--pdeathsig", "KILL"]).arg(program);
    command
}

/// A port of the system's choice, held open.
fn any_port() -> Result<(TcpListener, u16), String> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| {
        let port = listener.local_addr()?.port();
        Ok((listener, port))
    });
    bound.map_err(|error| format!("no port of 127.0.0.1 is free: {error}"))
}

/// `count` ports that are free, each together with the one 10,000 above it, and outside the range that the system
/// takes for outgoing connections, so that nothing takes them before the server does.
fn free_ports(count: usize) -> Result<Vec<u16>, String> {
    let first = 12_000 + (std::process::id() % 9_000) as u16;
    let free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    let ports: Vec<u16> =
        (first..22_000).chain(12_000..first).filter(|port| free(*port) && free(port + 10_000)).take(count).collect();
    if ports.len() == count { Ok(ports) } else { Err("no ports of 127.0.0.1 are free".to_owned()) }
}

/// Whether something listens on the port.
fn listens(port: u16) -> bool {
    let address = (Ipv4Addr::LOCALHOST, port).into();
    TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_free_and_different() {
        let ports = free_ports(6).unwrap();
        let mut unique = ports.clone();
        unique.dedup();
        assert_eq!(ports.len(), unique.len());
        assert!(ports.iter().all(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()));
    }

    #[test]
    fn a_server_that_ends_at_once_says_why() {
        let folder = Folder::create("selftest").unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo no such disk >&2; exit 3"]);
        let mut server = Server::start(command, folder.path().join("log"), "-KILL").unwrap();
        let error = server.wait_until(|| false).unwrap_err();
        assert!(error.contains("no such disk"), "{error}");
    }

    #[test]
    fn what_a_killed_process_left_is_swept() {
        let folder = Folder::create("selftest").unwrap();
        let mut ended = Command::new("true").spawn().unwrap();
        ended.wait().unwrap();
        let (stale, ours) = (format!("{FOLDERS}x-{}-1", ended.id()), format!("{FOLDERS}x-{}-1", std::process::id()));
        for name in [&stale, &ours, &"other-x-1-1".to_owned()] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        sweep(folder.path());
        let left = |name: &str| folder.path().join(name).exists();
        assert_eq!((left(&stale), left(&ours), left("other-x-1-1")), (!Path::new("/proc/self").exists(), true, true));
    }

    #[test]
    fn a_server_and_its_folder_go_away() {
        let folder = Folder::create("selftest").unwrap();
        let (path, mut command) = (folder.path().to_owned(), tethered(Path::new("sleep"), None));
        command.arg("600");
        let server = Server::start(command, path.join("log"), "-KILL").unwrap();
        let pid = server.child.id();
        drop((server, folder));
        assert!(!path.exists());
        let alive = Command::new("kill").args(["-0", &pid.to_string()]).output().unwrap().status.success();
        assert!(!alive, "process {pid} is still there");
    }
}
