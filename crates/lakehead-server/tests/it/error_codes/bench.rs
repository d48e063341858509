//! A server with one of everything that a request can refer to.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::case::Case;
use crate::harness::client::{Api, DATA_ACCESS, FLOW_SERVICE, SCHEMA_REGISTRY};
use crate::harness::customers;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options, etag};
use crate::harness::tutorial::{self, Pipeline, Source};

/// An id of the Flow Service that nothing has.
pub(super) const UNKNOWN: &str = "00000000-0000-4000-8000-000000000000";

/// The server, and ids and versions of its resources.
pub(super) struct Bench {
    pub(super) lakehead: Lakehead,
    pub(super) s3: S3,
    /// The API as an administrator that is a service.
    pub(super) api: Api,
    /// The API as an administrator that is a person.
    pub(super) user: Api,
    /// The API as a service that may look.
    pub(super) viewer: Api,
    /// The API as a service that may do nothing.
    pub(super) nobody: Api,
    /// Reference to a connection spec without a connector.
    pub(super) unavailable_spec: Value,
    /// Everything below the flows; its mapping set has one version, 0.
    pub(super) pipeline: Pipeline,
    /// A connection of the data lake.
    pub(super) lake_connection: String,
    /// A mapping set for another schema.
    pub(super) other_mapping: String,
    /// A flow of frequency `once` that has not started.
    pub(super) flow: String,
    /// A disabled flow, and a run of it from before.
    pub(super) disabled_flow: String,
    pub(super) disabled_run: String,
    /// A flow that runs daily and has started.
    pub(super) daily_flow: String,
    /// The current versions of what is changed; refused changes leave them as they are.
    pub(super) versions: Versions,
    /// A finished run.
    pub(super) run: String,
    /// A run that is to begin in many years.
    pub(super) scheduled_run: String,
    /// The batch of the finished run, which has landed a file.
    pub(super) batch: String,
    /// The path of that file's bytes.
    pub(super) data_file: String,
    /// The namespace of the organisation, underscore included.
    pub(super) namespace: String,
    produced: BTreeSet<&'static str>,
}

/// Etags, as `If-Match` wants them.
pub(super) struct Versions {
    pub(super) connection: String,
    pub(super) daily_flow: String,
    pub(super) run: String,
}

impl Bench {
    pub(super) async fn start() -> Self {
        let s3 = S3::in_process().await;
        let lakehead = Lakehead::start(Options::default()).await;
        let api = lakehead.api().await;
        s3.put("customers/a.csv", customers::csv(0..10)).await;
        s3.put("broken/a.parquet", "this is text").await;
        s3.put("broken/nothing.bin", vec![0; 100]).await;
        let path = s3.path("customers/");
        let pipeline = tutorial::prepare(&api, &s3, Source { format: "delimited", path: &path, kind: "folder" }).await;
        let base = json!({"name": "datasets", "connectionSpec": {"id": tutorial::DATA_LAKE_SPEC}});
        let with_key = api.with_header("idempotency-key", Some(super::gateway::KEY));
        let base = with_key.post(&format!("{FLOW_SERVICE}/connections"), &base).await.expect(201);
        let schema = tutorial::schema(&api, "Others").await;
        let other_mapping = tutorial::mapping_set(&api, &schema, customers::MAPPINGS).await;

        let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::NEVER_S)).await;
        let disabled_flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::NEVER_S)).await;
        let disabled_run = tutorial::start_run(&api, &disabled_flow).await;
        tutorial::finished_runs(&api, &disabled_flow, 1).await;
        api.post_nothing(&format!("{FLOW_SERVICE}/flows/{disabled_flow}/action?op=disable")).await.expect(200);
        let mut daily = tutorial::flow_body(&pipeline, 0);
        let start_s = (tutorial::now_s() - 2).to_string();
        daily["scheduleParams"] = json!({"startTime": start_s, "frequency": "day", "interval": 1});
        let daily_flow = tutorial::flow(&api, &daily).await;
        let run = tutorial::finished_runs(&api, &daily_flow, 1).await.swap_remove(0);
        assert_eq!(tutorial::status(&run), "success", "{run}");

        let later = json!({"flowId": daily_flow, "params": {"startTime": tutorial::NEVER_S}});
        let scheduled = api.post(&format!("{FLOW_SERVICE}/runs"), &later).await.expect(201);
        let versions = Versions {
            run: etag(&run).to_owned(),
            connection: version(&api, &format!("connections/{}", pipeline.connection)).await,
            daily_flow: version(&api, &format!("flows/{daily_flow}")).await,
        };
        let batch = tutorial::batch(&run);
        let stats = api.get(&format!("{SCHEMA_REGISTRY}/stats")).await.expect(200);
        Self {
            pipeline,
            lake_connection: base["id"].as_str().unwrap().to_owned(),
            other_mapping,
            flow,
            disabled_flow,
            disabled_run,
            run: run["id"].as_str().unwrap().to_owned(),
            scheduled_run: scheduled["id"].as_str().unwrap().to_owned(),
            user: client(&lakehead, &api, "user", &["administrator"]).await,
            viewer: client(&lakehead, &api, "service", &["viewer"]).await,
            nobody: client(&lakehead, &api, "service", &[]).await,
            unavailable_spec: unavailable_spec(&api).await,
            daily_flow,
            versions,
            data_file: data_file(&api, &batch).await,
            batch,
            namespace: format!("_{}", stats["tenantId"].as_str().unwrap()),
            api,
            lakehead,
            s3,
            produced: BTreeSet::new(),
        }
    }

    /// Sends the requests of the codes.
    pub(super) async fn produce(&mut self, cases: Vec<Case>) {
        for case in cases {
            let code = case.code;
            case.check(&self.api).await;
            self.note(code);
        }
    }

    /// A code that was produced and checked.
    pub(super) fn note(&mut self, code: &'static str) {
        self.produced.insert(code);
    }

    pub(super) fn produced(&self) -> &BTreeSet<&'static str> {
        &self.produced
    }

    /// The body of a new connection to the bucket with one member of its `auth.params` changed.
    pub(super) fn connection(&self, member: &str, value: &str) -> Value {
        let mut body = json!({"name": "x", "auth": self.s3.auth(), "connectionSpec": {"id": tutorial::S3_SPEC}});
        body["auth"]["params"][member] = json!(value);
        body
    }
}

/// The API as a new client with these roles.
pub(super) async fn client(lakehead: &Lakehead, api: &Api, kind: &str, roles: &[&str]) -> Api {
    let body = json!({"name": kind, "kind": kind, "roles": roles});
    let made = api.post("/data/foundation/access-control/administration/clients", &body).await.expect(201);
    let mut credentials = lakehead.credentials().clone();
    made["clientId"].as_str().unwrap().clone_into(&mut credentials.client_id);
    made["clientSecret"].as_str().unwrap().clone_into(&mut credentials.client_secret);
    lakehead.api_as(&credentials).await
}

/// A connection spec that is listed and has no connector.
async fn unavailable_spec(api: &Api) -> Value {
    let specs = api.get(&format!("{FLOW_SERVICE}/connectionSpecs")).await.expect(200);
    let unavailable = |spec: &&Value| spec["attributes"]["availability"] == "notYetAvailable";
    let spec = specs["items"].as_array().unwrap().iter().find(unavailable).unwrap();
    json!({"id": spec["id"], "version": spec["version"]})
}

/// The current version of a resource of the Flow Service, such as `connections/ID`.
async fn version(api: &Api, path: &str) -> String {
    let list = api.get(&format!("{FLOW_SERVICE}/{path}")).await.expect(200);
    etag(&list["items"][0]).to_owned()
}

/// The path of the bytes of a batch's first file.
async fn data_file(api: &Api, batch: &str) -> String {
    let href = |list: &Value| list["data"][0]["_links"]["self"]["href"].as_str().unwrap().to_owned();
    let files = api.get(&format!("{DATA_ACCESS}/batches/{batch}/files")).await.expect(200);
    let file = api.get(&href(&files)).await.expect(200);
    href(&file)
}
