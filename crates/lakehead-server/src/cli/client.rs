//! `lakehead client …`: clients of the token endpoint. Secrets are printed once and never stored.

use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use lakehead_model::access::ADMINISTRATOR;
use lakehead_store::{ClientKind, ServiceClient, Store, Subject, Tx};
use serde_json::{Value, json};

use super::opened::Common;
use super::org::{check_org, ensure, invent_org};
use crate::access::administer::{self, NewClient, OVERLAP_HOURS};

/// The `client` commands.
#[derive(Debug, Subcommand)]
pub(crate) enum ClientCommand {
    /// Make a client and print its secret, which is shown only now
    Create(CreateArgs),
    /// List the clients of an organisation
    List(ListArgs),
    /// Show a client and its roles
    Show(OneArgs),
    /// Refuse a client's secret and its tokens until it is enabled again
    Disable(OneArgs),
    /// Accept a client again
    Enable(OneArgs),
    /// Remove a client; its tokens go with it
    Delete(OneArgs),
    /// Make a new secret, which is shown only now; the old one stays valid for a while
    RotateSecret(RotateArgs),
}

/// What `client create` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    common: Common,
    /// A name for people to recognise the client by
    #[arg(long)]
    name: String,
    /// Organisation of the client, such as 4F3BB22C5631222A7F000101@AdobeOrg; the first one of this
    /// installation where nothing is said, and it is made where it does not exist
    #[arg(long)]
    org: Option<String>,
    /// What the client may do: name or id of a role; may be repeated
    #[arg(long = "role", value_name = "ROLE", default_value = ADMINISTRATOR)]
    roles: Vec<String>,
    /// A program, or a person with a credential of ours
    #[arg(long, value_enum, default_value = "service")]
    kind: Kind,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Service,
    User,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    common: Common,
    /// Organisation; the first one where nothing is said
    #[arg(long)]
    org: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct OneArgs {
    #[command(flatten)]
    common: Common,
    /// Client id
    client_id: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RotateArgs {
    #[command(flatten)]
    one: OneArgs,
    /// Hours that the old secret stays valid; 0 ends it at once
    #[arg(long, default_value_t = OVERLAP_HOURS)]
    overlap_hours: i64,
}

/// Runs a `client` command.
pub(crate) async fn run(command: ClientCommand) -> anyhow::Result<()> {
    match command {
        ClientCommand::Create(args) => create_and_print(args).await,
        ClientCommand::List(args) => list(args).await,
        ClientCommand::Show(args) => show(args).await,
        ClientCommand::Disable(args) => set_disabled(args, true).await,
        ClientCommand::Enable(args) => set_disabled(args, false).await,
        ClientCommand::Delete(args) => delete(args).await,
        ClientCommand::RotateSecret(args) => rotate_secret(args).await,
    }
}

async fn create_and_print(args: CreateArgs) -> anyhow::Result<()> {
    let kind = match args.kind {
        Kind::Service => ClientKind::Service,
        Kind::User => ClientKind::User,
    };
    let store = args.common.store().await?;
    let client = create(&store, &args.name, args.org.as_deref(), kind, &args.roles).await?;
    let lines = format!(
        "client_id      {}\nclient_secret  {}\norg_id         {}\nThe secret is not stored and cannot be shown again.",
        client.client_id, client.client_secret, client.org_id
    );
    let value = json!({
        "client_id": client.client_id,
        "client_secret": client.client_secret,
        "org_id": client.org_id,
    });
    args.common.print(&value, &[lines])
}

/// Makes an administrator, and its organisation with the default sandbox where there is none yet.
pub(crate) async fn create_first(store: &Store, name: &str) -> anyhow::Result<NewClient> {
    create(store, name, None, ClientKind::Service, &[ADMINISTRATOR.to_owned()]).await
}

/// Makes a client, and its organisation with the default sandbox where they do not exist.
async fn create(
    store: &Store,
    name: &str,
    org: Option<&str>,
    kind: ClientKind,
    roles: &[String],
) -> anyhow::Result<NewClient> {
    let mut tx = store.write().await?;
    let org = match org {
        Some(org) => check_org(org)?.to_owned(),
        None => match tx.first_organisation().await? {
            Some(organisation) => organisation.org,
            None => invent_org(),
        },
    };
    ensure(&mut tx, &org, None).await?;
    let client = administer::create_client(&mut tx, &org, name, kind, roles).await?;
    tx.commit().await?;
    Ok(client)
}

async fn list(args: ListArgs) -> anyhow::Result<()> {
    let mut tx = args.common.store().await?.read().await?;
    let org = super::opened::organisation(&mut tx, args.org.as_deref()).await?;
    let (mut shown, mut lines) = (Vec::new(), Vec::new());
    for client in tx.clients(&org, 0, u32::MAX).await? {
        let value = wire(&mut tx, &client).await?;
        lines.push(line(&value));
        shown.push(value);
    }
    args.common.print(&Value::Array(shown), &lines)
}

async fn show(args: OneArgs) -> anyhow::Result<()> {
    let mut tx = args.common.store().await?.read().await?;
    let client = find(&mut tx, &args.client_id).await?;
    let value = wire(&mut tx, &client).await?;
    args.common.print(&value, &[line(&value)])
}

async fn set_disabled(args: OneArgs, disabled: bool) -> anyhow::Result<()> {
    let mut tx = args.common.store().await?.write().await?;
    let org = find(&mut tx, &args.client_id).await?.org;
    let client = administer::change_client(&mut tx, &org, &args.client_id, None, Some(disabled)).await?;
    let value = wire(&mut tx, &client).await?;
    tx.commit().await?;
    args.common.print(&value, &[line(&value)])
}

async fn delete(args: OneArgs) -> anyhow::Result<()> {
    let mut tx = args.common.store().await?.write().await?;
    let org = find(&mut tx, &args.client_id).await?.org;
    administer::delete_client(&mut tx, &org, &args.client_id).await?;
    tx.commit().await?;
    args.common.print(&json!({ "deleted": args.client_id }), &[])
}

async fn rotate_secret(args: RotateArgs) -> anyhow::Result<()> {
    let RotateArgs { one, overlap_hours } = args;
    let mut tx = one.common.store().await?.write().await?;
    let org = find(&mut tx, &one.client_id).await?.org;
    let (secret, until_ms) = administer::rotate_secret(&mut tx, &org, &one.client_id, overlap_hours).await?;
    tx.commit().await?;
    let value = json!({ "client_id": one.client_id, "client_secret": secret, "old_secret_until_ms": until_ms });
    let lines = [
        format!("client_id      {}\nclient_secret  {secret}", one.client_id),
        format!("The old secret is valid for {overlap_hours} more hours. The new one cannot be shown again."),
    ];
    one.common.print(&value, &lines)
}

/// The client with this id; ids are unique in the installation.
pub(super) async fn find(tx: &mut Tx, client_id: &str) -> anyhow::Result<ServiceClient> {
    tx.client(client_id).await?.with_context(|| format!("there is no client `{client_id}`; `lakehead client list`"))
}

async fn wire(tx: &mut Tx, client: &ServiceClient) -> anyhow::Result<Value> {
    let roles = tx.roles_of(&client.org, &Subject::Client(client.client_id.clone())).await?;
    Ok(json!({
        "client_id": client.client_id,
        "name": client.name,
        "org_id": client.org,
        "account": client.technical_account,
        "kind": client.kind.as_str(),
        "disabled": client.disabled,
        "roles": roles,
        "created_at_ms": client.created_at_ms,
    }))
}

fn line(client: &Value) -> String {
    let text = |name: &str| client[name].as_str().unwrap_or_default();
    let roles: Vec<&str> = client["roles"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let state = if client["disabled"] == true { "disabled" } else { "enabled" };
    format!("{}  {}  {state}  {}  {}", text("client_id"), text("kind"), roles.join(","), text("name"))
}
