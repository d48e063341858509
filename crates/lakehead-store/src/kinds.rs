//! How the resources of the model are kept: under which kind and id, found by which name.

use lakehead_model::connection::Connection;
use lakehead_model::dataset::Dataset;
use lakehead_model::flow::Flow;
use lakehead_model::mapping_set::MappingSet;
use lakehead_model::source_connection::SourceConnection;
use lakehead_model::target_connection::TargetConnection;
use lakehead_model::xdm::resource::XdmResource;
use lakehead_model::{Etag, Scope};

use crate::documents::{Document, DocumentKind};
use crate::error::Result;
use crate::store::Tx;

impl Document for Connection {
    const KIND: DocumentKind = DocumentKind::Connection;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn etag(&self) -> &Etag {
        &self.etag
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn state(&self) -> Option<&str> {
        Some(self.state.as_str())
    }

    fn created_at_ms(&self) -> i64 {
        self.audit.created_at
    }
}

impl Document for SourceConnection {
    const KIND: DocumentKind = DocumentKind::SourceConnection;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn etag(&self) -> &Etag {
        &self.etag
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn state(&self) -> Option<&str> {
        Some(self.state.as_str())
    }

    fn created_at_ms(&self) -> i64 {
        self.audit.created_at
    }
}

impl Document for TargetConnection {
    const KIND: DocumentKind = DocumentKind::TargetConnection;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn etag(&self) -> &Etag {
        &self.etag
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn state(&self) -> Option<&str> {
        Some(self.state.as_str())
    }

    fn created_at_ms(&self) -> i64 {
        self.audit.created_at
    }
}

impl Document for Flow {
    const KIND: DocumentKind = DocumentKind::Flow;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn etag(&self) -> &Etag {
        &self.etag
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn state(&self) -> Option<&str> {
        Some(self.state.as_str())
    }

    fn created_at_ms(&self) -> i64 {
        self.audit.created_at
    }
}

impl Document for Dataset {
    const KIND: DocumentKind = DocumentKind::Dataset;

    fn id(&self) -> String {
        self.id.clone()
    }

    fn etag(&self) -> &Etag {
        &self.etag
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn state(&self) -> Option<&str> {
        None
    }

    fn created_at_ms(&self) -> i64 {
        self.created
    }
}

/// Every version is a document of its own: flows pin versions.
impl Document for MappingSet {
    const KIND: DocumentKind = DocumentKind::MappingSet;

    fn id(&self) -> String {
        mapping_set_key(&self.id, self.version)
    }

    fn etag(&self) -> &Etag {
        &self.etag
    }

    /// The id without the version: the newest document of that name is the current version.
    fn name(&self) -> Option<&str> {
        Some(&self.id)
    }

    fn state(&self) -> Option<&str> {
        None
    }

    fn created_at_ms(&self) -> i64 {
        self.modified_date
    }
}

/// Schemas, classes, field groups and data types are one kind: references do not say which they are.
impl Document for XdmResource {
    const KIND: DocumentKind = DocumentKind::Schema;

    fn id(&self) -> String {
        self.alt_id.clone()
    }

    fn etag(&self) -> &Etag {
        &self.etag
    }

    /// Titles are unique in a tenant.
    fn name(&self) -> Option<&str> {
        Some(&self.title)
    }

    fn state(&self) -> Option<&str> {
        Some(self.resource_type.as_str())
    }

    fn created_at_ms(&self) -> i64 {
        self.created_at_ms
    }
}

/// The key under which one version of a mapping set is kept.
pub fn mapping_set_key(id: &str, version: i64) -> String {
    format!("{id}:{version}")
}

impl Tx {
    /// A schema, class, field group or data type of the tenant, by `$id` or `meta:altId`.
    pub async fn xdm_resource(&mut self, scope: &Scope, id: &str) -> Result<Option<XdmResource>> {
        match id.strip_prefix("https://ns.adobe.com/") {
            Some(path) => self.get(scope, &format!("_{}", path.replace('/', "."))).await,
            None => self.get(scope, id).await,
        }
    }

    /// One version of a mapping set; the newest where none is named.
    pub async fn mapping_set(&mut self, scope: &Scope, id: &str, version: Option<i64>) -> Result<Option<MappingSet>> {
        match version {
            Some(version) => self.get(scope, &mapping_set_key(id, version)).await,
            None => self.get_named(scope, id).await,
        }
    }
}
