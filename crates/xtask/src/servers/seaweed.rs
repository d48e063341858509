//! A SeaweedFS with its S3 gateway that lives as long as the tests.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::time::Duration;

use super::{Folder, Server, free_ports, tethered};

/// Keys that open nothing but a server on this machine that ends with the tests.
const ACCESS_KEY: &str = "LAKEHEADTESTS0000000";
const SECRET_KEY: &str = "only-for-a-server-that-ends-with-the-tests";

/// An S3 endpoint that checks signatures.
pub(crate) struct ObjectStorage {
    /// `http://127.0.0.1:PORT`.
    pub(crate) endpoint: String,
    /// The key that may do everything.
    pub(crate) access_key: &'static str,
    /// Its secret.
    pub(crate) secret_key: &'static str,
    // In this order: the server ends before its folder goes.
    _server: Server,
    _folder: Folder,
}

impl ObjectStorage {
    /// Starts the program `weed` with an empty folder.
    ///
    /// # Errors
    /// What the server said.
    pub(crate) fn start(weed: &Path) -> Result<Self, String> {
        let folder = Folder::create("seaweedfs")?;
        let (data, keys) = (folder.path().join("data"), folder.path().join("s3.json"));
        std::fs::create_dir(&data)
            .and_then(|()| std::fs::write(&keys, identities()))
            .map_err(|error| format!("its folder cannot be filled: {error}"))?;
        let ports = free_ports(7)?;
        let mut command = tethered(weed, None);
        // Unbounded it takes 1.5 GB.
        command.env("GOMEMLIMIT", "400MiB").env("GOGC", "50").current_dir(folder.path());
        command.args(["mini", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]);
        command.args(["-master.telemetry=false", "-admin.ui=false", "-webdav=false", "-s3.port.lance=0"]);
        for (flag, value) in [("-dir", &data), ("-s3.config", &keys)] {
            command.arg(format!("{flag}={}", value.display()));
        }
        let flags =
            ["master.port", "volume.port", "filer.port", "s3.port", "admin.port", "s3.port.iceberg", "debug.port"];
        for (flag, port) in flags.iter().zip(&ports) {
            command.arg(format!("-{flag}={port}"));
        }
        // Asked politely it takes 12 seconds.
        let mut server = Server::start(command, folder.path().join("log"), "-KILL")?;
        let port = ports[3];
        server.wait_until(|| refuses_strangers(port))?;
        Ok(Self {
            endpoint: format!("http://127.0.0.1:{port}"),
            access_key: ACCESS_KEY,
            secret_key: SECRET_KEY,
            _server: server,
            _folder: folder,
        })
    }
}

fn identities() -> String {
    format!(
        r#"{{"identities": [{{"name": "tests", "credentials": [{{"accessKey": "{ACCESS_KEY}", "secretKey": "{SECRET_KEY}"}}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"]}}]}}"#
    )
}

/// An unsigned request is answered with 403 as soon as the gateway has read its keys. Whether objects can be stored
/// already, the tests find out by storing one.
fn refuses_strangers(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        let mut start = [0; 12];
        stream.read_exact(&mut start)?;
        Ok(&start == b"HTTP/1.1 403")
    };
    ask().unwrap_or(false)
}
