//! Walking through all resources of a sandbox, a few at a time.

use lakehead_model::xdm::resource::XdmResource;
use lakehead_store::{Document, DocumentKey, PageKey, Tx};

use crate::api::caller::Caller;
use crate::api::problem::{Answer, Problem};

/// Most resources of a sandbox: what a list or a union looks through.
const MAX_RESOURCES: u64 = 10_000;
/// Resources that are in memory at a time.
const PAGE: u32 = 50;

/// Shows `visit` every resource of the sandbox, newest first.
pub(super) async fn each(tx: &mut Tx, caller: &Caller, mut visit: impl FnMut(XdmResource) + Send) -> Answer<()> {
    let mut after: Option<PageKey> = None;
    loop {
        let page = tx.list::<XdmResource>(&caller.scope, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        let DocumentKey { id, created_at_ms, .. } = last.key();
        after = Some(PageKey { created_at_ms, id });
        page.into_iter().for_each(&mut visit);
    }
}

/// Refuses `more` resources where the sandbox would have too many.
pub(super) async fn room_for(tx: &mut Tx, caller: &Caller, more: usize) -> Answer<()> {
    if tx.count::<XdmResource>(&caller.scope).await? + more as u64 <= MAX_RESOURCES {
        return Ok(());
    }
    let sandbox = &caller.scope.sandbox_name;
    let message = format!(
        "sandbox `{sandbox}` has {MAX_RESOURCES} schemas, field groups, classes and data types at most; delete some"
    );
    Err(Problem::new("XDM-9107-400", message))
}
