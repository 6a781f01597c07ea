//! The words between a worker, its recorder and the conductor.

use std::sync::Arc;

use super::{SeriesKey, Sink};
use crate::clock::Nanos;

/// A line that a guest wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The VU.
    pub vu: u32,
    /// `debug`, `info`, `warn`, `error` or `stderr`.
    pub level: &'static str,
    /// The text, without control characters.
    pub text: String,
}

/// Why iterations failed, by code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureSample {
    /// The scenario's code, or that of a trap.
    pub code: String,
    /// How often.
    pub count: u64,
    /// The first messages, each once.
    pub messages: Vec<String>,
}

/// The instants of an iteration: planned, actual, finished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// When it should have started; of a closed load, when it did.
    pub due: Nanos,
    /// When it did.
    pub started: Nanos,
    /// When it was over.
    pub done: Nanos,
}

/// How an iteration ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It returned.
    Done,
    /// It returned a failure, or trapped.
    Failed {
        /// The scenario's code, or that of a trap.
        code: String,
        /// What it said.
        message: String,
    },
    /// The stage was over and its grace too.
    Interrupted,
}

/// What a worker hands over once a second.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The samples since the snapshot before.
    pub series: Vec<(Arc<SeriesKey>, Sink)>,
    /// Failures since the snapshot before.
    pub failures: Vec<FailureSample>,
    /// Log lines since the snapshot before.
    pub lines: Vec<LogLine>,
    /// Log lines that were not kept.
    pub lines_dropped: u64,
    /// Samples whose names were folded since the snapshot before.
    pub folded: u64,
}
