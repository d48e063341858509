//! `lakehead org …`: the organisations of an installation.

use clap::Subcommand;
use lakehead_model::id::random_hex;
use lakehead_store::{Organisation, Tx};
use serde_json::{Value, json};

use super::opened::Common;

/// The `org` commands.
#[derive(Debug, Subcommand)]
pub(crate) enum OrgCommand {
    /// List the organisations
    List(ListArgs),
    /// Make an organisation with its default sandbox `prod`
    Create(CreateArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    common: Common,
    /// Its id, such as 4F3BB22C5631222A7F000101@AdobeOrg; a new one where nothing is said
    #[arg(long)]
    org: Option<String>,
    /// Name of its own schema fields, lower-case letters and digits; made from the id where nothing is said
    #[arg(long)]
    tenant: Option<String>,
}

/// Runs an `org` command.
pub(crate) async fn run(command: OrgCommand) -> anyhow::Result<()> {
    match command {
        OrgCommand::List(args) => {
            let organisations = args.common.store().await?.read().await?.organisations(u32::MAX).await?;
            let lines: Vec<String> = organisations.iter().map(line).collect();
            args.common.print(&organisations.iter().map(wire).collect(), &lines)
        }
        OrgCommand::Create(args) => {
            let org = match &args.org {
                Some(org) => check_org(org)?.to_owned(),
                None => invent_org(),
            };
            let tenant = args.tenant.as_deref().map(check_tenant).transpose()?;
            let mut tx = args.common.store().await?.write().await?;
            anyhow::ensure!(tx.organisation(&org).await?.is_none(), "the organisation `{org}` exists already");
            let organisation = ensure(&mut tx, &org, tenant).await?;
            tx.commit().await?;
            args.common.print(&wire(&organisation), &[line(&organisation)])
        }
    }
}

/// The organisation of this id, made with its default sandbox where it does not exist.
pub(super) async fn ensure(tx: &mut Tx, org: &str, tenant: Option<&str>) -> anyhow::Result<Organisation> {
    if let Some(organisation) = tx.organisation(org).await? {
        return Ok(organisation);
    }
    let tenant = match tenant {
        Some(tenant) => tenant.to_owned(),
        // The first organisation gets the short name that examples use.
        None if tx.first_organisation().await?.is_none() => "lakehead".to_owned(),
        None => tenant_of(org),
    };
    Ok(tx.ensure_org(org, &tenant).await?)
}

/// An id that no organisation has.
pub(super) fn invent_org() -> String {
    format!("{}@AdobeOrg", random_hex(12).to_uppercase())
}

pub(super) fn check_org(org: &str) -> anyhow::Result<&str> {
    let (id, realm) = org.split_once('@').unwrap_or((org, ""));
    let plain = !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    anyhow::ensure!(
        plain && realm == "AdobeOrg",
        "`{org}` is not an organisation id: letters and digits followed by @AdobeOrg are expected"
    );
    Ok(org)
}

fn check_tenant(tenant: &str) -> anyhow::Result<&str> {
    let plain = tenant.starts_with(|c: char| c.is_ascii_lowercase())
        && tenant.len() <= 32
        && tenant.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    anyhow::ensure!(plain, "`{tenant}` is not a tenant name: up to 32 lower-case letters and digits, a letter first");
    Ok(tenant)
}

fn tenant_of(org_id: &str) -> String {
    let letters: String = org_id.split('@').next().unwrap_or_default().to_lowercase().chars().take(12).collect();
    format!("t{letters}")
}

fn wire(organisation: &Organisation) -> Value {
    json!({
        "org_id": organisation.org,
        "tenant_id": organisation.tenant_id,
        "created_at_ms": organisation.created_at_ms,
    })
}

fn line(organisation: &Organisation) -> String {
    format!("{}  {}", organisation.org, organisation.tenant_id)
}
