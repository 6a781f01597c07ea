//! Issue 2: what strata itself does for an iteration allocates nothing: the schedule says when it is due, the turnstile
//! hands it to a VU, the VU's journal takes its samples and the worker's recorder takes them in.
//!
//! Issue 8: and of a version of the scenario that was left, little is kept.
//!
//! What hyper and the guest need comes on top and is not looked at here. One test, since allocations are counted for the
//! whole process.
#![expect(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

use std::alloc::System;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use strata::clock::Nanos;
use strata::measure::{Ending, ExchangeSample, Journal, Phases, Recorder, Tags, Times, Totals};
use strata::pace::{Pace, Starts};
use strata::plan::{Aggregate, ArrivalRate, Load, Metric, MetricKind, Ramp, Selector, Spacing};

/// For the file below, which is a room of the engine's own and open to nobody else.
mod clock {
    pub use strata::clock::Nanos;
}

#[path = "../../engine/src/worker/turnstile.rs"]
mod turnstile;

use turnstile::{Handed, Turnstile};

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ITERATIONS: u64 = 10_000;

/// How often something is allocated or made larger while this goes on: the least of three times, since the test runner's own
/// thread may allocate meanwhile, and what is allocated for each iteration is so each time.
fn allocations(mut work: impl FnMut(u64)) -> usize {
    let mut once = || {
        let region = Region::new(COUNTING);
        (0..ITERATIONS).for_each(&mut work);
        let change = region.change();
        change.allocations + change.reallocations
    };
    once().min(once()).min(once())
}

#[test]
fn issue_2_an_iteration_allocates_nothing() {
    // Otherwise the zeros below would say nothing.
    let counted = allocations(|nth| drop(std::hint::black_box(Box::new(nth))));
    assert_eq!(counted as u64, ITERATIONS);

    assert_eq!(recording(), 0, "journal and recorder");
    assert_eq!(handing_over(), 0, "turnstile");
    let kept = leaving();
    println!("a version that was left keeps {kept} bytes");
    assert!(kept < 24 * 1024, "issue 8: a version that was left keeps {kept} bytes");
    for (name, load) in loads() {
        assert_eq!(pacing(&load), 0, "{name}");
    }
}

/// A recorder that knows a metric of the scenario's own.
fn recorder() -> Recorder {
    let metric = Metric { name: "own".to_owned(), kind: MetricKind::Trend, unit: "ms".to_owned() };
    let mut recorder = Recorder::new(vec![metric]);
    recorder.begin_stage(Tags::new([("stage", "main")]), true);
    recorder
}

/// A request, a check and a value of the scenario's own, as in the iterations before.
fn recording() -> usize {
    let mut recorder = recorder();
    let mut journal = Journal::default();
    let version = Arc::from("a version");
    let mut iteration = |nth| iterate(&mut recorder, &mut journal, &version, nth);
    // A distribution becomes larger when it meets a larger value than before: a few times in a run, and never again for
    // values that it has met.
    (0..ITERATIONS).for_each(&mut iteration);
    allocations(iteration)
}

/// What a recorder and the totals keep of each version that is left behind, in bytes: of ten, after one.
fn leaving() -> usize {
    const VERSIONS: usize = 10;
    let mut recorder = recorder();
    let mut journal = Journal::default();
    let mut totals = Totals::default();
    let mut live = |version: String| {
        let version: Arc<str> = version.into();
        (0..ITERATIONS).for_each(|nth| iterate(&mut recorder, &mut journal, &version, nth));
        totals.merge(&recorder.take());
        // A second in which nobody runs it any more.
        totals.merge(&recorder.take());
        totals.pack_version(&version);
    };
    live("the first".to_owned());
    let region = Region::new(COUNTING);
    (0..VERSIONS).for_each(|nth| live(nth.to_string()));
    let change = region.change();
    let digest = |version: &str| vec![("digest".to_owned(), version.to_owned())];
    for version in ["the first", "0", "9"] {
        let selector = Selector { metric: "iteration_duration".to_owned(), tags: digest(version) };
        let count = totals.stat(&selector, Aggregate::Count, 1.0);
        assert_eq!(count, Some(ITERATIONS as f64), "every sample of version {version}");
    }
    change.bytes_allocated.saturating_sub(change.bytes_deallocated) / VERSIONS
}

fn iterate(recorder: &mut Recorder, journal: &mut Journal, version: &Arc<str>, nth: u64) {
    let (due, took) = (Nanos(nth * 1_000_000), Duration::from_micros(100 + nth % 900));
    let times = Times { due, started: due + Duration::from_micros(20), done: due + took };
    let open = journal.open("/api/posts/feed", "GET").expect("room");
    journal.sent(open, false);
    let phases = Phases { waiting: took, ..Phases::default() };
    let answer =
        ExchangeSample { status: 200, sent: true, phases, done: times.done, ..ExchangeSample::default() };
    journal.close(open, answer);
    journal.check("status is 200", true).expect("room");
    journal.value(0, nth as f64, Some(("kind", "a"))).expect("room");
    recorder.of_version(version);
    recorder.absorb(journal, times, Ending::Done);
}

/// One VU that becomes free, waits, and is handed an iteration.
fn handing_over() -> usize {
    let turnstile = Turnstile::new(1);
    let mut context = Context::from_waker(Waker::noop());
    let mut iteration = |nth: u64| {
        let mut passing = pin!(turnstile.pass(0));
        assert_eq!(passing.as_mut().poll(&mut context), Poll::Pending);
        assert!(turnstile.hand(Nanos(nth)));
        assert_eq!(passing.poll(&mut context), Poll::Ready(Some(Handed::Due(Nanos(nth)))));
    };
    iteration(0);
    allocations(iteration)
}

fn loads() -> [(&'static str, Load); 6] {
    let long = Duration::from_secs(3600);
    let ramps = vec![Ramp { duration: long, target: 1000 }];
    let rate = |constant, spacing| {
        let time_unit = Duration::from_secs(1);
        let ramps = ramps.clone();
        Load::ArrivalRate(ArrivalRate {
            constant,
            start: 1000,
            ramps,
            time_unit,
            vus: 1,
            max_vus: 1,
            spacing,
        })
    };
    [
        ("constant-vus", Load::ConstantVus { vus: 4, duration: long }),
        ("shared-iterations", Load::SharedIterations { vus: 4, iterations: 1_000_000, max_duration: long }),
        ("ramping-vus", Load::RampingVus { start: 1000, ramps: ramps.clone(), ramp_down: Duration::ZERO }),
        ("constant-arrival-rate", rate(true, Spacing::Regular)),
        ("ramping-arrival-rate", rate(false, Spacing::Regular)),
        ("poisson arrivals", rate(true, Spacing::Poisson)),
    ]
}

/// When the next iteration starts, by a schedule.
fn pacing(load: &Load) -> usize {
    let mut pace = Pace::new(load, Nanos(0), 0, 1, 7);
    allocations(|nth| match &mut pace.starts {
        Starts::Closed(closed) => {
            std::hint::black_box(closed.next(0, Nanos(nth)));
        }
        Starts::Open(arrivals) => assert!(arrivals.next().is_some()),
    })
}
