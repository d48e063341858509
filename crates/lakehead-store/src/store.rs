//! Opening the metastore: address, pools, migrations, key check; then transactions.

use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lakehead_model::Origin;
use sqlx::ConnectOptions;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use zeroize::Zeroizing;

use crate::db::{Conn, Pool, Sql};
use crate::error::{Result, StoreError};
use crate::keyring::Keyring;
use crate::writer::Writer;

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// Waiting longer for a connection or for the one writer means that something is stuck; the caller may retry.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(15);

const NOW: Sql = Sql::each(
    "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)",
    "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint",
);

/// The metastore. Cheap to clone; all clones share the connections.
#[derive(Clone)]
pub struct Store {
    pub(crate) pool: Pool,
    keyring: Arc<Keyring>,
    /// Counts the changes of access made through this process.
    access_version: Arc<AtomicU64>,
}

/// One open transaction. Dropped without [`Tx::commit`] it leaves nothing behind.
pub struct Tx {
    pub(crate) conn: Conn,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) writes: bool,
    /// Who the audit trail names for what is changed here.
    pub(crate) origin: Origin,
    /// What the changes are, where `update` says too little.
    pub(crate) action: Option<&'static str>,
    /// Who may do what will be different after this transaction.
    changes_access: bool,
    access_version: Arc<AtomicU64>,
}

impl Store {
    /// Opens `sqlite:///absolute/path/lakehead.db` (made if missing, readable by its owner only) or `postgres://…`,
    /// brings its schema and rows to this version and proves that `keyring` is the one it was made with.
    pub async fn open(url: &str, keyring: Keyring) -> Result<Self> {
        let pool = if let Some(path) = url.strip_prefix("sqlite://") {
            open_sqlite(path).await?
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            open_postgres(url).await?
        } else {
            return Err(StoreError::UnsupportedUrl("is neither SQLite nor PostgreSQL"));
        };
        let store = Self { pool, keyring: Arc::new(keyring), access_version: Arc::default() };
        let mut tx = store.write().await?;
        tx.check_key().await?;
        tx.commit().await?;
        store.backfill().await?;
        Ok(store)
    }

    /// A consistent view of the present; writing in it fails.
    pub async fn read(&self) -> Result<Tx> {
        Ok(self.tx(
            match &self.pool {
                Pool::Sqlite { read, .. } => Conn::Sqlite(read.begin().await?),
                Pool::Postgres { read, .. } => {
                    Conn::Postgres(read.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
                }
            },
            false,
            Origin::system(),
        ))
    }

    /// A transaction of the server itself that may write.
    pub async fn write(&self) -> Result<Tx> {
        self.write_as(Origin::system()).await
    }

    /// A transaction that may write, for whom the audit trail names. On SQLite it is the only one until it ends: do no
    /// I/O elsewhere while holding it.
    pub async fn write_as(&self, origin: Origin) -> Result<Tx> {
        Ok(self.tx(
            match &self.pool {
                Pool::Sqlite { writer, .. } => Conn::Writer(writer.take_turn(ACQUIRE_TIMEOUT).await?),
                Pool::Postgres { write, .. } => {
                    Conn::Postgres(write.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await?)
                }
            },
            true,
            origin,
        ))
    }

    fn tx(&self, conn: Conn, writes: bool, origin: Origin) -> Tx {
        let access_version = Arc::clone(&self.access_version);
        Tx {
            conn,
            keyring: Arc::clone(&self.keyring),
            writes,
            origin,
            action: None,
            changes_access: false,
            access_version,
        }
    }

    /// A number that grows with every change of clients, users, roles, signing keys, organisations and sandboxes made
    /// through this process. What was read before it grew may no longer be so.
    pub fn access_version(&self) -> u64 {
        self.access_version.load(Ordering::Acquire)
    }

    /// A key for one other purpose than secrets; see [`Keyring::derive`].
    pub fn derive_key(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        self.keyring.derive(purpose)
    }

    /// The version of the newest migration that this program has.
    pub(crate) fn newest_migration() -> i64 {
        // Both databases have the same ones.
        SQLITE_MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default()
    }

    /// Proves that the database answers.
    pub async fn ping(&self) -> Result<()> {
        self.now_ms().await.map(drop)
    }

    /// The time of the database, epoch milliseconds: leases and due slots are compared with nothing else.
    pub async fn now_ms(&self) -> Result<i64> {
        self.read().await?.now_ms().await
    }

    /// How often SQLite was made to force its log to disk so far, which several commits share; `None` where the
    /// database counts for itself.
    pub fn groups(&self) -> Option<u64> {
        match &self.pool {
            Pool::Sqlite { writer, .. } => Some(writer.groups()),
            Pool::Postgres { .. } => None,
        }
    }

    /// Ends all connections; transactions that are open finish first.
    pub async fn close(&self) {
        match &self.pool {
            Pool::Sqlite { read, writer } => {
                read.close().await;
                writer.close().await;
            }
            Pool::Postgres { read, write } => {
                read.close().await;
                write.close().await;
            }
        }
    }
}

impl Tx {
    /// Makes everything written in this transaction durable and visible. `Undone` when SQLite failed over one that
    /// was to become durable together with this one: nothing was written, trying again is safe.
    pub async fn commit(self) -> Result<()> {
        // Also where the commit is cut off: it may have happened.
        let _grows = self.changes_access.then(|| Grows(self.access_version));
        self.conn.commit().await
    }

    /// Says that this transaction changes who may do what, or in which sandbox: what others remember of it is void
    /// after the commit. Every function that writes such a row calls it.
    pub(crate) fn access_changes(&mut self) {
        self.changes_access = true;
    }

    /// Undoes everything at once; dropping does the same in the background. Unlike after dropping, what was read here
    /// is durable by then: an answer may rest on it.
    pub async fn rollback(self) -> Result<()> {
        self.conn.rollback().await
    }

    /// The time of the database, epoch milliseconds.
    pub async fn now_ms(&mut self) -> Result<i64> {
        match self.conn.row(&NOW, &[]).await? {
            Some(row) => row.int(0),
            None => Err(StoreError::Damaged { what: "clock" }),
        }
    }
}

/// Lets the version of access grow when it goes.
struct Grows(Arc<AtomicU64>);

impl Drop for Grows {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

async fn open_sqlite(path: &str) -> Result<Pool> {
    if path.is_empty() || path.starts_with(':') {
        return Err(StoreError::UnsupportedUrl("names no file"));
    }
    let file = PathBuf::from(path);
    let prepared = tokio::task::spawn_blocking(move || prepare_file(&file)).await;
    // Held until the migrations are done: SQLite has no lock of its own around several of them.
    let _lock = prepared
        .unwrap_or_else(|stopped| Err(std::io::Error::other(stopped)))
        .map_err(|source| StoreError::File { path: path.to_owned(), source })?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5));
    let mut conn = options.connect().await?;
    SQLITE_MIGRATIONS.run(&mut conn).await.map_err(StoreError::Migrate)?;
    let readers = SqlitePoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT).max_connections(8);
    let read = readers.connect_with(options.clone().pragma("query_only", "ON")).await?;
    Ok(Pool::Sqlite { read, writer: Writer::new(options, conn) })
}

/// Makes the folder and an empty file that only its owner can read, and takes the lock file beside it.
fn prepare_file(path: &Path) -> std::io::Result<fs::File> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let open = |path: &Path| fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path);
    open(path)?;
    let mut lock_path = path.as_os_str().to_owned();
    lock_path.push(".lock");
    let lock = open(Path::new(&lock_path))?;
    lock.lock()?;
    Ok(lock)
}

async fn open_postgres(url: &str) -> Result<Pool> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| StoreError::UnsupportedUrl("is not a PostgreSQL address"))?
        .application_name("lakehead")
        .options([
            ("lock_timeout", "5s"),
            ("statement_timeout", "30s"),
            ("idle_in_transaction_session_timeout", "10s"),
            ("client_min_messages", "warning"),
        ]);
    let pool = |connections| PgPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT);
    let write = pool(16).connect_with(options.clone()).await?;
    POSTGRES_MIGRATIONS.run(&write).await.map_err(StoreError::Migrate)?;
    let read = pool(8).connect_with(options).await?;
    Ok(Pool::Postgres { read, write })
}
