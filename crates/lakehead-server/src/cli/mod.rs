//! The command line: one file per command.

pub(crate) mod client;
mod keys;
mod maintain;
mod opened;
mod org;
mod role;
mod token;
mod user;
mod verify;
pub(crate) mod welcome;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::runtime::Runtime;

use crate::config::{ServeArgs, Settings};
use crate::telemetry::Telemetry;

/// Lakehead: an open, self-hosted Flow Service. Sources in, Apache Iceberg tables out.
#[derive(Debug, Parser)]
#[command(name = "lakehead", version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API, run the schedules and supervise the workers
    Serve(ServeArgs),
    /// Show the whole way from files on S3 to an Iceberg table with generated data
    Demo(crate::demo::DemoArgs),
    /// Manage the clients that may ask for tokens
    #[command(subcommand)]
    Client(client::ClientCommand),
    /// Manage the users of external issuers
    #[command(subcommand)]
    User(user::UserCommand),
    /// Manage roles and who is in them
    #[command(subcommand)]
    Role(role::RoleCommand),
    /// Manage organisations
    #[command(subcommand)]
    Org(org::OrgCommand),
    /// Make a token ahead and print it, once
    Token(token::TokenArgs),
    /// Manage the keys that sign tokens
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Prove that flows are complete, or name every file that is missing, lost, different or too many
    Verify(verify::VerifyArgs),
    /// Put small data files of tables together, let old snapshots expire, and delete what nothing refers to
    Maintain(maintain::MaintainArgs),
    /// Read, map and write one run; started by `serve`, not by people
    #[command(hide = true)]
    Worker,
}

/// Does what the command line asks.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    if matches!(cli.command, Command::Worker) {
        return lakehead_engine::worker::main();
    }
    harden();
    match start(cli.command) {
        Ok(code) => code,
        Err(error) => {
            welcome::print_error(&error);
            ExitCode::FAILURE
        }
    }
}

/// Runs the command with a runtime, a log, and traces where they are asked for.
fn start(command: Command) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // The demo tells its own story.
    let level = if matches!(command, Command::Demo(_)) { "warn" } else { "info" };
    let traces = match &command {
        Command::Serve(args) => Settings::resolve(args)?.traces,
        _ => None,
    };
    let telemetry = crate::telemetry::start(level, traces.as_ref(), runtime.handle())?;
    let code = on_runtime(&runtime, command, &telemetry);
    telemetry.end();
    code
}

fn on_runtime(runtime: &Runtime, command: Command, telemetry: &Telemetry) -> anyhow::Result<ExitCode> {
    runtime.block_on(async {
        tokio::spawn(telemetry.tell_losses());
        match command {
            Command::Serve(args) => crate::serve::run(Settings::resolve(&args)?).await,
            Command::Demo(args) => crate::demo::run(args).await,
            Command::Client(command) => client::run(command).await,
            Command::User(command) => user::run(command).await,
            Command::Role(command) => role::run(command).await,
            Command::Org(command) => org::run(command).await,
            Command::Token(args) => token::run(args).await,
            Command::Keys(command) => keys::run(command).await,
            Command::Verify(args) => return Ok(verify::run(args).await),
            Command::Maintain(args) => return maintain::run(args).await,
            Command::Worker => unreachable!("dispatched before the runtime starts"),
        }
        .map(|()| ExitCode::SUCCESS)
    })
}

/// Keys of customers' storage are in this process: it leaves no core file behind.
fn harden() {
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
}
