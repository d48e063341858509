//! The body of an error as each family is documented.

use lakehead_model::codes;
use serde_json::{Value, json};

use crate::harness::client::Answer;

/// Checks that an answer has this code, and everything that belongs to it.
pub(super) fn check(answer: &Answer, code: &'static str) {
    let known = codes::find(code).unwrap_or_else(|| panic!("{code} is not in the table"));
    let what = || format!("{code}: {} {}", answer.status, String::from_utf8_lossy(&answer.bytes));
    let request_id = answer.header("x-request-id");
    assert!(!request_id.is_empty(), "no request id: {}", what());
    let body = &answer.json;
    match code.split('-').next().unwrap() {
        "GATEWAY" => {
            let number = code.split('-').nth(1).unwrap();
            assert_eq!(*body, json!({"error_code": number, "message": known.title}), "{}", what());
            assert_eq!(answer.header("content-type"), "application/json", "{}", what());
            assert_eq!(answer.status, known.status(), "{}", what());
            return;
        }
        "PES" => {
            let members: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
            assert!(members.starts_with(&["timestamp", "status", "code", "message"]), "{}", what());
            assert_eq!((&body["code"], answer.status), (&json!(code), known.status()), "{}", what());
            assert_eq!(answer.header("content-type"), "application/json", "{}", what());
            check_message(&body["message"], answer.status, &what());
            return;
        }
        "ICEBERG" => {
            let error = &body["error"];
            assert_eq!((answer.status, &error["code"]), (known.status(), &json!(known.status())), "{}", what());
            let kind = error["type"].as_str().unwrap_or_default();
            assert!(kind.ends_with("Exception"), "{}", what());
            let message = error["message"].as_str().unwrap_or_default();
            assert!(message.starts_with(&format!("{code}: ")), "{}", what());
            assert_eq!(answer.header("content-type"), "application/json", "{}", what());
            check_message(&error["message"], answer.status, &what());
            return;
        }
        "XDM" => {
            check_problem(answer, code, "http", &what());
            let report = &body["report"];
            assert_eq!(report["registryRequestId"], request_id, "{}", what());
            assert_eq!(report["sub-errors"], json!([]), "{}", what());
            assert!(report["timestamp"].as_str().is_some_and(|time| time.len() == 19), "{}", what());
            assert_eq!(body["detail"], report["detailed-message"], "{}", what());
            check_message(&report["detailed-message"], answer.status, &what());
        }
        "SMS" => {
            let title = &body["title"];
            let kind = format!("http://ns.adobe.com/aep/errors/{code}");
            assert_eq!(*body, json!({"type": kind, "title": title, "status": known.status()}), "{}", what());
            check_message(title, answer.status, &what());
        }
        "CONNECTOR" => {
            let outer = answer.code().to_owned();
            assert!(outer.starts_with("FLOW-1"), "{}", what());
            check_general(answer, &outer, request_id, &what());
            assert_eq!(body["report"]["provider-code"], code, "{}", what());
        }
        _ => check_general(answer, code, request_id, &what()),
    }
    assert_eq!(answer.header("content-type"), "application/problem+json", "{}", what());
    assert_eq!(u64::from(answer.status), body["status"].as_u64().unwrap(), "{}", what());
}

fn check_general(answer: &Answer, code: &str, request_id: &str, what: &str) {
    check_problem(answer, code, "https", what);
    let message = &answer.json["report"]["detailed-message"];
    assert_eq!(answer.json["report"]["request-id"], request_id, "{what}");
    assert_eq!(answer.json["errorMessage"], *message, "{what}");
    assert_eq!(answer.json["errorDetails"], *message, "{what}");
    check_message(message, answer.status, what);
}

fn check_problem(answer: &Answer, code: &str, scheme: &str, what: &str) {
    assert_eq!(answer.json["type"], format!("{scheme}://ns.adobe.com/aep/errors/{code}"), "{what}");
    assert_eq!(answer.json["title"], codes::title(code), "{what}");
    assert_eq!(answer.json["status"], codes::status(code), "{what}");
}

/// A message names the thing that is wrong; what the caller cannot mend says that trying again may help.
fn check_message(message: &Value, status: u16, what: &str) {
    let text = message.as_str().unwrap_or_default();
    let fine = if status >= 500 { text.contains("retry") || text.contains("try again") } else { text.contains('`') };
    assert!(fine, "the message names nothing: {what}");
}
