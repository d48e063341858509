//! `/tenant/descriptors`: identities, labels and relationships of fields.

use std::collections::HashSet;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use lakehead_engine::schemas;
use lakehead_model::conditions::Conditions;
use lakehead_model::xdm::accept::Accept;
use lakehead_model::xdm::descriptor::{Descriptor, NewDescriptor};
use lakehead_model::xdm::unions;
use lakehead_store::Tx;
use serde_json::{Map, Value, json};

use super::list;
use super::lookup::{accept_header, answer};
use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Caller;
use crate::api::governance::labels;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Most descriptors of a sandbox.
const MAX_DESCRIPTORS: usize = 10_000;

/// `GET /tenant/descriptors`: by `@type`, or as one list in the `v2` forms.
pub(super) async fn list(
    caller: Caller,
    State(app): State<App>,
    headers: HeaderMap,
    query: QueryPairs,
) -> Answer<Response> {
    let accept = Accept::for_descriptor_list(accept_header(&headers))?;
    let all = all(&mut app.store.read().await?, &caller).await?;
    let wires = all.iter().map(|descriptor| wire(descriptor, &caller));
    let shown = |wire: Value| -> Value {
        if accept.id_only {
            wire["@id"].clone()
        } else if accept.link {
            json!(format!(
                "/{}/tenant/descriptors/{}",
                super::BASE.trim_matches('/'),
                wire["@id"].as_str().unwrap_or_default()
            ))
        } else {
            wire
        }
    };
    if accept.v2 {
        // Some clients ask for the second page over and over; there is one only for who asks for pages.
        let listing = list::parse(&query)?.whole();
        let mut page = listing.page();
        wires.for_each(|wire| page.offer(&wire, |wire| shown(wire.clone())));
        return Ok(answer(list::envelope(&app, page.finish(), "tenant/descriptors"), &headers));
    }
    let filter = Conditions::parse(query.all("property")).map_err(list::refused)?;
    let mut groups = Map::new();
    for wire in wires.filter(|wire| filter.matches(wire)) {
        let group = groups.entry(wire["@type"].as_str().unwrap_or_default().to_owned()).or_insert_with(|| json!([]));
        if let Some(group) = group.as_array_mut() {
            group.push(shown(wire));
        }
    }
    Ok(answer(Value::Object(groups), &headers))
}

/// `POST /tenant/descriptors`
pub(super) async fn create(caller: Caller, State(app): State<App>, JsonBody(body): JsonBody) -> Answer<Response> {
    let input = NewDescriptor::parse(&body)?;
    let mut tx = caller.write(&app).await?;
    check(&mut tx, &caller, &input, None).await?;
    let descriptor = Descriptor::new(input, &caller.actor, app.clock.now_ms());
    tx.insert(&caller.scope, &descriptor).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(wire(&descriptor, &caller))).into_response())
}

/// `GET /tenant/descriptors/{id}`; here `Accept` may be missing.
pub(super) async fn get(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    Accept::for_descriptor_lookup(accept_header(&headers).filter(|accept| *accept != "*/*"))?;
    let descriptor = find(&mut app.store.read().await?, &caller, &id).await?;
    Ok(answer(wire(&descriptor, &caller), &headers))
}

/// `PUT /tenant/descriptors/{id}`
pub(super) async fn replace(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    let input = NewDescriptor::parse(&body)?;
    let mut tx = caller.write(&app).await?;
    let before = find(&mut tx, &caller, &id).await?;
    check(&mut tx, &caller, &input, Some(&before)).await?;
    let after = before.replaced(input, &caller.actor, app.clock.now_ms());
    tx.replace(&caller.scope, &after, &before.etag).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(json!({ "@id": after.id }))).into_response())
}

/// `DELETE /tenant/descriptors/{id}`
pub(super) async fn delete(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<StatusCode> {
    let mut tx = caller.write(&app).await?;
    let descriptor = find(&mut tx, &caller, &id).await?;
    tx.delete::<Descriptor>(&caller.scope, &descriptor.id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The descriptors of a resource and of everything that it is composed of, as `-desc` shows them; of a union, those of
/// its schemas.
pub(super) async fn of_resource(tx: &mut Tx, caller: &Caller, body: &Value) -> Answer<Vec<Value>> {
    if body["meta:resourceType"] == unions::RESOURCE_TYPE {
        let extends = body["meta:extends"].as_array().into_iter().flatten();
        let ids: HashSet<&str> = extends.chain([&body["$id"]]).filter_map(Value::as_str).collect();
        let all = all(tx, caller).await?;
        return Ok(all
            .iter()
            .filter(|one| ids.contains(one.source_schema.as_str()))
            .map(|one| wire(one, caller))
            .collect());
    }
    let parts = schemas::closure(tx, &caller.scope, body).await?;
    let resources = std::iter::once(body).chain(parts.values());
    let found = lakehead_engine::labels::descriptors(tx, &caller.scope, resources).await?;
    Ok(found.iter().map(|one| wire(one, caller)).collect())
}

fn wire(descriptor: &Descriptor, caller: &Caller) -> Value {
    descriptor.to_wire(&caller.scope, &caller.sandbox_type)
}

async fn all(tx: &mut Tx, caller: &Caller) -> Answer<Vec<Descriptor>> {
    Ok(tx.newest(&caller.scope, MAX_DESCRIPTORS).await?)
}

async fn find(tx: &mut Tx, caller: &Caller, id: &str) -> Answer<Descriptor> {
    tx.get::<Descriptor>(&caller.scope, id).await?.ok_or_else(|| {
        let id = shorten(id);
        Problem::new("XDM-1012-404", format!("Requested resource {id} is not found; check the id and the sandbox"))
    })
}

/// Schema and fields have to be there; a schema has one primary identity, and a field one descriptor of a kind.
async fn check(tx: &mut Tx, caller: &Caller, input: &NewDescriptor, before: Option<&Descriptor>) -> Answer<()> {
    let bad = |message: String| Problem::new("XDM-9200-400", message);
    let schema = shorten(&input.source_schema);
    let Some(resolved) = schemas::resolved(tx, &caller.scope, &input.source_schema).await? else {
        return Err(bad(format!("`xdm:sourceSchema` `{schema}` does not exist in this sandbox; create it first")));
    };
    for property in &input.source_properties {
        if !exists(&resolved, property) {
            let property = shorten(property);
            return Err(bad(format!(
                "`xdm:sourceProperty` `{property}` is not a field of `{schema}`; correct the path"
            )));
        }
    }
    if let Some(label) = labels::unknown(tx, caller, input.labels()).await? {
        return Err(bad(format!(
            "`xdm:labels` has `{label}`, which does not exist in this sandbox; make the label first"
        )));
    }
    let others = all(tx, caller).await?;
    if before.is_none() && others.len() >= MAX_DESCRIPTORS {
        return Err(bad(format!("the sandbox has {MAX_DESCRIPTORS} descriptors already; delete some")));
    }
    let mut others = others.iter().filter(|other| {
        other.source_schema == input.source_schema && before.is_none_or(|before| before.id != other.id)
    });
    if input.is_primary_identity()
        && let Some(other) = others.clone().find(|other| other.is_primary_identity())
    {
        let message =
            format!("schema `{schema}` has a primary identity already, descriptor `{}`; replace that one", other.id);
        return Err(bad(message));
    }
    let same = others.find(|other| other.kind == input.kind && other.source_properties == input.source_properties);
    match same {
        Some(other) if !input.source_properties.is_empty() => Err(bad(format!(
            "descriptor `{}` says the same kind of thing of the same field; replace that one",
            other.id
        ))),
        _ => Ok(()),
    }
}

/// Whether a path such as `/person/name` leads to a field of a resolved schema; `*` goes to the items of an array.
fn exists(resolved: &Value, path: &str) -> bool {
    let mut node = resolved;
    for step in path.split('/').skip(1).filter(|step| !step.is_empty() && *step != "properties") {
        while node["items"].is_object() {
            node = &node["items"];
        }
        if node["properties"].get(step).is_none() && (step == "*" || step == "items") {
            continue;
        }
        node = if node["properties"].get(step).is_some() {
            &node["properties"][step]
        } else if node["additionalProperties"].is_object() {
            &node["additionalProperties"]
        } else {
            return false;
        };
    }
    true
}
