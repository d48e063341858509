//! `lakehead token`: a token made ahead, for clients that cannot ask for one.

use lakehead_model::time::Clock;
use serde_json::json;

use super::client::find;
use super::opened::Common;
use crate::access::Tokens;

/// Longest life of a token that is made ahead, hours.
const MAX_HOURS: i64 = 366 * 24;

/// What `token` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct TokenArgs {
    #[command(flatten)]
    common: Common,
    /// The client that the token is for; disabling or deleting it ends the token
    #[arg(long)]
    client_id: String,
    /// Hours that the token lives
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(i64).range(1..=MAX_HOURS))]
    life_hours: i64,
}

/// Makes a token and prints it, once.
pub(crate) async fn run(args: TokenArgs) -> anyhow::Result<()> {
    let store = args.common.store().await?;
    let client = find(&mut store.read().await?, &args.client_id).await?;
    anyhow::ensure!(!client.disabled, "the client `{}` is disabled; enable it first", client.client_id);
    let life_s = args.life_hours * 3600;
    let token = Tokens::new(store, Clock::system()).issue(&client, life_s).await?;
    let value = json!({ "access_token": token, "token_type": "bearer", "expires_in": life_s });
    args.common.print(&value, &[token])
}
