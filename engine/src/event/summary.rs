//! `strata.summary/1`: the result of a run for programs.
//!
//! Times are milliseconds, rates are per second, shares are from 0 to 1 in `metrics` and percent where a unit says
//! so. A number that does not exist is absent, never 0.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::status::ChangeReport;

/// The schema's name and version, the first field of the file.
pub const SCHEMA: &str = "strata.summary/1";

/// A word of a fixed set where the engine says it, any text where a file does.
pub type Word = Cow<'static, str>;

/// Whether a run measured the system, or itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Validity {
    /// The generator kept up.
    Valid,
    /// Some numbers include the generator's own slowness; the reasons say which.
    Degraded,
    /// The numbers say nothing about the system under test.
    Invalid,
}

/// A whole run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Summary {
    /// [`SCHEMA`].
    pub schema: Word,
    /// The run.
    pub run: RunReport,
    /// The phase.
    pub phase: PhaseReport,
    /// The layers, in the order they ran.
    pub layers: Vec<LayerReport>,
    /// Numbers by metric and tags.
    pub metrics: Vec<MetricReport>,
    /// Components and the iterations that ran them.
    pub versions: Vec<VersionReport>,
    /// The course of each layer's load, for plots.
    #[serde(default)]
    pub timeline: Vec<LayerTimeline>,
    /// What was changed while the run went on: the first thousand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangeReport>,
}

/// The course of a layer's load.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct LayerTimeline {
    /// The scenario's name.
    pub scenario: String,
    /// In order; at most 600, each of as many seconds as it takes for that.
    pub points: Vec<TimePoint>,
    /// `http_req_duration` by quantile, from 0 to 1, in ms.
    pub distribution: Vec<(f64, f64)>,
}

/// A moment of a layer's load.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimePoint {
    /// When it begins, in seconds since the run began.
    pub start_s: f64,
    /// How long it is.
    pub length_s: f64,
    /// The stage that ran at its beginning.
    pub stage: String,
    /// VUs at its end.
    pub vus: Option<u32>,
    /// Iterations that ended in it, per second.
    pub iterations_per_s: f64,
    /// Requests that ended in it, per second.
    pub requests_per_s: f64,
    /// Requests that failed in it.
    pub failed: f64,
    /// Iterations that were dropped in it.
    pub dropped: f64,
    /// `http_req_duration`, in ms.
    pub p50: Option<f64>,
    /// `http_req_duration`, in ms.
    pub p95: Option<f64>,
    /// `http_req_duration`, in ms.
    pub p99: Option<f64>,
    /// `iteration_lag`, in ms.
    pub lag_p99: Option<f64>,
}

/// The pack that a run is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackReport {
    /// `sha256:...`, the digest of its index.
    pub digest: String,
    /// The public key by which it was verified, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
}

/// The run itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunReport {
    /// The name of the run.
    pub id: String,
    /// The base URL of the system under test.
    pub target: String,
    /// The pack that it is of, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<PackReport>,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// From the first stage's start to the last one's end.
    pub duration_s: f64,
    /// Whether the numbers can be believed.
    pub validity: Validity,
    /// Why not, where not.
    pub reasons: Vec<String>,
    /// Ended before its time: by a signal, or without an end that was recorded.
    pub interrupted: bool,
    /// No end was recorded: this was put together from what had been written until then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unfinished: bool,
    /// A scenario could not be set up, or did nothing but trap.
    #[serde(default)]
    pub scenario_failed: bool,
    /// A fault of strata itself that ended the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// Of random numbers.
    pub seed: u64,
    /// Tags of the whole run.
    pub tags: Vec<(String, String)>,
    /// Limits that are not the default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<(String, String)>,
    /// This program's version.
    pub strata: Word,
}

/// The phase and how many of its layers passed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PhaseReport {
    /// Its number, if it has one.
    pub number: Option<u32>,
    /// Its title.
    pub title: String,
    /// Percent of layers that passed, two decimals.
    pub success_rate: f64,
    /// Percent that had to pass.
    pub success_rate_target: f64,
    /// Layers that passed.
    pub passed: usize,
    /// All layers.
    pub total: usize,
}

/// One layer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LayerReport {
    /// Its number, if it has a place in a phase.
    pub number: Option<u32>,
    /// What it looks at.
    pub title: String,
    /// The area of the system.
    pub area: String,
    /// The scenario's name.
    pub scenario: String,
    /// SHA-256 of its component.
    pub digest: String,
    /// `PASSED`, `WARNING`, `FAILED` or `NO DATA`.
    pub status: Word,
    /// Of the goal that stands for the layer.
    pub result: LayerResult,
    /// Of the goal that stands for the layer; absent for a layer without goals.
    pub target: Option<LayerTarget>,
    /// What is wrong, if the layer did not pass.
    pub issue: Option<String>,
    /// Why it is good, if it passed.
    pub analysis: Option<String>,
    /// `CRITICAL`, `HIGH`, `MEDIUM` or `LOW`, if it did not pass.
    pub fix_priority: Option<Word>,
    /// Lines under the result.
    pub breakdown: Vec<BreakdownRow>,
    /// Every goal.
    pub goals: Vec<GoalReport>,
    /// Why iterations failed and requests had no answer, most frequent first.
    pub failures: Vec<FailureReport>,
    /// What the scenario asked for besides the target and what it reached for, and what came of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<CapabilityReport>,
}

/// Something outside of the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapabilityReport {
    /// `host`, `data`, `kv`, `env` or `secret`.
    pub kind: Word,
    /// Which one.
    pub name: String,
    /// Whether the manifest names it.
    pub asked: bool,
    /// Whether it was given.
    pub granted: bool,
    /// How often it was reached for and refused.
    pub refused: u64,
    /// What else there is to say: how many rows, and whether they were all taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A result.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LayerResult {
    /// The number.
    pub value: Option<f64>,
    /// Its unit.
    pub unit: String,
    /// How it reads.
    pub text: String,
}

/// A target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LayerTarget {
    /// `<`, `<=`, `>` or `>=`.
    pub op: Word,
    /// The number.
    pub value: f64,
    /// Its unit.
    pub unit: String,
}

/// A line under a result.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BreakdownRow {
    /// What was looked at.
    pub label: String,
    /// Its number.
    pub value: f64,
    /// The unit of the number.
    pub unit: String,
    /// Whether it is good enough by itself.
    pub passed: Option<bool>,
}

/// A goal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GoalReport {
    /// Its name.
    pub name: String,
    /// How it came out.
    pub status: Word,
    /// The number.
    pub value: Option<f64>,
    /// How the result reads.
    pub result: String,
    /// How the target reads.
    pub target: String,
    /// `http_req_duration{..} p(95)`, or `judged`.
    pub measure: String,
}

/// Something that went wrong, counted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FailureReport {
    /// `iteration` or `request`.
    pub kind: Word,
    /// The stable word.
    pub code: String,
    /// How often.
    pub count: u64,
    /// The first messages.
    pub messages: Vec<String>,
}

/// The numbers of one metric and tag set.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MetricReport {
    /// The metric.
    pub name: String,
    /// What tells it from others of the name.
    pub tags: Vec<(String, String)>,
    /// `counter`, `gauge`, `rate` or `trend`.
    #[serde(rename = "type")]
    pub kind: Word,
    /// The unit of its values.
    pub unit: String,
    /// Number of samples; of a counter their sum.
    pub count: f64,
    /// Per second (counter) or share from 0 to 1 (rate).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// The mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avg: Option<f64>,
    /// The smallest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The median; of a gauge the newest value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub med: Option<f64>,
    /// The largest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// 90 % are at most this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p90: Option<f64>,
    /// 95 % are at most this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p95: Option<f64>,
    /// 99 % are at most this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p99: Option<f64>,
    /// 99.9 % are at most this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p999: Option<f64>,
}

/// A component and the iterations that ran it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VersionReport {
    /// The scenario's name.
    pub scenario: String,
    /// SHA-256 of the component.
    pub digest: String,
    /// Iterations that it completed.
    pub iterations: u64,
    /// When it was put on first, in seconds since the run began; absent if it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_s: Option<f64>,
    /// When it was on last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_s: Option<f64>,
    /// How often it was put on.
    #[serde(default = "once")]
    pub times: u32,
    /// The numbers of its iterations alone, without tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<MetricReport>,
}

fn once() -> u32 {
    1
}
