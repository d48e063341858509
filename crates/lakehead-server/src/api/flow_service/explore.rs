//! `GET /connections/{id}/explore`: what could be ingested, page by page, and how a file begins.

mod answer;
mod request;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use lakehead_connect::connector::{Connector, Part, Place};
use lakehead_connect::connectors;
use lakehead_connect::format::MAX_PREVIEW_ROWS;
use lakehead_connect::login::Login;
use lakehead_engine::preview::{PreviewError, Wanted};
use lakehead_model::{Invalid, specs};
use lakehead_store::SecretUse;
use serde_json::{Value, json};

use self::request::{File, Request};
use super::{BASE, connections};
use crate::api::body::QueryPairs;
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::Answer;
use crate::app::App;

/// Lists a folder, or shows columns and first rows of a file.
pub(super) async fn explore(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    query: QueryPairs,
) -> Answer<(HeaderMap, Json<Value>)> {
    let (connection, login) = connections::open(&app, &caller, &id, SecretUse::Explore).await?;
    let spec_id = &connection.connection_spec.id;
    let Some(connector) = connectors::by_spec_id(spec_id) else {
        let message =
            format!("connection `{}` cannot be explored, it has no files; explore one of a source", connection.id);
        return Err(Invalid::new("CONNECTOR-1336-400", message).into());
    };
    let spec = specs::connection_spec(&connection.connection_spec)?;
    match Request::parse(&query, &spec["attributes"])? {
        Request::Level { place, part } => {
            let links = Links { app: &app, connection: &connection.id.to_string(), query: &query };
            level(connector, &login, &place, &part, links).await
        }
        Request::File(wanted) => Ok((HeaderMap::new(), Json(file(&app, spec_id, &login, wanted).await?))),
    }
}

/// What the link to the next page is made of.
#[derive(Clone, Copy)]
struct Links<'a> {
    app: &'a App,
    connection: &'a str,
    query: &'a QueryPairs,
}

/// The documented answer is a plain array, so the next page is in the header `Link`.
async fn level(
    connector: &dyn Connector,
    login: &Login,
    place: &Place,
    part: &Part,
    links: Links<'_>,
) -> Answer<(HeaderMap, Json<Value>)> {
    let page = connector.explore(login, place, part, &links.app.net).await?;
    let mut headers = HeaderMap::new();
    if let Some(next) = &page.next {
        let query = request::following(links.query, next);
        let target = format!("{}{BASE}/connections/{}/explore?{query}", links.app.public_url, links.connection);
        if let Ok(link) = HeaderValue::from_str(&format!("<{target}>; rel=\"next\"")) {
            headers.insert(header::LINK, link);
        }
    }
    Ok((headers, Json(json!(page.entries))))
}

async fn file(app: &App, spec_id: &str, login: &Login, wanted: File) -> Answer<Value> {
    let File { path, format, rows, counts } = wanted;
    let wanted = Wanted { limit: MAX_PREVIEW_ROWS, counts };
    let shown = app.engine.preview(spec_id, login, &path, format, wanted).await;
    let preview = shown.map_err(|error| match error {
        // The caller knows the file by the path it gave.
        PreviewError::File { message, .. } => PreviewError::File { key: path, message },
        other => other,
    })?;
    Ok(answer::file(preview, rows))
}
