//! What a supervisor and its worker process say to each other: JSON, one message per line.
//!
//! The first line to the worker is a [`Job`], then one [`Ack`] per intent. The worker answers [`Event`]s.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use lakehead_connect::format::Preview;
use lakehead_connect::net::EgressPolicy;
use lakehead_connect::pgp::{Keys, SignerKey};
use lakehead_model::format::DataFormat;
use lakehead_model::mapping::Rule;
use lakehead_model::plan::PlannedObject;
use lakehead_model::xdm::Field;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::map::trial::Tried;

/// The one thing a worker process does.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// Lands objects as data files.
    Ingest(Box<IngestJob>),
    /// Shows the beginning of an object.
    Preview(Box<PreviewJob>),
    /// Maps a few rows, to show what becomes of them.
    Trial(Box<TrialJob>),
    /// Tells what data files hold.
    Inspect(Box<InspectJob>),
    /// Writes data files again without some of their rows.
    Rewrite(Box<RewriteJob>),
    /// Reads a public key that a client has sent.
    PublicKey(Box<PublicKeyJob>),
    /// Writes small data files together into large ones.
    Compact(Box<CompactJob>),
}

/// How the source is reached. Holds secrets: for the pipe only.
#[derive(Clone, Serialize, Deserialize)]
pub struct SourceAccess {
    /// Connection spec id: which connector.
    pub spec_id: String,
    /// What [`lakehead_connect::login::Login::to_wire`] wrote.
    #[serde(serialize_with = "expose", deserialize_with = "enclose")]
    pub login: SecretString,
    /// Which addresses may be connected to.
    pub egress: EgressPolicy,
}

impl fmt::Debug for SourceAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceAccess").field("spec_id", &self.spec_id).finish_non_exhaustive()
    }
}

/// The pipe to the worker is the one place where the login is written out.
fn expose<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

fn enclose<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

/// Everything a worker needs to land the objects of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IngestJob {
    /// The run.
    pub run_id: String,
    /// Which claim of the run.
    pub epoch: i64,
    /// Which attempt within the claim.
    pub attempt: i64,
    /// The batch the rows belong to.
    pub batch_id: String,
    /// Start of the run, epoch milliseconds.
    pub ingest_time_ms: i64,
    /// How the source is reached.
    pub source: SourceAccess,
    /// What to read; outcomes are in the same order.
    pub objects: Vec<PlannedObject>,
    /// How to read it.
    pub format: DataFormat,
    /// What opens the objects, where they are encrypted.
    pub keys: Option<Keys>,
    /// The rules; `None` takes the fields by name.
    pub mapping: Option<Vec<Rule>>,
    /// The target schema.
    pub fields: Vec<Field>,
    /// The table's current Iceberg schema, as JSON.
    pub schema: serde_json::Value,
    /// Folder of data files, absolute.
    pub data_dir: PathBuf,
    /// Folder of the batch's diagnostics, absolute.
    pub diagnostics_dir: PathBuf,
    /// What the worker may use.
    pub limits: Limits,
    /// One object after another, each in files of its own: finds out which object kills the worker.
    pub isolate: bool,
}

/// Limits of one worker process.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Limits {
    /// Memory of the process, bytes.
    pub memory_bytes: u64,
    /// Size at which a data file is closed, bytes.
    pub target_file_bytes: u64,
    /// Rows explained one by one; all are counted.
    pub max_reported_rows: u64,
    /// Objects read at the same time.
    pub lanes: usize,
    /// Time without any sign of life after which a worker is ended, milliseconds.
    pub stall_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 512 << 20,
            target_file_bytes: 128 << 20,
            max_reported_rows: 10_000,
            lanes: 2,
            stall_ms: 120_000,
        }
    }
}

/// Shows the columns and first rows of an object.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PreviewJob {
    /// How the source is reached.
    pub source: SourceAccess,
    /// The object.
    pub object: PlannedObject,
    /// How to read it; found out where nothing is said.
    pub format: Option<DataFormat>,
    /// Most rows.
    pub limit: usize,
    /// Whether it is to be said how many rows the whole object has.
    pub counts: bool,
    /// Memory of the process, bytes.
    pub memory_bytes: u64,
}

/// Maps rows that a client has sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TrialJob {
    /// A JSON array of objects.
    pub rows: String,
    /// The mapping.
    pub rules: Vec<Rule>,
    /// Fields of the target schema.
    pub fields: Vec<Field>,
    /// Now, epoch milliseconds.
    pub now_ms: i64,
    /// Memory of the process, bytes.
    pub memory_bytes: u64,
}

/// Counts the rows that data files have of one batch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InspectJob {
    /// The batch.
    pub batch_id: String,
    /// The files, absolute.
    pub files: Vec<PathBuf>,
    /// Memory of the process, bytes.
    pub memory_bytes: u64,
}

/// Rows of data files that go.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goes {
    /// Those of batches.
    Rows {
        /// The batches.
        batches: Vec<String>,
        /// Only those of the source object with this key.
        key: Option<String>,
    },
    /// All but those of a batch.
    AllBut(String),
}

/// Writes data files again without some of their rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RewriteJob {
    /// How the names of new files begin.
    pub name: String,
    /// The files, absolute.
    pub files: Vec<PathBuf>,
    /// The rows that go.
    pub goes: Goes,
    /// The table's current Iceberg schema, as JSON.
    pub schema: serde_json::Value,
    /// Folder of data files, absolute.
    pub data_dir: PathBuf,
    /// Memory of the process, bytes.
    pub memory_bytes: u64,
}

/// Reads a public key that signatures are to be checked with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PublicKeyJob {
    /// Base64 of the key.
    pub key: String,
    /// Memory of the process, bytes.
    pub memory_bytes: u64,
}

/// Writes small data files together into large ones.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CompactJob {
    /// How the names of new files begin.
    pub name: String,
    /// The files, absolute.
    pub files: Vec<PathBuf>,
    /// The table's current Iceberg schema, as JSON.
    pub schema: serde_json::Value,
    /// Folder of data files, absolute.
    pub data_dir: PathBuf,
    /// Size at which a data file is closed, bytes.
    pub target_file_bytes: u64,
    /// Memory of the process, bytes.
    pub memory_bytes: u64,
}

/// What a worker tells.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// A file is about to be created; the worker waits for the [`Ack`].
    Intent {
        /// Number of the question.
        id: u64,
        /// `file://` URL.
        path: String,
    },
    /// An object is about to be read.
    Begin {
        /// Its place in the job.
        index: usize,
    },
    /// A sign of life.
    Progress {
        /// Rows read since the last sign.
        rows: u64,
    },
    /// Objects are on disk, whole.
    Landed {
        /// The objects.
        objects: Vec<LandedObject>,
        /// The files that hold their rows; none where no row was good.
        files: Vec<DataFileInfo>,
    },
    /// An object is not on disk, not even in part.
    Failed {
        /// Its place in the job.
        index: usize,
        /// Code for the run's errors.
        code: String,
        /// Text for the user.
        message: String,
        /// Rows read before it failed.
        rows_read: u64,
        /// Whether the same object may succeed later.
        transient: bool,
    },
    /// The job is done: every object has been landed or failed.
    Done {
        /// Files with rejected rows, relative to the diagnostics folder.
        row_error_files: Vec<String>,
        /// Rows explained in them.
        reported_rows: u64,
    },
    /// The job cannot be done at all.
    Fatal {
        /// Text for the log and the run.
        message: String,
    },
    /// The answer to a [`PreviewJob`].
    Preview {
        /// Columns and rows.
        preview: Preview,
    },
    /// What a data file holds.
    Inspected {
        /// Its place in the job.
        index: usize,
        /// Its rows.
        rows: u64,
        /// Rows of other batches.
        foreign: u64,
        /// The same by the key of their source object.
        others: BTreeMap<String, u64>,
        /// Rows of the batch by the key of their source object.
        objects: BTreeMap<String, u64>,
    },
    /// A data file cannot be read.
    Unreadable {
        /// Its place in the job.
        index: usize,
        /// Why.
        message: String,
    },
    /// A data file was looked at, and written again where it has rows that go and rows that stay.
    Rewritten {
        /// Its place in the job.
        index: usize,
        /// Rows that go.
        dropped: u64,
        /// The file with the rows that stay; none where the file is as it was, or nothing of it stays.
        file: Option<DataFileInfo>,
    },
    /// A large file has all rows of some small ones.
    Compacted {
        /// Places of the small files in the job.
        inputs: Vec<usize>,
        /// The large file.
        file: DataFileInfo,
    },
    /// The answer to a [`TrialJob`].
    Trial {
        /// What became of each row.
        rows: Vec<Tried>,
    },
    /// The answer to a [`PublicKeyJob`].
    PublicKey {
        /// What is known of the key.
        key: SignerKey,
    },
}

/// An object of which every good row is in a data file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LandedObject {
    /// Its place in the job.
    pub index: usize,
    /// Rows in the object.
    pub rows_read: u64,
    /// Rows in data files.
    pub rows_written: u64,
    /// Rows left out.
    pub rows_rejected: u64,
    /// Bytes of the object.
    pub bytes_read: u64,
    /// Rejected rows by code; they add up to `rows_rejected`.
    pub errors: BTreeMap<String, ErrorCount>,
    /// Values that became null, by the text that says which and why.
    pub warnings: BTreeMap<String, u64>,
}

/// How many rows have an error, with the text of the first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorCount {
    /// Rows.
    pub count: u64,
    /// What the first of them says.
    pub message: String,
}

/// A closed data file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFileInfo {
    /// `file://` URL.
    pub path: String,
    /// Its Iceberg description.
    pub data_file_json: String,
    /// Rows.
    pub records: u64,
    /// Size.
    pub bytes: u64,
}

/// The answer to an intent: it is stored.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ack {
    /// Number of the question.
    pub ack: u64,
}
