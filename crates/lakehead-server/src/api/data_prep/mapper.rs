//! `/schemas` and `/samples`: what only mappings know of a source.

use axum::Json;
use axum::extract::State;
use lakehead_model::mapper::{Mapper, MapperResource, MapperSample, SampleContent, SchemaContent};
use lakehead_store::{Document, Tx};
use serde_json::{Value, json};

use super::query;
use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Most schemas, and most samples, of a sandbox: each may be 1 MiB.
const MAX_RESOURCES: u64 = 10_000;

/// `GET /schemas`, `GET /samples`: newest first.
pub(super) async fn list<C: Mapper>(caller: Caller, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>>
where
    MapperResource<C>: Document,
{
    let (start, limit) = query::window(&query)?;
    let found = app.store.read().await?.window::<MapperResource<C>>(&caller.scope, start, limit).await?;
    let data: Vec<Value> = found.iter().map(MapperResource::to_wire).collect();
    Ok(Json(json!({ "data": data, "_page": { "count": data.len(), "limit": limit } })))
}

/// `POST /schemas`, `POST /samples`
pub(super) async fn create<C: Mapper>(
    caller: Caller,
    State(app): State<App>,
    JsonBody(body): JsonBody,
) -> Answer<Json<Value>>
where
    MapperResource<C>: Document,
{
    store(&caller, &app, C::parse(&body)?).await
}

/// `POST /schemas/upload`, `POST /samples/upload`: the body is the file.
pub(super) async fn upload<C: Mapper>(
    caller: Caller,
    State(app): State<App>,
    JsonBody(body): JsonBody,
) -> Answer<Json<Value>>
where
    MapperResource<C>: Document,
{
    store(&caller, &app, C::from_file(&body)?).await
}

async fn store<C: Mapper>(caller: &Caller, app: &App, content: C) -> Answer<Json<Value>>
where
    MapperResource<C>: Document,
{
    let resource = MapperResource::new(content, &caller.scope, &caller.actor, app.clock.now_ms());
    let mut tx = caller.write(app).await?;
    if tx.count::<MapperResource<C>>(&caller.scope).await? >= MAX_RESOURCES {
        let message = format!("`{}`: a sandbox holds at most {MAX_RESOURCES}; replace one that is there", name::<C>());
        return Err(Problem::new("MAPPER-1001-400", message));
    }
    tx.insert(&caller.scope, &resource).await?;
    tx.commit().await?;
    Ok(Json(resource.to_wire()))
}

/// `GET /schemas/{id}`, `GET /samples/{id}`
pub(super) async fn get<C: Mapper>(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Answer<Json<Value>>
where
    MapperResource<C>: Document,
{
    Ok(Json(find::<C>(&mut app.store.read().await?, &caller, &id).await?.to_wire()))
}

/// `PUT /schemas/{id}`, `PUT /samples/{id}`
pub(super) async fn replace<C: Mapper>(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Answer<Json<Value>>
where
    MapperResource<C>: Document,
{
    let content = C::parse(&body)?;
    let mut tx = caller.write(&app).await?;
    let before = find::<C>(&mut tx, &caller, &id).await?;
    let after = before.replaced(content, &caller.actor, app.clock.now_ms());
    tx.replace(&caller.scope, &after, &before.etag).await?;
    tx.commit().await?;
    Ok(Json(after.to_wire()))
}

/// A schema or sample of the caller.
async fn find<C: Mapper>(tx: &mut Tx, caller: &Caller, id: &str) -> Answer<MapperResource<C>>
where
    MapperResource<C>: Document,
{
    let found = tx.get::<MapperResource<C>>(&caller.scope, id).await?;
    found.ok_or_else(|| {
        let (name, id) = (name::<C>(), shorten(id));
        Problem::new("MAPPER-1406-404", format!("`{id}` is not found in `{name}`; check the id and the sandbox"))
    })
}

const fn name<C: Mapper>() -> &'static str {
    if C::IS_SAMPLE { "samples" } else { "schemas" }
}

/// The columns that a sample shows.
pub(super) async fn sample_columns(tx: &mut Tx, caller: &Caller, id: &str) -> Answer<Vec<String>> {
    let sample: MapperSample = find::<SampleContent>(tx, caller, id).await?;
    Ok(sample.content.columns())
}

/// A schema of the mapper.
pub(super) async fn schema(tx: &mut Tx, caller: &Caller, id: &str) -> Answer<SchemaContent> {
    Ok(find::<SchemaContent>(tx, caller, id).await?.content)
}
