//! Whether the run measured the target, or the machine that strata ran on.

use std::time::Duration;

use crate::event::Validity;
use crate::worker::Health;

/// A worker that looks at the clock this much too late has added that to what it measured.
const LATE: Duration = Duration::from_millis(100);
/// A worker that was away for this long has measured itself.
const AWAY: Duration = Duration::from_secs(1);
/// A worker that uses more of its core than this may be what limits the throughput.
const BUSY: f64 = 0.95;
/// Shorter intervals say nothing about how busy a worker is.
const SHORTEST: Duration = Duration::from_millis(500);

/// The generator's state over the whole run.
#[derive(Debug, Default)]
pub(super) struct Measurement {
    latest: Option<(Duration, usize)>,
    busiest: Option<(f64, usize)>,
    lost: Vec<String>,
}

impl Measurement {
    /// Takes in how a worker did since its last tick.
    pub(super) fn note(&mut self, worker: usize, health: &Health) {
        if self.latest.is_none_or(|(late, _)| health.late > late) {
            self.latest = Some((health.late, worker));
        }
        let Some(computed) = health.computed.filter(|_| health.interval >= SHORTEST) else { return };
        let busy = computed.as_secs_f64() / health.interval.as_secs_f64();
        if self.busiest.is_none_or(|(busiest, _)| busy > busiest) {
            self.busiest = Some((busy, worker));
        }
    }

    /// Takes in that load which was planned did not run, for a reason of the generator's own.
    pub(super) fn lost(&mut self, why: &str) {
        if self.lost.len() < 10 {
            self.lost.push(why.to_owned());
        }
    }

    /// Whether the numbers can be believed, and why not.
    pub(super) fn verdict(&self) -> (Validity, Vec<String>) {
        let mut validity = Validity::Valid;
        let mut reasons = self.lost.clone();
        if !reasons.is_empty() {
            validity = Validity::Invalid;
        }
        if let Some((late, worker)) = self.latest.filter(|(late, _)| *late >= LATE) {
            let away = late >= AWAY;
            validity = validity.max(if away { Validity::Invalid } else { Validity::Degraded });
            reasons.push(format!(
                "worker {} looked at the clock {} ms late: times include up to that much of strata's own",
                worker + 1,
                late.as_millis()
            ));
        }
        if let Some((busy, worker)) = self.busiest.filter(|(busy, _)| *busy >= BUSY) {
            validity = validity.max(Validity::Degraded);
            reasons.push(format!(
                "worker {} used {:.0} % of a core: throughput may be limited by strata, not by the target",
                worker + 1,
                busy * 100.0
            ));
        }
        (validity, reasons)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn health(late_ms: u64, computed_ms: u64) -> Health {
        Health {
            interval: Duration::from_secs(1),
            computed: Some(Duration::from_millis(computed_ms)),
            late: Duration::from_millis(late_ms),
        }
    }

    #[test]
    fn the_worst_second_decides() {
        for (health, validity, reasons) in [
            (health(5, 500), Validity::Valid, 0),
            (health(150, 500), Validity::Degraded, 1),
            (health(5, 990), Validity::Degraded, 1),
            (health(150, 990), Validity::Degraded, 2),
            (health(1500, 100), Validity::Invalid, 1),
        ] {
            let mut measurement = Measurement::default();
            measurement.note(0, &Health { interval: Duration::from_secs(1), ..Health::default() });
            measurement.note(1, &health);
            let (found, why) = measurement.verdict();
            assert_eq!((found, why.len()), (validity, reasons), "{why:?}");
        }
    }

    #[test]
    fn the_last_moment_of_a_stage_does_not_make_a_worker_busy() {
        let mut measurement = Measurement::default();
        let moment = Duration::from_millis(3);
        measurement.note(0, &Health { interval: moment, computed: Some(moment), late: Duration::ZERO });
        assert_eq!(measurement.verdict().0, Validity::Valid);
    }

    #[test]
    fn load_that_did_not_run_makes_a_run_invalid() {
        let mut measurement = Measurement::default();
        measurement.lost("no room");
        assert_eq!(measurement.verdict(), (Validity::Invalid, vec!["no room".to_owned()]));
    }
}
