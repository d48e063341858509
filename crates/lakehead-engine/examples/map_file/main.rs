//! Maps one local CSV, NDJSON or Parquet file, or all files of a folder, to Parquet data files, in a worker process as a run does, and
//! prints rows per second.
//!
//! `cargo run --release -p lakehead-engine --example map_file -- FILE|FOLDER OUT_DIR NAME:TYPE...`
//!
//! `MEMORY_MIB` in the environment sets the worker's memory limit. Each `NAME:TYPE` names a source column and the XDM type it is
//! converted to; it lands as `row.NAME`. `NAME:TYPE=EXPRESSION` is a calculated field.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use lakehead_connect::net::EgressPolicy;
use lakehead_engine::stage::{self, BoxError, Intents, ObjectOutcome};
use lakehead_engine::worker::protocol::{IngestJob, Limits, SourceAccess};
use lakehead_engine::{layout, worker};
use lakehead_model::format::{DataFormat, FormatKind};
use lakehead_model::mapping::{Rule, RuleSource, parse_attribute, parse_destination};
use lakehead_model::plan::PlannedObject;
use lakehead_model::xdm::{Field, FieldType};
use object_store::ObjectStore;

mod local_folder;

use local_folder::LocalFolder;

/// Remembers nothing: whoever runs this deletes the folder.
struct NoIntents;

#[async_trait::async_trait]
impl Intents for NoIntents {
    async fn announce(&self, _path: &str) -> Result<(), BoxError> {
        Ok(())
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args == ["worker"] {
        return worker::run(Arc::new(|_: &SourceAccess, folder: &str| {
            Ok(Arc::new(LocalFolder::new(folder)) as Arc<dyn ObjectStore>)
        }));
    }
    match measure(&args) {
        Ok(report) => {
            say(&report);
            ExitCode::SUCCESS
        }
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "this program is its output")]
fn say(text: &str) {
    println!("{text}");
}

fn measure(args: &[String]) -> Result<String, BoxError> {
    let [file, out, columns @ ..] = args else { return Err("usage: map_file FILE|FOLDER OUT_DIR NAME:TYPE...".into()) };
    let job = job(Path::new(file), Path::new(out), columns)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let bytes = job.objects.iter().map(|object| object.size_bytes).sum::<u64>();
    let start = Instant::now();
    let exe = std::env::current_exe()?;
    let staged = runtime.block_on(stage::stage(&exe, job, &NoIntents, &AtomicU64::new(0)))?;
    let seconds = start.elapsed().as_secs_f64();
    let mut rows = 0;
    for object in &staged.objects {
        match object {
            ObjectOutcome::Landed { rows_written, .. } => rows += rows_written,
            ObjectOutcome::Failed { key, message, .. } => say(&format!("{key} failed: {message}")),
        }
    }
    for (text, count) in &staged.warnings {
        say(&format!("{count} x {text}"));
    }
    for (code, error) in &staged.errors_by_code {
        say(&format!("{} rows rejected: {code} {}", error.count, error.message));
    }
    let (megabytes, written) = (bytes as f64 / 1e6, staged.data_files.iter().map(|file| file.bytes).sum::<u64>());
    Ok(format!(
        "{rows} rows, {megabytes:.0} MB in {seconds:.2} s: {:.0} rows/s, {:.0} MB/s; {} files, {written} bytes",
        rows as f64 / seconds,
        megabytes / seconds,
        staged.data_files.len(),
    ))
}

fn job(file: &Path, out: &Path, columns: &[String]) -> Result<IngestJob, BoxError> {
    let files = files(&file.canonicalize()?)?;
    let objects = files.iter().map(|file| planned(file)).collect::<Result<Vec<_>, BoxError>>()?;
    let file = files.first().ok_or("the folder has no files")?;
    let kind = match file.extension().and_then(|extension| extension.to_str()) {
        Some("parquet") => FormatKind::Parquet,
        Some("json" | "ndjson" | "jsonl") => FormatKind::Json,
        _ => FormatKind::Delimited,
    };
    let (mut members, mut rules) = (Vec::new(), Vec::new());
    for column in columns {
        let (column, expression) = match column.split_once('=') {
            Some((column, expression)) => (column, Some(expression)),
            None => (column.as_str(), None),
        };
        let (name, ty) = column.split_once(':').ok_or("a column is written NAME:TYPE")?;
        let ty: FieldType = serde_json::from_value(ty.into())?;
        members.push(Field::new(name, ty, false));
        let source = match expression {
            Some(expression) => RuleSource::Expression(expression.to_owned()),
            None => RuleSource::Attribute(parse_attribute(name)?),
        };
        rules.push(Rule { source, destination: parse_destination(&format!("row.{name}"))? });
    }
    let fields = vec![Field::new("row", FieldType::Object(members), false)];
    let memory_bytes = match std::env::var("MEMORY_MIB") {
        Ok(text) => text.parse::<u64>()? << 20,
        Err(_) => Limits::default().memory_bytes,
    };
    let out = std::path::absolute(out)?;
    Ok(IngestJob {
        run_id: "example".to_owned(),
        epoch: 1,
        attempt: 1,
        batch_id: "example".to_owned(),
        ingest_time_ms: 0,
        source: SourceAccess {
            spec_id: "local".to_owned(),
            login: String::new().into(),
            egress: EgressPolicy::default(),
        },
        objects,
        format: DataFormat::new(kind),
        keys: None,
        mapping: Some(rules),
        schema: serde_json::to_value(layout::iceberg_schema(&fields)?)?,
        fields,
        data_dir: out.join("data"),
        diagnostics_dir: out.join("diagnostics"),
        limits: Limits { memory_bytes, ..Limits::default() },
        isolate: false,
    })
}

/// The file itself, or all files of a folder.
fn files(path: &Path) -> Result<Vec<PathBuf>, BoxError> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, BoxError>>()?;
    files.sort();
    Ok(files)
}

fn planned(file: &Path) -> Result<PlannedObject, BoxError> {
    let folder = file.parent().unwrap_or(Path::new("/"));
    let key = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let metadata = file.metadata()?;
    let modified = metadata.modified()?.duration_since(std::time::UNIX_EPOCH)?.as_millis() as i64;
    Ok(PlannedObject::pin(&folder.display().to_string(), &key, None, None, metadata.len(), modified))
}
