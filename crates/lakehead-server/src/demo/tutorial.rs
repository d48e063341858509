//! The Amazon S3 tutorial and the Parquet tutorial, call by call, up to the flows.

use lakehead_model::specs;
use serde_json::{Value, json};

use super::client::{Api, CATALOG, DATA_PREP, FLOW_SERVICE, SCHEMA_REGISTRY, text};
use super::data::{BUCKET, Feed};
use super::schema;
use super::show::{Screen, cut};
use super::store::S3;

/// Version of a schema as connections name it.
const SCHEMA_VERSION: &str = "application/vnd.adobe.xed-full+json;version=1";

/// What the tutorial made.
pub(super) struct Pipeline {
    /// The dataset that every flow lands in.
    pub(super) dataset: String,
    /// The tenant's namespace with its underscore.
    pub(super) namespace: String,
    /// Every feed with its flow.
    pub(super) flows: Vec<(Feed, String)>,
}

/// Walks the tutorial. `suffix` makes names unique in a data folder that is used again; `now_s` is epoch seconds.
pub(super) async fn walk(api: &Api, s3: &S3, screen: Screen, suffix: &str, now_s: i64) -> anyhow::Result<Pipeline> {
    screen.heading("Base connection: the credentials are tried before anything is stored");
    let connection = connection(api, s3, suffix).await?;

    screen.heading("Look around in the bucket");
    explore(api, screen, &connection).await?;

    screen.heading("Schema of a standard class, standard field groups and one of our own; dataset");
    let namespace = format!("_{}", text(&api.get(&format!("{SCHEMA_REGISTRY}/stats")).await?, "tenantId")?);
    let schema = schema(api, &namespace, suffix).await?;
    let dataset = dataset(api, &schema, suffix).await?;

    screen.heading("Mapping sets: the tutorial's body for CSV, the newer one for JSON; Parquet needs none");
    let csv_mapping = legacy_mapping_set(api, &schema, &namespace).await?;
    let json_mapping = mapping_set(api, &schema, &namespace).await?;

    screen
        .heading("Source and target connections: a folder with subfolders, a wildcard, Parquet in the schema's shape");
    let mut sources = Vec::new();
    for feed in Feed::ALL {
        sources.push(source(api, &connection, feed, &schema).await?);
    }
    let target = target(api, &schema, &dataset).await?;
    let parquet_target = parquet_target(api, &schema, &dataset).await?;

    screen.heading("Flows: they run at once, tolerate 5 % of bad rows and say what was wrong with them");
    let ends = [(&target, Some(&csv_mapping)), (&target, Some(&json_mapping)), (&parquet_target, None)];
    let mut flows = Vec::new();
    for ((feed, source), (target, mapping)) in Feed::ALL.into_iter().zip(&sources).zip(ends) {
        let body = flow(feed, source, target, mapping, now_s);
        flows.push((feed, api.create(&format!("{FLOW_SERVICE}/flows"), &body).await?));
    }
    Ok(Pipeline { dataset, namespace, flows })
}

async fn connection(api: &Api, s3: &S3, suffix: &str) -> anyhow::Result<String> {
    let body = json!({
        "name": format!("S3 of the demo{suffix}"),
        "auth": s3.auth(),
        "connectionSpec": {"id": specs::AMAZON_S3, "version": "1.0"},
    });
    let connection = api.create(&format!("{FLOW_SERVICE}/connections"), &body).await?;
    api.get(&format!("{FLOW_SERVICE}/connections/{connection}/test")).await?;
    Ok(connection)
}

async fn explore(api: &Api, screen: Screen, connection: &str) -> anyhow::Result<()> {
    let explore = format!("{FLOW_SERVICE}/connections/{connection}/explore");
    api.get(&format!("{explore}?objectType=root")).await?;
    api.get(&format!("{explore}?objectType=folder&object=/{BUCKET}/customers/csv/")).await?;
    let file = format!("object=/{BUCKET}/customers/csv/2026/01/north.csv&fileType=delimited&preview=true");
    let shown = api.get(&format!("{explore}?objectType=file&{file}")).await?;
    let columns = shown["schema"]["columns"].as_array().into_iter().flatten();
    let names: Vec<_> = columns.filter_map(|column| column["name"].as_str()).collect();
    screen.line(&format!("       columns   {}", cut(&names.join(" "), 150)));
    let values = shown["data"][0].as_object().into_iter().flatten();
    let values: Vec<_> = values.filter_map(|(_, value)| value.as_str()).collect();
    screen.line(&format!("       first row {}", cut(&values.join(" | "), 150)));
    Ok(())
}

/// A field group of the tenant, and a schema with it.
async fn schema(api: &Api, namespace: &str, suffix: &str) -> anyhow::Result<String> {
    let path = format!("{SCHEMA_REGISTRY}/tenant/fieldgroups");
    let group = api.post(&path, &schema::field_group(namespace, suffix)).await?;
    let group = text(&group, "$id")?;
    let schema = api.post(&format!("{SCHEMA_REGISTRY}/tenant/schemas"), &schema::schema(&group, suffix)).await?;
    text(&schema, "$id")
}

async fn dataset(api: &Api, schema: &str, suffix: &str) -> anyhow::Result<String> {
    let body = json!({
        "name": format!("Customers{suffix}"),
        "schemaRef": {"id": schema, "contentType": SCHEMA_VERSION},
    });
    let made = api.post(&format!("{CATALOG}/dataSets?requestDataSource=true"), &body).await?;
    let reference = made[0].as_str().unwrap_or_default();
    Ok(reference.strip_prefix("@/dataSets/").unwrap_or(reference).to_owned())
}

/// The body of the tutorial.
async fn legacy_mapping_set(api: &Api, schema: &str, namespace: &str) -> anyhow::Result<String> {
    let mappings: Vec<Value> = schema::mappings(Feed::Csv, namespace)
        .map(|(source, destination)| {
            json!({
                "sourceAttribute": source,
                "destinationXdmPath": destination,
                "identity": false,
                "identityGroup": null,
                "namespaceCode": null,
                "version": 0,
            })
        })
        .collect();
    let body = json!({"version": 0, "xdmSchema": schema, "xdmVersion": "1.0", "id": null, "mappings": mappings});
    api.create(&format!("{DATA_PREP}/mappingSets"), &body).await
}

/// The newer body.
async fn mapping_set(api: &Api, schema: &str, namespace: &str) -> anyhow::Result<String> {
    let mappings: Vec<Value> = schema::mappings(Feed::Json, namespace)
        .map(|(source, destination)| json!({"sourceType": "ATTRIBUTE", "source": source, "destination": destination}))
        .collect();
    let body = json!({
        "outputSchema": {"schemaRef": {"id": schema, "contentType": SCHEMA_VERSION}},
        "mappings": mappings,
    });
    api.create(&format!("{DATA_PREP}/mappingSets"), &body).await
}

async fn source(api: &Api, connection: &str, feed: Feed, schema: &str) -> anyhow::Result<String> {
    let params = |path: &str| json!({"path": format!("/{BUCKET}/customers/{path}"), "type": "folder"});
    let (data, mut params) = match feed {
        Feed::Csv => (json!({"format": "delimited"}), params("csv/")),
        Feed::Json => (json!({"format": "json"}), params("json/*.json")),
        Feed::Parquet => {
            let schema = json!({"id": schema, "version": SCHEMA_VERSION});
            (json!({"format": "parquet_xdm", "schema": schema}), params("parquet/"))
        }
    };
    if feed != Feed::Json {
        params["recursive"] = json!(true);
    }
    let body = json!({
        "name": format!("customer files, {}", feed.name()),
        "baseConnectionId": connection,
        "data": data,
        "params": params,
        "connectionSpec": {"id": specs::AMAZON_S3, "version": "1.0"},
    });
    api.create(&format!("{FLOW_SERVICE}/sourceConnections"), &body).await
}

async fn target(api: &Api, schema: &str, dataset: &str) -> anyhow::Result<String> {
    let body = json!({
        "name": "customers in the lake",
        "data": {"schema": {"id": schema, "version": SCHEMA_VERSION}},
        "params": {"dataSetId": dataset},
        "connectionSpec": {"id": specs::DATA_LAKE, "version": "1.0"},
    });
    api.create(&format!("{FLOW_SERVICE}/targetConnections"), &body).await
}

/// The Parquet tutorial has a dataset base connection, which needs no credentials.
async fn parquet_target(api: &Api, schema: &str, dataset: &str) -> anyhow::Result<String> {
    let spec = json!({"id": specs::DATA_LAKE, "version": "1.0"});
    let base = json!({"name": "datasets of the demo", "connectionSpec": spec});
    let base = api.create(&format!("{FLOW_SERVICE}/connections"), &base).await?;
    let body = json!({
        "name": "customers in the lake, Parquet",
        "baseConnectionId": base,
        "data": {"format": "parquet_xdm", "schema": {"id": schema, "version": SCHEMA_VERSION}},
        "params": {"dataSetId": dataset},
        "connectionSpec": spec,
    });
    api.create(&format!("{FLOW_SERVICE}/targetConnections"), &body).await
}

fn flow(feed: Feed, source: &str, target: &str, mapping: Option<&String>, now_s: i64) -> Value {
    let transformations: Vec<Value> = mapping
        .iter()
        .map(|mapping| json!({"name": "Mapping", "params": {"mappingId": mapping, "mappingVersion": 0}}))
        .collect();
    json!({
        "name": format!("{} customers to the lake", feed.name()),
        "flowSpec": {"id": specs::CLOUD_STORAGE_TO_LAKE, "version": "1.0"},
        "sourceConnectionIds": [source],
        "targetConnectionIds": [target],
        "transformations": transformations,
        "scheduleParams": {"startTime": now_s.to_string(), "frequency": "once"},
        "options": {"partialIngestionPercent": 5, "errorDiagnosticsEnabled": true},
    })
}
