//! The token endpoint and the life of a client: secrets, wrong ones, keys, tokens made ahead.

use reqwest::header::RETRY_AFTER;
use serde_json::{Value, json};

use super::ACCESS;
use crate::harness::client::{Credentials, FLOW_SERVICE, http};
use crate::harness::eventually;
use crate::harness::server::{Lakehead, Options};

/// Asks for a token; status, `Retry-After` and body.
async fn ask(lakehead: &Lakehead, path: &str, form: &str) -> (u16, Option<String>, Value) {
    let request = http().post(format!("{}{path}", lakehead.base()));
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form.to_owned());
    let answer = request.send().await.unwrap();
    let wait = answer.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap().to_owned());
    (answer.status().as_u16(), wait, answer.json().await.expect("the token endpoint speaks JSON"))
}

fn form(client_id: &str, secret: &str) -> String {
    format!("grant_type=client_credentials&client_id={client_id}&client_secret={secret}")
}

async fn status_of(lakehead: &Lakehead, client_id: &str, secret: &str) -> u16 {
    ask(lakehead, "/ims/token/v3", &form(client_id, secret)).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_endpoint_says_clearly_what_it_does_not_do() {
    let lakehead = Lakehead::start(Options::default()).await;
    let Credentials { client_id, client_secret, .. } = lakehead.credentials().clone();
    let code = "grant_type=authorization_code&client_id=a&client_secret=b&code=c";
    for (path, form, status, error) in [
        ("/ims/token/v1", code, 400, "unsupported_grant_type"),
        ("/ims/token/v3", code, 400, "unsupported_grant_type"),
        ("/ims/exchange/jwt", "client_id=a&client_secret=b&jwt_token=c", 400, "unsupported_grant_type"),
        ("/ims/exchange/jwt/", "", 400, "unsupported_grant_type"),
        ("/ims/token/v2", "", 400, "invalid_request"),
        ("/ims/token/v3", "grant_type=client_credentials&client_id=%00&client_secret=x", 401, "invalid_client"),
        ("/ims/token/v3", &"x".repeat(20_000), 413, "invalid_request"),
    ] {
        let (found, _, body) = ask(&lakehead, path, form).await;
        assert_eq!((found, body["error"].as_str()), (status, Some(error)), "{path}: {body}");
        assert!(body["error_description"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
    }
    for path in ["/ims/token/v1", "/ims/token/v2", "/ims/token/v3"] {
        let (status, _, body) = ask(&lakehead, path, &form(&client_id, &client_secret)).await;
        assert_eq!((status, &body["token_type"], &body["expires_in"]), (200, &json!("bearer"), &json!(86_399)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_slowed_down_and_locks_nobody_out() {
    let lakehead = Lakehead::start(Options::default()).await;
    let Credentials { client_id, client_secret, .. } = lakehead.credentials().clone();
    let mut refused = None;
    for _ in 0..30 {
        let (status, wait, body) = ask(&lakehead, "/ims/token/v3", &form(&client_id, "wrong")).await;
        assert!(status == 401 || status == 429, "{status} {body}");
        if status == 429 {
            refused = wait;
        }
    }
    assert!(refused.unwrap().parse::<u64>().is_ok_and(|seconds| (1..=60).contains(&seconds)));
    assert_eq!(status_of(&lakehead, &client_id, &client_secret).await, 200);
    assert_eq!(status_of(&lakehead, "somebody-else", "wrong").await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_and_the_old_one_overlap() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let Credentials { client_id, client_secret: first, .. } = lakehead.new_client(None).await;
    let rotate = async |body: &Value| {
        let path = format!("{ACCESS}/administration/clients/{client_id}/secret");
        api.post(&path, body).await.expect(200)["clientSecret"].as_str().unwrap().to_owned()
    };
    let second = rotate(&json!({})).await;
    for secret in [&first, &second] {
        assert_eq!(status_of(&lakehead, &client_id, secret).await, 200);
    }
    let third = rotate(&json!({"overlapHours": 0})).await;
    for (secret, expected) in [(&first, 401), (&second, 401), (&third, 200)] {
        assert_eq!(status_of(&lakehead, &client_id, secret).await, expected);
    }
    let fourth = lakehead.cli(&["client", "rotate-secret", &client_id]).await;
    let fourth = fourth["client_secret"].as_str().unwrap();
    for secret in [third.as_str(), fourth] {
        assert_eq!(status_of(&lakehead, &client_id, secret).await, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_disabled_enabled_and_deleted_with_its_tokens() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let credentials = lakehead.new_client(None).await;
    let client = lakehead.api_as(&credentials).await;
    let (list, one) =
        (format!("{FLOW_SERVICE}/connections"), format!("{ACCESS}/administration/clients/{}", credentials.client_id));
    client.get(&list).await.expect(200);
    for (disabled, status, code) in [(true, 401, 401), (false, 200, 200)] {
        api.patch_without_if_match(&one, &json!({"disabled": disabled})).await.expect(200);
        assert_eq!(client.get(&list).await.status, status, "at once, also for tokens that were issued");
        assert_eq!(status_of(&lakehead, &credentials.client_id, &credentials.client_secret).await, code);
    }
    // Another process does it: in force a second later.
    for (command, status) in [("disable", 401), ("enable", 200)] {
        lakehead.cli(&["client", command, &credentials.client_id]).await;
        eventually(command, async || (client.get(&list).await.status == status).then_some(())).await;
    }
    assert_eq!(api.delete(&one).await.status, 204);
    client.get(&list).await.expect_refusal(401, "401013", &[]);
    api.get(&one).await.expect_refusal(404, "PLATFORM-1004-404", &[&credentials.client_id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_rotated_while_the_server_runs() {
    let mut lakehead = Lakehead::start(Options::default()).await;
    let path = format!("{FLOW_SERVICE}/connections");
    let old = lakehead.api().await;
    old.get(&path).await.expect(200);
    let before = lakehead.cli(&["keys", "list"]).await;
    let kid = lakehead.cli(&["keys", "rotate"]).await["kid"].as_str().unwrap().to_owned();
    eventually("the new key signs", async || {
        let new = lakehead.api().await;
        let token =
            new.headers().iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.to_owned())?;
        new.get(&path).await.expect(200);
        (jsonwebtoken::decode_header(token.strip_prefix("Bearer ")?).ok()?.kid.as_deref() == Some(&kid)).then_some(())
    })
    .await;
    old.get(&path).await.expect(200);
    let after = lakehead.cli(&["keys", "list"]).await;
    assert_eq!((before.as_array().map(Vec::len), after.as_array().map(Vec::len)), (Some(1), Some(2)), "{after}");
    assert_eq!((&after[0]["kid"], &after[0]["state"]), (&json!(kid), &json!("signs")));
    lakehead.restart(None).await;
    lakehead.api().await.get(&path).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_made_ahead_works_like_any_other() {
    let lakehead = Lakehead::start(Options::default()).await;
    let credentials = lakehead.credentials().clone();
    let args = ["token", "--client-id", &credentials.client_id, "--life-hours", "48"];
    let made = lakehead.cli(&args).await;
    assert_eq!(made["expires_in"], 48 * 3600);
    let header = format!("Bearer {}", made["access_token"].as_str().unwrap());
    let api = lakehead.api().await.with_header("authorization", Some(&header));
    api.get(&format!("{FLOW_SERVICE}/connections")).await.expect(200);
    let unknown = lakehead.try_cli(&["token", "--client-id", "nobody"]).await.unwrap_err();
    assert!(unknown.contains("nobody"), "{unknown}");
}
