//! Mappings that carry an identity: their value also goes into `identityMap`, under the code of its namespace.

use std::collections::HashMap;

use serde_json::Value;

use super::{Content, Mapping};
use crate::Invalid;
use crate::expression::Step;
use crate::mapping::{Rule, RuleSource, parse_destination, target_type};
use crate::xdm::{Field, FieldType};

const IDENTITY_MAP: &str = "identityMap";

impl Content {
    /// Every rule for a target schema of these fields: those of the mappings, and those that fill `identityMap`.
    ///
    /// # Errors
    /// As [`Content::rules`].
    pub fn rules_for(&self, fields: &[Field]) -> Result<Vec<Rule>, Invalid> {
        let mut rules = self.rules()?;
        rules.extend(self.identity_rules(fields));
        Ok(rules)
    }

    /// The rules that fill `identityMap`; none where the target schema has no such map. Several identities of one namespace
    /// become its items, behind those that other mappings fill by their index.
    fn identity_rules(&self, fields: &[Field]) -> Vec<Rule> {
        let mut next: HashMap<&str, usize> = HashMap::new();
        let mut rules = Vec::new();
        for mapping in &self.mappings {
            let Some(namespace) = namespace(mapping) else { continue };
            let index = next.entry(namespace).or_insert_with(|| self.filled(namespace));
            let item = vec![name(IDENTITY_MAP), name(namespace), Step::Index(*index)];
            let (id, primary) = (with(&item, "id"), with(&item, "primary"));
            let (Ok(rule), Some(_), Some(FieldType::Boolean)) =
                (mapping.rule(""), target_type(fields, &id), target_type(fields, &primary))
            else {
                continue;
            };
            *index += 1;
            let is_primary = mapping.extra.get("primaryIdentity") == Some(&Value::Bool(true));
            let source = match &rule.source {
                RuleSource::Static(_) => RuleSource::Static(is_primary.to_string()),
                // Without an id there is nothing to be primary.
                RuleSource::Attribute(path) => primary_where(&path.to_expression(), is_primary),
                RuleSource::Expression(text) => primary_where(text, is_primary),
            };
            rules.push(Rule { source: rule.source, destination: id });
            rules.push(Rule { source, destination: primary });
        }
        rules
    }

    /// Items of a namespace that mappings fill by their index.
    fn filled(&self, namespace: &str) -> usize {
        let index = |mapping: &Mapping| match parse_destination(&mapping.destination).ok()?.as_slice() {
            [Step::Name(map), Step::Name(key), Step::Index(index), ..] if map == IDENTITY_MAP && key == namespace => {
                Some(index + 1)
            }
            _ => None,
        };
        self.mappings.iter().filter_map(index).max().unwrap_or(0)
    }
}

fn namespace(mapping: &Mapping) -> Option<&str> {
    let text =
        |member: &str| mapping.extra.get(member).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let flag = |member: &str| mapping.extra.get(member) == Some(&Value::Bool(true));
    if flag("identity") || flag("primaryIdentity") {
        text("namespaceCode").or_else(|| text("identityGroup"))
    } else {
        None
    }
}

fn name(text: &str) -> Step {
    Step::Name(text.to_owned())
}

fn with(item: &[Step], member: &str) -> Vec<Step> {
    item.iter().cloned().chain([name(member)]).collect()
}

fn primary_where(id: &str, is_primary: bool) -> RuleSource {
    RuleSource::Expression(format!("({id}) == null ? null : {is_primary}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mapping::path_text;

    #[test]
    fn identities_go_under_their_namespace_one_after_another() {
        let mapping = |source: &str, destination: &str, more: Value| {
            let mut mapping = json!({"source": source, "destination": destination});
            mapping.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            mapping
        };
        let body = json!({"outputSchema": {"schemaRef": {"id": "s"}}, "mappings": [
            mapping("id", "identityMap.CRM[0].id", json!({})),
            mapping("a", "x", json!({"identity": true, "namespaceCode": "CRM", "primaryIdentity": true})),
            mapping("b c", "y", json!({"identity": true, "namespaceCode": "CRM"})),
            mapping("d", "z", json!({"identity": true})),
        ]});
        let content = Content::parse(&body).unwrap();
        let field = |name: &str, ty| Field::new(name, ty, false);
        let item = FieldType::Object(vec![field("id", FieldType::String), field("primary", FieldType::Boolean)]);
        let fields = [field("identityMap", FieldType::Map(Box::new(FieldType::Array(Box::new(item)))))];
        let rules = content.identity_rules(&fields);
        let places: Vec<_> = rules.iter().map(|rule| path_text(&rule.destination)).collect();
        assert_eq!(
            places,
            [
                "identityMap.CRM[1].id",
                "identityMap.CRM[1].primary",
                "identityMap.CRM[2].id",
                "identityMap.CRM[2].primary"
            ]
        );
        assert_eq!(rules[1].source, RuleSource::Expression("(${a}) == null ? null : true".into()));
        assert_eq!(rules[3].source, RuleSource::Expression("(${b c}) == null ? null : false".into()));
        assert_eq!(content.identity_rules(&[]), []);
    }
}
