//! Settings: file, environment, flags, in that order; the last one wins.
//!
//! The environment is read by the command line parser (`LAKEHEAD_*`), so flags and variables share one
//! definition in [`ServeArgs`].

mod oidc;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use lakehead_connect::net::{Cidr, EgressPolicy};
use lakehead_engine::maintaining::Rules;
use lakehead_model::schedule::ScheduleRules;
use serde::Deserialize;

use crate::access::oidc::IssuerSettings;
use crate::telemetry::traces;

/// Most files of one run, as documented.
const MAX_FILES_PER_RUN: usize = 25_000;

/// Where data, keys and the database live; shared by every command that opens a data folder.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DataArgs {
    /// Folder of the database, the lake and the keys; made where it does not exist
    #[arg(long, value_name = "DIR", env = "LAKEHEAD_DATA_DIR", default_value = "./lakehead-data")]
    pub(crate) data_dir: PathBuf,
    /// `postgres://…`; SQLite in the data folder where nothing is said
    #[arg(long, value_name = "URL", env = "LAKEHEAD_DATABASE", hide_env_values = true)]
    pub(crate) database: Option<String>,
    /// TOML file with the same settings
    #[arg(long, value_name = "FILE", env = "LAKEHEAD_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

/// What `serve` takes from the command line and the environment.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Address to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", env = "LAKEHEAD_LISTEN")]
    pub(crate) listen: Option<SocketAddr>,
    /// Private network that tenants' endpoints may be in, such as 10.1.0.0/16; may be repeated
    #[arg(long, value_name = "CIDR", env = "LAKEHEAD_ALLOW_EGRESS", value_delimiter = ',')]
    pub(crate) allow_egress: Vec<String>,
    /// URL under which clients reach the server, used in links [default: the address it listens on]
    #[arg(long, value_name = "URL", env = "LAKEHEAD_PUBLIC_URL")]
    pub(crate) public_url: Option<String>,
}

/// The configuration file. Every member is optional.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ConfigFile {
    server: ServerSection,
    engine: EngineSection,
    maintenance: MaintenanceSection,
    telemetry: TelemetrySection,
    oidc: Vec<oidc::Section>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ServerSection {
    listen: Option<SocketAddr>,
    metrics_listen: Option<SocketAddr>,
    public_url: Option<String>,
    database: Option<String>,
    allow_egress: Vec<String>,
    token_life_s: Option<i64>,
    request_timeout_s: Option<u64>,
    audit_retention_days: Option<i64>,
    clock_skew_s: Option<i64>,
    require_sandbox_header: bool,
    iceberg_locations: Locations,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct EngineSection {
    worker_memory_mib: Option<u64>,
    concurrent_runs: Option<usize>,
    concurrent_runs_per_sandbox: Option<usize>,
    max_files_per_run: Option<usize>,
    lease_s: Option<i64>,
    min_schedule_interval_minutes: Option<i64>,
    gc_interval_s: Option<u64>,
    gc_horizon_s: Option<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct MaintenanceSection {
    enabled: Option<bool>,
    interval_s: Option<i64>,
    snapshot_age_s: Option<i64>,
    snapshots_kept: Option<usize>,
    metadata_kept: Option<usize>,
    reader_grace_s: Option<i64>,
    small_files: Option<usize>,
    target_file_kib: Option<u64>,
    rewrite_mib: Option<u64>,
    small_manifests: Option<usize>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TelemetrySection {
    otlp_endpoint: Option<String>,
    trace_ratio: Option<f64>,
}

/// Where the Iceberg REST catalog says that the files of tables are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Locations {
    /// In a bucket that this server answers for.
    #[default]
    S3,
    /// In the lake's folder, for readers that can open it.
    File,
}

/// The settings that `serve` works with, every default filled in.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Folder of the database, the lake and the keys.
    pub(crate) data_dir: PathBuf,
    /// Database URL, complete.
    pub(crate) database: String,
    /// Address to listen on.
    pub(crate) listen: SocketAddr,
    /// Address where metrics and probes are answered without a token.
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// Where traces are sent.
    pub(crate) traces: Option<traces::Settings>,
    /// Base of the links in answers, where it is not the address itself.
    pub(crate) public_url: Option<String>,
    /// What tenants' endpoints may be.
    pub(crate) egress: EgressPolicy,
    /// Life of a token, seconds.
    pub(crate) token_life_s: i64,
    /// Longest time until an answer begins; the body of a request must arrive in half of it.
    pub(crate) request_timeout: Duration,
    /// How long the audit trail is kept, days.
    pub(crate) audit_retention_days: i64,
    /// How much the clocks of issuers may differ from ours, seconds.
    pub(crate) clock_skew_s: i64,
    /// Whether a request that names no sandbox is refused.
    pub(crate) require_sandbox_header: bool,
    /// Where readers of tables find the files.
    pub(crate) iceberg_locations: Locations,
    /// External issuers whose tokens are accepted.
    pub(crate) issuers: Vec<IssuerSettings>,
    /// Memory limit of a worker process, MiB.
    pub(crate) worker_memory_mib: u64,
    /// Runs that may work at the same time.
    pub(crate) concurrent_runs: usize,
    /// Runs of one sandbox that may work at the same time.
    pub(crate) concurrent_runs_per_sandbox: usize,
    /// Most files of one run.
    pub(crate) max_files_per_run: usize,
    /// A run whose worker shows no life for this long is taken over, seconds.
    pub(crate) lease_s: i64,
    /// Time between two collections of leftover files, seconds.
    pub(crate) gc_interval_s: u64,
    /// How long a leftover file is kept after its run ended, seconds.
    pub(crate) gc_horizon_s: i64,
    /// How tables are maintained.
    pub(crate) maintenance: Rules,
    /// Shortest interval of a `minute` schedule that is accepted.
    pub(crate) min_schedule_interval_minutes: i64,
}

impl Settings {
    /// The limits of schedules.
    pub(crate) fn schedule_rules(&self) -> ScheduleRules {
        ScheduleRules { min_interval_minutes: self.min_schedule_interval_minutes, ..ScheduleRules::default() }
    }

    /// Puts file, environment and flags together.
    pub(crate) fn resolve(args: &ServeArgs) -> anyhow::Result<Self> {
        let file = read_file(args.data.config.as_deref())?;
        let mut allow = file.server.allow_egress.clone();
        allow.extend(args.allow_egress.iter().filter(|text| !text.is_empty()).cloned());
        Ok(Self {
            database: database_url(&args.data, &file)?,
            data_dir: args.data.data_dir.clone(),
            listen: args.listen.or(file.server.listen).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            metrics_listen: file.server.metrics_listen,
            traces: file.telemetry.traces()?,
            public_url: args.public_url.clone().or(file.server.public_url),
            egress: egress_policy(&allow)?,
            request_timeout: Duration::from_secs(file.server.request_timeout_s.unwrap_or(60).max(1)),
            audit_retention_days: file.server.audit_retention_days.unwrap_or(400).clamp(1, 36_500),
            token_life_s: file.server.token_life_s.unwrap_or(86_400).clamp(60, 31 * 86_400),
            clock_skew_s: file.server.clock_skew_s.unwrap_or(60).clamp(0, 300),
            require_sandbox_header: file.server.require_sandbox_header,
            iceberg_locations: file.server.iceberg_locations,
            issuers: oidc::issuers(file.oidc)?,
            worker_memory_mib: file.engine.worker_memory_mib.unwrap_or(512),
            concurrent_runs: file.engine.concurrent_runs.unwrap_or(2).clamp(1, 64),
            concurrent_runs_per_sandbox: file.engine.concurrent_runs_per_sandbox.unwrap_or(64).clamp(1, 64),
            max_files_per_run: file.engine.max_files_per_run.unwrap_or(MAX_FILES_PER_RUN).clamp(1, MAX_FILES_PER_RUN),
            lease_s: file.engine.lease_s.unwrap_or(30).max(1),
            gc_interval_s: file.engine.gc_interval_s.unwrap_or(300).max(1),
            gc_horizon_s: file.engine.gc_horizon_s.unwrap_or(600).max(0),
            maintenance: file.maintenance.rules(),
            min_schedule_interval_minutes: file.engine.min_schedule_interval_minutes.unwrap_or(15).max(1),
        })
    }
}

impl TelemetrySection {
    fn traces(&self) -> anyhow::Result<Option<traces::Settings>> {
        let Some(endpoint) = &self.otlp_endpoint else { return Ok(None) };
        let url = url::Url::parse(endpoint).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let plain =
            url.is_some_and(|url| url.username().is_empty() && url.password().is_none() && url.query().is_none());
        anyhow::ensure!(
            plain,
            "`otlp_endpoint` must be an address such as `http://127.0.0.1:4318`; headers go into OTEL_EXPORTER_OTLP_HEADERS"
        );
        let ratio = self.trace_ratio.unwrap_or(1.0).clamp(0.0, 1.0);
        Ok(Some(traces::Settings { endpoint: endpoint.trim_end_matches('/').to_owned(), ratio }))
    }
}

impl MaintenanceSection {
    fn rules(&self) -> Rules {
        let default = Rules::default();
        let ms = |seconds: Option<i64>, default: i64| {
            seconds.map_or(default, |seconds| seconds.clamp(0, 100 * 365 * 86_400) * 1000)
        };
        Rules {
            enabled: self.enabled.unwrap_or(default.enabled),
            interval_ms: ms(self.interval_s, default.interval_ms).max(1000),
            snapshot_age_ms: ms(self.snapshot_age_s, default.snapshot_age_ms),
            snapshots_kept: self.snapshots_kept.unwrap_or(default.snapshots_kept).max(1),
            metadata_kept: self.metadata_kept.unwrap_or(default.metadata_kept).max(1),
            reader_grace_ms: ms(self.reader_grace_s, default.reader_grace_ms),
            small_files: self.small_files.unwrap_or(default.small_files).max(1),
            target_file_bytes: self
                .target_file_kib
                .map_or(default.target_file_bytes, |kib| kib.clamp(16, 4 << 20) << 10),
            rewrite_bytes: self.rewrite_mib.map_or(default.rewrite_bytes, |mib| mib.clamp(1, 1 << 20) << 20),
            small_manifests: self.small_manifests.unwrap_or(default.small_manifests).max(1),
        }
    }
}

fn egress_policy(allow: &[String]) -> anyhow::Result<EgressPolicy> {
    let parse = |text: &String| text.trim().parse::<Cidr>().map_err(anyhow::Error::msg);
    let allow = allow.iter().map(parse).collect::<Result<_, _>>().context("--allow-egress")?;
    Ok(EgressPolicy { allow })
}

/// The database that `args` and the file name together.
pub(crate) fn database_of(args: &DataArgs) -> anyhow::Result<String> {
    database_url(args, &read_file(args.config.as_deref())?)
}

fn database_url(args: &DataArgs, file: &ConfigFile) -> anyhow::Result<String> {
    if let Some(url) = args.database.clone().or_else(|| file.server.database.clone()) {
        return Ok(url);
    }
    let folder = std::path::absolute(&args.data_dir)
        .with_context(|| format!("the data folder `{}` is not usable", args.data_dir.display()))?;
    Ok(format!("sqlite://{}", folder.join("lakehead.db").display()))
}

fn read_file(path: Option<&Path>) -> anyhow::Result<ConfigFile> {
    let Some(path) = path else { return Ok(ConfigFile::default()) };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("the configuration file `{}` cannot be read", path.display()))?;
    toml::from_str(&text).with_context(|| format!("the configuration file `{}` is not valid", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_setting_is_refused_by_name() {
        let error = toml::from_str::<ConfigFile>("[engine]\nworker_memory_mb = 1").unwrap_err().to_string();
        assert!(error.contains("worker_memory_mb"), "{error}");
    }

    #[test]
    fn a_flag_wins_over_the_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "[server]\nlisten = \"127.0.0.1:1\"\n[engine]\nlease_s = 5\n").unwrap();
        let data = DataArgs { data_dir: "d".into(), database: None, config: Some(file.path().to_owned()) };
        let mut args = ServeArgs { data, listen: None, allow_egress: vec![], public_url: None };
        let settings = Settings::resolve(&args).unwrap();
        assert_eq!((settings.listen.port(), settings.lease_s), (1, 5));
        args.listen = Some(SocketAddr::from(([127, 0, 0, 1], 2)));
        assert_eq!(Settings::resolve(&args).unwrap().listen.port(), 2);
    }

    #[test]
    fn the_documented_defaults_are_the_defaults() {
        let page = include_str!("../../../docs/reference/configuration.md");
        let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), example).unwrap();
        let resolved = |config| {
            let data = DataArgs { data_dir: "/d".into(), database: None, config };
            let args = ServeArgs { data, listen: None, allow_egress: vec![], public_url: None };
            format!("{:#?}", Settings::resolve(&args).unwrap())
        };
        assert_eq!(resolved(Some(file.path().to_owned())), resolved(None));
    }

    #[test]
    fn every_setting_is_documented() {
        let page = include_str!("../../../docs/reference/configuration.md");
        let source = include_str!("config.rs");
        let sections = source.split("struct ServerSection {").nth(1).unwrap().split("/// The settings").next().unwrap();
        let names = sections.lines().filter_map(|line| line.trim().split_once(": ").map(|(name, _)| name));
        for name in names.filter(|name| !name.starts_with('#')) {
            assert!(page.contains(&format!("{name} = ")), "`{name}` is not on the page");
        }
    }
}
