//! The OpenAPI document says what the server does: every operation in it exists and asks for a token, and every
//! operation of the Flow Service contract is in it.

use reqwest::Method;

use crate::harness::client::{FLOW_SERVICE, http};
use crate::harness::server::{Lakehead, Options};

/// The operations of the Flow Service as Adobe documents them.
const FLOW_SERVICE_OPERATIONS: [(&str, &str); 45] = [
    ("get", "/connections"),
    ("post", "/connections"),
    ("get", "/connections/{id}"),
    ("patch", "/connections/{id}"),
    ("delete", "/connections/{id}"),
    ("get", "/connections/{id}/test"),
    ("get", "/connections/{id}/explore"),
    ("get", "/connections/{id}/configs"),
    ("post", "/connections/{id}/action"),
    ("post", "/connections/search"),
    ("get", "/connectionSpecs"),
    ("post", "/connectionSpecs"),
    ("get", "/connectionSpecs/{id}"),
    ("put", "/connectionSpecs/{id}"),
    ("get", "/connectionSpecs/{id}/explore"),
    ("get", "/connectionSpecs/{id}/configs"),
    ("get", "/flows"),
    ("post", "/flows"),
    ("get", "/flows/{id}"),
    ("patch", "/flows/{id}"),
    ("delete", "/flows/{id}"),
    ("post", "/flows/search"),
    ("post", "/flows/{id}/action"),
    ("get", "/flowSpecs"),
    ("post", "/flowSpecs"),
    ("get", "/flowSpecs/{id}"),
    ("put", "/flowSpecs/{id}"),
    ("post", "/flowSpecs/search"),
    ("get", "/runs"),
    ("post", "/runs"),
    ("get", "/runs/{id}"),
    ("put", "/runs/{id}"),
    ("post", "/runs/{id}/action"),
    ("get", "/sourceConnections"),
    ("post", "/sourceConnections"),
    ("get", "/sourceConnections/{id}"),
    ("patch", "/sourceConnections/{id}"),
    ("delete", "/sourceConnections/{id}"),
    ("post", "/sourceConnections/{id}/action"),
    ("get", "/targetConnections"),
    ("post", "/targetConnections"),
    ("get", "/targetConnections/{id}"),
    ("patch", "/targetConnections/{id}"),
    ("delete", "/targetConnections/{id}"),
    ("post", "/targetConnections/{id}/action"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_document_has_every_operation_and_every_operation_asks_for_a_token() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let document = http().get(format!("{}/openapi.json", api.base())).send().await.unwrap();
    let document: serde_json::Value = document.json().await.unwrap();
    let paths = document["paths"].as_object().unwrap();
    for (method, path) in FLOW_SERVICE_OPERATIONS {
        let operation = &document["paths"][format!("{FLOW_SERVICE}{path}")][method];
        assert!(operation.is_object(), "{method} {path} is not in the document");
    }
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            for end in ["", "/"] {
                let url = format!("{}{}{end}", api.base(), path.replace(['{', '}'], ""));
                let answer = http().request(method.clone(), &url).send().await.unwrap();
                let status = answer.status().as_u16();
                if path.starts_with("/iceberg/v1/") && operation.get("security").is_some() {
                    let body: serde_json::Value = answer.json().await.unwrap();
                    let kind = &body["error"]["type"];
                    assert_eq!((status, kind), (401, &"NotAuthorizedException".into()), "{method} {path}{end}: {body}");
                } else if operation.get("security").is_some() {
                    let body: serde_json::Value = answer.json().await.unwrap();
                    assert_eq!((status, &body["error_code"]), (403, &"403010".into()), "{method} {path}{end}: {body}");
                } else if path == "/lakehead/{key}" {
                    assert_eq!(status, 403, "{method} {path}{end}: not signed");
                } else {
                    assert!([200, 400, 401].contains(&status), "{method} {path}{end}: {status}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_page_shows_every_operation_and_runs_no_script() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let page = http().get(format!("{}/docs", api.base())).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let text = page.text().await.unwrap();
    assert!(!text.contains("<script"), "no script");
    for (_, path) in FLOW_SERVICE_OPERATIONS {
        assert!(text.contains(&format!("<code>{FLOW_SERVICE}{path}</code>")), "{path} is not on the page");
    }
}
