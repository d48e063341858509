//! Logs: to standard error, `RUST_LOG` chooses what, `LAKEHEAD_LOG=json` chooses the form.

use tracing_subscriber::EnvFilter;

/// Starts logging, from level `default` on where the environment does not say. Call once.
pub(crate) fn start(default: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::env::var("LAKEHEAD_LOG").is_ok_and(|form| form == "json") {
        builder.json().init();
    } else {
        builder.with_target(false).with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init();
    }
}
