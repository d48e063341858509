//! A folder of this machine as an object store that can only be read.

use std::fmt;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, Error, GetOptions, GetRange, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// Reads files below a folder.
#[derive(Debug)]
pub(crate) struct LocalFolder(PathBuf);

impl LocalFolder {
    pub(crate) fn new(folder: &str) -> Self {
        Self(PathBuf::from(folder))
    }
}

impl fmt::Display for LocalFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.display())
    }
}

fn generic(source: std::io::Error) -> Error {
    Error::Generic { store: "folder", source: Box::new(source) }
}

fn read_only(operation: &str) -> Error {
    Error::NotImplemented { operation: operation.to_owned(), implementer: "LocalFolder".to_owned() }
}

#[async_trait]
impl ObjectStore for LocalFolder {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let file = std::fs::File::open(self.0.join(location.as_ref())).map_err(generic)?;
        let metadata = file.metadata().map_err(generic)?;
        let (size, modified) = (metadata.len(), metadata.modified().map_err(generic)?);
        let range = match options.range {
            Some(GetRange::Bounded(range)) => range,
            Some(GetRange::Offset(start)) => start..size,
            Some(GetRange::Suffix(len)) => size.saturating_sub(len)..size,
            None => 0..size,
        };
        let mut bytes = vec![0; (range.end - range.start) as usize];
        file.read_exact_at(&mut bytes, range.start).map_err(generic)?;
        Ok(GetResult {
            payload: GetResultPayload::Stream(stream::iter([Ok(Bytes::from(bytes))]).boxed()),
            meta: ObjectMeta {
                location: location.clone(),
                last_modified: modified.into(),
                size,
                e_tag: None,
                version: None,
            },
            range,
            attributes: Attributes::default(),
        })
    }

    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        Err(read_only("put"))
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        Err(read_only("put_multipart"))
    }

    fn delete_stream(&self, _: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        stream::iter([Err(read_only("delete"))]).boxed()
    }

    fn list(&self, _: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        stream::iter([Err(read_only("list"))]).boxed()
    }

    async fn list_with_delimiter(&self, _: Option<&Path>) -> Result<ListResult> {
        Err(read_only("list"))
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(read_only("copy"))
    }
}
