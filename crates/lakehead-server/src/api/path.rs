//! Parts of a request's path, with refusals in the shape of every other problem.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::{Problem, shorten};

/// The decoded parts of the path. Text that no id can hold (bytes that are not UTF-8, NUL) is an unknown path.
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = parts.uri.path().to_owned();
        let decoded = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        match decoded {
            Ok(axum::extract::Path(value)) if !path.contains("%00") => Ok(Self(value)),
            _ => Err(no_resource(&path)),
        }
    }
}

/// Nothing lives at this path.
pub(crate) fn no_resource(path: &str) -> Problem {
    Problem::new("PLATFORM-1000-404", format!("there is no resource at `{}`; check the path", shorten(path)))
}
