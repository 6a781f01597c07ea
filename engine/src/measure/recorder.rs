//! The recorder of one worker: absorbs journals, hands over snapshots.
//!
//! Called once per iteration, on the worker's thread. In a steady state it allocates nothing: the series of a
//! request or a check are found by its name and tags in two hash look-ups, and recording is a few additions.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::journal::{ExchangeSample, INTERRUPTED, Journal, STALE, Sample, cut};
use super::names::{NameId, Names};
use super::series::expected;
use super::{BUILTIN, Ending, FailureSample, LogLine, SeriesKey, Sink, Snapshot, Tags, Times};
use crate::clock::Nanos;
use crate::plan::{Limits, Metric, MetricKind};

/// The most failure messages kept of one code, and the most codes.
const MOST_FAILURES: usize = 3;
const MOST_CODES: usize = 100;
/// The most log lines handed over with one snapshot.
const MOST_LINES: usize = 200;

/// What tells one request's series from another's.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Shape {
    name: NameId,
    method: NameId,
    status: u16,
    error: Option<&'static str>,
    protocol: Option<&'static str>,
    sent: bool,
}

/// The series that one request is recorded in.
#[derive(Clone, Copy)]
struct ExchangeSeries {
    reqs: usize,
    resent: usize,
    failed: usize,
    duration: usize,
    response_time: usize,
    blocked: usize,
    dns: usize,
    connecting: usize,
    tls: usize,
    sending: usize,
    waiting: usize,
    receiving: usize,
}

/// The series of iterations in the present stage.
#[derive(Clone, Copy)]
struct IterationSeries {
    iterations: usize,
    response_time: usize,
    duration: usize,
    lag: usize,
    interrupted: usize,
    dropped: usize,
    data_sent: usize,
    data_received: usize,
    data_decoded: usize,
}

/// The samples of one worker.
pub struct Recorder {
    metrics: Vec<Metric>,
    base: Tags,
    counted: bool,
    series: Vec<(Arc<SeriesKey>, Sink)>,
    index: HashMap<Arc<SeriesKey>, usize>,
    names: Names,
    exchanges: HashMap<Shape, ExchangeSeries>,
    checks: HashMap<NameId, usize>,
    values: HashMap<(usize, Option<(NameId, NameId)>), usize>,
    iterations: Option<IterationSeries>,
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
            exchanges: HashMap::new(),
            checks: HashMap::new(),
            values: HashMap::new(),
            iterations: None,
            failures: Vec::new(),
            lines: Vec::new(),
            lines_dropped: 0,
        }
    }

    /// Begins a stage: samples from now on have these tags, or are not counted at all (warm-up).
    pub fn begin_stage(&mut self, base: Tags, counted: bool) {
        self.base = base;
        self.counted = counted;
        self.exchanges.clear();
        self.checks.clear();
        self.values.clear();
        self.iterations = Some(IterationSeries {
            iterations: self.builtin("iterations", []),
            response_time: self.builtin("iteration_response_time", []),
            lag: self.builtin("iteration_lag", []),
            duration: self.builtin("iteration_duration", []),
            interrupted: self.builtin("iterations_interrupted", []),
            dropped: self.builtin("dropped_iterations", []),
            data_sent: self.builtin("data_sent", []),
            data_received: self.builtin("data_received", []),
            data_decoded: self.builtin("data_decoded", []),
        });
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
        if let Some(series) = self.iterations.filter(|_| iterations > 0 && self.counted) {
            self.record(series.dropped, iterations as f64);
        }
    }

    /// Enters an iteration that never started into the response times: it would have taken at least this long.
    pub fn censored(&mut self, at_least: Duration) {
        if let Some(series) = self.iterations.filter(|_| self.counted) {
            self.record(series.response_time, ms(at_least));
        }
    }

    /// Hands over everything since the last time.
    pub fn take(&mut self) -> Snapshot {
        let series = self
            .series
            .iter_mut()
            .filter(|(_, sink)| sink.count() > 0)
            .map(|(key, sink)| (Arc::clone(key), sink.take()))
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
        let Some(series) = self.iterations else { return };
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
        let series = self.builtin("iterations_failed", [("error_code", code.as_ref())]);
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
        let series = match self.exchanges.get(&shape) {
            Some(series) => *series,
            None => {
                let series = self.exchange_series(shape);
                self.exchanges.insert(shape, series);
                series
            }
        };
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
        if let Some(iterations) = self.iterations {
            self.record(iterations.data_sent, exchange.bytes_sent as f64);
            self.record(iterations.data_received, exchange.bytes_received as f64);
            if exchange.bytes_decoded > 0 {
                self.record(iterations.data_decoded, exchange.bytes_decoded as f64);
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
        let mut series = |metric: &str| self.builtin(metric, tags.iter().copied());
        ExchangeSeries {
            reqs: series("http_reqs"),
            resent: series("http_reqs_resent"),
            failed: series("http_req_failed"),
            duration: series("http_req_duration"),
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

    fn check_series(&mut self, name: &str) -> usize {
        let id = self.names.id(name);
        if let Some(series) = self.checks.get(&id) {
            return *series;
        }
        let name = self.names.text(id);
        let series = self.builtin("checks", [("check", name.as_ref())]);
        self.checks.insert(id, series);
        series
    }

    fn value_series(&mut self, metric: usize, tag: Option<(&str, &str)>) -> Option<usize> {
        let tag = tag.map(|(name, value)| (self.names.id(name), self.names.id(value)));
        if let Some(series) = self.values.get(&(metric, tag)) {
            return Some(*series);
        }
        let definition = self.metrics.get(metric)?.clone();
        let texts = tag.map(|(name, value)| (self.names.text(name), self.names.text(value)));
        let more = texts.as_ref().map(|(name, value)| (name.as_ref(), value.as_ref()));
        let series = self.series(&definition.name, definition.kind, more);
        self.values.insert((metric, tag), series);
        Some(series)
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
mod tests {
    use super::*;
    use crate::measure::{Phases, Totals};

    fn stage(recorder: &mut Recorder, name: &str, counted: bool) {
        recorder.begin_stage(Tags::new([("stage", name)]), counted);
    }

    fn begun() -> (Recorder, Journal) {
        let mut recorder = Recorder::new(Vec::new());
        stage(&mut recorder, "main", true);
        (recorder, Journal::default())
    }

    /// Of an iteration that was due at 10 s, started 2 ms later and took `ms`.
    fn times(ms: u64) -> Times {
        let started = Nanos(10_002_000_000);
        Times { due: Nanos(10_000_000_000), started, done: started + Duration::from_millis(ms) }
    }

    fn ask(totals: &Totals, selector: &str, aggregate: &str) -> Option<f64> {
        totals.stat(&selector.parse().expect("a selector"), aggregate.parse().expect("an aggregate"), 1.0)
    }

    #[test]
    fn an_iteration_is_counted_with_its_requests_and_checks() {
        let (mut recorder, mut journal) = begun();
        let phases = Phases { waiting: Duration::from_millis(5), ..Phases::default() };
        let done = Nanos(10_006_000_000);
        let exchange = ExchangeSample { status: 200, sent: true, phases, done, ..ExchangeSample::default() };
        for _ in 0..3 {
            let open = journal.open("/a", "GET").expect("room");
            journal.close(open, exchange);
            journal.check("ok", true).expect("room");
            recorder.absorb(&mut journal, times(7), Ending::Done);
        }
        let refused = ExchangeSample { error: Some("connect-refused"), ..ExchangeSample::default() };
        let open = journal.open("/a", "GET").expect("room");
        journal.close(open, refused);
        let failed = Ending::Failed { code: "http".into(), message: "refused".into() };
        recorder.absorb(&mut journal, times(1), failed);
        let (mut totals, snapshot) = (Totals::default(), recorder.take());
        assert_eq!(snapshot.failures.len(), 1);
        totals.merge(&snapshot);
        assert_eq!(ask(&totals, "http_reqs{name:/a,stage:main,expected_response:true}", "count"), Some(3.0));
        assert_eq!(ask(&totals, "http_req_duration{status:200}", "avg"), Some(5.0));
        assert_eq!(ask(&totals, "http_req_failed", "rate"), Some(0.25));
        assert_eq!(ask(&totals, "http_req_failed{error_code:connect-refused}", "count"), Some(1.0));
        assert_eq!(ask(&totals, "iterations", "count"), Some(4.0));
        assert_eq!(ask(&totals, "http_req_response_time", "max"), Some(6.0));
        assert_eq!(ask(&totals, "iteration_duration", "max"), Some(7.0));
        assert_eq!(ask(&totals, "iteration_response_time", "max"), Some(9.0));
        assert_eq!(ask(&totals, "iteration_lag", "min"), Some(2.0));
        assert_eq!(ask(&totals, "iterations_failed{error_code:http}", "count"), Some(1.0));
        assert_eq!(ask(&totals, "checks{check:ok}", "rate"), Some(1.0));
        assert!(recorder.take().series.is_empty());
    }

    #[test]
    fn a_request_that_was_cut_off_is_counted_but_has_no_duration() {
        let (mut recorder, mut journal) = begun();
        journal.open("/never-left", "GET").expect("room");
        let open = journal.open("/a", "GET").expect("room");
        journal.sent(open, false);
        assert!(journal.noted(open).sent);
        recorder.absorb(&mut journal, times(9000), Ending::Interrupted);
        let mut totals = Totals::default();
        totals.merge(&recorder.take());
        assert_eq!(ask(&totals, "http_reqs", "count"), Some(1.0));
        assert_eq!(ask(&totals, "http_req_failed{error_code:interrupted}", "count"), Some(2.0));
        assert_eq!(ask(&totals, "http_req_duration", "max"), None);
        assert_eq!(ask(&totals, "iteration_duration", "max"), None);
        assert_eq!(ask(&totals, "iterations_interrupted", "count"), Some(1.0));
    }

    #[test]
    fn nothing_of_a_warm_up_is_counted() {
        let mut recorder = Recorder::new(Vec::new());
        stage(&mut recorder, "warm", false);
        let mut journal = Journal::default();
        journal.check("ok", true).expect("room");
        recorder.absorb(&mut journal, times(0), Ending::Done);
        recorder.dropped(5);
        assert!(recorder.take().series.is_empty());
        assert!(journal.samples().is_empty());
    }

    #[test]
    fn names_are_bounded_and_the_rest_is_folded_not_lost() {
        let (mut recorder, mut journal) = begun();
        for number in 0..3000 {
            journal.check(&format!("check {number}"), true).expect("room");
        }
        recorder.absorb(&mut journal, times(0), Ending::Done);
        let snapshot = recorder.take();
        assert!(snapshot.series.len() < Limits::default().names + 20);
        assert_eq!(snapshot.folded, 3000 - Limits::default().names as u64);
        let mut totals = Totals::default();
        totals.merge(&snapshot);
        assert_eq!(ask(&totals, "checks", "count"), Some(3000.0));
        assert_eq!(ask(&totals, "checks{check:(other)}", "count"), Some(2000.0));
    }

    #[test]
    fn tags_of_a_scenarios_own_metric_make_series() {
        let metric = Metric { name: "load_ms".into(), kind: MetricKind::Trend, unit: "ms".into() };
        let mut recorder = Recorder::new(vec![metric]);
        stage(&mut recorder, "main", true);
        let mut journal = Journal::default();
        journal.value(0, 3.0, Some(("part", "a"))).expect("room");
        journal.value(0, 5.0, None).expect("room");
        journal.value(7, 5.0, None).expect("room");
        recorder.absorb(&mut journal, times(0), Ending::Done);
        let mut totals = Totals::default();
        totals.merge(&recorder.take());
        assert_eq!(ask(&totals, "load_ms", "avg"), Some(4.0));
        assert_eq!(ask(&totals, "load_ms{part:a}", "max"), Some(3.0));
    }
}
