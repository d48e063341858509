//! Who may do what: roles, disabled clients, users and services, the sandbox headers, and the trail of what was done.

mod administration;
mod issuers;
mod labels;
mod tokens;

use serde_json::{Value, json};

use crate::harness::client::{Api, FLOW_SERVICE, SANDBOXES};
use crate::harness::customers;
use crate::harness::eventually;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options, etag};
use crate::harness::tutorial::{self, Source};

/// Access control.
const ACCESS: &str = "/data/foundation/access-control";
const ADMINISTRATION: &str = "/data/foundation/access-control/administration";
const EVENTS: &str = "/data/foundation/audit/events";

/// A client with these roles, made by the administrator `api`; its id and the API as it.
async fn client(lakehead: &Lakehead, api: &Api, kind: &str, roles: &[&str]) -> (String, Api) {
    let body = json!({"name": "test", "kind": kind, "roles": roles});
    let made = api.post(&format!("{ADMINISTRATION}/clients"), &body).await.expect(201);
    let mut credentials = lakehead.credentials().clone();
    credentials.client_id = made["clientId"].as_str().unwrap().to_owned();
    credentials.client_secret = made["clientSecret"].as_str().unwrap().to_owned();
    (credentials.client_id.clone(), lakehead.api_as(&credentials).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_allows_what_it_names_where_it_holds() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let admin = lakehead.api().await;
    let connection = tutorial::connection(&admin, &s3).await;
    let dev = admin.new_sandbox("dev").await;
    let connections = format!("{FLOW_SERVICE}/connections");

    let (_, nobody) = client(&lakehead, &admin, "service", &[]).await;
    nobody.get(&connections).await.expect_refusal(403, "FLOW-2118-403", &["view-sources", "prod"]);
    nobody.get("/data/foundation/sandbox-management").await.expect(200);

    let (_, viewer) = client(&lakehead, &admin, "service", &["viewer"]).await;
    viewer.get(&format!("{connections}/{connection}")).await.expect(200);
    viewer.delete(&format!("{connections}/{connection}")).await.expect_refusal(
        403,
        "FLOW-2121-403",
        &["manage-sources"],
    );
    viewer.get(&format!("{ADMINISTRATION}/roles")).await.expect_refusal(403, "FLOW-2120-403", &["administer"]);
    viewer.get(EVENTS).await.expect_refusal(403, "FLOW-2120-403", &["administer"]);
    let sandbox = json!({"name": "mine", "title": "Mine", "type": "development"});
    viewer.post(SANDBOXES, &sandbox).await.expect_refusal(403, "FLOW-2118-403", &["manage-sandboxes"]);

    let body = json!({"name": "dev only", "permissionSets": ["manage-sources"], "sandboxes": ["dev"]});
    let role = admin.post(&format!("{ADMINISTRATION}/roles"), &body).await.expect(201);
    let role = role["id"].as_str().unwrap();
    admin.post(&format!("{ADMINISTRATION}/roles"), &body).await.expect_refusal(409, "PLATFORM-1005-409", &["dev only"]);
    let (id, developer) = client(&lakehead, &admin, "service", &[role]).await;
    developer.sandbox("dev").get(&connections).await.expect(200);
    developer.get(&connections).await.expect_refusal(403, "FLOW-2118-403", &["view-sources", "prod"]);
    developer.sandbox("dev").get(&format!("{FLOW_SERVICE}/targetConnections")).await.expect_refusal(
        403,
        "FLOW-2118-403",
        &["view-datasets"],
    );
    // What is taken away counts at once.
    let subjects = format!("{ADMINISTRATION}/roles/{role}/subjects");
    let member = |op: &str| json!([{"op": op, "path": "/client", "value": id}]);
    admin.patch_without_if_match(&subjects, &member("remove")).await.expect(200);
    developer.sandbox("dev").get(&connections).await.expect_refusal(403, "FLOW-2118-403", &["dev"]);
    admin.patch_without_if_match(&subjects, &member("add")).await.expect(200);
    developer.sandbox("dev").get(&connections).await.expect(200);
    drop(dev);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_client_is_out_at_once_and_the_last_administrator_stays() {
    let lakehead = Lakehead::start(Options::default()).await;
    let admin = lakehead.api().await;
    let (id, viewer) = client(&lakehead, &admin, "service", &["viewer"]).await;
    let list = format!("{FLOW_SERVICE}/flows");
    viewer.get(&list).await.expect(200);
    let url = format!("{ADMINISTRATION}/clients/{id}");
    admin.patch_without_if_match(&url, &json!({"disabled": true})).await.expect(200);
    viewer.get(&list).await.expect_refusal(401, "401013", &[]);
    admin.patch_without_if_match(&url, &json!({"disabled": false})).await.expect(200);
    viewer.get(&list).await.expect(200);
    assert_eq!(admin.delete(&url).await.status, 204);
    viewer.get(&list).await.expect_refusal(401, "401013", &[]);
    admin.delete(&url).await.expect_refusal(404, "PLATFORM-1004-404", &[&id]);

    let own = &lakehead.credentials().client_id;
    let leave = json!([{"op": "remove", "path": "/client", "value": own}]);
    for refused in [
        admin.delete(&format!("{ADMINISTRATION}/clients/{own}")).await,
        admin.patch_without_if_match(&format!("{ADMINISTRATION}/clients/{own}"), &json!({"disabled": true})).await,
        admin.patch_without_if_match(&format!("{ADMINISTRATION}/roles/administrator/subjects"), &leave).await,
        admin.delete(&format!("{ADMINISTRATION}/roles/administrator")).await,
    ] {
        refused.expect_refusal(409, "PLATFORM-1005-409", &["administrator"]);
    }
    let stranger = lakehead.new_client(Some("00000000000000000000FFFF@AdobeOrg")).await;
    let foreign = lakehead.api_as(&stranger).await;
    foreign.delete(&format!("{ADMINISTRATION}/clients/{own}")).await.expect_refusal(404, "PLATFORM-1004-404", &[own]);
    for body in [
        json!({}),
        json!({"name": "x", "kind": "robot"}),
        json!({"name": "x", "roles": ["none"]}),
        json!({"name": "x", "roles": 1}),
    ] {
        assert_eq!(admin.post(&format!("{ADMINISTRATION}/clients"), &body).await.status, 400, "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn some_headers_and_calls_are_for_services_only() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let service = lakehead.api().await;
    let (_, user) = client(&lakehead, &service, "user", &["administrator"]).await;
    let list = format!("{FLOW_SERVICE}/flows");
    let prod = service.get(&format!("{SANDBOXES}/prod")).await.expect(200)["id"].as_str().unwrap().to_owned();
    let with = |api: &Api, name: Option<&str>, id: Option<&str>| {
        api.with_header("x-sandbox-name", name).with_header("x-sandbox-id", id)
    };
    with(&service, Some("prod"), Some(&prod)).get(&list).await.expect(200);
    let other = "00000000-0000-4000-8000-000000000000";
    with(&service, Some("prod"), Some(other)).get(&list).await.expect_refusal(404, "FLOW-2103-404", &["prod"]);
    with(&user, Some("prod"), Some(&prod)).get(&list).await.expect_refusal(400, "FLOW-2110-400", &["x-sandbox-id"]);
    with(&user, Some("*"), None).get(&list).await.expect_refusal(403, "FLOW-2111-403", &[]);
    with(&service, Some("*"), None).get(&list).await.expect_refusal(400, "FLOW-2112-400", &[]);
    with(&service, Some("*"), Some("*")).get(&list).await.expect_refusal(400, "FLOW-2113-400", &[]);

    let connection = tutorial::connection(&user, &s3).await;
    let finalize = format!("{FLOW_SERVICE}/connections/{connection}/action?op=FINALIZE");
    user.post_nothing(&finalize).await.expect_refusal(400, "FLOW-1402-400", &["finalize"]);
    service.post_nothing(&finalize).await.expect_refusal(400, "FLOW-1409-400", &["enabled"]);
    let run = format!("{FLOW_SERVICE}/runs/{other}");
    user.put(&run, Some("x"), &json!({"flowId": other})).await.expect_refusal(400, "FLOW-1427-400", &["service token"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_tells_who_did_what_in_which_request_and_which_secrets_were_used() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    s3.put("customers/a.csv", customers::csv(0..10)).await;
    let path = s3.path("customers/");
    let pipeline = tutorial::prepare(&api, &s3, Source { format: "delimited", path: &path, kind: "folder" }).await;
    let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::NEVER_S)).await;
    let url = format!("{FLOW_SERVICE}/flows/{flow}");
    let version = etag(&api.get(&url).await.expect(200)["items"][0]).to_owned();
    let patched = api.patch(&url, &version, &json!([{"op": "replace", "path": "/name", "value": "renamed"}])).await;
    let stale = api.patch(&url, &version, &json!([{"op": "replace", "path": "/name", "value": "late"}])).await;
    assert_eq!((patched.status, stale.status), (200, 412));
    let disabled = api.post_nothing(&format!("{url}/action?op=disable")).await;
    api.post_nothing(&format!("{url}/action?op=enable")).await.expect(200);
    let run = json!(tutorial::start_run(&api, &flow).await);
    tutorial::finished_runs(&api, &flow, 1).await;
    let deleted = api.delete(&url).await;
    assert_eq!(deleted.status, 204);

    let events = async |query: &str| -> Vec<Value> {
        let answer = api.get(&format!("{EVENTS}?{query}")).await.expect(200);
        answer["_embedded"]["customerAuditLogList"].as_array().unwrap().clone()
    };
    let told = events(&format!("assetId={flow}")).await;
    let actions: Vec<&str> = told.iter().filter_map(|event| event["action"].as_str()).collect();
    assert_eq!(actions, ["delete", "enable", "disable", "update", "create"], "a refused change leaves no row");
    for (event, answer) in [(&told[0], &deleted), (&told[2], &disabled), (&told[3], &patched)] {
        assert_eq!(event["requestId"], answer.header("x-request-id"), "{event}");
        assert_eq!(event["clientId"], lakehead.credentials().client_id.as_str(), "{event}");
    }

    api.get(&format!("{FLOW_SERVICE}/connections/{}/test", pipeline.connection)).await.expect(200);
    api.get(&format!("{FLOW_SERVICE}/connections/{}/explore?objectType=root", pipeline.connection)).await.expect(200);
    let uses = events(&format!("assetId={}&action=use-secret", pipeline.connection)).await;
    let purposes: Vec<&str> = uses.iter().filter_map(|event| event["detail"]["purpose"].as_str()).collect();
    assert_eq!(purposes[..2], ["explore", "test"]);
    assert_eq!(purposes, ["explore", "test", "run", "verify"], "the newest first");
    assert_eq!((&uses[2]["userEmail"], &uses[2]["detail"]["runId"]), (&json!("SYSTEM"), &run), "{uses:?}");
    assert!(!format!("{uses:?}").contains(&s3.secret_key));

    let by_property =
        format!("property=assetId=={flow}&property=action==Update&property=timestamp>=2020-01-01T00:00:00Z");
    let updates = events(&format!("{by_property}&property=sandboxName==prod&property=assetType==Flow")).await;
    assert_eq!((updates.len(), &updates[0]["detail"]["changed"]), (1, &json!(["name"])), "{updates:?}");
    assert_eq!(updates[0]["sandboxName"], "prod");
    assert_eq!(events(&format!("{by_property}&property=timestamp<2020-01-01T00:00:00Z")).await, Vec::<Value>::new());
    let elsewhere = api.get(&format!("{EVENTS}?sandboxName=nowhere")).await;
    elsewhere.expect_refusal(400, "FLOW-1452-400", &["nowhere"]);
    let first = api.get(&format!("{EVENTS}?limit=2")).await.expect(200);
    let next = api.get(first["_links"]["next"]["href"].as_str().unwrap()).await.expect(200);
    let id = |page: &Value, at: usize| {
        page["_embedded"]["customerAuditLogList"][at]["id"].as_str().unwrap().parse::<i64>().unwrap()
    };
    assert!(id(&first, 1) > id(&next, 0));
    api.get(&format!("{EVENTS}?color=red")).await.expect_refusal(400, "FLOW-1451-400", &["color"]);
    api.get(&format!("{EVENTS}?from=yesterday")).await.expect_refusal(400, "FLOW-1452-400", &["yesterday"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_access_log_has_a_line_for_each_request_and_nothing_that_was_filtered_for() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let path = format!("{FLOW_SERVICE}/flows/00000000-0000-4000-8000-000000000000");
    let found = api.get(&format!("{FLOW_SERVICE}/flows?property=name==personal")).await;
    let missing = api.get(&path).await;
    let nobody = api.with_header("authorization", None).get(&path).await;
    let nowhere = api.get("/data/foundation/nowhere?who=personal").await;
    let org = lakehead.credentials().org_id.as_str();
    let client = lakehead.credentials().client_id.as_str();
    for (answer, status, words, not) in [
        (&found, 200, ["/flows\"", client, org], "personal"),
        (&missing, 404, ["/flows/{id}", client, org], "personal"),
        // Who cannot prove it is not named.
        (&nobody, 403, ["/flows/{id}", &path, "GET"], client),
        (&nowhere, 404, ["/data/foundation/nowhere", "route=\"\"", "GET"], "personal"),
    ] {
        assert_eq!(answer.status, status);
        let id = answer.header("x-request-id").to_owned();
        let line = eventually("the request is in the access log", async || {
            lakehead.log().lines().find(|line| line.contains("answered") && line.contains(&id)).map(str::to_owned)
        })
        .await;
        assert!(line.contains(&format!("status={status}")), "{line}");
        assert!(words.iter().all(|word| line.contains(word)), "{line}");
        assert!(!line.contains(not), "{line}");
    }
}
