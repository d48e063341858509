//! What can go wrong in the metastore. The text is safe to show; the driver's own words are only in the source chain.

/// Shorthand for this crate.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Why the metastore refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The row has another version than the caller expected, or is gone.
    #[error("the resource was changed by someone else: read it again and retry")]
    Stale,
    /// The sandbox is not active, or was reset since the caller was let in.
    #[error("the sandbox is being reset or deleted, or has been since: nothing was written")]
    SandboxClosed,
    /// A unique constraint refused the row.
    #[error("the value is already taken (`{constraint}`)")]
    Taken {
        /// Name of the constraint or unique index, the same on both databases.
        constraint: String,
    },
    /// The master key is not the one the database was made with.
    #[error(
        "the master key `{given}` does not fit this database, which was made with key `{expected}`: restore that key"
    )]
    WrongKey {
        /// Fingerprint of the key of the database.
        expected: String,
        /// Fingerprint of the key that was given.
        given: String,
    },
    /// The master key is missing, weak or not private.
    #[error("the master key {place} {reason}")]
    BadKey {
        /// Where the key came from, with backticks.
        place: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A stored secret does not decrypt in its place: it was moved, changed or cut.
    #[error("a stored secret of `{object_id}` does not decrypt: the row was changed outside of the server")]
    SecretDamaged {
        /// The object that owns the secret.
        object_id: String,
    },
    /// A stored row is not what this version wrote.
    #[error("a stored {what} cannot be read: the row was changed outside of the server or by a newer version")]
    Damaged {
        /// What kind of row.
        what: &'static str,
    },
    /// A value cannot be stored.
    #[error("a text with a NUL character cannot be stored")]
    NulCharacter,
    /// A document has more values than can be found by.
    #[error("the resource has more than {limit} different values: leave some out, such as columns that are not needed")]
    TooManyValues {
        /// How many are allowed.
        limit: usize,
    },
    /// A place in a list of another order.
    #[error("the page after this place belongs to a list with another order: begin with the first page")]
    OtherOrder,
    /// The address of the database is not understood. The address itself is not repeated: it may hold a password.
    #[error("the database address {0}: use `sqlite:///absolute/path/lakehead.db` or `postgres://user@host/database`")]
    UnsupportedUrl(&'static str),
    /// The folder or file of the embedded database cannot be used.
    #[error("the database file `{path}` cannot be opened for writing")]
    File {
        /// The file.
        path: String,
        /// The operating system's reason.
        #[source]
        source: std::io::Error,
    },
    /// Another transaction holds what this one needs; nothing was written, trying again is safe.
    #[error("the database is busy: try again")]
    Busy(#[source] sqlx::Error),
    /// The database failed over a transaction that was to become durable together with this one, and undid both.
    /// Nothing was written, trying again is safe.
    #[error("the database undid this change together with others: try again")]
    Undone,
    /// Secrets were asked for in a transaction that cannot note their use.
    #[error("the use of a secret is noted in the audit trail, which a transaction that only reads cannot do")]
    Unaudited,
    /// The schema of the database cannot be brought to this version.
    #[error("the database cannot be brought to the schema of this version")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// Anything else the database said.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
}

/// Unique constraints that SQLite reports by their columns. Primary keys are not listed: theirs is `<table>_pkey`.
const UNIQUE_COLUMNS: &[(&str, &str)] = &[
    ("sandbox.org, sandbox.name", "sandbox_name"),
    ("sandbox.org", "sandbox_default"),
    ("flow_schedule.flow_id", "flow_schedule_flow"),
    ("flow_run.flow_id, flow_run.slot", "flow_run_slot"),
    ("flow_run.flow_id", "one_active_run"),
    ("dataset_file.path", "dataset_file_path"),
    ("dataset_file.path, dataset_file.batch_id", "dataset_file_shared"),
    ("org_user.org, org_user.issuer, org_user.subject", "org_user_subject"),
    ("role.org, role.name", "role_name"),
];

impl StoreError {
    /// Whether the same work may succeed later without anybody changing it: the database was busy, gone or full.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Undone | Self::Database(_))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if matches!(error, sqlx::Error::PoolTimedOut) {
            return Self::Busy(error);
        }
        let Some(refusal) = error.as_database_error() else { return Self::Database(error) };
        if refusal.is_unique_violation() {
            return Self::Taken { constraint: constraint_name(refusal) };
        }
        // 5 and 517 are SQLITE_BUSY and its snapshot form; the others lock timeout, deadlock and serialization failure.
        match refusal.code().as_deref() {
            Some("5" | "261" | "517" | "55P03" | "40P01" | "40001") => Self::Busy(error),
            _ => Self::Database(error),
        }
    }
}

fn constraint_name(refusal: &dyn sqlx::error::DatabaseError) -> String {
    if let Some(name) = refusal.constraint() {
        return name.to_owned();
    }
    let columns = refusal.message().rsplit(": ").next().unwrap_or_default();
    match UNIQUE_COLUMNS.iter().find(|(listed, _)| *listed == columns) {
        Some((_, name)) => (*name).to_owned(),
        None => format!("{}_pkey", columns.split('.').next().unwrap_or_default()),
    }
}
