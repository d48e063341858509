//! Mapping sets as the API shows them: in both dialects at once.

use serde_json::{Value, json};

use super::{Content, Mapping, MappingSet};

impl MappingSet {
    /// What `POST` answers.
    pub fn summary(&self) -> Value {
        json!({
            "id": self.id, "version": self.version, "createdDate": self.created_date,
            "modifiedDate": self.modified_date, "createdBy": self.created_by, "modifiedBy": self.modified_by,
        })
    }

    /// The form `GET` shows, in both dialects at once.
    pub fn to_wire(&self) -> Value {
        let mut wire = self.summary();
        wire["imsOrgId"] = self.ims_org_id.as_str().into();
        wire["sandboxId"] = self.sandbox_id.as_str().into();
        if let (Some(members), Value::Object(more)) = (wire.as_object_mut(), self.content.to_wire()) {
            members.extend(more);
            let mappings = self.content.mappings.iter().map(|mapping| self.mapping_to_wire(mapping));
            members.insert("mappings".to_owned(), mappings.collect());
        }
        wire
    }

    /// One mapping as the API shows it.
    pub fn mapping_to_wire(&self, mapping: &Mapping) -> Value {
        let stamp = mapping.stamp.clone().unwrap_or_else(|| self.stamp());
        let mut wire = json!({
            "id": mapping.id, "version": stamp.version, "createdDate": stamp.created_date,
            "modifiedDate": stamp.modified_date, "createdBy": stamp.created_by, "modifiedBy": stamp.modified_by,
        });
        if let (Some(members), Value::Object(more)) = (wire.as_object_mut(), mapping.to_wire()) {
            members.extend(more);
        }
        wire
    }
}

impl Content {
    /// Everything but the mappings.
    pub fn to_wire(&self) -> Value {
        let mut output = self.output_schema.clone();
        output.insert("schemaRef".to_owned(), json!(self.schema_ref));
        let mut wire = json!({
            "supportVersion": self.support_version, "inputSchema": self.input_schema, "outputSchema": output,
            "status": self.status, "strictMapping": self.strict_mapping, "allowNullValues": self.allow_null_values,
            "xdmVersion": self.xdm_version, "schemaRef": self.schema_ref, "xdmSchema": self.schema_ref.id,
            "tags": self.tags,
        });
        if let Some(name) = &self.name {
            wire["name"] = name.as_str().into();
        }
        wire
    }
}

impl Mapping {
    /// The mapping without its account.
    pub fn to_wire(&self) -> Value {
        let mut wire = json!({
            "sourceType": self.source_type.as_str(), "source": self.source, "destination": self.destination,
            "identity": false, "primaryIdentity": false, "matchScore": 0.0, "functionVersion": 1,
            "sourceAttribute": self.source, "destinationXdmPath": self.destination,
        });
        if let Some(members) = wire.as_object_mut() {
            members.extend(self.extra.clone());
        }
        wire
    }
}
