//! The Flow Service: connections, source and target connections, flows, runs and their specs.

mod answers;
mod connections;
mod explore;
mod find;
mod flows;
mod list;
mod runs;
mod source_connections;
mod specs;
mod target_connections;

use lakehead_model::access::Permission::{ManageDatasets, ManageSources, ViewDatasets, ViewSources};

use super::openapi::parameters::{EXPLORE, FILTER, IF_MATCH, Kind, LIST, MAY_MATCH, MODE, Parameter};
use super::routes::{Doc, Service};

/// Base path of the service.
pub(super) const BASE: &str = "/data/foundation/flowservice";

/// What an action does.
const OP: &[Parameter] = &[Parameter::new("op", Kind::Choice(&["enable", "disable"]), "What to do.").required()];

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
        .post(
            "/connections",
            connections::create,
            manage("createConnection", "Make a base connection")
                .notes("The credentials are proved against the storage first.")
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
                .query(EXPLORE)
                .answers(200, "Explored"),
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
}

fn source_connections(service: Service) -> Service {
    service
        .get(
            "/sourceConnections",
            source_connections::list,
            view("listSourceConnections", "List source connections").query(LIST).answers(200, "SourceConnectionList"),
        )
        .post(
            "/sourceConnections",
            source_connections::create,
            manage("createSourceConnection", "Make a source connection")
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
        .post(
            "/targetConnections",
            target_connections::create,
            Doc::new("createTargetConnection", "Make a target connection")
                .needs(ManageDatasets)
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
        .post(
            "/flows",
            flows::create,
            manage("createFlow", "Make a flow; its schedule begins").body("FlowCreate").answers(201, "Pair"),
        )
        .get("/flows/{id}", flows::get, view("getFlow", "Show a flow").answers(200, "FlowList"))
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
            manage("actOnFlow", "Enable or disable a flow").query(OP).header(MAY_MATCH).answers(200, "Pair"),
        )
}

fn runs(service: Service) -> Service {
    service
        .get("/runs", runs::list, view("listRuns", "List runs").query(LIST).answers(200, "RunList"))
        .post(
            "/runs",
            runs::create,
            manage("createRun", "Run a flow on demand").body("RunCreate").answers(201, "RunCreated"),
        )
        .get("/runs/{id}", runs::get, view("getRun", "Show a run").answers(200, "RunList"))
}
