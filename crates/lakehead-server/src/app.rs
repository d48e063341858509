//! Everything a request handler may use, built once at the start. There are no globals.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use lakehead_connect::net::Net;
use lakehead_engine::Engine;
use lakehead_engine::published::Published;
use lakehead_model::time::Clock;
use lakehead_store::{Keyring, Store};
use secrecy::SecretString;

use crate::access::Access;
use crate::api::InFlight;
use crate::config::Settings;
use crate::metrics::Metrics;
use crate::ui::providers::Providers;

/// The application, cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

/// The parts of an [`App`].
pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) engine: Engine,
    /// Tables as readers elsewhere see them.
    pub(crate) published: Published,
    pub(crate) net: Net,
    pub(crate) access: Access,
    /// External issuers that people may sign in with in the interface.
    pub(crate) providers: Providers,
    pub(crate) clock: Clock,
    pub(crate) metrics: Metrics,
    pub(crate) uploads: InFlight,
    pub(crate) settings: Settings,
    /// Base of the links in answers, without a trailing slash.
    pub(crate) public_url: String,
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// Opens the data folder and the database and puts the parts together.
    pub(crate) async fn open(settings: Settings, public_url: String, clock: Clock) -> anyhow::Result<Self> {
        let keyring = open_keyring(&settings.data_dir)?;
        let store = Store::open(&settings.database, keyring).await?;
        let access = Access::new(&store, &clock, settings.clock_skew_s, &settings.issuers)?;
        let providers = Providers::new(&settings.issuers, clock.clone())?;
        let net = Net::new(settings.egress.clone()).context("the HTTP client cannot be built")?;
        let engine = Engine::new(
            store.clone(),
            net.clone(),
            lakehead_engine::Settings {
                lake_dir: std::path::absolute(settings.data_dir.join("lake"))?,
                worker_exe: std::env::current_exe().context("the path of this program is unknown")?,
                worker_memory_bytes: settings.worker_memory_mib * 1024 * 1024,
                concurrent_runs: settings.concurrent_runs,
                sandbox_runs: settings.concurrent_runs_per_sandbox,
                run_files: settings.max_files_per_run,
                lease_ms: settings.lease_s * 1000,
                gc_interval: Duration::from_secs(settings.gc_interval_s),
                gc_horizon_ms: settings.gc_horizon_s * 1000,
                maintenance: settings.maintenance.clone(),
                audit_retention_ms: settings.audit_retention_days * 86_400_000,
                public_url: public_url.clone(),
            },
        );
        let metrics = Metrics::new(clock.now_ms(), engine.tally());
        let uploads = InFlight::default();
        let published = Published::new(engine.lake().clone(), crate::api::BUCKET_URL);
        Ok(Self(Arc::new(Inner {
            store,
            engine,
            published,
            net,
            access,
            providers,
            clock,
            metrics,
            uploads,
            settings,
            public_url,
        })))
    }
}

/// Opens the metastore of a data folder; makes folder, keys and tables where they do not exist.
pub(crate) async fn open_store(data_dir: &Path, database: &str) -> anyhow::Result<Store> {
    Ok(Store::open(database, open_keyring(data_dir)?).await?)
}

/// The master key: from the environment, or from the data folder, where the first start makes it.
fn open_keyring(data_dir: &Path) -> anyhow::Result<Keyring> {
    // Customers' data lies in it: a new folder is for its owner alone.
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_dir)
        .with_context(|| format!("the data folder `{}` cannot be made", data_dir.display()))?;
    Ok(match std::env::var("LAKEHEAD_MASTER_KEY") {
        Ok(text) => Keyring::from_env_text(&SecretString::from(text))?,
        Err(_) => Keyring::load_or_create(&data_dir.join("keys"))?,
    })
}
