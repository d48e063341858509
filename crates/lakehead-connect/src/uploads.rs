//! Files that clients have uploaded, read like those of any source. No connection can lead here: there is no connection
//! spec with this id, and only the server names the folder.

use std::path::Path;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

use crate::connector::{ConnectError, ConnectErrorKind};
use crate::login::{Login, LoginValue};

/// Stands where connectors have the id of their connection spec.
pub const SPEC_ID: &str = "lakehead-uploads";
/// Parameter of the login: the folder of the batch.
const FOLDER: &str = "folder";

/// What a worker needs to read the uploads in `folder`.
pub fn login(folder: &Path) -> Login {
    let folder = LoginValue::Text(folder.to_string_lossy().into_owned());
    Login { auth_spec: SPEC_ID.to_owned(), params: [(FOLDER.to_owned(), folder)].into() }
}

/// Opens one upload, a folder with the file at the path that its client gave.
///
/// # Errors
/// `NotFound` where the folder is gone.
pub fn open(login: &Login, upload_id: &str) -> Result<Arc<dyn ObjectStore>, ConnectError> {
    let gone = || ConnectError::new(ConnectErrorKind::NotFound, "the uploaded file is gone; upload it in a new batch");
    let is_id = !upload_id.is_empty() && upload_id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let folder = login.text(FOLDER).filter(|_| is_id).ok_or_else(gone)?;
    let store = LocalFileSystem::new_with_prefix(Path::new(folder).join(upload_id));
    Ok(Arc::new(store.map_err(|error| gone().because(error))?))
}

#[cfg(test)]
mod tests {
    use object_store::ObjectStoreExt;

    use super::*;

    #[tokio::test]
    async fn an_upload_is_read_under_the_name_its_client_gave() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("01A/year=2026/Grüße %20 x.json");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "{}").unwrap();
        let login = login(folder.path());
        let store = open(&login, "01A").unwrap();
        let path = object_store::path::Path::parse("year=2026/Grüße %20 x.json").unwrap();
        assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), "{}");
        for bad in ["", "..", "01A/year=2026", "01B"] {
            assert_eq!(open(&login, bad).unwrap_err().kind, ConnectErrorKind::NotFound, "{bad}");
        }
    }
}
