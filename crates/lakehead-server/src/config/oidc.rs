//! `[[oidc]]`: external issuers whose tokens are accepted.

use anyhow::{Context as _, ensure};
use jsonwebtoken::{Algorithm, AlgorithmFamily};
use serde::Deserialize;
use url::Url;

use crate::access::oidc::{IssuerSettings, KeysAt};

/// Algorithms that an issuer may sign with where nothing is said.
const ALGORITHMS: &[&str] = &["RS256", "ES256"];

/// One `[[oidc]]` section of the configuration file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    issuer: String,
    audience: String,
    org: String,
    jwks_url: Option<String>,
    algorithms: Option<Vec<String>>,
    user_claim: Option<String>,
    name_claim: Option<String>,
    refetch_s: Option<i64>,
    ui_client_id: Option<String>,
    ui_scope: Option<String>,
}

/// The issuers of a configuration file.
pub(super) fn issuers(sections: Vec<Section>) -> anyhow::Result<Vec<IssuerSettings>> {
    let mut issuers: Vec<IssuerSettings> = Vec::new();
    for section in sections {
        let name = section.issuer.clone();
        let issuer = read(section).with_context(|| format!("[[oidc]] of issuer `{name}`"))?;
        let same = |other: &IssuerSettings| (&other.issuer, &other.audience) == (&issuer.issuer, &issuer.audience);
        ensure!(!issuers.iter().any(same), "[[oidc]] of issuer `{name}` is there twice for the same audience");
        issuers.push(issuer);
    }
    Ok(issuers)
}

fn read(section: Section) -> anyhow::Result<IssuerSettings> {
    let keys = if let Some(url) = &section.jwks_url {
        KeysAt::Url(address(url, "jwks_url")?)
    } else {
        let place = format!("{}/.well-known/openid-configuration", section.issuer.trim_end_matches('/'));
        KeysAt::Discovery(address(&place, "issuer").context("give `jwks_url` where it is none")?)
    };
    for (name, text) in [("issuer", &section.issuer), ("audience", &section.audience), ("org", &section.org)] {
        ensure!(!text.is_empty() && text.len() <= 255, "`{name}` must have 1 to 255 bytes");
    }
    ensure!(section.issuer != "lakehead", "`issuer` must not be `lakehead`, which our own tokens use");
    let algorithms = section.algorithms.unwrap_or_else(|| ALGORITHMS.iter().map(|name| (*name).to_owned()).collect());
    ensure!(!algorithms.is_empty(), "`algorithms` must not be empty");
    Ok(IssuerSettings {
        issuer: section.issuer,
        audience: section.audience,
        org: section.org,
        keys,
        algorithms: algorithms.iter().map(|name| algorithm(name)).collect::<anyhow::Result<_>>()?,
        user_claim: section.user_claim.unwrap_or_else(|| "sub".to_owned()),
        name_claim: section.name_claim.unwrap_or_else(|| "name".to_owned()),
        ui_client_id: section.ui_client_id,
        ui_scope: section.ui_scope.unwrap_or_else(|| "openid profile".to_owned()),
        refetch_ms: section.refetch_s.unwrap_or(60).clamp(1, 3600) * 1000,
    })
}

fn address(text: &str, field: &str) -> anyhow::Result<Url> {
    let plain = |url: &Url| url.username().is_empty() && url.password().is_none() && url.has_host();
    let url = text.parse().ok().filter(|url: &Url| plain(url) && matches!(url.scheme(), "http" | "https"));
    url.with_context(|| format!("`{field}` must be an address such as https://id.example"))
}

fn algorithm(name: &str) -> anyhow::Result<Algorithm> {
    let known: Option<Algorithm> = name.parse().ok();
    // A public key must never be taken for a shared secret.
    known.filter(|algorithm| algorithm.family() != AlgorithmFamily::Hmac).with_context(|| {
        format!(
            "`algorithms` names `{name}`; RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 and EdDSA can be used"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(lines: &str) -> anyhow::Result<Vec<IssuerSettings>> {
        #[derive(Deserialize)]
        struct File {
            oidc: Vec<Section>,
        }
        let text =
            format!("[[oidc]]\nissuer = \"https://id.example/\"\naudience = \"lake\"\norg = \"A@AdobeOrg\"\n{lines}");
        issuers(toml::from_str::<File>(&text)?.oidc)
    }

    #[test]
    fn an_issuer_needs_little() {
        let issuer = parse("").unwrap().remove(0);
        let discovery = "https://id.example/.well-known/openid-configuration".parse().unwrap();
        assert_eq!(issuer.keys, KeysAt::Discovery(discovery));
        assert_eq!((issuer.algorithms, issuer.user_claim.as_str()), (vec![Algorithm::RS256, Algorithm::ES256], "sub"));
        let issuer = parse("jwks_url = \"http://10.0.0.1/keys\"").unwrap().remove(0);
        assert_eq!(issuer.keys, KeysAt::Url("http://10.0.0.1/keys".parse().unwrap()));
    }

    #[test]
    fn what_is_unsafe_or_unclear_is_refused() {
        for (lines, word) in [
            ("algorithms = [\"HS256\"]", "HS256"),
            ("algorithms = [\"none\"]", "none"),
            ("algorithms = []", "algorithms"),
            ("jwks_url = \"ftp://id.example\"", "jwks_url"),
            ("jwks_url = \"https://me:pw@id.example\"", "jwks_url"),
            ("secret = \"x\"", "secret"),
            ("[[oidc]]\nissuer = \"https://id.example/\"\naudience = \"lake\"\norg = \"B\"", "twice"),
            ("[[oidc]]\nissuer = \"lakehead\"\njwks_url = \"https://x\"\naudience = \"lake\"\norg = \"B\"", "lakehead"),
        ] {
            let error = format!("{:#}", parse(lines).unwrap_err());
            assert!(error.contains(word), "{lines}: {error}");
        }
    }
}
