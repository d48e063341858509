//! The keys of a run that reads encrypted files.

use lakehead_connect::pgp::Keys;
use lakehead_model::encryption_key::{EncryptionKey, KeyUse};
use lakehead_model::flow::Flow;
use lakehead_store::{DocumentKind, RunRow, SecretUse, Store, Tx};

use super::{find, gone, unusable};
use crate::run_error::RunError;

/// Field of the secrets of a pair: its private key, armoured and locked.
pub const PRIVATE_KEY: &str = "privateKey";
/// Field of the secrets of a pair: what unlocks it.
pub const PASS_PHRASE: &str = "passPhrase";

/// What opens the files of `flow`; `None` where they are not encrypted. That the private key is used is noted before it
/// is known here.
pub(super) async fn load(store: &Store, run: &RunRow, flow: &Flow) -> Result<Option<Keys>, RunError> {
    let Some(encryption) = flow.encryption().map_err(unusable)? else { return Ok(None) };
    let mut tx = store.write().await?;
    let now_ms = tx.now_ms().await?;
    let pair = key(&mut tx, run, &encryption.public_key_id).await?;
    // Its expiry ends encrypting: what was encrypted in time may come, or come again, later.
    pair.check_kind("publicKeyId", KeyUse::Encryption).map_err(unusable)?;
    let signer = match &encryption.sign_verification_key_id {
        None => None,
        Some(id) => {
            let signer = key(&mut tx, run, id).await?;
            signer.check_use("signVerificationKeyId", KeyUse::SignVerification, now_ms).map_err(unusable)?;
            Some(signer.public_key)
        }
    };
    let owner = (DocumentKind::EncryptionKey, pair.public_key_id.as_str());
    let mut secrets = tx.use_secrets(&run.scope, owner, SecretUse::Run(&run.run_id)).await?;
    let mut secret = |field| secrets.remove(field).ok_or_else(|| gone("private key of", &pair.public_key_id));
    Ok(Some(Keys {
        private_key: secret(PRIVATE_KEY)?,
        pass_phrase: secret(PASS_PHRASE)?,
        signer,
        now_s: now_ms.div_euclid(1000),
    }))
}

async fn key(tx: &mut Tx, run: &RunRow, id: &str) -> Result<EncryptionKey, RunError> {
    find(tx, &run.scope, "encryption key", id).await
}
