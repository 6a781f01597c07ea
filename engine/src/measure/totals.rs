//! The merge of all workers' snapshots, and questions to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::series::VERSION;
use super::sink::answers;
use super::{BUILTIN, FailureSample, SeriesKey, Sink, Snapshot};
use crate::plan::{Aggregate, Metric, MetricKind, Selector};

/// The most failure messages shown of one code.
const MOST_MESSAGES: usize = 3;

/// Everything that was recorded so far.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    series: BTreeMap<Arc<SeriesKey>, Sink>,
    failures: BTreeMap<String, FailureSample>,
    folded: u64,
    lines_dropped: u64,
}

/// Why a question has no meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatError {
    /// Neither the engine nor the scenario has such a metric.
    NoSuchMetric(String),
    /// A metric of that kind has no such number.
    NoSuchNumber(String),
}

impl std::fmt::Display for StatError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StatError::NoSuchMetric(text) | StatError::NoSuchNumber(text) => f.write_str(text),
        }
    }
}

/// The numbers of several series taken as one; times in ms. What a kind does not have is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    /// Number of samples, or a counter's sum.
    pub count: f64,
    /// A counter's count per second, or a rate's share.
    pub rate: Option<f64>,
    /// The mean.
    pub avg: Option<f64>,
    /// The smallest.
    pub min: Option<f64>,
    /// The median.
    pub med: Option<f64>,
    /// The largest.
    pub max: Option<f64>,
    /// 90 % are at most this.
    pub p90: Option<f64>,
    /// 95 % are at most this.
    pub p95: Option<f64>,
    /// 99 % are at most this.
    pub p99: Option<f64>,
    /// 99.9 % are at most this.
    pub p999: Option<f64>,
}

impl Totals {
    /// Adds what a worker handed over.
    pub fn merge(&mut self, snapshot: &Snapshot) {
        snapshot.series.iter().for_each(|(key, sink)| self.add(key, sink));
        self.fail(&snapshot.failures);
        self.folded += snapshot.folded;
        self.lines_dropped += snapshot.lines_dropped;
    }

    /// Adds everything of other totals.
    pub fn add_all(&mut self, other: &Totals) {
        other.series().for_each(|(key, sink)| self.add(key, sink));
        self.add_rest(other);
    }

    fn add_rest(&mut self, other: &Totals) {
        self.fail(other.failures.values());
        self.folded += other.folded;
        self.lines_dropped += other.lines_dropped;
    }

    /// The same, with the versions of a scenario taken together.
    pub fn add_versions(&mut self, other: &Totals) {
        for (key, sink) in other.series() {
            match key.tags.get(VERSION) {
                None => self.add(key, sink),
                Some(_) => self.add(&Arc::new(key.of_all_versions()), sink),
            }
        }
        self.add_rest(other);
    }

    /// Makes the distributions of a version small to which no samples are expected to come: one or two bytes for each
    /// bucket with something in it.
    pub fn pack_version(&mut self, version: &str) {
        let meant = self.series.iter_mut().filter(|(key, _)| key.tags.get(VERSION) == Some(version));
        meant.for_each(|(_, sink)| sink.pack());
    }

    /// Adds failures.
    pub fn fail<'a>(&mut self, failures: impl IntoIterator<Item = &'a FailureSample>) {
        for failure in failures {
            let total = self.failures.entry(failure.code.clone()).or_insert_with(|| FailureSample {
                code: failure.code.clone(),
                count: 0,
                messages: Vec::new(),
            });
            total.count = total.count.saturating_add(failure.count);
            for message in &failure.messages {
                if total.messages.len() < MOST_MESSAGES && !total.messages.contains(message) {
                    total.messages.push(message.clone());
                }
            }
        }
    }

    /// All series with samples.
    pub fn series(&self) -> impl Iterator<Item = (&Arc<SeriesKey>, &Sink)> {
        self.series.iter().filter(|(_, sink)| sink.count() > 0)
    }

    /// Adds the samples of one series.
    pub fn add(&mut self, key: &Arc<SeriesKey>, sink: &Sink) {
        match self.series.get_mut(key) {
            Some(total) => total.merge(sink),
            None => {
                self.series.insert(Arc::clone(key), sink.clone());
            }
        }
    }

    /// Sets a gauge that the conductor itself keeps.
    pub fn gauge(&mut self, key: SeriesKey, value: f64) {
        self.series.entry(Arc::new(key)).or_insert_with(|| Sink::new(MetricKind::Gauge)).record(value);
    }

    /// One number of the selected series taken as one; nothing without samples.
    pub fn stat(&self, selector: &Selector, aggregate: Aggregate, seconds: f64) -> Option<f64> {
        self.select(selector)?.stat(aggregate, seconds)
    }

    /// All numbers of the selected series taken as one; nothing without samples.
    pub fn summary(&self, selector: &Selector, seconds: f64) -> Option<Summary> {
        let sink = self.select(selector)?;
        let stat = |aggregate| sink.stat(aggregate, seconds);
        Some(Summary {
            count: stat(Aggregate::Count).unwrap_or(sink.count() as f64),
            rate: stat(Aggregate::Rate),
            avg: stat(Aggregate::Avg),
            min: stat(Aggregate::Min),
            med: stat(Aggregate::Med).or_else(|| stat(Aggregate::Value)),
            max: stat(Aggregate::Max),
            p90: stat(Aggregate::Quantile(0.9)),
            p95: stat(Aggregate::Quantile(0.95)),
            p99: stat(Aggregate::Quantile(0.99)),
            p999: stat(Aggregate::Quantile(0.999)),
        })
    }

    /// The values that a tag has in the selected series, in order, each once.
    pub fn tag_values(&self, selector: &Selector, tag: &str) -> Vec<String> {
        let mut values: Vec<String> = self
            .series
            .keys()
            .filter(|key| key.matches(selector))
            .filter_map(|key| key.tags.get(tag).map(str::to_owned))
            .collect();
        values.sort();
        values.dedup();
        values
    }

    /// Why iterations failed, the most frequent code first.
    pub fn failures(&self) -> Vec<&FailureSample> {
        let mut failures: Vec<_> = self.failures.values().collect();
        failures.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
        failures
    }

    /// Samples that were counted under a folded name.
    pub fn folded(&self) -> u64 {
        self.folded
    }

    /// Log lines that were not kept.
    pub fn lines_dropped(&self) -> u64 {
        self.lines_dropped
    }

    /// The selected series taken as one; nothing without samples.
    pub fn select(&self, selector: &Selector) -> Option<Sink> {
        let mut chosen = self.series.iter().filter(|(key, sink)| key.matches(selector) && sink.count() > 0);
        let mut merged = chosen.next()?.1.clone().opened();
        chosen.for_each(|(_, sink)| merged.merge(sink));
        Some(merged)
    }
}

/// Whether a question can have an answer: the metric exists and its kind has such a number.
///
/// # Errors
/// What is wrong, with a way out.
pub fn answerable(metric: &str, aggregate: Aggregate, own: &[Metric]) -> Result<(), StatError> {
    let builtin = BUILTIN.iter().find(|builtin| builtin.name == metric).map(|builtin| builtin.kind);
    let kind = builtin.or_else(|| own.iter().find(|own| own.name == metric).map(|own| own.kind));
    let Some(kind) = kind else {
        return Err(StatError::NoSuchMetric(format!(
            "`{metric}` is neither a built-in metric nor declared by the scenario"
        )));
    };
    if answers(kind, aggregate) {
        return Ok(());
    }
    Err(StatError::NoSuchNumber(format!("`{metric}` is a {}, which has no `{aggregate}`", kind.as_str())))
}
