//! `lakehead verify`: proves that flows are complete, or names what is not. Exit code 0 proven, 1 something is not as it
//! should be, 2 it could not be found out.

use std::process::ExitCode;

use anyhow::Context as _;
use lakehead_engine::verify::{Completeness, Findings, How, Kind};
use lakehead_store::FlowPlace;
use serde_json::{Value, json};

use super::opened::Common;
use super::welcome;
use crate::app::App;

/// What `verify` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    common: Common,
    /// Ids of flows; every published flow of every organisation where nothing is said
    #[arg(value_name = "FLOW")]
    flows: Vec<String>,
    /// Open every data file and count its rows by source object
    #[arg(long)]
    deep: bool,
    /// Findings of one kind that are named; all are counted
    #[arg(long, default_value_t = 100)]
    limit: usize,
    /// Private network that sources may be in, as `serve` takes it; may be repeated
    #[arg(long, value_name = "CIDR", env = "LAKEHEAD_ALLOW_EGRESS", value_delimiter = ',')]
    allow_egress: Vec<String>,
}

/// Verifies, prints what was found, and says how it went.
pub(crate) async fn run(args: VerifyArgs) -> ExitCode {
    match verify(&args).await {
        Ok(code) => code,
        Err(error) => {
            welcome::print_error(&error);
            ExitCode::from(2)
        }
    }
}

async fn verify(args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let app = args.common.app(args.allow_egress.clone()).await?;
    let how = How { deep: args.deep, named: args.limit };
    let (mut shown, mut lines, mut complete, mut unknown) = (Vec::new(), Vec::new(), true, false);
    for place in places(&app, &args.flows).await? {
        match app.engine.verify(&place.scope, &place.flow_id, how).await {
            Ok(found) => {
                complete &= found.complete;
                lines.extend(lines_of(&found));
                shown.push(json!(found));
            }
            Err(error) => {
                unknown = true;
                lines.push(format!("flow {}: cannot be verified: {error}", place.flow_id));
                shown.push(json!({ "flowId": place.flow_id, "error": error.to_string() }));
            }
        }
    }
    if lines.is_empty() {
        lines.push("there is no flow to verify".to_owned());
    }
    args.common.print(&json!({ "complete": complete && !unknown, "flows": Value::Array(shown) }), &lines)?;
    Ok(match (complete, unknown) {
        (_, true) => ExitCode::from(2),
        (false, _) => ExitCode::from(1),
        (true, _) => ExitCode::SUCCESS,
    })
}

/// Where the flows are.
async fn places(app: &App, named: &[String]) -> anyhow::Result<Vec<FlowPlace>> {
    let mut places: Vec<FlowPlace> = Vec::new();
    if named.is_empty() {
        loop {
            let after = places.last().map(|place| place.flow_id.clone()).unwrap_or_default();
            let page = app.store.read().await?.flow_places(None, &after).await?;
            if page.is_empty() {
                return Ok(places);
            }
            places.extend(page);
        }
    }
    for id in named {
        let found = app.store.read().await?.flow_places(Some(&id.to_ascii_lowercase()), "").await?;
        let place = found.into_iter().next();
        places.push(place.with_context(|| format!("there is no published flow `{id}`; check the id"))?);
    }
    Ok(places)
}

/// What people read of a flow.
fn lines_of(found: &Completeness) -> Vec<String> {
    let mut lines = vec![format!("{} (flow {})", found.flow_name, found.flow_id), format!("  {}", found.summary)];
    for kind in Kind::ALL {
        lines.extend(lines_of_kind(&found.findings, kind));
    }
    lines
}

fn lines_of_kind(findings: &Findings, kind: Kind) -> Vec<String> {
    let of_kind = findings.findings.iter().filter(|finding| finding.kind == kind);
    let mut lines: Vec<String> =
        of_kind.map(|finding| format!("  {:<9}  {}  {}", kind.as_str(), finding.name, finding.message)).collect();
    let more = findings.count(kind).saturating_sub(lines.len() as u64);
    if more > 0 {
        lines.push(format!("  {:<9}  and {more} more; --limit names more of them", kind.as_str()));
    }
    lines
}
