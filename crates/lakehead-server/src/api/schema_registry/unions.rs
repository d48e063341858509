//! `/tenant/unions`: for each class, the schema of all schemas that are enabled for it.

use std::collections::{HashMap, HashSet};

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use lakehead_engine::schemas;
use lakehead_model::xdm::accept::Accept;
use lakehead_model::xdm::resource::XdmResource;
use lakehead_model::xdm::unions::{self, EVENTS, Member, Place, SUFFIX};
use lakehead_model::xdm::{ResourceType, resolve};
use lakehead_store::Tx;
use serde_json::Value;

use super::{list, lookup, scan};
use crate::api::body::QueryPairs;
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::Answer;
use crate::app::App;

/// `GET /tenant/unions`
pub(super) async fn list(
    caller: Caller,
    State(app): State<App>,
    headers: HeaderMap,
    query: QueryPairs,
) -> Answer<Response> {
    let accept = Accept::for_list(lookup::accept_header(&headers))?;
    let listing = list::parse(&query)?;
    let mut page = listing.page();
    let mut tx = app.store.read().await?;
    let classes = unions::by_class(members(&mut tx, &caller).await?);
    let events = classes.contains_key(EVENTS);
    for (class, members) in &classes {
        if let Some(class) = schemas::raw(&mut tx, &caller.scope, class).await? {
            let body = unions::body(&class, members, events, place(&caller));
            page.offer(&body, |body| list::shown(body, &accept));
        }
    }
    Ok(lookup::answer(list::envelope(&app, page.finish(), "tenant/unions"), &headers))
}

/// `GET /tenant/unions/{id}`: by `$id` (URL-encoded) or `meta:altId`.
pub(super) async fn get(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    let accept = Accept::for_lookup(lookup::accept_header(&headers))?;
    let mut tx = app.store.read().await?;
    let body = find(&mut tx, &caller, &id).await?;
    let body = body.filter(|_| accept.version == Some(1)).ok_or_else(|| lookup::not_found(&id, accept.version))?;
    Ok(lookup::answer(lookup::shown(&mut tx, &caller, body, &accept).await?, &headers))
}

/// The raw union of this id; `None` where the id names no union, or no schema of the class is enabled.
pub(super) async fn find(tx: &mut Tx, caller: &Caller, id: &str) -> Answer<Option<Value>> {
    let Some(class) = unions::class_of(id) else { return Ok(None) };
    let Some(class) = schemas::raw(tx, &caller.scope, class).await? else { return Ok(None) };
    let mut classes = unions::by_class(members(tx, caller).await?);
    let events = classes.contains_key(EVENTS);
    let members = class["$id"].as_str().and_then(|class| classes.remove(class));
    Ok(members.map(|members| unions::body(&class, &members, events, place(caller))))
}

/// What a resource, which may be a union, refers to, by the reference's text.
pub(super) async fn closure(tx: &mut Tx, caller: &Caller, body: &Value) -> Answer<HashMap<String, Value>> {
    let mut parts = schemas::closure(tx, &caller.scope, body).await?;
    let events = format!("{EVENTS}{SUFFIX}");
    if body["meta:resourceType"] == unions::RESOURCE_TYPE
        && schemas::references(body).contains(&events)
        && let Some(union) = find(tx, caller, &events).await?
    {
        parts.extend(schemas::closure(tx, &caller.scope, &union).await?);
        parts.insert(events, union);
    }
    Ok(parts)
}

/// Refuses resources, which are stored already in the open transaction, that make an enabled schema contradict the other
/// schemas of its union.
pub(super) async fn fit(tx: &mut Tx, caller: &Caller, changed: &[&XdmResource]) -> Answer<()> {
    let enabled: HashSet<String> =
        changed.iter().filter_map(|one| Member::of(&one.body)).map(|member| member.class).collect();
    let parts: Vec<&&XdmResource> = changed.iter().filter(|one| one.resource_type != ResourceType::Schemas).collect();
    if enabled.is_empty() && parts.is_empty() {
        return Ok(());
    }
    let classes = unions::by_class(members(tx, caller).await?);
    let events = classes.contains_key(EVENTS);
    for (class, members) in classes.iter().filter(|(class, _)| !parts.is_empty() || enabled.contains(*class)) {
        let Some(body) = schemas::raw(tx, &caller.scope, class).await? else { continue };
        let union = unions::body(&body, members, events, place(caller));
        let known = closure(tx, caller, &union).await?;
        let has = |part: &XdmResource| known.contains_key(&part.id) || known.contains_key(&part.alt_id);
        if enabled.contains(class) || parts.iter().any(|part| has(part)) {
            resolve::resolve(&union, &|id| known.get(id).cloned())?;
        }
    }
    Ok(())
}

/// Every schema of the sandbox that is enabled for a union.
async fn members(tx: &mut Tx, caller: &Caller) -> Answer<Vec<Member>> {
    let mut found = Vec::new();
    let visit = |resource: XdmResource| {
        found.extend(
            Some(resource)
                .filter(|one| one.resource_type == ResourceType::Schemas)
                .and_then(|one| Member::of(&one.body)),
        );
    };
    scan::each(tx, caller, visit).await?;
    Ok(found)
}

fn place(caller: &Caller) -> Place<'_> {
    Place { scope: &caller.scope, sandbox_type: &caller.sandbox_type, tenant_id: &caller.tenant }
}
