//! `strata.inspect/1`: what a scenario is, for programs.
//!
//! The manifest is complete and in one form: what the scenario left out is `null`, durations are milliseconds, options
//! have been read, tags are in the order of their names. Two scenarios that say the same have the same manifest here,
//! whatever language they are written in. Within this schema fields are only ever added.

use std::time::Duration;

use serde::Serialize;

use crate::plan::{Goal, Manifest, Need, Priority, StageSpec};

/// The schema's name and version, the first field of the document.
pub const INSPECT_SCHEMA: &str = "strata.inspect/1";

/// A component and what it says of itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inspection {
    /// [`INSPECT_SCHEMA`].
    pub schema: &'static str,
    /// The file.
    pub file: String,
    /// Its bytes.
    pub size: usize,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// The version of the contract that it was built against; nothing if it imports nothing of it.
    pub contract: Option<String>,
    /// What it was made with.
    pub producers: Vec<ProducerReport>,
    /// Interfaces of the contract that it imports: `http`.
    pub strata: Vec<String>,
    /// Interfaces of WASI that it imports, all linked and empty: `cli/environment@0.2.6`.
    pub wasi: Vec<String>,
    /// Which of the contract's exports it has.
    pub exports: Vec<&'static str>,
    /// How long it took to have its code, in milliseconds.
    pub compile_ms: f64,
    /// Whether the code was there from an earlier time.
    pub compile_cached: bool,
    /// What it says of itself.
    pub manifest: ManifestReport,
    /// What would keep its own load from being run as it is.
    pub warnings: Vec<String>,
}

/// A language, SDK or tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProducerReport {
    /// `language`, `sdk` or `processed-by`.
    pub field: String,
    /// `Rust`.
    pub name: String,
    /// May be empty.
    pub version: String,
}

/// A manifest in one form.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ManifestReport {
    /// The scenario's name.
    pub name: String,
    /// Its place in a phase.
    pub layer: Option<PlaceReport>,
    /// Its load.
    pub stages: Vec<StageSpecReport>,
    /// What must be true.
    pub goals: Vec<GoalSpecReport>,
    /// Its own metrics.
    pub metrics: Vec<MetricSpecReport>,
    /// `critical`, `high`, `medium` or `low`.
    pub fix_priority: &'static str,
    /// What it wants outside of its sandbox.
    pub needs: Vec<NeedReport>,
}

/// A place in a phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlaceReport {
    /// The number of the layer.
    pub number: u32,
    /// What the scenario looks at.
    pub title: String,
    /// The area of the system.
    pub area: String,
}

/// A stage as the scenario wrote it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageSpecReport {
    /// The value of the tag `stage`.
    pub name: String,
    /// One of k6's six.
    pub executor: String,
    /// Virtual users.
    pub vus: Option<u32>,
    /// The most virtual users.
    pub max_vus: Option<u32>,
    /// Iterations.
    pub iterations: Option<u32>,
    /// Iterations started per time unit.
    pub rate: Option<u32>,
    /// What the rate is relative to.
    pub time_unit_ms: Option<f64>,
    /// How long iterations may start.
    pub duration_ms: Option<f64>,
    /// How long running iterations may go on after that.
    pub graceful_stop_ms: Option<f64>,
    /// How long those may go on whose VU is taken away.
    pub graceful_ramp_down_ms: Option<f64>,
    /// How long after the stage before it begins.
    pub start_time_ms: Option<f64>,
    /// The points of a line.
    pub ramps: Vec<RampReport>,
    /// `regular` or `poisson`.
    pub arrival: Option<String>,
    /// Nothing of it is counted.
    pub warm_up: bool,
    /// Tags on its samples, by name.
    pub tags: Vec<(String, String)>,
    /// What the engine makes of it in words; nothing if it cannot be run.
    pub load: Option<String>,
}

/// A point of a line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RampReport {
    /// How long it takes to get there.
    pub duration_ms: f64,
    /// VUs, or iterations per time unit.
    pub target: u32,
}

/// A goal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GoalSpecReport {
    /// Its name.
    pub name: String,
    /// The unit of its target.
    pub unit: String,
    /// `<=`.
    pub op: &'static str,
    /// The number to reach.
    pub target: f64,
    /// The bound of a warning.
    pub warn: Option<f64>,
    /// Where its number comes from; nothing for a goal that the scenario judges.
    pub measure: Option<MeasureReport>,
    /// The length of a window.
    pub over_ms: Option<f64>,
    /// The share of windows that must meet it, from 0 to 1.
    pub met: f64,
    /// A miss ends the load once it has run for so long.
    pub abort_after_ms: Option<f64>,
}

/// Where a number comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MeasureReport {
    /// `http_req_duration{stage:warm}`.
    pub selector: String,
    /// `p(95)`.
    pub aggregate: String,
}

/// A metric of the scenario's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MetricSpecReport {
    /// Its name.
    pub name: String,
    /// `trend`.
    pub kind: &'static str,
    /// Shown after values.
    pub unit: String,
}

/// Something outside of the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NeedReport {
    /// `host`, `data`, `kv`, `env` or `secret`.
    pub kind: &'static str,
    /// `db.test:5432`.
    pub name: String,
}

impl From<&Manifest> for ManifestReport {
    fn from(manifest: &Manifest) -> ManifestReport {
        let need = |need: &Need| NeedReport { kind: need.kind.as_str(), name: need.name.clone() };
        ManifestReport {
            name: manifest.name.clone(),
            layer: manifest.place.as_ref().map(|place| PlaceReport {
                number: place.number,
                title: place.title.clone(),
                area: place.area.clone(),
            }),
            stages: manifest.stages.iter().map(StageSpecReport::from).collect(),
            goals: manifest.goals.iter().map(GoalSpecReport::from).collect(),
            metrics: manifest
                .metrics
                .iter()
                .map(|metric| MetricSpecReport {
                    name: metric.name.clone(),
                    kind: metric.kind.as_str(),
                    unit: metric.unit.clone(),
                })
                .collect(),
            fix_priority: match manifest.priority {
                Priority::Critical => "critical",
                Priority::High => "high",
                Priority::Medium => "medium",
                Priority::Low => "low",
            },
            needs: manifest.needs.iter().map(need).collect(),
        }
    }
}

impl From<&StageSpec> for StageSpecReport {
    fn from(stage: &StageSpec) -> StageSpecReport {
        let mut tags = stage.tags.clone();
        tags.sort();
        let ramps = stage.ramps.as_deref().unwrap_or_default();
        StageSpecReport {
            name: stage.name.clone(),
            executor: stage.executor.clone(),
            vus: stage.vus,
            max_vus: stage.max_vus,
            iterations: stage.iterations,
            rate: stage.rate,
            time_unit_ms: stage.time_unit.map(ms),
            duration_ms: stage.duration.map(ms),
            graceful_stop_ms: stage.graceful_stop.map(ms),
            graceful_ramp_down_ms: stage.graceful_ramp_down.map(ms),
            start_time_ms: stage.start_time.map(ms),
            ramps: ramps
                .iter()
                .map(|ramp| RampReport { duration_ms: ms(ramp.duration), target: ramp.target })
                .collect(),
            arrival: stage.arrival.clone(),
            warm_up: stage.warm_up,
            tags,
            load: stage.check().ok().map(|stage| stage.load.to_string()),
        }
    }
}

impl From<&Goal> for GoalSpecReport {
    fn from(goal: &Goal) -> GoalSpecReport {
        GoalSpecReport {
            name: goal.name.clone(),
            unit: goal.unit.clone(),
            op: goal.op.as_str(),
            target: goal.target,
            warn: goal.warn,
            measure: goal.measure.as_ref().map(|measure| MeasureReport {
                selector: measure.selector.to_string(),
                aggregate: measure.aggregate.to_string(),
            }),
            over_ms: goal.watch.over.map(ms),
            met: goal.watch.met,
            abort_after_ms: goal.watch.abort_after.map(ms),
        }
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
