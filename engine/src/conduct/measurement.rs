//! Whether the run measured the target, or the machine that strata ran on.
//!
//! | what | DEGRADED | INVALID |
//! |---|---|---|
//! | load that was planned and did not run | | always |
//! | a worker looked at the clock late | 100 ms | 5 s |
//! | iterations of an open load started late, p99 of a stage | 10 ms | 100 ms |
//! | iterations of an open load were dropped for want of VUs | any | 10 % of a stage |
//! | a worker used its core | 95 % | |
//! | guests held a worker up | 20 % of its time | |
//! | descriptors or ports ran out | | any |
//! | requests met a connection that was just being closed, and may or may not have been acted on | any | 10 % of a stage |

use std::time::Duration;

use crate::event::{GeneratorRecord, Validity};
use crate::measure::Totals;
use crate::plan::{Aggregate, Selector};

/// A worker that looks at the clock this much too late has added that to what it measured.
const LATE: Duration = Duration::from_millis(100);
/// A worker that was away for this long has measured itself.
const AWAY: Duration = Duration::from_secs(5);
/// A worker that uses more of its core than this may be what limits the throughput.
const BUSY: f64 = 0.95;
/// Guests that hold a worker up for more than this share of its time are what is measured.
const HELD: f64 = 0.2;
/// Shorter intervals say nothing about how busy a worker is.
const SHORTEST_MS: f64 = 500.0;
/// The p99 of a stage's lag in ms, from which response times are partly strata's own, and from which they are mostly.
const LAG_MS: (f64, f64) = (10.0, 100.0);
/// The share of a stage's arrivals that were dropped, from which it was another load than the planned one.
const DROPPED: f64 = 0.1;
/// The share of a stage's requests of which nobody knows what the target made of them.
const UNKNOWN: f64 = 0.1;
/// Requests that failed for want of something on this machine.
const EXHAUSTED: [(&str, &str); 2] = [
    ("out-of-descriptors", "no descriptor was left (hint: raise `ulimit -n`, or use fewer VUs)"),
    (
        "out-of-ports",
        "no port was left (hint: keep connections alive, or widen net.ipv4.ip_local_port_range)",
    ),
];
/// The most reasons that are given.
const MOST_REASONS: usize = 20;

/// The generator's state over the whole run.
#[derive(Debug, Default)]
pub(super) struct Measurement {
    latest: Option<(f64, usize)>,
    busiest: Option<(f64, usize)>,
    held: Option<(f64, usize)>,
    found: Vec<(Validity, String)>,
}

fn keep_worst(worst: &mut Option<(f64, usize)>, value: f64, worker: usize) {
    if worst.is_none_or(|(other, _)| value > other) {
        *worst = Some((value, worker));
    }
}

impl Measurement {
    /// Takes in how a worker did since its last tick.
    pub(super) fn note(&mut self, health: &GeneratorRecord) {
        keep_worst(&mut self.latest, health.late_ms, health.worker);
        if health.interval_ms < SHORTEST_MS {
            return;
        }
        keep_worst(&mut self.held, health.held_ms / health.interval_ms, health.worker);
        if let Some(computed) = health.computed_ms {
            keep_worst(&mut self.busiest, computed / health.interval_ms, health.worker);
        }
    }

    /// Takes in a stage that is over; `open` if its iterations were due by the clock.
    pub(super) fn note_stage(&mut self, scenario: &str, stage: &str, open: bool, load: &Totals) {
        let of = |metric: &str, more: Option<(&str, &str)>| Selector {
            metric: metric.to_owned(),
            tags: [Some(("stage", stage)), more]
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        };
        for (code, why) in EXHAUSTED {
            let failed = load.stat(&of("http_req_failed", Some(("error_code", code))), Aggregate::Count, 1.0);
            if let Some(count) = failed {
                self.find(
                    Validity::Invalid,
                    format!("`{scenario}` {stage}: {count} requests were not sent: {why}"),
                );
            }
        }
        let reqs = |more| load.stat(&of("http_reqs", more), Aggregate::Count, 1.0).unwrap_or(0.0);
        let stale = reqs(Some(("error_code", "stale")));
        if stale > 0.0 {
            let share = stale / reqs(None);
            let validity = if share >= UNKNOWN { Validity::Invalid } else { Validity::Degraded };
            self.find(
                validity,
                format!(
                    "`{scenario}` {stage}: {stale} requests ({:.2} %) met a kept connection that the target was just \
                     giving up: whether it acted on them is not known (hint: a longer keep-alive time of the target, or \
                     idempotent requests)",
                    share * 100.0
                ),
            );
        }
        if !open {
            return;
        }
        if let Some(lag) = load
            .stat(&of("iteration_lag", None), Aggregate::Quantile(0.99), 1.0)
            .filter(|lag| *lag >= LAG_MS.0)
        {
            let validity = if lag >= LAG_MS.1 { Validity::Invalid } else { Validity::Degraded };
            self.find(
                validity,
                format!("`{scenario}` {stage}: 1 % of iterations started {lag:.0} ms late or more: strata did not keep up"),
            );
        }
        let count = |metric: &str| load.stat(&of(metric, None), Aggregate::Count, 1.0).unwrap_or(0.0);
        let dropped = count("dropped_iterations");
        if dropped > 0.0 {
            let share = dropped / (dropped + count("iterations") + count("iterations_interrupted"));
            let validity = if share >= DROPPED { Validity::Invalid } else { Validity::Degraded };
            self.find(
                validity,
                format!(
                    "`{scenario}` {stage}: {dropped} iterations ({:.2} %) were dropped, all VUs being busy: less load \
                     than planned (hint: raise `max-vus`)",
                    share * 100.0
                ),
            );
        }
    }

    /// Takes in load that was planned and did not run, for a reason of the generator's own.
    pub(super) fn lost(&mut self, why: &str) {
        self.find(Validity::Invalid, why.to_owned());
    }

    fn find(&mut self, validity: Validity, why: String) {
        if self.found.len() < MOST_REASONS {
            self.found.push((validity, why));
        }
    }

    /// Whether the numbers can be believed, and why not.
    pub(super) fn verdict(&self) -> (Validity, Vec<String>) {
        let mut found = self.found.clone();
        if let Some((late, worker)) = self.latest.filter(|(late, _)| *late >= LATE.as_millis() as f64) {
            let away = late >= AWAY.as_millis() as f64;
            found.push((
                if away { Validity::Invalid } else { Validity::Degraded },
                format!(
                    "worker {} looked at the clock {late:.0} ms late: times include up to that much of strata's own",
                    worker + 1
                ),
            ));
        }
        if let Some((busy, worker)) = self.busiest.filter(|(busy, _)| *busy >= BUSY) {
            found.push((
                Validity::Degraded,
                format!(
                    "worker {} used {:.0} % of a core: throughput may be limited by strata, not by the target",
                    worker + 1,
                    busy * 100.0
                ),
            ));
        }
        if let Some((held, worker)) = self.held.filter(|(held, _)| *held >= HELD) {
            found.push((
                Validity::Degraded,
                format!(
                    "guest code held worker {} up for {:.0} % of a second: other VUs waited for it (hint: scenarios \
                     that compute less)",
                    worker + 1,
                    held * 100.0
                ),
            ));
        }
        let validity = found.iter().map(|(validity, _)| *validity).max().unwrap_or(Validity::Valid);
        (validity, found.into_iter().map(|(_, why)| why).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{SeriesKey, Sink, Tags};
    use crate::plan::MetricKind;
    use std::sync::Arc;

    fn health(late_ms: f64, computed_ms: f64, held_ms: f64) -> GeneratorRecord {
        GeneratorRecord { worker: 1, interval_ms: 1000.0, computed_ms: Some(computed_ms), late_ms, held_ms }
    }

    fn series(totals: &mut Totals, metric: &str, kind: MetricKind, tags: &[(&str, &str)], samples: &[f64]) {
        let tags = Tags::new(tags.iter().copied().chain([("stage", "main")]));
        let mut sink = Sink::new(kind);
        samples.iter().for_each(|sample| sink.record(*sample));
        totals.add(&Arc::new(SeriesKey { metric: metric.into(), tags }), &sink);
    }

    #[test]
    fn the_worst_second_decides() {
        for (health, validity, reasons) in [
            (health(5.0, 500.0, 0.0), Validity::Valid, 0),
            (health(150.0, 500.0, 0.0), Validity::Degraded, 1),
            (health(5.0, 990.0, 0.0), Validity::Degraded, 1),
            (health(150.0, 990.0, 300.0), Validity::Degraded, 3),
            (health(2000.0, 100.0, 0.0), Validity::Degraded, 1),
            (health(6000.0, 100.0, 0.0), Validity::Invalid, 1),
        ] {
            let mut measurement = Measurement::default();
            measurement.note(&GeneratorRecord { worker: 0, computed_ms: None, ..health });
            measurement.note(&health);
            let (found, why) = measurement.verdict();
            assert_eq!((found, why.len()), (validity, reasons), "{why:?}");
        }
    }

    #[test]
    fn the_last_moment_of_a_stage_does_not_make_a_worker_busy() {
        let mut measurement = Measurement::default();
        measurement.note(&GeneratorRecord { interval_ms: 3.0, ..health(0.0, 3.0, 3.0) });
        assert_eq!(measurement.verdict().0, Validity::Valid);
    }

    #[test]
    fn an_open_load_that_was_late_or_dropped_is_judged_by_how_much() {
        for (lag, dropped, open, validity) in [
            (1.0, 0.0, true, Validity::Valid),
            (20.0, 0.0, true, Validity::Degraded),
            (200.0, 0.0, true, Validity::Invalid),
            (200.0, 50.0, false, Validity::Valid),
            (1.0, 1.0, true, Validity::Degraded),
            (1.0, 12.0, true, Validity::Invalid),
        ] {
            let mut load = Totals::default();
            series(&mut load, "iteration_lag", MetricKind::Trend, &[], &[lag; 100]);
            series(&mut load, "iterations", MetricKind::Counter, &[], &[100.0]);
            if dropped > 0.0 {
                series(&mut load, "dropped_iterations", MetricKind::Counter, &[], &[dropped]);
            }
            let mut measurement = Measurement::default();
            measurement.note_stage("shop", "main", open, &load);
            assert_eq!(measurement.verdict().0, validity, "{lag} {dropped} {open}");
        }
    }

    #[test]
    fn what_this_machine_ran_out_of_is_not_the_targets_fault() {
        for (code, validity) in
            [("out-of-descriptors", Validity::Invalid), ("connect-refused", Validity::Valid)]
        {
            let mut load = Totals::default();
            series(&mut load, "http_req_failed", MetricKind::Rate, &[("error_code", code)], &[1.0]);
            let mut measurement = Measurement::default();
            measurement.note_stage("shop", "main", false, &load);
            assert_eq!(measurement.verdict().0, validity, "{code}");
        }
    }

    #[test]
    fn requests_of_which_nobody_knows_anything_count_by_their_share() {
        for (stale, validity) in [(0, Validity::Valid), (1, Validity::Degraded), (10, Validity::Invalid)] {
            let mut load = Totals::default();
            series(&mut load, "http_reqs", MetricKind::Counter, &[], &vec![1.0; 100 - stale]);
            series(
                &mut load,
                "http_reqs",
                MetricKind::Counter,
                &[("error_code", "stale")],
                &vec![1.0; stale],
            );
            let mut measurement = Measurement::default();
            measurement.note_stage("shop", "main", false, &load);
            assert_eq!(measurement.verdict().0, validity, "{stale}");
        }
    }

    #[test]
    fn load_that_did_not_run_makes_a_run_invalid() {
        let mut measurement = Measurement::default();
        measurement.lost("no room");
        assert_eq!(measurement.verdict(), (Validity::Invalid, vec!["no room".to_owned()]));
    }
}
