//! Issue 8: versions come and go while a worker runs, and what nobody runs any more is freed.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{Assignment, Edition, Order, Report, Trial, Worker};
use crate::clock::Clock;
use crate::guest::{Access, Program, Surroundings};
use crate::http::{Pool, Target, Timeouts};
use crate::measure::Tags;
use crate::plan::{ArrivalRate, Limits, Load, Ramp, Spacing, Stage, Web};

/// Returns at once, or traps.
fn program(traps: bool) -> Program {
    let iteration = if traps { "(unreachable)" } else { "(i32.const 1024)" };
    let module = format!(
        r#"(module
            (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (unreachable))
            (func (export "describe") (result i32) (unreachable))
            (func (export "iteration") (param i32 i32 i32) (result i32) {iteration}))"#
    );
    Program::on_a_faulty_host(&module, u32::MAX, 8)
}

fn around(clock: Clock) -> Arc<Surroundings> {
    Arc::new(Surroundings {
        target: Target::parse("http://127.0.0.1:9").expect("a target"),
        granted: Vec::new(),
        private: false,
        timeouts: Timeouts::default(),
        access: Arc::new(Access::new(&[], &[], &Default::default(), 0)),
        transport: Arc::default(),
        web: Web::default(),
        setup_data: Default::default(),
        stages: vec!["main".to_owned()],
        metrics: Vec::new(),
        results: None,
        clock,
        seed: 0,
        limits: Limits::default(),
    })
}

fn edition(number: u32, program: Program, around: &Arc<Surroundings>, trial: Option<Trial>) -> Arc<Edition> {
    let around = Arc::clone(around);
    Arc::new(Edition { number, tag: number.to_string().into(), program, around, trial })
}

/// A stage of an open load for far more VUs than it needs, so that most of them are idle.
fn stage() -> Stage {
    let load = Load::ArrivalRate(ArrivalRate {
        constant: true,
        start: 200,
        ramps: vec![Ramp { duration: Duration::from_secs(60), target: 200 }],
        time_unit: Duration::from_secs(1),
        vus: 6,
        max_vus: 6,
        spacing: Spacing::Regular,
    });
    let (start_time, graceful_stop) = (Duration::ZERO, Duration::from_secs(1));
    Stage { name: "main".to_owned(), load, start_time, graceful_stop, warm_up: false, tags: Vec::new() }
}

/// A worker whose stage runs, with an edition of its own.
fn running(first: Arc<Edition>) -> (Worker, UnboundedReceiver<(usize, Report)>) {
    let (sender, reports) = unbounded_channel();
    let around = Arc::clone(&first.around);
    let clock = around.clock;
    let assignment = Assignment {
        around,
        pool: Pool::default(),
        stages: vec![stage()],
        tags: Tags::default(),
        index: 0,
        workers: 1,
        vus: 6,
        censor_dropped: false,
    };
    let worker = Worker::start(assignment, first, sender).expect("a worker");
    worker.order(Order::Stage { index: 0, begin: clock.now() });
    (worker, reports)
}

/// Waits for a report that says something.
async fn heard<T>(
    reports: &mut UnboundedReceiver<(usize, Report)>,
    mut said: impl FnMut(Report) -> Option<T>,
) -> T {
    let waiting = async {
        loop {
            let (_, report) = reports.recv().await.expect("a worker that runs");
            if let Some(found) = said(report) {
                return found;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("within its time")
}

#[tokio::test(flavor = "current_thread")]
async fn issue_8_a_version_is_freed_when_its_last_vu_has_left_it() {
    let clock = Clock::start();
    let around = around(clock);
    let first = edition(0, program(false), &around, None);
    let mut left: Vec<Weak<Edition>> = vec![Arc::downgrade(&first)];
    let (worker, mut reports) = running(first);
    for number in 1..=20 {
        let next = edition(number, program(false), &around, None);
        left.push(Arc::downgrade(&next));
        worker.order(Order::Swap(next));
    }
    let newest = left.pop().expect("the newest");
    let gone = async {
        while left.iter().any(|edition| edition.strong_count() > 0) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("all VUs take the newest");
    assert!(newest.strong_count() > 0);
    // It goes on, with the newest alone.
    let versions = heard(&mut reports, |report| match report {
        Report::Tick(tick) => {
            let series = tick.snapshot.series.iter();
            let of = series.filter(|(key, _)| key.metric.as_ref() == "iterations");
            Some(of.filter_map(|(key, _)| key.tags.get("digest").map(str::to_owned)).collect::<Vec<_>>())
        }
        _ => None,
    });
    assert!(versions.await.contains(&"20".to_owned()));
    drop(worker);
    assert_eq!(newest.strong_count(), 0);
}

#[tokio::test(flavor = "current_thread")]
async fn issue_8_a_version_on_trial_fails_once_and_the_next_one_is_taken() {
    let around = around(Clock::start());
    let (worker, mut reports) = running(edition(0, program(false), &around, None));
    worker.order(Order::Swap(edition(1, program(true), &around, Some(Trial::default()))));
    let (number, why) = heard(&mut reports, |report| match report {
        Report::Unfit { edition, why } => Some((edition, why)),
        _ => None,
    })
    .await;
    assert_eq!((number, why.as_str()), (1, "3 of its first 10 iterations trapped"));
    worker.order(Order::Swap(edition(2, program(false), &around, None)));
    let mut again = 0;
    heard(&mut reports, |report| match report {
        Report::Unfit { .. } => {
            again += 1;
            None
        }
        Report::Tick(tick) => tick
            .snapshot
            .series
            .iter()
            .any(|(key, _)| key.metric.as_ref() == "iterations" && key.tags.get("digest") == Some("2"))
            .then_some(()),
        _ => None,
    })
    .await;
    assert_eq!(again, 0);
}
