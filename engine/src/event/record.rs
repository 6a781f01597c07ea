//! `events.jsonl`: what happened in a run, one JSON object per line, written as it happens.
//!
//! The first line says what was planned, the last one is the summary. Between them each second of each layer has a
//! line with every number that the second added; the distributions of its trends are in `histograms.hlog` beside it.
//! Both together are the whole run: `strata report` makes the summary of one that was killed from them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::status::ChangeReport;
use super::summary::{LayerReport, PackReport, PhaseReport, Summary};

/// The schema's name and version, in the first line.
pub const EVENTS_SCHEMA: &str = "strata.events/1";

/// A line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Record {
    /// What was planned.
    RunStarted(Box<RunStart>),
    /// A layer's setup begins.
    LayerStarted {
        /// From 0, in the order of the plan.
        layer: usize,
        /// How it is called.
        heading: String,
    },
    /// A stage's load begins.
    StageStarted {
        /// From 0.
        layer: usize,
        /// The stage's name.
        stage: String,
        /// Its load in words.
        load: String,
    },
    /// What a second of a layer added.
    Second(Box<SecondRecord>),
    /// A stage's load is over.
    StageFinished {
        /// From 0.
        layer: usize,
        /// The stage's name.
        stage: String,
        /// When it began, since the run began.
        start_s: f64,
        /// From its start to the end of its last iteration, pauses not counted.
        seconds: f64,
        /// Nothing of it was counted.
        warm_up: bool,
    },
    /// A layer is judged.
    LayerFinished {
        /// From 0.
        layer: usize,
        /// What came of it.
        report: Box<LayerReport>,
    },
    /// Somebody changed something about the run.
    Changed(ChangeReport),
    /// Something that the user should know.
    Warning {
        /// What.
        text: String,
    },
    /// The run is over.
    RunFinished(Box<Summary>),
}

/// What was planned.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunStart {
    /// [`EVENTS_SCHEMA`].
    pub schema: String,
    /// The name of the run.
    pub id: String,
    /// The base URL of the system under test.
    pub target: String,
    /// The pack that it is of, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<PackReport>,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// The same in seconds since 1970; times of other lines count from here.
    pub unix_s: f64,
    /// Threads that drive load.
    pub workers: usize,
    /// Of random numbers and schedules.
    pub seed: u64,
    /// Tags of the whole run.
    pub tags: Vec<(String, String)>,
    /// Limits that are not the default.
    #[serde(default)]
    pub limits: Vec<(String, String)>,
    /// What readers of the numbers must know.
    #[serde(default)]
    pub notes: Vec<String>,
    /// This program's version.
    pub strata: String,
    /// The phase; nothing of it has passed yet.
    pub phase: PhaseReport,
    /// The layers.
    pub layers: Vec<LayerStart>,
}

/// A layer as planned.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LayerStart {
    /// Its number, if it has one.
    pub number: Option<u32>,
    /// What it looks at.
    pub title: String,
    /// The area of the system.
    pub area: String,
    /// The scenario's name.
    pub scenario: String,
    /// SHA-256 of its component.
    pub digest: String,
    /// `CRITICAL`, `HIGH`, `MEDIUM` or `LOW`.
    pub fix_priority: String,
    /// What must be true.
    pub goals: Vec<GoalStart>,
    /// The scenario's own metrics.
    pub metrics: Vec<MetricStart>,
}

/// A goal as planned.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GoalStart {
    /// Its name.
    pub name: String,
    /// The unit of its numbers.
    pub unit: String,
    /// `<`, `<=`, `>` or `>=`.
    pub op: String,
    /// The number to reach.
    pub target: f64,
    /// How far a miss is only a warning.
    pub warn: Option<f64>,
    /// `http_req_duration{stage:warm}`; nothing for a judged goal.
    pub selector: Option<String>,
    /// `p(95)`.
    pub aggregate: Option<String>,
}

/// A metric of a scenario's own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MetricStart {
    /// Its name.
    pub name: String,
    /// `counter`, `gauge`, `rate` or `trend`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The unit of its values.
    pub unit: String,
}

/// What a second of a layer added.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SecondRecord {
    /// From 0.
    pub layer: usize,
    /// The stage's name.
    pub stage: String,
    /// When it began, since the run began.
    pub start_s: f64,
    /// How long it was.
    pub length_s: f64,
    /// VUs at its end; absent for the rest of a second at a stage's end.
    pub vus: Option<u32>,
    /// How the generator was doing.
    pub generator: Vec<GeneratorRecord>,
    /// What was added, by series.
    pub series: Vec<SeriesRecord>,
    /// Why iterations failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<FailureRecord>,
}

/// How one worker was doing in a second.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GeneratorRecord {
    /// From 0.
    pub worker: usize,
    /// The length of its own second.
    pub interval_ms: f64,
    /// How much of a core it used; absent where the system does not say.
    pub computed_ms: Option<f64>,
    /// How much later than planned it looked at the clock.
    pub late_ms: f64,
    /// How long guests held it up.
    pub held_ms: f64,
}

/// What a second added to a series.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SeriesRecord {
    /// The metric.
    pub metric: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The numbers.
    #[serde(flatten)]
    pub numbers: Numbers,
}

/// The numbers of a series by the kind of its metric.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Numbers {
    /// Sum, number of values.
    Counter(f64, u64),
    /// Newest, smallest, largest, number of values.
    Gauge(f64, f64, f64, u64),
    /// Values that were not 0, all values.
    Rate(u64, u64),
    /// Sum, smallest, largest, number of values.
    Trend(f64, f64, f64, u64),
}

/// Why iterations failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FailureRecord {
    /// The stable word.
    pub code: String,
    /// How often.
    pub count: u64,
    /// The first messages.
    pub messages: Vec<String>,
}
