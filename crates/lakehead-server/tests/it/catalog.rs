//! The Catalog: changes of datasets, files, views, last batches, filters.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::client::{Answer, Api, CATALOG};
use crate::harness::server::{Lakehead, Options};
use crate::harness::{eventually, tutorial};

async fn send(api: &Api, method: Method, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    api.send(method, &format!("{CATALOG}{path}"), headers, Some(body.to_string())).await.unwrap()
}

async fn shown(api: &Api, dataset: &str) -> (Value, String) {
    let answer = api.get(&format!("{CATALOG}/dataSets/{dataset}")).await;
    let version = answer.header("e-tag").to_owned();
    (answer.expect(200)[dataset].clone(), version)
}

fn ids(map: &Value) -> Vec<&String> {
    map.as_object().unwrap().keys().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn datasets_are_changed_in_every_documented_way() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let schema = tutorial::schema(&api, "People").await;
    let id = tutorial::dataset(&api, "People", &schema).await;
    let path = format!("/dataSets/{id}");
    let (_, first) = shown(&api, &id).await;

    let merged = send(&api, Method::PATCH, &path, &[], &json!({"description": "new", "tags": {"team": ["crm"]}})).await;
    let second = merged.header("e-tag").to_owned();
    assert_eq!(merged.expect(200), json!([format!("@/dataSets/{id}")]));
    assert_ne!(first, second);
    let stale = send(&api, Method::PATCH, &path, &[("if-match", &first)], &json!({"name": "x"})).await;
    stale.expect_refusal(412, "CATALOG-1404-412", &["If-Match", &second]);
    let operations = json!([{"op": "add", "path": "/tags/unifiedProfile", "value": ["enabled:true"]}]);
    send(&api, Method::PATCH, &path, &[("if-match", &format!("\"{second}\""))], &operations).await.expect(200);
    let life = json!({"extensions": {"adobe_lakeHouse": {"rowExpiration": {"ttlValue": "P3Y"}}}});
    send(&api, Method::PATCH, &format!("/v2{path}"), &[], &life).await.expect(200);
    let checked = send(&api, Method::PUT, &path, &[("pragma", "validate-only")], &json!({"name": "Other"})).await;
    checked.expect_refusal(400, "CATALOG-1001-400", &["schemaRef"]);

    let (mut dataset, _) = shown(&api, &id).await;
    assert_eq!((&dataset["name"], &dataset["description"]), (&json!("People"), &json!("new")));
    assert_eq!(
        (&dataset["tags"]["team"], &dataset["tags"]["unifiedProfile"]),
        (&json!(["crm"]), &json!(["enabled:true"]))
    );
    assert_eq!(dataset["extensions"]["adobe_lakeHouse"]["rowExpiration"]["ttlValue"], "P3Y");
    dataset["name"] = json!("Humans");
    send(&api, Method::PUT, &path, &[("pragma", "validate-only")], &dataset).await.expect(200);
    assert_eq!(shown(&api, &id).await.0["name"], "People", "it was only checked");
    send(&api, Method::PUT, &path, &[], &dataset).await.expect(200);
    assert_eq!(shown(&api, &id).await.0["name"], "Humans");
    let other = tutorial::schema(&api, "Others").await;
    let moved = send(&api, Method::PATCH, &path, &[], &json!({"schemaRef": {"id": other}})).await;
    moved.expect_refusal(400, "CATALOG-1001-400", &["schemaRef.id"]);
    let stranger = api.new_sandbox("other").await;
    send(&stranger, Method::PATCH, &path, &[], &json!({"name": "x"})).await.expect_refusal(
        404,
        "CATALOG-1404-404",
        &[&id],
    );
    let new = json!({"name": "x", "schemaRef": {"id": schema}});
    send(&api, Method::POST, "/dataSets", &[("pragma", "validate-only")], &new).await.expect(201);
    assert_eq!(api.get(&format!("{CATALOG}/dataSets")).await.expect(200).as_object().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_views_and_last_batches_lead_to_the_rows() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let schema = tutorial::schema(&api, "People").await;
    let (id, empty) =
        (tutorial::dataset(&api, "People", &schema).await, tutorial::dataset(&api, "Empty", &schema).await);
    let mut batches = Vec::new();
    for (body, status) in [("{\"_id\": \"a\"}", "success"), ("no json", "failed")] {
        let made = json!({"datasetId": id, "inputFormat": {"format": "json"}});
        let batch =
            api.post("/data/foundation/import/batches", &made).await.expect(201)["id"].as_str().unwrap().to_owned();
        let at = format!("/data/foundation/import/batches/{batch}");
        let file = format!("{at}/datasets/{id}/files/x.json");
        api.send(Method::PUT, &file, &[], Some(body.to_owned())).await.unwrap().expect(201);
        api.post_nothing(&format!("{at}?action=COMPLETE")).await.expect(200);
        eventually("the batch has ended", async || {
            let shown = api.get(&format!("{CATALOG}/batches/{batch}")).await.expect(200);
            (shown[&batch]["status"] == status).then_some(())
        })
        .await;
        batches.push(batch);
    }
    let get = async |path: String| api.get(&format!("{CATALOG}{path}")).await.expect(200);
    let file = format!("{}-1", batches[0]);
    let (dataset, _) = shown(&api, &id).await;
    let view = dataset["viewId"].as_str().unwrap();
    assert_eq!((&dataset["lastBatchId"], &dataset["lastSuccessfulBatch"]), (&json!(batches[1]), &json!(batches[0])));

    let files = get(format!("/dataSetFiles?dataSetId={id}")).await;
    assert_eq!((ids(&files), &files[&file]["dataSetViewId"]), (vec![&file], &json!(view)));
    assert_eq!(ids(&get(format!("/dataSetFiles?batchId={}", batches[0])).await), [&file]);
    assert_eq!(get(format!("/dataSetFiles?batchId={}", batches[1])).await, json!({}));
    assert_eq!(ids(&get(format!("/dataSets/{id}/views/{view}/files")).await), [&file]);
    assert_eq!(get(format!("/dataSets/{id}/views")).await[view]["dataSetId"], id.as_str());
    assert_eq!(get("/dataSetViews".to_owned()).await.as_object().unwrap().len(), 2);
    api.get(&format!("{CATALOG}/dataSets/{id}/views/nope")).await.expect_refusal(404, "CATALOG-1404-404", &["nope"]);
    api.get(&format!("{CATALOG}/dataSetFiles")).await.expect_refusal(400, "CATALOG-1002-400", &["dataSetId"]);

    let last = get("/lastBatches".to_owned()).await;
    assert_eq!((ids(&last), &last[&id]["lastBatchStatus"]), (vec![&id], &json!("failed")));
    assert_eq!(last[&id]["lastFailedBatchId"], batches[1].as_str());
    assert_eq!(get(format!("/lastBatches?dataSetId={empty}")).await, json!({}));
    assert_eq!(get(format!("/dataSets/{id},{empty}")).await.as_object().unwrap().len(), 2);
    assert_eq!(get(format!("/batches/{},{}", batches[0], batches[1])).await.as_object().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn datasets_are_found_by_tags_and_properties() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let schema = tutorial::schema(&api, "People").await;
    let (a, b) = (tutorial::dataset(&api, "Alpha", &schema).await, tutorial::dataset(&api, "Beta", &schema).await);
    let tags = json!({"tags": {"unifiedProfile": ["enabled: true"], "team": ["crm"]}});
    send(&api, Method::PATCH, &format!("/dataSets/{a}"), &[], &tags).await.expect(200);
    for (query, expected) in [
        ("tags=unifiedProfile:enabled:true", vec![&a]),
        ("tags=team:c*,unifiedProfile:*", vec![&a]),
        ("tags=adobe/pqs/table:beta", vec![&b]),
        ("tags=nothing:*", vec![]),
        ("property=name~^B", vec![&b]),
        ("property=name~(?i)^b", vec![&b]),
        ("property=name==Alpha&property=created>1", vec![&a]),
        ("property=description", vec![]),
        ("property=!description&name=!Beta", vec![&a]),
        ("name=Al*,Be*&orderBy=asc:name&limit=1", vec![&a]),
    ] {
        let found = api.get(&format!("{CATALOG}/dataSets?{query}")).await.expect(200);
        assert_eq!(ids(&found), expected, "{query}");
    }
}
