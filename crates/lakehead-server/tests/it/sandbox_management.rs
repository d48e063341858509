//! The life of sandboxes over HTTP: made, listed, renamed, reset, deleted, and what a reset leaves alone.

mod reset;

use serde_json::{Value, json};

use crate::harness::client::{Api, FLOW_SERVICE, SANDBOXES};
use crate::harness::eventually;
use crate::harness::server::{Lakehead, Options};

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
