//! What the user's signals and commands ask for, and faults of strata itself, which end a run as a second signal does.

use std::sync::Arc;

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
    asking: Arc<watch::Sender<u32>>,
    asked: watch::Receiver<u32>,
    failing: Arc<watch::Sender<Option<String>>>,
    failed: watch::Receiver<Option<String>>,
}

impl Signals {
    /// Signals that somebody counts in this channel.
    pub fn new(received: watch::Receiver<u32>) -> Signals {
        let (asking, asked) = watch::channel(0);
        let (failing, failed) = watch::channel(None);
        Signals { received, asking: Arc::new(asking), asked, failing: Arc::new(failing), failed }
    }

    /// A copy that has been told of everything so far.
    pub(crate) fn since_now(&self) -> Signals {
        let mut copy = self.clone();
        copy.received.mark_unchanged();
        copy.asked.mark_unchanged();
        copy.failed.mark_unchanged();
        copy
    }

    /// What the signals so far ask for.
    pub(crate) fn halt(&self) -> Halt {
        match self.received.borrow().saturating_add(*self.asked.borrow()) {
            _ if self.failed.borrow().is_some() => Halt::Now,
            0 => Halt::No,
            1 => Halt::Soon,
            _ => Halt::Now,
        }
    }

    /// Whether there was a signal, or somebody asked for an end.
    pub(crate) fn interrupted(&self) -> bool {
        *self.received.borrow() > 0 || *self.asked.borrow() > 0
    }

    /// Asks every part of the run to end, as a signal does, or as two do.
    pub(crate) fn stop(&self, how: Halt) {
        let wanted = match how {
            Halt::No => return,
            Halt::Soon => 1,
            Halt::Now => 2,
        };
        self.asking.send_if_modified(|asked| {
            let more = *asked < wanted;
            *asked = wanted.max(*asked);
            more
        });
    }

    /// Ends every part of the run at once, for a fault of strata itself.
    pub(crate) fn fail(&self, why: String) {
        self.failing.send_if_modified(|failed| {
            let first = failed.is_none();
            failed.get_or_insert(why);
            first
        });
    }

    /// The first fault of strata itself.
    pub(crate) fn fault(&self) -> Option<String> {
        self.failed.borrow().clone()
    }

    /// Waits for a signal or fault that this copy has not been told of; for ever when there are none any more.
    pub(crate) async fn next(&mut self) -> Halt {
        let received = async {
            if self.received.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let failed = async {
            if self.failed.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let asked = async {
            if self.asked.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = received => {}
            () = asked => {}
            () = failed => {}
        }
        self.halt()
    }
}
