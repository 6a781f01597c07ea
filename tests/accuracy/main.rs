//! What strata says of time, held against the truth: schedules that are known beforehand, and servers that keep a log
//! of their own by the same clock.
//!
//! The machine may be disturbed while it is measured. A measurement that strata itself calls DEGRADED or INVALID is
//! repeated, a few times and for no other reason: one that it calls VALID must be right.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on says why and ends"
)]

mod arrivals;
mod delay;
mod saturated;
mod stall;
mod stalling;
mod started;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use strata_support::{Ended, Strata, committed};

/// How often a disturbed measurement is repeated.
const TRIES: usize = 5;

/// Measurements do not share the machine with each other.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `strata run hello` against a server, with more arguments separated by spaces.
fn hello(url: &str, more: &str) -> Ended {
    run(&committed("hello"), url, more)
}

fn run(component: &Path, url: &str, more: &str) -> Ended {
    let strata = Strata::new(env!("CARGO_BIN_EXE_strata")).args(["run"]).args([component]);
    strata.args(["--target", url]).args(more.split_whitespace()).run()
}

/// A measurement that strata calls VALID, and the server that it was made against.
fn valid<S>(start: impl Fn() -> S, url: impl Fn(&S) -> String, more: &str) -> (Ended, S) {
    valid_of(&committed("hello"), start, url, more)
}

/// The same with another scenario.
fn valid_of<S>(
    component: &Path,
    start: impl Fn() -> S,
    url: impl Fn(&S) -> String,
    more: &str,
) -> (Ended, S) {
    for _ in 0..TRIES {
        let server = start();
        let ended = run(component, &url(&server), more);
        let (validity, reasons) = ended.validity();
        if validity == "VALID" {
            return (ended, server);
        }
        println!("repeated, being {validity}: {reasons}");
    }
    panic!("strata did not call one of {TRIES} measurements VALID");
}

/// Whether a reported number of milliseconds is the true one, within 2 % or so many milliseconds.
fn close(found: f64, truth: f64, ms: f64) -> bool {
    (found - truth).abs() <= (truth * 0.02).max(ms)
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The smallest value that a share of all values do not exceed.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let rank = ((share * sorted.len() as f64).ceil() as usize).clamp(1, sorted.len());
    sorted[rank - 1]
}

/// By how many milliseconds each request arrived after its instant of the schedule, the least late one being taken
/// as in time: the instant at which the schedule began is strata's own.
fn lateness(arrivals: &[Instant], due: impl Fn(usize) -> Duration) -> Vec<f64> {
    let begin = began(arrivals, &due);
    arrivals.iter().enumerate().map(|(k, arrived)| ms(*arrived - (begin + due(k)))).collect()
}

/// When a schedule began of which these are the arrivals.
fn began(arrivals: &[Instant], due: &impl Fn(usize) -> Duration) -> Instant {
    let begins = arrivals.iter().enumerate().map(|(k, arrived)| *arrived - due(k));
    begins.min().expect("arrivals")
}
