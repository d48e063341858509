//! Mapping sets: what is sent comes back, versions, lists, single mappings, and flows that use them.

use serde_json::{Value, json};

use super::{rule, set};
use crate::harness::client::{Api, DATA_PREP, FLOW_SERVICE};
use crate::harness::customers;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial::{self, Source};

fn path(rest: &str) -> String {
    format!("{DATA_PREP}/mappingSets{rest}")
}

async fn made(api: &Api, body: &Value) -> String {
    api.post(&path(""), body).await.expect(200)["id"].as_str().unwrap().to_owned()
}

fn ids(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|set| set["id"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_comes_back_as_it_was_sent_and_in_every_version() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let schema = tutorial::schema(&api, "Customers").await;
    let mut body = set(
        &schema,
        &[
            json!({"sourceType": "ATTRIBUTE", "source": "first", "destination": "person.name.firstName", "name": "n",
                "description": "d", "identity": true, "identityGroup": null, "matchScore": 0.5, "functionVersion": 2}),
            rule("EXPRESSION", "concat(last, \"!\")", "person.name.lastName"),
            rule("STATIC", "x", "_id"),
        ],
    );
    body["name"] = json!("first");
    body["tags"] = json!([{"name": "team", "values": ["a"]}]);
    body["inputSchema"] = json!({"id": "i", "version": 0, "sampleId": "s"});
    body["status"] = json!("DRAFT");
    let summary = api.post(&path(""), &body).await.expect(200);
    let id = summary["id"].as_str().unwrap();
    assert_eq!((&summary["version"], summary["createdDate"].is_i64()), (&json!(0), true));

    let read = api.get(&path(&format!("/{id}"))).await.expect(200);
    for member in ["name", "tags", "inputSchema", "status"] {
        assert_eq!(read[member], body[member], "{member}");
    }
    let (sent, shown) = (&body["mappings"][0], &read["mappings"][0]);
    for (member, value) in sent.as_object().unwrap().iter().filter(|(member, _)| *member != "sourceType") {
        assert_eq!(shown[member], *value, "{member}");
    }
    let kinds: Vec<_> = (0..3).map(|n| read["mappings"][n]["sourceType"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["text/x.schema-path", "text/x.aep-xl", "STATIC"]);
    assert_eq!(read["mappings"][1]["expressionAttributes"], json!(["last"]));
    assert_eq!((&read["xdmSchema"], &read["mappings"][0]["sourceAttribute"]), (&json!(schema), &json!("first")));

    // What was read may be sent back with a change.
    let mut changed = read.clone();
    changed["name"] = json!("second");
    changed["mappings"][0]["source"] = json!("given");
    let put = api.put(&path(&format!("/{id}")), None, &changed).await.expect(200);
    assert_eq!((&put["id"], &put["version"], &put["name"]), (&json!(id), &json!(1), &json!("second")));
    assert_eq!(put["createdDate"], read["createdDate"]);
    let versions: Vec<_> = (0..3).map(|n| put["mappings"][n]["version"].as_i64().unwrap()).collect();
    assert_eq!(versions, [1, 0, 0]);
    assert_eq!(put["mappings"][1]["id"], read["mappings"][1]["id"]);
    assert_eq!(api.get(&path(&format!("/{id}?version=0"))).await.expect(200), read);
    assert_eq!(api.get(&path(&format!("/{id}?version=1"))).await.expect(200), put);
    assert_eq!(api.get(&path(&format!("/{id}"))).await.expect(200), put);
    api.get(&path(&format!("/{id}?version=2"))).await.expect_refusal(404, "MAPPER-1404-404", &[id]);

    let expanded = api.get(&path(&format!("/{id}?expandSchema=true"))).await.expect(200);
    assert!(expanded["outputSchema"]["jsonSchema"]["properties"]["person"].is_object(), "{expanded}");
    assert!(put["outputSchema"].get("jsonSchema").is_none());
    let again = api.put(&path(&format!("/{id}")), None, &expanded).await.expect(200);
    assert_eq!(again["version"], 2);

    // What is wrong is refused and leaves no version behind; what does not fit yet can be kept.
    let unfit = set(&schema, &[rule("ATTRIBUTE", "a", "nowhere")]);
    let at = path(&format!("/{id}"));
    api.put(&at, None, &unfit).await.expect_refusal(400, "MAPPER-1001-400", &["mappings[0]", "nowhere"]);
    let broken = set(&schema, &[rule("EXPRESSION", "concat(a", "_id")]);
    api.put(&at, None, &broken).await.expect_refusal(400, "MAPPER-1001-400", &["mappings[0].source", "position"]);
    let unknown = set(&schema, &[rule("EXPRESSION", "shuffle(a)", "_id")]);
    api.put(&at, None, &unknown).await.expect_refusal(400, "MAPPER-1001-400", &["shuffle"]);
    assert_eq!(api.get(&at).await.expect(200)["version"], 2);
    assert_eq!(api.put(&format!("{at}?validate=false"), None, &unfit).await.expect(200)["version"], 3);

    let other = api.new_sandbox("other").await;
    other.put(&at, None, &body).await.expect_refusal(404, "MAPPER-1404-404", &[id]);
    other.delete(&at).await.expect_refusal(404, "MAPPER-1404-404", &[id]);
    api.delete(&at).await.expect(204);
    api.get(&at).await.expect_refusal(404, "MAPPER-1404-404", &[id]);
    api.get(&format!("{at}?version=0")).await.expect_refusal(404, "MAPPER-1404-404", &[id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_ordered_and_paged() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let (schema, other) = (tutorial::schema(&api, "A").await, tutorial::schema(&api, "B").await);
    let mut made_ids = Vec::new();
    for (name, schema) in [("one", &schema), ("two", &schema), ("one", &other)] {
        let mut body = set(schema, &[rule("ATTRIBUTE", "a", "_id")]);
        body["name"] = json!(name);
        made_ids.push(made(&api, &body).await);
    }
    let mut body = set(&schema, &[rule("ATTRIBUTE", "b", "_id")]);
    body["status"] = json!("DRAFT");
    api.put(&path(&format!("/{}", made_ids[0])), None, &body).await.expect(200);
    for (query, expected) in [
        ("", &[0, 1, 2][..]),
        ("?start=3", &[]),
        ("?name=one", &[2]),
        ("?property=status==DRAFT", &[0]),
        ("?property=status==PUBLISHED&name=two", &[1]),
    ] {
        let list = api.get(&path(query)).await.expect(200);
        let mut found: Vec<_> =
            ids(&list).into_iter().map(|id| made_ids.iter().position(|made| made == id).unwrap()).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{query}");
        assert_eq!(list["_page"]["count"], expected.len(), "{query}");
    }
    // Sets of the same millisecond are in the order of their ids.
    for (query, member, ascending) in [
        ("", "modifiedDate", false),
        ("orderBy=-createdDate", "createdDate", false),
        ("orderBy=%2BcreatedDate", "createdDate", true),
        ("orderBy=+updatedDate", "modifiedDate", true),
    ] {
        let list = api.get(&path(&format!("?{query}"))).await.expect(200);
        let key = |set: &Value| (set[member].as_i64().unwrap(), set["id"].as_str().unwrap().to_owned());
        let keys: Vec<_> = list["data"].as_array().unwrap().iter().map(key).collect();
        let mut sorted = keys.clone();
        sorted.sort_unstable();
        if !ascending {
            sorted.reverse();
        }
        assert_eq!(keys, sorted, "{query}");
        for (start, (_, expected)) in keys.iter().enumerate() {
            let page = api.get(&path(&format!("?limit=1&start={start}&{query}"))).await.expect(200);
            assert_eq!(ids(&page), [expected], "{query}");
            assert_eq!(page["_page"], json!({"count": 1, "limit": 1}));
        }
    }
    let of_schema = api.get(&path(&format!("?property=xdmSchema=={other}"))).await.expect(200);
    assert_eq!(ids(&of_schema), [&made_ids[2]]);
    let expanded = api.get(&path("?expandSchema=true")).await.expect(200);
    for set in expanded["data"].as_array().unwrap() {
        assert!(set["outputSchema"]["jsonSchema"]["properties"].is_object(), "{set}");
    }
    for query in ["?orderBy=size", "?property=size==1", "?property=name", "?limit=x", "?start=-1", "?expandSchema=x"] {
        api.get(&path(query)).await.expect_refusal(400, "MAPPER-1003-400", &["`"]);
    }
    assert_eq!(ids(&api.new_sandbox("second").await.get(&path("")).await.expect(200)), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn mappings_are_changed_one_by_one() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let schema = tutorial::schema(&api, "Customers").await;
    let id = made(&api, &set(&schema, &[rule("ATTRIBUTE", "id", "_id")])).await;
    let mappings = path(&format!("/{id}/mappings"));
    let legacy = json!({"sourceAttribute": "concat(a, b)", "destinationXdmPath": "person.name.lastName"});
    let added = api.post(&mappings, &legacy).await.expect(200);
    assert_eq!(added["sourceType"], "text/x.aep-xl");
    let one = format!("{mappings}/{}", added["id"].as_str().unwrap());
    assert_eq!(api.get(&one).await.expect(200), added);
    let list = api.get(&mappings).await.expect(200);
    assert_eq!((list.as_array().unwrap().len(), &list[1]), (2, &added));

    let changed = api.put(&one, None, &rule("STATIC", "x", "person.name.lastName")).await.expect(200);
    assert_eq!((&changed["id"], &changed["version"], &changed["source"]), (&added["id"], &json!(1), &json!("x")));
    assert_eq!(api.get(&format!("{one}?version=1")).await.expect(200), added);
    api.put(&one, None, &rule("STATIC", "x", "_id")).await.expect_refusal(400, "MAPPER-1001-400", &["occurs twice"]);
    api.post(&mappings, &rule("STATIC", "x", "nowhere")).await.expect_refusal(400, "MAPPER-1001-400", &["nowhere"]);
    api.post(&mappings, &json!({"source": "x"})).await.expect_refusal(400, "MAPPER-1001-400", &["`destination`"]);
    api.post(&mappings, &json!([1])).await.expect_refusal(400, "MAPPER-1001-400", &["object"]);

    api.delete(&one).await.expect(204);
    for answer in [api.get(&one).await, api.put(&one, None, &legacy).await, api.delete(&one).await] {
        answer.expect_refusal(404, "MAPPER-1405-404", &["mapping"]);
    }
    let remaining = api.get(&mappings).await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    api.delete(&format!("{mappings}/{remaining}")).await.expect_refusal(400, "MAPPER-1001-400", &["at least one"]);
    assert_eq!(api.get(&path(&format!("/{id}"))).await.expect(200)["version"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_keeps_its_version_and_its_set() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    s3.put("customers/a.csv", customers::csv(0..10)).await;
    let source = s3.path("customers/");
    let pipeline = tutorial::prepare(&api, &s3, Source { format: "delimited", path: &source, kind: "folder" }).await;
    let id = pipeline.mapping.clone().unwrap();
    let at = path(&format!("/{id}"));
    let mut body = api.get(&at).await.expect(200);
    let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::NEVER_S)).await;
    // The next version maps nothing that the file has: a run of it would reject every row or leave them empty.
    for mapping in body["mappings"].as_array_mut().unwrap() {
        mapping["sourceType"] = json!("STATIC");
        mapping["source"] = json!("1");
    }
    api.put(&format!("{at}?validate=false"), None, &body).await.expect(200);
    tutorial::start_run(&api, &flow).await;
    let run = tutorial::finished_runs(&api, &flow, 1).await.swap_remove(0);
    assert_eq!(tutorial::status(&run), "success", "{run}");
    assert_eq!(run["metrics"]["recordSummary"]["outputRecordCount"], 10, "{run}");
    let preview = api.get(&format!("/data/foundation/export/datasets/{}/preview", pipeline.dataset)).await.expect(200);
    assert!(preview.to_string().contains('@'), "the rows are those of the file: {preview}");

    api.delete(&at).await.expect_refusal(400, "MAPPER-1004-400", &[&flow]);
    api.delete(&format!("{FLOW_SERVICE}/flows/{flow}")).await.expect(204);
    api.delete(&at).await.expect(204);
}
