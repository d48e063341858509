//! Connectors API: keys for files that are encrypted before they are put into a storage.

mod customer_keys;
mod keys;

use lakehead_model::access::Permission::{ManageSources, ViewSources};

use super::openapi::parameters::WINDOW;
use super::routes::{Doc, Service};

/// Base path of the service.
const BASE: &str = "/data/foundation/connectors/encryption";

/// Every route.
pub(super) fn routes() -> Service {
    Service::new(BASE, "Encryption keys")
        .get(
            "/keys",
            keys::list,
            Doc::new("listEncryptionKeys", "List key pairs, newest first")
                .needs(ViewSources)
                .query(WINDOW)
                .answers(200, "EncryptionKeyList"),
        )
        .create(
            "/keys",
            keys::create,
            Doc::new("createEncryptionKey", "Make a key pair; files are encrypted with its public half")
                .notes("The public key is Base64 of an armoured OpenPGP key. The private key never leaves the server.")
                .needs(ManageSources)
                .body("EncryptionKeyWrite")
                .answers(201, "EncryptionKeyMade"),
        )
        .get(
            "/keys/{id}",
            keys::get,
            Doc::new("getEncryptionKey", "Show a key pair").needs(ViewSources).answers(200, "EncryptionKey"),
        )
        .delete(
            "/keys/{id}",
            keys::delete,
            Doc::new("deleteEncryptionKey", "Delete a key pair that no flow uses")
                .notes("Files that are encrypted for it can never be read again.")
                .needs(ManageSources)
                .answers_nothing(),
        )
        .get(
            "/keys/validate/{id}",
            keys::validate,
            Doc::new("validateEncryptionKey", "Tell whether a key pair may still be used")
                .needs(ViewSources)
                .answers(200, "EncryptionKeyStatus"),
        )
        .get(
            "/customer-keys",
            customer_keys::list,
            Doc::new("listCustomerKeys", "List public keys that signatures are checked with, newest first")
                .needs(ViewSources)
                .query(WINDOW)
                .answers(200, "EncryptionKeyList"),
        )
        .create(
            "/customer-keys",
            customer_keys::share,
            Doc::new("shareCustomerKey", "Share a public key that signatures are to be checked with")
                .needs(ManageSources)
                .body("CustomerKeyWrite")
                .answers(201, "CustomerKeyShared"),
        )
        .delete(
            "/customer-keys/{id}",
            customer_keys::delete,
            Doc::new("deleteCustomerKey", "Delete a public key that no flow uses")
                .needs(ManageSources)
                .answers_nothing(),
        )
}
