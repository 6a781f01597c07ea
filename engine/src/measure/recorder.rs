//! The recorder of one worker: absorbs journals, hands over snapshots.
//!
//! Called once per iteration, on the worker's thread. In a steady state it allocates nothing: the series of a
//! request or a check are found by its name and tags in two hash look-ups, and recording is a few additions.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::journal::{ExchangeSample, INTERRUPTED, Journal, STALE, Sample, cut};
use super::names::Names;
use super::series::{VERSION, expected};
use super::split::{ExchangeSeries, IterationSeries, Shape, Split, StageSeries};
use super::{BUILTIN, Ending, FailureSample, LogLine, SeriesKey, Sink, Snapshot, Tags, Times};
use crate::clock::Nanos;
use crate::plan::{Limits, Metric, MetricKind};

/// The most failure messages kept of one code, and the most codes.
const MOST_FAILURES: usize = 3;
const MOST_CODES: usize = 100;
/// The most log lines handed over with one snapshot.
const MOST_LINES: usize = 200;

/// The samples of one worker.
pub struct Recorder {
    metrics: Vec<Metric>,
    base: Tags,
    counted: bool,
    series: Vec<(Arc<SeriesKey>, Sink)>,
    index: HashMap<Arc<SeriesKey>, usize>,
    names: Names,
    /// By version; not empty.
    splits: Vec<Split>,
    /// The version that the next samples are of.
    present: usize,
    stage: Option<StageSeries>,
    failures: Vec<FailureSample>,
    lines: Vec<LogLine>,
    lines_dropped: u64,
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

impl Recorder {
    /// The same recorder, for so many names of requests, checks and tags.
    #[must_use]
    pub fn with_names(self, most: usize) -> Recorder {
        Recorder { names: Names::new(most), ..self }
    }

    /// A recorder that knows the scenario's own metrics.
    pub fn new(metrics: Vec<Metric>) -> Recorder {
        Recorder {
            metrics,
            base: Tags::default(),
            counted: true,
            series: Vec::new(),
            index: HashMap::new(),
            names: Names::new(Limits::default().names),
            splits: vec![Split::default()],
            present: 0,
            stage: None,
            failures: Vec::new(),
            lines: Vec::new(),
            lines_dropped: 0,
        }
    }

    /// Begins a stage: samples from now on have these tags, or are not counted at all (warm-up).
    pub fn begin_stage(&mut self, base: Tags, counted: bool) {
        self.base = base;
        self.counted = counted;
        let digest = self.digest();
        self.splits = vec![Split::of(digest)];
        self.present = 0;
        self.stage = Some(StageSeries {
            dropped: self.builtin("dropped_iterations", []),
            censored: self.builtin("iteration_response_time", []),
            data_sent: self.builtin("data_sent", []),
            data_received: self.builtin("data_received", []),
            data_decoded: self.builtin("data_decoded", []),
        });
    }

    /// Samples from now on are of the version with this digest. Costs one comparison of pointers where they already are.
    pub fn of_version(&mut self, digest: &Arc<str>) {
        let present = self.splits.get(self.present).and_then(|split| split.digest.as_ref());
        if present.is_some_and(|present| Arc::ptr_eq(present, digest)) {
            return;
        }
        let known = self.splits.iter().position(|split| split.digest.as_ref() == Some(digest));
        self.present = known.unwrap_or_else(|| {
            self.splits.push(Split::default());
            self.splits.len() - 1
        });
        if let Some(split) = self.splits.get_mut(self.present) {
            split.digest = Some(Arc::clone(digest));
        }
    }

    fn digest(&self) -> Option<Arc<str>> {
        self.splits.get(self.present).and_then(|split| split.digest.clone())
    }

    /// Takes in the journal of an iteration, and clears it.
    ///
    /// The first request of an iteration has an instant at which it was due, that of the iteration, and so a response
    /// time of its own; when the others were due, nobody planned.
    pub fn absorb(&mut self, journal: &mut Journal, times: Times, ending: Ending) {
        let (lines, dropped) = journal.take_lines();
        self.keep_lines(lines, dropped);
        if !self.counted {
            journal.clear();
            return;
        }
        let mut due = Some(times.due);
        for sample in journal.samples() {
            match sample {
                Sample::Exchange { name, method, exchange } => {
                    self.exchange(journal.read(name), journal.read(method), exchange, due.take());
                }
                Sample::Check { name, held } => {
                    let series = self.check_series(journal.read(name));
                    self.record(series, f64::from(u8::from(*held)));
                }
                Sample::Value { metric, value, tag } => {
                    let tag = tag.as_ref().map(|(name, value)| (journal.read(name), journal.read(value)));
                    if let Some(series) = self.value_series(*metric, tag) {
                        self.record(series, *value);
                    }
                }
            }
        }
        journal.clear();
        self.iteration(times, ending);
    }

    /// Counts iterations that there was no time or no VU for.
    pub fn dropped(&mut self, iterations: u64) {
        if let Some(series) = self.stage.filter(|_| iterations > 0 && self.counted) {
            self.record(series.dropped, iterations as f64);
        }
    }

    /// Enters an iteration that never started into the response times: it would have taken at least this long.
    pub fn censored(&mut self, at_least: Duration) {
        if let Some(series) = self.stage.filter(|_| self.counted) {
            self.record(series.censored, ms(at_least));
        }
    }

    /// Hands over everything since the last time.
    pub fn take(&mut self) -> Snapshot {
        let series = self
            .series
            .iter_mut()
            .filter_map(|(key, sink)| {
                if sink.count() == 0 {
                    // Of a version, a stage or a name that is over, perhaps.
                    sink.rest();
                    return None;
                }
                Some((Arc::clone(key), sink.take()))
            })
            .collect();
        Snapshot {
            series,
            failures: std::mem::take(&mut self.failures),
            lines: std::mem::take(&mut self.lines),
            lines_dropped: std::mem::take(&mut self.lines_dropped),
            folded: self.names.take_folded(),
        }
    }

    fn iteration(&mut self, times: Times, ending: Ending) {
        let series = self.iteration_series();
        match ending {
            Ending::Interrupted => {
                self.record(series.interrupted, 1.0);
                return;
            }
            Ending::Failed { code, message } => self.failure(&code, message),
            Ending::Done => {}
        }
        self.record(series.iterations, 1.0);
        self.record(series.response_time, ms(times.done.since(times.due)));
        self.record(series.duration, ms(times.done.since(times.started)));
        self.record(series.lag, ms(times.started.since(times.due)));
    }

    fn failure(&mut self, code: &str, message: String) {
        let code = cut(code, 64);
        let id = self.names.id(code);
        let code = self.names.text(id);
        let series = self.of_present("iterations_failed", [("error_code", code.as_ref())]);
        self.record(series, 1.0);
        let known = self.failures.iter().position(|failure| failure.code == code.as_ref());
        if known.is_none() && self.failures.len() < MOST_CODES {
            self.failures.push(FailureSample {
                code: code.as_ref().to_owned(),
                count: 0,
                messages: Vec::new(),
            });
        }
        let at = known.unwrap_or(self.failures.len().saturating_sub(1));
        if let Some(failure) = self.failures.get_mut(at) {
            failure.count += 1;
            let message = cut(&message, 1000);
            if failure.messages.len() < MOST_FAILURES && failure.messages.iter().all(|other| other != message)
            {
                failure.messages.push(message.to_owned());
            }
        }
    }

    fn exchange(&mut self, name: &str, method: &str, exchange: &ExchangeSample, due: Option<Nanos>) {
        let shape = Shape {
            name: self.names.id(name),
            method: self.names.id(method),
            status: exchange.status,
            error: exchange.error,
            protocol: exchange.protocol,
            sent: exchange.sent,
        };
        let known = self.splits.get(self.present).and_then(|split| split.exchanges.get(&shape)).copied();
        let series = known.unwrap_or_else(|| {
            let series = self.exchange_series(shape);
            if let Some(split) = self.splits.get_mut(self.present) {
                split.exchanges.insert(shape, series);
            }
            series
        });
        // Whether the target failed a stale one, nobody knows.
        if exchange.error != Some(STALE) {
            let failed = exchange.error.is_some() || !expected(exchange.status);
            self.record(series.failed, f64::from(u8::from(failed)));
        }
        if exchange.sent {
            self.record(series.reqs, 1.0);
        }
        if exchange.resent {
            self.record(series.resent, 1.0);
        }
        // How long a request would have taken that was cut off, nobody knows.
        if exchange.sent && exchange.error != Some(INTERRUPTED) {
            let phases = &exchange.phases;
            self.record(series.duration, ms(phases.duration()));
            if let Some(due) = due {
                self.record(series.response_time, ms(exchange.done.since(due)));
            }
            self.record(series.sending, ms(phases.sending));
            self.record(series.waiting, ms(phases.waiting));
            self.record(series.receiving, ms(phases.receiving));
            self.record(series.blocked, ms(phases.blocked));
            self.record(series.dns, ms(phases.dns));
            self.record(series.connecting, ms(phases.connecting));
            self.record(series.tls, ms(phases.tls));
        }
        if let Some(stage) = self.stage {
            self.record(stage.data_sent, exchange.bytes_sent as f64);
            self.record(stage.data_received, exchange.bytes_received as f64);
            if exchange.bytes_decoded > 0 {
                self.record(stage.data_decoded, exchange.bytes_decoded as f64);
            }
        }
    }

    fn exchange_series(&mut self, shape: Shape) -> ExchangeSeries {
        let (name, method) = (self.names.text(shape.name), self.names.text(shape.method));
        let status = shape.status.to_string();
        let expected = (shape.error.is_none() && expected(shape.status)).to_string();
        let mut tags = vec![
            ("name", name.as_ref()),
            ("method", method.as_ref()),
            ("status", status.as_str()),
            ("expected_response", expected.as_str()),
        ];
        tags.extend(shape.error.map(|error| ("error_code", error)));
        tags.extend(shape.protocol.map(|protocol| ("proto", protocol)));
        let mut series = |metric: &str| self.of_present(metric, tags.iter().copied());
        let (reqs, failed) = (series("http_reqs"), series("http_req_failed"));
        let duration = series("http_req_duration");
        // The parts of a duration are of all versions together: each version's distributions take memory.
        let mut series = |metric: &str| self.builtin(metric, tags.iter().copied());
        ExchangeSeries {
            reqs,
            resent: series("http_reqs_resent"),
            failed,
            duration,
            response_time: series("http_req_response_time"),
            blocked: series("http_req_blocked"),
            dns: series("http_req_dns"),
            connecting: series("http_req_connecting"),
            tls: series("http_req_tls_handshaking"),
            sending: series("http_req_sending"),
            waiting: series("http_req_waiting"),
            receiving: series("http_req_receiving"),
        }
    }

    /// The series of iterations of the present version.
    fn iteration_series(&mut self) -> IterationSeries {
        let known = self.splits.get(self.present).and_then(|split| split.iterations);
        known.unwrap_or_else(|| {
            let series = IterationSeries {
                iterations: self.of_present("iterations", []),
                response_time: self.of_present("iteration_response_time", []),
                duration: self.of_present("iteration_duration", []),
                lag: self.of_present("iteration_lag", []),
                interrupted: self.of_present("iterations_interrupted", []),
            };
            if let Some(split) = self.splits.get_mut(self.present) {
                split.iterations = Some(series);
            }
            series
        })
    }

    fn check_series(&mut self, name: &str) -> usize {
        let id = self.names.id(name);
        let known = self.splits.get(self.present).and_then(|split| split.checks.get(&id)).copied();
        known.unwrap_or_else(|| {
            let name = self.names.text(id);
            let series = self.of_present("checks", [("check", name.as_ref())]);
            if let Some(split) = self.splits.get_mut(self.present) {
                split.checks.insert(id, series);
            }
            series
        })
    }

    fn value_series(&mut self, metric: usize, tag: Option<(&str, &str)>) -> Option<usize> {
        let tag = tag.map(|(name, value)| (self.names.id(name), self.names.id(value)));
        let key = (metric, tag);
        if let Some(series) = self.splits.get(self.present).and_then(|split| split.values.get(&key)) {
            return Some(*series);
        }
        let definition = self.metrics.get(metric)?.clone();
        let texts = tag.map(|(name, value)| (self.names.text(name), self.names.text(value)));
        let more = texts.as_ref().map(|(name, value)| (name.as_ref(), value.as_ref()));
        let digest = self.digest();
        let version = digest.as_ref().map(|digest| (VERSION, digest.as_ref()));
        let series = self.series(&definition.name, definition.kind, more.into_iter().chain(version));
        if let Some(split) = self.splits.get_mut(self.present) {
            split.values.insert(key, series);
        }
        Some(series)
    }

    /// The series of a metric of the engine's that each version has for itself.
    fn of_present<'a>(&mut self, metric: &str, tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> usize {
        let digest = self.digest();
        let version = digest.as_ref().map(|digest| (VERSION, digest.as_ref()));
        let tags: Vec<_> = tags.into_iter().collect();
        self.builtin(metric, tags.into_iter().chain(version))
    }

    fn builtin<'a>(&mut self, metric: &str, tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> usize {
        let kind =
            BUILTIN.iter().find(|builtin| builtin.name == metric).map_or(MetricKind::Counter, |m| m.kind);
        self.series(metric, kind, tags)
    }

    fn series<'a>(
        &mut self,
        metric: &str,
        kind: MetricKind,
        tags: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> usize {
        let key = Arc::new(SeriesKey { metric: metric.into(), tags: self.base.with(tags) });
        if let Some(at) = self.index.get(&key) {
            return *at;
        }
        self.series.push((Arc::clone(&key), Sink::new(kind)));
        self.index.insert(key, self.series.len() - 1);
        self.series.len() - 1
    }

    fn record(&mut self, series: usize, value: f64) {
        if let Some((_, sink)) = self.series.get_mut(series) {
            sink.record(value);
        }
    }

    fn keep_lines(&mut self, lines: Vec<LogLine>, dropped: u64) {
        self.lines_dropped += dropped;
        for line in lines {
            if self.lines.len() < MOST_LINES {
                self.lines.push(line);
            } else {
                self.lines_dropped += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests;
