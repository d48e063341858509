//! `lakehead role …`: what members may do, and who is a member.

use clap::Subcommand;
use lakehead_store::{Role, Sandbox, Subject, Tx};
use serde_json::{Value, json};

use super::opened::{Common, organisation};
use crate::access::administer;
use crate::access::roles::{self, EVERY_SANDBOX, RoleText};

/// The `role` commands.
#[derive(Debug, Subcommand)]
pub(crate) enum RoleCommand {
    /// List the roles, the built-in ones first
    List(ListArgs),
    /// Make a role
    Create(CreateArgs),
    /// Change a role; what is not named stays
    Update(UpdateArgs),
    /// Remove a role and all memberships in it
    Delete(OneArgs),
    /// Put a client or a user into a role
    Assign(MemberArgs),
    /// Take a client or a user out of a role
    Unassign(MemberArgs),
}

#[derive(Debug, clap::Args)]
struct Place {
    #[command(flatten)]
    common: Common,
    /// Organisation; the first one where nothing is said
    #[arg(long)]
    org: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    place: Place,
    /// Name, unique in the organisation
    #[arg(long)]
    name: String,
    /// More for people
    #[arg(long, default_value = "")]
    description: String,
    /// A permission such as manage-sources; may be repeated
    #[arg(long = "permission", value_name = "NAME")]
    permissions: Vec<String>,
    /// A sandbox that the role is for, `*` for every one; may be repeated
    #[arg(long = "sandbox", value_name = "NAME", default_value = EVERY_SANDBOX)]
    sandboxes: Vec<String>,
    /// A data usage label that members see, such as core/C12; may be repeated
    #[arg(long = "label", value_name = "LABEL")]
    labels: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct UpdateArgs {
    #[command(flatten)]
    place: Place,
    /// Id or name of the role
    role: String,
    /// New name
    #[arg(long)]
    name: Option<String>,
    /// New description
    #[arg(long)]
    description: Option<String>,
    /// All permissions from now on; may be repeated
    #[arg(long = "permission", value_name = "NAME")]
    permissions: Option<Vec<String>>,
    /// All sandboxes from now on, `*` for every one; may be repeated
    #[arg(long = "sandbox", value_name = "NAME")]
    sandboxes: Option<Vec<String>>,
    /// All labels from now on; may be repeated
    #[arg(long = "label", value_name = "LABEL")]
    labels: Option<Vec<String>>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct OneArgs {
    #[command(flatten)]
    place: Place,
    /// Id or name of the role
    role: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct MemberArgs {
    #[command(flatten)]
    one: OneArgs,
    #[command(flatten)]
    member: Member,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Member {
    /// A client, by its id
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// A user, by the account id
    #[arg(long, value_name = "ID")]
    account_id: Option<String>,
}

/// Who is stamped on what the command line makes.
const OPERATOR: &str = "SYSTEM";

/// Runs a `role` command.
pub(crate) async fn run(command: RoleCommand) -> anyhow::Result<()> {
    match command {
        RoleCommand::List(args) => list(&args.place).await,
        RoleCommand::Create(args) => create(args).await,
        RoleCommand::Update(args) => update(args).await,
        RoleCommand::Delete(OneArgs { place, role }) => {
            let (mut tx, org) = open(&place).await?;
            roles::delete(&mut tx, &org, &role).await?;
            tx.commit().await?;
            place.common.print(&json!({ "deleted": role }), &[])
        }
        RoleCommand::Assign(args) => change_members(args, true).await,
        RoleCommand::Unassign(args) => change_members(args, false).await,
    }
}

async fn open(place: &Place) -> anyhow::Result<(Tx, String)> {
    let mut tx = place.common.store().await?.write().await?;
    let org = organisation(&mut tx, place.org.as_deref()).await?;
    Ok((tx, org))
}

async fn list(place: &Place) -> anyhow::Result<()> {
    let (mut tx, org) = open(place).await?;
    let sandboxes = tx.sandboxes(&org).await?;
    let shown: Vec<Value> = roles::all(&mut tx, &org).await?.iter().map(|role| wire(role, &sandboxes)).collect();
    let lines: Vec<String> = shown.iter().map(line).collect();
    place.common.print(&Value::Array(shown), &lines)
}

async fn create(args: CreateArgs) -> anyhow::Result<()> {
    let CreateArgs { place, name, description, permissions, sandboxes, labels } = args;
    let (mut tx, org) = open(&place).await?;
    let text = RoleText { name, description, permissions, sandboxes, labels };
    let role = roles::create(&mut tx, &org, &text, OPERATOR).await?;
    keep(&place, tx, &org, &role).await
}

async fn update(args: UpdateArgs) -> anyhow::Result<()> {
    let (mut tx, org) = open(&args.place).await?;
    let role = roles::find(&mut tx, &org, &args.role).await?;
    let now = roles::text(&role, &tx.sandboxes(&org).await?);
    let text = RoleText {
        name: args.name.unwrap_or(now.name),
        description: args.description.unwrap_or(now.description),
        permissions: args.permissions.unwrap_or(now.permissions),
        sandboxes: args.sandboxes.unwrap_or(now.sandboxes),
        labels: args.labels.unwrap_or(now.labels),
    };
    let role = roles::update(&mut tx, &org, &role, &text, OPERATOR).await?;
    keep(&args.place, tx, &org, &role).await
}

async fn keep(place: &Place, mut tx: Tx, org: &str, role: &Role) -> anyhow::Result<()> {
    let value = wire(role, &tx.sandboxes(org).await?);
    tx.commit().await?;
    place.common.print(&value, &[line(&value)])
}

async fn change_members(args: MemberArgs, add: bool) -> anyhow::Result<()> {
    let MemberArgs { one: OneArgs { place, role }, member } = args;
    let client = member.client_id.map(Subject::Client);
    let Some(subject) = client.or(member.account_id.map(Subject::User)) else {
        anyhow::bail!("name a client with --client-id or a user with --account-id");
    };
    let (mut tx, org) = open(&place).await?;
    let one = std::slice::from_ref(&subject);
    let (added, removed) = if add { (one, &[][..]) } else { (&[][..], one) };
    administer::change_members(&mut tx, &org, &role, added, removed).await?;
    tx.commit().await?;
    let done = if add { "assigned" } else { "unassigned" };
    let value = json!({ "role": role, "subject_kind": subject.kind(), "subject_id": subject.id(), "done": done });
    place.common.print(&value, &[])
}

fn wire(role: &Role, sandboxes: &[Sandbox]) -> Value {
    let text = roles::text(role, sandboxes);
    json!({
        "id": role.id,
        "name": text.name,
        "description": text.description,
        "built_in": roles::is_built_in(role),
        "permissions": text.permissions,
        "sandboxes": text.sandboxes,
        "labels": text.labels,
    })
}

fn line(role: &Value) -> String {
    let text = |name: &str| role[name].as_str().unwrap_or_default().to_owned();
    let list = |name: &str| {
        let texts: Vec<&str> = role[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        texts.join(",")
    };
    let (permissions, sandboxes, labels) = (list("permissions"), list("sandboxes"), list("labels"));
    format!("{}  {}  {permissions}  sandboxes={sandboxes}  labels={labels}", text("id"), text("name"))
}
