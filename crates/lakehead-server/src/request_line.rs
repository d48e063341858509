//! Request lines as `curl` sends them: `?property=createdAt>1000`, as the documentation of the API writes it, is not a valid
//! URI, and the HTTP library would end the connection without a word. The characters are percent-encoded on their way in.
//!
//! A request line is looked for where one must begin: at the start of a connection and after something was answered. What
//! does not begin like one (the body of a request, say) passes as it is, and so does everything behind the line.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Longest method, with its blank.
const MAX_METHOD: usize = 16;

/// Where in the stream of the client the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Where a request may begin.
    Start,
    /// In the first line of a request.
    Line,
    /// Behind it.
    Rest,
}

/// A connection whose request lines are made valid.
pub(crate) struct RequestLines<S> {
    inner: S,
    at: At,
    /// What became longer than the reader had room for.
    waiting: Vec<u8>,
}

impl<S> RequestLines<S> {
    /// A connection at its start.
    pub(crate) fn new(inner: S) -> Self {
        Self { inner, at: At::Start, waiting: Vec::new() }
    }
}

impl At {
    /// Follows `bytes`, and answers them encoded where something in the request line has to be.
    fn pass(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        if *self == Self::Start && !bytes.is_empty() {
            *self = if begins_request(bytes) { Self::Line } else { Self::Rest };
        }
        if *self != Self::Line {
            return None;
        }
        let end = bytes.iter().position(|byte| *byte == b'\n');
        if end.is_some() {
            *self = Self::Rest;
        }
        let (line, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
        if !line.iter().any(|byte| encoded(*byte).is_some()) {
            return None;
        }
        let mut valid = Vec::with_capacity(bytes.len() + 64);
        for byte in line {
            match encoded(*byte) {
                Some(text) => valid.extend_from_slice(text),
                None => valid.push(*byte),
            }
        }
        valid.extend_from_slice(rest);
        Some(valid)
    }
}

/// A method, a blank and a path.
fn begins_request(bytes: &[u8]) -> bool {
    let method = bytes.iter().take(MAX_METHOD).take_while(|byte| byte.is_ascii_uppercase()).count();
    method > 0 && bytes[method..].starts_with(b" /")
}

const fn encoded(byte: u8) -> Option<&'static [u8]> {
    match byte {
        b'"' => Some(b"%22"),
        b'<' => Some(b"%3C"),
        b'>' => Some(b"%3E"),
        _ => None,
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for RequestLines<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        if self.waiting.is_empty() {
            let before = buf.filled().len();
            ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
            let Some(valid) = self.at.pass(&buf.filled()[before..]) else { return Poll::Ready(Ok(())) };
            buf.set_filled(before);
            self.waiting = valid;
        }
        let fits = self.waiting.len().min(buf.remaining());
        buf.put_slice(&self.waiting[..fits]);
        self.waiting.drain(..fits);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for RequestLines<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.answered();
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        self.answered();
        Pin::new(&mut self.inner).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl<S> RequestLines<S> {
    /// What comes next may be a request, unless one is half read.
    fn answered(&mut self) {
        if self.at == At::Rest {
            self.at = At::Start;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[test]
    fn only_the_line_of_a_request_is_changed() {
        for (text, expected) in [
            ("GET /a?b>=\"c\" HTTP/1.1\r\nx: <y>\r\n\r\n", Some("GET /a?b%3E=%22c%22 HTTP/1.1\r\nx: <y>\r\n\r\n")),
            ("GET /a?b%3E1 HTTP/1.1\r\nx: <y>\r\n\r\n", None),
            ("{\"a\": \"<b>\"}", None),
            ("GET\n /a<b", None),
            ("get /a<b HTTP/1.1\r\n", None),
            ("", None),
        ] {
            let valid = At::Start.pass(text.as_bytes()).map(|valid| String::from_utf8(valid).unwrap());
            assert_eq!(valid.as_deref(), expected, "{text}");
        }
    }

    #[tokio::test]
    async fn lines_are_found_after_answers_and_across_reads() {
        let (mut client, server) = tokio::io::duplex(1024);
        let mut server = RequestLines::new(server);
        client.write_all(b"GET /a?b>1&").await.unwrap();
        assert_eq!(read(&mut server, 13).await, "GET /a?b%3E1&");
        // A reader with less room than the line takes; what follows at once is left as it is.
        client.write_all(b"c<2 HTTP/1.1\r\n\r\nGET /<").await.unwrap();
        assert_eq!(read(&mut server, 2).await + &read(&mut server, 22).await, "c%3C2 HTTP/1.1\r\n\r\nGET /<");
        server.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.unwrap();
        client.write_all(b"{\"<\":1}").await.unwrap();
        assert_eq!(read(&mut server, 7).await, "{\"<\":1}");
        server.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        client.write_all(b"POST /<>").await.unwrap();
        // Without an end, fewer bytes than expected would be waited for.
        drop(client);
        assert_eq!(read(&mut server, 12).await, "POST /%3C%3E");
    }

    async fn read(server: &mut RequestLines<tokio::io::DuplexStream>, bytes: usize) -> String {
        let mut room = vec![0; bytes];
        server.read_exact(&mut room).await.unwrap();
        String::from_utf8(room).unwrap()
    }
}
