//! Creates that are sent again with the same `Idempotency-Key`: whatever became of the first answer, there is one thing.

use lakehead_model::id::random_hex;
use serde_json::{Value, json};

use crate::harness::client::{Answer, Api, CATALOG, DATA_PREP, FLOW_SERVICE, SCHEMA_REGISTRY};
use crate::harness::customers;
use crate::harness::environment::Database;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial;

const SCHEMA_VERSION: &str = "application/vnd.adobe.xed-full+json;version=1";
const KEYS: &str = "/data/foundation/connectors/encryption/keys";

/// A create, and a list that has what it makes.
struct Create {
    path: String,
    body: Value,
    list: String,
}

impl Create {
    fn new(path: impl Into<String>, body: Value, list: impl Into<String>) -> Self {
        Self { path: path.into(), body, list: list.into() }
    }

    /// How many there are.
    async fn count(&self, api: &Api) -> usize {
        let accept = if self.list.starts_with(SCHEMA_REGISTRY) { "application/vnd.adobe.xed-id+json" } else { "*/*" };
        let list = api.get_as(&self.list, accept).await.expect(200);
        let items = ["items", "results", "data"].iter().find_map(|member| list[*member].as_array());
        items.or(list.as_array()).map_or_else(|| list.as_object().map_or(0, serde_json::Map::len), Vec::len)
    }
}

fn keyed(api: &Api, key: &str) -> Api {
    api.with_header("idempotency-key", Some(key))
}

/// The same request so many times at once, by whoever is faster.
async fn at_once(api: &Api, create: &Create, times: usize) -> Vec<Answer> {
    let send = |_| {
        let (api, path, body) = (api.clone(), create.path.clone(), create.body.clone());
        tokio::spawn(async move { api.post(&path, &body).await })
    };
    let mut answers = Vec::new();
    for sent in (0..times).map(send).collect::<Vec<_>>() {
        answers.push(sent.await.unwrap());
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_is_sent_again_makes_one_thing_on_sqlite() {
    every_create(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_is_sent_again_makes_one_thing_on_postgres() {
    every_create(Database::Postgres).await;
}

async fn every_create(database: Database) {
    if !database.is_provided() {
        return;
    }
    let s3 = S3::in_process().await;
    s3.put("in/a.csv", customers::csv(0..3)).await;
    let lakehead = Lakehead::start(Options { database, ..Options::default() }).await;
    let api = lakehead.api().await;
    let path = s3.path("in/");
    let source = tutorial::Source { format: "delimited", path: &path, kind: "folder" };
    let made = tutorial::prepare(&api, &s3, source).await;
    for create in creates(&s3, &path, &made) {
        let before = create.count(&api).await;
        let with_key = keyed(&api, &random_hex(16));
        let answers = at_once(&with_key, &create, 4).await;
        let again = with_key.post(&create.path, &create.body).await;
        assert_eq!(again.header("idempotent-replayed"), "true", "{}", create.path);
        for answer in &answers {
            assert_eq!((answer.status, &answer.json), (again.status, &again.json), "{}", create.path);
            for name in ["location", "etag", "content-type"] {
                assert_eq!(answer.header(name), again.header(name), "{name} of {}", create.path);
            }
        }
        assert!(again.status < 300 && !again.json.is_null(), "{again:?}");
        assert_eq!(create.count(&api).await, before + 1, "{}", create.path);

        let mut other = create.body.clone();
        other["description"] = json!("another");
        with_key.post(&create.path, &other).await.expect_refusal(422, "PLATFORM-1007-422", &["Idempotency-Key"]);
        assert_eq!(create.count(&api).await, before + 1, "{}", create.path);
    }
    assert!(!lakehead.log().contains("panicked"), "{}", lakehead.log());
}

/// Every kind of thing that a client makes on the way to a flow.
fn creates(s3: &S3, path: &str, made: &tutorial::Pipeline) -> Vec<Create> {
    let flow_service = |collection: &str, body| {
        let path = format!("{FLOW_SERVICE}/{collection}");
        Create::new(&path, body, &path)
    };
    let registry = |kind: &str, body| {
        let path = format!("{SCHEMA_REGISTRY}/tenant/{kind}");
        Create::new(&path, body, &path)
    };
    let spec = |id: &str| json!({"id": id, "version": "1.0"});
    let class = json!([{"$ref": "https://ns.adobe.com/xdm/context/profile"}]);
    let group = json!({"title": "One group", "type": "object", "meta:intendedToExtend": [class[0]["$ref"]],
        "definitions": {"fields": {"properties": {}}}, "allOf": [{"$ref": "#/definitions/fields"}]});
    let schema_ref = json!({"id": made.schema, "contentType": SCHEMA_VERSION});
    let mapping = json!({"outputSchema": {"schemaRef": schema_ref},
        "mappings": [{"sourceType": "ATTRIBUTE", "source": "id", "destination": "_id"}]});
    let mut flow = tutorial::flow_body(made, tutorial::now_s());
    flow["scheduleParams"]["startTime"] = json!(tutorial::NEVER_S);
    vec![
        flow_service(
            "connections",
            json!({"name": "one", "auth": s3.auth(), "connectionSpec": spec(tutorial::S3_SPEC)}),
        ),
        flow_service(
            "sourceConnections",
            json!({"name": "one", "baseConnectionId": made.connection, "data": {"format": "delimited"},
                "params": {"path": path, "type": "folder"}, "connectionSpec": spec(tutorial::S3_SPEC)}),
        ),
        flow_service(
            "targetConnections",
            json!({"name": "one", "data": {"schema": {"id": made.schema, "version": SCHEMA_VERSION}},
                "params": {"dataSetId": made.dataset}, "connectionSpec": spec(tutorial::DATA_LAKE_SPEC)}),
        ),
        flow_service("flows", flow),
        // Titles are unique: whoever is slower meets a title that is taken.
        registry("fieldgroups", group),
        registry("schemas", json!({"title": "One schema", "type": "object", "allOf": class})),
        Create::new(
            format!("{CATALOG}/dataSets?requestDataSource=true"),
            json!({"name": "one", "schemaRef": schema_ref}),
            format!("{CATALOG}/dataSets?limit=100"),
        ),
        Create::new(format!("{DATA_PREP}/mappingSets"), mapping, format!("{DATA_PREP}/mappingSets?limit=100")),
        Create::new(KEYS, json!({"name": "one", "encryptionAlgorithm": "PGP", "params": {"passPhrase": "x"}}), KEYS),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_that_of_one_caller_in_one_sandbox_and_what_was_refused_is_tried_again() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let path = format!("{SCHEMA_REGISTRY}/tenant/schemas");
    let schema = |title: &str| json!({"title": title, "type": "object", "allOf": [{"$ref": "https://ns.adobe.com/xdm/context/profile"}]});
    let with_key = keyed(&api, "one key");
    let refused = json!({"title": "", "type": "object"});
    assert_eq!(with_key.post(&path, &refused).await.status, 400);
    let first = with_key.post(&path, &schema("First")).await.expect(201);
    assert_eq!(with_key.post(&path, &schema("First")).await.expect(201), first);

    // The same request at another address is another one.
    let elsewhere = with_key.post(&format!("{SCHEMA_REGISTRY}/tenant/classes"), &schema("First")).await;
    elsewhere.expect_refusal(422, "PLATFORM-1007-422", &["Idempotency-Key"]);
    let other_sandbox = keyed(&api.new_sandbox("second").await, "one key");
    let second = other_sandbox.post(&path, &schema("Second")).await.expect(201);
    assert_ne!(first["$id"], second["$id"]);
    let other_caller = lakehead.api_as(&lakehead.new_client(Some(&lakehead.credentials().org_id)).await).await;
    let third = keyed(&other_caller, "one key").post(&path, &schema("Third")).await.expect(201);
    assert_ne!(first["$id"], third["$id"]);

    let long = keyed(&api, &"k".repeat(257)).post(&path, &schema("Fourth")).await;
    long.expect_refusal(400, "FLOW-2105-400", &["idempotency-key"]);
    // Without a key everything is as it was: the title is taken.
    assert_eq!(api.post(&path, &schema("First")).await.status, 400);
    assert_eq!(keyed(&api, "").post(&path, &schema("Fifth")).await.expect(201)["title"], "Fifth");
}

/// Of different requests with one key at once one makes its dataset, and the others leave no folder of a table behind.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_slower_with_another_request_leaves_nothing_behind() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let profile = json!([{"$ref": "https://ns.adobe.com/xdm/context/profile"}]);
    let schema = json!({"title": "One", "type": "object", "allOf": profile});
    let schema = api.post(&format!("{SCHEMA_REGISTRY}/tenant/schemas"), &schema).await.expect(201);
    let with_key = keyed(&api, "one key");
    let send = |number: usize| {
        let api = with_key.clone();
        let schema_ref = json!({"id": schema["$id"], "contentType": SCHEMA_VERSION});
        let body = json!({"name": format!("dataset {number}"), "schemaRef": schema_ref});
        tokio::spawn(async move { api.post(&format!("{CATALOG}/dataSets?requestDataSource=true"), &body).await })
    };
    let mut made = Vec::new();
    for sent in (0..8).map(send).collect::<Vec<_>>() {
        let answer = sent.await.unwrap();
        if answer.status == 201 {
            made.push(answer.json[0].as_str().unwrap().rsplit('/').next().unwrap().to_owned());
        } else {
            answer.expect_refusal(422, "PLATFORM-1007-422", &["Idempotency-Key"]);
        }
    }
    assert_eq!(made.len(), 1);
    let tables = lakehead.table_dir(&made[0]).parent().unwrap().to_owned();
    let found: Vec<_> =
        std::fs::read_dir(tables).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(found, made);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_media_type_or_a_check_is_another_request() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = keyed(&lakehead.api().await, "one key");
    let path = format!("{SCHEMA_REGISTRY}/tenant/schemas");
    let schema =
        json!({"title": "Only", "type": "object", "allOf": [{"$ref": "https://ns.adobe.com/xdm/context/profile"}]});
    let first = api.post(&path, &schema).await.expect(201);
    for (name, value) in [("accept", SCHEMA_VERSION), ("pragma", "validate-only")] {
        let other = api.with_header(name, Some(value)).post(&path, &schema).await;
        other.expect_refusal(422, "PLATFORM-1007-422", &["Idempotency-Key"]);
    }
    assert_eq!(api.post(&path, &schema).await.expect(201), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_outlives_a_crash() {
    let mut lakehead = Lakehead::start(Options::default()).await;
    let api = keyed(&lakehead.api().await.new_sandbox("spare").await, "k");
    let path = format!("{SCHEMA_REGISTRY}/tenant/schemas");
    let schema =
        json!({"title": "Only", "type": "object", "allOf": [{"$ref": "https://ns.adobe.com/xdm/context/profile"}]});
    let first = api.post(&path, &schema).await.expect(201);
    lakehead.kill9().await;
    lakehead.restart(None).await;
    let api = keyed(&lakehead.api().await.sandbox("spare"), "k");
    assert_eq!(api.post(&path, &schema).await.expect(201), first);
}
