//! The `property` grammar: what matches, what is shown, what is refused.

use std::cmp::Ordering;

use serde_json::json;

use super::*;

fn flow() -> Value {
    json!({
        "id": "f1", "name": "CloudStorageToAEP", "state": "enabled", "createdAt": 100,
        "sourceConnectionIds": ["a", "b"], "scheduleParams": {"startTime": "1597784298"},
        "inheritedAttributes": {"properties": {"isSourceFlow": true},
            "targetConnections": [{"connectionSpec": {"id": "t"}}]},
        "params": {"tableName": "lead", "columns": [{"name": "firstName"}, {"name": "x"}]},
        "metrics": {"statusSummary": {"status": "failed"}, "durationSummary": {"startedAtUTC": 1_593_134_665_781_i64}},
        "description": "a,b"
    })
}

fn holds(text: &str) -> bool {
    Query::parse([text]).unwrap().matches(&flow())
}

#[test]
fn documented_examples() {
    for text in [
        "params.tableName==lead",
        "params.columns[].name==firstName",
        "sourceConnectionIds[]==z,b",
        "inheritedAttributes.targetConnections[].connectionSpec.id==t",
        "inheritedAttributes.properties.isSourceFlow==true",
        "inheritedAttributes.properties.isSourceFlow==True",
        "metrics.statusSummary.status==Failed",
        "metrics.durationSummary.startedAtUTC>1593134665780",
        "metrics.durationSummary.startedAtUTC>=1593134665781",
        "name==\"CloudStorageToAEP\"",
        "name==CloudStorageToAEP",
        "name=CloudStorageToAEP",
        "name!=Other",
        "description==\"a,b\"",
        "scheduleParams.startTime<=1597784298",
        "createdAt<101",
        "params.missing!=x",
    ] {
        assert!(holds(text), "{text}");
    }
    for text in [
        "name==cloudstoragetoaep",
        "state==disabled",
        "createdAt>100",
        "sourceConnectionIds[]!=a",
        "params.missing==x",
        "params.tableName.deeper==lead",
        "createdAt==99",
        "state!=ENABLED",
    ] {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn several_filters_must_all_hold_and_a_projection_keeps_fields() {
    let query = Query::parse(["name==CloudStorageToAEP", "state==enabled", "id,name"]).unwrap();
    assert!(query.matches(&flow()));
    assert_eq!(query.project(&flow()), json!({"id": "f1", "name": "CloudStorageToAEP"}));
    assert!(!Query::parse(["name==CloudStorageToAEP", "state==disabled"]).unwrap().matches(&flow()));
    assert_eq!(Query::default().project(&flow()), flow());
}

#[test]
fn each_mistake_has_its_code() {
    for (code, text) in [
        ("FLOW-1440-400", "name~x"),
        ("FLOW-1450-400", "name!>x"),
        ("FLOW-1450-400", "name===x"),
        ("FLOW-1443-400", "metrics.x<=1,2"),
        ("FLOW-1448-400", "id>=x"),
        ("FLOW-1448-400", "flowSpec.id>x"),
        ("FLOW-1448-400", "state<x"),
        ("FLOW-1449-400", "nonsense==x"),
        ("FLOW-1449-400", "nonsense"),
        ("FLOW-1449-400", ""),
        ("FLOW-1449-400", "==x"),
        ("FLOW-1449-400", "name..x==1"),
        ("FLOW-1449-400", "name[0]==1"),
        ("FLOW-1452-400", "createdAt==1,2"),
        ("FLOW-1452-400", "createdAt>yesterday"),
        ("FLOW-1453-400", "createdAt=="),
        ("FLOW-1453-400", "name==a,,b"),
        ("FLOW-1441-400", "max(createdAt)>1"),
    ] {
        assert_eq!(Query::parse([text]).unwrap_err().code, code, "{text}");
    }
    let long = format!("name=={}", "x".repeat(10_000));
    Query::parse([long.as_str()]).unwrap_err();
    Query::parse(std::iter::repeat_n("id==1", 100)).unwrap_err();
    Query::parse([format!("name{}==1", ".a".repeat(100)).as_str()]).unwrap_err();
}

#[test]
fn nasty_resources_never_match_by_accident() {
    let query = Query::parse(["createdAt>1"]).unwrap();
    for value in [json!(null), json!([]), json!({}), json!([[[]]]), json!("x"), json!(true), json!([{"a": 1}])] {
        assert!(!query.matches(&json!({"createdAt": value})), "{value}");
        assert!(!query.matches(&value));
    }
    assert!(query.matches(&json!({"createdAt": u64::MAX})));
    assert!(query.matches(&json!({"createdAt": 1e300})));
}

#[test]
fn sorting() {
    let orders = parse_order("-state, createdAt").unwrap();
    let expected = [("state", true), ("createdAt", false)];
    assert_eq!(orders.iter().map(|order| (order.path[0].as_str(), order.descending)).collect::<Vec<_>>(), expected);
    assert!(parse_order("+createdAt").unwrap()[0].path == ["createdAt"]);
    let older = json!({"state": "enabled", "createdAt": 9, "sourceConnectionIds": ["b", "c"]});
    let newer = json!({"state": "Enabled", "createdAt": 10, "sourceConnectionIds": ["d", "a"]});
    for (order, expected) in [
        ("state", Ordering::Equal),
        ("-state,createdAt", Ordering::Less),
        ("state,-createdAt", Ordering::Greater),
        ("sourceConnectionIds[]", Ordering::Greater),
        ("name", Ordering::Equal),
    ] {
        assert_eq!(compare(&older, &newer, &parse_order(order).unwrap()), expected, "{order}");
    }
    assert_eq!(parse_order("*createdAt").unwrap_err().code, "FLOW-1432-400");
    assert_eq!(parse_order("nonsense").unwrap_err().code, "FLOW-1433-400");
    assert_eq!(parse_order("").unwrap_err().code, "FLOW-1433-400");
    assert_eq!(parse_order(&"id,".repeat(100)).unwrap_err().code, "FLOW-1433-400");
}

#[test]
fn the_registry_filters_on_any_field_and_on_its_presence() {
    let group = json!({"title": "Names", "meta:intendedToExtend": ["https://ns.adobe.com/xdm/context/profile"]});
    let holds = |text: &str| Query::parse_any([text]).unwrap().matches(&group);
    assert!(holds("meta:intendedToExtend==https://ns.adobe.com/xdm/context/profile"));
    assert!(holds("meta:intendedToExtend!=https://ns.adobe.com/xdm/data/adhoc"));
    assert!(holds("meta:intendedToExtend"));
    assert!(!holds("meta:immutableTags==union"));
    assert!(!holds("meta:immutableTags"));
    assert!(Query::parse_any(["a..b==c"]).is_err());
}
