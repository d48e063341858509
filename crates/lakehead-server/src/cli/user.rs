//! `lakehead user …`: people whom an external issuer vouches for.

use clap::Subcommand;
use lakehead_store::{Subject, Tx, User};
use serde_json::{Value, json};

use super::opened::{Common, organisation};
use crate::access::administer;

/// The `user` commands.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Register a person, so that the issuer's tokens are accepted for them
    Create(CreateArgs),
    /// List the users of an organisation
    List(ListArgs),
    /// Remove a user
    Delete(DeleteArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    common: Common,
    /// The issuer, exactly as in `iss` of its tokens and in the configuration file
    #[arg(long)]
    issuer: String,
    /// The person, as the issuer's tokens name them (`sub` where nothing else is configured)
    #[arg(long)]
    subject: String,
    /// A name for people; the issuer's where nothing is said
    #[arg(long, default_value = "")]
    name: String,
    /// Organisation; the first one where nothing is said
    #[arg(long)]
    org: Option<String>,
    /// What the user may do: name or id of a role; may be repeated
    #[arg(long = "role", value_name = "ROLE", required = true)]
    roles: Vec<String>,
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
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    common: Common,
    /// Account id, as `user list` shows it
    account_id: String,
    /// Organisation; the first one where nothing is said
    #[arg(long)]
    org: Option<String>,
}

/// Runs a `user` command.
pub(crate) async fn run(command: UserCommand) -> anyhow::Result<()> {
    match command {
        UserCommand::Create(args) => {
            let mut tx = args.common.store().await?.write().await?;
            let org = organisation(&mut tx, args.org.as_deref()).await?;
            let (issuer, subject) = (&args.issuer, &args.subject);
            let user = administer::create_user(&mut tx, &org, issuer, subject, &args.name, &args.roles).await?;
            let value = wire(&mut tx, &user).await?;
            tx.commit().await?;
            args.common.print(&value, &[line(&value)])
        }
        UserCommand::List(args) => {
            let mut tx = args.common.store().await?.read().await?;
            let org = organisation(&mut tx, args.org.as_deref()).await?;
            let (mut shown, mut lines) = (Vec::new(), Vec::new());
            for user in tx.users(&org, 0, u32::MAX).await? {
                let value = wire(&mut tx, &user).await?;
                lines.push(line(&value));
                shown.push(value);
            }
            args.common.print(&Value::Array(shown), &lines)
        }
        UserCommand::Delete(args) => {
            let mut tx = args.common.store().await?.write().await?;
            let org = organisation(&mut tx, args.org.as_deref()).await?;
            administer::delete_user(&mut tx, &org, &args.account_id).await?;
            tx.commit().await?;
            args.common.print(&json!({ "deleted": args.account_id }), &[])
        }
    }
}

async fn wire(tx: &mut Tx, user: &User) -> anyhow::Result<Value> {
    let roles = tx.roles_of(&user.org, &Subject::User(user.account_id.clone())).await?;
    Ok(json!({
        "account_id": user.account_id,
        "issuer": user.issuer,
        "subject": user.subject,
        "name": user.name,
        "org_id": user.org,
        "roles": roles,
        "created_at_ms": user.created_at_ms,
    }))
}

fn line(user: &Value) -> String {
    let text = |name: &str| user[name].as_str().unwrap_or_default();
    let roles: Vec<&str> = user["roles"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    format!("{}  {}  {}  {}  {}", text("account_id"), text("issuer"), text("subject"), roles.join(","), text("name"))
}
