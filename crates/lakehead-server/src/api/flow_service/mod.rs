//! The Flow Service: connections, source and target connections, flows, runs and their specs.

mod action;
mod answers;
mod completeness;
mod connections;
mod encryption;
mod explore;
mod find;
mod flows;
pub(in crate::api) mod labels;
mod list;
mod runs;
mod search_body;
mod source_connections;
mod specs;
mod target_connections;

use lakehead_model::access::Permission::{Administer, ManageDatasets, ManageSources, ViewDatasets, ViewSources};

use super::openapi::parameters::{
    CONTINUATION, EXPLORE, FILTER, IF_MATCH, Kind, LIST, MAY_MATCH, MODE, NAMELESS_LIST, Parameter,
};
use super::routes::{Doc, Service};

/// Base path of the service.
pub(super) const BASE: &str = "/data/foundation/flowservice";

/// Steps of a provider's action.
const SUB_OP: Parameter =
    Parameter::new("subOp", Kind::Texts, "APPLY, ROLLBACK or PROGRESS, of providers that report back.");
const OF_CONNECTION: &[Parameter] = &[op(&["publish", "finalize", "finalize_update"]), SUB_OP];
const OF_PART: &[Parameter] = &[op(&["publish"]), SUB_OP];
const OF_FLOW: &[Parameter] = &[op(&["enable", "disable", "publish", "finalize", "finalize_update"]), SUB_OP];
const OF_RUN: &[Parameter] = &[
    op(&["re_trigger", "cancel", "undo", "redo"]),
    SUB_OP,
    Parameter::new(
        "path",
        Kind::Text,
        "Of undo and redo: the one source file, as the run shows it; all where nothing is said.",
    ),
    Parameter::new(
        "mappingVersion",
        Kind::Integer(0, i64::MAX),
        "Of redo: another version of the mapping set of the flow.",
    ),
];
const ACTIVE_SANDBOXES: Parameter =
    Parameter::new("x-active-sandbox-ids", Kind::Text, "The id of the sandbox of the request, or nothing.");
const COMPLETENESS: &[Parameter] = &[
    Parameter::new("deep", Kind::Flag, "Opens every data file and counts its rows by source object."),
    Parameter::new("limit", Kind::Integer(0, completeness::MAX_NAMED), "Most findings of one kind that are named."),
];
const AUTH_TYPE: &[Parameter] = &[Parameter::new("authType", Kind::Text, "Type of an auth spec.")];

const fn op(names: &'static [&'static str]) -> Parameter {
    Parameter::new("op", Kind::Choice(names), "What to do.").required()
}

/// An action on a resource.
fn action(id: &'static str, summary: &'static str, ops: &[Parameter]) -> Doc {
    Doc::new(id, summary).query(ops).header(MAY_MATCH).optional_body("StateAction").answers(200, "Pair")
}

/// A search by a body.
fn search(id: &'static str, summary: &'static str, answer: &'static str) -> Doc {
    Doc::new(id, summary).needs(ViewSources).query(&[CONTINUATION]).body("SearchRequest").answers(200, answer)
}

/// Every route of the Flow Service, relative to [`BASE`]. A trailing slash is accepted by the router's outer layer.
pub(super) fn routes() -> Service {
    let service = Service::new(BASE, "Connections");
    let service = connections(service);
    let service = specs(service.group("Specs"));
    let service = source_connections(service.group("Source connections"));
    let service = target_connections(service.group("Target connections"));
    let service = flows(service.group("Flows"));
    runs(service.group("Runs"))
}

/// Reading of sources.
fn view(id: &'static str, summary: &'static str) -> Doc {
    Doc::new(id, summary).needs(ViewSources)
}

/// What only an administrator may do.
fn administer(id: &'static str, summary: &'static str) -> Doc {
    Doc::new(id, summary).needs(Administer)
}

/// Changing of sources.
fn manage(id: &'static str, summary: &'static str) -> Doc {
    Doc::new(id, summary).needs(ManageSources)
}

fn connections(service: Service) -> Service {
    service
        .get(
            "/connections",
            connections::list,
            view("listConnections", "List base connections").query(LIST).answers(200, "ConnectionList"),
        )
        .create(
            "/connections",
            connections::create,
            manage("createConnection", "Make a base connection")
                .notes("The credentials are proved against the storage first.")
                .query(MODE)
                .body("ConnectionCreate")
                .answers(201, "Pair"),
        )
        .get(
            "/connections/{id}",
            connections::get,
            view("getConnection", "Show a base connection").answers(200, "ConnectionList"),
        )
        .patch(
            "/connections/{id}",
            connections::patch,
            manage("patchConnection", "Change a base connection").header(IF_MATCH).body("Patch").answers(200, "Pair"),
        )
        .delete(
            "/connections/{id}",
            connections::delete,
            manage("deleteConnection", "Delete a base connection that no flow uses").answers_nothing(),
        )
        .get(
            "/connections/{id}/test",
            connections::test,
            view("testConnection", "Try the stored credentials").answers(200, "TestResult"),
        )
        .get(
            "/connections/{id}/explore",
            explore::explore,
            view("exploreConnection", "Show folders, or columns and rows of a file")
                .notes(
                    "A folder with more entries than one page holds is answered with a header `Link` that has `rel=\"next\"`. Pages are in the order of the names; within a page folders come first.",
                )
                .query(EXPLORE)
                .answers(200, "Explored"),
        )
        .get(
            "/connections/{id}/configs",
            connections::configs,
            view("getConnectionConfigs", "Show what is configured for a base connection").answers(200, "Configs"),
        )
        .post(
            "/connections/{id}/action",
            connections::act,
            action("actOnConnection", "Publish a draft", OF_CONNECTION).needs(ManageSources),
        )
        .post(
            "/connections/search",
            connections::search,
            search("searchConnections", "Search base connections", "ConnectionList"),
        )
}

fn specs(service: Service) -> Service {
    service
        .get(
            "/connectionSpecs",
            specs::list_connection_specs,
            view("listConnectionSpecs", "List the kinds of store").query(FILTER).answers(200, "ConnectionSpecList"),
        )
        .get(
            "/connectionSpecs/{id}",
            specs::get_connection_spec,
            view("getConnectionSpec", "Show a kind of store").answers(200, "ConnectionSpecList"),
        )
        .get(
            "/flowSpecs",
            specs::list_flow_specs,
            view("listFlowSpecs", "List the kinds of flow").query(FILTER).answers(200, "FlowSpecList"),
        )
        .get(
            "/flowSpecs/{id}",
            specs::get_flow_spec,
            view("getFlowSpec", "Show a kind of flow").answers(200, "FlowSpecList"),
        )
        .post(
            "/flowSpecs/search",
            specs::search_flow_specs,
            search("searchFlowSpecs", "Search the kinds of flow", "Any"),
        )
        .post(
            "/connectionSpecs",
            specs::create_connection_spec,
            administer("createConnectionSpec", "Make a kind of store for the organisation")
                .body("ConnectionSpecWrite")
                .answers(201, "ConnectionSpec"),
        )
        .put(
            "/connectionSpecs/{id}",
            specs::put_connection_spec,
            administer("putConnectionSpec", "Change a kind of store of the organisation")
                .body("ConnectionSpecWrite")
                .answers(200, "ConnectionSpec"),
        )
        .post(
            "/flowSpecs",
            specs::create_flow_spec,
            administer("createFlowSpec", "Make a kind of flow for the organisation")
                .body("FlowSpecWrite")
                .answers(201, "FlowSpec"),
        )
        .put(
            "/flowSpecs/{id}",
            specs::put_flow_spec,
            administer("putFlowSpec", "Change a kind of flow of the organisation")
                .body("FlowSpecWrite")
                .answers(200, "FlowSpec"),
        )
        .get(
            "/connectionSpecs/{id}/explore",
            specs::explore,
            view("exploreConnectionSpec", "Explore a store that needs no connection")
                .query(EXPLORE)
                .answers(200, "Explored"),
        )
        .get(
            "/connectionSpecs/{id}/configs",
            specs::configs,
            view("getConnectionSpecConfigs", "Show what a client must know to authenticate")
                .query(AUTH_TYPE)
                .answers(200, "Configs"),
        )
}

fn source_connections(service: Service) -> Service {
    service
        .get(
            "/sourceConnections",
            source_connections::list,
            view("listSourceConnections", "List source connections").query(LIST).answers(200, "SourceConnectionList"),
        )
        .create(
            "/sourceConnections",
            source_connections::create,
            manage("createSourceConnection", "Make a source connection")
                .query(MODE)
                .body("SourceConnectionCreate")
                .answers(201, "Pair"),
        )
        .get(
            "/sourceConnections/{id}",
            source_connections::get,
            view("getSourceConnection", "Show a source connection").answers(200, "SourceConnectionList"),
        )
        .patch(
            "/sourceConnections/{id}",
            source_connections::patch,
            manage("patchSourceConnection", "Change a source connection")
                .header(IF_MATCH)
                .body("Patch")
                .answers(200, "Pair"),
        )
        .post(
            "/sourceConnections/{id}/action",
            source_connections::act,
            action("actOnSourceConnection", "Publish a draft", OF_PART).needs(ManageSources),
        )
        .delete(
            "/sourceConnections/{id}",
            source_connections::delete,
            manage("deleteSourceConnection", "Delete a source connection that no flow uses").answers_nothing(),
        )
}

fn target_connections(service: Service) -> Service {
    service
        .get(
            "/targetConnections",
            target_connections::list,
            Doc::new("listTargetConnections", "List target connections")
                .needs(ViewDatasets)
                .query(LIST)
                .answers(200, "TargetConnectionList"),
        )
        .create(
            "/targetConnections",
            target_connections::create,
            Doc::new("createTargetConnection", "Make a target connection")
                .needs(ManageDatasets)
                .query(MODE)
                .body("TargetConnectionCreate")
                .answers(201, "Pair"),
        )
        .get(
            "/targetConnections/{id}",
            target_connections::get,
            Doc::new("getTargetConnection", "Show a target connection")
                .needs(ViewDatasets)
                .answers(200, "TargetConnectionList"),
        )
        .patch(
            "/targetConnections/{id}",
            target_connections::patch,
            Doc::new("patchTargetConnection", "Change a target connection")
                .needs(ManageDatasets)
                .header(IF_MATCH)
                .body("Patch")
                .answers(200, "Pair"),
        )
        .post(
            "/targetConnections/{id}/action",
            target_connections::act,
            action("actOnTargetConnection", "Publish a draft", OF_PART).needs(ManageDatasets),
        )
        .delete(
            "/targetConnections/{id}",
            target_connections::delete,
            Doc::new("deleteTargetConnection", "Delete a target connection that no flow uses")
                .needs(ManageDatasets)
                .answers_nothing(),
        )
}

fn flows(service: Service) -> Service {
    service
        .get("/flows", flows::list, view("listFlows", "List flows").query(LIST).answers(200, "FlowList"))
        .create(
            "/flows",
            flows::create,
            manage("createFlow", "Make a flow; its schedule begins")
                .query(MODE)
                .body("FlowCreate")
                .answers(201, "Pair"),
        )
        .get("/flows/{id}", flows::get, view("getFlow", "Show a flow").answers(200, "FlowList"))
        .get(
            "/flows/{id}/completeness",
            completeness::get,
            view("getFlowCompleteness", "Prove that a flow is complete, or name what is not")
                .notes(
                    "Not part of the documented service. Compares the source as it is listed now, the ledger, and the table with its data files. Large tables are verified by the command `lakehead verify`, which has no limit of time.",
                )
                .query(COMPLETENESS)
                .answers(200, "Completeness"),
        )
        .patch(
            "/flows/{id}",
            flows::patch,
            manage("patchFlow", "Change a flow").header(IF_MATCH).body("Patch").answers(200, "Pair"),
        )
        .delete(
            "/flows/{id}",
            flows::delete,
            manage("deleteFlow", "Delete a flow; nothing of a running run lands").answers_nothing(),
        )
        .post(
            "/flows/{id}/action",
            flows::act,
            action("actOnFlow", "Enable, disable or publish a flow", OF_FLOW)
                .notes(
                    "Disabling stops the runs that wait and lets a running one end; enabling goes on with the next slot.",
                )
                .needs(ManageSources),
        )
        .post(
            "/flows/search",
            flows::search,
            search("searchFlows", "Search flows", "FlowList").header(ACTIVE_SANDBOXES),
        )
}

fn runs(service: Service) -> Service {
    service
        .get("/runs", runs::list, view("listRuns", "List runs").query(NAMELESS_LIST).answers(200, "RunList"))
        .create(
            "/runs",
            runs::create,
            manage("createRun", "Run a flow on demand").body("RunCreate").answers(201, "RunCreated"),
        )
        .get("/runs/{id}", runs::get, view("getRun", "Show a run").answers(200, "RunList"))
        .put(
            "/runs/{id}",
            runs::put,
            manage("updateRun", "Note what another system knows of a run")
                .notes(
                    "Links, record types, further parameters and `extensions` of the summaries are kept beside the run. What was measured may be repeated, not changed.",
                )
                .header(IF_MATCH)
                .body("RunUpdate")
                .answers(200, "Run"),
        )
        .post(
            "/runs/{id}/action",
            runs::act,
            action("actOnRun", "Run again what a finished run was to read, or undo or redo what it brought", OF_RUN)
                .notes(
                    "Answers the new run that does it. RE_TRIGGER: the new run has the same window. What has landed is not read again: a run that succeeded finds only what is new. UNDO and REDO are not part of the documented service: UNDO takes the rows that the run brought, or those of one file, out of the table; REDO reads the files again and puts what is in them in place of those rows, in one snapshot.",
                )
                .needs(ManageSources)
                .answers(200, "Run"),
        )
}
