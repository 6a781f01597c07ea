//! What the user's signals ask for.

use tokio::sync::watch;

/// How soon a run is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Halt {
    /// When it is over.
    No,
    /// When what runs has finished.
    Soon,
    /// At once.
    Now,
}

/// The signals of the run: the first one asks to stop soon, the second one now. Each part of the run listens by a copy
/// of its own.
#[derive(Clone)]
pub struct Signals {
    received: watch::Receiver<u32>,
}

impl Signals {
    /// Signals that somebody counts in this channel.
    pub fn new(received: watch::Receiver<u32>) -> Signals {
        Signals { received }
    }

    /// What the signals so far ask for.
    pub(crate) fn halt(&self) -> Halt {
        match *self.received.borrow() {
            0 => Halt::No,
            1 => Halt::Soon,
            _ => Halt::Now,
        }
    }

    /// Waits for a signal that this copy has not been told of; for ever when there are none any more.
    pub(crate) async fn next(&mut self) -> Halt {
        if self.received.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        self.halt()
    }
}
