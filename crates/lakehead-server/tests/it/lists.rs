//! Lists of the Flow Service: what filters find, orders, pages that rows come and go under, counts, tokens.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::client::{Api, FLOW_SERVICE};
use crate::harness::customers;
use crate::harness::environment::Database;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options, etag};
use crate::harness::tutorial::{self, Pipeline, Source};

async fn pipeline(api: &Api, s3: &S3) -> Pipeline {
    s3.put("customers/a.csv", customers::csv(0..10)).await;
    let path = s3.path("customers/");
    tutorial::prepare(api, s3, Source { format: "delimited", path: &path, kind: "folder" }).await
}

async fn flow(api: &Api, pipeline: &Pipeline, name: &str) -> String {
    let mut body = tutorial::flow_body(pipeline, tutorial::NEVER_S);
    body["name"] = json!(name);
    tutorial::flow(api, &body).await
}

async fn list(api: &Api, path: &str) -> Value {
    api.get(&format!("{FLOW_SERVICE}/{path}")).await.expect(200)
}

fn members(list: &Value, name: &str) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|item| item[name].as_str().unwrap().to_owned()).collect()
}

fn next(list: &Value) -> Option<String> {
    assert!(list["_links"].is_object(), "{list}");
    Some(list["_links"]["next"]["href"].as_str()?.trim_start_matches('/').to_owned())
}

/// A server on `database`, and a pipeline from an S3 bucket on it.
async fn started(database: Database) -> (S3, Lakehead, Api, Pipeline) {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options { database, ..Options::default() }).await;
    let api = lakehead.api().await;
    let pipeline = pipeline(&api, &s3).await;
    (s3, lakehead, api, pipeline)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_is_filtered_ordered_and_counted_on_sqlite() {
    every_list(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_is_filtered_ordered_and_counted_on_postgres() {
    every_list(Database::Postgres).await;
}

async fn every_list(database: Database) {
    if !database.is_provided() {
        return;
    }
    let (s3, _lakehead, api, pipeline) = started(database).await;
    let Pipeline { connection, source, target, .. } = &pipeline;
    let mut flows = Vec::new();
    for name in ["b", "c", "a, \"quoted\""] {
        flows.push(flow(&api, &pipeline, name).await);
    }
    let run = tutorial::start_run(&api, &flows[0]).await;
    tutorial::finished_runs(&api, &flows[0], 1).await;

    for (query, expected) in [
        (format!("connections?property=id=={connection}"), 1),
        ("connections?property=auth.specName==Access%20Key".to_owned(), 1),
        ("connections?property=auth.specName!=Access%20Key".to_owned(), 0),
        (format!("sourceConnections?property=baseConnectionId=={connection}"), 1),
        (format!("sourceConnections?property=params.path==\"{}\"", s3.path("customers/")), 1),
        ("sourceConnections?property=params.path==elsewhere".to_owned(), 0),
        (format!("targetConnections?property=id==x,{target}"), 1),
        (format!("flows?property=sourceConnectionIds[]==x,{source}"), 3),
        (format!("flows?property=sourceConnectionIds[]=={source}&property=name==b"), 1),
        ("flows?property=inheritedAttributes.sourceConnections[].connectionSpec.id!=x".to_owned(), 3),
        ("flows?property=lastRunDetails.startedAtUTC>=1".to_owned(), 1),
        ("flows?property=lastRunDetails.state==success&property=name==b,c".to_owned(), 1),
        ("flows?property=createdAt>1&property=createdAt<=1".to_owned(), 0),
        (format!("runs?property=flowId=={}&property=metrics.statusSummary.status==SUCCESS", flows[0]), 1),
        (format!("runs?property=flowId=={}", flows[1]), 0),
        (format!("runs?property=id=={run}&property=metrics.recordSummary.outputRecordCount>=10"), 1),
        ("connectionSpecs?property=name==amazon-s3".to_owned(), 1),
        ("flowSpecs?property=name==CloudStorageToAEP".to_owned(), 1),
    ] {
        let found = list(&api, &query).await;
        assert_eq!(found["items"].as_array().map(Vec::len), Some(expected), "{query}: {found}");
        assert_eq!(list(&api, &format!("{query}&count=TRUE")).await, json!({"count": expected}), "{query}");
    }
    for (query, expected) in [
        ("flows?orderby=name", &["a, \"quoted\"", "b", "c"][..]),
        ("flows?orderby=-name&limit=100&count=False", &["c", "b", "a, \"quoted\""]),
        ("flows?orderby=%2Bname,-createdAt", &["a, \"quoted\"", "b", "c"]),
        ("flows?orderby=createdAt", &["b", "c", "a, \"quoted\""]),
        ("flows", &["a, \"quoted\"", "c", "b"]),
        ("flows?orderby=-lastRunDetails.startedAtUTC,name", &["b", "a, \"quoted\"", "c"]),
    ] {
        assert_eq!(members(&list(&api, query).await, "name"), expected, "{query}");
    }
    let shown = list(&api, "flows?property=name,id&property=name==b").await;
    assert_eq!(shown["items"], json!([{"id": flows[0], "name": "b"}]));
    let alone = list(&api, &format!("flows/{}", flows[0])).await["items"][0].clone();
    assert_eq!(list(&api, "flows?property=name==b").await["items"][0], alone, "a list shows what the flow shows alone");
    assert_eq!(alone["lastRunDetails"]["id"], json!(run));

    // What changes is found by what it is now, and a stranger finds nothing.
    let version = etag(&alone).to_owned();
    let rename = json!([{"op": "replace", "path": "/name", "value": "z"}]);
    api.patch(&format!("{FLOW_SERVICE}/flows/{}", flows[0]), &version, &rename).await.expect(200);
    api.delete(&format!("{FLOW_SERVICE}/flows/{}", flows[1])).await;
    assert_eq!(members(&list(&api, "flows?property=name==b,c,z").await, "name"), ["z"]);
    let stranger = api.new_sandbox("elsewhere").await;
    assert_eq!(list(&stranger, "flows?property=name==z").await["items"], json!([]));
    assert_eq!(list(&stranger, "runs?orderby=-updatedAt").await["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_searched_by_a_part_of_the_name_on_sqlite() {
    searched(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_searched_by_a_part_of_the_name_on_postgres() {
    searched(Database::Postgres).await;
}

async fn searched(database: Database) {
    if !database.is_provided() {
        return;
    }
    let (_s3, _lakehead, api, pipeline) = started(database).await;
    let mut flows = Vec::new();
    for name in ["Daily Orders", "ORDERS of Zürich", "a%b_c\\d", "Straße", "customers", "ΟΔΟΣ 7", "orders (old)"]
    {
        flows.push(flow(&api, &pipeline, name).await);
    }
    api.post(&format!("{FLOW_SERVICE}/flows/{}/action?op=disable", flows[6]), &json!({})).await.expect(200);
    for (query, expected) in [
        ("search=orders", &["orders (old)", "ORDERS of Zürich", "Daily Orders"][..]),
        ("SEARCH=%20oRdErS%20&orderby=name", &["Daily Orders", "ORDERS of Zürich", "orders (old)"]),
        ("search=orders&property=state==enabled", &["ORDERS of Zürich", "Daily Orders"]),
        ("search=Z%C3%9CRICH", &["ORDERS of Zürich"]),
        ("search=strasse", &["Straße"]),
        ("search=%CE%BF%CE%B4%CE%BF%CF%83", &["ΟΔΟΣ 7"]),
        ("search=%25", &["a%b_c\\d"]),
        ("search=b_c\\D", &["a%b_c\\d"]),
        ("search=axb", &[]),
        ("search=x'%20OR%201==1", &[]),
    ] {
        assert_eq!(members(&list(&api, &format!("flows?{query}")).await, "name"), expected, "{query}");
        assert_eq!(list(&api, &format!("flows?{query}&count=true")).await["count"], expected.len(), "{query}");
    }
    assert_eq!(members(&list(&api, &format!("flows?search={}", flows[4].to_uppercase())).await, "name"), ["customers"]);
    assert_eq!(members(&list(&api, &format!("flows?search={}", &flows[4][..35])).await, "name"), Vec::<String>::new());

    // The link alone goes on, and so does one beside which the question is asked again.
    for again in ["", "&search=orders", "&limit=1&orderby=-name&search=ORDERS"] {
        let (mut path, mut seen) = ("flows?search=orders&orderby=-name&limit=1".to_owned(), Vec::new());
        loop {
            let page = list(&api, &path).await;
            seen.extend(members(&page, "name"));
            let Some(link) = next(&page) else { break };
            path = format!("{link}{again}");
        }
        assert_eq!(seen, ["orders (old)", "ORDERS of Zürich", "Daily Orders"], "{again}");
    }
    let body = json!({"queryString": "search=order&property=state==enabled", "orderby": "name", "limit": "1000"});
    let found = api.post(&format!("{FLOW_SERVICE}/flows/search"), &body).await.expect(200);
    assert_eq!(members(&found, "name"), ["Daily Orders", "ORDERS of Zürich"]);

    // What is renamed is found by its name of now; what is deleted is not, and a stranger finds nothing.
    let alone = list(&api, &format!("flows/{}", flows[0])).await["items"][0].clone();
    let rename = json!([{"op": "replace", "path": "/name", "value": "Returns"}]);
    api.patch(&format!("{FLOW_SERVICE}/flows/{}", flows[0]), etag(&alone), &rename).await.expect(200);
    api.delete(&format!("{FLOW_SERVICE}/flows/{}", flows[6])).await;
    assert_eq!(members(&list(&api, "flows?search=orders").await, "name"), ["ORDERS of Zürich"]);
    assert_eq!(members(&list(&api, "flows?search=RETURN").await, "name"), ["Returns"]);
    let stranger = api.new_sandbox("elsewhere").await;
    assert_eq!(list(&stranger, "flows?search=o").await["items"], json!([]));
    assert_eq!(list(&stranger, &format!("flows?search={}", flows[4])).await["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_a_name_is_searched_and_bad_searches_are_refused() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    pipeline(&api, &s3).await;
    for path in ["connections", "sourceConnections", "targetConnections"] {
        let all = members(&list(&api, path).await, "name");
        let part = all[0].chars().skip(1).collect::<String>().to_uppercase();
        let found = list(
            &api,
            &format!(
                "{path}?search={}",
                percent_encoding::utf8_percent_encode(&part, percent_encoding::NON_ALPHANUMERIC)
            ),
        )
        .await;
        assert!(members(&found, "name").contains(&all[0]), "{path}: {found}");
        assert_eq!(list(&api, &format!("{path}?search=nothing-has-this")).await["items"], json!([]));
    }
    assert_eq!(members(&list(&api, "connectionSpecs?search=AMAZON-S").await, "name"), ["amazon-s3"]);
    for (query, code) in [
        ("flows?search=", "FLOW-1452-400"),
        ("flows?search=%20%09", "FLOW-1452-400"),
        (format!("flows?search={}", "x".repeat(256)).as_str(), "FLOW-1452-400"),
        ("runs?search=x", "FLOW-1451-400"),
    ] {
        api.get(&format!("{FLOW_SERVICE}/{query}")).await.expect_refusal(400, code, &["search"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_show_every_flow_that_stays_exactly_once_on_sqlite() {
    pages_while_flows_come_and_go(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_show_every_flow_that_stays_exactly_once_on_postgres() {
    pages_while_flows_come_and_go(Database::Postgres).await;
}

async fn pages_while_flows_come_and_go(database: Database) {
    if !database.is_provided() {
        return;
    }
    let (_s3, _lakehead, api, pipeline) = started(database).await;
    let (mut stay, mut go) = (BTreeSet::new(), Vec::new());
    for n in 0..30 {
        let id = flow(&api, &pipeline, &format!("n{}", n * 7 % 10)).await;
        if n % 3 == 0 {
            go.push(id);
        } else {
            stay.insert(id);
        }
    }
    for order in ["", "&orderby=name", "&orderby=-name,createdAt", "&orderby=createdAt"] {
        let (mut seen, mut path) = (Vec::new(), format!("flows?property=state==enabled&limit=4{order}"));
        loop {
            let page = list(&api, &path).await;
            seen.extend(members(&page, "id"));
            if let Some(id) = go.pop() {
                api.delete(&format!("{FLOW_SERVICE}/flows/{id}")).await.expect(204);
            }
            if seen.len() < 20 {
                go.push(flow(&api, &pipeline, &format!("n{}", seen.len() % 10)).await);
            }
            // The link alone says everything: filter, order, and how many.
            let Some(link) = next(&page) else { break };
            assert_eq!(page["items"].as_array().map(Vec::len), Some(4));
            path = link;
            assert!(seen.len() < 100, "the list has an end");
        }
        let once: BTreeSet<String> = seen.iter().cloned().collect();
        assert_eq!(once.len(), seen.len(), "{order}: no flow twice");
        assert!(stay.is_subset(&once), "{order}: no flow is lost");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_are_broken_or_of_another_list_are_refused() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let pipeline = pipeline(&api, &s3).await;
    for name in ["a", "b", "c"] {
        flow(&api, &pipeline, name).await;
    }
    let link = next(&list(&api, "flows?orderby=name&limit=1").await).unwrap();
    let (_, token) = link.split_once('=').unwrap();
    assert!(!token.contains(['=', '&', '%']), "{token}");
    // Clients send again what they asked for, or nothing of it.
    for again in ["", "&orderby=name&limit=1&count=False", "&limit=1&property=name!=x"] {
        assert_eq!(members(&list(&api, &format!("{link}{again}")).await, "name"), ["b"], "{again}");
    }
    assert_eq!(members(&list(&api, &format!("{link}&limit=50")).await, "name"), ["b", "c"]);
    for (query, code) in [
        (format!("flows?continuationToken={token}x"), "FLOW-1452-400"),
        ("flows?continuationToken=nonsense".to_owned(), "FLOW-1452-400"),
        (format!("flows?continuationToken={}", "a".repeat(20_000)), "FLOW-1452-400"),
        (format!("{link}&orderby=-name"), "FLOW-1452-400"),
        (format!("{link}&count=true&limit=1"), "FLOW-1401-400"),
        ("flows?limit=0".to_owned(), "FLOW-1452-400"),
        ("flows?orderby=*name".to_owned(), "FLOW-1432-400"),
        ("flows?orderby=nonsense".to_owned(), "FLOW-1433-400"),
        ("flows?property=name~x".to_owned(), "FLOW-1440-400"),
        ("flows?property=name==".to_owned(), "FLOW-1453-400"),
        ("flows?property=id>x".to_owned(), "FLOW-1448-400"),
        ("flows?color=red".to_owned(), "FLOW-1451-400"),
    ] {
        api.get(&format!("{FLOW_SERVICE}/{query}")).await.expect_refusal(400, code, &[]);
    }
    // A token of another collection begins where its row would be: nothing foreign is shown.
    let other = list(&api, &format!("connections?continuationToken={token}")).await;
    assert!(other["items"].as_array().unwrap().iter().all(|item| item["connectionSpec"].is_object()), "{other}");
    let stranger = api.new_sandbox("elsewhere").await;
    assert_eq!(list(&stranger, &link).await["items"], json!([]));
}
