//! What stock clients see of tables.

use std::process::Stdio;

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

use super::{client, dataset, land, said};
use crate::batch_ingestion::{act, has_become};
use crate::harness::client::{CATALOG, SCHEMA_REGISTRY};
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial::{self, Source};
use crate::harness::{customers, environment, eventually, read_back};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_flow_has_landed_is_read_from_elsewhere() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    s3.put("customers/a.csv", customers::csv(0..300)).await;
    s3.put("customers/b.csv", customers::csv(300..350)).await;
    let path = s3.path("customers/");
    let pipeline = tutorial::prepare(&api, &s3, Source { format: "delimited", path: &path, kind: "folder" }).await;
    let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::now_s())).await;
    tutorial::finished_runs(&api, &flow, 1).await;

    let Some(pyiceberg) = client(&api, "pyiceberg", "customers") else { return };
    let found = said(pyiceberg).await;
    assert_eq!((found.namespaces, found.tables), (vec![vec!["datasets".to_owned()]], vec!["customers".to_owned()]));
    assert!(found.location.starts_with("s3://lakehead/"), "{}", found.location);
    assert_eq!(found.ids, customers::ids(0..350));
    assert_eq!(found.ids, read_back::table(&api, &pipeline.dataset).await.ids(), "as in the lake");
    let from = customers::id(340);
    for reader in ["pyiceberg", "duckdb"] {
        let mut command = client(&api, reader, "customers").unwrap();
        command.arg(format!("_id >= '{from}'"));
        let found = said(command).await;
        assert_eq!((found.ids, found.tables), (customers::ids(340..350), vec!["customers".to_owned()]), "{reader}");
    }
    let by_id = said(client(&api, "pyiceberg", &pipeline.dataset).unwrap()).await;
    assert_eq!(by_id.ids, customers::ids(0..350), "the id of the dataset is a name too");
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_can_open_the_lake_are_sent_there_where_that_is_set() {
    let server_settings = "iceberg_locations = \"file\"";
    let lakehead = Lakehead::start(Options { server_settings, ..Options::default() }).await;
    let api = lakehead.api().await;
    let dataset = dataset(&api, "People").await;
    land(&api, &dataset, &["a", "b"]).await;
    for reader in ["pyiceberg", "duckdb"] {
        let Some(command) = client(&api, reader, "people") else { return };
        let found = said(command).await;
        assert_eq!(found.ids, ["a", "b"], "{reader}");
        assert!(reader == "duckdb" || found.location.starts_with("file:///"), "{}", found.location);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_read_as_it_grows_and_after_rows_were_taken_back() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let schema = tutorial::schema(&api, "People").await;
    let dataset = tutorial::dataset(&api, "People", &schema).await;
    let Some(command) = client(&api, "pyiceberg", "people") else { return };
    let empty = said(command).await;
    assert_eq!((empty.ids.len(), empty.snapshots), (0, 0));

    let first = land(&api, &dataset, &["a", "b"]).await;
    let encoded: String = url::form_urlencoded::byte_serialize(schema.as_bytes()).collect();
    let group = json!([{"op": "add", "path": "/allOf/-", "value": {"$ref": "https://ns.adobe.com/xdm/context/profile-work-details"}}]);
    let path = format!("{SCHEMA_REGISTRY}/tenant/schemas/{encoded}");
    api.patch_without_if_match(&path, &group).await.expect(200);
    land(&api, &dataset, &["c"]).await;
    let grown = said(client(&api, "pyiceberg", "people").unwrap()).await;
    assert_eq!((grown.ids, grown.snapshots), (vec!["a".into(), "b".into(), "c".into()], 2));
    let new = grown.columns.iter().any(|column| column.starts_with("workEmail"));
    assert!(new && !empty.columns.iter().any(|column| column.starts_with("workEmail")), "{:?}", grown.columns);

    act(&api, &first, "REVERT").await.expect(200);
    has_become(&api, &first, "inactive").await;
    for reader in ["pyiceberg", "duckdb"] {
        assert_eq!(said(client(&api, reader, "people").unwrap()).await.ids, ["c"], "{reader}");
    }
    api.delete(&format!("{CATALOG}/dataSets/{dataset}")).await.expect(200);
    let output = client(&api, "pyiceberg", "people").unwrap().output().await.unwrap();
    assert!(!output.status.success(), "the table has gone with its dataset");
}

/// Runs commit while a client reads the table over and over: each time it sees a prefix of the batches, whole.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_whole_commits_only() {
    if environment::provided("TEST_PYTHON").is_none() {
        return;
    }
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let dataset = dataset(&api, "People").await;
    let mut command = client(&api, "polling", "people").unwrap();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut reader = command.spawn().unwrap();
    let mut words = BufReader::new(reader.stderr.take().unwrap()).lines();
    assert_eq!(words.next_line().await.unwrap().as_deref(), Some("seen 0"), "the reader has begun");
    let mut states = vec![Vec::new()];
    for number in 0..5 {
        let ids = [format!("{number}-a"), format!("{number}-b"), format!("{number}-c")];
        land(&api, &dataset, &ids.each_ref().map(String::as_str)).await;
        states.push(states.last().into_iter().flatten().cloned().chain(ids).collect());
        if number == 2 {
            // Not at the end: the reader reads while there is more to come.
            eventually("the reader has seen rows", async || {
                let word = words.next_line().await.unwrap().expect("the reader goes on");
                (word != "seen 0").then_some(())
            })
            .await;
        }
    }
    reader.stdin.take().unwrap().write_all(b"enough\n").await.unwrap();
    tokio::spawn(async move { while let Ok(Some(_)) = words.next_line().await {} });
    let output = reader.wait_with_output().await.unwrap();
    assert!(output.status.success());
    let found: super::Found = serde_json::from_slice(&output.stdout).unwrap();
    for seen in &found.seen {
        assert!(states.contains(seen), "no commit has left the table so: {seen:?}");
    }
    assert_eq!(found.seen.last(), states.last());
}
