//! What one iteration of one VU recorded.
//!
//! The host functions of a VU write here; the worker's recorder reads it when the iteration is over and clears it.
//! Texts go into one buffer and samples into one vector, both kept from iteration to iteration, so that a scenario
//! that does the same again allocates nothing.

use std::ops::Range;
use std::time::Duration;

use super::LogLine;
use crate::clock::Nanos;
use crate::plan::Limits;

/// The most bytes of all names, tags and values of one iteration: their places are numbers of 32 bits.
const MOST_TEXTS: usize = 1 << 30;
/// Buffers larger than this many samples are given back after the iteration that needed them.
const KEPT_SAMPLES: usize = 1024;

/// The error code of a request that was cut off with its iteration.
pub(super) const INTERRUPTED: &str = "interrupted";
/// The error code of a request of which nobody knows whether the target has failed it.
pub(super) const STALE: &str = "stale";

/// A request that has been noted and not yet answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open(usize);

/// An iteration has recorded more samples than a journal holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalFull(usize);

impl std::fmt::Display for JournalFull {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "more than {} samples in one iteration", self.0)
    }
}

impl std::error::Error for JournalFull {}

/// Where the time of one request went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Phases {
    /// Waiting for a free connection.
    pub blocked: Duration,
    /// Looking the host up.
    pub dns: Duration,
    /// Opening the TCP connection.
    pub connecting: Duration,
    /// The TLS handshake.
    pub tls: Duration,
    /// Writing the request.
    pub sending: Duration,
    /// From the last byte sent to the first byte received.
    pub waiting: Duration,
    /// From the first to the last byte received.
    pub receiving: Duration,
}

impl Phases {
    /// k6's `http_req_duration`: sending, waiting and receiving.
    pub fn duration(&self) -> Duration {
        self.sending + self.waiting + self.receiving
    }
}

/// One request and its answer, or what went wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExchangeSample {
    /// The status; 0 without an answer.
    pub status: u16,
    /// A stable word for what went wrong.
    pub error: Option<&'static str>,
    /// What the answer was spoken in, if there was one.
    pub protocol: Option<&'static str>,
    /// Whether it was sent at all: a request that never left is not counted in `http_reqs`.
    pub sent: bool,
    /// Whether it was sent a second time, its first connection having been closed under it.
    pub resent: bool,
    /// Where the time went.
    pub phases: Phases,
    /// When it was over.
    pub done: Nanos,
    /// Bytes written for it.
    pub bytes_sent: u64,
    /// Bytes read for it.
    pub bytes_received: u64,
    /// Bytes of a body that was decoded, after that; 0 of one that was not.
    pub bytes_decoded: u64,
}

/// A text in the journal's buffer.
pub(super) type Span = Range<u32>;

#[derive(Clone, Debug)]
pub(super) enum Sample {
    Exchange { name: Span, method: Span, exchange: ExchangeSample },
    Check { name: Span, held: bool },
    Value { metric: usize, value: f64, tag: Option<(Span, Span)> },
}

/// The samples of one iteration.
#[derive(Debug)]
pub struct Journal {
    /// The most samples: a VU holds them until the iteration is over.
    most_samples: usize,
    /// The most bytes of a name, tag or tag value.
    most_name: usize,
    /// The most log lines.
    most_lines: usize,
    texts: String,
    samples: Vec<Sample>,
    lines: Vec<LogLine>,
    lines_dropped: u64,
}

impl Default for Journal {
    fn default() -> Journal {
        Journal::new(&Limits::default())
    }
}

impl Journal {
    /// An empty journal of so much.
    pub fn new(limits: &Limits) -> Journal {
        Journal {
            most_samples: limits.samples,
            most_name: limits.name,
            most_lines: limits.log_lines,
            texts: String::new(),
            samples: Vec::new(),
            lines: Vec::new(),
            lines_dropped: 0,
        }
    }

    /// Notes that a request is about to be made. Until it is [closed](Journal::close) it counts as interrupted:
    /// that is what an iteration leaves behind that is cut off in the middle of it.
    ///
    /// # Errors
    /// When the journal is full.
    pub fn open(&mut self, name: &str, method: &str) -> Result<Open, JournalFull> {
        let (name, method) = (self.text(name), self.text(method));
        let exchange = ExchangeSample { error: Some(INTERRUPTED), ..ExchangeSample::default() };
        self.push(Sample::Exchange { name, method, exchange })?;
        Ok(Open(self.samples.len() - 1))
    }

    /// Notes that the target may have seen something of the request from now on; `again` if it was sent before.
    pub fn sent(&mut self, open: Open, again: bool) {
        if let Some(exchange) = self.exchange(open) {
            (exchange.sent, exchange.resent) = (true, again);
        }
    }

    /// Notes that the target has seen nothing of the request after all.
    pub fn unsent(&mut self, open: Open) {
        if let Some(exchange) = self.exchange(open) {
            exchange.sent = false;
        }
    }

    /// What has been noted of the request so far.
    pub fn noted(&self, open: Open) -> ExchangeSample {
        match self.samples.get(open.0) {
            Some(Sample::Exchange { exchange, .. }) => *exchange,
            _ => ExchangeSample::default(),
        }
    }

    fn exchange(&mut self, open: Open) -> Option<&mut ExchangeSample> {
        match self.samples.get_mut(open.0) {
            Some(Sample::Exchange { exchange, .. }) => Some(exchange),
            _ => None,
        }
    }

    /// Notes what became of the request.
    pub fn close(&mut self, open: Open, sample: ExchangeSample) {
        if let Some(exchange) = self.exchange(open) {
            *exchange = sample;
        }
    }

    /// Notes a check.
    ///
    /// # Errors
    /// When the journal is full.
    pub fn check(&mut self, name: &str, held: bool) -> Result<(), JournalFull> {
        let name = self.text(name);
        self.push(Sample::Check { name, held })
    }

    /// Notes a value of the manifest's metric with this index, perhaps with a tag.
    ///
    /// # Errors
    /// When the journal is full.
    pub fn value(&mut self, metric: usize, value: f64, tag: Option<(&str, &str)>) -> Result<(), JournalFull> {
        let tag = tag.map(|(name, value)| (self.text(name), self.text(value)));
        self.push(Sample::Value { metric, value, tag })
    }

    /// Notes a log line; beyond a bound lines are only counted.
    pub fn line(&mut self, line: LogLine) {
        if self.lines.len() < self.most_lines {
            self.lines.push(line);
        } else {
            self.lines_dropped += 1;
        }
    }

    /// Forgets everything and keeps the room, unless it has become large.
    pub fn clear(&mut self) {
        if self.samples.capacity() > KEPT_SAMPLES {
            (self.texts, self.samples, self.lines) = (String::new(), Vec::new(), Vec::new());
        } else {
            self.texts.clear();
            self.samples.clear();
            self.lines.clear();
        }
        self.lines_dropped = 0;
    }

    pub(super) fn samples(&self) -> &[Sample] {
        &self.samples
    }

    pub(super) fn read(&self, span: &Span) -> &str {
        self.texts.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// The log lines so far, and how many more there were.
    pub fn take_lines(&mut self) -> (Vec<LogLine>, u64) {
        (std::mem::take(&mut self.lines), std::mem::take(&mut self.lines_dropped))
    }

    fn push(&mut self, sample: Sample) -> Result<(), JournalFull> {
        if self.samples.len() >= self.most_samples || self.texts.len() > MOST_TEXTS {
            return Err(JournalFull(self.most_samples));
        }
        self.samples.push(sample);
        Ok(())
    }

    /// Puts a text, cut to its bound, into the buffer. A full journal takes none.
    fn text(&mut self, text: &str) -> Span {
        let start = self.texts.len();
        if self.samples.len() < self.most_samples && self.texts.len() <= MOST_TEXTS {
            self.texts.push_str(cut(text, self.most_name));
        }
        let end = self.texts.len();
        u32::try_from(start).unwrap_or(u32::MAX)..u32::try_from(end).unwrap_or(u32::MAX)
    }
}

/// The longest beginning of at most `most` bytes that does not split a character.
pub(super) fn cut(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Ending, Recorder, Tags, Times, Totals};

    #[test]
    fn a_journal_is_bounded() {
        let mut journal = Journal::default();
        let most = Limits::default().samples;
        for _ in 0..most {
            assert_eq!(journal.check("x", true), Ok(()));
        }
        assert_eq!(journal.check("x", true), Err(JournalFull(most)));
        let grown = journal.texts.len();
        assert_eq!(journal.value(0, 1.0, Some(("tag", "value"))), Err(JournalFull(most)));
        assert_eq!(journal.texts.len(), grown);
        journal.clear();
        assert_eq!(journal.samples.capacity(), 0);
    }

    #[test]
    fn names_are_cut_at_a_character() {
        assert_eq!(cut("añb", 2), "a");
        assert_eq!(cut("añb", 3), "añ");
        let mut journal = Journal::default();
        journal.check(&"ñ".repeat(200), true).expect("room");
        let Some(Sample::Check { name, .. }) = journal.samples().first() else { panic!("a check") };
        assert_eq!(journal.read(name).len(), 256);
    }

    #[test]
    fn a_stale_request_is_neither_failed_nor_not() {
        let mut recorder = Recorder::new(Vec::new());
        recorder.begin_stage(Tags::new([("stage", "main")]), true);
        let mut journal = Journal::default();
        let stale = ExchangeSample { error: Some(STALE), sent: true, ..ExchangeSample::default() };
        let resent = ExchangeSample { status: 200, sent: true, resent: true, ..ExchangeSample::default() };
        for sample in [stale, resent] {
            let open = journal.open("/a", "POST").expect("room");
            journal.close(open, sample);
        }
        let now = Nanos(1);
        recorder.absorb(&mut journal, Times { due: now, started: now, done: now }, Ending::Done);
        let mut totals = Totals::default();
        totals.merge(&recorder.take());
        let ask = |selector: &str, aggregate: &str| {
            let selector = selector.parse().expect("a selector");
            totals.stat(&selector, aggregate.parse().expect("an aggregate"), 1.0)
        };
        assert_eq!(ask("http_reqs", "count"), Some(2.0));
        assert_eq!(ask("http_reqs{error_code:stale}", "count"), Some(1.0));
        assert_eq!(ask("http_req_failed", "count"), Some(1.0));
        assert_eq!(ask("http_req_failed", "rate"), Some(0.0));
        assert_eq!(ask("http_reqs_resent", "count"), Some(1.0));
    }
}
