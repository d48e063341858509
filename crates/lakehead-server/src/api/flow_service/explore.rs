//! `GET /connections/{id}/explore`: what could be ingested, and how a file begins.

use axum::Json;
use axum::extract::State;
use lakehead_connect::connector::{Connector, Place};
use lakehead_connect::connectors;
use lakehead_connect::login::Login;
use lakehead_engine::preview::PreviewError;
use lakehead_model::Invalid;
use lakehead_model::format::{Compression, DataFormat, Encoding, FormatKind, parse_column_delimiter};
use lakehead_store::SecretUse;
use serde_json::{Value, json};

use super::connections;
use crate::api::body::QueryPairs;
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Rows of a preview.
const PREVIEW_ROWS: usize = 100;

/// Lists a folder, or shows columns and first rows of a file.
pub(super) async fn explore(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    query: QueryPairs,
) -> Answer<Json<Value>> {
    let query = tidied(query);
    let (connection, login) = connections::open(&app, &caller, &id, SecretUse::Explore).await?;
    let Some(connector) = connectors::by_spec_id(&connection.connection_spec.id) else {
        return Err(invalid(
            "CONNECTOR-1336-400",
            format!("connection `{}` cannot be explored, it has no files; explore one of a source", connection.id),
        ));
    };
    let object_type = query
        .get("objectType")
        .ok_or_else(|| invalid("CONNECTOR-1359-400", "`objectType` is missing; use `root`, `folder` or `file`"))?;
    match object_type.to_ascii_lowercase().as_str() {
        "root" => entries(&app, connector, &login, &Place::Root).await,
        "folder" => {
            let object = object(&query)?;
            let place = if object == "root" || object == "/" { Place::Root } else { Place::Folder(object.to_owned()) };
            entries(&app, connector, &login, &place).await
        }
        "file" => file(&app, &connection.connection_spec.id, &login, &query).await,
        other => {
            let other = shorten(other);
            Err(invalid("CONNECTOR-1358-400", format!("`objectType` `{other}` is not one of root, folder, file")))
        }
    }
}

async fn entries(app: &App, connector: &dyn Connector, login: &Login, place: &Place) -> Answer<Json<Value>> {
    Ok(Json(json!(connector.explore(login, place, &app.net).await?)))
}

async fn file(app: &App, spec_id: &str, login: &Login, query: &QueryPairs) -> Answer<Json<Value>> {
    let path = object(query)?;
    let format = format(query)?;
    let preview =
        app.engine.preview(spec_id, login, path, &format, PREVIEW_ROWS).await.map_err(|error| match error {
            // The caller knows the file by the path it gave.
            PreviewError::File { message, .. } => PreviewError::File { key: path.to_owned(), message },
            other => other,
        })?;
    let nested = !matches!(format.kind, FormatKind::Delimited);
    let columns: Vec<Value> = preview.columns.iter().map(|column| describe(&column.name, &column.ty)).collect();
    let mut answer = json!({
        "format": if nested { "hierarchical" } else { "flat" },
        "schema": { "columns": columns },
    });
    if query.get("preview").is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        answer["data"] = Value::Array(preview.rows.into_iter().map(Value::Object).collect());
    }
    Ok(Json(answer))
}

/// A column as the explore answer shows it: its name, a plain type, and the XDM type.
fn describe(name: &str, xdm_type: &str) -> Value {
    let plain = match xdm_type {
        "byte" | "short" | "int" | "long" => "integer",
        "number" => "double",
        "date" | "date-time" => "string",
        other => other,
    };
    let schema = match xdm_type {
        "byte" | "short" | "int" | "long" => json!({ "type": "integer", "meta:xdmType": xdm_type }),
        "date" | "date-time" => json!({ "type": "string", "format": xdm_type }),
        other => json!({ "type": other }),
    };
    let mut column = json!({ "name": name, "type": plain, "xdm": schema });
    if matches!(xdm_type, "date" | "date-time") {
        column["meta:xdmType"] = xdm_type.into();
    }
    column
}

fn object(query: &QueryPairs) -> Answer<&str> {
    query.get("object").filter(|object| !object.is_empty()).ok_or_else(|| {
        invalid("CONNECTOR-1337-400", "`object` is missing; give the path of the folder or file, as explore lists it")
    })
}

fn format(query: &QueryPairs) -> Answer<DataFormat> {
    refuse_detection(query)?;
    let file_type = query
        .get("fileType")
        .ok_or_else(|| invalid("CONNECTOR-1399-400", "`fileType` is missing; use `delimited`, `json` or `parquet`"))?;
    let mut format = DataFormat::new(match file_type.to_ascii_lowercase().as_str() {
        "delimited" => FormatKind::Delimited,
        "json" => FormatKind::Json,
        "parquet" | "parquet_xdm" => FormatKind::Parquet,
        other => {
            let other = shorten(other);
            let message = format!("`fileType` `{other}` is not one of delimited, json, parquet");
            return Err(invalid("CONNECTOR-1396-400", message));
        }
    });
    if let Some(text) = query.get("columnDelimiter") {
        format.column_delimiter = parse_column_delimiter(text).ok_or_else(|| {
            invalid("CONNECTOR-1331-400", "`columnDelimiter` must be one character, or `\\t` for a tab")
        })?;
    }
    if let Some(text) = query.get("compressionType") {
        format.compression = compression(text)?;
    }
    if query.get("encoding").is_some_and(|text| text.eq_ignore_ascii_case("ISO-8859-1")) {
        format.encoding = Encoding::Latin1;
    }
    Ok(format)
}

fn compression(text: &str) -> Answer<Option<Compression>> {
    if text.is_empty() || text.eq_ignore_ascii_case("none") {
        return Ok(None);
    }
    Compression::parse(text).map(Some).ok_or_else(|| {
        let text = shorten(&text.to_ascii_lowercase());
        let message =
            format!("`compressionType` `{text}` is not one of gzip, deflate, bzip2, zipDeflate, tarGzip, tar");
        invalid("CONNECTOR-1312-400", message)
    })
}

/// Documented sample URLs have a stray semicolon at the end of a value. A path or a delimiter may end in one.
fn tidied(mut query: QueryPairs) -> QueryPairs {
    for (name, value) in &mut query.0 {
        if !matches!(name.to_ascii_lowercase().as_str(), "object" | "columndelimiter") {
            value.truncate(value.trim_end().trim_end_matches(';').len());
        }
    }
    query
}

/// Files of this source are read as the caller declares them.
fn refuse_detection(query: &QueryPairs) -> Answer<()> {
    if !query.get("determineProperties").is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        return Ok(());
    }
    if ["fileType", "compressionType", "columnDelimiter"].iter().any(|name| query.get(name).is_some()) {
        let message =
            "`determineProperties` and declared properties exclude each other; leave out `determineProperties`";
        return Err(invalid("CONNECTOR-1374-400", message));
    }
    let message = "`determineProperties` is not supported by this source; give `fileType`, and `columnDelimiter` or `compressionType` where needed";
    Err(invalid("CONNECTOR-1376-400", message))
}

fn invalid(code: &'static str, message: impl Into<String>) -> Problem {
    Invalid::new(code, message).into()
}
