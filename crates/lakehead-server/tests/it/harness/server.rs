//! The real binary, in a data folder of its own, that can be killed and started again.

use std::net::SocketAddr;
use std::process::Stdio;

use serde_json::Value;
use sqlx::Connection as _;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::client::{Api, Credentials, http};
use super::environment::{Database, provided};
use super::eventually;

/// What the tests change of the defaults: lives of seconds, so that nothing takes long to be taken over.
const CONFIG: &str = "[engine]\nlease_s = 2\nmin_schedule_interval_minutes = 1\ngc_interval_s = 1\ngc_horizon_s = 0\n";

/// How to start a server.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) database: Database,
    /// Networks that tenants' endpoints may be in.
    pub(crate) allow_egress: &'static [&'static str],
    /// Lines of the section `server` of the configuration file.
    pub(crate) server_settings: &'static str,
    /// More lines of the section `engine`.
    pub(crate) engine_settings: &'static str,
    /// More sections of the configuration file.
    pub(crate) config: String,
    /// Where PostgreSQL is reached, if not where the environment says.
    pub(crate) postgres_at: Option<SocketAddr>,
}

impl Default for Options {
    fn default() -> Self {
        let allow_egress = &["127.0.0.0/8"];
        Self {
            database: Database::Sqlite,
            allow_egress,
            server_settings: "",
            engine_settings: "",
            config: String::new(),
            postgres_at: None,
        }
    }
}

/// Name of the configuration file in the folder of a server.
const CONFIG_FILE: &str = "lakehead.toml";

/// A server with one client.
pub(crate) struct Lakehead {
    options: Options,
    folder: TempDir,
    database_url: Option<String>,
    credentials: Credentials,
    running: Option<Running>,
}

struct Running {
    child: Child,
    base: String,
}

impl Lakehead {
    /// A new installation, started. The database must be provided.
    pub(crate) async fn start(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config =
            format!("{CONFIG}{}\n[server]\n{}\n{}", options.engine_settings, options.server_settings, options.config);
        std::fs::write(folder.path().join(CONFIG_FILE), config).unwrap();
        let database_url = match options.database {
            Database::Sqlite => None,
            Database::Postgres => Some(new_postgres_database(options.postgres_at).await),
        };
        let credentials = Credentials { client_id: String::new(), client_secret: String::new(), org_id: String::new() };
        let mut lakehead = Self { options, folder, database_url, credentials, running: None };
        lakehead.credentials = lakehead.new_client(None).await;
        lakehead.start_again(None).await;
        lakehead
    }

    /// A new service client, of the first organisation or of another.
    pub(crate) async fn new_client(&self, org: Option<&str>) -> Credentials {
        let mut args = vec!["client", "create", "--name", "test"];
        args.extend(org.iter().flat_map(|org| ["--org", org]));
        self.new_client_with(&args).await
    }

    /// A new client by a `client create` command.
    pub(crate) async fn new_client_with(&self, args: &[&str]) -> Credentials {
        serde_json::from_value(self.cli(args).await).expect("client create --json prints a client")
    }

    /// What a command of administration prints with `--json`.
    pub(crate) async fn cli(&self, args: &[&str]) -> Value {
        self.try_cli(args).await.unwrap_or_else(|error| panic!("{args:?}: {error}"))
    }

    /// The same, or what it says on the error output.
    pub(crate) async fn try_cli(&self, args: &[&str]) -> Result<Value, String> {
        let output = self.command(args).arg("--json").stderr(Stdio::piped()).output().await.unwrap();
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(serde_json::from_slice(&output.stdout).expect("--json prints JSON"))
    }

    /// The exit code of a command, and what it prints with `--json`, or null.
    pub(crate) async fn cli_with_code(&self, args: &[&str]) -> (Option<i32>, Value) {
        let output = self.command(args).arg("--json").stderr(Stdio::piped()).output().await.unwrap();
        (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
    }

    /// Changes the metastore behind the back of the server.
    pub(crate) async fn sql(&self, statement: &str) {
        let statement = sqlx::AssertSqlSafe(statement.to_owned());
        if let Some(url) = &self.database_url {
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        } else {
            let url = format!("sqlite://{}", self.data_dir().join("lakehead.db").display());
            let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
            sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        }
    }

    /// The API as the first client.
    pub(crate) async fn api(&self) -> Api {
        self.api_as(&self.credentials).await
    }

    /// The API as any client.
    pub(crate) async fn api_as(&self, credentials: &Credentials) -> Api {
        Api::log_in(&self.running().base, credentials).await
    }

    /// The first client.
    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Ends the server as a power cut does.
    pub(crate) async fn kill9(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.child.start_kill().expect("the server can be killed");
            running.child.wait().await.unwrap();
        }
    }

    /// Kills and starts again in the same data folder, with fail points armed where they are given.
    pub(crate) async fn restart(&mut self, failpoints: Option<&str>) {
        self.kill9().await;
        self.start_again(failpoints).await;
    }

    /// Where the server listens.
    pub(crate) fn base(&self) -> &str {
        &self.running().base
    }

    /// Whether the server has ended by itself.
    pub(crate) fn is_dead(&mut self) -> bool {
        self.running.as_mut().is_none_or(|running| running.child.try_wait().unwrap().is_some())
    }

    /// What the server has logged in all its lives.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default()
    }

    /// Everything that is in the data folder, for tests that look for what must not be there.
    pub(crate) fn data_dir(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// The configuration of the server.
    pub(crate) fn config_file(&self) -> std::path::PathBuf {
        self.folder.path().join(CONFIG_FILE)
    }

    /// The folder of the table of a dataset, where there is one sandbox.
    pub(crate) fn table_dir(&self, dataset: &str) -> std::path::PathBuf {
        let sandbox = std::fs::read_dir(self.data_dir().join("lake")).unwrap().next().unwrap().unwrap().path();
        sandbox.join(dataset)
    }

    /// What `lakehead verify` finds; its exit code has to be this.
    pub(crate) async fn verify(&self, code: i32, more: &[&str], context: &str) -> Value {
        let mut args = vec!["verify", "--allow-egress", "127.0.0.0/8"];
        args.extend(more);
        let (ended, found) = self.cli_with_code(&args).await;
        assert_eq!(ended, Some(code), "{context}: {found}");
        found
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("the server was started")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lakehead"));
        command.args(args).arg("--data-dir").arg(self.data_dir()).stdin(Stdio::null()).kill_on_drop(true);
        if let Some(url) = &self.database_url {
            command.args(["--database", url]);
        }
        command
    }

    async fn start_again(&mut self, failpoints: Option<&str>) {
        let log =
            std::fs::File::options().create(true).append(true).open(self.folder.path().join("server.log")).unwrap();
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.arg("--config").arg(self.config_file());
        for network in self.options.allow_egress {
            command.args(["--allow-egress", network]);
        }
        match failpoints {
            Some(points) => command.env("FAILPOINTS", points),
            None => command.env_remove("FAILPOINTS"),
        };
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().expect("the server can be started");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut base = None;
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some((_, url)) = line.split_once("listening on ") {
                base = Some(url.trim().to_owned());
                break;
            }
        }
        let base = base.unwrap_or_else(|| panic!("the server did not say where it listens: {}", self.log()));
        // A full pipe would stop the server.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        self.running = Some(Running { child, base });
        self.wait_until_ready().await;
    }

    /// Ready, or already dead: a fail point may be met by the first thing the server does.
    async fn wait_until_ready(&mut self) {
        let url = format!("{}/readyz", self.running().base);
        let http = http();
        eventually("the server is ready", async || {
            let ready = http.get(&url).send().await.is_ok_and(|answer| answer.status() == 200);
            (ready || self.is_dead()).then_some(())
        })
        .await;
    }
}

/// A database for one test on the server of the environment.
async fn new_postgres_database(at: Option<SocketAddr>) -> String {
    let server = provided("TEST_POSTGRES_URL").expect("asked for only where it is provided");
    let name = super::s3::unique("it_");
    let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);
    if let Some(at) = at {
        url.set_ip_host(at.ip()).unwrap();
        url.set_port(Some(at.port())).unwrap();
    }
    url.into()
}

/// The etag of a resource, as `If-Match` wants it.
#[track_caller]
pub(crate) fn etag(resource: &Value) -> &str {
    resource["etag"].as_str().unwrap_or_else(|| panic!("no etag: {resource}"))
}
