//! The protocol itself: configuration, names, pages, tokens, refusals, and what others see.

use serde_json::{Value, json};

use super::{CATALOG, bare, dataset, land, load, with_roles};
use crate::harness::client::{Api, CATALOG as DATASETS, SANDBOXES, http};
use crate::harness::server::{Lakehead, Options};

#[tokio::test(flavor = "multi_thread")]
async fn a_warehouse_is_a_sandbox_and_the_token_is_enough() {
    let lakehead = Lakehead::start(Options::default()).await;
    let owner = lakehead.api().await;
    let api = bare(&owner);
    for query in ["", "?warehouse=prod", "?warehouse="] {
        let config = api.get(&format!("{CATALOG}/config{query}")).await.expect(200);
        assert_eq!(config["overrides"], json!({"prefix": "prod"}));
        for endpoint in config["endpoints"].as_array().unwrap() {
            assert_exists(&api, endpoint.as_str().unwrap()).await;
        }
    }
    owner.new_sandbox("second").await;
    let by_header = owner.sandbox("second").get(&format!("{CATALOG}/config")).await.expect(200);
    assert_eq!(by_header["overrides"]["prefix"], "second");
    // What is sent all the same has to fit.
    let path = format!("{CATALOG}/prod/namespaces");
    for header in ["x-api-key", "x-gw-ims-org-id"] {
        let refused = api.with_header(header, Some("nobody")).get(&path).await.expect(403);
        assert_eq!(refused["error"]["type"], "ForbiddenException", "{header}: {refused}");
    }
    for token in [None, Some("Bearer nonsense")] {
        let refused = api.with_header("authorization", token).get(&path).await.expect(401);
        assert_eq!(refused["error"]["type"], "NotAuthorizedException", "{refused}");
    }
    let refused = http().get(format!("{}{CATALOG}/oauth/tokens", lakehead.base())).send().await.unwrap();
    assert_eq!(refused.status(), 405);
    assert!(refused.headers().contains_key("allow"), "{refused:?}");
    assert_eq!(refused.json::<Value>().await.unwrap()["error"]["code"], 405);
    owner.delete(&format!("{SANDBOXES}/second")).await;
    let gone = api.get(&format!("{CATALOG}/second/namespaces")).await.expect(404);
    assert_eq!(gone["error"]["code"], 404, "{gone}");
}

/// An endpoint that `config` names is answered by something that looks for the table.
async fn assert_exists(api: &Api, endpoint: &str) {
    let (method, path) = endpoint.split_once(' ').unwrap();
    let path = path.replace("/v1", CATALOG).replace("{prefix}", "prod").replace("{namespace}", "datasets");
    let answer = api.send(method.parse().unwrap(), &path.replace("{table}", "x"), &[], None).await.unwrap();
    let kind = answer.json["error"]["type"].as_str().unwrap_or("NoSuchTableException");
    let fine = answer.status < 300 || answer.status == 404 && kind == "NoSuchTableException";
    assert!(fine, "{endpoint}: {answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn client_credentials_give_a_token() {
    let lakehead = Lakehead::start(Options::default()).await;
    let (id, secret) = (lakehead.credentials().client_id.clone(), lakehead.credentials().client_secret.clone());
    let url = format!("{}{CATALOG}/oauth/tokens", lakehead.base());
    let exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    let in_form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=catalog");
    for (form, basic) in [
        (in_form.as_str(), None),
        ("grant_type=client_credentials&scope=catalog", Some(secret.as_str())),
        (&format!("grant_type={exchange}&subject_token=x"), Some(&secret)),
        ("grant_type=client_credentials", Some("wrong")),
        ("grant_type=client_credentials", None),
        ("grant_type=password", Some(&secret)),
    ] {
        let mut request = http().post(&url).header("content-type", "application/x-www-form-urlencoded");
        if let Some(secret) = basic {
            request = request.basic_auth(&id, Some(secret));
        }
        let answer = request.body(form.to_owned()).send().await.unwrap();
        let (status, body): (u16, Value) = (answer.status().as_u16(), answer.json().await.unwrap());
        let fine = basic != Some("wrong") && form.contains("grant_type=") && (basic.is_some() || form == in_form);
        if fine && !form.contains("password") {
            assert_eq!(body["issued_token_type"], "urn:ietf:params:oauth:token-type:access_token");
            let token = format!("Bearer {}", body["access_token"].as_str().unwrap());
            let api = bare(&lakehead.api().await).with_header("authorization", Some(&token));
            api.get(&format!("{CATALOG}/prod/namespaces")).await.expect(200);
        } else {
            assert!([400, 401].contains(&status) && body["error"].is_string(), "{form}: {status} {body}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_dataset_has_a_name_of_its_own_and_lists_come_in_pages() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let mut expected = Vec::new();
    for name in ["Sales (EU)", "sales EU", "Orders", "日本"] {
        let id = dataset(&api, name).await;
        let shown = api.get(&format!("{DATASETS}/dataSets/{id}")).await.expect(200);
        let table = shown[&id]["tags"]["adobe/pqs/table"][0].as_str().unwrap().to_owned();
        // What the Catalog shows is the name of the table, and the id is another.
        for name in [&table, &id] {
            assert_eq!(load(&api, name).await["metadata"]["location"].as_str().unwrap().rsplit('/').next(), Some(&*id));
        }
        expected.push((table, id));
    }
    assert_eq!(expected[0].0, "sales_eu");
    assert_eq!(expected[1].0, format!("sales_eu_{}", expected[1].1), "the name was taken");
    expected.sort();
    let tables = format!("{CATALOG}/prod/namespaces/datasets/tables");
    let names = |answer: &Value| -> Vec<String> {
        let names = answer["identifiers"].as_array().unwrap().iter();
        names.map(|found| found["name"].as_str().unwrap().to_owned()).collect()
    };
    let all = bare(&api).get(&tables).await.expect(200);
    let expected: Vec<String> = expected.into_iter().map(|(table, _)| table).collect();
    assert_eq!((names(&all), &all["next-page-token"]), (expected.clone(), &Value::Null));
    let (mut token, mut paged) = (String::new(), Vec::new());
    for _ in 0..2 {
        let page = bare(&api).get(&format!("{tables}?pageSize=2&pageToken={token}")).await.expect(200);
        assert_eq!(names(&page).len(), 2, "{page}");
        paged.extend(names(&page));
        page["next-page-token"].as_str().unwrap_or_default().clone_into(&mut token);
    }
    assert_eq!((paged, token.as_str()), (expected, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshots_can_be_left_out_and_heads_say_what_exists() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let dataset = dataset(&api, "People").await;
    land(&api, &dataset, &["a"]).await;
    land(&api, &dataset, &["b"]).await;
    let count = |table: &Value| table["metadata"]["snapshots"].as_array().unwrap().len();
    assert_eq!(count(&load(&api, "people").await), 2);
    assert_eq!(count(&load(&api, "people?snapshots=refs").await), 1);
    let namespace = format!("{CATALOG}/prod/namespaces/datasets");
    for (path, status) in [
        (namespace.clone(), 204),
        (format!("{namespace}x"), 404),
        (format!("{namespace}/tables/people"), 204),
        (format!("{namespace}/tables/nothing"), 404),
    ] {
        let answer = bare(&api).send(reqwest::Method::HEAD, &path, &[], None).await.unwrap();
        assert_eq!(answer.status, status, "{path}");
    }
    let metrics = format!("{namespace}/tables/people/metrics");
    bare(&api).post(&metrics, &json!({"report-type": "scan-report"})).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn others_see_nothing_and_who_may_not_see_datasets_reads_nothing() {
    let lakehead = Lakehead::start(Options::default()).await;
    let owner = lakehead.api().await;
    let id = dataset(&owner, "People").await;
    owner.new_sandbox("second").await;
    let stranger = bare(&lakehead.api_as(&lakehead.new_client(Some("00000000000000000000FFFF@AdobeOrg")).await).await);
    for (viewer, warehouse) in [(&bare(&owner), "second"), (&stranger, "prod")] {
        let tables = format!("{CATALOG}/{warehouse}/namespaces/datasets/tables");
        assert_eq!(viewer.get(&tables).await.expect(200)["identifiers"], json!([]));
        let see = async |name: &str| {
            let answer = viewer.get(&format!("{tables}/{name}")).await;
            (answer.status, answer.json.to_string().replace(name, "NAME"))
        };
        let missing = see("nothing").await;
        assert_eq!(missing.0, 404);
        for foreign in [id.as_str(), "people"] {
            assert_eq!(see(foreign).await, missing, "{warehouse}: {foreign}");
        }
    }
    let foreign = stranger.get(&format!("{CATALOG}/second/namespaces")).await;
    let missing = stranger.get(&format!("{CATALOG}/nothing/namespaces")).await;
    let text = |answer: &crate::harness::client::Answer, name: &str| answer.json.to_string().replace(name, "NAME");
    assert_eq!((missing.status, text(&foreign, "second")), (404, text(&missing, "nothing")));

    let nobody = bare(&with_roles(&lakehead, &owner, &[]).await.1);
    let refused = nobody.get(&format!("{CATALOG}/prod/namespaces/datasets/tables")).await.expect(403);
    assert_eq!(refused["error"]["type"], "ForbiddenException", "{refused}");
}
