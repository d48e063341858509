//! How the resources of the model are kept: under which kind and id, found by which name.

use lakehead_model::connection::Connection;
use lakehead_model::dataset::Dataset;
use lakehead_model::encryption_key::{EncryptionKey, KeyUse};
use lakehead_model::flow::Flow;
use lakehead_model::identity_namespace::IdentityNamespace;
use lakehead_model::labels::custom::CustomLabel;
use lakehead_model::labels::dataset::DatasetLabels;
use lakehead_model::mapper::{Mapper, MapperResource};
use lakehead_model::mapping_set::MappingSet;
use lakehead_model::source_connection::SourceConnection;
use lakehead_model::specs::custom::CustomSpec;
use lakehead_model::state::State;
use lakehead_model::target_connection::TargetConnection;
use lakehead_model::xdm::descriptor::Descriptor;
use lakehead_model::xdm::resource::XdmResource;
use lakehead_model::{Audit, Etag, Scope};

use crate::documents::{Document, DocumentKey, DocumentKind};
use crate::error::Result;
use crate::store::Tx;

impl Document for Connection {
    const KIND: DocumentKind = DocumentKind::Connection;

    fn key(&self) -> DocumentKey<'_> {
        audited(self.id.to_string(), &self.etag, &self.name, self.state, &self.audit)
    }
}

impl Document for SourceConnection {
    const KIND: DocumentKind = DocumentKind::SourceConnection;

    fn key(&self) -> DocumentKey<'_> {
        audited(self.id.to_string(), &self.etag, &self.name, self.state, &self.audit)
    }
}

impl Document for TargetConnection {
    const KIND: DocumentKind = DocumentKind::TargetConnection;

    fn key(&self) -> DocumentKey<'_> {
        audited(self.id.to_string(), &self.etag, &self.name, self.state, &self.audit)
    }
}

impl Document for Flow {
    const KIND: DocumentKind = DocumentKind::Flow;

    fn key(&self) -> DocumentKey<'_> {
        audited(self.id.to_string(), &self.etag, &self.name, self.state, &self.audit)
    }
}

/// The key of a resource of the Flow Service: all of them carry the same members.
fn audited<'a>(id: String, etag: &'a Etag, name: &'a str, state: State, audit: &Audit) -> DocumentKey<'a> {
    DocumentKey { id, etag, name: Some(name), state: Some(state.as_str()), created_at_ms: audit.created_at }
}

impl Document for Dataset {
    const KIND: DocumentKind = DocumentKind::Dataset;

    fn key(&self) -> DocumentKey<'_> {
        DocumentKey {
            id: self.id.clone(),
            etag: &self.etag,
            name: Some(&self.name),
            state: None,
            created_at_ms: self.created,
        }
    }
}

/// A spec belongs to an organisation: its sandbox is the empty text.
impl Document for CustomSpec {
    const KIND: DocumentKind = DocumentKind::Spec;

    fn key(&self) -> DocumentKey<'_> {
        DocumentKey {
            id: self.id.clone(),
            etag: &self.etag,
            name: Some(&self.name),
            state: None,
            created_at_ms: self.created_at,
        }
    }
}

/// Every version is a document of its own: flows pin versions. Its name is the id without the version, so the
/// newest document of that name is the current version.
impl Document for MappingSet {
    const KIND: DocumentKind = DocumentKind::MappingSet;

    fn key(&self) -> DocumentKey<'_> {
        DocumentKey {
            id: mapping_set_key(&self.id, self.version),
            etag: &self.etag,
            name: Some(&self.id),
            state: None,
            created_at_ms: self.modified_date,
        }
    }
}

/// What mappings alone know of sources.
impl<C: Mapper> Document for MapperResource<C> {
    const KIND: DocumentKind = if C::IS_SAMPLE { DocumentKind::MapperSample } else { DocumentKind::MapperSchema };

    fn key(&self) -> DocumentKey<'_> {
        DocumentKey { id: self.id.clone(), etag: &self.etag, name: None, state: None, created_at_ms: self.created_date }
    }
}

/// Schemas, classes, field groups and data types are one kind: references do not say which they are. Their
/// name is the title, which is unique in a sandbox.
impl Document for XdmResource {
    const KIND: DocumentKind = DocumentKind::XdmResource;

    fn key(&self) -> DocumentKey<'_> {
        DocumentKey {
            id: self.alt_id.clone(),
            etag: &self.etag,
            name: Some(&self.title),
            state: Some(self.resource_type.as_str()),
            created_at_ms: self.created_at_ms,
        }
    }
}

/// Its name is the resource that it is about.
impl Document for Descriptor {
    const KIND: DocumentKind = DocumentKind::Descriptor;

    fn key(&self) -> DocumentKey<'_> {
        DocumentKey {
            id: self.id.clone(),
            etag: &self.etag,
            name: Some(&self.source_schema),
            state: Some(&self.kind),
            created_at_ms: self.created_at_ms,
        }
    }
}

/// Its id is its name.
impl Document for CustomLabel {
    const KIND: DocumentKind = DocumentKind::CustomLabel;

    fn key(&self) -> DocumentKey<'_> {
        let id = self.name.clone();
        DocumentKey { id, etag: &self.etag, name: None, state: None, created_at_ms: self.created }
    }
}

/// Its id is that of the dataset.
impl Document for DatasetLabels {
    const KIND: DocumentKind = DocumentKind::DatasetLabels;

    fn key(&self) -> DocumentKey<'_> {
        let id = self.dataset_id.clone();
        DocumentKey { id, etag: &self.etag, name: None, state: None, created_at_ms: self.created }
    }
}

/// Its id is its code without case, which no other may have. There are few; they are looked through for a number.
impl Document for IdentityNamespace {
    const KIND: DocumentKind = DocumentKind::IdentityNamespace;

    fn key(&self) -> DocumentKey<'_> {
        let id = self.code.to_ascii_lowercase();
        DocumentKey { id, etag: &self.etag, name: None, state: None, created_at_ms: self.create_time }
    }
}

/// Its state is what it is for.
impl Document for EncryptionKey {
    const KIND: DocumentKind = DocumentKind::EncryptionKey;

    fn key(&self) -> DocumentKey<'_> {
        let state = match self.key_type {
            KeyUse::Encryption => "encryption",
            KeyUse::SignVerification => "sign_verification",
        };
        DocumentKey {
            id: self.public_key_id.clone(),
            etag: &self.etag,
            name: Some(&self.name),
            state: Some(state),
            created_at_ms: self.created_at_ms,
        }
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
}
