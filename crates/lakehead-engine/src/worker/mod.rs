//! The worker process: decodes what strangers wrote, under a memory limit, and can die without harm.
//!
//! Started as `lakehead worker`. The job comes as one line on standard input, secrets included, so that they
//! are in no argument list and no environment. See [`protocol`] for the conversation.

mod compact;
mod data_file;
mod ingest;
mod inspect;
mod lane;
mod link;
mod object;
mod own_files;
mod parquet_columns;
pub mod protocol;
mod rewrite;
mod row_errors;
#[cfg(test)]
mod tests;

use std::io::BufRead;
use std::process::ExitCode;
use std::sync::Arc;

use iceberg::spec::Schema;
use lakehead_connect::connector::{ConnectError, ConnectErrorKind};
use lakehead_connect::connectors;
use lakehead_connect::format::{self, FileError, Preview};
use lakehead_connect::login::Login;
use lakehead_connect::net::Net;
use lakehead_connect::pgp;
use lakehead_connect::uploads;
use object_store::ObjectStore;
use rustix::process::{Resource, Rlimit, setrlimit};
use secrecy::ExposeSecret;
use serde::Deserialize as _;

use link::Link;
use protocol::{Event, Job, PreviewJob, SourceAccess};

use crate::map::trial;

/// Opens a container of a source.
pub type Open = dyn Fn(&SourceAccess, &str) -> Result<Arc<dyn ObjectStore>, ConnectError> + Send + Sync;

/// The `worker` command: one job from standard input to its end.
pub fn main() -> ExitCode {
    run(Arc::new(open_source))
}

/// As [`main`], with another way to open sources.
pub fn run(open: Arc<Open>) -> ExitCode {
    // What a panic says may quote the file; the supervisor names the file and the reason itself.
    std::panic::set_hook(Box::new(|_| {}));
    let mut text = String::new();
    let job = match std::io::stdin().lock().read_line(&mut text) {
        Ok(_) => serde_json::from_str::<Job>(&text),
        Err(_) => return ExitCode::FAILURE,
    };
    drop(text);
    let link = Arc::new(Link::new(Box::new(std::io::stdout())));
    let result = match job {
        Ok(job) => work(job, &link, open),
        // The parser's own text may quote a secret.
        Err(error) => Err(format!("the job cannot be read, at column {}", error.column())),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            link.emit(&Event::Fatal { message });
            ExitCode::FAILURE
        }
    }
}

fn work(job: Job, link: &Arc<Link>, open: Arc<Open>) -> Result<(), String> {
    let memory_bytes = match &job {
        Job::Ingest(job) => job.limits.memory_bytes,
        Job::Preview(job) => job.memory_bytes,
        Job::Trial(job) => job.memory_bytes,
        Job::Inspect(job) => job.memory_bytes,
        Job::Rewrite(job) => job.memory_bytes,
        Job::PublicKey(job) => job.memory_bytes,
        Job::Compact(job) => job.memory_bytes,
    };
    limit(memory_bytes).map_err(|error| format!("the memory limit cannot be set: {error}"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_stack_size(1 << 20)
        .enable_all()
        .build()
        .map_err(|error| format!("the worker cannot start: {error}"))?;
    std::thread::spawn({
        let link = Arc::clone(link);
        move || {
            for answer in std::io::stdin().lock().lines() {
                let Ok(answer) = answer else { break };
                link.acknowledge(&answer);
            }
            // Nobody is left to report to.
            std::process::exit(0);
        }
    });
    match job {
        Job::Ingest(job) => runtime.block_on(ingest::ingest(*job, Arc::clone(link), open)),
        Job::Preview(job) => {
            let event = runtime.block_on(preview(&job, &*open));
            link.emit(&event);
            Ok(())
        }
        Job::Trial(job) => {
            let rows = runtime.block_on(trial::run(&job))?;
            link.emit(&Event::Trial { rows });
            Ok(())
        }
        Job::Inspect(job) => {
            inspect::inspect(&job, link);
            Ok(())
        }
        Job::Rewrite(job) => runtime.block_on(rewrite::rewrite(&job, link)),
        Job::PublicKey(job) => {
            let key = pgp::read_signer(&job.key).map_err(|error| error.to_string())?;
            link.emit(&Event::PublicKey { key });
            Ok(())
        }
        Job::Compact(job) => runtime.block_on(compact::compact(&job, link)),
    }
}

/// Caps the memory of this process and forbids core files, which would hold credentials and rows.
fn limit(memory_bytes: u64) -> rustix::io::Result<()> {
    let cap = |value| Rlimit { current: Some(value), maximum: Some(value) };
    setrlimit(Resource::Core, cap(0))?;
    setrlimit(Resource::Data, cap(memory_bytes))
}

async fn preview(job: &PreviewJob, open: &Open) -> Event {
    let shown = match open(&job.source, &job.object.container) {
        Ok(store) => look(&store, job).await,
        Err(error) => Err(ingest::access_error(&error)),
    };
    match shown {
        Ok(preview) => Event::Preview { preview },
        Err(error) => Event::Failed {
            index: 0,
            code: error.code.to_owned(),
            message: error.message,
            rows_read: 0,
            transient: error.transient,
        },
    }
}

async fn look(store: &Arc<dyn ObjectStore>, job: &PreviewJob) -> Result<Preview, FileError> {
    let mut preview = format::preview(store, &job.object, job.format.as_ref(), job.limit).await?;
    if job.counts {
        // What comes behind the rows that are shown may be broken: then the number is not known.
        preview.count = format::count_rows(store, &job.object, &preview.format).await.unwrap_or(None);
    }
    Ok(preview)
}

fn open_source(access: &SourceAccess, container: &str) -> Result<Arc<dyn ObjectStore>, ConnectError> {
    let login = Login::from_wire(access.login.expose_secret())?;
    if access.spec_id == uploads::SPEC_ID {
        return uploads::open(&login, container);
    }
    let connector = connectors::by_spec_id(&access.spec_id).ok_or_else(|| {
        ConnectError::new(ConnectErrorKind::Unsupported, format!("there is no connector `{}`", access.spec_id))
    })?;
    connector.open(&login, container, &Net::new(access.egress.clone())?)
}

/// The schema of a table, as the supervisor sends it.
fn table_schema(json: &serde_json::Value) -> Result<Schema, String> {
    Schema::deserialize(json).map_err(|error| unusable(&error))
}

fn unusable(error: &dyn std::fmt::Display) -> String {
    format!("the table's schema cannot be used: {error}")
}
