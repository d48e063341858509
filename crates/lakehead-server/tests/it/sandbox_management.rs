//! The life of sandboxes over HTTP: made, listed, renamed, reset, deleted, and what a reset leaves alone.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::harness::client::{Answer, Api, CATALOG, DATA_ACCESS, DATA_PREP, FLOW_SERVICE, SANDBOXES, SCHEMA_REGISTRY};
use crate::harness::environment::Database;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial::{self, Pipeline, Source};
use crate::harness::{customers, eventually};

/// The base path of the service.
const SERVICE: &str = "/data/foundation/sandbox-management";

fn path(name: &str) -> String {
    format!("{SANDBOXES}/{name}")
}

fn body(name: &str) -> Value {
    json!({"name": name, "title": format!("Title of {name}"), "type": "development"})
}

fn reset() -> Value {
    json!({"action": "reset"})
}

async fn until(api: &Api, name: &str, state: &str) -> Value {
    eventually(&format!("sandbox `{name}` is {state}"), async || {
        let found = api.get(&path(name)).await.expect(200);
        (found["state"] == state).then_some(found)
    })
    .await
}

fn names(list: &Value) -> Vec<&str> {
    list["sandboxes"].as_array().unwrap().iter().map(|sandbox| sandbox["name"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_is_made_renamed_reset_and_deleted() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let made = api.post(SANDBOXES, &body("dev")).await.expect(202);
    for (member, value) in [
        ("name", json!("dev")),
        ("title", json!("Title of dev")),
        ("state", json!("creating")),
        ("type", json!("development")),
        ("isDefault", json!(false)),
        ("eTag", json!(1)),
    ] {
        assert_eq!(made[member], value, "{made}");
    }
    let active = until(&api, "dev", "active").await;
    assert_eq!((&active["id"], &active["eTag"]), (&made["id"], &json!(2)));
    let date = active["createdDate"].as_str().unwrap();
    assert!(chrono::NaiveDateTime::parse_from_str(date, "%Y-%m-%d %H:%M:%S").is_ok(), "{date}");
    api.post(SANDBOXES, &body("dev")).await.expect_refusal(409, "SMS-1002-409", &["dev"]);

    let renamed = api.patch_without_if_match(&path("dev"), &json!({"title": "Another"})).await.expect(200);
    assert_eq!((&renamed["title"], &renamed["eTag"], &renamed["name"]), (&json!("Another"), &json!(3), &json!("dev")));

    for query in ["?validationOnly=true", "?validationOnly=true&ignoreWarnings=true"] {
        assert_eq!(
            api.put(&format!("{}{query}", path("dev")), None, &reset()).await.expect(202),
            renamed,
            "only validated"
        );
        assert_eq!(api.delete(&format!("{}{query}", path("dev"))).await.expect(202), renamed, "only validated");
        let refused = api.delete(&format!("{}{query}", path("prod"))).await;
        refused.expect_refusal(400, "SMS-1008-400", &["prod", "default"]);
    }
    let resetting = api.put(&path("dev"), None, &reset()).await.expect(202);
    assert_eq!((&resetting["state"], &resetting["id"]), (&json!("resetting"), &made["id"]));
    let again = until(&api, "dev", "active").await;
    assert_eq!((&again["title"], &again["eTag"], &again["id"]), (&json!("Another"), &json!(5), &made["id"]));

    let deleting = api.delete(&format!("{}?ignoreWarnings=true", path("dev"))).await.expect(202);
    assert_eq!(deleting["state"], "deleting");
    let deleted = until(&api, "dev", "deleted").await;
    assert_eq!(deleted["id"], made["id"], "its record stays");
    let refused = api.sandbox("dev").get(&format!("{FLOW_SERVICE}/flows")).await;
    refused.expect_refusal(404, "FLOW-2100-404", &["dev"]);
    for answer in [
        api.delete(&path("dev")).await,
        api.put(&path("dev"), None, &reset()).await,
        api.patch_without_if_match(&path("dev"), &json!({"title": "x"})).await,
    ] {
        answer.expect_refusal(404, "SMS-1404-404", &["dev"]);
    }
    let second = api.post(SANDBOXES, &body("dev")).await.expect(202);
    assert_ne!(second["id"], made["id"]);
    assert_eq!(until(&api, "dev", "active").await["id"], second["id"], "the living one is shown");
    api.sandbox("dev").get(&format!("{FLOW_SERVICE}/flows")).await.expect(200);
    eventually("of two resets at once one is refused", async || {
        let (dev, reset) = (path("dev"), reset());
        let (one, two) = tokio::join!(api.put(&dev, None, &reset), api.put(&dev, None, &reset));
        let refused = [one, two].into_iter().find(|answer| answer.status != 202)?;
        refused.expect_refusal(409, "SMS-1009-409", &["dev", "active"]);
        Some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_ordered_and_paged() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let types = api.get(&format!("{SERVICE}/sandboxTypes")).await.expect(200);
    let production = json!({"id": "production", "title": "Production"});
    assert_eq!(types["sandboxTypes"], json!([production, {"id": "development", "title": "Development"}]));
    for name in ["c", "a", "b", "gone"] {
        api.post(SANDBOXES, &body(name)).await.expect(202);
        until(&api, name, "active").await;
    }
    api.delete(&path("gone")).await.expect(202);
    until(&api, "gone", "deleted").await;

    let list = async |query: &str| api.get(&format!("{SANDBOXES}{query}")).await.expect(200);
    let all = list("").await;
    assert_eq!(names(&all), ["prod", "c", "a", "b"], "oldest first, without the deleted one");
    assert_eq!(all["_page"], json!({"limit": 50, "count": 4}));
    assert!(all["_links"]["next"].is_null() && all["_links"]["prev"].is_null(), "{all}");
    assert_eq!(all["_links"]["page"]["templated"], true);
    for (query, expected) in [
        ("?property=state==deleted", &["gone"][..]),
        ("?property=state==deleted,active&property=type==development&orderBy=name", &["a", "b", "c", "gone"]),
        ("?property=state!=active", &["gone"]),
        ("?property=name==b", &["b"]),
        ("?property=name==b,c", &["c", "b"]),
        ("?property=isDefault==true", &["prod"]),
        ("?property=type==production", &["prod"]),
        ("?property=title==%22Title%20of%20a%22", &["a"]),
        ("?orderBy=desc:name", &["prod", "c", "b", "a"]),
        ("?orderBy=asc:created,updated", &["prod", "c", "a", "b"]),
        ("?orderBy=desc:type,name", &["prod", "c", "b", "a"]),
    ] {
        assert_eq!(names(&list(query).await), expected, "{query}");
    }
    let usable = api.get(&format!("{SERVICE}/")).await.expect(200);
    assert_eq!(names(&usable), ["prod", "c", "a", "b"]);

    let (mut next, mut seen) = (format!("{SANDBOXES}?limit=3&offset=0"), Vec::new());
    let final_page = loop {
        let page = api.get(&next).await.expect(200);
        seen.extend(names(&page).into_iter().map(str::to_owned));
        match page["_links"]["next"]["href"].as_str() {
            Some(href) => next = href.to_owned(),
            None => break page,
        }
    };
    assert_eq!(seen, ["prod", "c", "a", "b"]);
    assert_eq!(final_page["_page"], json!({"limit": 3, "count": 1}));
    let previous = api.get(final_page["_links"]["prev"]["href"].as_str().unwrap()).await.expect(200);
    assert_eq!(names(&previous), ["prod", "c", "a"]);
    assert!(names(&list("?limit=3&offset=100").await).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_with_a_sandbox_is_refused_by_name() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let long = "a".repeat(257);
    let with = |member: &str, value: Value| {
        let mut body = body("dev");
        body[member] = value;
        body
    };
    for name in ["", "Dev", "1dev", "-dev", "my dev", "dev_1", "dév", "../x", long.as_str()] {
        api.post(SANDBOXES, &with("name", json!(name))).await.expect_refusal(400, "SMS-1001-400", &["`name`"]);
    }
    for (body, code, word) in [
        (json!([]), "SMS-1000-400", "object"),
        (json!({}), "SMS-1001-400", "`name`"),
        (with("name", json!(7)), "SMS-1001-400", "`name`"),
        (with("title", json!(" ")), "SMS-1004-400", "`title`"),
        (with("title", json!(long)), "SMS-1004-400", "`title`"),
        (with("title", json!("a\u{0}b")), "SMS-1004-400", "`title`"),
        (with("type", json!("staging")), "SMS-1005-400", "`type`"),
        (with("type", Value::Null), "SMS-1005-400", "`type`"),
    ] {
        api.post(SANDBOXES, &body).await.expect_refusal(400, code, &[word]);
    }
    for (body, code, word) in [
        (json!("x"), "SMS-1000-400", "object"),
        (json!({}), "SMS-1004-400", "`title`"),
        (json!({"title": 1}), "SMS-1004-400", "`title`"),
        (json!({"title": "x", "type": "production"}), "SMS-1006-400", "`type`"),
        (json!({"name": "other"}), "SMS-1006-400", "`name`"),
    ] {
        api.patch_without_if_match(&path("prod"), &body).await.expect_refusal(400, code, &[word]);
    }
    for body in [json!({}), json!({"action": "delete"}), json!({"action": ["reset"]})] {
        api.put(&path("prod"), None, &body).await.expect_refusal(400, "SMS-1007-400", &["`action`"]);
    }
    for (query, code) in [
        ("limit=1", "SMS-1010-400"),
        ("offset=0", "SMS-1010-400"),
        ("limit=0&offset=0", "SMS-1010-400"),
        ("limit=x&offset=0", "SMS-1010-400"),
        ("limit=1&offset=-1", "SMS-1010-400"),
        ("limit=1&offset=99999999999999999999", "SMS-1010-400"),
        ("property=color==red", "SMS-1011-400"),
        ("property=name~x", "SMS-1011-400"),
        ("orderBy=up:name", "SMS-1012-400"),
        ("orderBy=", "SMS-1012-400"),
    ] {
        api.get(&format!("{SANDBOXES}?{query}")).await.expect_refusal(400, code, &[]);
    }
    let flag = api.put(&format!("{}?validationOnly=maybe", path("prod")), None, &reset()).await;
    flag.expect_refusal(400, "SMS-1013-400", &["validationOnly"]);
    api.get(&path("none")).await.expect_refusal(404, "SMS-1404-404", &["none"]);

    // Another organisation has sandboxes of its own.
    api.new_sandbox("mine").await;
    let stranger = lakehead.api_as(&lakehead.new_client(Some("00000000000000000000FFFF@AdobeOrg")).await).await;
    for answer in [stranger.get(&path("mine")).await, stranger.delete(&path("mine")).await] {
        answer.expect_refusal(404, "SMS-1404-404", &["mine"]);
    }
    assert_eq!(api.get(&path("mine")).await.expect(200)["state"], "active");
    assert_eq!(api.get(&path("prod")).await.expect(200)["eTag"], 1, "nothing was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_has_at_most_75_sandboxes() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    for n in 1..74 {
        api.post(SANDBOXES, &body(&format!("dev-{n}"))).await.expect(202);
    }
    // One place is left, and several reach for it.
    let tries: Vec<_> = (0..4)
        .map(|n| {
            let api = api.clone();
            tokio::spawn(async move { api.post(SANDBOXES, &body(&format!("last-{n}"))).await })
        })
        .collect();
    let mut answers = Vec::new();
    for one in tries {
        answers.push(one.await.unwrap());
    }
    assert_eq!(answers.iter().filter(|answer| answer.status == 202).count(), 1);
    for refused in answers.into_iter().filter(|answer| answer.status != 202) {
        refused.expect_refusal(400, "SMS-1003-400", &["75"]);
    }
    until(&api, "dev-1", "active").await;
    api.delete(&path("dev-1")).await.expect(202);
    until(&api, "dev-1", "deleted").await;
    api.post(SANDBOXES, &body("dev-1")).await.expect(202);
}

/// A sandbox with a pipeline in it.
struct Bench {
    api: Api,
    pipeline: Pipeline,
    folder: PathBuf,
}

impl Bench {
    async fn new(lakehead: &Lakehead, s3: &S3, name: &str, source: Source<'_>) -> Self {
        let api = lakehead.api().await.new_sandbox(name).await;
        let id = api.get(&path(name)).await.expect(200)["id"].as_str().unwrap().to_owned();
        let folder = lakehead.data_dir().join("lake").join(id);
        Self { pipeline: tutorial::prepare(&api, s3, source).await, api, folder }
    }

    async fn flow(&self, start_s: u64) -> String {
        tutorial::flow(&self.api, &tutorial::flow_body(&self.pipeline, start_s)).await
    }

    async fn expect_empty(&self) {
        for list in ["connections", "sourceConnections", "targetConnections", "flows", "runs"] {
            let page = self.api.get(&format!("{FLOW_SERVICE}/{list}")).await.expect(200);
            assert_eq!(page["items"], json!([]), "{list}");
        }
        for list in ["dataSets", "batches"] {
            assert_eq!(self.api.get(&format!("{CATALOG}/{list}")).await.expect(200), json!({}), "{list}");
        }
        let sets = self.api.get(&format!("{DATA_PREP}/mappingSets?start=0&limit=10")).await.expect(200);
        assert_eq!(sets["data"], json!([]));
        let schema = self.pipeline.schema.rsplit('/').next().unwrap();
        let schema = format!("{SCHEMA_REGISTRY}/tenant/schemas/{schema}");
        let answer = self.api.get_as(&schema, "application/vnd.adobe.xed+json;version=1").await;
        assert_eq!(answer.status, 404, "{answer:?}");
        eventually("no file is left", async || files(&self.folder).is_empty().then_some(())).await;
    }

    async fn preview(&self) -> Answer {
        self.api.get(&format!("{DATA_ACCESS}/datasets/{}/preview", self.pipeline.dataset)).await
    }
}

/// Every file under a folder; none where it does not exist.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Makes schemas and datasets until that is refused, and counts them in `made`; answers the refusal.
async fn make_until_refused(api: Api, writer: usize, made: Arc<AtomicU32>) -> Answer {
    for n in 0.. {
        let title = format!("schema {n} of {writer}");
        let schema = json!({"title": title, "type": "object",
            "allOf": [{"$ref": "https://ns.adobe.com/xdm/context/profile"}]});
        let answer = api.post(&format!("{SCHEMA_REGISTRY}/tenant/schemas"), &schema).await;
        if answer.status != 201 {
            return answer;
        }
        let dataset = json!({"name": title, "schemaRef": {"id": answer.json["$id"],
            "contentType": "application/vnd.adobe.xed-full+json;version=1"}});
        let answer = api.post(&format!("{CATALOG}/dataSets"), &dataset).await;
        if answer.status != 201 {
            return answer;
        }
        made.fetch_add(1, Ordering::Relaxed);
    }
    unreachable!("a writer goes on for ever");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_while_a_flow_runs_and_others_write_on_sqlite() {
    a_reset_while_a_flow_runs_and_others_write(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_while_a_flow_runs_and_others_write_on_postgres() {
    a_reset_while_a_flow_runs_and_others_write(Database::Postgres).await;
}

async fn a_reset_while_a_flow_runs_and_others_write(database: Database) {
    if !database.is_provided() {
        return;
    }
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options { database, ..Options::default() }).await;
    for n in 0..20 {
        s3.put(&format!("customers/{n:02}.csv"), customers::csv(n * 1000..(n + 1) * 1000)).await;
    }
    let all = s3.path("customers/");
    let source = Source { format: "delimited", path: &all, kind: "folder" };
    let neighbour = Bench::new(&lakehead, &s3, "neighbour", source).await;
    let flow = neighbour.flow(tutorial::now_s()).await;
    let before = tutorial::finished_runs(&neighbour.api, &flow, 1).await;
    assert_eq!(tutorial::status(&before[0]), "success", "{}", before[0]);
    let (rows, landed) = (neighbour.preview().await.expect(200), files(&neighbour.folder));

    let mine = Bench::new(&lakehead, &s3, "mine", source).await;
    let flow = mine.flow(tutorial::now_s()).await;
    let made: [Arc<AtomicU32>; 3] = Default::default();
    let writers = made.iter().enumerate();
    let writers: Vec<_> =
        writers.map(|(n, made)| tokio::spawn(make_until_refused(mine.api.clone(), n, Arc::clone(made)))).collect();
    eventually("the run has begun", async || {
        let runs = tutorial::runs(&mine.api, &flow).await;
        runs.iter().any(|run| tutorial::status(run) != "scheduled").then_some(())
    })
    .await;
    eventually("every writer has written", async || {
        made.iter().all(|made| made.load(Ordering::Relaxed) > 0).then_some(())
    })
    .await;
    mine.api.put(&path("mine"), None, &reset()).await.expect(202);
    let refused = mine.api.get(&format!("{FLOW_SERVICE}/runs")).await;
    if refused.status != 200 {
        refused.expect_refusal(404, "FLOW-2100-404", &["mine"]);
    }
    for writer in writers {
        writer.await.unwrap().expect_refusal(404, "FLOW-2100-404", &["mine"]);
    }
    until(&mine.api, "mine", "active").await;
    mine.expect_empty().await;

    // The same files land anew in what is made anew, and nothing is known of what was.
    let again = Bench { pipeline: tutorial::prepare(&mine.api, &s3, source).await, ..mine };
    let flow = again.flow(tutorial::now_s()).await;
    let run = tutorial::finished_runs(&again.api, &flow, 1).await.swap_remove(0);
    assert_eq!(run["metrics"]["recordSummary"]["outputRecordCount"], 20_000, "{run}");
    assert_eq!(tutorial::runs(&again.api, &flow).await.len(), 1);

    assert_eq!(files(&neighbour.folder), landed, "the neighbour's files are as they were");
    assert_eq!(neighbour.preview().await.expect(200), rows);
    assert!(!neighbour.api.get(&format!("{FLOW_SERVICE}/flows")).await.expect(200)["items"].to_string().is_empty());
    again.api.delete(&path("mine")).await.expect(202);
    until(&again.api, "mine", "deleted").await;
    assert!(!again.folder.exists(), "a deleted sandbox has no folder");
    assert_eq!(files(&neighbour.folder), landed, "the neighbour's files are as they were");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_and_a_delete_survive_a_kill() {
    let s3 = S3::in_process().await;
    let mut lakehead = Lakehead::start(Options::default()).await;
    s3.put("customers/a.csv", customers::csv(0..100)).await;
    let all = s3.path("customers/");
    let source = Source { format: "delimited", path: &all, kind: "folder" };
    let one = Bench::new(&lakehead, &s3, "one", source).await;
    let two = Bench::new(&lakehead, &s3, "two", source).await;
    for bench in [&one, &two] {
        let flow = bench.flow(tutorial::now_s()).await;
        tutorial::finished_runs(&bench.api, &flow, 1).await;
        assert!(!files(&bench.folder).is_empty());
    }
    one.api.put(&path("one"), None, &reset()).await.expect(202);
    two.api.delete(&path("two")).await.expect(202);
    lakehead.restart(None).await;
    let api = lakehead.api().await;
    until(&api, "one", "active").await;
    until(&api, "two", "deleted").await;
    Bench { api: api.sandbox("one"), ..one }.expect_empty().await;
    assert!(!two.folder.exists());
}
