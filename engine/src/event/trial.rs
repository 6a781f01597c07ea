//! `strata.try/1`: what a scenario did in a few iterations, call by call, for programs.
//!
//! Times are milliseconds; those of calls count from the beginning of their part. Within this schema fields are only
//! ever added.

use serde::Serialize;

/// The schema's name and version, the first field of the document.
pub const TRY_SCHEMA: &str = "strata.try/1";

/// Some iterations of one VU, with what belongs to them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trial {
    /// [`TRY_SCHEMA`].
    pub schema: &'static str,
    /// The scenario's name.
    pub scenario: String,
    /// The component's file.
    pub file: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// The base URL of the system.
    pub target: String,
    /// The stage that iterations are told.
    pub stage: String,
    /// Where random numbers follow from.
    pub seed: u64,
    /// `setup`, each `iteration`, `judge`, `teardown`, as far as it came.
    pub parts: Vec<Part>,
    /// Checks of all iterations.
    pub checks: CheckCounts,
    /// A signal ended it early.
    pub interrupted: bool,
}

/// How often checks held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CheckCounts {
    /// They did.
    pub held: u64,
    /// They did not.
    pub failed: u64,
}

/// One call of an export of the scenario.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// `setup`, `iteration`, `judge` or `teardown`.
    pub part: &'static str,
    /// Of an iteration, which one, from 0.
    pub iteration: Option<u32>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, if it did not end well.
    pub failure: Option<TrialFailure>,
    /// Where a trapped instance broke, the innermost frame first.
    pub backtrace: Vec<FrameReport>,
    /// From beginning to end.
    pub took_ms: f64,
    /// Of which the guest itself was busy, not waiting and not in a call of the host. Nothing if it trapped: most of that
    /// time went into finding out where.
    pub guest_ms: Option<f64>,
    /// The instance's linear memory at the end, in bytes.
    pub memory_bytes: usize,
    /// Of `setup`, the bytes that it hands to the VUs.
    pub setup_data_bytes: Option<usize>,
    /// Of `judge`, what it found.
    pub findings: Vec<TrialFinding>,
    /// Checks in it, those that are left out below too.
    pub checks: CheckCounts,
    /// What was asked of the host, in order.
    pub calls: Vec<CallReport>,
    /// How many calls more there were.
    pub calls_left_out: u64,
}

/// How a part ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// As it should.
    Ok,
    /// The scenario says that it did not work.
    Failed,
    /// The instance broke.
    Trapped,
    /// A signal came.
    Interrupted,
}

/// Why a part did not end well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrialFailure {
    /// A stable word.
    pub code: String,
    /// A sentence.
    pub message: String,
}

/// A frame of a backtrace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FrameReport {
    /// The function.
    pub function: Option<String>,
    /// Its file.
    pub file: Option<String>,
    /// The line in it.
    pub line: Option<u32>,
    /// Whether it is of the scenario itself, and not of its language or SDK.
    pub own: bool,
}

/// What `judge` found out about a goal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrialFinding {
    /// The goal.
    pub goal: String,
    /// Its number.
    pub value: Option<f64>,
    /// The number in words.
    pub text: Option<String>,
    /// What is wrong, or why it is good.
    pub analysis: String,
    /// The lines under it.
    pub rows: Vec<TrialRow>,
}

/// A line under a finding.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrialRow {
    /// What was looked at.
    pub label: String,
    /// Its number.
    pub value: f64,
    /// The number's unit.
    pub unit: String,
    /// Whether it is good enough.
    pub passed: Option<bool>,
}

/// A call of the host.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallReport {
    /// When it began.
    pub at_ms: f64,
    /// Until it returned.
    pub took_ms: f64,
    /// What was asked, and the answer.
    #[serde(flatten)]
    pub call: CallKind,
}

/// What was asked, and the answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "call", rename_all = "kebab-case")]
pub enum CallKind {
    /// A request.
    Request(Box<RequestReport>),
    /// A check.
    Check {
        /// Its name.
        name: String,
        /// Whether it held.
        held: bool,
    },
    /// A value of a metric.
    Metric {
        /// The metric.
        metric: String,
        /// The value.
        value: f64,
        /// The tag and its value.
        tag: Option<(String, String)>,
        /// Why it was not taken.
        refused: Option<String>,
    },
    /// A line for people, or on standard error.
    Log {
        /// `info`, ..., `stderr`.
        level: &'static str,
        /// The line.
        text: String,
    },
    /// A wait.
    Sleep {
        /// What was asked for, in milliseconds.
        ms: f64,
    },
    /// Any other function of the contract.
    Function {
        /// `run.env`.
        function: &'static str,
        /// What it was asked about; empty if it takes nothing.
        about: String,
        /// The answer in words; nothing where it is that there is nothing.
        answer: Option<String>,
    },
}

/// A request and its answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequestReport {
    /// `http.send`, `prepared.send`, ...
    pub function: &'static str,
    /// How many were sent together.
    pub together: usize,
    /// The method.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// The tag `name`.
    pub name: String,
    /// In the order sent.
    pub headers: Vec<(String, String)>,
    /// Bytes of the body.
    pub body_bytes: u64,
    /// The body, or its beginning, if it was asked for.
    pub body: Option<BodyReport>,
    /// Where the time went.
    pub timings: TimingsReport,
    /// The answer.
    pub response: Option<ResponseReport>,
    /// Or why there is none.
    pub error: Option<TrialFailure>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ResponseReport {
    /// The status.
    pub status: u16,
    /// `HTTP/1.1`.
    pub protocol: &'static str,
    /// In the order received.
    pub headers: Vec<(String, String)>,
    /// Bytes of the body.
    pub body_bytes: u64,
    /// The body, or its beginning, if it was asked for.
    pub body: Option<BodyReport>,
}

/// A body, or its beginning: a text, or bytes that are none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BodyReport {
    /// UTF-8.
    Text(String),
    /// In hexadecimal.
    Hex(String),
    /// The scenario asked for it not to be kept.
    Discarded,
}

/// Where the time of a request went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct TimingsReport {
    /// Waiting for a free connection.
    pub blocked: f64,
    /// Looking the host up.
    pub dns: f64,
    /// Opening the connection.
    pub connecting: f64,
    /// The TLS handshake.
    pub tls: f64,
    /// Writing the request.
    pub sending: f64,
    /// Until the first byte of the answer.
    pub waiting: f64,
    /// Until the last one.
    pub receiving: f64,
}

impl TimingsReport {
    /// The parts by their names, in the order in which they happen.
    pub fn parts(&self) -> [(&'static str, f64); 7] {
        [
            ("blocked", self.blocked),
            ("dns", self.dns),
            ("connecting", self.connecting),
            ("tls", self.tls),
            ("sending", self.sending),
            ("waiting", self.waiting),
            ("receiving", self.receiving),
        ]
    }
}

impl Trial {
    /// Whether a part ended this way.
    pub fn any(&self, outcome: Outcome) -> bool {
        self.parts.iter().any(|part| part.outcome == outcome)
    }

    /// Whether `setup` did not end well.
    pub fn setup_failed(&self) -> bool {
        self.parts.iter().any(|part| part.part == "setup" && part.outcome == Outcome::Failed)
    }
}
