//! Requests that sandbox management refuses.

use serde_json::json;

use super::bench::Bench;
use super::case::Case;
use crate::harness::client::SANDBOXES;

/// Sandboxes that one organisation may have.
const MOST: usize = 75;

pub(super) async fn produce(bench: &mut Bench) {
    let sandbox = |name: &str| json!({"name": name, "title": name, "type": "development"});
    let post = |code, name: &str| Case::post(code, SANDBOXES, sandbox(name));
    bench
        .produce(vec![
            post("SMS-1001-400", "Not A Name"),
            post("SMS-1002-409", "prod"),
            Case::get("SMS-1404-404", format!("{SANDBOXES}/nowhere")),
        ])
        .await;
    for number in 0..MOST {
        if bench.api.post(SANDBOXES, &sandbox(&format!("s{number}"))).await.status == 400 {
            break;
        }
    }
    bench.produce(vec![post("SMS-1003-400", "one-more")]).await;
}
