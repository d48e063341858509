//! The transformation `Encryption` of a flow: its keys are there, of the right kind, and have not expired.

use lakehead_model::Invalid;
use lakehead_model::encryption_key::{EncryptionKey, KeyUse};
use lakehead_model::flow::Flow;
use lakehead_model::time::EpochMs;
use lakehead_store::Tx;

use crate::api::caller::Caller;
use crate::api::problem::{Answer, shorten};

/// The keys that a flow refers to.
pub(super) fn keys(flow: &Flow) -> Answer<Vec<String>> {
    let Some(encryption) = flow.encryption()? else { return Ok(Vec::new()) };
    Ok([Some(encryption.public_key_id), encryption.sign_verification_key_id].into_iter().flatten().collect())
}

/// 1203 for a key that is not of the sandbox, 1310 for one that has expired, 1311 for one of the other kind.
pub(super) async fn check(tx: &mut Tx, caller: &Caller, flow: &Flow, now_ms: EpochMs) -> Answer<()> {
    let Some(encryption) = flow.encryption()? else { return Ok(()) };
    let signer = encryption.sign_verification_key_id.map(|id| ("signVerificationKeyId", id, KeyUse::SignVerification));
    let pair = ("publicKeyId", encryption.public_key_id, KeyUse::Encryption);
    for (field, id, key_use) in std::iter::once(pair).chain(signer) {
        let key: EncryptionKey = tx.get(&caller.scope, &id).await?.ok_or_else(|| {
            let id = shorten(&id);
            let message = format!(
                "`{field}` `{id}` of the transformation `Encryption` is no key of this sandbox: make or share one first"
            );
            Invalid::new("CONNECTOR-1203-400", message)
        })?;
        key.check_use(field, key_use, now_ms)?;
    }
    Ok(())
}
