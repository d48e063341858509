//! Mapping sets before they are used: validated mapping by mapping, tried on rows; the language of calculated fields.

use serde_json::{Value, json};

use super::{rule, set};
use crate::harness::client::DATA_PREP;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial;

#[tokio::test(flavor = "multi_thread")]
async fn each_mapping_is_validated_by_itself() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let schema = tutorial::schema(&api, "Customers").await;
    let validate = format!("{DATA_PREP}/mappingSets/validate");
    let good = set(&schema, &[rule("ATTRIBUTE", "id", "_id"), rule("EXPRESSION", "lower(a)", "person.name.lastName")]);
    let answer = api.post(&validate, &good).await.expect(200);
    let success = json!({"status": "SUCCESS", "errors": null});
    assert_eq!(answer["validationResponse"], json!([success, success]));

    let bad = set(
        &schema,
        &[
            rule("ATTRIBUTE", "id", "_id"),
            rule("ATTRIBUTE", "a", "person.nowhere"),
            rule("EXPRESSION", "concat(a", "person.name.lastName"),
            rule("EXPRESSION", "nonsense(a)", "person.name.firstName"),
            rule("ATTRIBUTE", "b", "_id"),
            json!({"source": "x"}),
            rule("STATIC", "Friday", "person.birthDate"),
            rule("EXPRESSION", "lower(a)", "person.name.middleName"),
        ],
    );
    let answer = api.post(&validate, &bad).await.expect(200);
    let results = answer["validationResponse"].as_array().unwrap();
    let expected = [
        None,
        Some("person.nowhere"),
        Some("position"),
        Some("nonsense"),
        Some("twice"),
        Some("destination"),
        Some("Friday"),
        None,
    ];
    assert_eq!(results.len(), expected.len());
    for (n, (result, text)) in results.iter().zip(expected).enumerate() {
        let Some(text) = text else {
            assert_eq!(*result, success, "{n}");
            continue;
        };
        assert_eq!(result["status"], "FAILED", "{n}");
        let error = &result["errors"][0];
        assert!(error["exception"].as_str().unwrap().contains(text), "{n}: {error}");
        if n != 5 {
            assert_eq!(error["destination"], bad["mappings"][n]["destination"]);
            assert_eq!(error["source"], bad["mappings"][n]["source"]);
            assert_eq!(error["sourceType"], bad["mappings"][n]["sourceType"]);
        }
    }
    api.post(&validate, &json!({"mappings": []})).await.expect_refusal(400, "MAPPER-1001-400", &["mappings"]);
    let unknown = set("https://ns.example.com/none", &[rule("ATTRIBUTE", "id", "_id")]);
    api.post(&validate, &unknown).await.expect_refusal(400, "MAPPER-1002-400", &["none"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_mapped_as_a_run_would() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let schema = tutorial::schema(&api, "Customers").await;
    let preview = format!("{DATA_PREP}/mappingSets/preview");
    // The documented sample.
    let documented = set(
        &schema,
        &[
            rule("ATTRIBUTE", "id", "_id"),
            rule("ATTRIBUTE", "firstName", "person.name.firstName"),
            rule("ATTRIBUTE", "lastName", "person.name.lastName"),
        ],
    );
    let jim = json!({"id": 1234, "firstName": "Jim", "lastName": "Seltzer"});
    let mapped = json!({"_id": "1234", "person": {"name": {"firstName": "Jim", "lastName": "Seltzer"}}});
    let answer = api.post(&preview, &json!({"data": jim, "mappingSet": documented})).await.expect(200);
    assert_eq!(answer, json!([{"data": mapped, "errors": null}]));

    let mappings = set(
        &schema,
        &[
            rule("ATTRIBUTE", "id", "_id"),
            rule("EXPRESSION", "concat(first, \" \", upper(last))", "person.name.fullName"),
            rule("ATTRIBUTE", "born", "person.birthDate"),
        ],
    );
    let rows = json!([
        {"id": 1, "first": "Ann", "last": "Lee", "born": "1990-02-01"},
        {"id": 2, "first": "Bo", "last": "Roe", "born": "someday"},
        {},
    ]);
    let answer = api.post(&preview, &json!({"data": rows, "mappingSet": mappings})).await.expect(200);
    let rows = answer.as_array().unwrap();
    assert_eq!(rows.len(), 3, "{answer}");
    assert_eq!(rows[0]["errors"], Value::Null);
    assert_eq!(rows[0]["data"]["person"]["name"]["fullName"], "Ann LEE");
    assert_eq!(rows[0]["data"]["person"]["birthDate"], "1990-02-01");
    let error = &rows[1]["errors"][0];
    assert_eq!((&error["destination"], &error["source"]), (&json!("person.birthDate"), &json!("born")));
    assert_eq!((&error["sourceType"], rows[1]["data"]["person"].get("birthDate")), (&json!("ATTRIBUTE"), None));
    assert_eq!(rows[1]["data"]["_id"], "2");

    let try_rows = async |data: Value| api.post(&preview, &json!({"data": data, "mappingSet": documented})).await;
    assert_eq!(try_rows(json!([])).await.expect(200), json!([]));
    try_rows(json!(vec![jim.clone(); 1001])).await.expect_refusal(400, "MAPPER-1005-400", &["1000"]);
    try_rows(json!({"id": "x".repeat(1 << 20)})).await.expect_refusal(400, "MAPPER-1005-400", &["1 MiB"]);
    for data in [json!(null), json!("x"), json!([1])] {
        try_rows(data).await.expect_refusal(400, "MAPPER-1005-400", &["data"]);
    }
    api.post(&preview, &json!({"data": jim})).await.expect_refusal(400, "MAPPER-1001-400", &["mappingSet"]);
    let unfit = set(&schema, &[rule("ATTRIBUTE", "id", "nowhere")]);
    let answer = api.post(&preview, &json!({"data": jim, "mappingSet": unfit})).await;
    answer.expect_refusal(400, "MAPPER-1001-400", &["nowhere"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_says_what_it_has_and_what_is_wrong() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let language = format!("{DATA_PREP}/languages/el");
    let operators = api.get(&format!("{language}/operators")).await.expect(200);
    let plus = operators.as_array().unwrap().iter().find(|operator| operator["operatorSymbol"] == "+").unwrap();
    assert_eq!((&plus["methodName"], &plus["numberOfOperands"]), (&json!("add"), &json!(2)));
    let functions = api.get(&format!("{language}/functions")).await.expect(200);
    assert!(functions.as_array().unwrap().iter().any(|function| function["function"] == "concat"));

    let validate = format!("{language}/validate");
    let text = "concat(\"Hi\", \",\", \"there\", \"!\")";
    for body in [json!({"expression": text}), json!({"expression": {"expression": text}})] {
        let answer = api.post(&validate, &body).await.expect(200);
        assert_eq!(answer, json!({"validationStatus": "succeeded", "error": "none"}));
    }
    for (text, words) in [("concat(", "position 8"), ("nonsense(1)", "nonsense"), ("", "position")] {
        let answer = api.post(&validate, &json!({"expression": text})).await.expect(200);
        assert_eq!(answer["validationStatus"], "failed", "{text}");
        assert!(answer["error"].as_str().unwrap().contains(words), "{answer}");
    }
    for body in [json!({"x": 1}), json!({"expression": 1}), json!({"expression": {"x": 1}}), json!([])] {
        api.post(&validate, &body).await.expect_refusal(400, "MAPPER-1001-400", &["`expression`"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn identities_go_into_the_identity_map() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let part = |name: &str| json!({"$ref": format!("https://ns.adobe.com/xdm/context/{name}")});
    let parts = json!([part("profile"), part("profile-personal-details"), part("identitymap")]);
    let body = json!({"title": "People", "type": "object", "description": "", "allOf": parts});
    let schema = api.post("/data/foundation/schemaregistry/tenant/schemas", &body).await.expect(201);
    let schema = schema["$id"].as_str().unwrap();
    let identity = |source: &str, destination: &str, namespace: &str, primary: bool| {
        let mut rule = rule("ATTRIBUTE", source, destination);
        rule["identity"] = json!(true);
        rule["primaryIdentity"] = json!(primary);
        rule["namespaceCode"] = json!(namespace);
        rule
    };
    let mappings = [
        rule("ATTRIBUTE", "key", "_id"),
        identity("mail", "personalEmail.address", "Email", true),
        identity("other", "personalEmail.label", "Email", false),
        identity("crm", "personID", "CRMID", false),
    ];
    let rows = json!([{"key": "1", "mail": "a@b.c", "other": "d@e.f", "crm": 7}, {"key": "2", "mail": null, "crm": 8}]);
    let body = json!({"data": rows, "mappingSet": set(schema, &mappings)});
    let shown = api.post(&format!("{DATA_PREP}/mappingSets/preview"), &body).await.expect(200);
    assert_eq!(
        shown[0]["data"]["identityMap"],
        json!({
            "Email": [{"id": "a@b.c", "primary": true}, {"id": "d@e.f", "primary": false}],
            "CRMID": [{"id": "7", "primary": false}],
        })
    );
    assert_eq!(shown[1]["data"]["identityMap"], json!({"CRMID": [{"id": "8", "primary": false}]}));
    assert_eq!((&shown[0]["errors"], &shown[1]["errors"]), (&json!(null), &json!(null)));
}
