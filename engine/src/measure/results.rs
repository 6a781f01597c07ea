//! Questions to a layer's totals, with the time that its stages ran.

use std::sync::Arc;

use super::totals::Summary;
use super::{StatError, Totals, answerable};
use crate::plan::{Aggregate, Metric, Selector};

/// When a counted stage ran.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageTime {
    /// The scenario's name.
    pub scenario: String,
    /// The stage's name.
    pub stage: String,
    /// Since the run began, in seconds, pauses not counted.
    pub start: f64,
    /// From its start to the end of its last iteration, in seconds, pauses not counted.
    pub seconds: f64,
}

/// What a layer, or several, have recorded, and when their counted stages ran.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// Everything of the layer.
    pub totals: Arc<Totals>,
    /// Each counted stage that has begun.
    pub stages: Vec<StageTime>,
    /// The scenario's own metrics.
    pub metrics: Vec<Metric>,
}

impl Results {
    /// One number; nothing without samples. A counter's `rate` is over the time of the selected stage, or of all
    /// stages together.
    ///
    /// # Errors
    /// When the metric does not exist or its kind has no such number.
    pub fn stat(&self, selector: &Selector, aggregate: Aggregate) -> Result<Option<f64>, StatError> {
        answerable(&selector.metric, aggregate, &self.metrics)?;
        Ok(self.totals.stat(selector, aggregate, self.seconds(selector)))
    }

    /// All numbers; nothing without samples.
    pub fn summary(&self, selector: &Selector) -> Option<Summary> {
        self.totals.summary(selector, self.seconds(selector))
    }

    /// The seconds in which what is selected could happen: those of the selected stages, where several ran at the same
    /// time only once.
    pub fn seconds(&self, selector: &Selector) -> f64 {
        let meant = |tag: &str, name: &str| selector.tag(tag).is_none_or(|selected| selected == name);
        let mut times: Vec<(f64, f64)> = self
            .stages
            .iter()
            .filter(|time| meant("stage", &time.stage) && meant("scenario", &time.scenario))
            .map(|time| (time.start, time.start + time.seconds))
            .collect();
        times.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut sum, mut until) = (0.0, f64::NEG_INFINITY);
        for (from, to) in times {
            sum += (to - from.max(until)).max(0.0);
            until = until.max(to);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Ending, Journal, Recorder, Tags, Times};

    #[test]
    fn a_rate_is_over_the_time_of_the_stage_that_is_selected() {
        let mut recorder = Recorder::new(Vec::new());
        let mut totals = Totals::default();
        for (stage, iterations) in [("cold", 10), ("warm", 30)] {
            recorder.begin_stage(Tags::new([("stage", stage)]), true);
            for _ in 0..iterations {
                recorder.absorb(&mut Journal::default(), Times::default(), Ending::Done);
            }
            totals.merge(&recorder.take());
        }
        let time = |scenario: &str, stage: &str, start, seconds| StageTime {
            scenario: scenario.into(),
            stage: stage.into(),
            start,
            seconds,
        };
        let stages =
            vec![time("a", "cold", 1.0, 2.0), time("a", "warm", 4.0, 3.0), time("b", "late", 5.0, 3.0)];
        let results = Results { totals: Arc::new(totals), stages, metrics: Vec::new() };
        let rate = |selector: &str| results.stat(&selector.parse().expect("a selector"), Aggregate::Rate);
        assert_eq!(rate("iterations{stage:cold}"), Ok(Some(5.0)));
        assert_eq!(rate("iterations{stage:warm}"), Ok(Some(10.0)));
        assert_eq!(rate("iterations"), Ok(Some(40.0 / 6.0)), "b ran for one second alone");
        let seconds = |selector: &str| results.seconds(&selector.parse().expect("a selector"));
        assert_eq!(
            (seconds("x{scenario:a}"), seconds("x{scenario:b}"), seconds("x{scenario:c}")),
            (5.0, 3.0, 0.0)
        );
        assert_eq!(rate("iterations{stage:hot}"), Ok(None));
        assert!(rate("iteration_duration").is_err());
        assert!(rate("nonsense").is_err());
    }
}
