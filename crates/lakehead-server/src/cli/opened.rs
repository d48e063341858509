//! What a command of administration works on: the metastore of a data folder, and an organisation in it.

use anyhow::Context as _;
use lakehead_model::time::Clock;
use lakehead_store::{Store, Tx};
use serde_json::Value;

use super::welcome;
use crate::app::{App, open_store};
use crate::config::{DataArgs, ServeArgs, Settings, database_of};

/// Where the data is and how to answer; every command of administration takes it.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Common {
    #[command(flatten)]
    data: DataArgs,
    /// Print JSON for scripts
    #[arg(long)]
    json: bool,
}

impl Common {
    /// The metastore.
    pub(super) async fn store(&self) -> anyhow::Result<Store> {
        open_store(&self.data.data_dir, &database_of(&self.data)?).await
    }

    /// The whole program as `serve` would open it, which listens to nobody.
    pub(super) async fn app(&self, allow_egress: Vec<String>) -> anyhow::Result<App> {
        let serve = ServeArgs { data: self.data.clone(), listen: None, allow_egress, public_url: None };
        App::open(Settings::resolve(&serve)?, String::new(), Clock::system()).await
    }

    /// Prints the result: all of it as JSON, or as lines for people.
    pub(super) fn print(&self, value: &Value, lines: &[String]) -> anyhow::Result<()> {
        let text = if self.json { serde_json::to_string_pretty(value)? } else { lines.join("\n") };
        if !text.is_empty() {
            welcome::print_result(&text);
        }
        Ok(())
    }
}

/// The organisation that is named, or the one that was made first.
pub(super) async fn organisation(tx: &mut Tx, named: Option<&str>) -> anyhow::Result<String> {
    let found = match named {
        Some(org) => tx.organisation(org).await?,
        None => tx.first_organisation().await?,
    };
    let organisation = found.with_context(|| match named {
        Some(org) => format!("there is no organisation `{org}`; `lakehead org list` shows those there are"),
        None => "there is no organisation yet; make one with `lakehead org create`".to_owned(),
    })?;
    Ok(organisation.org)
}
