//! How a worker itself is doing: whether it still says anything about the target.

use std::time::Duration;

use crate::clock::{Clock, Nanos};

/// The worker's state in one interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// How long the interval was.
    pub interval: Duration,
    /// How much of a core the worker's thread used in it; `None` where the system does not say.
    pub computed: Option<Duration>,
    /// How much later than planned the worker looked at the clock.
    pub late: Duration,
    /// How long guests held the thread up, each for so long at a stretch that others had to wait.
    pub held: Duration,
}

/// Takes the intervals of one worker.
pub(super) struct Pulse {
    clock: Clock,
    since: Nanos,
    computed: Option<Duration>,
}

impl Pulse {
    pub(super) fn start(clock: Clock) -> Pulse {
        Pulse { clock, since: clock.now(), computed: thread_time() }
    }

    /// The interval that ends now, which was planned to end at `planned`.
    pub(super) fn beat(&mut self, planned: Nanos, held: Duration) -> Health {
        let (now, computed) = (self.clock.now(), thread_time());
        let health = Health {
            interval: now.since(self.since),
            computed: computed.zip(self.computed).map(|(now, before)| now.saturating_sub(before)),
            late: now.since(planned),
            held,
        };
        (self.since, self.computed) = (now, computed);
        health
    }
}

/// The time that this thread has been on a core: the first number of Linux's `schedstat`, in nanoseconds.
fn thread_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}
