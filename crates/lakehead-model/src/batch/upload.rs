//! Files that are uploaded into a batch: their paths, and the pieces of large ones.

use serde::{Deserialize, Serialize};

use crate::Invalid;
use crate::invalid::excerpt;

/// Code of an upload that cannot be used.
const BAD_UPLOAD: &str = "INGEST-9003-400";
/// Longest path of a file, bytes.
const MAX_PATH: usize = 1024;
/// Longest name between two `/`, bytes: what a file system takes.
const MAX_SEGMENT: usize = 200;
/// Most pieces that are kept apart; neighbours are joined.
const MAX_PIECES: usize = 10_000;

/// Checks the path of a file inside its batch; answers it without a leading `/`.
///
/// # Errors
/// `INGEST-9003-400`: empty, too long, or with a segment that is no plain name.
pub fn file_path(path: &str) -> Result<String, Invalid> {
    let path = path.trim_start_matches('/');
    let bad = |why: &str| Err(Invalid::new(BAD_UPLOAD, format!("the file path `{}` {why}", excerpt(path))));
    if path.is_empty() {
        return bad("is empty; name the file after `files/`");
    }
    if path.len() > MAX_PATH {
        return bad("is longer than 1024 bytes; choose a shorter one");
    }
    for segment in path.split('/') {
        if segment.is_empty() || segment.starts_with('.') || segment.len() > MAX_SEGMENT {
            return bad("has a part that is empty, begins with `.` or is longer than 200 bytes; choose another name");
        }
        if segment.chars().any(|c| c.is_control() || matches!(c, '\\' | '\0')) {
            return bad("has a control character or a backslash; choose another name");
        }
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    let digits = name.rsplit_once('#').map(|(_, digits)| digits);
    if digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())) {
        return bad("ends in `#` and digits, which the file store keeps for itself; choose another name");
    }
    Ok(path.to_owned())
}

/// Largest file, bytes.
pub const MAX_FILE_BYTES: u64 = 100 << 30;

/// A piece of a file: `bytes start-end/total`, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentRange {
    /// First byte.
    pub start: u64,
    /// Last byte.
    pub end: u64,
    /// Size of the whole file; `None` for `*`.
    pub total: Option<u64>,
}

impl ContentRange {
    /// Reads the header `Content-Range`.
    ///
    /// # Errors
    /// `INGEST-9003-400`: not of that form, or the ends do not fit.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let read = || {
            let (range, total) = text.trim().strip_prefix("bytes")?.trim_start().split_once('/')?;
            let (start, end) = range.split_once('-')?;
            let total = match total.trim() {
                "*" => None,
                total => Some(total.parse().ok()?),
            };
            let range = Self { start: start.trim().parse().ok()?, end: end.trim().parse().ok()?, total };
            let fits = range.start <= range.end && total.is_none_or(|total: u64| range.end < total);
            (fits && range.end.max(total.unwrap_or(0)) <= MAX_FILE_BYTES).then_some(range)
        };
        read().ok_or_else(|| {
            let text = excerpt(text);
            let message = format!(
                "`Content-Range` `{text}` cannot be used; write `bytes 0-1023/4096`, ends included, of at most {} GiB",
                MAX_FILE_BYTES >> 30
            );
            Invalid::new(BAD_UPLOAD, message)
        })
    }

    /// Bytes of the piece.
    pub fn len(&self) -> u64 {
        (self.end - self.start).saturating_add(1)
    }

    /// Never: a piece has at least a byte.
    pub fn is_empty(&self) -> bool {
        false
    }
}

/// The pieces of a large file that have arrived, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pieces {
    /// Ranges, the end not included; neighbours are one.
    ranges: Vec<(u64, u64)>,
    /// Size of the whole file, once a piece has named it.
    total: Option<u64>,
}

impl Pieces {
    /// Adds a piece. The same piece again replaces its bytes.
    ///
    /// # Errors
    /// `INGEST-9003-400`: it overlaps others in part, names another size, or there are too many gaps.
    pub fn add(&mut self, piece: ContentRange) -> Result<(), Invalid> {
        let (start, end) = (piece.start, piece.end.saturating_add(1));
        if let (Some(known), Some(said)) = (self.total, piece.total)
            && known != said
        {
            let message = format!("`Content-Range` names a size of {said} bytes; an earlier piece named {known}");
            return Err(Invalid::new(BAD_UPLOAD, message));
        }
        let within = self.ranges.iter().any(|(from, to)| *from <= start && end <= *to);
        let touches = self.ranges.iter().any(|(from, to)| start < *to && *from < end);
        if touches && !within {
            let message =
                format!("bytes {start} to {} overlap a piece that has arrived; send each byte once", piece.end);
            return Err(Invalid::new(BAD_UPLOAD, message));
        }
        self.total = self.total.or(piece.total);
        if !within {
            self.join(start, end);
        }
        if self.ranges.len() > MAX_PIECES {
            let message = format!("the file has more than {MAX_PIECES} gaps; send its pieces in order");
            return Err(Invalid::new(BAD_UPLOAD, message));
        }
        Ok(())
    }

    fn join(&mut self, start: u64, end: u64) {
        let at = self.ranges.partition_point(|(from, _)| *from < start);
        self.ranges.insert(at, (start, end));
        if at + 1 < self.ranges.len() && self.ranges[at].1 == self.ranges[at + 1].0 {
            self.ranges[at].1 = self.ranges.remove(at + 1).1;
        }
        if at > 0 && self.ranges[at - 1].1 == self.ranges[at].0 {
            self.ranges[at - 1].1 = self.ranges.remove(at).1;
        }
    }

    /// Whether every byte of the piece has arrived.
    pub fn has(&self, piece: ContentRange) -> bool {
        self.ranges.iter().any(|(from, to)| *from <= piece.start && piece.end < *to)
    }

    /// The size of the file, where every byte has arrived.
    ///
    /// # Errors
    /// `INGEST-9003-400`: a piece is missing.
    pub fn whole(&self) -> Result<u64, Invalid> {
        let missing = |from: u64| {
            Invalid::new(
                BAD_UPLOAD,
                format!("the file has a gap from byte {from} on; send that piece and complete again"),
            )
        };
        match self.ranges.as_slice() {
            [(0, end)] if self.total.is_none_or(|total| total == *end) => Ok(*end),
            [(0, end), ..] => Err(missing(*end)),
            _ => Err(missing(0)),
        }
    }

    /// A file that has arrived.
    pub fn of_whole(size: u64) -> Self {
        let ranges = if size == 0 { Vec::new() } else { vec![(0, size)] };
        Self { ranges, total: Some(size) }
    }

    /// Bytes that have arrived.
    pub fn bytes(&self) -> u64 {
        self.ranges.iter().map(|(start, end)| end - start).sum()
    }

    /// The header `Range` of what has arrived from the beginning on without a gap; `None` for nothing.
    pub fn range(&self) -> Option<String> {
        self.ranges.first().filter(|(start, _)| *start == 0).map(|(_, end)| format!("bytes=0-{}", end - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(text: &str) -> ContentRange {
        ContentRange::parse(text).unwrap()
    }

    #[test]
    fn paths_stay_inside_their_batch() {
        assert_eq!(file_path("/a/year=2026/x.json").unwrap(), "a/year=2026/x.json");
        for bad in ["", "/", "a//b", "../x", "a/../../x", ".hidden", "a\\b", "a\nb", "a/", "part#1", &"x".repeat(300)] {
            assert_eq!(file_path(bad).unwrap_err().code, BAD_UPLOAD, "{bad:?}");
        }
    }

    #[test]
    fn pieces_become_a_file_in_any_order() {
        let mut pieces = Pieces::default();
        pieces.add(piece("bytes 4-7/10")).unwrap();
        assert!(pieces.whole().is_err() && pieces.range().is_none());
        pieces.add(piece("bytes 0-3/10")).unwrap();
        pieces.add(piece("bytes 0-3/10")).unwrap();
        assert_eq!(pieces.range().as_deref(), Some("bytes=0-7"));
        assert!(pieces.whole().unwrap_err().message.contains("byte 8"), "{pieces:?}");
        pieces.add(piece("bytes 8-9/*")).unwrap();
        assert_eq!(pieces.whole().unwrap(), 10);
    }

    #[test]
    fn overlaps_and_other_sizes_are_refused() {
        let mut pieces = Pieces::default();
        pieces.add(piece("bytes 0-3/10")).unwrap();
        let before = pieces.clone();
        for bad in ["bytes 2-5/10", "bytes 4-7/11"] {
            assert_eq!(pieces.add(piece(bad)).unwrap_err().code, BAD_UPLOAD, "{bad}");
        }
        assert_eq!(pieces, before);
        for bad in [
            "",
            "bytes",
            "bytes 5-2/10",
            "bytes 0-10/10",
            "0-3/10",
            "bytes 0-9999999999999/*",
            "bytes a-b/c",
            "bytes 0-3",
        ] {
            assert!(ContentRange::parse(bad).is_err(), "{bad}");
        }
    }
}
