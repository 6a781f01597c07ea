//! Turns: what becomes of the others while a guest computes on and on.
//!
//! A guest that waits in the host lets the others of its thread go on by itself. One that computes is seen when the epoch
//! of its code advances. Until [`FIRST`] nothing happens: ordinary guests compute for microseconds. From then on the guest
//! takes turns:
//!
//! | it has computed | the epoch advances | then |
//! |---|---|---|
//! | less than [`FIRST`] in one go | each [`TICK`] | it goes on |
//! | more, in this call | each [`TURN`] | the others go first, until none of them has anything to do, or for [`OTHERS`] times its turn |
//! | its budget, waiting for its turn included | | it is ended |
//!
//! The waiting counts because the end is a promise to the others: a loop ends near its deadline by their clocks. Where so
//! many others are there that one round of theirs takes longer, the turns become longer too, up to [`LONGEST`]: a guest gets
//! about a fifth of its thread, and so its budget is worth at least a fifth of what it says. What others wait that take turns
//! themselves does not count, so that many that compute at once do not end one another.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use wasmtime::Engine;

use crate::clock::{Clock, Nanos};

/// How often the epoch of a guest's code advances.
const TICK: Duration = Duration::from_millis(5);
/// How long a guest may compute in one go before others go first.
const FIRST: Duration = Duration::from_millis(2);
/// How long its turns are from then on, and how often the epoch advances meanwhile.
const TURN: Duration = Duration::from_micros(500);
/// How long they are at most, where there are many others.
const LONGEST: Duration = Duration::from_millis(5);
/// How much of the thread the others get for each turn, if they have something to do.
const OTHERS: u32 = 4;
/// For how many turns the epoch goes on advancing fast after the last one that somebody took: a second.
const TURNS: u32 = 2000;

thread_local! {
    /// How often guests have been polled on this thread.
    static POLLS: Cell<u64> = const { Cell::new(0) };
    /// What guests that take turns have computed on this thread.
    static TURNED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Notes that a guest is polled. HOT.
pub(super) fn polled() {
    POLLS.set(POLLS.get().wrapping_add(1));
}

/// How long a guest has been computing in the present call.
#[derive(Clone, Debug, Default)]
pub(super) struct Computing {
    /// When it was last entered.
    entered: Nanos,
    /// What it had spent before that, of its budget.
    spent: Duration,
    budget: Duration,
    /// Whether it takes turns in this call.
    long: bool,
    /// What calls have computed at a stretch, others waiting, since this was last asked for.
    held: Duration,
    pause: Arc<Pause>,
}

/// What came of a guest's letting others go first.
#[derive(Debug, Default)]
struct Pause {
    /// When it was its turn again, in nanoseconds of the run's clock.
    over: AtomicU64,
    /// How much of the wait counts, in nanoseconds.
    counted: AtomicU64,
    /// How long the turn after it is at least, in nanoseconds.
    turn: AtomicU64,
}

/// What is to become of a guest that is still computing at an epoch's end.
#[derive(Debug)]
pub(super) enum Next {
    /// It goes on.
    On,
    /// Others go first.
    Others(Away),
    /// It has had its budget.
    End,
}

/// A guest that lets others go first.
#[derive(Debug)]
pub(super) struct Away {
    turn: Duration,
    since: Nanos,
    /// [`TURNED`] at that time.
    turned: Duration,
    pause: Arc<Pause>,
}

impl Computing {
    /// A call begins.
    pub(super) fn begin(&mut self, now: Nanos, budget: Duration) {
        (self.entered, self.spent, self.budget, self.long) = (now, Duration::ZERO, budget, false);
        self.pause.counted.store(0, Relaxed);
    }

    /// The host has waited for something, and the guest goes on.
    pub(super) fn entered(&mut self, now: Nanos) {
        self.entered = now;
    }

    /// What one call may spend.
    pub(super) fn budget(&self) -> Duration {
        self.budget
    }

    /// How long guests have held the thread up since the last time.
    pub(super) fn take_held(&mut self) -> Duration {
        std::mem::take(&mut self.held)
    }

    /// Looks at a guest that is computing at an epoch's end.
    pub(super) fn look(&mut self, now: Nanos) -> Next {
        self.entered = self.entered.max(Nanos(self.pause.over.load(Relaxed)));
        self.spent += Duration::from_nanos(self.pause.counted.swap(0, Relaxed));
        // Not every wait in the host is noted, and between two looks no more than this can have been computed.
        let stretch = now.since(self.entered).min(TICK + LONGEST);
        if self.spent + stretch > self.budget {
            return Next::End;
        }
        let turn = if self.long { Duration::from_nanos(self.pause.turn.load(Relaxed)) } else { FIRST };
        if stretch < turn {
            return Next::On;
        }
        self.long = true;
        self.spent += stretch;
        self.held += stretch;
        self.entered = now;
        let turned = TURNED.get() + stretch;
        TURNED.set(turned);
        Next::Others(Away { turn: stretch, since: now, turned, pause: Arc::clone(&self.pause) })
    }
}

impl Away {
    /// Lets the others of this thread go first.
    pub(super) async fn wait(self, clock: Clock) {
        let most = self.turn * OTHERS;
        let (mut now, mut rounds, mut idle) = (clock.now(), 0_u32, 0);
        // What becomes ready in one round, such as an arrival, may give somebody something to do in the next one.
        while idle < 2 && now.since(self.since) < most {
            let before = POLLS.get();
            tokio::task::yield_now().await;
            // One of them is this guest's own.
            idle = if POLLS.get().wrapping_sub(before) > 1 { 0 } else { idle + 1 };
            rounds += 1;
            now = clock.now();
        }
        let turns = TURNED.get().saturating_sub(self.turned);
        let (counted, turn) = come_to(now.since(self.since).saturating_sub(turns), rounds);
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.pause.over.store(now.0, Relaxed);
        self.pause.counted.store(nanos(counted), Relaxed);
        self.pause.turn.store(nanos(turn), Relaxed);
    }
}

/// What a wait comes to that took so many rounds of the others: how much of it counts, and how long the turn after it is
/// at least. Others that are never idle take all that they may have; how long they must be left alone for, one round says.
fn come_to(waited: Duration, rounds: u32) -> (Duration, Duration) {
    let turn = waited / rounds.max(1) / OTHERS;
    // A tick comes a little before or after its time.
    (waited.min(LONGEST * OTHERS), turn.clamp(TURN / 2, LONGEST))
}

/// Advances an engine's epoch until the last of its programs is gone.
pub(super) struct Ticker {
    wake: Option<Sender<()>>,
    /// How many fast ticks are to come.
    fast: Arc<AtomicU32>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    /// Starts its thread.
    ///
    /// # Errors
    /// When the machine has no thread left.
    pub(super) fn start(engine: &Engine) -> std::io::Result<Ticker> {
        let (wake, woken) = channel();
        let (engine, fast) = (engine.clone(), Arc::new(AtomicU32::new(0)));
        let left = Arc::clone(&fast);
        let thread = std::thread::Builder::new().name("epoch".to_owned()).spawn(move || {
            loop {
                let hurry = left.load(Relaxed) > 0;
                match woken.recv_timeout(if hurry { TURN } else { TICK }) {
                    Ok(()) => continue,
                    Err(RecvTimeoutError::Timeout) => engine.increment_epoch(),
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                if hurry {
                    left.fetch_sub(1, Relaxed);
                }
            }
        })?;
        Ok(Ticker { wake: Some(wake), fast, thread: Some(thread) })
    }

    /// Ticks fast for a while: somebody takes turns.
    pub(super) fn hurry(&self) {
        if self.fast.swap(TURNS, Relaxed) == 0
            && let Some(wake) = &self.wake
        {
            // It listens until this is gone.
            let told = wake.send(());
            debug_assert!(told.is_ok());
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // It only counts, and cannot have panicked.
            let ended = thread.join();
            debug_assert!(ended.is_ok());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Nanos {
        Nanos(ms * 1_000_000)
    }

    fn turn(next: &Next) -> Duration {
        match next {
            Next::Others(away) => away.turn,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_short_call_goes_on_and_a_long_one_takes_turns() {
        let mut computing = Computing::default();
        computing.begin(at(1000), Duration::from_secs(1));
        assert!(matches!(computing.look(at(1001)), Next::On));
        assert_eq!(turn(&computing.look(at(1002))), FIRST);
        assert_eq!(turn(&computing.look(at(1003))), Duration::from_millis(1));
        assert_eq!(computing.take_held(), Duration::from_millis(3));
        computing.begin(at(2000), Duration::from_secs(1));
        assert!(matches!(computing.look(at(2001)), Next::On), "the next call begins anew");
    }

    #[test]
    fn only_computing_is_counted() {
        let mut computing = Computing::default();
        computing.begin(Nanos(0), Duration::from_millis(20));
        // One long wait in the host, seen at the next epoch, counts as one look.
        assert_eq!(turn(&computing.look(at(5000))), TICK + LONGEST);
        assert!(matches!(computing.look(at(5010)), Next::Others(_)));
        assert!(matches!(computing.look(at(5011)), Next::End));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn what_is_waited_for_a_turn_counts_and_nothing_else_of_it_does() {
        let clock = Clock::start();
        let mut computing = Computing::default();
        computing.begin(clock.now(), Duration::from_secs(1));
        let soon = clock.now() + FIRST + TURN;
        let Next::Others(away) = computing.look(soon) else { panic!("it goes on") };
        // Nobody else is there: it is its turn again at once.
        away.wait(clock).await;
        let spent = computing.spent;
        computing.look(soon);
        assert!(computing.spent < spent + FIRST, "{:?} after {spent:?}", computing.spent);
    }

    #[test]
    fn issue_6_turns_are_as_long_as_a_round_of_the_others_asks_for() {
        let ms = Duration::from_millis;
        // A few others that are never idle take all that they may have, in many rounds.
        assert_eq!(come_to(FIRST * OTHERS, 40), (FIRST * OTHERS, TURN / 2));
        assert_eq!(come_to(ms(12), 1), (ms(12), ms(3)));
        assert_eq!(come_to(ms(100), 1), (LONGEST * OTHERS, LONGEST));
        assert_eq!(come_to(Duration::ZERO, 0), (Duration::ZERO, TURN / 2), "there was no time left");
    }
}
