//! Questions to a layer's totals, with the time that its stages ran.

use std::sync::Arc;

use super::{StatError, Summary, Totals, answerable};
use crate::plan::{Aggregate, Metric, Selector};

/// What a layer has recorded, and how long its counted stages ran.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// Everything of the layer.
    pub totals: Arc<Totals>,
    /// Each counted stage that has begun, and its seconds from its start to the end of its last iteration.
    pub stages: Vec<(String, f64)>,
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

    /// The seconds in which what is selected could happen.
    pub fn seconds(&self, selector: &Selector) -> f64 {
        let selected = selector.tag("stage");
        let meant = |name: &str| selected.is_none_or(|stage| stage == name);
        self.stages.iter().filter(|(name, _)| meant(name)).map(|(_, seconds)| seconds).sum()
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
        let stages = vec![("cold".to_owned(), 2.0), ("warm".to_owned(), 3.0)];
        let results = Results { totals: Arc::new(totals), stages, metrics: Vec::new() };
        let rate = |selector: &str| results.stat(&selector.parse().expect("a selector"), Aggregate::Rate);
        assert_eq!(rate("iterations{stage:cold}"), Ok(Some(5.0)));
        assert_eq!(rate("iterations{stage:warm}"), Ok(Some(10.0)));
        assert_eq!(rate("iterations"), Ok(Some(8.0)));
        assert_eq!(rate("iterations{stage:hot}"), Ok(None));
        assert!(rate("iteration_duration").is_err());
        assert!(rate("nonsense").is_err());
    }
}
