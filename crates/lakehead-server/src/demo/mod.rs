//! `lakehead demo`: an S3 server with generated files, a real server, and the tutorial between them over HTTP.
//!
//! Reading order: [`run`] here, `data` (the files), `store` (the S3 server), `tutorial` (the calls), `runs` and
//! `outcome` (what became of it), `report` (what is printed).

mod client;
mod customer;
mod data;
mod flaw;
mod go_on;
mod outcome;
mod report;
mod runs;
mod schema;
mod show;
mod store;
mod tutorial;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, bail};
use lakehead_engine::lake::local_path;
use lakehead_model::id::random_hex;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::cli;
use crate::config::{DataArgs, ServeArgs, Settings};
use crate::serve;
use client::{Api, CATALOG, DATA_ACCESS, FLOW_SERVICE, text};
use data::{BUCKET, Expected, Feed};
use outcome::{Outcome, Table};
use show::{Screen, grouped};
use store::S3;

/// Fewest rows: with these every flaw appears and stays below the tolerance.
const MIN_ROWS: u64 = 1_000;

/// What `demo` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// End when everything has landed instead of serving on; the status is 0 only if all landed as it should
    #[arg(long)]
    once: bool,
    /// Print one JSON object with the numbers on standard output, and the story on standard error
    #[arg(long)]
    json: bool,
    /// Customers to generate, in all formats together
    #[arg(long, value_name = "N", default_value_t = 200_000,
          value_parser = clap::value_parser!(u64).range(MIN_ROWS..=100_000_000))]
    rows: u64,
    /// Folder of the database, the lake and the generated files [default: a new one among the temporary files]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Address to listen on [default: a free port of 127.0.0.1]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

/// Runs the demo.
pub(crate) async fn run(args: DemoArgs) -> anyhow::Result<()> {
    let started = Instant::now();
    let screen = Screen::new(args.json);
    let data_dir = data_dir(args.data_dir.as_deref())?;
    let is_new = !data_dir.join("lakehead.db").exists();
    let bound = serve::bind(settings(&args, &data_dir)?).await?;
    let (app, url) = (bound.app.clone(), bound.url.clone());
    let stop = CancellationToken::new();
    let server = tokio::spawn(serve::until_stopped(bound, stop.clone()));

    let walked = tokio::select! {
        walked = walk(&args, screen, &app, &url, is_new, started) => Some(walked),
        _ = tokio::signal::ctrl_c() => None,
    };
    let ended = match walked {
        None => Err(anyhow::anyhow!("the demo was interrupted")),
        Some(Err(error)) => Err(error.context("the demo did not get to its end")),
        Some(Ok(summary)) => finish(&args, screen, &summary).await,
    };
    stop.cancel();
    let _ = server.await;
    // A folder that was asked for may hold more than the demo.
    let advice = if args.data_dir.is_none() { "; delete the folder when you are done" } else { "" };
    screen.line(&format!("Everything is kept in {}{advice}.", data_dir.display()));
    ended
}

/// Prints the summary, serves on where that is wanted, and answers whether all landed.
async fn finish(args: &DemoArgs, screen: Screen, summary: &Value) -> anyhow::Result<()> {
    if args.json {
        cli::welcome::print_result(&serde_json::to_string_pretty(summary)?);
    }
    if !args.once {
        screen.line("\nServing until Ctrl-C.");
        tokio::signal::ctrl_c().await.context("Ctrl-C cannot be waited for")?;
        screen.line("");
    }
    if summary["ok"] != true {
        bail!("what landed differs from what was made: {}", summary["differences"]);
    }
    Ok(())
}

/// The whole story; answers the summary for scripts.
async fn walk(
    args: &DemoArgs,
    screen: Screen,
    app: &App,
    url: &str,
    is_new: bool,
    started: Instant,
) -> anyhow::Result<Value> {
    let data_dir = &app.settings.data_dir;
    screen.line(&format!("Lakehead {} at {url}, data in {}", env!("CARGO_PKG_VERSION"), data_dir.display()));
    let client = cli::client::create_first(&app.store, "demo").await?;
    let tenant = tenant(app, &client.org_id).await?;

    let root = data_dir.join("demo-s3");
    let expected = generate(&root, args.rows, &tenant).await?;
    let s3 = S3::start(&root).await?;
    let files: u64 = expected.iter().map(|feed| feed.files).sum();
    screen.line(&format!(
        "S3 server at {}, bucket {BUCKET}: {} customers in {files} CSV, JSON and Parquet files",
        s3.endpoint,
        grouped(args.rows)
    ));

    screen.heading("A token for the service client that the demo made");
    let api = Api::log_in(url, &client, screen).await?;
    let now_s = app.clock.now_ms() / 1000;
    let suffix = if is_new { String::new() } else { format!(" {}", random_hex(3)) };
    let pipeline = tutorial::walk(&api, &s3, screen, &suffix, now_s).await?;
    let runs = runs::watch(&api, screen, &pipeline.flows, 1).await?;
    let outcomes = Outcome::all(&pipeline.flows, expected, runs);

    screen.heading("Once more, on demand: nothing is new, so nothing is read twice");
    let again = &pipeline.flows[..1];
    api.create(&format!("{FLOW_SERVICE}/runs"), &json!({"flowId": again[0].1})).await?;
    let again = runs::watch(&api, screen, again, 2).await?.remove(0);

    let table = read_back(&api, screen, &pipeline, &outcomes).await?;
    report::landed(screen, &outcomes);
    report::reasons(screen, &outcomes);
    report::where_it_is(screen, &table);
    let differences = outcome::differences(&outcomes, &again, &table);
    let seconds = started.elapsed().as_secs_f64();
    report::verdict(screen, &differences, seconds);
    if !args.once {
        go_on::show(screen, url, data_dir, &api, &pipeline)?;
        go_on::show_interface(screen, url, &client);
    }
    Ok(json!({
        "ok": differences.is_empty(),
        "differences": differences,
        "seconds": (seconds * 1000.0).round() / 1000.0,
        "baseUrl": url,
        "dataDir": std::path::absolute(data_dir)?,
        "s3Endpoint": s3.endpoint,
        "flows": outcomes,
        "secondRun": again,
        "table": table,
    }))
}

/// Reads batch, rejected rows, preview and table back.
async fn read_back(
    api: &Api,
    screen: Screen,
    pipeline: &tutorial::Pipeline,
    outcomes: &[Outcome],
) -> anyhow::Result<Table> {
    screen.heading("The data, back: batch, files, rejected rows, preview, table");
    if let Some(batch) = outcomes.first().and_then(|outcome| outcome.run.batch_id.as_deref()) {
        api.get(&format!("{CATALOG}/batches/{batch}")).await?;
        api.get(&format!("{DATA_ACCESS}/batches/{batch}/files")).await?;
        let failed = format!("{DATA_ACCESS}/batches/{batch}/failed");
        let listing = api.get(&failed).await?;
        for file in listing["data"].as_array().into_iter().flatten().take(2) {
            let rows = api.get_lines(&format!("{failed}?path={}", text(file, "name")?)).await?;
            report::samples(screen, rows.get(..1).unwrap_or_default());
        }
    }
    let dataset = &pipeline.dataset;
    let preview = api.get(&format!("{DATA_ACCESS}/datasets/{dataset}/preview")).await?;
    report::preview(screen, &pipeline.namespace, &preview);
    let shown = api.get(&format!("{CATALOG}/dataSets/{dataset}")).await?;
    let metadata_location = text(&shown[dataset]["extensions"]["lakehead"], "metadataLocation")?;
    let rows = outcome::rows_of_table(&local_path(&metadata_location))?;
    Ok(Table { dataset_id: dataset.clone(), metadata_location, rows })
}

/// Writes all feeds, on a thread that may wait for the disk.
async fn generate(root: &Path, rows: u64, tenant: &str) -> anyhow::Result<Vec<Expected>> {
    let (bucket, tenant) = (root.join(BUCKET), tenant.to_owned());
    let write = move || {
        let expected: std::io::Result<Vec<_>> =
            Feed::ALL.iter().map(|feed| feed.write(&bucket, rows, &tenant)).collect();
        data::write_bystander(&bucket)?;
        expected
    };
    tokio::task::spawn_blocking(write).await?.context("the customers cannot be written")
}

/// Namespace of the organisation's own fields, without the underscore.
async fn tenant(app: &App, org: &str) -> anyhow::Result<String> {
    let organisation = app.store.read().await?.organisation(org).await?;
    Ok(organisation.context("the demo's organisation is gone")?.tenant_id)
}

/// The folder that was asked for, or a new one that only this user can read.
fn data_dir(asked: Option<&Path>) -> anyhow::Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt as _;
    if let Some(folder) = asked {
        return Ok(std::path::absolute(folder)?);
    }
    let folder = std::env::temp_dir().join(format!("lakehead-demo-{}", random_hex(4)));
    let made = std::fs::DirBuilder::new().mode(0o700).create(&folder);
    made.with_context(|| format!("the folder `{}` cannot be made; choose one with --data-dir", folder.display()))?;
    Ok(folder)
}

fn settings(args: &DemoArgs, data_dir: &Path) -> anyhow::Result<Settings> {
    Settings::resolve(&ServeArgs {
        data: DataArgs { data_dir: data_dir.to_owned(), database: None, config: None },
        listen: Some(args.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)))),
        // The demo's S3 server is here; the same guard as everywhere would refuse it.
        allow_egress: vec!["127.0.0.0/8".to_owned()],
        public_url: None,
    })
}
