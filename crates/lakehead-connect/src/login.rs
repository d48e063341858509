//! What a user gave to log in with: plain and secret parameters that never meet `Debug` or a log.

use std::{collections::BTreeMap, fmt};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    connector::{ConnectError, ConnectErrorKind},
    spec::ConnectorSpec,
};

/// Longest accepted parameter, in bytes.
const MAX_PARAM_BYTES: usize = 16 * 1024;

/// Credentials of one connection.
#[derive(Clone)]
pub struct Login {
    /// Name of the auth spec, such as `Access Key`.
    pub auth_spec: String,
    /// Parameters by name.
    pub params: BTreeMap<String, LoginValue>,
}

/// One parameter of a login.
#[derive(Clone)]
pub enum LoginValue {
    /// May be shown.
    Text(String),
    /// May never be shown.
    Secret(SecretString),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireLogin {
    auth_spec: String,
    params: BTreeMap<String, WireValue>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum WireValue {
    Text(String),
    Secret(String),
}

impl Login {
    /// Reads `auth.params` of a connection against the connector's auth spec: what its schema marks as a
    /// password becomes a secret. Empty and null values count as absent.
    ///
    /// # Errors
    /// `Unsupported` for an auth spec this connector does not have, `BadRequest` for a missing, unknown,
    /// mistyped or oversized parameter; the text names the parameter and never its value.
    pub fn read(spec: &ConnectorSpec, auth_spec: &str, params: &Map<String, Value>) -> Result<Self, ConnectError> {
        let auth = spec.auth_spec(auth_spec)?;
        let schema = (auth.schema)();
        let mut read = BTreeMap::new();
        for (name, value) in params {
            let property = schema["properties"].get(name).ok_or_else(|| {
                ConnectError::bad_request(format!("the parameter `{name}` is not one of the auth spec `{auth_spec}`"))
            })?;
            let text = match value {
                Value::Null => continue,
                Value::String(text) if text.is_empty() => continue,
                Value::String(text) if text.len() <= MAX_PARAM_BYTES => text.clone(),
                Value::String(_) => {
                    let text = format!("the parameter `{name}` is longer than {MAX_PARAM_BYTES} bytes");
                    return Err(ConnectError::bad_request(text));
                }
                _ => return Err(ConnectError::bad_request(format!("the parameter `{name}` must be a string"))),
            };
            let secret = property["format"] == "password";
            let value = if secret { LoginValue::Secret(text.into()) } else { LoginValue::Text(text) };
            read.insert(name.clone(), value);
        }
        for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !read.contains_key(required) {
                return Err(ConnectError::bad_request(format!("the parameter `{required}` is missing or empty")));
            }
        }
        Ok(Self { auth_spec: auth_spec.to_owned(), params: read })
    }

    /// A parameter that may be shown; `None` where absent, empty or a secret.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.params.get(name) {
            Some(LoginValue::Text(text)) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// A secret parameter; `None` where absent or empty. A parameter given as text is taken too.
    pub fn secret(&self, name: &str) -> Option<SecretString> {
        match self.params.get(name) {
            Some(LoginValue::Secret(secret)) if !secret.expose_secret().is_empty() => Some(secret.clone()),
            Some(LoginValue::Text(text)) if !text.is_empty() => Some(text.clone().into()),
            _ => None,
        }
    }

    /// The login as JSON with its secrets in the clear, for the pipe to a worker process and nothing else.
    ///
    /// # Errors
    /// Never in practice: strings always serialise.
    pub fn to_wire(&self) -> Result<SecretString, ConnectError> {
        let params = self.params.iter().map(|(name, value)| {
            let value = match value {
                LoginValue::Text(text) => WireValue::Text(text.clone()),
                LoginValue::Secret(secret) => WireValue::Secret(secret.expose_secret().to_owned()),
            };
            (name.clone(), value)
        });
        let wire = WireLogin { auth_spec: self.auth_spec.clone(), params: params.collect() };
        let text = serde_json::to_string(&wire).map_err(|_| ConnectError::bad_data("the login does not serialise"))?;
        Ok(text.into())
    }

    /// Reads what [`Login::to_wire`] wrote.
    ///
    /// # Errors
    /// `BadData` where the text is not such a login; the text is not repeated.
    pub fn from_wire(text: &str) -> Result<Self, ConnectError> {
        // The parser's own error may quote a value, so it is not kept.
        let wire: WireLogin = serde_json::from_str(text)
            .map_err(|_| ConnectError::new(ConnectErrorKind::BadData, "the login cannot be read"))?;
        let params = wire.params.into_iter().map(|(name, value)| {
            let value = match value {
                WireValue::Text(text) => LoginValue::Text(text),
                WireValue::Secret(secret) => LoginValue::Secret(secret.into()),
            };
            (name, value)
        });
        Ok(Self { auth_spec: wire.auth_spec, params: params.collect() })
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("auth_spec", &self.auth_spec).field("params", &self.params).finish()
    }
}

impl fmt::Debug for LoginValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Plain parameters are hidden as well: people paste keys into the wrong field.
        f.write_str(match self {
            Self::Text(_) => "text",
            Self::Secret(_) => "secret",
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::connectors;

    fn read(auth_spec: &str, params: &Value) -> Result<Login, ConnectError> {
        let spec = connectors::by_spec_id("ecadc60c-7455-4d87-84dc-2a0e293d997b").unwrap().spec();
        Login::read(spec, auth_spec, params.as_object().unwrap())
    }

    #[test]
    fn passwords_become_secrets_and_survive_the_wire() {
        let login = read(
            "Access Key",
            &json!({"s3AccessKey": "AKIAX", "s3SecretKey": "canary-1", "s3SessionToken": "", "folderPath": null}),
        )
        .unwrap();
        assert!(!format!("{login:?}").contains("canary"), "{login:?}");
        assert!(matches!(login.params["s3SecretKey"], LoginValue::Secret(_)));
        assert!(login.secret("s3SessionToken").is_none(), "empty is absent");
        let wire = login.to_wire().unwrap();
        assert!(!format!("{wire:?}").contains("canary"));
        let back = Login::from_wire(wire.expose_secret()).unwrap();
        assert_eq!(back.text("s3AccessKey"), Some("AKIAX"));
        assert_eq!(back.secret("s3SecretKey").unwrap().expose_secret(), "canary-1");
        assert!(back.text("s3SecretKey").is_none(), "a secret is not text");
    }

    #[test]
    fn wrong_parameters_are_named_without_their_values() {
        for (params, name) in [
            (json!({"s3AccessKey": "canary"}), "s3SecretKey"),
            (json!({"s3AccessKey": "a", "s3SecretKey": "canary", "s3secretkey": "canary"}), "s3secretkey"),
            (json!({"s3AccessKey": "a", "s3SecretKey": ["canary"]}), "s3SecretKey"),
            (json!({"s3AccessKey": "a", "s3SecretKey": "canary".repeat(4000)}), "s3SecretKey"),
        ] {
            let error = read("Access Key", &params).unwrap_err();
            assert_eq!(error.kind, ConnectErrorKind::BadRequest);
            assert!(error.public.contains(&format!("`{name}`")), "{error}");
            assert!(!format!("{error:?} {error}").contains("canary"), "{error:?}");
        }
        assert_eq!(read("Nope", &json!({})).unwrap_err().kind, ConnectErrorKind::Unsupported);
        let error = Login::from_wire(r#"{"authSpec":"a","params":{"x":{"secret":5,"canary":1}}}"#).unwrap_err();
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
}
