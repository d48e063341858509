//! Schemas and samples of Data Prep, and the mappings that are proposed from them.

use serde_json::{Value, json};

use crate::harness::client::{Api, DATA_PREP};
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial;

async fn id(api: &Api, path: &str, body: &Value) -> String {
    api.post(&format!("{DATA_PREP}{path}"), body).await.expect(200)["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn schemas_and_samples_are_kept() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let other = api.new_sandbox("other").await;
    let json_schema = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let sample = json!({"sampleData": "{\"a\":1}", "sampleType": "JSON"});
    for (kind, made, changed, file, member) in [
        ("/schemas", json!({"jsonSchema": json_schema}), json!({"sampleId": "s"}), json_schema.clone(), "jsonSchema"),
        ("/samples", sample, json!({"sampleData": [{"b": 2}]}), json!([{"a": 1}, {"b": 2}]), "sampleData"),
    ] {
        let first = id(&api, kind, &made).await;
        let at = format!("{DATA_PREP}{kind}/{first}");
        let read = api.get(&at).await.expect(200);
        assert_eq!((&read[member], &read["version"]), (&made[member], &json!(0)));
        let put = api.put(&at, None, &changed).await.expect(200);
        assert_eq!((&put["id"], &put["version"]), (&json!(first), &json!(1)));
        assert_eq!(api.get(&at).await.expect(200), put);
        let second = id(&api, &format!("{kind}/upload"), &file).await;
        let uploaded = api.get(&format!("{DATA_PREP}{kind}/{second}")).await.expect(200);
        let expected = if kind == "/samples" { json!(file.to_string()) } else { file };
        assert_eq!(uploaded[member], expected);
        let list = api.get(&format!("{DATA_PREP}{kind}")).await.expect(200);
        assert_eq!((list["data"].as_array().unwrap().len(), &list["_page"]["count"]), (2, &json!(2)));
        let rest = api.get(&format!("{DATA_PREP}{kind}?start=1&limit=1")).await.expect(200);
        assert_eq!(rest["data"].as_array().unwrap().len(), 1);

        api.put(&at, None, &json!({"x": 1})).await.expect_refusal(400, "MAPPER-1001-400", &[member]);
        other.get(&at).await.expect_refusal(404, "MAPPER-1406-404", &[&first]);
        other.put(&at, None, &changed).await.expect_refusal(404, "MAPPER-1406-404", &[&first]);
        let none = other.get(&format!("{DATA_PREP}{kind}")).await.expect(200);
        assert_eq!(none["data"], json!([]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mappings_are_proposed_by_names() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let schema = tutorial::schema(&api, "Customers").await;
    let dataset = tutorial::dataset(&api, "Customers", &schema).await;
    let rows =
        json!({"sampleData": [{"fname": "Ann", "last_name": "Lee", "shoeSize": 42, "birth_date": "1990-01-01"}]});
    let sample = id(&api, "/samples", &rows).await;
    let suggestion = format!("{DATA_PREP}/mappingSets/suggestion?datasetId={dataset}");
    let found = api.get(&format!("{suggestion}&sampleId={sample}")).await.expect(200);
    assert_eq!(found["outputSchema"]["schemaRef"]["id"], schema);
    let destination = |source: &str| {
        let mappings = found["mappings"].as_array().unwrap();
        let mapping = mappings.iter().find(|mapping| mapping["source"] == source).unwrap();
        assert!(mapping["matchScore"].is_f64(), "{mapping}");
        mapping["destination"].clone()
    };
    assert_eq!(destination("fname"), "person.name.firstName");
    assert_eq!(destination("last_name"), "person.name.lastName");
    assert_eq!(destination("birth_date"), "person.birthDate");
    assert_eq!(destination("shoeSize"), Value::Null);
    let mapped = api.get(&format!("{suggestion}&sampleId={sample}&excludeUnmapped=true")).await.expect(200);
    assert_eq!(mapped["mappings"].as_array().unwrap().len(), 3);
    let by_schema = format!("{DATA_PREP}/mappingSets/suggestion?sampleId={sample}&xdmSchema");
    let encoded: String = url::form_urlencoded::byte_serialize(schema.as_bytes()).collect();
    let early = api.get(&format!("{by_schema}={encoded}")).await.expect(200);
    assert_eq!(early["mappings"], found["mappings"], "before there is a dataset");
    api.get(&format!("{by_schema}=x")).await.expect_refusal(400, "MAPPER-1002-400", &["x"]);
    // What is proposed can be stored as it is.
    api.post(&format!("{DATA_PREP}/mappingSets"), &mapped).await.expect(200);

    let by_sample = id(&api, "/schemas", &json!({"sampleId": sample})).await;
    let same = api.get(&format!("{suggestion}&schemaId={by_sample}")).await.expect(200);
    assert_eq!(same, found);
    let reference = json!({"schemaRef": {"id": schema, "contentType": "x"}});
    let own = id(&api, "/schemas", &reference).await;
    let own = api.get(&format!("{suggestion}&schemaId={own}")).await.expect(200);
    let first = own["mappings"].as_array().unwrap().iter().find(|mapping| mapping["source"] == "person.name.firstName");
    assert_eq!(first.unwrap()["destination"], "person.name.firstName");

    api.get(&suggestion).await.expect_refusal(400, "MAPPER-1003-400", &["batchId"]);
    let nothing = format!("{DATA_PREP}/mappingSets/suggestion");
    api.get(&nothing).await.expect_refusal(400, "MAPPER-1003-400", &["datasetId"]);
    api.get(&format!("{suggestion}&sampleId=x")).await.expect_refusal(404, "MAPPER-1406-404", &["x"]);
    api.get(&format!("{suggestion}&batchId=x")).await.expect_refusal(404, "CATALOG-1405-404", &["x"]);
    api.get(&format!("{nothing}?datasetId=x&sampleId={sample}")).await.expect_refusal(404, "CATALOG-1404-404", &["x"]);
}
