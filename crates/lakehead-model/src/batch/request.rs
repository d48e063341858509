//! A batch that a client makes to upload files into: what the request may say, and how its files are read.

use serde_json::{Value, json};

use crate::body::{self, Object};
use crate::flow::MappingRef;
use crate::format::{DataFormat, FormatKind, parse_column_delimiter, parse_encoding};
use crate::{Actor, Invalid, Scope};

use super::{BatchStatus, MAX_PREDECESSORS};

/// Code of a request that cannot be used.
const BAD_BATCH: &str = "INGEST-9001-400";
/// Tag that names the mapping set the rows go through.
const MAPPER_TAG: &str = "aep_sip_mapper";
/// Tags that say how errors are treated, as clients of the Catalog write them.
const DIAGNOSTICS_TAG: &str = "acp_enableErrorDiagnostics";
const PERCENT_TAG: &str = "acp_partialIngestionPercent";

/// A request for a new batch.
#[derive(Clone, Debug, PartialEq)]
pub struct NewBatch {
    /// The dataset that the rows go to.
    pub dataset_id: String,
    /// How its files are read.
    pub format: DataFormat,
    /// Batches whose rows go when its own come.
    pub predecessors: Vec<String>,
    /// What is kept of the request as it was sent.
    kept: Object,
}

/// How the files of a batch are read and how its errors are treated: what its document says.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchPlan {
    /// How its files are read.
    pub format: DataFormat,
    /// The mapping set that the rows go through; without one, fields are taken by name.
    pub mapping: Option<MappingRef>,
    /// Share of failed records, in percent, that is tolerated; `None` tolerates none.
    pub partial_ingestion_percent: Option<f64>,
    /// Whether rows are explained one by one.
    pub diagnostics: bool,
    /// Batches whose rows go when its own come.
    pub predecessors: Vec<String>,
}

impl NewBatch {
    /// Reads a request body. Every broken rule is `INGEST-9001-400`.
    pub fn parse(body: &Value) -> Result<Self, Invalid> {
        Self::read(body).map_err(|error| Invalid { code: BAD_BATCH, ..error })
    }

    fn read(body: &Value) -> Result<Self, Invalid> {
        body::check_size(body, "body")?;
        let root = body::root(body)?;
        let dataset_id = body::text(root, "datasetId", "datasetId")?.trim().to_owned();
        let mut kept = Object::new();
        for name in ["externalId", "inputFormat", "replay", "tags"] {
            if let Some(value) = body::member(root, name) {
                kept.insert(name.to_owned(), value.clone());
            }
        }
        body::opt_text(root, "externalId", "externalId")?;
        if let Some(percent) = percent(root)? {
            kept.insert("partialIngestionPercent".to_owned(), json!(percent));
        }
        if let Some(flag) = body::opt_flag(root, "enableErrorDiagnostics", "enableErrorDiagnostics")? {
            kept.insert("enableErrorDiagnostics".to_owned(), json!(flag));
        }
        kept.entry("inputFormat").or_insert_with(|| json!({"format": "parquet"}));
        // What the document says is what the run reads later, so it is read once here.
        let plan = BatchPlan::of(&Value::Object(kept.clone()))?;
        Ok(Self { dataset_id, format: plan.format, predecessors: plan.predecessors, kept })
    }

    /// The document of the new batch.
    pub fn to_document(&self, id: &str, scope: &Scope, actor: &Actor, now_ms: i64) -> Value {
        let mut document = json!({
            "id": id, "imsOrg": scope.org, "sandboxId": scope.sandbox_id, "status": BatchStatus::Loading.as_str(),
            "created": now_ms, "updated": now_ms, "createdClient": actor.client, "createdUser": actor.user,
            "updatedUser": actor.user, "version": "1.0.0",
            "relatedObjects": [{"type": "dataSet", "id": self.dataset_id}, {"type": "batch", "id": id}],
            "tags": {}, "metrics": {}, "errors": [],
        });
        for (name, value) in &self.kept {
            document[name.as_str()] = value.clone();
        }
        document
    }
}

impl BatchPlan {
    /// Reads the document of a batch.
    ///
    /// # Errors
    /// A member has a value that cannot be used. A document that a request made has none.
    pub fn of(document: &Value) -> Result<Self, Invalid> {
        let root = body::root(document)?;
        let no_tags = Object::new();
        let tags = body::opt_object(root, "tags", "tags")?.unwrap_or(&no_tags);
        let mapping = tags.get(MAPPER_TAG).map(mapping).transpose()?;
        let mut percent = percent(root)?;
        if percent.is_none() {
            percent = tags.get(PERCENT_TAG).and_then(|tag| body::as_number(tag.get(0).unwrap_or(tag)));
        }
        let mut diagnostics = body::opt_flag(root, "enableErrorDiagnostics", "enableErrorDiagnostics")?;
        if diagnostics.is_none() {
            diagnostics = tags.get(DIAGNOSTICS_TAG).and_then(|tag| body::as_flag(tag.get(0).unwrap_or(tag)));
        }
        Ok(Self {
            format: format(root, mapping.is_some())?,
            mapping,
            partial_ingestion_percent: percent,
            // To tolerate rows without saying which would lose them.
            diagnostics: diagnostics.unwrap_or(false) || percent.is_some(),
            predecessors: predecessors(root)?,
        })
    }
}

/// `partialIngestionPercent`, or `partialIngestionPercentage` as older clients write it.
fn percent(root: &Object) -> Result<Option<f64>, Invalid> {
    for name in ["partialIngestionPercent", "partialIngestionPercentage"] {
        if let Some(value) = body::member(root, name) {
            let percent = body::as_number(value).filter(|percent| (0.0..=100.0).contains(percent));
            return percent.map(Some).ok_or_else(|| Invalid::value(name, "give a number from 0 to 100"));
        }
    }
    Ok(None)
}

fn format(root: &Object, mapped: bool) -> Result<DataFormat, Invalid> {
    let no_members = Object::new();
    let input = body::opt_object(root, "inputFormat", "inputFormat")?.unwrap_or(&no_members);
    let name = body::opt_text(input, "format", "inputFormat.format")?.unwrap_or_else(|| "parquet".to_owned());
    let kind = match name.trim().to_ascii_lowercase().as_str() {
        "json" => FormatKind::Json,
        "csv" => FormatKind::Delimited,
        "parquet" if mapped => FormatKind::Parquet,
        "parquet" => FormatKind::ParquetXdm,
        "avro" => FormatKind::Avro,
        _ => return Err(Invalid::value("inputFormat.format", "choose `json`, `csv`, `parquet` or `avro`")),
    };
    let mut format = DataFormat::new(kind);
    if kind == FormatKind::Delimited {
        delimited(input, &mut format)?;
    }
    Ok(format)
}

/// The settings of delimited files.
fn delimited(input: &Object, format: &mut DataFormat) -> Result<(), Invalid> {
    if let Some(delimiter) = setting(input, "delimiter")? {
        format.column_delimiter = parse_column_delimiter(&delimiter, "inputFormat.delimiter")?;
    }
    if let Some(charset) = setting(input, "charset")? {
        format.encoding = parse_encoding(&charset, "inputFormat.charset")?;
    }
    format.declare_dialect(input, "inputFormat")
}

/// A setting, given as text or as a list of one; empty is absent.
fn setting(input: &Object, name: &str) -> Result<Option<String>, Invalid> {
    let path = format!("inputFormat.{name}");
    let text = match body::member(input, name) {
        Some(Value::Array(items)) => match items.as_slice() {
            [] => None,
            [Value::String(text)] => Some(text.clone()),
            _ => return Err(Invalid::value(&path, "give one text")),
        },
        _ => body::opt_text(input, name, &path)?,
    };
    Ok(text.filter(|text| !text.is_empty()))
}

/// `["mapping-set-id:{id}", "mapping-set-version:{n}"]`
fn mapping(tag: &Value) -> Result<MappingRef, Invalid> {
    let part = |prefix: &str| {
        let items = tag.as_array().map(Vec::as_slice).unwrap_or_default();
        items.iter().filter_map(Value::as_str).find_map(|text| text.strip_prefix(prefix)).map(str::trim)
    };
    let cure = "give `mapping-set-id:{id}` and `mapping-set-version:{n}`";
    let path = format!("tags.{MAPPER_TAG}");
    let id = part("mapping-set-id:").filter(|id| !id.is_empty()).ok_or_else(|| Invalid::value(&path, cure))?;
    let version = part("mapping-set-version:").unwrap_or("0").parse().map_err(|_| Invalid::value(&path, cure))?;
    Ok(MappingRef { id: id.to_owned(), version })
}

/// Ids of the batches that this one replaces; some clients write `$` before them.
fn predecessors(root: &Object) -> Result<Vec<String>, Invalid> {
    let Some(replay) = body::opt_object(root, "replay", "replay")? else { return Ok(Vec::new()) };
    let Some(list) = body::member(replay, "predecessors") else { return Ok(Vec::new()) };
    let cure = "a list of ids of batches is expected";
    let items = list.as_array().ok_or_else(|| Invalid::value("replay.predecessors", cure))?;
    if items.len() > MAX_PREDECESSORS {
        let cure = format!("at most {MAX_PREDECESSORS} batches are replaced by one");
        return Err(Invalid::value("replay.predecessors", &cure));
    }
    let mut ids = Vec::with_capacity(items.len());
    for item in items {
        let id = item.as_str().map(|id| id.trim().trim_start_matches('$')).filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| Invalid::value("replay.predecessors", cure))?.to_owned();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_request_says_is_what_the_run_reads() {
        let body = json!({"datasetId": "d", "inputFormat": {"format": "CSV", "delimiter": ["\\t"], "charset": "utf-8"},
            "tags": {"aep_sip_mapper": ["mapping-set-id:m", "mapping-set-version:2"]},
            "partialIngestionPercentage": "5", "replay": {"predecessors": ["$a", "b", "a"], "reason": "replace"}});
        let batch = NewBatch::parse(&body).unwrap();
        let scope = Scope { org: "o".into(), sandbox_id: "s".into(), sandbox_name: "prod".into() };
        let document = batch.to_document("1", &scope, &Actor { user: "u".into(), client: "c".into() }, 7);
        assert_eq!(document["relatedObjects"][0], json!({"type": "dataSet", "id": "d"}));
        assert_eq!((&document["status"], &document["created"]), (&json!("loading"), &json!(7)));
        let plan = BatchPlan::of(&document).unwrap();
        assert_eq!((plan.format.kind, plan.format.column_delimiter), (FormatKind::Delimited, b'\t'));
        assert_eq!(plan.mapping, Some(MappingRef { id: "m".into(), version: 2 }));
        assert_eq!((plan.partial_ingestion_percent, plan.diagnostics), (Some(5.0), true));
        assert_eq!(plan.predecessors, ["a", "b"]);
    }

    #[test]
    fn a_batch_without_a_format_is_parquet_of_the_schema() {
        let batch = NewBatch::parse(&json!({"datasetId": "d"})).unwrap();
        assert_eq!(batch.format.kind, FormatKind::ParquetXdm);
    }

    #[test]
    fn what_cannot_be_used_is_refused_by_name() {
        for (body, name) in [
            (json!([]), "body"),
            (json!({"inputFormat": {"format": "json"}}), "datasetId"),
            (json!({"datasetId": "d", "inputFormat": {"format": "xls"}}), "inputFormat.format"),
            (json!({"datasetId": "d", "inputFormat": "json"}), "inputFormat"),
            (json!({"datasetId": "d", "inputFormat": {"format": "csv", "quote": "''"}}), "inputFormat.quote"),
            (json!({"datasetId": "d", "inputFormat": {"format": "csv", "header": "perhaps"}}), "inputFormat.header"),
            (
                json!({"datasetId": "d", "inputFormat": {"format": "csv", "delimiter": ["a", "b"]}}),
                "inputFormat.delimiter",
            ),
            (json!({"datasetId": "d", "partialIngestionPercent": 101}), "partialIngestionPercent"),
            (json!({"datasetId": "d", "tags": {"aep_sip_mapper": ["x"]}}), "tags.aep_sip_mapper"),
            (json!({"datasetId": "d", "replay": {"predecessors": [5]}}), "replay.predecessors"),
        ] {
            let error = NewBatch::parse(&body).unwrap_err();
            assert_eq!(error.code, BAD_BATCH, "{body}");
            assert!(error.message.contains(&format!("`{name}`")), "{}", error.message);
        }
    }
}
