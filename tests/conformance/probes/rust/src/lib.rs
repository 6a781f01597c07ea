//! A scenario that does what the engine must withstand or get right, chosen by `--env`.
//!
//! | env | values |
//! |---|---|
//! | `mode` | what `iteration` does: see [`modes`] |
//! | `ms` | how long mode `sleep` waits and mode `compute` computes, default 100 |
//! | `setup` | `data` returns `from setup`, which each iteration then checks; `tell` too, after `GET /?setup=VERSION`; `large`: env `bytes` bytes; `fail`; `trap` |
//! | `judge` | `fail`, `trap`, `endless` (100,000 rows), `lie` (a goal that is not there, NaN, 100,000 rows), `results`: see [`judging`] |
//! | `teardown` | `tell` is `GET /?teardown=VERSION`; `fail`, `trap` |
//! | `describe` | `rich`: a manifest with everything in it; manifests that are refused: see [`describing`] |
//!
//! What is left out does nothing out of the ordinary.

#![expect(clippy::panic, reason = "trapping is what some modes are for")]

mod answers;
mod asking;
mod describing;
mod judging;
mod modes;
mod sending;
mod sharing;
mod streaming;
mod versions;
mod web;

use strata_guest::prelude::*;

/// Counts iterations, in mode `metrics`.
const COUNTER: Counter = Counter::new("probe_counter", "");
/// The iteration's number, in mode `metrics`.
const GAUGE: Gauge = Gauge::new("probe_gauge", "");
/// Whether the iteration's number is even, in mode `metrics`.
const RATE: Rate = Rate::new("probe_rate");
/// Ten numbers of an iteration, in mode `random`.
const RANDOM: Trend = Trend::new("random", "");
/// What `setup` hands to the VUs with `setup=data`.
const FROM_SETUP: &[u8] = b"from setup";
/// What it reads.
const ENV: [&str; 15] = [
    "describe",
    "judge",
    "mode",
    "ms",
    "nobody",
    "setup",
    "teardown",
    "method",
    "to",
    "bytes",
    "pause",
    "connect-timeout",
    "first-byte-timeout",
    "order",
    "parties",
];
/// The rows of a finding with `judge=endless` and `judge=lie`.
const ENDLESS_ROWS: u32 = 100_000;

struct Probe {
    mode: String,
    /// Whether this run's `setup` returns data.
    expects_data: bool,
    /// Of this instance: 1 again after a trap.
    iterations: u32,
}

impl Scenario for Probe {
    fn describe() -> Manifest {
        if run::env("describe").as_deref() == Some("rich") {
            return rich();
        }
        let manifest = versions::describe("probe")
            .stage(Stage::per_vu_iterations("main", 1, 1))
            .metric(&COUNTER)
            .metric(&GAUGE)
            .metric(&RATE)
            .metric(&RANDOM)
            .goal(Goal::at_least("checks", 99.0, "%").measured("checks", Aggregate::Rate));
        let manifest = ENV.into_iter().fold(manifest, Manifest::needs_env);
        describing::change(manifest)
    }

    fn setup() -> Result<Vec<u8>, Failure> {
        match run::env("setup").as_deref() {
            Some("data") => Ok(FROM_SETUP.to_vec()),
            Some("large") => Ok(vec![b'u'; asking::number("bytes").unwrap_or_default() as usize]),
            Some("tell") => versions::tell("setup").map(|()| FROM_SETUP.to_vec()),
            Some("fail") => Err(Failure::new("probe-setup", "setup was told to fail")),
            Some("trap") => panic!("setup was told to trap"),
            _ => Ok(Vec::new()),
        }
    }

    fn start() -> Result<Probe, Failure> {
        Ok(Probe {
            mode: run::env("mode").unwrap_or_else(|| "ok".to_owned()),
            expects_data: matches!(run::env("setup").as_deref(), Some("data" | "tell")),
            iterations: 0,
        })
    }

    fn iteration(&mut self, context: &Context) -> Result<(), Failure> {
        self.iterations += 1;
        if self.expects_data {
            check("setup data arrives", run::setup_data() == FROM_SETUP);
        }
        modes::run(&self.mode, context, self.iterations)
    }

    fn judge() -> Result<Vec<Finding>, Failure> {
        let finding = Finding::new("checks");
        match run::env("judge").as_deref() {
            Some("fail") => Err(Failure::new("probe-judge", "judge was told to fail")),
            Some("trap") => panic!("judge was told to trap"),
            Some("lie") => Ok(vec![
                Finding::new("no-such-goal").value(1.0).analysis("the manifest has no such goal"),
                endless(finding.value(f64::NAN).row("not a number", f64::NAN, "", None)),
            ]),
            Some("results") => Ok(vec![judging::everything(finding)?]),
            Some("leak") => Ok(vec![sharing::leaked(finding)?]),
            Some("endless") => Ok(vec![endless(finding)]),
            _ => Ok(Vec::new()),
        }
    }

    fn teardown() -> Result<(), Failure> {
        match run::env("teardown").as_deref() {
            Some("tell") => versions::tell("teardown"),
            Some("fail") => Err(Failure::new("probe-teardown", "teardown was told to fail")),
            Some("trap") => panic!("teardown was told to trap"),
            _ => Ok(()),
        }
    }
}

/// A manifest with everything in it.
fn rich() -> Manifest {
    let second = Stage::ramping_arrival_rate("second", 5, 2)
        .ramp(Duration::from_millis(100), 10)
        .max_vus(4)
        .graceful_stop(Duration::from_secs(1))
        .start_time(Duration::from_millis(50))
        .poisson();
    let p95 = Goal::at_most("p95", 200.0, "ms")
        .measured("http_req_duration{stage:second}", Aggregate::P(95.0))
        .in_windows(1, 50.0);
    Manifest::new("rich")
        .layer(3, "Tïtle 世界", "Area <&>")
        .fix_priority(Priority::High)
        .stage(Stage::per_vu_iterations("first", 2, 2).tag("kind", "a").warm_up())
        .stage(second)
        .goal(Goal::at_least("checks", 99.0, "%").measured("checks", Aggregate::Rate).warn(90.0))
        .goal(p95)
        .goal(Goal::at_least("judged", 1.0, "things").judged())
        .metric(&COUNTER)
        .metric(&GAUGE)
        .metric(&RATE)
        .metric(&Trend::new("random", "ms"))
        .needs_host("example.test:80")
        .needs_env("describe")
        .needs_data("users")
        .needs_kv("sessions")
        .needs_secret("token")
}

/// The finding with more rows than anybody reads.
fn endless(finding: Finding) -> Finding {
    (0..ENDLESS_ROWS)
        .fold(finding, |finding, row| finding.row(format!("row {row}"), f64::from(row), "rows", Some(true)))
}

strata_guest::export!(Probe);
