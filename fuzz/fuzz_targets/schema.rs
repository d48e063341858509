//! Bodies of schemas and field groups: composed and resolved, or refused.
#![no_main]

use lakehead_model::xdm::resource::{NewResourceContext, XdmResource};
use lakehead_model::xdm::descriptor::NewDescriptor;
use lakehead_model::xdm::{ResourceType, growth, resolve, sample, transfer, tree};
use lakehead_model::{Actor, Scope, patch};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let Ok(body) = serde_json::from_slice::<Value>(bytes) else { return };
    let scope = Scope { org: "O@AdobeOrg".into(), sandbox_id: "s".into(), sandbox_name: "prod".into() };
    let actor = Actor { user: "u".into(), client: "c".into() };
    let context = NewResourceContext {
        tenant_id: "acme",
        scope: &scope,
        sandbox_type: "production",
        actor: &actor,
        now_ms: 7,
    };
    // A document may refer to itself under one more name, so that cycles are found.
    let again = |id: &str| (id == "https://ns.adobe.com/acme/mixins/self").then(|| body.clone());
    for kind in [ResourceType::Schemas, ResourceType::Mixins, ResourceType::Classes, ResourceType::DataTypes] {
        match XdmResource::new(kind, body.clone(), &context, &again) {
            Ok(made) => {
                if let Ok(resolved) = resolve::resolve(&made.body, &again)
                    && let Ok(fields) = tree::checked_fields(&resolved)
                {
                    // What can be made of a schema is growth of itself.
                    assert!(growth::check(&fields, &fields).is_ok());
                    let _ = sample::sample(&resolved);
                }
                change(&made, &body, &context, &again);
            }
            Err(error) => assert!(error.to_string().len() < 2000),
        }
    }
});

/// Changes the resource by the operations in `patch`, moves it to another tenant, and reads the body as a descriptor.
fn change(made: &XdmResource, body: &Value, context: &NewResourceContext<'_>, lookup: &dyn Fn(&str) -> Option<Value>) {
    if let Ok(operations) = patch::parse(&body["patch"])
        && let Ok(changed) = patch::apply(&made.body, &operations, &["/**"])
    {
        let _ = made.replaced(changed, context, lookup);
    }
    let _ = transfer::imported(&transfer::exported(&made.body, "acme"), "other");
    if let Ok(descriptor) = NewDescriptor::parse(body) {
        let _ = descriptor.labels();
    }
}
