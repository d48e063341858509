//! What a user gave to log in with: plain and secret parameters that never meet `Debug` or a log.

use std::{collections::BTreeMap, fmt};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::connector::{ConnectError, ConnectErrorKind};

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
    use super::*;

    #[test]
    fn secrets_survive_the_wire_and_are_never_printed() {
        let params = [
            ("s3AccessKey", LoginValue::Text("AKIAX".to_owned())),
            ("s3SecretKey", LoginValue::Secret("canary-1".into())),
            ("s3SessionToken", LoginValue::Secret("".into())),
        ];
        let params = params.map(|(name, value)| (name.to_owned(), value)).into();
        let login = Login { auth_spec: "Access Key".to_owned(), params };
        assert!(!format!("{login:?}").contains("canary"), "{login:?}");
        assert!(login.secret("s3SessionToken").is_none(), "empty is absent");
        let wire = login.to_wire().unwrap();
        assert!(!format!("{wire:?}").contains("canary"));
        let back = Login::from_wire(wire.expose_secret()).unwrap();
        assert_eq!(back.text("s3AccessKey"), Some("AKIAX"));
        assert_eq!(back.secret("s3SecretKey").unwrap().expose_secret(), "canary-1");
        assert!(back.text("s3SecretKey").is_none(), "a secret is not text");
    }

    #[test]
    fn a_login_that_cannot_be_read_is_not_repeated() {
        let error = Login::from_wire(r#"{"authSpec":"a","params":{"x":{"secret":5,"canary":1}}}"#).unwrap_err();
        assert_eq!(error.kind, ConnectErrorKind::BadData);
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
}
