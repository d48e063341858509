//! Files that are really encrypted, by another OpenPGP implementation, with a sample beside them that is not.

use crate::encrypted::{file, pair, seal};
use crate::harness::client::Api;
use crate::harness::customers;
use crate::harness::read_back;
use crate::harness::s3::S3;

/// Rows of the encrypted files.
const ROWS: u64 = 30;

/// Makes a key pair and two signed files; answers what the browser has to know. Nothing without the Python of the tests.
pub(super) async fn make(api: &Api, s3: &S3) -> Vec<(&'static str, String)> {
    if !read_back::is_provided() {
        return Vec::new();
    }
    let (id, key) = pair(api).await;
    let half = ROWS / 2;
    let files = [file(customers::csv(0..half), Some("anna")), file(customers::csv(half..ROWS), Some("anna"))];
    let (anna, sealed) = seal(&key, &files);
    for (name, bytes) in ["a.csv.gpg", "b.csv.gpg"].iter().zip(sealed) {
        s3.put(&format!("sealed/{name}"), bytes).await;
    }
    s3.put("sealed/readme.csv", customers::csv(0..2)).await;
    s3.put("samples/few.csv", customers::csv(0..3)).await;
    vec![("UI_SEALED_KEY", id), ("UI_SEALED_SIGNER", anna), ("UI_SEALED_ROWS", ROWS.to_string())]
}
