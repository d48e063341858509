//! `PUT`, `PATCH` and `DELETE /tenant/{type}/{id}`. A schema that rows are stored by keeps its fields and may get more.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use lakehead_engine::schemas;
use lakehead_model::dataset::Dataset;
use lakehead_model::patch;
use lakehead_model::xdm::growth::{self, NotGrowth};
use lakehead_model::xdm::resource::XdmResource;
use lakehead_model::xdm::{Field, resolve, tree};
use lakehead_store::{DocumentKind, Tx};
use serde_json::{Value, json};

use super::{create, lookup, unions};
use crate::api::body::JsonBody;
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem};
use crate::app::App;

/// Datasets and resources that are looked through for what they use.
const MOST: usize = 20_000;

/// `PUT /tenant/{type}/{id}`
pub(super) async fn replace(
    caller: Caller,
    State(app): State<App>,
    Path(place): Path<(String, String, String)>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    change(&caller, &app, place, &headers, |_| Ok(body)).await
}

/// `PATCH /tenant/{type}/{id}`: JSON Patch, in whichever of its media types.
pub(super) async fn patch(
    caller: Caller,
    State(app): State<App>,
    Path(place): Path<(String, String, String)>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    let mut operations = patch::parse(&body).map_err(|invalid| Problem::new("XDM-9104-400", invalid.message))?;
    for operation in &mut operations {
        // Some clients enable a schema with this path and a single tag.
        if operation.steps == ["meta:immutableTags-"] {
            operation.steps = vec!["meta:immutableTags".to_owned()];
        }
        if operation.steps == ["meta:immutableTags"] && operation.value.is_string() {
            operation.value = json!([operation.value]);
        }
    }
    change(&caller, &app, place, &headers, |current| {
        const EVERYTHING: [&str; 1] = ["/**"];
        let missing =
            |name: &str| operations.iter().any(|operation| operation.steps[0] == name && operation.steps.len() > 1);
        let mut document = current.clone();
        for list in ["meta:immutableTags", "meta:extends", "allOf", "required"] {
            // What is added to a list that is not there yet begins it.
            if missing(list) && document.get(list).is_none() {
                document[list] = json!([]);
            }
        }
        patch::apply(&document, &operations, &EVERYTHING)
            .map_err(|invalid| Problem::new("XDM-9104-400", invalid.message))
    })
    .await
}

/// `DELETE /tenant/{type}/{id}`: refused while something is made of it.
pub(super) async fn delete(
    caller: Caller,
    State(app): State<App>,
    Path((container, kind, id)): Path<(String, String, String)>,
) -> Answer<StatusCode> {
    let mut tx = caller.write(&app).await?;
    let resource = current(&mut tx, &caller, &container, &kind, &id).await?;
    let others: Vec<XdmResource> = tx.newest(&caller.scope, MOST).await?;
    let uses = |other: &&XdmResource| schemas::references(&other.body).iter().any(|id| is(id, &resource));
    if let Some(other) = others.iter().filter(|other| other.id != resource.id).find(uses) {
        return Err(in_use(&resource, &format!("{} `{}`", other.resource_type.noun(), other.id)));
    }
    let datasets: Vec<Dataset> = tx.newest(&caller.scope, MOST).await?;
    if let Some(dataset) = datasets.iter().find(|dataset| is(&dataset.schema_ref.id, &resource)) {
        return Err(in_use(&resource, &format!("dataset `{}`", dataset.id)));
    }
    tx.delete::<XdmResource>(&caller.scope, &resource.alt_id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn in_use(resource: &XdmResource, user: &str) -> Problem {
    let noun = resource.resource_type.noun();
    Problem::new("XDM-9106-400", format!("{noun} `{}` is used by {user}; delete that first", resource.id))
}

fn is(id: &str, resource: &XdmResource) -> bool {
    id == resource.id || id == resource.alt_id
}

/// The tenant's resource, locked against new users.
async fn current(tx: &mut Tx, caller: &Caller, container: &str, kind: &str, id: &str) -> Answer<XdmResource> {
    let kind = lookup::resource_type(kind)?;
    create::writable(container)?;
    let found = tx.xdm_resource(&caller.scope, id).await?.filter(|resource| resource.resource_type == kind);
    let found = found.ok_or_else(|| lookup::not_found(id, None))?;
    tx.referrers(&caller.scope, (DocumentKind::XdmResource, &found.alt_id)).await?;
    // Read again: whoever held the lock may have changed it.
    tx.xdm_resource(&caller.scope, id).await?.ok_or_else(|| lookup::not_found(id, None))
}

async fn change(
    caller: &Caller,
    app: &App,
    (container, kind, id): (String, String, String),
    headers: &HeaderMap,
    body: impl FnOnce(&Value) -> Answer<Value>,
) -> Answer<Response> {
    let mut tx = caller.write(app).await?;
    let before = current(&mut tx, caller, &container, &kind, &id).await?;
    let body = body(&before.body)?;
    let parts = schemas::closure(&mut tx, &caller.scope, &body).await?;
    let after = before.replaced(body, &create::context(caller, app), &|id| parts.get(id).cloned())?;
    if after.title != before.title {
        create::title_is_free(&mut tx, caller, &after.title).await?;
    }
    keeps_tables(&mut tx, caller, &before, &after).await?;
    tx.replace(&caller.scope, &after, &before.etag).await?;
    unions::fit(&mut tx, caller, &[&after]).await?;
    tx.commit().await?;
    Ok(lookup::answer(after.body, headers))
}

/// Refuses a change that takes from a schema what a table has already. What comes to it, tables follow when the next
/// rows land.
async fn keeps_tables(tx: &mut Tx, caller: &Caller, before: &XdmResource, after: &XdmResource) -> Answer<()> {
    let mut checked = std::collections::HashSet::new();
    for dataset in tx.newest::<Dataset>(&caller.scope, MOST).await? {
        let id = &dataset.schema_ref.id;
        if !checked.insert(id.clone()) {
            continue;
        }
        let Some(body) = schemas::raw(tx, &caller.scope, id).await? else { continue };
        let parts = schemas::closure(tx, &caller.scope, &body).await?;
        if !is(id, before) && !parts.keys().any(|part| is(part, before)) {
            continue;
        }
        let was = fields(&body, &|id| parts.get(id).cloned())?;
        let root = if is(id, before) { &after.body } else { &body };
        // What the change brings in has to be found as well.
        let mut new_parts = schemas::closure(tx, &caller.scope, root).await?;
        new_parts.extend(schemas::closure(tx, &caller.scope, &after.body).await?);
        let found = |id: &str| if is(id, before) { Some(after.body.clone()) } else { new_parts.get(id).cloned() };
        if let Err(NotGrowth { path, why }) = growth::check(&was, &fields(root, &found)?) {
            let message = format!(
                "`{path}` of schema `{id}` {why}, and dataset `{}` stores rows of it; add fields only, or make a new schema \
                 and a new dataset",
                dataset.id
            );
            return Err(Problem::new("XDM-9105-400", message));
        }
    }
    Ok(())
}

fn fields(body: &Value, lookup: &dyn Fn(&str) -> Option<Value>) -> Answer<Vec<Field>> {
    Ok(tree::layout(&resolve::resolve(body, lookup)?)?)
}
