//! What can be broken from outside, for a time: it heals by itself.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The longest that anything can be broken at a time.
pub(crate) const LONGEST: Duration = Duration::from_secs(10);

/// Whether something is away, and until when.
#[derive(Default)]
pub(crate) struct Outage(Mutex<Option<Instant>>);

impl Outage {
    /// Takes it away for a time, at most [`LONGEST`]; anew if it is away already.
    pub(crate) fn begin(&self, time: Duration) {
        self.set(Some(Instant::now() + time.min(LONGEST)));
    }

    /// Gives it back.
    pub(crate) fn end(&self) {
        self.set(None);
    }

    /// Whether it is away now.
    pub(crate) fn lasts(&self) -> bool {
        let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    fn set(&self, until: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }
}
