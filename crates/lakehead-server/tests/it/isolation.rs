//! A second sandbox and a second organisation see nothing of the first: every foreign id is answered exactly as an id
//! that does not exist.

use serde_json::{Value, json};

use crate::harness::client::{Answer, Api, CATALOG, DATA_ACCESS, DATA_PREP, FLOW_SERVICE, SCHEMA_REGISTRY};
use crate::harness::customers;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial::{self, Source};

/// A media type for one schema.
const SCHEMA: &str = "application/vnd.adobe.xed+json;version=1";

/// A request body that refers to an id.
type BodyOf<'a> = &'a dyn Fn(&str) -> Value;

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_id_is_an_unknown_id() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let owner = lakehead.api().await;
    s3.put("customers/a.csv", customers::csv(0..10)).await;
    let path = s3.path("customers/");
    let pipeline = tutorial::prepare(&owner, &s3, Source { format: "delimited", path: &path, kind: "folder" }).await;
    let flow = tutorial::flow(&owner, &tutorial::flow_body(&pipeline, tutorial::now_s())).await;
    let run = tutorial::finished_runs(&owner, &flow, 1).await.swap_remove(0);
    let run_id = run["id"].as_str().unwrap();
    let batch = tutorial::batch(&run);
    let schema = pipeline.schema.rsplit('/').next().unwrap();
    let uuid = "00000000-0000-4000-8000-000000000000";
    let (hex24, hex32, hex48) = ("0".repeat(24), "0".repeat(32), "0".repeat(48));
    let tenant = owner.get(&format!("{SCHEMA_REGISTRY}/stats")).await.expect(200);
    let alt_id = |hash: &str| format!("_{}.schemas.{hash}", tenant["tenantId"].as_str().unwrap_or_default());
    let mapping = pipeline.mapping.clone().unwrap();
    let resources: Vec<(String, String, String)> = [
        (format!("{FLOW_SERVICE}/connections/{{}}"), pipeline.connection.as_str(), uuid),
        (format!("{FLOW_SERVICE}/connections/{{}}/test"), &pipeline.connection, uuid),
        (format!("{FLOW_SERVICE}/connections/{{}}/explore?objectType=root"), &pipeline.connection, uuid),
        (format!("{FLOW_SERVICE}/sourceConnections/{{}}"), &pipeline.source, uuid),
        (format!("{FLOW_SERVICE}/targetConnections/{{}}"), &pipeline.target, uuid),
        (format!("{FLOW_SERVICE}/flows/{{}}"), &flow, uuid),
        (format!("{FLOW_SERVICE}/runs/{{}}"), run_id, uuid),
        (format!("{CATALOG}/dataSets/{{}}"), &pipeline.dataset, &hex24),
        (format!("{CATALOG}/batches/{{}}"), &batch, &hex24),
        (format!("{DATA_PREP}/mappingSets/{{}}"), &mapping, &hex32),
        (format!("{DATA_PREP}/mappingSets/{{}}/mappings"), &mapping, &hex32),
        (format!("{DATA_ACCESS}/batches/{{}}/files"), &batch, &hex24),
        (format!("{DATA_ACCESS}/datasets/{{}}/preview"), &pipeline.dataset, &hex24),
        (format!("{SCHEMA_REGISTRY}/tenant/schemas/{{}}"), &alt_id(schema), &alt_id(&hex48)),
    ]
    .map(|(path, known, unknown)| (path, known.to_owned(), unknown.to_owned()))
    .to_vec();

    let stranger = lakehead.new_client(Some("00000000000000000000FFFF@AdobeOrg")).await;
    for viewer in [owner.new_sandbox("second").await, lakehead.api_as(&stranger).await] {
        for (path, known, unknown) in &resources {
            let see = async |id: &str| viewer.get_as(&path.replace("{}", id), SCHEMA).await;
            let (foreign, missing) = (see(known).await, see(unknown).await);
            assert_eq!(missing.status, 404, "{path}: {missing:?}");
            assert_eq!(without_id(&foreign, known), without_id(&missing, unknown), "{path}");
            let (foreign, missing) =
                (viewer.delete(&path.replace("{}", known)).await, viewer.delete(&path.replace("{}", unknown)).await);
            assert_eq!(without_id(&foreign, known), without_id(&missing, unknown), "DELETE {path}");
        }
        nothing_is_done_to_foreign_ids(&viewer, &pipeline, &flow, run_id, uuid).await;
        for list in ["connections", "sourceConnections", "targetConnections", "flows", "runs"] {
            let page = viewer.get(&format!("{FLOW_SERVICE}/{list}")).await.expect(200);
            assert_eq!(page["items"], json!([]), "{list}");
        }
        assert_eq!(viewer.get(&format!("{CATALOG}/dataSets")).await.expect(200), json!({}));
        assert_eq!(viewer.get(&format!("{CATALOG}/batches")).await.expect(200), json!({}));
        foreign_ids_cannot_be_used(&viewer, &pipeline, &flow, uuid).await;
    }
    assert_eq!(tutorial::runs(&owner, &flow).await.len(), 1, "nobody has started or deleted a run");
    for (path, known, _) in &resources {
        let answer = owner.get_as(&path.replace("{}", known), SCHEMA).await;
        assert_eq!(answer.status, 200, "{path}: the owner still sees it: {answer:?}");
    }
}

/// An action on a foreign id, and a note on a foreign run, are refused as if the id did not exist.
async fn nothing_is_done_to_foreign_ids(
    viewer: &Api,
    pipeline: &tutorial::Pipeline,
    flow: &str,
    run: &str,
    unknown: &str,
) {
    for (collection, known, op) in [
        ("connections", pipeline.connection.as_str(), "publish"),
        ("sourceConnections", &pipeline.source, "publish"),
        ("targetConnections", &pipeline.target, "publish"),
        ("flows", flow, "disable"),
        ("runs", run, "re_trigger"),
    ] {
        let act =
            async |id: &str| viewer.post_nothing(&format!("{FLOW_SERVICE}/{collection}/{id}/action?op={op}")).await;
        let (foreign, missing) = (act(known).await, act(unknown).await);
        assert_eq!(missing.status, 404, "{collection}: {missing:?}");
        assert_eq!(without_id(&foreign, known), without_id(&missing, unknown), "{collection}");
    }
    let note = async |id: &str| {
        let body = json!({"params": {"x": 1}});
        viewer.put(&format!("{FLOW_SERVICE}/runs/{id}"), Some("\"x\""), &body).await
    };
    let (foreign, missing) = (note(run).await, note(unknown).await);
    assert_eq!(without_id(&foreign, run), without_id(&missing, unknown), "PUT runs");
}

/// What refers to a foreign id is refused as if the id did not exist.
async fn foreign_ids_cannot_be_used(viewer: &Api, pipeline: &tutorial::Pipeline, flow: &str, unknown: &str) {
    let bodies: [(&str, &str, BodyOf<'_>); 4] = [
        ("runs", flow, &|id| json!({"flowId": id})),
        ("sourceConnections", &pipeline.connection, &|id| {
            json!({"name": "x", "baseConnectionId": id, "data": {"format": "json"}, "params": {"path": "/a/b.json"},
                "connectionSpec": {"id": tutorial::S3_SPEC, "version": "1.0"}})
        }),
        ("flows", &pipeline.source, &|id| {
            let mut body = tutorial::flow_body(pipeline, tutorial::NEVER_S);
            body["sourceConnectionIds"] = json!([id]);
            body["targetConnectionIds"] = json!([unknown]);
            body["transformations"] = json!([]);
            body
        }),
        ("targetConnections", &pipeline.dataset, &|id| {
            json!({"name": "x", "params": {"dataSetId": id}, "data": {"schema": {"id": pipeline.schema,
                "version": "application/vnd.adobe.xed-full+json;version=1"}},
                "connectionSpec": {"id": tutorial::DATA_LAKE_SPEC, "version": "1.0"}})
        }),
    ];
    for (collection, known, body) in bodies {
        let unknown = if known.len() == 24 { "000000000000000000000000" } else { unknown };
        let path = format!("{FLOW_SERVICE}/{collection}");
        let (foreign, missing) = (viewer.post(&path, &body(known)).await, viewer.post(&path, &body(unknown)).await);
        assert!((400..500).contains(&missing.status), "{collection}: {missing:?}");
        assert_eq!(without_id(&foreign, known), without_id(&missing, unknown), "POST {collection}");
    }
}

/// Status and body with the asked id, the request's own id and its time taken out.
fn without_id(answer: &Answer, id: &str) -> (u16, String) {
    let mut text = String::from_utf8_lossy(&answer.bytes).replace(id, "ID");
    let report = |name: &str| answer.json["report"][name].as_str().unwrap_or_default();
    let own = [answer.header("x-request-id"), report("request-id"), report("timestamp")];
    for own in own.iter().filter(|own| !own.is_empty()) {
        text = text.replace(own, "OWN");
    }
    (answer.status, text)
}
