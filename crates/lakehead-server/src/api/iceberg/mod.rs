//! The read side of the Iceberg REST catalog, so that engines attach to a sandbox and read its datasets.
//!
//! A sandbox is a warehouse with one namespace, and a dataset is a table in it. Clients send a token and nothing else of
//! ours: they name the sandbox as `warehouse`, and its name is the prefix of every path that follows. Files are read from
//! a bucket that this server answers for ([`files`]), with keys for one table ([`keys`]).

mod config;
mod files;
mod form;
mod keys;
mod namespaces;
mod oauth;
mod reader;
mod tables;

use axum::http::{Method, Uri};
use lakehead_model::access::Permission::ViewDatasets;

pub(super) use self::form::in_its_form;
use super::openapi::parameters::{Kind, Parameter};
use super::problem::{Problem, shorten};
use super::routes::{Doc, Service};

/// Where the catalog is.
const BASE: &str = "/iceberg/v1";
/// The one namespace of a warehouse.
const NAMESPACE: &str = "datasets";
/// The bucket of all tables.
const BUCKET: &str = "lakehead";
/// The same as a location.
pub(crate) const BUCKET_URL: &str = "s3://lakehead";
/// What the catalog answers, in the words of the protocol.
const ENDPOINTS: [&str; 8] = [
    "GET /v1/{prefix}/namespaces",
    "GET /v1/{prefix}/namespaces/{namespace}",
    "HEAD /v1/{prefix}/namespaces/{namespace}",
    "GET /v1/{prefix}/namespaces/{namespace}/tables",
    "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}",
    "HEAD /v1/{prefix}/namespaces/{namespace}/tables/{table}",
    "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}/credentials",
    "POST /v1/{prefix}/namespaces/{namespace}/tables/{table}/metrics",
];

const WAREHOUSE: &[Parameter] =
    &[Parameter::new("warehouse", Kind::Text, "Name of a sandbox; the default one where nothing is said.")];
const PARENT: &[Parameter] = &[Parameter::new("parent", Kind::Text, "A namespace; none has others in it.")];
const PAGE: &[Parameter] = &[
    Parameter::new("pageToken", Kind::Text, "`next-page-token` of the page before; empty for the first page."),
    Parameter::new("pageSize", Kind::Integer(1, 1000), "Most tables of one page."),
];
const SNAPSHOTS: &[Parameter] = &[Parameter::new(
    "snapshots",
    Kind::Choice(&["all", "refs"]),
    "`refs` leaves out the snapshots that no branch and no tag names.",
)];

/// Every route of the catalog.
pub(super) fn catalog() -> Service {
    let doc = |id, summary| Doc::new(id, summary).needs(ViewDatasets);
    let table = "/{prefix}/namespaces/{namespace}/tables/{table}";
    Service::new(BASE, "Iceberg REST catalog")
        .get(
            "/config",
            config::get,
            Doc::new("icebergConfig", "Say how clients reach a warehouse, which is a sandbox").query(WAREHOUSE),
        )
        .post(
            "/oauth/tokens",
            oauth::issue,
            Doc::new("icebergToken", "Exchange client credentials for a token")
                .public()
                .form("TokenRequest")
                .answers(200, "Token"),
        )
        .get(
            "/{prefix}/namespaces",
            namespaces::list,
            doc("icebergListNamespaces", "List the namespaces of a warehouse: `datasets`").query(PARENT),
        )
        .get(
            "/{prefix}/namespaces/{namespace}",
            namespaces::get,
            doc("icebergLoadNamespace", "Show a namespace, or with `HEAD` that it exists"),
        )
        .get(
            "/{prefix}/namespaces/{namespace}/tables",
            tables::list,
            doc("icebergListTables", "List the tables of all datasets").query(PAGE),
        )
        .get(
            table,
            tables::load,
            doc("icebergLoadTable", "Load a table with keys for its files, or show with `HEAD` that it exists")
                .query(SNAPSHOTS),
        )
        .get(
            &format!("{table}/credentials"),
            tables::credentials,
            doc("icebergLoadCredentials", "Give new keys for the files of a table"),
        )
        .post(
            &format!("{table}/metrics"),
            tables::metrics,
            doc("icebergReportMetrics", "Take what a client reports of its scan; it is not kept").answers_nothing(),
        )
}

/// The bucket of the files of tables.
pub(super) fn files() -> Service {
    let notes = "An S3 GetObject or HeadObject, signed with the keys that loading the table gave; ranges are answered.";
    Service::new("/lakehead", "Iceberg REST catalog").get(
        "/{*key}",
        files::serve,
        Doc::new("readTableFile", "Read a file of a table").public().notes(notes).answers(200, "Text"),
    )
}

/// Whether a request is for the catalog.
fn is_here(uri: &Uri) -> bool {
    uri.path().strip_prefix("/iceberg").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The refusal of a request that would write, where nothing answers it.
pub(super) fn refused_write(method: &Method, uri: &Uri) -> Option<Problem> {
    let reads = [Method::GET, Method::HEAD, Method::OPTIONS].contains(method);
    (is_here(uri) && !reads).then(|| {
        let path = shorten(uri.path());
        let message = format!(
            "`{method} {path}` is not answered: this catalog is for reading, tables are written by dataflows and uploaded batches only; create a dataset in the Catalog and a flow into it"
        );
        Problem::new("ICEBERG-1002-406", message)
    })
}
