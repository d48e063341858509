//! How to go on by hand: a file to source that gives the shell a function which calls the API.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;

use super::client::{Api, CATALOG, DATA_ACCESS, FLOW_SERVICE};
use super::show::Screen;
use super::tutorial::Pipeline;
use crate::access::administer::NewClient;

/// Name of the file in the data folder. It holds a token: only its owner can read it.
const FILE: &str = "demo.env";

/// Writes the file and shows what can be done with it.
pub(super) fn show(screen: Screen, url: &str, data_dir: &Path, api: &Api, pipeline: &Pipeline) -> anyhow::Result<()> {
    let path = data_dir.join(FILE);
    write(&path, &script(url, api, pipeline)).with_context(|| format!("`{}` cannot be written", path.display()))?;
    screen.heading("Go on by hand, in another terminal of a POSIX shell");
    for line in [
        format!(". '{}'", path.display()),
        format!("api \"$BASE{FLOW_SERVICE}/connections\""),
        format!("api \"$BASE{FLOW_SERVICE}/runs?property=flowId==$FLOW\""),
        format!("api \"$BASE{FLOW_SERVICE}/runs\" -d '{{\"flowId\":\"'$FLOW'\"}}'"),
        format!("api \"$BASE{CATALOG}/dataSets/$DATASET\""),
        format!("api \"$BASE{DATA_ACCESS}/datasets/$DATASET/preview\""),
    ] {
        screen.line(&format!("  {line}"));
    }
    screen.line("  `api` is curl with the token and the three other headers; the token is good for 24 hours.");
    Ok(())
}

/// Says where the user interface is and how to sign in. The client is the demo's own.
pub(super) fn show_interface(screen: Screen, url: &str, client: &NewClient) {
    screen.heading("Or in a browser");
    screen.line(&format!("  {url}/ui/"));
    screen.line(&format!("  client ID      {}", client.client_id));
    screen.line(&format!("  client secret  {}", client.client_secret));
}

fn script(url: &str, api: &Api, pipeline: &Pipeline) -> String {
    let flow = pipeline.flows.first().map_or("", |(_, id)| id);
    let mut script = format!("BASE='{url}'\nFLOW='{flow}'\nDATASET='{}'\napi() {{\n  curl -s", pipeline.dataset);
    script.extend(api.headers.iter().map(|(name, value)| format!(" -H '{name}: {value}'")));
    script.push_str(" -H 'Content-Type: application/json' \"$@\"\n  echo\n}\n");
    script
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path)?.write_all(text.as_bytes())
}
