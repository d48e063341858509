//! The `lakehead` program.

mod access;
mod api;
mod app;
mod cli;
mod config;
mod demo;
mod metrics;
mod request_line;
mod serve;
mod telemetry;
mod ui;

fn main() -> std::process::ExitCode {
    lakehead_model::fault::arm();
    cli::main()
}
