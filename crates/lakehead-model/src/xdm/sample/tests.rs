//! Samples are held against the schemas that they are made for, by a validator.

use super::*;
use crate::xdm::{names, resolve, standard};

/// The errors of `sample` under `schema`, formats included.
fn errors(schema: &Value, sample: &Value) -> Vec<String> {
    let validator = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft6)
        .offline()
        .should_validate_formats(true)
        .build(schema)
        .unwrap();
    validator.iter_errors(sample).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn the_sample_of_every_standard_resource_is_valid_and_complete() {
    for resource in standard::all() {
        let resolved = resolve::resolve(&resource.body, &|_| None).unwrap();
        for schema in [names::to_json_ld(resolved.clone()), resolved] {
            let sample = sample(&schema);
            assert_eq!(errors(&schema, &sample), Vec::<String>::new(), "{} {sample:#}", resource.id);
            if let Some(fields) = schema["properties"].as_object() {
                let missing: Vec<&String> = fields.keys().filter(|name| sample.get(name).is_none()).collect();
                assert_eq!(missing, Vec::<&String>::new(), "{}", resource.id);
            }
        }
    }
}

#[test]
fn bounds_formats_and_choices_are_kept() {
    let schema = json!({ "type": "object", "required": ["a", "list"], "properties": {
        "a": { "type": "integer", "minimum": 7, "maximum": 9 },
        "b": { "type": "integer", "exclusiveMaximum": -3 },
        "c": { "type": "number", "minimum": 10.5, "maximum": 10.75 },
        "d": { "type": "string", "minLength": 40, "maxLength": 41 },
        "e": { "type": "string", "maxLength": 3 },
        "f": { "type": "string", "enum": ["x", "y"], "default": "y" },
        "g": { "type": "string", "pattern": "^[A-Z]{2}$" },
        "h": { "type": "string", "format": "uuid" },
        "i": { "type": "integer", "multipleOf": 5, "minimum": 11 },
        "list": { "type": "array", "minItems": 3, "uniqueItems": true, "items": { "type": "string" } },
        "none": { "type": "array", "maxItems": 0, "items": { "type": "string" } },
        "map": { "type": "object", "additionalProperties": { "type": "integer", "minimum": 2 } },
        "unknown": { "type": "string", "pattern": "^no sample has this$" },
    } });
    let sample = sample(&schema);
    assert_eq!(errors(&schema, &sample), Vec::<String>::new(), "{sample:#}");
    assert_eq!((&sample["f"], &sample["a"], &sample["i"]), (&json!("y"), &json!(7), &json!(15)));
    assert_eq!(sample["list"].as_array().unwrap().len(), 3);
    assert!(sample.get("unknown").is_none() && sample["map"]["key"] == 2);
}

#[test]
fn identities_stand_under_a_namespace() {
    let part = json!({ "$ref": "https://ns.adobe.com/xdm/context/identitymap" });
    let resolved = resolve::resolve(&json!({ "type": "object", "allOf": [part] }), &|_| None).unwrap();
    let expected = json!({ "id": "ada.lovelace@example.com", "authenticatedState": "ambiguous", "primary": true });
    assert_eq!(sample(&resolved)["identityMap"]["Email"][0], expected);
    let json_ld = sample(&names::to_json_ld(resolved));
    assert_eq!(json_ld["xdm:identityMap"]["Email"][0]["xdm:primary"], true);
}

#[test]
fn a_schema_that_asks_for_very_much_gets_less() {
    let mut schema = json!({ "type": "string", "minLength": 4_000_000_000_u64 });
    for _ in 0..20 {
        schema =
            json!({ "type": "array", "minItems": 1000, "items": { "type": "object", "properties": { "a": schema } } });
    }
    let schema = json!({ "type": "object", "properties": { "a": schema } });
    assert!(sample(&schema).to_string().len() < 4_000_000);
    let odd = json!({ "type": "integer", "minimum": 1e300, "maximum": -1e300 });
    assert!(sample(&odd).is_number());
    assert_eq!(sample(&json!(7)), json!({}));
}
