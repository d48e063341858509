//! `lakehead keys …`: the keys that sign our own tokens. The keys themselves are never shown.

use clap::Subcommand;
use lakehead_model::time::Clock;
use serde_json::{Value, json};

use super::opened::Common;

/// A key is kept this much longer than its last token, for servers with a large clock skew, seconds.
const GRACE_S: i64 = 300;

/// The `keys` commands.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Sign with a new key from now on; old keys verify until all their tokens are over, then they are removed
    Rotate(KeysArgs),
    /// List the keys by name
    List(KeysArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct KeysArgs {
    #[command(flatten)]
    common: Common,
}

/// Runs a `keys` command.
pub(crate) async fn run(command: KeysCommand) -> anyhow::Result<()> {
    match command {
        KeysCommand::Rotate(args) => {
            let over_s = Clock::system().now_ms() / 1000 - GRACE_S;
            let mut tx = args.common.store().await?.write().await?;
            let new = tx.rotate_signing_key(over_s).await?;
            tx.commit().await?;
            let line = format!("{} signs from now on; {} keys were removed", new.kid, new.removed);
            args.common.print(&json!({ "kid": new.kid, "removed": new.removed }), &[line])
        }
        KeysCommand::List(args) => {
            let keys = args.common.store().await?.read().await?.signing_keys().await?;
            let (mut shown, mut lines) = (Vec::new(), Vec::new());
            for key in keys {
                let state = if key.retired_at_ms.is_none() { "signs" } else { "verifies" };
                lines.push(format!("{}  {state}  tokens_until_s={}", key.kid, key.tokens_until_s));
                shown.push(json!({
                    "kid": key.kid,
                    "state": state,
                    "created_at_ms": key.created_at_ms,
                    "retired_at_ms": key.retired_at_ms,
                    "tokens_until_s": key.tokens_until_s,
                }));
            }
            args.common.print(&Value::Array(shown), &lines)
        }
    }
}
