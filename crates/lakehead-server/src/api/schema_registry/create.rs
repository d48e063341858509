//! `POST /tenant/{type}`: schemas, field groups, classes and data types of the tenant.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use lakehead_engine::schemas;
use lakehead_model::xdm::ResourceType;
use lakehead_model::xdm::resource::{NewResourceContext, XdmResource};
use lakehead_store::Tx;

use super::{lookup, scan, unions};
use crate::api::body::JsonBody;
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Makes a resource. Titles are unique in a sandbox.
pub(super) async fn create(
    caller: Caller,
    State(app): State<App>,
    Path((container, kind)): Path<(String, String)>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    let kind = lookup::resource_type(&kind)?;
    writable(&container)?;
    if kind == ResourceType::Behaviors {
        return Err(Problem::new(
            "XDM-9102-400",
            "`behaviors` are standard and cannot be made; refer to one of them in a class",
        ));
    }
    let mut tx = caller.write(&app).await?;
    let parts = schemas::closure(&mut tx, &caller.scope, &body).await?;
    let resource = XdmResource::new(kind, body, &context(&caller, &app), &|id| parts.get(id).cloned())?;
    title_is_free(&mut tx, &caller, &resource.title).await?;
    scan::room_for(&mut tx, &caller, 1).await?;
    tx.insert(&caller.scope, &resource).await?;
    if kind == ResourceType::Schemas {
        // Nothing refers to the others yet.
        unions::fit(&mut tx, &caller, &[&resource]).await?;
    }

    let place = format!("{}{}/tenant/{}/{}", app.public_url, super::BASE, kind.as_str(), resource.alt_id);
    let mut response = lookup::answer(resource.body, &headers);
    *response.status_mut() = StatusCode::CREATED;
    if let Ok(place) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    caller.commit(&app, tx, response).await
}

/// Only the tenant's container is written to.
pub(super) fn writable(container: &str) -> Answer<()> {
    match container {
        "tenant" => Ok(()),
        "global" => Err(Problem::new("XDM-9103-403", "the `global` container is read-only; use `tenant`")),
        other => Err(lookup::no_container(other)),
    }
}

/// Where and by whom a resource is made or changed.
pub(super) fn context<'a>(caller: &'a Caller, app: &App) -> NewResourceContext<'a> {
    NewResourceContext {
        tenant_id: &caller.tenant,
        scope: &caller.scope,
        sandbox_type: &caller.sandbox_type,
        actor: &caller.actor,
        now_ms: app.clock.now_ms(),
    }
}

/// No other resource of the sandbox may have the title.
pub(super) async fn title_is_free(tx: &mut Tx, caller: &Caller, title: &str) -> Answer<()> {
    let Some(other) = tx.get_named::<XdmResource>(&caller.scope, title).await? else { return Ok(()) };
    let title = shorten(title);
    let message = format!("Title must be unique. `{}` already has the title `{title}`; choose another", other.id);
    Err(Problem::new("XDM-3005-400", message))
}
