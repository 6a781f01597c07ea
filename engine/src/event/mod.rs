//! The versioned words that the conductor says and reporters hear.
//!
//! [`Event`]s come in order, on the conductor's thread, a few per second. The last one carries the
//! [`Summary`], which is also the file `summary.json` (schema `strata.summary/1`); within that schema fields are
//! only ever added.

mod inspection;
mod record;
mod status;
mod summary;
mod trial;

pub use inspection::{INSPECT_SCHEMA, Inspection, ManifestReport, ProducerReport, StageSpecReport};
pub use record::{
    EVENTS_SCHEMA, FailureRecord, GeneratorRecord, GoalStart, LayerStart, MetricStart, Numbers, Record,
    RunStart, SecondRecord, SeriesRecord,
};
pub use status::{ChangeReport, LayerStatus, RunStatus, STATUS_SCHEMA, StageStatus};
pub use summary::{
    BreakdownRow, CapabilityReport, FailureReport, GoalReport, LayerReport, LayerResult, LayerTarget,
    LayerTimeline, MetricReport, PackReport, PhaseReport, RunReport, SCHEMA, Summary, TimePoint, Validity,
    VersionReport, Word,
};
pub use trial::{
    BodyReport, CallKind, CallReport, CheckCounts, FrameReport, Outcome, Part, RequestReport, ResponseReport,
    TRY_SCHEMA, TimingsReport, Trial, TrialFailure, TrialFinding, TrialRow,
};

use std::time::Duration;

use crate::measure::Totals;
use crate::plan::Asked;

/// Something that happened in a run.
#[derive(Clone, Debug)]
pub enum Event {
    /// The plan stands and the first worker is about to start.
    RunStarted(Box<RunStart>),
    /// A layer's component is compiled; its setup begins.
    LayerStarted {
        /// From 0, in the order of the plan.
        layer: usize,
        /// How it is called: `8 · API & Services · Throughput`.
        heading: String,
    },
    /// A stage's load begins.
    StageStarted {
        /// From 0.
        layer: usize,
        /// The stage's name.
        name: String,
        /// `4 VUs for 3s`.
        load: String,
        /// How long iterations may start.
        duration: Duration,
    },
    /// What a second of a layer added, before its [`Event::Tick`].
    Second(Box<Second>),
    /// A second has passed.
    Tick(Progress),
    /// A stage's load is over.
    StageFinished(StageReport),
    /// A guest wrote lines.
    Lines(Vec<GuestLine>),
    /// The measurement has become INVALID, and stays so: results that follow say nothing about the target.
    Invalidated,
    /// A layer's load is over and judged.
    LayerFinished {
        /// From 0.
        layer: usize,
        /// What came of it.
        report: Box<LayerReport>,
    },
    /// Somebody changed something about the run.
    Changed(ChangeReport),
    /// Something that the user should know and that ends nothing.
    Warning(String),
    /// The run is over.
    RunFinished(Box<Summary>),
}

/// What a second of a layer added, all workers merged.
#[derive(Clone, Debug)]
pub struct Second {
    /// From 0.
    pub layer: usize,
    /// The stage's name.
    pub stage: String,
    /// When it began, since the run began.
    pub start: Duration,
    /// How long it was.
    pub length: Duration,
    /// VUs at its end; nothing for the rest of a second at a stage's end.
    pub vus: Option<u32>,
    /// How the generator was doing.
    pub generator: Vec<GeneratorRecord>,
    /// The samples.
    pub samples: Totals,
}

/// How far a stage is.
#[derive(Clone, Debug)]
pub struct Progress {
    /// From 0.
    pub layer: usize,
    /// The scenario's name.
    pub scenario: String,
    /// The stage's name.
    pub stage: String,
    /// Since the stage began, pauses not counted.
    pub elapsed: Duration,
    /// How long iterations may start.
    pub duration: Duration,
    /// VUs of the stage.
    pub vus: u32,
    /// What is asked of the stage now.
    pub asked: Asked,
    /// Iterations done since the run began, of this layer.
    pub iterations: f64,
    /// Iterations that ended in the last second, per second.
    pub iterations_per_second: f64,
    /// Requests of the last second, per second.
    pub requests_per_second: f64,
    /// The median of `http_req_duration` in the last second, in ms.
    pub median_ms: Option<f64>,
    /// 95 % of it were at most this.
    pub p95_ms: Option<f64>,
    /// 99 % of it were at most this.
    pub p99_ms: Option<f64>,
    /// Requests of this layer that failed so far.
    pub failed: f64,
    /// Iterations of this layer that were dropped so far.
    pub dropped: f64,
}

/// A stage's numbers in short.
#[derive(Clone, Debug)]
pub struct StageReport {
    /// From 0.
    pub layer: usize,
    /// The stage's name.
    pub name: String,
    /// Nothing of it was counted.
    pub warm_up: bool,
    /// When it began, in seconds since the run began.
    pub start: f64,
    /// From its start to the end of its last iteration, pauses not counted.
    pub seconds: f64,
    /// Iterations done.
    pub iterations: f64,
    /// Requests per second.
    pub requests_per_second: f64,
    /// The median of `http_req_duration`, in ms.
    pub median_ms: Option<f64>,
    /// Requests that failed.
    pub failed: f64,
    /// Iterations that were dropped.
    pub dropped: f64,
}

/// A line of a guest.
#[derive(Clone, Debug)]
pub struct GuestLine {
    /// The scenario.
    pub scenario: String,
    /// The VU.
    pub vu: u32,
    /// `info`, ..., `stderr`.
    pub level: &'static str,
    /// The text.
    pub text: String,
}

/// Consumes the events of one run, in order, on the conductor's thread; workers never wait for it.
///
/// A reporter that cannot go on keeps that to itself until the run is over: a report that fails does not end a run.
pub trait Reporter {
    /// Takes one event.
    fn on_event(&mut self, event: &Event);
}
