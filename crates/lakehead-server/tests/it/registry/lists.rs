//! Lists: conditions, order, pages that are followed to the end, and the forms of names.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{PROFILE, RAW, field_group, path};
use crate::harness::client::{Api, SCHEMA_REGISTRY};
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial;

const LIST: &str = "application/vnd.adobe.xed+json";
const IDS: &str = "application/vnd.adobe.xed-id+json";

async fn titles(api: &Api, question: &str) -> Vec<String> {
    let url = format!("{SCHEMA_REGISTRY}/tenant/schemas?{question}");
    let page = api.get_as(&url, IDS).await.expect(200);
    assert_eq!(page["_page"]["count"], page["results"].as_array().unwrap().len());
    page["results"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap().to_owned()).collect()
}

/// Follows `_page.next` as clients do: the first request has the question, the others only `start`.
async fn followed(api: &Api, list: &str, question: &str, accept: &str) -> Vec<Value> {
    let mut page = api.get_as(&format!("{SCHEMA_REGISTRY}/{list}?{question}"), accept).await.expect(200);
    let mut all = page["results"].as_array().unwrap().clone();
    while let Some(next) = page["_page"]["next"].as_str() {
        let href = page["_links"]["next"]["href"].as_str().unwrap();
        assert!(href.ends_with(&format!("{list}?start={next}")), "{href}");
        page = api.get_as(&format!("{SCHEMA_REGISTRY}/{list}?start={next}"), accept).await.expect(200);
        all.extend(page["results"].as_array().unwrap().iter().cloned());
    }
    assert_eq!(page["_links"]["next"], json!(null));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_ordered_and_followed_to_the_end() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    for title in ["C three", "A one", "E five", "B two", "D four"] {
        tutorial::schema(&api, title).await;
    }
    assert_eq!(titles(&api, "orderby=title&limit=2").await, ["A one", "B two"]);
    assert_eq!(titles(&api, "orderby=-title&limit=2").await, ["E five", "D four"]);
    assert_eq!(titles(&api, "orderby=title&start=C%20three").await, ["D four", "E five"]);
    assert_eq!(titles(&api, "").await, ["C three", "A one", "E five", "B two", "D four"], "oldest change first");
    assert_eq!(titles(&api, "property=title~%5E%5BAB%5D&orderby=title").await, ["A one", "B two"]);
    assert_eq!(titles(&api, "property=title~two").await, ["B two"]);
    assert_eq!(titles(&api, "property=title~TWO").await, [""; 0]);
    assert_eq!(titles(&api, "property=title~(?i)TWO").await, ["B two"]);
    assert_eq!(titles(&api, "property=title~%5C.").await, [""; 0]);
    assert_eq!(titles(&api, "property=title!=A%20one&property=title%3CC&orderby=title").await, ["B two"]);
    assert_eq!(titles(&api, &format!("property=meta:class=={PROFILE}&limit=1")).await.len(), 1);
    assert_eq!(titles(&api, "property=meta:extends!=https://ns.adobe.com/xdm/data/record").await, [""; 0]);
    assert_eq!(titles(&api, "property=meta:immutableTags").await, [""; 0]);

    for question in ["limit=2", "orderby=-title&limit=1", "orderby=-created,title&limit=3", "limit=0"] {
        let all = followed(&api, "tenant/schemas", question, IDS).await;
        let distinct: BTreeSet<String> = all.iter().map(Value::to_string).collect();
        assert_eq!((all.len(), distinct.len()), (5, 5), "{question}");
    }
    let filtered = followed(&api, "tenant/schemas", "property=title~e&orderby=title&limit=1", LIST).await;
    let found: Vec<&str> = filtered.iter().map(|one| one["title"].as_str().unwrap()).collect();
    assert_eq!(found, ["A one", "C three", "E five"]);
    let global = followed(&api, "global/datatypes", "limit=7", IDS).await;
    let distinct: BTreeSet<String> = global.iter().map(Value::to_string).collect();
    assert!(global.len() > 40 && distinct.len() == global.len());

    let token = api.get_as(&format!("{SCHEMA_REGISTRY}/tenant/schemas?orderby=title&limit=1"), IDS).await.expect(200);
    let token = token["_page"]["next"].as_str().unwrap().to_owned();
    for question in [format!("orderby=-title&start={token}"), "limit=x".to_owned(), "start=C".to_owned()] {
        let refused = api.get_as(&format!("{SCHEMA_REGISTRY}/tenant/schemas?{question}"), IDS).await;
        refused.expect_refusal(400, "XDM-9101-400", &[]);
    }
    let huge = format!("property=title~{}", "%5Cp{L}{9}".repeat(50));
    for (question, part) in
        [("property=title~(", "title~("), ("property=title~(?=a)", "(?=a)"), (huge.as_str(), "L}{9}")]
    {
        let refused = api.get_as(&format!("{SCHEMA_REGISTRY}/tenant/schemas?{question}"), IDS).await;
        refused.expect_refusal(400, "XDM-9101-400", &["`property`", part, "correct or shorten it"]);
    }
    let elsewhere = api.new_sandbox("dev").await;
    assert_eq!(titles(&elsewhere, &format!("start={token}")).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_given_in_both_forms() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let group = field_group(&api, "Loyalty", json!({"points": {"type": "integer"}})).await;
    let id = tutorial::schema(&api, "People").await;
    let add = json!([{"op": "add", "path": "/allOf/-", "value": {"$ref": group}}]);
    api.patch_without_if_match(&path("schemas", &id), &add).await.expect(200);
    let full = |family: &str| format!("application/vnd.adobe.{family}-full+json; version=1");
    let xed = api.get_as(&path("schemas", &id), &full("xed")).await.expect(200);
    let xdm = api.get_as(&path("schemas", &id), &full("xdm")).await.expect(200);
    let name = format!("_{}", super::tenant(&api).await);
    assert!(xed["properties"]["person"]["properties"]["name"]["properties"]["firstName"].is_object());
    let names = &xdm["properties"]["xdm:person"]["properties"]["xdm:name"]["properties"];
    assert!(names["xdm:firstName"].is_object() && xdm["properties"]["@id"].is_object());
    assert!(xdm["properties"].get("person").is_none() && xdm["properties"].get("_repo").is_none());
    assert!(xdm["properties"]["repo:createDate"].is_object());
    assert!(xdm["properties"][&name]["properties"]["points"].is_object());
    let groups = |family: &str| format!("application/vnd.adobe.{family}+json");
    let list = format!("{SCHEMA_REGISTRY}/global/fieldgroups?property=title==IdentityMap");
    let listed = api.get_as(&list, &groups("xdm")).await.expect(200);
    assert!(listed["results"][0].to_string().contains("xdm:identityMap"), "{listed}");
    let raw = api.get_as(&list, &groups("xed")).await.expect(200);
    let original = json!("xdm:identityMap");
    assert!(raw["results"][0]["definitions"]["identitymap"]["properties"]["identityMap"]["meta:xdmField"] == original);
    assert_eq!(api.get_as(&path("schemas", &id), RAW).await.expect(200)["allOf"].as_array().unwrap().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn descriptors_come_in_pages_too() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let id = tutorial::schema(&api, "People").await;
    for field in ["firstName", "lastName", "middleName"] {
        let label = json!({"@type": "xdm:descriptorLabel", "xdm:sourceSchema": id, "xdm:sourceVersion": 1,
            "xdm:sourceProperty": format!("/person/name/{field}"), "xdm:labels": ["core/I1"]});
        api.post(&format!("{SCHEMA_REGISTRY}/tenant/descriptors"), &label).await.expect(201);
    }
    let v2 = "application/vnd.adobe.xdm-v2+json";
    let question = "property=xdm:sourceProperty~(first|last)Name$&orderby=-xdm:sourceProperty&limit=1";
    let all = followed(&api, "tenant/descriptors", question, v2).await;
    let found: Vec<&str> = all.iter().map(|one| one["xdm:sourceProperty"].as_str().unwrap()).collect();
    assert_eq!(found, ["/person/name/lastName", "/person/name/firstName"]);
}
