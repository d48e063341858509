//! What administrators do, through the API or on the command line: clients, users, and who is in which role.
//!
//! Everything happens in one transaction of the caller's. Secrets are handed out once and kept by hash only.

use lakehead_model::Invalid;
use lakehead_model::access::ADMINISTRATOR;
use lakehead_model::id::random_hex;
use lakehead_model::invalid::{BAD_VALUE, excerpt};
use lakehead_store::{ClientKind, ServiceClient, StoreError, Subject, Tx, User};
use sha2::{Digest, Sha256};

use super::roles;

/// Clients of one organisation.
const MAX_CLIENTS: u64 = 10_000;
/// Users of one organisation.
const MAX_USERS: u64 = 100_000;
/// Longest name of anything, characters.
const MAX_NAME: usize = 256;
/// Longest issuer or subject, bytes.
const MAX_ISSUER: usize = 255;
/// How long a replaced secret stays valid where nothing is said, hours.
pub(crate) const OVERLAP_HOURS: i64 = 24;
/// How long it may stay valid, hours.
pub(crate) const MAX_OVERLAP_HOURS: i64 = 30 * 24;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The metastore refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was asked for cannot be.
    #[error("{}", .0.message)]
    Invalid(Invalid),
}

// Written out: as the source of this one it would be told twice.
impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// Shorthand of this module.
pub(crate) type Done<T> = Result<T, Refusal>;

/// A value that cannot be used.
pub(crate) fn bad(message: impl Into<String>) -> Refusal {
    Invalid::new(BAD_VALUE, message).into()
}

/// Nothing is there under this id, for this organisation.
pub(crate) fn unknown(what: &str, id: &str) -> Refusal {
    let message = format!("{what} `{}` is not found in this organisation; check the id", excerpt(id));
    Invalid::new("PLATFORM-1004-404", message).into()
}

/// Something is in the way.
pub(crate) fn conflict(message: impl Into<String>) -> Refusal {
    Invalid::new("PLATFORM-1005-409", message).into()
}

/// Accepts a name for people.
pub(crate) fn check_name<'a>(field: &str, name: &'a str) -> Done<&'a str> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(bad(format!("`{field}` must have 1 to {MAX_NAME} characters, none of them a control character")));
    }
    Ok(name)
}

/// Makes sure that an organisation does not lose its last administrator. Taken before a change, asked after it.
pub(crate) struct Administrators {
    before: u64,
}

impl Administrators {
    /// Counts, and lets nobody else change the organisation's accounts until the transaction ends.
    pub(crate) async fn count(tx: &mut Tx, org: &str) -> Done<Self> {
        tx.lock_organisation(org).await?;
        Ok(Self { before: tx.count_administrators(org).await? })
    }

    /// Refuses to go on where nobody is left who may administer.
    pub(crate) async fn are_left(self, tx: &mut Tx, org: &str) -> Done<()> {
        if self.before > 0 && tx.count_administrators(org).await? == 0 {
            return Err(conflict(format!(
                "nobody would be left who may administer the organisation; give the role `{ADMINISTRATOR}` to \
                 another client or user first"
            )));
        }
        Ok(())
    }
}

/// What a new client is told once.
pub(crate) struct NewClient {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) org_id: String,
}

/// Makes a client of an organisation that exists, in these roles (ids or names).
pub(crate) async fn create_client(
    tx: &mut Tx,
    org: &str,
    name: &str,
    kind: ClientKind,
    roles: &[String],
) -> Done<NewClient> {
    let name = check_name("name", name)?;
    tx.lock_organisation(org).await?;
    if tx.count_clients(org).await? >= MAX_CLIENTS {
        let message = format!("the organisation has {MAX_CLIENTS} clients already, without room for `{name}`");
        return Err(conflict(format!("{message}; delete one first")));
    }
    let new = NewClient { client_id: random_hex(16), client_secret: random_hex(32), org_id: org.to_owned() };
    let realm = match kind {
        ClientKind::Service => "techacct.adobe.com",
        ClientKind::User => "AdobeID",
    };
    let created_at_ms = tx.now_ms().await?;
    tx.insert_client(&ServiceClient {
        client_id: new.client_id.clone(),
        name: name.to_owned(),
        org: org.to_owned(),
        technical_account: account(realm),
        kind,
        disabled: false,
        secret_sha256: hash(&new.client_secret),
        old_secret: None,
        created_at_ms,
    })
    .await?;
    assign_all(tx, org, roles, &Subject::Client(new.client_id.clone())).await?;
    Ok(new)
}

/// A client's new secret, and until when the one before is valid, epoch milliseconds.
pub(crate) async fn rotate_secret(tx: &mut Tx, org: &str, client_id: &str, overlap_hours: i64) -> Done<(String, i64)> {
    if !(0..=MAX_OVERLAP_HOURS).contains(&overlap_hours) {
        return Err(bad(format!(
            "`overlapHours` must be 0 to {MAX_OVERLAP_HOURS}: so long the old secret stays valid"
        )));
    }
    let (secret, until_ms) = (random_hex(32), tx.now_ms().await? + overlap_hours * 3_600_000);
    if !tx.replace_secret(org, client_id, &hash(&secret), until_ms).await? {
        return Err(unknown("client", client_id));
    }
    Ok((secret, until_ms))
}

/// Renames, disables or enables a client; what is `None` stays.
pub(crate) async fn change_client(
    tx: &mut Tx,
    org: &str,
    client_id: &str,
    name: Option<&str>,
    disabled: Option<bool>,
) -> Done<ServiceClient> {
    let administrators = Administrators::count(tx, org).await?;
    let mut client = tx.client_of(org, client_id).await?.ok_or_else(|| unknown("client", client_id))?;
    if let Some(name) = name {
        check_name("name", name)?.clone_into(&mut client.name);
    }
    client.disabled = disabled.unwrap_or(client.disabled);
    tx.set_client(org, client_id, &client.name, client.disabled).await?;
    administrators.are_left(tx, org).await?;
    Ok(client)
}

/// Removes a client; its tokens go with it.
pub(crate) async fn delete_client(tx: &mut Tx, org: &str, client_id: &str) -> Done<()> {
    let administrators = Administrators::count(tx, org).await?;
    if !tx.delete_client(org, client_id).await? {
        return Err(unknown("client", client_id));
    }
    administrators.are_left(tx, org).await
}

/// Registers a person of an external issuer, in these roles (ids or names). Without a name the issuer's is taken.
pub(crate) async fn create_user(
    tx: &mut Tx,
    org: &str,
    issuer: &str,
    subject: &str,
    name: &str,
    roles: &[String],
) -> Done<User> {
    for (field, text) in [("issuer", issuer), ("subject", subject)] {
        if text.is_empty() || text.len() > MAX_ISSUER || text.chars().any(char::is_control) {
            return Err(bad(format!("`{field}` must have 1 to {MAX_ISSUER} bytes, none of them a control character")));
        }
    }
    tx.lock_organisation(org).await?;
    if tx.count_users(org).await? >= MAX_USERS {
        let message =
            format!("the organisation has {MAX_USERS} users already, without room for `{}`", excerpt(subject));
        return Err(conflict(format!("{message}; delete one first")));
    }
    let user = User {
        org: org.to_owned(),
        account_id: account("AdobeID"),
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        name: if name.is_empty() { String::new() } else { check_name("name", name)?.to_owned() },
        created_at_ms: tx.now_ms().await?,
    };
    // Looked up first: PostgreSQL lets nothing follow an insert that was refused.
    if tx.user_by_subject(org, issuer, subject).await?.is_some() {
        let message = format!("`{}` of issuer `{}` is registered already", excerpt(subject), excerpt(issuer));
        return Err(conflict(message));
    }
    tx.insert_user(&user).await?;
    assign_all(tx, org, roles, &Subject::User(user.account_id.clone())).await?;
    Ok(user)
}

/// Removes a user; the issuer's tokens are not accepted for the person any more.
pub(crate) async fn delete_user(tx: &mut Tx, org: &str, account_id: &str) -> Done<()> {
    let administrators = Administrators::count(tx, org).await?;
    if !tx.delete_user(org, account_id).await? {
        return Err(unknown("user", account_id));
    }
    administrators.are_left(tx, org).await
}

/// Puts subjects into a role and takes others out of it.
pub(crate) async fn change_members(
    tx: &mut Tx,
    org: &str,
    role_id: &str,
    add: &[Subject],
    remove: &[Subject],
) -> Done<()> {
    let administrators = Administrators::count(tx, org).await?;
    let role_id = roles::find(tx, org, role_id).await?.id;
    for subject in add {
        check_subject(tx, org, subject).await?;
        tx.assign_role(org, &role_id, subject).await?;
    }
    for subject in remove {
        if !tx.unassign_role(org, &role_id, subject).await? {
            return Err(unknown("member", subject.id()));
        }
    }
    administrators.are_left(tx, org).await
}

async fn check_subject(tx: &mut Tx, org: &str, subject: &Subject) -> Done<()> {
    let exists = match subject {
        Subject::Client(id) => tx.client_of(org, id).await?.is_some(),
        Subject::User(id) => tx.user(org, id).await?.is_some(),
    };
    if exists { Ok(()) } else { Err(unknown(subject.kind(), subject.id())) }
}

async fn assign_all(tx: &mut Tx, org: &str, roles: &[String], subject: &Subject) -> Done<()> {
    for name in roles {
        // Named in a body, so it is the body that is wrong.
        let missing = |refusal| match refusal {
            Refusal::Invalid(_) => {
                bad(format!("`roles` names `{}`, which is not a role of this organisation; list them", excerpt(name)))
            }
            failure @ Refusal::Store(_) => failure,
        };
        let role = roles::find(tx, org, name).await.map_err(missing)?;
        tx.assign_role(org, &role.id, subject).await?;
    }
    Ok(())
}

fn account(realm: &str) -> String {
    format!("{}@{realm}", random_hex(12).to_uppercase())
}

/// How a secret is kept. It has 256 random bits: a slow hash would add nothing.
pub(crate) fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}
