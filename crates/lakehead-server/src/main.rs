//! The `lakehead` program.

mod api;
mod app;
mod cli;
mod config;
mod demo;
mod principals;
mod serve;
mod telemetry;
mod tokens;

fn main() -> std::process::ExitCode {
    lakehead_model::fault::arm();
    cli::main()
}
