//! The server dies while a batch is landed, and while it is taken back: both happen once.

use lakehead_model::fault::FaultPoint;
use serde_json::json;

use super::{act, create, dataset, has_become, person, upload};
use crate::harness::environment::{Database, provided};
use crate::harness::server::{Lakehead, Options};
use crate::harness::{eventually, read_back};

/// Points that both a landing and its reversal come by.
const POINTS: [FaultPoint; 5] = [
    FaultPoint::ClaimAfter,
    FaultPoint::PutAfterIntent,
    FaultPoint::CommitAfterCas,
    FaultPoint::CommitBeforeCommit,
    FaultPoint::CommitAfterCommit,
];

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_a_batch_lands_or_goes_on_sqlite() {
    for point in POINTS {
        killed_at(Database::Sqlite, point).await;
    }
    // Only a landing comes by here.
    for point in [FaultPoint::PlanAfterPersist, FaultPoint::StageAfter, FaultPoint::MetadataAfter] {
        let (lakehead, _, _) = landed_in_spite_of(Database::Sqlite, point).await;
        drop(lakehead);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_a_batch_lands_or_goes_on_postgres() {
    if provided("TEST_POSTGRES_URL").is_some() {
        killed_at(Database::Postgres, FaultPoint::CommitAfterCas).await;
        killed_at(Database::Postgres, FaultPoint::CommitAfterCommit).await;
    }
}

async fn killed_at(database: Database, point: FaultPoint) {
    let (mut lakehead, dataset, batch) = landed_in_spite_of(database, point).await;
    act_until_dead(&mut lakehead, point, &batch, "REVERT").await;
    let api = lakehead.api().await;
    has_become(&api, &batch, "inactive").await;
    if read_back::is_provided() {
        assert!(read_back::table(&api, &dataset).await.ids().is_empty(), "{database:?}, {}", point.name());
    }
}

async fn landed_in_spite_of(database: Database, point: FaultPoint) -> (Lakehead, String, String) {
    let mut lakehead = Lakehead::start(Options { database, ..Options::default() }).await;
    let api = lakehead.api().await;
    let dataset = dataset(&api).await;
    let batch = create(&api, &dataset, "json", json!({"partialIngestionPercent": 50})).await;
    upload(&api, &batch, &dataset, "x.json", format!("{}\nnot json\n", person("a", "Ada"))).await.expect(201);
    act_until_dead(&mut lakehead, point, &batch, "COMPLETE").await;
    let api = lakehead.api().await;
    let landed = has_become(&api, &batch, "success").await;
    assert_eq!(landed["recordCount"], 1, "{landed}");
    if read_back::is_provided() {
        assert_eq!(read_back::table(&api, &dataset).await.ids(), ["a"], "{database:?}, {}", point.name());
    }
    (lakehead, dataset, batch)
}

/// Acts with the point armed, and starts the server again when it is dead.
async fn act_until_dead(lakehead: &mut Lakehead, point: FaultPoint, batch: &str, action: &str) {
    lakehead.restart(Some(&format!("{}=1*return", point.name()))).await;
    let api = lakehead.api().await;
    // The answer may not come any more.
    let _ = api.try_post(&format!("{}/batches/{batch}?action={action}", super::IMPORT), &json!({})).await;
    eventually(&format!("the server dies at {}", point.name()), async || lakehead.is_dead().then_some(())).await;
    lakehead.restart(None).await;
    // Where it died before it stored what was asked, it is asked again, as clients do.
    let api = lakehead.api().await;
    act(&api, batch, action).await.expect(200);
}
