//! Who asks and what they may do: from the bearer token to account, organisation, permissions and sandbox.
//!
//! A request whose token, client and sandbox were seen a moment ago costs no database access. Changes made through
//! this process are in force at once, those of another process within a second.

pub(crate) mod administer;
mod attempts;
mod claims;
mod fresh;
pub(crate) mod oidc;
pub(crate) mod roles;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::Header;
use lakehead_connect::trusted::Trusted;
use lakehead_model::access::Grants;
use lakehead_model::time::Clock;
use lakehead_store::{ClientKind, Sandbox, Store, StoreError, Subject};
use moka::future::Cache;
use sha2::{Digest, Sha256};

pub(crate) use self::attempts::Attempts;
pub(crate) use self::claims::{Bearer, Claims, Verified};
use self::fresh::Fresh;
use self::oidc::{Issuer, IssuerSettings};
pub(crate) use self::tokens::Tokens;

/// Longest token that is looked at, bytes.
const MAX_TOKEN_BYTES: usize = 8 * 1024;
/// Verified tokens that are remembered, by their hash.
const MAX_VERIFIED: u64 = 50_000;
/// How long a verified signature is believed: a key that its issuer has taken back works no longer than this.
const VERIFIED_FOR: Duration = Duration::from_mins(1);

/// Everything that decides who asks.
pub(crate) struct Access {
    store: Store,
    clock: Clock,
    leeway_s: i64,
    /// Our own tokens.
    pub(crate) tokens: Tokens,
    /// Counters of wrong secrets.
    pub(crate) attempts: Attempts,
    issuers: Vec<Issuer>,
    verified: Cache<[u8; 32], Arc<Verified>>,
    principals: Fresh<Who, Option<Arc<Principal>>>,
    sandboxes: Fresh<(String, Option<String>), Option<Arc<Sandbox>>>,
}

/// A client or a person, as the metastore knows them.
#[derive(Debug)]
pub(crate) struct Principal {
    /// The organisation.
    pub(crate) org: String,
    /// Tenant name of the organisation.
    pub(crate) tenant: String,
    /// The account it acts as.
    pub(crate) account: String,
    /// Whether its tokens are service tokens or user tokens.
    pub(crate) kind: ClientKind,
    /// Whether it is refused.
    pub(crate) disabled: bool,
    /// What its roles grant.
    pub(crate) grants: Grants,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Who {
    Client(String),
    Person { org: String, issuer: String, subject: String },
}

impl Access {
    /// Access by the rows of `store`, by `clock` with `leeway_s` seconds of tolerance, and by external issuers.
    pub(crate) fn new(store: &Store, clock: &Clock, leeway_s: i64, issuers: &[IssuerSettings]) -> anyhow::Result<Self> {
        let trusted = Trusted::new()?;
        Ok(Self {
            tokens: Tokens::new(store.clone(), clock.clone()),
            attempts: Attempts::new(),
            issuers: issuers.iter().map(|issuer| Issuer::new(issuer.clone(), trusted.clone(), clock.clone())).collect(),
            verified: Cache::builder().max_capacity(MAX_VERIFIED).time_to_live(VERIFIED_FOR).build(),
            principals: Fresh::new(store.clone(), clock.clone()),
            sandboxes: Fresh::new(store.clone(), clock.clone()),
            store: store.clone(),
            clock: clock.clone(),
            leeway_s,
        })
    }

    /// What a bearer token says; `None` where it is not valid now.
    pub(crate) async fn verify(&self, token: &str) -> Result<Option<Arc<Verified>>, StoreError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Ok(None);
        }
        let hash: [u8; 32] = Sha256::digest(token).into();
        let known = self.verified.get(&hash).await;
        let is_new = known.is_none();
        let verified = match known {
            Some(verified) => Some(verified),
            None => self.verify_anew(token).await?.map(Arc::new),
        };
        let Some(verified) = verified.filter(|token| token.times.hold(self.clock.now_ms(), self.leeway_s)) else {
            return Ok(None);
        };
        if is_new {
            self.verified.insert(hash, Arc::clone(&verified)).await;
        } else if let Bearer::Client { kid, .. } = &verified.bearer
            && !self.tokens.knows(kid.as_deref()).await?
        {
            return Ok(None);
        }
        Ok(Some(verified))
    }

    async fn verify_anew(&self, token: &str) -> Result<Option<Verified>, StoreError> {
        let Some((header, issuer)) = peek(token) else { return Ok(None) };
        if issuer == tokens::ISSUER {
            return self.tokens.verify(token, &header).await;
        }
        for candidate in self.issuers.iter().filter(|candidate| candidate.name() == issuer) {
            if let Some(verified) = candidate.verify(token, &header).await {
                return Ok(Some(verified));
            }
        }
        Ok(None)
    }

    /// When a verified token holds no more, epoch milliseconds.
    pub(crate) fn until_ms(&self, verified: &Verified) -> i64 {
        verified.times.until_ms(self.leeway_s)
    }

    /// Who stands behind a verified token; `None` where we do not know them.
    pub(crate) async fn principal(&self, bearer: &Bearer) -> Result<Option<Arc<Principal>>, StoreError> {
        match bearer {
            Bearer::Client { client_id, org, .. } => {
                // A client or an organisation that was removed takes its tokens with it.
                Ok(self.client(client_id).await?.filter(|client| client.org == *org && !client.disabled))
            }
            Bearer::Person { issuer, subject, org, name, .. } => {
                let (org, issuer, subject) = (org.clone(), issuer.clone(), subject.clone());
                let load = || self.load_person(&org, &issuer, &subject, name.as_deref());
                let who = Who::Person { org: org.clone(), issuer: issuer.clone(), subject: subject.clone() };
                self.principals.get(who, load).await
            }
        }
    }

    /// The client with this id, of any organisation.
    pub(crate) async fn client(&self, client_id: &str) -> Result<Option<Arc<Principal>>, StoreError> {
        self.principals.get(Who::Client(client_id.to_owned()), || self.load_client(client_id)).await
    }

    /// The sandbox of this name, or the default one, where it can be used.
    pub(crate) async fn sandbox(&self, org: &str, name: Option<&str>) -> Result<Option<Arc<Sandbox>>, StoreError> {
        let load = async || {
            let mut tx = self.store.read().await?;
            let sandbox = match name {
                Some(name) => tx.sandbox_by_name(org, name).await?,
                None => tx.default_sandbox(org).await?,
            };
            Ok(sandbox.map(Arc::new))
        };
        let is_active = |sandbox: &Arc<Sandbox>| sandbox.state == "active";
        // One that is being made or reset becomes active at a moment that nobody tells us.
        let lasts = |found: &Option<Arc<Sandbox>>| found.as_ref().is_none_or(is_active);
        let key = (org.to_owned(), name.map(str::to_owned));
        Ok(self.sandboxes.get_lasting(key, load, lasts).await?.filter(is_active))
    }

    async fn load_client(&self, client_id: &str) -> Result<Option<Arc<Principal>>, StoreError> {
        let mut tx = self.store.read().await?;
        let Some(client) = tx.client(client_id).await? else { return Ok(None) };
        let Some(organisation) = tx.organisation(&client.org).await? else { return Ok(None) };
        let grants = tx.grants_of(&client.org, &Subject::Client(client.client_id)).await?;
        Ok(Some(Arc::new(Principal {
            org: client.org,
            tenant: organisation.tenant_id,
            account: client.technical_account,
            kind: client.kind,
            disabled: client.disabled,
            grants,
        })))
    }

    async fn load_person(
        &self,
        org: &str,
        issuer: &str,
        subject: &str,
        name: Option<&str>,
    ) -> Result<Option<Arc<Principal>>, StoreError> {
        let mut tx = self.store.read().await?;
        let Some(user) = tx.user_by_subject(org, issuer, subject).await? else { return Ok(None) };
        let Some(organisation) = tx.organisation(org).await? else { return Ok(None) };
        let grants = tx.grants_of(org, &Subject::User(user.account_id.clone())).await?;
        drop(tx);
        if let Some(name) = name.filter(|_| user.name.is_empty()) {
            let mut tx = self.store.write().await?;
            tx.name_user(org, &user.account_id, name).await?;
            tx.commit().await?;
        }
        Ok(Some(Arc::new(Principal {
            org: user.org,
            tenant: organisation.tenant_id,
            account: user.account_id,
            kind: ClientKind::User,
            disabled: false,
            grants,
        })))
    }
}

/// Header and issuer of a token, before anything is proved. Extensions that must be understood are not understood.
fn peek(token: &str) -> Option<(Header, String)> {
    #[derive(serde::Deserialize)]
    struct Issued {
        iss: String,
    }
    let header = jsonwebtoken::decode_header(token).ok().filter(|header| header.crit.is_none())?;
    let issued: Issued = jsonwebtoken::dangerous::insecure_decode_claims(token).ok()?;
    Some((header, issued.iss))
}
