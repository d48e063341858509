//! Pieces that are being written in this process: no byte of a file is written by two requests at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use lakehead_model::batch::ContentRange;

type Ranges = HashMap<String, Vec<ContentRange>>;

/// The pieces of all uploads that are being written. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct InFlight(Arc<Mutex<Ranges>>);

/// A piece that is being written, until this is dropped.
#[derive(Debug)]
pub(super) struct Writing {
    all: InFlight,
    upload_id: String,
    piece: ContentRange,
}

impl InFlight {
    /// Begins to write a piece; `None` where another request writes a part of it.
    pub(super) fn begin(&self, upload_id: &str, piece: ContentRange) -> Option<Writing> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ranges = all.entry(upload_id.to_owned()).or_default();
        if ranges.iter().any(|other| other.start <= piece.end && piece.start <= other.end) {
            return None;
        }
        ranges.push(piece);
        Some(Writing { all: self.clone(), upload_id: upload_id.to_owned(), piece })
    }

    /// Whether a piece of the upload is being written.
    pub(super) fn is_written(&self, upload_id: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(upload_id)
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ranges) = all.get_mut(&self.upload_id) {
            ranges.retain(|range| *range != self.piece);
            if ranges.is_empty() {
                all.remove(&self.upload_id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_by_one_request_at_a_time() {
        let (all, piece) = (InFlight::default(), |text: &str| ContentRange::parse(text).unwrap());
        let first = all.begin("a", piece("bytes 0-9/30")).unwrap();
        assert!(all.begin("a", piece("bytes 9-12/30")).is_none());
        assert!(all.begin("a", piece("bytes 0-9/30")).is_none());
        let second = all.begin("a", piece("bytes 10-19/30")).unwrap();
        assert!(all.begin("b", piece("bytes 0-9/30")).is_some(), "another file");
        drop(first);
        assert!(all.begin("a", piece("bytes 0-9/30")).is_some() && all.is_written("a"));
        drop(second);
        assert!(!all.is_written("a") && !all.is_written("b"));
    }
}
