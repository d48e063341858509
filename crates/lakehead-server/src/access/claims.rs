//! What a verified token says, and when it holds.

use serde_json::{Map, Value};

/// Who asks, as handlers need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claims {
    /// The account.
    pub(crate) sub: String,
    /// The client that asks in its name.
    pub(crate) client_id: String,
    /// The organisation.
    pub(crate) org: String,
}

/// A token whose signature, issuer and audience were checked.
#[derive(Debug)]
pub(crate) struct Verified {
    pub(crate) bearer: Bearer,
    pub(super) times: Times,
}

/// Whom a token names.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Bearer {
    /// A client of ours. `kid` is the key that signed, nothing for tokens of versions without key names.
    Client { client_id: String, org: String, kid: Option<String> },
    /// A person whom an external issuer vouches for.
    Person { issuer: String, subject: String, org: String, name: Option<String>, client_id: Option<String> },
}

/// When a token holds, epoch seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    expires: i64,
    not_before: Option<i64>,
    issued: Option<i64>,
}

impl Times {
    /// Reads `exp`, which must be there, `nbf` and `iat`; `None` where one of them is not a time.
    pub(super) fn read(claims: &Map<String, Value>) -> Option<Self> {
        let optional = |name: &str| claims.get(name).map_or(Some(None), |value| time(value).map(Some));
        Some(Self { expires: time(claims.get("exp")?)?, not_before: optional("nbf")?, issued: optional("iat")? })
    }

    /// When the token ends, with `leeway_s` for clocks that differ; epoch milliseconds.
    pub(super) fn until_ms(self, leeway_s: i64) -> i64 {
        self.expires.saturating_add(leeway_s).saturating_mul(1000)
    }

    /// Whether the token holds, with `leeway_s` for clocks that differ.
    pub(super) fn hold(self, now_ms: i64, leeway_s: i64) -> bool {
        let seconds = now_ms.div_euclid(1000);
        let begun = |start: Option<i64>| start.is_none_or(|start| start <= seconds.saturating_add(leeway_s));
        self.expires.saturating_add(leeway_s) > seconds && begun(self.not_before) && begun(self.issued)
    }
}

/// A `NumericDate`, which may have a fraction.
fn time(value: &Value) -> Option<i64> {
    let seconds = value.as_f64().filter(|seconds| (0.0..1e15).contains(seconds))?;
    Some(seconds as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn times(claims: &Value) -> Option<Times> {
        Times::read(claims.as_object().unwrap())
    }

    #[test]
    fn times_are_numbers_and_an_end_is_needed() {
        assert!(times(&json!({"exp": 100})).is_some());
        assert_eq!(times(&json!({"exp": 100.9})).unwrap().expires, 100);
        for bad in [json!({}), json!({"exp": "100"}), json!({"exp": -1}), json!({"exp": 1e300}), json!({"exp": null})] {
            assert_eq!(times(&bad), None, "{bad}");
        }
        assert_eq!(times(&json!({"exp": 100, "nbf": "x"})), None);
        assert_eq!(times(&json!({"exp": 100, "iat": []})), None);
    }

    #[test]
    fn a_minute_of_difference_is_forgiven_on_both_sides() {
        let hold = |claims: Value, now_s: i64| times(&claims).unwrap().hold(now_s * 1000, 60);
        assert!(hold(json!({"exp": 100}), 159));
        assert!(!hold(json!({"exp": 100}), 160));
        for name in ["nbf", "iat"] {
            assert!(hold(json!({"exp": 1000, name: 100}), 40), "{name}");
            assert!(!hold(json!({"exp": 1000, name: 100}), 39), "{name}");
        }
    }
}
