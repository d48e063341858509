//! The supervisor against workers that die, hang or break the protocol.

use std::path::PathBuf;
use std::sync::Mutex;

use lakehead_connect::net::EgressPolicy;
use lakehead_model::format::{DataFormat, FormatKind};
use lakehead_model::plan::PlannedObject;

use super::*;
use crate::worker::protocol::{Limits, PreviewJob, SourceAccess};

/// Speaks the protocol as a worker does. Dies of the object `poison`, hangs on `tar`, lands the others.
const WORKER: &str = r#"
read -r job
i=0
for key in $(printf '%s' "$job" | grep -o '"key":"[a-z]*"' | cut -d'"' -f4); do
  echo "{\"event\":\"begin\",\"index\":$i}"
  [ "$key" = poison ] && kill -ABRT $$
  [ "$key" = tar ] && exec sleep 1000
  echo "{\"event\":\"intent\",\"id\":$i,\"path\":\"file:///$key\"}"
  read -r ack
  [ "$ack" = "{\"ack\":$i}" ] || exit 3
  echo "{\"event\":\"progress\",\"rows\":3}"
  echo "{\"event\":\"landed\",\"objects\":[{\"index\":$i,\"rows_read\":3,\"rows_written\":2,\"rows_rejected\":1,\"bytes_read\":9,\"errors\":{\"E\":{\"count\":1,\"message\":\"m\"}},\"warnings\":{\"w\":2}}],\"files\":[{\"path\":\"file:///$key\",\"data_file_json\":\"{}\",\"records\":2,\"bytes\":5}]}"
  i=$((i+1))
done
echo "{\"event\":\"done\",\"row_error_files\":[],\"reported_rows\":1}"
"#;

#[derive(Default)]
struct Announced(Mutex<Vec<String>>);

#[async_trait]
impl Intents for Announced {
    async fn announce(&self, path: &str) -> Result<(), BoxError> {
        self.0.lock().unwrap().push(path.to_owned());
        Ok(())
    }
}

fn source() -> SourceAccess {
    SourceAccess { spec_id: "x".into(), login: String::new().into(), egress: EgressPolicy::default() }
}

fn job(keys: &[&str]) -> IngestJob {
    IngestJob {
        run_id: "r".into(),
        epoch: 1,
        attempt: 1,
        batch_id: "b".into(),
        ingest_time_ms: 0,
        source: source(),
        objects: keys.iter().map(|key| PlannedObject::pin("c", key, None, None, 1, 0)).collect(),
        format: DataFormat::new(FormatKind::Json),
        keys: None,
        mapping: None,
        fields: vec![],
        schema: serde_json::Value::Null,
        data_dir: PathBuf::new(),
        diagnostics_dir: PathBuf::new(),
        limits: Limits { stall_ms: 2000, ..Limits::default() },
        isolate: false,
    }
}

fn shell(script: &'static str) -> impl Fn() -> Command + Sync {
    move || {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }
}

fn landed(staged: &Staged) -> Vec<bool> {
    staged.objects.iter().map(|object| matches!(object, ObjectOutcome::Landed { .. })).collect()
}

fn reason(outcome: &ObjectOutcome) -> &str {
    match outcome {
        ObjectOutcome::Failed { message, .. } => message,
        ObjectOutcome::Landed { .. } => "landed",
    }
}

#[tokio::test]
async fn an_object_that_kills_its_worker_fails_alone() {
    let (announced, rows_read) = (Announced::default(), AtomicU64::new(0));
    let keys = ["a", "poison", "b", "poison", "c"];
    let staged = stage_with(&shell(WORKER), job(&keys), &announced, &rows_read).await.unwrap();
    assert_eq!(landed(&staged), [true, false, true, false, true]);
    assert!(reason(&staged.objects[1]).contains("signal 6"), "{:?}", staged.objects[1]);
    assert!(reason(&staged.objects[1]).contains("512 MiB"));
    assert_eq!(*announced.0.lock().unwrap(), ["file:///a", "file:///b", "file:///c"], "none is read twice");
    assert_eq!(staged.data_files.len(), 3);
    assert_eq!(rows_read.into_inner(), 9, "rows are counted while they are read");
    assert_eq!((staged.errors_by_code["E"].count, staged.warnings["w"]), (3, 6));
}

#[tokio::test]
async fn an_object_that_hangs_its_worker_fails_alone() {
    let staged =
        stage_with(&shell(WORKER), job(&["a", "tar", "b"]), &Announced::default(), &AtomicU64::new(0)).await.unwrap();
    assert_eq!(landed(&staged), [true, false, true]);
    assert!(reason(&staged.objects[1]).contains("no sign of life"), "{:?}", staged.objects[1]);
}

#[tokio::test]
async fn a_program_that_is_no_worker_is_an_error_and_no_loop() {
    for script in
        ["exit 1", "echo nonsense", "read job; echo '{\"event\":\"done\",\"row_error_files\":[],\"reported_rows\":0}'"]
    {
        let result = stage_with(&shell(script), job(&["a"]), &Announced::default(), &AtomicU64::new(0)).await;
        assert!(result.is_err(), "{script}: {result:?}");
    }
    let error = stage(Path::new("/nonexistent/lakehead"), job(&["a"]), &Announced::default(), &AtomicU64::new(0))
        .await
        .unwrap_err();
    assert!(matches!(error, StageError::Process(_)), "{error}");
}

#[tokio::test]
async fn a_preview_survives_its_worker() {
    let object = PlannedObject::pin("c", "k", None, None, 1, 0);
    let job = PreviewJob { source: source(), object, format: None, limit: 1, counts: false, memory_bytes: 64 << 20 };
    let show = |script| preview_with(shell(script)(), job.clone());
    let error = show("read job; kill -ABRT $$").await.unwrap_err().to_string();
    assert!(error.contains("signal 6") && error.contains("64 MiB"), "{error}");
    let good = "read job; echo '{\"event\":\"preview\",\"preview\":{\"format\":{\"kind\":\"json\",\"columnDelimiter\":44,\"encoding\":\"UTF-8\",\"compression\":null},\"columns\":[],\"rows\":[{\"a\":1}]}}'";
    assert_eq!(show(good).await.unwrap().rows.len(), 1);
}
