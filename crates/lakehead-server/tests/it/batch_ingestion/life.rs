//! From an empty batch to rows in the table, and back.

use serde_json::json;

use super::{IMPORT, act, create, dataset, has_become, person, shown, upload};
use crate::harness::client::{DATA_ACCESS, FLOW_SERVICE};
use crate::harness::environment::Database;
use crate::harness::server::{Lakehead, Options};
use crate::harness::{read_back, tutorial};

#[tokio::test(flavor = "multi_thread")]
async fn uploaded_files_land_once_on_sqlite() {
    uploaded_files_land_once(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uploaded_files_land_once_on_postgres() {
    if crate::harness::environment::provided("TEST_POSTGRES_URL").is_some() {
        uploaded_files_land_once(Database::Postgres).await;
    }
}

async fn uploaded_files_land_once(database: Database) {
    let lakehead = Lakehead::start(Options { database, ..Options::default() }).await;
    let api = lakehead.api().await;
    let dataset = dataset(&api).await;
    let more = json!({"partialIngestionPercent": 50, "externalId": "mine", "tags": {"team": ["crm"]}});
    let batch = create(&api, &dataset, "json", more).await;
    let lines = format!("{}\nnot json\n{}\n", person("a", "Ada"), person("b", "Grace"));
    assert_eq!(upload(&api, &batch, &dataset, "year=2026/one.json", "{}").await.status, 201);
    assert_eq!(upload(&api, &batch, &dataset, "year=2026/one.json", lines).await.status, 200, "replaced");
    let array = format!("[{}]", person("c", "Alan"));
    assert_eq!(upload(&api, &batch, &dataset, "two.json", array).await.status, 201);
    let preview = api.get(&format!("{IMPORT}/batches/{batch}/datasets/{dataset}/preview?nrow=1")).await.expect(200);
    assert_eq!(preview["preview"]["rows"][0]["_id"], "c", "the first whole file by path is shown: {preview}");

    for _ in 0..2 {
        act(&api, &batch, "complete").await.expect(200);
    }
    let landed = has_become(&api, &batch, "success").await;
    let metrics = &landed["metrics"];
    assert_eq!((&metrics["inputRecordCount"], &metrics["outputRecordCount"]), (&json!(4), &json!(3)), "{landed}");
    assert_eq!((&landed["externalId"], &landed["tags"]["team"][0]), (&json!("mine"), &json!("crm")), "{landed}");
    assert!(landed["errors"].as_array().unwrap().iter().any(|error| error["code"] == "INGEST-1401-400"), "{landed}");
    act(&api, &batch, "COMPLETE").await.expect(200);
    act(&api, &batch, "ABORT").await.expect_refusal(400, "INGEST-9002-400", &["success"]);
    upload(&api, &batch, &dataset, "three.json", "{}").await.expect_refusal(
        400,
        "INGEST-9002-400",
        &["takes no files"],
    );

    let meta = async |path: &str| {
        let answer = api.get(&format!("{DATA_ACCESS}/batches/{batch}/meta?path={path}")).await;
        (answer.json, String::from_utf8_lossy(&answer.bytes).into_owned())
    };
    let (_, inputs) = meta("input_files/fileMetaData1.json").await;
    assert!(inputs.contains(r#"{"path":"year=2026/one.json"}"#), "{inputs}");
    let (rows, _) = meta("row_errors").await;
    let name = rows["data"][0]["name"].as_str().unwrap_or_else(|| panic!("{rows}"));
    assert!(meta(&format!("row_errors/{name}")).await.1.contains("not json"), "the rejected row is shown");
    let failed = api.get(&format!("{DATA_ACCESS}/batches/{batch}/failed")).await.expect(200);
    let link = failed["data"][0]["_links"]["self"]["href"].as_str().unwrap();
    assert!(link.contains("/failed?path="), "{failed}");
    assert!(String::from_utf8_lossy(&api.get(link).await.bytes).contains("not json"));
    let runs = api.get(&format!("{FLOW_SERVICE}/runs")).await.expect(200);
    assert_eq!(runs["items"], json!([]), "a batch is no run of a flow");

    let files = api.get(&format!("{DATA_ACCESS}/batches/{batch}/files")).await.expect(200);
    assert!(!files["data"].as_array().unwrap().is_empty(), "{files}");
    let rows = api.get(&format!("{DATA_ACCESS}/datasets/{dataset}/preview")).await.expect(200);
    assert_eq!(rows["data"].as_array().unwrap().len(), 3, "{rows}");
    if read_back::is_provided() {
        assert_eq!(read_back::table(&api, &dataset).await.ids(), ["a", "b", "c"]);
    }
    for _ in 0..2 {
        act(&api, &batch, "REVERT").await.expect(200);
    }
    has_become(&api, &batch, "inactive").await;
    act(&api, &batch, "REVERT").await.expect(200);
    let rows = api.get(&format!("{DATA_ACCESS}/datasets/{dataset}/preview")).await.expect(200);
    assert_eq!(rows["data"], json!([]));
    if read_back::is_provided() {
        let table = read_back::table(&api, &dataset).await;
        assert_eq!((table.ids(), table.records_in_summary), (vec![], Some(0)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_replaces_others_in_the_moment_it_lands() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let dataset = dataset(&api).await;
    let mut old = Vec::new();
    for (id, name) in [("a", "Ada"), ("b", "Grace"), ("c", "Alan")] {
        let batch = create(&api, &dataset, "json", json!({})).await;
        upload(&api, &batch, &dataset, "x.json", person(id, name)).await.expect(201);
        act(&api, &batch, "COMPLETE").await.expect(200);
        has_become(&api, &batch, "success").await;
        old.push(batch);
    }
    let replay = json!({"replay": {"predecessors": [format!("${}", old[0]), old[2]], "reason": "replace"}});
    let new = create(&api, &dataset, "json", replay.clone()).await;
    upload(&api, &new, &dataset, "x.json", format!("{}\n{}", person("a", "Ada L."), person("d", "Edsger")))
        .await
        .expect(201);
    act(&api, &new, "COMPLETE").await.expect(200);
    let landed = has_become(&api, &new, "success").await;
    assert_eq!(landed["replay"], replay["replay"]);
    let mut statuses = Vec::new();
    for batch in &old {
        statuses.push(shown(&api, batch).await["status"].clone());
    }
    assert_eq!(statuses, ["inactive", "success", "inactive"]);
    if read_back::is_provided() {
        let table = read_back::table(&api, &dataset).await;
        assert_eq!((table.ids(), table.snapshots), (vec!["a".into(), "b".into(), "d".into()], 4));
        let name =
            |id: &str| table.rows.iter().find(|row| row["_id"] == id).unwrap()["person"]["name"]["firstName"].clone();
        assert_eq!(name("a"), "Ada L.");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_fails_as_a_whole_without_tolerance_and_can_go_through_a_mapping() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let schema = tutorial::schema(&api, "People").await;
    let dataset = tutorial::dataset(&api, "People", &schema).await;
    let batch = create(&api, &dataset, "json", json!({})).await;
    upload(&api, &batch, &dataset, "x.json", format!("{}\nnot json", person("a", "Ada"))).await.expect(201);
    act(&api, &batch, "COMPLETE").await.expect(200);
    let failed = has_become(&api, &batch, "failed").await;
    assert_eq!(
        (&failed["metrics"]["outputRecordCount"], &failed["errors"][0]["code"]),
        (&json!(0), &json!("INGEST-1211-400"))
    );
    act(&api, &batch, "COMPLETE").await.expect_refusal(400, "INGEST-9002-400", &["failed"]);

    let mapping = tutorial::mapping_set(&api, &schema, &[("id", "_id"), ("first", "person.name.firstName")]).await;
    let tags = json!({"tags": {"aep_sip_mapper": [format!("mapping-set-id:{mapping}"), "mapping-set-version:0"]},
        "inputFormat": {"format": "csv", "delimiter": ";"}});
    let batch = create(&api, &dataset, "csv", tags).await;
    upload(&api, &batch, &dataset, "x.csv", "id;first\n1;Ada\n").await.expect(201);
    act(&api, &batch, "COMPLETE").await.expect(200);
    has_become(&api, &batch, "success").await;
    if read_back::is_provided() {
        let table = read_back::table(&api, &dataset).await;
        assert_eq!((table.ids(), &table.rows[0]["person"]["name"]["firstName"]), (vec!["1".into()], &json!("Ada")));
    }
}
