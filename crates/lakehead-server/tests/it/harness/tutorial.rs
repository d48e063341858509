//! The calls of the Amazon S3 tutorial, with the documented bodies. Every function is one step and panics with the
//! server's words where the step is not answered as documented.

use serde_json::{Value, json};

use super::client::{Api, CATALOG, DATA_PREP, FLOW_SERVICE, SCHEMA_REGISTRY};
use super::customers::MAPPINGS;
use super::eventually;
use super::s3::S3;

/// Connection spec of Amazon S3.
pub(crate) const S3_SPEC: &str = "ecadc60c-7455-4d87-84dc-2a0e293d997b";
/// Connection spec of the data lake.
pub(crate) const DATA_LAKE_SPEC: &str = "c604ff05-7f1a-43c0-8e18-33bf874cb11c";
/// Flow spec `CloudStorageToAEP`.
pub(crate) const FLOW_SPEC: &str = "9753525b-82c7-4dce-8a9b-5ccfce2b9876";

/// Version of a schema as connections name it.
const SCHEMA_VERSION: &str = "application/vnd.adobe.xed-full+json;version=1";

/// What a flow reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    /// `delimited`, `json`, `parquet` or `parquet_xdm`.
    pub(crate) format: &'a str,
    /// Bucket first.
    pub(crate) path: &'a str,
    /// `file` or `folder`.
    pub(crate) kind: &'a str,
}

/// Everything that a flow refers to.
#[derive(Clone, Debug)]
pub(crate) struct Pipeline {
    pub(crate) connection: String,
    pub(crate) schema: String,
    pub(crate) dataset: String,
    pub(crate) source: String,
    pub(crate) target: String,
    /// None for Parquet in the shape of the schema.
    pub(crate) mapping: Option<String>,
}

/// Walks the tutorial up to the flow.
pub(crate) async fn prepare(api: &Api, s3: &S3, source: Source<'_>) -> Pipeline {
    prepare_at(api, s3.auth(), source).await
}

/// The same for the delimited files of the folder `customers/`.
pub(crate) async fn prepare_customers(api: &Api, s3: &S3) -> Pipeline {
    let path = s3.path("customers/");
    prepare(api, s3, Source { format: "delimited", path: &path, kind: "folder" }).await
}

/// The same with any credentials.
pub(crate) async fn prepare_at(api: &Api, auth: Value, source: Source<'_>) -> Pipeline {
    let connection = connection_at(api, auth).await;
    let schema = schema(api, "Customers").await;
    let dataset = dataset(api, "Customers", &schema).await;
    let mapping = match source.format {
        "parquet_xdm" => None,
        _ => Some(legacy_mapping_set(api, &schema, MAPPINGS).await),
    };
    Pipeline {
        source: source_connection(api, &connection, source, &schema).await,
        target: target_connection(api, &schema, &dataset).await,
        connection,
        schema,
        dataset,
        mapping,
    }
}

/// `POST /connections`.
pub(crate) async fn connection(api: &Api, s3: &S3) -> String {
    connection_at(api, s3.auth()).await
}

async fn connection_at(api: &Api, auth: Value) -> String {
    let body = json!({
        "name": "S3 of the tests",
        "auth": auth,
        "connectionSpec": {"id": S3_SPEC, "version": "1.0"},
    });
    created(&api.post(&format!("{FLOW_SERVICE}/connections"), &body).await.expect(201))
}

/// `POST /tenant/schemas`: a standard class and two standard field groups. Gives `$id`.
pub(crate) async fn schema(api: &Api, title: &str) -> String {
    let group = |name: &str| json!({"$ref": format!("https://ns.adobe.com/xdm/context/{name}")});
    let body = json!({
        "title": title,
        "type": "object",
        "description": "",
        "allOf": [group("profile"), group("profile-person-details"), group("profile-personal-details")],
    });
    let schema = api.post(&format!("{SCHEMA_REGISTRY}/tenant/schemas"), &body).await.expect(201);
    text(&schema, "$id")
}

/// `POST /dataSets`. Gives the id.
pub(crate) async fn dataset(api: &Api, name: &str, schema: &str) -> String {
    let body = json!({"name": name, "schemaRef": {"id": schema, "contentType": SCHEMA_VERSION}});
    let made = api.post(&format!("{CATALOG}/dataSets?requestDataSource=true"), &body).await.expect(201);
    let reference = made[0].as_str().unwrap_or_else(|| panic!("no reference: {made}"));
    reference.strip_prefix("@/dataSets/").unwrap_or_else(|| panic!("no reference: {made}")).to_owned()
}

/// `POST /mappingSets` as the tutorial writes it.
pub(crate) async fn legacy_mapping_set(api: &Api, schema: &str, mappings: &[(&str, &str)]) -> String {
    let mappings: Vec<Value> = mappings
        .iter()
        .map(|(source, destination)| {
            json!({
                "destinationXdmPath": destination,
                "sourceAttribute": source,
                "identity": false,
                "identityGroup": null,
                "namespaceCode": null,
                "version": 0,
            })
        })
        .collect();
    let body = json!({"version": 0, "xdmSchema": schema, "xdmVersion": "1.0", "id": null, "mappings": mappings});
    created(&api.post(&format!("{DATA_PREP}/mappingSets"), &body).await.expect(200))
}

/// `POST /mappingSets` in the newer form.
pub(crate) async fn mapping_set(api: &Api, schema: &str, mappings: &[(&str, &str)]) -> String {
    let mappings: Vec<Value> = mappings
        .iter()
        .map(|(source, destination)| json!({"sourceType": "ATTRIBUTE", "source": source, "destination": destination}))
        .collect();
    let body = json!({
        "outputSchema": {"schemaRef": {"id": schema, "contentType": SCHEMA_VERSION}},
        "mappings": mappings,
    });
    created(&api.post(&format!("{DATA_PREP}/mappingSets"), &body).await.expect(200))
}

/// `POST /sourceConnections`.
pub(crate) async fn source_connection(api: &Api, connection: &str, source: Source<'_>, schema: &str) -> String {
    let mut data = json!({"format": source.format});
    if source.format == "parquet_xdm" {
        data["schema"] = json!({"id": schema, "version": SCHEMA_VERSION});
    }
    let mut params = json!({"path": source.path, "type": source.kind});
    if source.kind == "folder" {
        params["recursive"] = json!(true);
    }
    let body = json!({
        "name": "files of the tests",
        "baseConnectionId": connection,
        "data": data,
        "params": params,
        "connectionSpec": {"id": S3_SPEC, "version": "1.0"},
    });
    created(&api.post(&format!("{FLOW_SERVICE}/sourceConnections"), &body).await.expect(201))
}

/// `POST /targetConnections`.
pub(crate) async fn target_connection(api: &Api, schema: &str, dataset: &str) -> String {
    let body = json!({
        "name": "lake",
        "data": {"schema": {"id": schema, "version": SCHEMA_VERSION}},
        "params": {"dataSetId": dataset},
        "connectionSpec": {"id": DATA_LAKE_SPEC, "version": "1.0"},
    });
    created(&api.post(&format!("{FLOW_SERVICE}/targetConnections"), &body).await.expect(201))
}

/// `POST /targetConnections` of the Parquet tutorial: with a dataset base connection, which has no credentials.
pub(crate) async fn parquet_target_connection(api: &Api, schema: &str, dataset: &str) -> String {
    let base = json!({"name": "datasets", "connectionSpec": {"id": DATA_LAKE_SPEC, "version": 1}});
    let base = created(&api.post(&format!("{FLOW_SERVICE}/connections"), &base).await.expect(201));
    let body = json!({
        "name": "lake",
        "baseConnectionId": base,
        "data": {"format": "parquet_xdm", "schema": {"id": schema, "version": SCHEMA_VERSION}},
        "params": {"dataSetId": dataset},
        "connectionSpec": {"id": DATA_LAKE_SPEC, "version": 1},
    });
    created(&api.post(&format!("{FLOW_SERVICE}/targetConnections"), &body).await.expect(201))
}

/// The body of `POST /flows`: once, at `start_s` (epoch seconds).
pub(crate) fn flow_body(pipeline: &Pipeline, start_s: u64) -> Value {
    let transformations: Vec<Value> = pipeline
        .mapping
        .iter()
        .map(|mapping| json!({"name": "Mapping", "params": {"mappingId": mapping, "mappingVersion": 0}}))
        .collect();
    json!({
        "name": "customers to the lake",
        "flowSpec": {"id": FLOW_SPEC, "version": "1.0"},
        "sourceConnectionIds": [pipeline.source],
        "targetConnectionIds": [pipeline.target],
        "transformations": transformations,
        "scheduleParams": {"startTime": start_s.to_string(), "frequency": "once"},
    })
}

/// A start that is never reached by the tests: the flow runs on demand only.
pub(crate) const NEVER_S: u64 = 4_000_000_000;
/// Now: the flow runs at once.
pub(crate) fn now_s() -> u64 {
    chrono::Utc::now().timestamp().unsigned_abs()
}

/// `POST /flows`.
pub(crate) async fn flow(api: &Api, body: &Value) -> String {
    created(&api.post(&format!("{FLOW_SERVICE}/flows"), body).await.expect(201))
}

/// `POST /runs`: a run over everything that is new.
pub(crate) async fn start_run(api: &Api, flow: &str) -> String {
    created(&api.post(&format!("{FLOW_SERVICE}/runs"), &json!({"flowId": flow})).await.expect(201))
}

/// `GET /runs` of a flow, newest first.
pub(crate) async fn runs(api: &Api, flow: &str) -> Vec<Value> {
    let page = api.get(&format!("{FLOW_SERVICE}/runs?property=flowId=={flow}&limit=100")).await.expect(200);
    page["items"].as_array().unwrap_or_else(|| panic!("no items: {page}")).clone()
}

/// The runs of a flow when there are at least `count` and none is open any more.
pub(crate) async fn finished_runs(api: &Api, flow: &str, count: usize) -> Vec<Value> {
    eventually("every run of the flow has ended", async || {
        let runs = runs(api, flow).await;
        let ended = runs.len() >= count && runs.iter().all(|run| ["success", "failed"].contains(&status(run)));
        ended.then_some(runs)
    })
    .await
}

/// Undoes or redoes what a run of a flow brought, or one file of it, and answers the run that did it once it has ended.
pub(crate) async fn act(api: &Api, flow: &str, action: &str) -> Value {
    let made = api.post_nothing(action).await.expect(200);
    let runs = finished_runs(api, flow, 1).await;
    runs.into_iter().find(|run| run["id"] == made["id"]).unwrap()
}

/// The address that does it: `op` of a run, of one file where there is one.
pub(crate) fn action(run: &str, op: &str, path: Option<&str>) -> String {
    let path = path.map(|path| format!("&path={path}")).unwrap_or_default();
    format!("{FLOW_SERVICE}/runs/{run}/action?op={op}{path}")
}

/// The status of a run.
pub(crate) fn status(run: &Value) -> &str {
    run["metrics"]["statusSummary"]["status"].as_str().unwrap_or_else(|| panic!("no status: {run}"))
}

/// The batch that a run made.
pub(crate) fn batch(run: &Value) -> String {
    let activities = run["activities"].as_array().unwrap_or_else(|| panic!("no activities: {run}"));
    let batch = activities.iter().find_map(|activity| activity["targetInfo"][0]["reference"]["ids"][0].as_str());
    batch.unwrap_or_else(|| panic!("no batch: {run}")).to_owned()
}

fn created(answer: &Value) -> String {
    text(answer, "id")
}

#[track_caller]
fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_else(|| panic!("no {member}: {value}")).to_owned()
}
