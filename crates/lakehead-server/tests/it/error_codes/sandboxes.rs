//! Requests that sandbox management refuses.

use serde_json::json;

use super::bench::Bench;
use super::case::Case;
use super::shape;
use crate::harness::client::SANDBOXES;
use crate::harness::eventually;

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
    bench.produce(refused_by_what_is_asked()).await;
    one_of_two_resets_is_refused(bench).await;
    for number in 0..MOST {
        if bench.api.post(SANDBOXES, &sandbox(&format!("s{number}"))).await.status == 400 {
            break;
        }
    }
    bench.produce(vec![post("SMS-1003-400", "one-more")]).await;
}

fn refused_by_what_is_asked() -> Vec<Case> {
    let sandbox = |title: &str, kind: &str| json!({"name": "pending", "title": title, "type": kind});
    let prod = format!("{SANDBOXES}/prod");
    let list = |code, query: &str| Case::get(code, format!("{SANDBOXES}?{query}"));
    vec![
        Case::post("SMS-1000-400", SANDBOXES, json!([1])),
        Case::post("SMS-1004-400", SANDBOXES, sandbox("", "development")),
        Case::post("SMS-1005-400", SANDBOXES, sandbox("Pending", "nonsense")),
        Case::patch("SMS-1006-400", &prod, "*", json!({"name": "other"})),
        Case::put("SMS-1007-400", &prod, json!({"action": "explode"})),
        Case::delete("SMS-1008-400", &prod),
        list("SMS-1010-400", "limit=1"),
        list("SMS-1011-400", "property=nonsense==1"),
        list("SMS-1012-400", "orderBy=nonsense"),
        Case::delete("SMS-1013-400", format!("{prod}?validationOnly=perhaps")),
    ]
}

/// Housekeeping may be done between the two: until one meets the other.
async fn one_of_two_resets_is_refused(bench: &mut Bench) {
    bench.api.post(SANDBOXES, &json!({"name": "reset", "title": "Reset", "type": "development"})).await.expect(202);
    let (path, body) = (format!("{SANDBOXES}/reset"), json!({"action": "reset"}));
    let refused = eventually("of two resets at once one is refused", async || {
        let (one, two) = tokio::join!(bench.api.put(&path, None, &body), bench.api.put(&path, None, &body));
        [one, two].into_iter().find(|answer| answer.status != 202)
    })
    .await;
    shape::check(&refused, "SMS-1009-409");
    bench.note("SMS-1009-409");
}
