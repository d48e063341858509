//! `lakehead maintain`: maintenance of tables now, instead of when it is due. Beside a server or without one.

use std::process::ExitCode;

use anyhow::Context as _;
use lakehead_store::TablePlace;
use serde_json::{Value, json};

use super::opened::Common;
use crate::app::App;

/// What `maintain` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct MaintainArgs {
    #[command(flatten)]
    common: Common,
    /// Id of the dataset; every table of every organisation where nothing is said
    #[arg(long, value_name = "ID")]
    dataset: Option<String>,
}

/// Maintains, and prints what was done. Exit code 1 where a table could not be maintained.
pub(crate) async fn run(args: MaintainArgs) -> anyhow::Result<ExitCode> {
    let app = args.common.app(Vec::new()).await?;
    let (mut shown, mut lines, mut failed) = (Vec::new(), Vec::new(), false);
    for place in places(&app, args.dataset.as_deref()).await? {
        let mut done = app.engine.maintain(&place).await?;
        failed |= done.get("error").is_some();
        lines.push(line(&place, &done));
        done["dataSetId"] = json!(place.dataset_id);
        shown.push(done);
    }
    let deleted = app.engine.collect().await?;
    lines.push(format!("{deleted} files were deleted that nothing refers to"));
    args.common.print(&json!({ "tables": Value::Array(shown), "deletedFiles": deleted }), &lines)?;
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn places(app: &App, named: Option<&str>) -> anyhow::Result<Vec<TablePlace>> {
    let mut places: Vec<TablePlace> = Vec::new();
    loop {
        let after = places.last().map(|place| place.dataset_id.clone()).unwrap_or_default();
        let page = app.store.read().await?.table_places(named, &after).await?;
        if page.is_empty() {
            break;
        }
        places.extend(page);
    }
    match named {
        Some(id) if places.is_empty() => Err(anyhow::anyhow!("there is no table of a dataset `{id}`"))
            .context("check the id; a closed sandbox has none"),
        _ => Ok(places),
    }
}

/// What people read of a table.
fn line(place: &TablePlace, done: &Value) -> String {
    let id = &place.dataset_id;
    if let Some(error) = done.get("error") {
        return format!("{id}: not maintained: {}", error.as_str().unwrap_or("the log of the server says why"));
    }
    format!(
        "{id}: {} small files put into {}, {} snapshots expired, {} files are deleted later",
        done["smallFiles"], done["largeFiles"], done["expiredSnapshots"], done["filesToDelete"]
    )
}
