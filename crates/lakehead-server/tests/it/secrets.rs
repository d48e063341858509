//! A secret goes in and never comes out: not in an answer, not in the log, not in a file of the data folder.

use std::path::Path;

use serde_json::json;

use crate::harness::client::FLOW_SERVICE;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial;

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_nowhere_to_be_found() {
    let s3 = S3::in_process().await;
    let mut lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let connection = tutorial::connection(&api, &s3).await;
    let wrong = "wrong-secret-of-this-test";
    let mut body = json!({"name": "x", "auth": s3.auth(), "connectionSpec": {"id": tutorial::S3_SPEC}});
    body["auth"]["params"]["s3SecretKey"] = json!(wrong);
    let refused = api.post(&format!("{FLOW_SERVICE}/connections"), &body).await;
    assert_eq!(refused.status, 400, "{refused:?}");
    let path = format!("{FLOW_SERVICE}/connections/{connection}");
    let pass_phrase = "pass-phrase-of-this-test";
    let keys = "/data/foundation/connectors/encryption/keys";
    let pair = json!({"name": "k", "encryptionAlgorithm": "PGP", "params": {"passPhrase": pass_phrase}});
    let pair = api.post(keys, &pair).await;
    assert_eq!(pair.status, 201, "{pair:?}");
    let mut answers = vec![refused, pair, api.get(keys).await];
    for path in [&path, &format!("{path}/test"), &format!("{FLOW_SERVICE}/connections")] {
        let answer = api.get(path).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answers.push(answer);
    }
    // After a restart the secret still opens the storage.
    lakehead.restart(None).await;
    lakehead.api().await.get(&format!("{path}/test")).await.expect(200);
    lakehead.kill9().await;

    let client_secret = &lakehead.credentials().client_secret;
    for secret in [&s3.secret_key, wrong, client_secret, pass_phrase, "PGP PRIVATE KEY"] {
        for answer in &answers {
            assert!(!contains(&answer.bytes, secret), "{answer:?}");
        }
        assert!(!lakehead.log().contains(secret), "the log has a secret");
        expect_nowhere(&lakehead.data_dir(), secret);
    }
}

fn expect_nowhere(folder: &Path, secret: &str) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            expect_nowhere(&path, secret);
        } else {
            assert!(!contains(&std::fs::read(&path).unwrap(), secret), "{} has a secret", path.display());
        }
    }
}

fn contains(bytes: &[u8], secret: &str) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
}
