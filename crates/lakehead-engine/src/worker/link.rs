//! The worker's end of the conversation with its supervisor.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use super::protocol::{Ack, Event};

/// Tells events, in whole lines, and waits for answers.
pub(super) struct Link {
    out: Mutex<Box<dyn Write + Send>>,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    last_id: u64,
    answers: HashMap<u64, oneshot::Sender<()>>,
}

impl Link {
    pub(super) fn new(out: Box<dyn Write + Send>) -> Self {
        Self { out: Mutex::new(out), waiting: Mutex::default() }
    }

    /// Tells an event. Without anybody to hear it the process is about to end, so that is no error.
    pub(super) fn emit(&self, event: &Event) {
        let Ok(mut line) = serde_json::to_vec(event) else { return };
        line.push(b'\n');
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = out.write_all(&line).and_then(|()| out.flush());
    }

    /// Announces a file and waits until the supervisor has stored that.
    pub(super) async fn intent(&self, path: &str) -> Result<(), String> {
        let (id, answer) = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.last_id += 1;
            let (send, answer) = oneshot::channel();
            let id = waiting.last_id;
            waiting.answers.insert(id, send);
            (id, answer)
        };
        self.emit(&Event::Intent { id, path: path.to_owned() });
        answer.await.map_err(|_| "the supervisor did not answer an intent".to_owned())
    }

    /// Takes in a line from the supervisor.
    pub(super) fn acknowledge(&self, line: &str) {
        let Ok(Ack { ack }) = serde_json::from_str(line) else { return };
        let answer = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).answers.remove(&ack);
        if let Some(answer) = answer {
            let _ = answer.send(());
        }
    }
}
