//! `lakehead client create`: makes a service client and prints its secret, once.

use clap::Subcommand;
use lakehead_model::id::random_hex;
use lakehead_model::time::Clock;
use lakehead_store::tenants::ServiceClient;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::welcome;
use crate::app::open_store;
use crate::config::{DataArgs, database_of};

/// The `client` commands.
#[derive(Debug, Subcommand)]
pub(crate) enum ClientCommand {
    /// Make a service client and print its secret, which is shown only now
    Create(CreateArgs),
}

/// What `client create` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    data: DataArgs,
    /// A name for people to recognise the client by
    #[arg(long)]
    name: String,
    /// Organisation of the client, such as 4F3BB22C5631222A7F000101@AdobeOrg; the first one of this
    /// installation where nothing is said, and it is made where it does not exist
    #[arg(long)]
    org: Option<String>,
    /// `service`, or `user` for a person
    #[arg(long, default_value = "service", value_parser = ["service", "user"])]
    kind: String,
    /// Name of a role; may be repeated
    #[arg(long, value_name = "NAME", default_value = "administrator")]
    role: Vec<String>,
    /// Print JSON for scripts
    #[arg(long)]
    json: bool,
}

/// What a new client is told once.
pub(crate) struct NewClient {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) org_id: String,
}

/// Runs a `client` command.
pub(crate) async fn run(command: ClientCommand) -> anyhow::Result<()> {
    let ClientCommand::Create(args) = command;
    let store = open_store(&args.data.data_dir, &database_of(&args.data)?).await?;
    let client = create(&store, &args.name, &args.kind, &args.role, args.org.as_deref(), &Clock::system()).await?;
    welcome::print_result(&if args.json {
        serde_json::to_string_pretty(&json!({
            "client_id": client.client_id,
            "client_secret": client.client_secret,
            "org_id": client.org_id,
        }))?
    } else {
        format!(
            "client_id      {}\nclient_secret  {}\norg_id         {}\nThe secret is not stored and cannot be shown again.",
            client.client_id, client.client_secret, client.org_id
        )
    });
    Ok(())
}

/// Makes a client, and its organisation with the default sandbox where they do not exist.
pub(crate) async fn create(
    store: &lakehead_store::Store,
    name: &str,
    kind: &str,
    roles: &[String],
    org: Option<&str>,
    clock: &Clock,
) -> anyhow::Result<NewClient> {
    let mut tx = store.write().await?;
    let org_id = match org {
        Some(org) => check_org(org)?.to_owned(),
        None => match tx.first_organisation().await? {
            Some(organisation) => organisation.org,
            None => format!("{}@AdobeOrg", random_hex(12).to_uppercase()),
        },
    };
    if tx.organisation(&org_id).await?.is_none() {
        // The first organisation gets the short name that examples use.
        let tenant = if tx.first_organisation().await?.is_none() { "lakehead".to_owned() } else { tenant_of(&org_id) };
        tx.ensure_org(&org_id, &tenant).await?;
    }
    let known = tx.roles(&org_id).await?;
    let (client, client_secret) = new_client(name, kind, &org_id, clock.now_ms());
    tx.insert_client(&client).await?;
    for name in roles {
        let role = known.iter().find(|role| role.name == *name || role.id == *name);
        let names = || known.iter().map(|role| role.name.as_str()).collect::<Vec<_>>().join(", ");
        let role = role.ok_or_else(|| anyhow::anyhow!("`{name}` is not a role of `{org_id}`; choose {}", names()))?;
        tx.assign_role(&org_id, &role.id, &client.client_id).await?;
    }
    tx.commit().await?;
    Ok(NewClient { client_id: client.client_id, client_secret, org_id })
}

/// A client that is not stored yet, and its secret, which is not stored at all.
pub(crate) fn new_client(name: &str, kind: &str, org: &str, now_ms: i64) -> (ServiceClient, String) {
    let secret = random_hex(32);
    let realm = if kind == "user" { "AdobeID" } else { "techacct.adobe.com" };
    let client = ServiceClient {
        client_id: random_hex(16),
        name: name.to_owned(),
        org: org.to_owned(),
        technical_account: format!("{}@{realm}", random_hex(12).to_uppercase()),
        secret_sha256: hex::encode(Sha256::digest(&secret)),
        created_at_ms: now_ms,
        kind: kind.to_owned(),
        disabled: false,
    };
    (client, secret)
}

fn check_org(org: &str) -> anyhow::Result<&str> {
    let (id, realm) = org.split_once('@').unwrap_or((org, ""));
    let plain = !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    anyhow::ensure!(
        plain && realm == "AdobeOrg",
        "`{org}` is not an organisation id: letters and digits followed by @AdobeOrg are expected"
    );
    Ok(org)
}

fn tenant_of(org_id: &str) -> String {
    let letters: String = org_id.split('@').next().unwrap_or_default().to_lowercase().chars().take(12).collect();
    format!("t{letters}")
}
