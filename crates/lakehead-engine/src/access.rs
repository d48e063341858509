//! From a stored connection to a login that a connector takes.

use std::collections::BTreeMap;

use lakehead_connect::login::{Login, LoginValue};
use lakehead_model::connection::{Connection, Secrets};
use serde_json::Value;

/// The login of a connection, its decrypted secrets put back.
pub fn login(connection: &Connection, secrets: &Secrets) -> Login {
    let mut params = BTreeMap::new();
    if let Some(auth) = &connection.auth {
        for (name, value) in &auth.params {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if *value != Value::Null && !text.is_empty() {
                params.insert(name.clone(), LoginValue::Text(text));
            }
        }
    }
    params.extend(secrets.iter().map(|(name, secret)| (name.clone(), LoginValue::Secret(secret.clone()))));
    let auth_spec = connection.auth.as_ref().map(|auth| auth.spec_name.clone()).unwrap_or_default();
    Login { auth_spec, params }
}
