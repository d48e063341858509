//! The Iceberg REST catalog, read by stock clients: PyIceberg and DuckDB, each with a token and nothing else.

mod files;
mod protocol;
mod readers;
mod spark;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::batch_ingestion::{act, create, has_become, person, upload};
use crate::harness::client::Api;
use crate::harness::environment::provided;
use crate::harness::server::Lakehead;
use crate::harness::tutorial;

/// Where the catalog is.
const CATALOG: &str = "/iceberg/v1";

/// What a stock client has found.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Found {
    namespaces: Vec<Vec<String>>,
    tables: Vec<String>,
    location: String,
    snapshots: usize,
    columns: Vec<String>,
    ids: Vec<String>,
    seen: Vec<Vec<String>>,
}

/// A stock client that reads a table of the sandbox `prod`; `None` where there is no Python.
fn client(api: &Api, reader: &str, table: &str) -> Option<Command> {
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests-python/iceberg_rest.py");
    let mut command = Command::new(provided("TEST_PYTHON")?);
    command.arg(script).args([reader, &format!("{}/iceberg", api.base()), "prod", &token(api), table]);
    Some(command)
}

/// What the client says.
async fn said(mut command: Command) -> Found {
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the reader prints JSON")
}

fn token(api: &Api) -> String {
    let (_, value) = api.headers().iter().find(|(name, _)| name == "authorization").unwrap();
    value.strip_prefix("Bearer ").unwrap().to_owned()
}

/// The API as clients of the protocol call it: with the token alone.
fn bare(api: &Api) -> Api {
    ["x-api-key", "x-gw-ims-org-id", "x-sandbox-name"].iter().fold(api.clone(), |api, name| api.with_header(name, None))
}

/// A dataset of people with this name.
async fn dataset(api: &Api, name: &str) -> String {
    let schema = tutorial::schema(api, name).await;
    tutorial::dataset(api, name, &schema).await
}

/// Lands people with these ids; answers the batch.
async fn land(api: &Api, dataset: &str, ids: &[&str]) -> String {
    let batch = create(api, dataset, "json", json!({})).await;
    let rows: Vec<String> = ids.iter().map(|id| person(id, "Ada")).collect();
    upload(api, &batch, dataset, "x.json", rows.join("\n")).await.expect(201);
    act(api, &batch, "COMPLETE").await.expect(200);
    has_become(api, &batch, "success").await;
    batch
}

/// `GET` of a table by its name or the id of its dataset.
async fn load(api: &Api, table: &str) -> Value {
    bare(api).get(&format!("{CATALOG}/prod/namespaces/datasets/tables/{table}")).await.expect(200)
}

/// A new client with these roles: its id, and the API as this client.
async fn with_roles(lakehead: &Lakehead, api: &Api, roles: &[&str]) -> (String, Api) {
    let body = json!({"name": "reader", "kind": "service", "roles": roles});
    let made = api.post("/data/foundation/access-control/administration/clients", &body).await.expect(201);
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let mut credentials = lakehead.credentials().clone();
    (credentials.client_id, credentials.client_secret) = (text("clientId"), text("clientSecret"));
    (text("clientId"), lakehead.api_as(&credentials).await)
}
