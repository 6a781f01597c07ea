//! Where the samples of one series go: a few numbers, or an HDR histogram.

use std::borrow::Cow;

use hdrhistogram::Histogram;

use super::counts::Counts;
use crate::plan::{Aggregate, MetricKind};

/// Steps per unit of a trend's values: times are kept in microseconds, values in thousandths of their unit.
const STEPS: f64 = 1000.0;
/// The largest value of a trend in steps: one hour of microseconds.
const HIGHEST: u64 = 3_600_000_000;
/// Significant decimal digits of a trend.
const DIGITS: u8 = 3;

/// A distribution from 0.001 to 3,600,000 of its unit (1 µs to 1 h for times in ms) with three significant digits.
///
/// Smaller values count as 0, larger ones as the largest. The mean, the smallest and the largest value are exact.
/// Takes up to 190 KiB, in proportion to the logarithm of the largest value seen.
#[derive(Clone, Debug)]
pub struct Trend {
    counts: Counts,
    sum: f64,
    min: f64,
    max: f64,
}

impl Default for Trend {
    fn default() -> Trend {
        Trend { counts: Counts::None, sum: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY }
    }
}

impl Trend {
    /// Adds a value; NaN and negative values count as 0.
    pub fn record(&mut self, value: f64) {
        let value = value.max(0.0);
        self.sum += value;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        let steps = ((value * STEPS).round() as u64).min(HIGHEST);
        if let Some(histogram) = self.counts.open(DIGITS) {
            // It resizes itself, and `HIGHEST` bounds how far.
            let recorded = histogram.record(steps);
            debug_assert!(recorded.is_ok(), "{recorded:?}");
        }
    }

    /// The number of values.
    pub fn count(&self) -> u64 {
        self.counts.len()
    }

    /// The value below or at which this share of the values lies, `quantile` from 0 to 1; nothing without values.
    ///
    /// At most one part in a thousand above the true value, and never outside of the smallest and the largest one.
    pub fn quantile(&self, quantile: f64) -> Option<f64> {
        let histogram = self.counts.histogram()?;
        Some((histogram.value_at_quantile(quantile) as f64 / STEPS).clamp(self.min, self.max))
    }

    /// The sum of the values.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// The smallest value; nothing without values.
    pub fn min(&self) -> Option<f64> {
        (self.count() > 0).then_some(self.min)
    }

    /// The largest value; nothing without values.
    pub fn max(&self) -> Option<f64> {
        (self.count() > 0).then_some(self.max)
    }

    /// The values in thousandths of their unit; nothing without values.
    pub(super) fn histogram(&self) -> Option<Cow<'_, Histogram<u64>>> {
        self.counts.histogram()
    }

    /// The trend of a histogram that counts in thousandths of a unit. Sum, smallest and largest value are as exact as
    /// the histogram is; nothing for one of another shape.
    pub(super) fn of(mut histogram: Histogram<u64>) -> Option<Trend> {
        // One that was read is as large as what was written of it; others that are merged into it may be larger.
        histogram.auto(true);
        if histogram.sigfig() != DIGITS || histogram.is_empty() || histogram.max() > 2 * HIGHEST {
            return None;
        }
        let count = histogram.len() as f64;
        Some(Trend {
            sum: histogram.mean() * count / STEPS,
            min: histogram.min() as f64 / STEPS,
            max: histogram.max() as f64 / STEPS,
            counts: Counts::Open(histogram),
        })
    }

    /// The same values with the sum, the smallest and the largest one as they were noted elsewhere, exactly. What was
    /// noted is left alone if it cannot be true of any values.
    pub fn exactly(self, sum: f64, min: f64, max: f64) -> Trend {
        if sum.is_finite() && min.is_finite() && max.is_finite() && min <= max {
            Trend { sum, min, max, ..self }
        } else {
            self
        }
    }

    /// Adds the values of another one.
    pub fn merge(&mut self, other: &Trend) {
        let Some(theirs) = other.counts.histogram() else { return };
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        if self.count() == 0 {
            self.counts = Counts::Open(theirs.into_owned());
        } else if let Some(ours) = self.counts.open(DIGITS) {
            // Both resize themselves and have the same precision, so there is nothing that adding can refuse.
            let added = ours.add(theirs.as_ref());
            debug_assert!(added.is_ok(), "{added:?}");
        }
    }

    /// An empty one that has room for the values seen so far, so that the next second does not grow it again.
    fn emptied(&self) -> Trend {
        let like = |full: &Histogram<u64>| {
            let mut histogram = Histogram::new_with_bounds(1, full.high().max(2), DIGITS).ok()?;
            histogram.auto(true);
            Some(histogram)
        };
        let counts = match &self.counts {
            Counts::Open(full) => like(full).map(Counts::Open).unwrap_or_default(),
            Counts::None | Counts::Packed { .. } => Counts::None,
        };
        Trend { counts, ..Trend::default() }
    }
}

/// The samples of one series, put together as its metric's kind asks.
#[derive(Clone, Debug)]
pub enum Sink {
    /// Sum and number of values.
    Counter {
        /// The sum.
        sum: f64,
        /// The number of values.
        count: u64,
    },
    /// The newest, the smallest and the largest value.
    Gauge {
        /// The newest; of merged sinks, the newest of the one merged last.
        value: f64,
        /// The smallest.
        min: f64,
        /// The largest.
        max: f64,
        /// The number of values.
        count: u64,
    },
    /// How many values were not 0.
    Rate {
        /// Values that were not 0.
        hits: u64,
        /// All values.
        count: u64,
    },
    /// A distribution.
    Trend(Trend),
}

impl Sink {
    /// One without samples.
    pub fn new(kind: MetricKind) -> Sink {
        match kind {
            MetricKind::Counter => Sink::Counter { sum: 0.0, count: 0 },
            MetricKind::Gauge => {
                Sink::Gauge { value: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY, count: 0 }
            }
            MetricKind::Rate => Sink::Rate { hits: 0, count: 0 },
            MetricKind::Trend => Sink::Trend(Trend::default()),
        }
    }

    /// Which kind it is.
    pub fn kind(&self) -> MetricKind {
        match self {
            Sink::Counter { .. } => MetricKind::Counter,
            Sink::Gauge { .. } => MetricKind::Gauge,
            Sink::Rate { .. } => MetricKind::Rate,
            Sink::Trend(_) => MetricKind::Trend,
        }
    }

    /// Gives the memory of a distribution back until there are samples again; for one without any.
    pub(super) fn rest(&mut self) {
        if let Sink::Trend(trend) = self {
            trend.counts = Counts::None;
        }
    }

    /// Makes a distribution small to which no samples are expected to come; they may come all the same.
    pub(super) fn pack(&mut self) {
        if let Sink::Trend(trend) = self {
            trend.counts.pack();
        }
    }

    /// The same sink, ready to be asked more than once.
    pub(super) fn opened(mut self) -> Sink {
        if let Sink::Trend(trend) = &mut self
            && trend.count() > 0
        {
            let open = trend.counts.open(DIGITS);
            debug_assert!(open.is_some(), "what was packed has been read back before");
        }
        self
    }

    /// Adds one sample.
    pub fn record(&mut self, sample: f64) {
        match self {
            Sink::Counter { sum, count } => {
                *sum += sample;
                *count += 1;
            }
            Sink::Gauge { value, min, max, count } => {
                *value = sample;
                *min = min.min(sample);
                *max = max.max(sample);
                *count += 1;
            }
            Sink::Rate { hits, count } => {
                *hits += u64::from(sample != 0.0);
                *count += 1;
            }
            Sink::Trend(trend) => trend.record(sample),
        }
    }

    /// The number of samples.
    pub fn count(&self) -> u64 {
        match self {
            Sink::Counter { count, .. } | Sink::Gauge { count, .. } | Sink::Rate { count, .. } => *count,
            Sink::Trend(trend) => trend.count(),
        }
    }

    /// Adds all samples of another sink of the same kind; one of another kind changes nothing. What was read from a
    /// file may be any number, so counts stop at the largest.
    pub fn merge(&mut self, other: &Sink) {
        match (self, other) {
            (Sink::Counter { sum, count }, Sink::Counter { sum: more, count: others }) => {
                *sum += more;
                *count = count.saturating_add(*others);
            }
            (
                Sink::Gauge { value, min, max, count },
                Sink::Gauge { value: newest, min: least, max: most, count: others },
            ) if *others > 0 => {
                *value = *newest;
                *min = min.min(*least);
                *max = max.max(*most);
                *count = count.saturating_add(*others);
            }
            (Sink::Rate { hits, count }, Sink::Rate { hits: more, count: others }) => {
                *hits = hits.saturating_add(*more);
                *count = count.saturating_add(*others);
            }
            (Sink::Trend(trend), Sink::Trend(other)) => trend.merge(other),
            _ => {}
        }
    }

    /// Leaves an empty sink behind and returns the full one.
    pub fn take(&mut self) -> Sink {
        let empty = match self {
            Sink::Trend(trend) => Sink::Trend(trend.emptied()),
            _ => Sink::new(self.kind()),
        };
        std::mem::replace(self, empty)
    }

    /// One number of the samples; nothing without samples, or if the kind has no such number.
    ///
    /// `seconds` is the time that a counter's rate is taken over.
    pub fn stat(&self, aggregate: Aggregate, seconds: f64) -> Option<f64> {
        if self.count() == 0 {
            return None;
        }
        match (self, aggregate) {
            (Sink::Counter { sum, .. }, Aggregate::Count) => Some(*sum),
            (Sink::Counter { sum, .. }, Aggregate::Rate) => (seconds > 0.0).then(|| sum / seconds),
            (Sink::Gauge { value, .. }, Aggregate::Value) => Some(*value),
            (Sink::Gauge { min, .. }, Aggregate::Min) => Some(*min),
            (Sink::Gauge { max, .. }, Aggregate::Max) => Some(*max),
            (Sink::Rate { hits, count }, Aggregate::Rate) => Some(*hits as f64 / *count as f64),
            (Sink::Rate { count, .. }, Aggregate::Count) => Some(*count as f64),
            (Sink::Trend(trend), aggregate) => match aggregate {
                Aggregate::Avg => Some(trend.sum / trend.count() as f64),
                Aggregate::Min => Some(trend.min),
                Aggregate::Med => trend.quantile(0.5),
                Aggregate::Max => Some(trend.max),
                Aggregate::Quantile(quantile) => trend.quantile(quantile),
                Aggregate::Count => Some(trend.count() as f64),
                Aggregate::Rate | Aggregate::Value => None,
            },
            _ => None,
        }
    }
}

/// Whether a metric of this kind has this number.
pub(super) fn answers(kind: MetricKind, aggregate: Aggregate) -> bool {
    use Aggregate::{Avg, Count, Max, Med, Min, Quantile, Rate, Value};
    match kind {
        MetricKind::Counter | MetricKind::Rate => matches!(aggregate, Count | Rate),
        MetricKind::Gauge => matches!(aggregate, Value | Min | Max),
        MetricKind::Trend => matches!(aggregate, Avg | Min | Med | Max | Quantile(_) | Count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sink(kind: MetricKind, samples: &[f64]) -> Sink {
        let mut sink = Sink::new(kind);
        samples.iter().for_each(|sample| sink.record(*sample));
        sink
    }

    fn numbers(sink: &Sink) -> Vec<Option<f64>> {
        use Aggregate::{Avg, Count, Max, Med, Min, Quantile, Rate, Value};
        [Avg, Min, Med, Max, Quantile(0.9), Quantile(0.999), Count, Rate, Value]
            .into_iter()
            .map(|aggregate| sink.stat(aggregate, 2.0))
            .collect()
    }

    /// Sums of floating-point numbers depend on the order in their last digits.
    fn alike(a: &Sink, b: &Sink) -> bool {
        numbers(a).into_iter().zip(numbers(b)).all(|pair| match pair {
            (Some(a), Some(b)) => (a - b).abs() <= b.abs() * 1e-12,
            (a, b) => a == b,
        })
    }

    #[test]
    fn what_cannot_be_true_of_a_distribution_is_not_taken_over() {
        let Sink::Trend(trend) = sink(MetricKind::Trend, &[5.0, 7.0]) else { panic!("a trend") };
        let noted = trend.clone().exactly(12.5, 5.1, 7.4);
        assert_eq!((noted.sum(), noted.min(), noted.max()), (12.5, Some(5.1), Some(7.4)));
        for (sum, min, max) in [(12.0, 7.0, 5.0), (f64::INFINITY, 5.0, 7.0), (12.0, f64::NAN, 7.0)] {
            let noted = trend.clone().exactly(sum, min, max);
            assert_eq!((noted.sum(), noted.min(), noted.max()), (trend.sum(), trend.min(), trend.max()));
            assert!(noted.quantile(0.5).is_some());
        }
    }

    #[test]
    fn counts_stop_at_the_largest() {
        let mut rate = Sink::Rate { hits: u64::MAX, count: u64::MAX };
        rate.merge(&sink(MetricKind::Rate, &[1.0, 0.0]));
        assert_eq!((rate.count(), rate.stat(Aggregate::Rate, 1.0)), (u64::MAX, Some(1.0)));
    }

    proptest! {
        #[test]
        fn merging_recorders_equals_one_recorder(
            parts in proptest::collection::vec(proptest::collection::vec(0.0f64..4e6, 0..50), 1..6)
        ) {
            for kind in [MetricKind::Counter, MetricKind::Gauge, MetricKind::Rate, MetricKind::Trend] {
                let whole = sink(kind, &parts.concat());
                let mut merged = Sink::new(kind);
                for part in &parts {
                    let mut taken = sink(kind, part);
                    merged.merge(&taken.take());
                    prop_assert_eq!(taken.count(), 0);
                }
                prop_assert!(alike(&merged, &whole), "{:?} {:?}", numbers(&merged), numbers(&whole));
            }
        }

        #[test]
        fn quantiles_keep_three_digits(mut values in proptest::collection::vec(0.01f64..3e6, 1..300), q in 0.0f64..=1.0) {
            let trend = sink(MetricKind::Trend, &values);
            values.sort_by(f64::total_cmp);
            // The smallest value that at least q of all values do not exceed.
            let rank = ((q * values.len() as f64).ceil() as usize).clamp(1, values.len());
            let truth = values[rank - 1];
            let found = trend.stat(Aggregate::Quantile(q), 1.0).expect("a value");
            prop_assert!((found - truth).abs() <= truth * 0.001 + 0.001, "{} for {}", found, truth);
        }
    }

    #[test]
    fn values_out_of_range_count_at_its_ends() {
        let trend = sink(MetricKind::Trend, &[f64::NAN, -5.0, 1e12]);
        assert_eq!(trend.count(), 3);
        assert_eq!(trend.stat(Aggregate::Med, 1.0), Some(0.0));
        assert_eq!(trend.stat(Aggregate::Max, 1.0), Some(1e12));
    }

    #[test]
    fn a_sink_without_samples_has_no_numbers() {
        for kind in [MetricKind::Counter, MetricKind::Gauge, MetricKind::Rate, MetricKind::Trend] {
            assert_eq!(numbers(&Sink::new(kind)), vec![None; 9]);
        }
    }

    #[test]
    fn every_answer_is_declared() {
        for kind in [MetricKind::Counter, MetricKind::Gauge, MetricKind::Rate, MetricKind::Trend] {
            for aggregate in
                [Aggregate::Avg, Aggregate::Count, Aggregate::Rate, Aggregate::Value, Aggregate::Max]
            {
                let answer = sink(kind, &[1.0]).stat(aggregate, 1.0);
                assert_eq!(answer.is_some(), answers(kind, aggregate), "{kind:?} {aggregate:?}");
            }
        }
    }
}
