//! What the operator reads in the terminal.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this file is the terminal output")]

use crate::config::Settings;

/// Says where the server listens and how to get a token.
pub(crate) fn print(url: &str, settings: &Settings) {
    let data_dir = settings.data_dir.display();
    println!("Lakehead {} listening on {url}", env!("CARGO_PKG_VERSION"));
    println!("  data          {data_dir}");
    println!("  database      {}", database_kind(&settings.database));
    println!("  in a browser  {url}/ui/, with the id and the secret of a client");
    println!("A client and a token:");
    println!("  lakehead client create --data-dir {data_dir} --name my-client");
    println!(
        "  curl -s {url}/ims/token/v3 -d grant_type=client_credentials -d client_id=… -d client_secret=… -d scope=openid"
    );
}

/// Says on one line why the command failed.
pub(crate) fn print_error(error: &anyhow::Error) {
    eprintln!("lakehead: {error:#}");
}

/// Prints lines that are the result of a command.
pub(crate) fn print_result(text: &str) {
    println!("{text}");
}

/// A database URL may hold a password: only its kind is shown.
fn database_kind(url: &str) -> &'static str {
    if url.starts_with("sqlite") { "SQLite in the data folder" } else { "PostgreSQL" }
}
