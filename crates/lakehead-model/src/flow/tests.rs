//! Flows: the rules of a new one and of a change.

use super::*;
use crate::connection::{Connection, NewConnection};
use crate::dataset::{Dataset, NewDataset};
use crate::patch;
use crate::source_connection::NewSourceConnection;
use crate::specs::{AMAZON_S3, CLOUD_STORAGE_TO_LAKE, DATA_LAKE};
use crate::state::Mode;
use crate::target_connection::NewTargetConnection;

const NOW_S: i64 = 1_700_000_000;
const RULES: ScheduleRules = ScheduleRules { min_interval_minutes: 15, start_grace_s: 60 };

fn scope() -> (Scope, Actor) {
    let scope = Scope { org: "O@AdobeOrg".into(), sandbox_id: "s".into(), sandbox_name: "prod".into() };
    (scope, Actor { user: "u".into(), client: "c".into() })
}

fn ends(format: &str) -> (SourceConnection, TargetConnection) {
    let (scope, actor) = scope();
    let body = json!({"name": "S3", "connectionSpec": {"id": AMAZON_S3},
        "auth": {"specName": "Access Key", "params": {"s3AccessKey": "a", "s3SecretKey": "b"}}});
    let base = Connection::new(&NewConnection::parse(&body).unwrap(), Mode::Complete, &scope, &actor, 1).unwrap().0;
    let body = json!({"name": "files", "baseConnectionId": base.id, "data": {"format": format},
        "params": {"path": "b/f"}, "connectionSpec": {"id": AMAZON_S3}});
    let source = NewSourceConnection::parse(&body, Mode::Complete).unwrap();
    let source = SourceConnection::new(&source, Mode::Complete, &base, &scope, &actor, 1).unwrap();
    let body = json!({"name": "d", "schemaRef": {"id": "x"}});
    let dataset = Dataset::new(&NewDataset::parse(&body).unwrap(), &scope, &actor, 1);
    let body = json!({"name": "lake", "data": {"format": "delimited"}, "params": {"dataSetId": dataset.id},
        "connectionSpec": {"id": DATA_LAKE}});
    let target = NewTargetConnection::parse(&body, Mode::Complete).unwrap();
    (source, TargetConnection::new(&target, Mode::Complete, Some(&dataset), &scope, &actor, 1).unwrap())
}

fn tutorial(source: &SourceConnection, target: &TargetConnection) -> Value {
    json!({
        "name": "flow", "description": "d",
        "flowSpec": {"id": CLOUD_STORAGE_TO_LAKE, "version": "1.0"},
        "sourceConnectionIds": [source.id], "targetConnectionIds": [target.id],
        "transformations": [{"name": "Mapping", "params": {"mappingId": "0123456789abcdef", "mappingVersion": "0"}}],
        "scheduleParams": {"startTime": NOW_S.to_string(), "frequency": "minute", "interval": "30"},
        "options": {"partialIngestionPercent": 5}
    })
}

fn make(body: &Value, source: &SourceConnection, target: &TargetConnection) -> Result<Flow, Invalid> {
    let (scope, actor) = scope();
    Flow::new(
        &NewFlow::parse(body, Mode::Complete, RULES, &[])?,
        Mode::Complete,
        source,
        target,
        RULES,
        &scope,
        &actor,
        NOW_S * 1000,
    )
}

#[test]
fn the_tutorial_body_makes_an_enabled_flow_that_shows_what_was_sent() {
    let (source, target) = ends("delimited");
    let body = tutorial(&source, &target);
    let flow = make(&body, &source, &target).unwrap();
    let shown = serde_json::to_value(&flow).unwrap();
    for field in ["scheduleParams", "transformations", "options", "sourceConnectionIds", "flowSpec"] {
        assert_eq!(shown[field], body[field]);
    }
    assert_eq!(shown["state"], "enabled");
    assert_eq!(shown["runs"], format!("/runs?property=flowId=={}", flow.id));
    assert_eq!(shown["inheritedAttributes"]["properties"]["isSourceFlow"], true);
    assert_eq!(
        shown["inheritedAttributes"]["sourceConnections"][0]["baseConnection"]["connectionSpec"]["id"],
        AMAZON_S3
    );
    assert_eq!(shown["inheritedAttributes"]["targetConnections"][0]["connectionSpec"]["id"], DATA_LAKE);
    assert_eq!(shown["lastOperation"]["operation"], "create");
    assert!(shown.get("lastRunDetails").is_none());
    assert_eq!(serde_json::from_value::<Flow>(shown).unwrap(), flow);
    let options = FlowOptions { partial_ingestion_percent: Some(5.0), error_diagnostics_enabled: true };
    assert_eq!(flow.options().unwrap(), options);
    assert_eq!(flow.mapping().unwrap().unwrap().version, 0);
    assert_eq!(flow.schedule().unwrap().period_s(), 1800);
}

#[test]
fn each_mistake_has_its_code() {
    let (source, target) = ends("delimited");
    let good = tutorial(&source, &target);
    let transformation = |params: Value| json!([{"name": "Mapping", "params": params}]);
    for (field, value, code) in [
        ("state", json!("enabled"), "FLOW-1410-400"),
        ("mode", json!("draft"), "CONNECTOR-1368-400"),
        ("name", json!(null), "CONNECTOR-1304-400"),
        ("flowSpec", json!(null), "CONNECTOR-1304-400"),
        ("flowSpec", json!({"id": "x"}), "FLOW-1413-400"),
        ("sourceConnectionIds", json!(null), "CONNECTOR-1320-400"),
        ("sourceConnectionIds", json!([]), "CONNECTOR-1320-400"),
        ("sourceConnectionIds", json!([source.id, source.id]), "CONNECTOR-1321-400"),
        ("targetConnectionIds", json!(["x"]), "CONNECTOR-1312-400"),
        ("targetConnectionIds", json!("x"), "CONNECTOR-1312-400"),
        ("targetConnectionIds", json!([{}]), "CONNECTOR-1312-400"),
        ("transformations", json!(null), "CONNECTOR-1370-400"),
        ("transformations", json!("x"), "CONNECTOR-1392-400"),
        ("transformations", json!([1, null]), "CONNECTOR-1392-400"),
        ("transformations", json!([{"name": "mapping"}]), "CONNECTOR-1392-400"),
        ("transformations", json!([{"name": "Mapping"}]), "CONNECTOR-1328-400"),
        ("transformations", transformation(json!({"mappingVersion": 1})), "CONNECTOR-1329-400"),
        ("transformations", transformation(json!({"mappingId": "a", "mappingVersion": "x"})), "FLOW-1412-400"),
        ("transformations", transformation(json!({"mappingId": "a", "mappingVersion": -1})), "FLOW-1412-400"),
        ("scheduleParams", json!(null), "CONNECTOR-1317-400"),
        ("scheduleParams", json!({"startTime": NOW_S - 100, "frequency": "once"}), "CONNECTOR-1360-400"),
        ("options", json!({"partialIngestionPercent": 0}), "CONNECTOR-1312-400"),
        ("options", json!({"partialIngestionPercent": 100.5}), "CONNECTOR-1312-400"),
        ("options", json!({"partialIngestionPercent": "NaN"}), "CONNECTOR-1312-400"),
        ("options", json!({"errorDiagnosticsEnabled": 2}), "CONNECTOR-1312-400"),
        ("options", json!([]), "CONNECTOR-1312-400"),
        ("labels", (0..50).fold(json!(1), |inner, _| json!([inner])), "CONNECTOR-1312-400"),
    ] {
        let mut body = good.clone();
        body[field] = value;
        assert_eq!(make(&body, &source, &target).unwrap_err().code, code, "{field}: {}", body[field]);
    }
}

#[test]
fn transformations_are_those_of_the_flow_spec() {
    let (source, target) = ends("delimited");
    let good = tutorial(&source, &target);
    let one = |name: &str, params: Value| json!([good["transformations"][0], {"name": name, "params": params}]);
    let delta = json!({"deltaColumn": {"name": "changed", "dateFormat": "YYYY-MM-DD", "timezone": "UTC"}});
    for (spec, list, code) in [
        (CLOUD_STORAGE_TO_LAKE, one("Mapping", json!({"mappingId": "a"})), "CONNECTOR-1392-400"),
        (CLOUD_STORAGE_TO_LAKE, one("Copy", delta.clone()), "CONNECTOR-1392-400"),
        (CLOUD_STORAGE_TO_LAKE, one("Encryption", json!(null)), "CONNECTOR-1309-400"),
        (CLOUD_STORAGE_TO_LAKE, one("Encryption", json!({})), "CONNECTOR-1202-400"),
        (CLOUD_STORAGE_TO_LAKE, one("Encryption", json!({"publicKeyId": " "})), "CONNECTOR-1202-400"),
        (CLOUD_STORAGE_TO_LAKE, one("Encryption", json!({"publicKeyId": []})), "CONNECTOR-1312-400"),
        (specs::TABLES_TO_LAKE, one("Encryption", json!({"publicKeyId": "k"})), "CONNECTOR-1392-400"),
        (specs::TABLES_TO_LAKE, one("Copy", json!({})), "CONNECTOR-1304-400"),
        (specs::TABLES_TO_LAKE, one("Copy", json!({"deltaColumn": {"name": ""}})), "CONNECTOR-1304-400"),
        (specs::TABLES_TO_LAKE, one("Copy", json!({"deltaColumn": {"name": []}})), "CONNECTOR-1312-400"),
        // All that is missing is a connector.
        (specs::TABLES_TO_LAKE, one("Copy", delta), "CONNECTOR-1305-400"),
    ] {
        let mut body = good.clone();
        body["flowSpec"]["id"] = json!(spec);
        body["transformations"] = list;
        let error = make(&body, &source, &target).unwrap_err();
        assert_eq!(error.code, code, "{}: {error}", body["transformations"]);
    }
}

#[test]
fn parquet_needs_no_mapping_and_a_start_a_moment_ago_is_now() {
    let (source, target) = ends("parquet_xdm");
    let mut body = tutorial(&source, &target);
    body["transformations"] = json!(null);
    body["scheduleParams"] = json!({"startTime": NOW_S - 30, "frequency": "once"});
    let flow = make(&body, &source, &target).unwrap();
    assert!(flow.mapping().unwrap().is_none());
    assert_eq!(
        flow.options().unwrap(),
        FlowOptions { partial_ingestion_percent: Some(5.0), error_diagnostics_enabled: true }
    );
}

#[test]
fn patches_respect_the_start_time() {
    let (source, target) = ends("delimited");
    let (_, actor) = scope();
    let mut body = tutorial(&source, &target);
    body["scheduleParams"]["startTime"] = json!(NOW_S + 1000);
    let flow = make(&body, &source, &target).unwrap();
    let run = |now_s: i64, body: Value| {
        flow.patch(&patch::parse(&body).unwrap(), &source, &target, RULES, &[], &actor, now_s * 1000)
    };
    let frequency = json!([{"op": "replace", "path": "/scheduleParams/frequency", "value": "week"}]);
    let changed = run(NOW_S + 2000, frequency.clone()).unwrap();
    assert_eq!(changed.last_operation["ops"], frequency);
    assert_eq!(changed.last_operation["operation"], "update");
    let start = |at: i64| json!({"op": "replace", "path": "/scheduleParams/startTime", "value": at});
    run(NOW_S, start(NOW_S + 5000)).unwrap();
    assert_eq!(run(NOW_S, start(5)).unwrap_err().code, "CONNECTOR-1360-400");
    assert_eq!(run(NOW_S + 2000, start(NOW_S + 5000)).unwrap_err().code, "CONNECTOR-1366-400");
    let once = json!({"op": "replace", "path": "/scheduleParams",
        "value": {"startTime": NOW_S + 1000, "frequency": "once"}});
    assert_eq!(run(NOW_S + 2000, once).unwrap_err().code, "CONNECTOR-1403-400");
    let backfill = json!({"op": "add", "path": "/scheduleParams/backfill", "value": "false"});
    assert_eq!(run(NOW_S + 2000, backfill).unwrap_err().code, "CONNECTOR-1404-400");
    let unmapped = json!({"op": "remove", "path": "/transformations/0"});
    assert_eq!(run(NOW_S, unmapped).unwrap_err().code, "CONNECTOR-1370-400");
    let ids = json!({"op": "replace", "path": "/targetConnectionIds", "value": []});
    assert_eq!(run(NOW_S, ids).unwrap_err().code, "CONNECTOR-1365-400");
}

#[test]
fn another_source_must_fit_and_is_shown_as_inherited() {
    let (source, target) = ends("delimited");
    let (_, actor) = scope();
    let flow = make(&tutorial(&source, &target), &source, &target).unwrap();
    let (mut other, _) = ends("json");
    let to =
        |ids: Value| patch::parse(&json!({"op": "replace", "path": "/sourceConnectionIds", "value": ids})).unwrap();
    let operations = to(json!([other.id]));
    assert_eq!(flow.source_after(&operations).unwrap(), other.id);
    let changed = flow.patch(&operations, &other, &target, RULES, &[], &actor, NOW_S * 1000).unwrap();
    assert_eq!(changed.source_connection_ids, [other.id]);
    let inherited = &changed.inherited_attributes["sourceConnections"][0];
    assert_eq!(
        (&inherited["id"], &inherited["baseConnection"]["id"]),
        (&json!(other.id), &json!(other.base_connection_id))
    );
    other.state = State::Draft;
    let refused = flow.patch(&operations, &other, &target, RULES, &[], &actor, NOW_S * 1000);
    assert_eq!(refused.unwrap_err().code, "FLOW-1444-400");
    other.state = State::Enabled;
    other.connection_spec.id = DATA_LAKE.to_owned();
    let refused = flow.patch(&operations, &other, &target, RULES, &[], &actor, NOW_S * 1000);
    assert_eq!(refused.unwrap_err().code, "CONNECTOR-1312-400");
    for (ids, code) in [(json!([]), "CONNECTOR-1320-400"), (json!([1, 2]), "CONNECTOR-1321-400")] {
        assert_eq!(flow.source_after(&to(ids)).unwrap_err().code, code);
    }
}

#[test]
fn labels_and_policies_are_lists_of_texts() {
    let (source, target) = ends("delimited");
    let good = tutorial(&source, &target);
    for (field, value, code) in [
        ("labels", json!(["core/C12"]), None),
        ("labels", json!("core/C12"), Some("CONNECTOR-1312-400")),
        ("labels", json!([1]), Some("CONNECTOR-1312-400")),
        ("labels", json!(vec!["x"; 101]), Some("CONNECTOR-1312-400")),
        ("policy", json!({"enforcementRefs": ["a"]}), None),
        ("policy", json!({"enforcementRefs": []}), Some("FLOW-1431-400")),
        ("policy", json!({"fields": []}), Some("FLOW-1431-400")),
        ("policy", json!({"fields": "x"}), Some("CONNECTOR-1312-400")),
        ("policy", json!([]), Some("CONNECTOR-1312-400")),
    ] {
        let mut body = good.clone();
        body[field] = value;
        assert_eq!(make(&body, &source, &target).err().map(|error| error.code), code, "{field}: {}", body[field]);
    }
}

#[test]
fn a_draft_grows_by_patches_until_it_can_be_published() {
    let (source, target) = ends("delimited");
    let (scope, actor) = scope();
    let body = json!({"name": "flow", "flowSpec": {"id": CLOUD_STORAGE_TO_LAKE},
        "sourceConnectionIds": [source.id], "targetConnectionIds": [target.id]});
    let input = NewFlow::parse(&body, Mode::Draft, RULES, &[]).unwrap();
    let now_ms = NOW_S * 1000;
    let mut flow = Flow::new(&input, Mode::Draft, &source, &target, RULES, &scope, &actor, now_ms).unwrap();
    assert_eq!(flow.state, State::Draft);
    let shown = serde_json::to_value(&flow).unwrap();
    assert!(shown.get("scheduleParams").is_none());
    assert_eq!(serde_json::from_value::<Flow>(shown).unwrap(), flow);
    let publish = |flow: &Flow| flow.publish(&source, &target, RULES, &[], &actor, now_ms);
    assert_eq!(publish(&flow).unwrap_err().code, "CONNECTOR-1317-400");
    let patch = |flow: &Flow, path: &str, value: Value| {
        let operations = patch::parse(&json!({"op": "add", "path": path, "value": value})).unwrap();
        flow.patch(&operations, &source, &target, RULES, &[], &actor, now_ms)
    };
    flow = patch(&flow, "/scheduleParams", json!({"frequency": "minute"})).unwrap();
    flow = patch(&flow, "/scheduleParams/interval", json!("15")).unwrap();
    assert_eq!(patch(&flow, "/scheduleParams/interval", json!("often")).unwrap_err().code, "CONNECTOR-1312-400");
    assert_eq!(patch(&flow, "/scheduleParams/startTime", json!(5)).unwrap_err().code, "CONNECTOR-1360-400");
    flow = patch(&flow, "/scheduleParams/startTime", json!(NOW_S)).unwrap();
    assert_eq!(publish(&flow).unwrap_err().code, "CONNECTOR-1370-400");
    let mapped = json!([{"name": "Mapping", "params": {"mappingId": "0123456789abcdef"}}]);
    flow = patch(&flow, "/transformations", mapped).unwrap();
    assert_eq!(flow.set_enabled(true, &actor, now_ms).unwrap_err().code, "FLOW-1422-400");
    let published = publish(&flow).unwrap();
    assert_eq!((published.state, &published.last_operation["operation"]), (State::Enabled, &json!("publish")));
    assert_eq!(published.publish(&source, &target, RULES, &[], &actor, now_ms).unwrap_err().code, "FLOW-1422-400");
}

#[test]
fn disabling_and_enabling() {
    let (source, target) = ends("delimited");
    let (_, actor) = scope();
    let mut flow = make(&tutorial(&source, &target), &source, &target).unwrap();
    flow.set_enabled(false, &actor, 9).unwrap();
    assert_eq!((flow.state, &flow.last_operation["operation"]), (State::Disabled, &json!("disable")));
    flow.set_enabled(true, &actor, 9).unwrap();
    assert_eq!(flow.state, State::Enabled);
}

#[test]
fn a_window_is_for_flows_that_run_once() {
    use crate::run::NewRun;

    let (source, target) = ends("delimited");
    let mut body = tutorial(&source, &target);
    let minute = make(&body, &source, &target).unwrap();
    body["scheduleParams"] = json!({"startTime": NOW_S, "frequency": "once"});
    let once = make(&body, &source, &target).unwrap();
    let spec = specs::flow_spec(&minute.flow_spec, &[]).unwrap();
    let everything = NewRun::parse(&json!({"flowId": minute.id})).unwrap();
    let window = json!({"flowId": minute.id, "params": {"windowStartTime": 1, "windowEndTime": 2}});
    let window = NewRun::parse(&window).unwrap();
    for (run, flow) in [(&everything, &minute), (&everything, &once), (&window, &once)] {
        run.check_flow(flow, spec).unwrap();
    }
    let error = window.check_flow(&minute, spec).unwrap_err();
    assert!(error.code == "CONNECTOR-1386-400" && error.message.contains("`minute`"));
}
