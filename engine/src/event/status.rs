//! `strata.status/1`: how far a run is, for whoever watches or changes it, and what was changed.

use serde::{Deserialize, Serialize};

use super::summary::Word;

/// The schema's name and version, the first field of a status.
pub const STATUS_SCHEMA: &str = "strata.status/1";

/// Something that was done to a run while it went on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeReport {
    /// When, in seconds since the run began.
    pub at_s: f64,
    /// `pause`, `resume`, `stop`, `note`, ...
    pub kind: Word,
    /// Who asked for it: `api`, `key`, ...
    pub by: Word,
    /// The scenario of the layer that it concerned, if not all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// The stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// SHA-256 of the component that is on from then on, if it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// What was done, in words; of a note, the note.
    pub text: String,
}

/// How far a run is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunStatus {
    /// [`STATUS_SCHEMA`].
    pub schema: Word,
    /// The name of the run.
    pub id: String,
    /// The base URL of the system under test.
    pub target: String,
    /// `running`, `paused` or `stopping`.
    pub state: Word,
    /// Seconds since the run began.
    pub elapsed_s: f64,
    /// The layers, in the order of the plan.
    pub layers: Vec<LayerStatus>,
    /// What was changed, the newest last; at most the newest 20.
    pub changes: Vec<ChangeReport>,
}

/// How far a layer is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LayerStatus {
    /// The scenario's name.
    pub scenario: String,
    /// How the layer is called in reports.
    pub heading: String,
    /// SHA-256 of its component.
    pub digest: String,
    /// `waiting`, `setup`, `running`, `judging` or `finished`.
    pub state: Word,
    /// The stage that runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<StageStatus>,
}

/// How far a stage is, as of its last whole second.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StageStatus {
    /// Its name.
    pub name: String,
    /// Its executor.
    pub executor: Word,
    /// Its load in words.
    pub load: String,
    /// Seconds since it began, pauses not counted.
    pub elapsed_s: f64,
    /// How long its iterations may start, in seconds.
    pub duration_s: f64,
    /// VUs that are asked for, of an executor that has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_vus: Option<u32>,
    /// Iterations per second that are asked for, of an arrival rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_per_s: Option<f64>,
    /// VUs that are running.
    pub vus: u32,
    /// Iterations of this layer that are done.
    pub iterations: f64,
    /// Iterations that ended in the last second, per second.
    pub iterations_per_s: f64,
    /// Requests of the last second, per second.
    pub requests_per_s: f64,
    /// The median of `http_req_duration` in the last second, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50: Option<f64>,
    /// 95 % were at most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95: Option<f64>,
    /// 99 % were at most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99: Option<f64>,
    /// Requests of this layer that failed.
    pub failed: f64,
    /// Iterations of this layer that were dropped.
    pub dropped: f64,
}
