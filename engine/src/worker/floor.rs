//! What the VUs of one worker share in one stage.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::turnstile::{Handed, Turnstile};
use crate::clock::{Clock, Nanos};
use crate::measure::{Ending, Journal, Recorder, Times};
use crate::pace::{Arrivals, Closed, Next, StageClock};
use crate::plan::Asked;

/// The most dropped iterations that wait for their age to be known.
const MOST_CENSORED: usize = 100_000;

/// The next iteration of a VU.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    pub due: Nanos,
    pub started: Nanos,
    /// When it is cut off, on the stage's clock, if it has not ended by then.
    pub cut_off: Option<Nanos>,
}

/// What a VU that waits is called for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Call {
    /// An iteration.
    Turn(Turn),
    /// Another version of the scenario is on.
    Follow,
}

/// The shared state. Everything is on one thread.
pub(super) struct Floor {
    pub clock: Clock,
    pub stage: u32,
    /// On which the stage was planned.
    pub time: Cell<StageClock>,
    /// What a free VU does, in a closed load.
    pub closed: Option<RefCell<Closed>>,
    /// What is due in an open load.
    pub arrivals: Option<RefCell<Arrivals>>,
    /// Where free VUs wait, in an open load.
    pub turnstile: Turnstile,
    pub recorder: RefCell<Recorder>,
    /// Whether dropped iterations are entered into the response times.
    pub censoring: bool,
    /// Dropped iterations whose age is not known yet: no VU has become free since.
    pub censored: RefCell<Vec<Nanos>>,
    /// More VUs are wanted than there are.
    pub short: Notify,
    /// VUs that wait for a ramp to reach them.
    pub resting: Cell<u32>,
    /// When the last iteration ended.
    pub last_done: Cell<Nanos>,
    /// How long guests have held the thread up since the last tick.
    pub held: Cell<Duration>,
    pub stop: Cell<bool>,
    /// The stage was halted, or its time goes otherwise than before.
    pub changed: Notify,
}

impl Floor {
    /// What VU `slot` does next; nothing when the stage has no more for it.
    pub(super) async fn turn(&self, slot: usize) -> Option<Call> {
        let Some(closed) = &self.closed else {
            return Some(match self.turnstile.pass(slot).await? {
                Handed::Due(due) => Call::Turn(Turn { due, started: self.clock.now(), cut_off: None }),
                Handed::Call => Call::Follow,
            });
        };
        while !self.stop.get() {
            let now = self.clock.now();
            let Some(shown) = self.time.get().goes_at(now) else {
                self.changed.notified().await;
                continue;
            };
            let next = closed.borrow_mut().next(slot, shown);
            match next {
                Next::Start => {
                    let cut_off = closed.borrow().cut_off(slot, shown);
                    return Some(Call::Turn(Turn { due: now, started: now, cut_off }));
                }
                Next::Wait(until) => {
                    self.resting.set(self.resting.get() + 1);
                    self.wait(until).await;
                    self.resting.set(self.resting.get().saturating_sub(1));
                }
                Next::End => return None,
            }
        }
        None
    }

    /// The VU starts later than it was called, for reasons of its own: no time of the target's.
    pub(super) fn again(&self, call: &mut Call) {
        if let Call::Turn(turn) = call {
            turn.started = self.clock.now();
            if self.closed.is_some() {
                turn.due = turn.started;
            }
        }
    }

    /// Waits until the stage's clock shows `planned`, or something changes.
    async fn wait(&self, planned: Nanos) {
        let changed = self.changed.notified();
        match self.time.get().shows_at(planned) {
            None => changed.await,
            Some(at) => tokio::select! {
                () = self.clock.sleep_until(at) => {}
                () = changed => {}
            },
        }
    }

    /// Waits until the stage's clock shows `planned`.
    pub(super) async fn reach(&self, planned: Nanos) {
        while self.time.get().shows_at(planned).is_none_or(|at| at > self.clock.now()) {
            self.wait(planned).await;
        }
    }

    /// Waits until a VU is to be cut off, having been promised its place until then. Whoever has changed the number
    /// of VUs takes none away in the middle of an iteration.
    pub(super) async fn reach_cut_off(&self, planned: Nanos) {
        self.reach(planned).await;
        if self.closed.as_ref().is_some_and(|closed| closed.borrow().is_held()) {
            std::future::pending().await
        }
    }

    /// From an instant of the run's clock on this worker has so many VUs, or the stage such a rate.
    pub(super) fn scale(&self, at: Nanos, to: Asked, share: impl Fn(u32) -> u32) {
        match (to, &self.closed, &self.arrivals) {
            (Asked::Vus(vus), Some(closed), _) => closed.borrow_mut().change_vus(share(vus)),
            (Asked::PerSecond(rate), _, Some(arrivals)) => {
                arrivals.borrow_mut().change_rate(self.time.get().shown(at), rate);
            }
            // The conductor asks no stage for what it does not have.
            _ => {}
        }
        self.changed.notify_waiters();
    }

    /// The stage's time goes otherwise from now on.
    pub(super) fn turn_clock(&self, turn: impl FnOnce(&mut StageClock)) {
        let mut time = self.time.get();
        turn(&mut time);
        self.time.set(time);
        self.changed.notify_waiters();
    }

    /// Takes in an iteration that is over.
    pub(super) fn absorb(&self, version: &Arc<str>, journal: &mut Journal, times: Times, ending: Ending) {
        self.last_done.set(times.done);
        let mut recorder = self.recorder.borrow_mut();
        recorder.of_version(version);
        recorder.absorb(journal, times, ending);
        if self.censoring {
            self.age(times.done, &mut recorder);
        }
    }

    /// Counts an iteration that found no VU.
    pub(super) fn drop_one(&self, due: Nanos) {
        let mut recorder = self.recorder.borrow_mut();
        recorder.dropped(1);
        self.short.notify_one();
        if self.censoring {
            if self.censored.borrow().len() >= MOST_CENSORED {
                self.age(self.clock.now(), &mut recorder);
            }
            self.censored.borrow_mut().push(due);
        }
    }

    /// Enters dropped iterations at the age that they have reached: a VU is free only now, and not for all of them, so
    /// each would have taken at least this long.
    pub(super) fn age(&self, now: Nanos, recorder: &mut Recorder) {
        for due in self.censored.borrow_mut().drain(..) {
            recorder.censored(now.since(due));
        }
    }

    /// No more iterations start.
    pub(super) fn halt(&self) {
        self.stop.set(true);
        self.changed.notify_waiters();
        self.turnstile.close();
    }
}
