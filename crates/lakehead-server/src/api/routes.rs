//! The table of routes. A route is added together with the permission it needs and its description, so that none can
//! be without: the router, the check of permissions and the OpenAPI document all come from here.

use axum::handler::Handler;
use axum::routing::{self, MethodRouter};
use axum::{Extension, Router, middleware};
use lakehead_model::access::Permission;

use super::openapi::parameters::{IDEMPOTENCY_KEY, Parameter};
use super::repeatable;
use crate::app::App;

/// The routes of one service, with their descriptions.
pub(crate) struct Service {
    base: &'static str,
    tag: &'static str,
    router: Router<App>,
    operations: Vec<Operation>,
}

/// One method of one path.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// Lower-case HTTP method.
    pub(crate) method: &'static str,
    /// Path from the root of the server, with `{names}`.
    pub(crate) path: String,
    /// Group in the reference.
    pub(crate) tag: &'static str,
    /// What it does and takes.
    pub(crate) doc: Doc,
}

/// What an operation does, needs, takes and answers.
#[derive(Clone, Debug)]
pub(crate) struct Doc {
    /// Unique name for generated clients.
    pub(crate) id: &'static str,
    /// One line.
    pub(crate) summary: &'static str,
    /// More, where one line is not enough.
    pub(crate) notes: &'static str,
    /// Who may call it.
    pub(crate) access: Access,
    /// Query parameters.
    pub(crate) query: Vec<Parameter>,
    /// Request headers beside those that every call has.
    pub(crate) headers: Vec<Parameter>,
    /// Request body.
    pub(crate) body: Option<Body>,
    /// Status and schema of success; no schema is an empty body.
    pub(crate) answer: (u16, Option<&'static str>),
}

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anybody.
    Public,
    /// Every member of the organisation.
    Member,
    /// Who holds this permission.
    Needs(Permission),
}

/// A request body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body {
    /// Media type.
    pub(crate) media: &'static str,
    /// Name of its schema.
    pub(crate) schema: &'static str,
    /// Whether a request without it is refused.
    pub(crate) required: bool,
}

/// The permission that the matched route needs; put into the request for `caller.rs`, which refuses who lacks it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needs(pub(crate) Permission);

impl Service {
    /// No routes yet, under `base`.
    pub(crate) fn new(base: &'static str, tag: &'static str) -> Self {
        Self { base, tag, router: Router::new(), operations: Vec::new() }
    }

    /// The group of the operations that follow.
    pub(crate) fn group(mut self, tag: &'static str) -> Self {
        self.tag = tag;
        self
    }

    /// Adds `GET path`, and `HEAD` with it.
    pub(crate) fn get<T: 'static>(self, path: &str, handler: impl Handler<T, App>, doc: Doc) -> Self {
        self.add("get", path, routing::get(handler), doc)
    }

    /// Adds `POST path`.
    pub(crate) fn post<T: 'static>(self, path: &str, handler: impl Handler<T, App>, doc: Doc) -> Self {
        self.add("post", path, routing::post(handler), doc)
    }

    /// Adds `POST path` that makes something and may be sent again; see `repeatable.rs`.
    pub(crate) fn create<T: 'static>(self, path: &str, handler: impl Handler<T, App>, doc: Doc) -> Self {
        let route = routing::post(handler).layer(middleware::from_fn(repeatable::middleware));
        self.add("post", path, route, doc.header(IDEMPOTENCY_KEY))
    }

    /// Adds `PUT path`.
    pub(crate) fn put<T: 'static>(self, path: &str, handler: impl Handler<T, App>, doc: Doc) -> Self {
        self.add("put", path, routing::put(handler), doc)
    }

    /// Adds `PATCH path`.
    pub(crate) fn patch<T: 'static>(self, path: &str, handler: impl Handler<T, App>, doc: Doc) -> Self {
        self.add("patch", path, routing::patch(handler), doc)
    }

    /// Adds `DELETE path`.
    pub(crate) fn delete<T: 'static>(self, path: &str, handler: impl Handler<T, App>, doc: Doc) -> Self {
        self.add("delete", path, routing::delete(handler), doc)
    }

    fn add(mut self, method: &'static str, path: &str, route: MethodRouter<App>, doc: Doc) -> Self {
        let route = match doc.access {
            Access::Needs(permission) => route.layer(Extension(Needs(permission))),
            Access::Public | Access::Member => route,
        };
        let full = format!("{}{}", self.base, if path == "/" { "" } else { path });
        // A part that takes the rest of the path is a parameter like any other for readers of the description.
        let shown = full.replace("{*", "{");
        self.operations.push(Operation { method, path: shown, tag: self.tag, doc });
        self.router = self.router.route(if full.is_empty() { "/" } else { &full }, route);
        self
    }

    /// The router and the descriptions.
    pub(crate) fn into_parts(self) -> (Router<App>, Vec<Operation>) {
        (self.router, self.operations)
    }
}

impl Doc {
    /// An operation that every member may call and that answers 200 with any JSON, until more is said.
    pub(crate) const fn new(id: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            summary,
            notes: "",
            access: Access::Member,
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            answer: (200, Some("Any")),
        }
    }

    /// Says more.
    pub(crate) fn notes(mut self, notes: &'static str) -> Self {
        self.notes = notes;
        self
    }

    /// Only who holds `permission` may call it.
    pub(crate) fn needs(mut self, permission: Permission) -> Self {
        self.access = Access::Needs(permission);
        self
    }

    /// Anybody may call it, without a token.
    pub(crate) fn public(mut self) -> Self {
        self.access = Access::Public;
        self
    }

    /// Takes these query parameters too.
    pub(crate) fn query(mut self, parameters: &[Parameter]) -> Self {
        self.query.extend_from_slice(parameters);
        self
    }

    /// Takes this request header too.
    pub(crate) fn header(mut self, header: Parameter) -> Self {
        self.headers.push(header);
        self
    }

    /// Takes a JSON body of this schema.
    pub(crate) fn body(mut self, schema: &'static str) -> Self {
        self.body = Some(Body { media: "application/json", schema, required: true });
        self
    }

    /// Takes a JSON body of this schema, or none.
    pub(crate) fn optional_body(mut self, schema: &'static str) -> Self {
        self.body = Some(Body { media: "application/json", schema, required: false });
        self
    }

    /// Takes the bytes of a file.
    pub(crate) fn bytes(mut self) -> Self {
        self.body = Some(Body { media: "application/octet-stream", schema: "Bytes", required: false });
        self
    }

    /// Takes a form of this schema.
    pub(crate) fn form(mut self, schema: &'static str) -> Self {
        self.body = Some(Body { media: "application/x-www-form-urlencoded", schema, required: false });
        self
    }

    /// Answers with this status and schema.
    pub(crate) fn answers(mut self, status: u16, schema: &'static str) -> Self {
        self.answer = (status, Some(schema));
        self
    }

    /// Answers 204 without a body.
    pub(crate) fn answers_nothing(mut self) -> Self {
        self.answer = (204, None);
        self
    }
}
