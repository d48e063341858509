//! Request bodies that nobody reads.
//!
//! A request may be refused for its headers alone, while its body is still on the way. Closing the connection then
//! resets it: the client may lose the answer, and the next request that it sends on that connection. So a short rest is
//! read and thrown away, and the answer says where the connection ends because there is more.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use futures::StreamExt as _;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// Bytes of a rest that are still read.
const MAX_REST_BYTES: usize = 256 * 1024;
/// Time in which the rest must come.
const REST_TIMEOUT: Duration = Duration::from_secs(1);

/// Reads what the handler left of the body before the answer goes out.
pub(super) async fn middleware(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    // Such a client sends nothing until it is asked, and reading would ask.
    let waits = request.headers().contains_key(header::EXPECT);
    let left = Arc::new(Mutex::new(None));
    let request = request.map(|body| Body::new(Lent { body, ended: false, left: Arc::clone(&left) }));
    let mut response = next.run(request).await;
    let rest = left.lock().unwrap_or_else(PoisonError::into_inner).take();
    let all_read = match rest {
        None => true,
        Some(_) if waits => false,
        Some(rest) => tokio::time::timeout(REST_TIMEOUT, ends_soon(rest)).await.unwrap_or(false),
    };
    if !all_read {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Reads a body that is not too long; `false` where it is, or where it breaks off.
async fn ends_soon(rest: Body) -> bool {
    let (mut read, mut rest) = (0, rest.into_data_stream());
    while let Some(bytes) = rest.next().await {
        let Ok(bytes) = bytes else { return false };
        read += bytes.len();
        if read > MAX_REST_BYTES {
            return false;
        }
    }
    true
}

/// A body that is given back when its reader drops it before the end.
struct Lent {
    body: Body,
    /// Whether its end was read: a body in chunks does not know it before.
    ended: bool,
    left: Arc<Mutex<Option<Body>>>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        if !self.ended && !self.body.is_end_stream() {
            let body = std::mem::take(&mut self.body);
            *self.left.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
        }
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        self.ended |= matches!(frame, Poll::Ready(None));
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_what_was_not_read_to_its_end_is_given_back() {
        for (whole, given_back) in [(true, false), (false, true)] {
            let left = Arc::new(Mutex::new(None));
            // Its length is not known before its end, as with a body in chunks.
            let body = Body::from_stream(futures::stream::iter([Ok::<_, std::io::Error>("a"), Ok("b")]));
            let mut frames = Body::new(Lent { body, ended: false, left: Arc::clone(&left) }).into_data_stream();
            frames.next().await.unwrap().unwrap();
            while whole && frames.next().await.is_some() {}
            drop(frames);
            assert_eq!(left.lock().unwrap().is_some(), given_back);
        }
    }
}
