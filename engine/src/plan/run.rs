//! A run, resolved: what the conductor carries out.

use std::path::PathBuf;
use std::time::Duration;

use super::{Goal, Metric, Need, Place, Priority, Stage, Timeouts, Transport, Web};

/// A scenario's part in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerPlan {
    /// The scenario's name, or another that the phase gives it; unique in the run.
    pub scenario: String,
    /// The file that its component was read from.
    pub source: PathBuf,
    /// SHA-256 of the component in hexadecimal.
    pub digest: String,
    /// Its place in the phase.
    pub place: Option<Place>,
    /// Run in this order; not empty.
    pub stages: Vec<Stage>,
    /// What must be true.
    pub goals: Vec<Goal>,
    /// The scenario's own metrics.
    pub metrics: Vec<Metric>,
    /// Of a layer that does not pass.
    pub priority: Priority,
    /// What the scenario asks for.
    pub needs: Vec<Need>,
    /// What `run.env` answers.
    pub env: Vec<(String, String)>,
    /// Of requests that say nothing themselves.
    pub timeouts: Timeouts,
    /// The same: redirects, cookies, compression.
    pub web: Web,
    /// The layers, as indexes, that must have ended before it begins.
    pub after: Vec<usize>,
    /// The layers, as indexes, that must have passed for it to run at all; they are in `after` too.
    pub only_if: Vec<usize>,
    /// How long after that it begins.
    pub start_time: Duration,
}

impl LayerPlan {
    /// The VUs that are made ready before its first stage: those of the largest.
    pub fn vus(&self) -> u32 {
        self.stages.iter().map(|stage| stage.load.vus()).max().unwrap_or(0)
    }

    /// The most VUs that any of its stages can come to need.
    pub fn max_vus(&self) -> u32 {
        self.stages.iter().map(|stage| stage.load.max_vus()).max().unwrap_or(0)
    }

    /// How a layer is called in reports: its place, or the scenario's name.
    pub fn heading(&self) -> String {
        self.place.as_ref().map_or_else(|| self.scenario.clone(), Place::to_string)
    }
}

/// The phase that the layers belong to.
#[derive(Clone, Debug, PartialEq)]
pub struct PhasePlan {
    /// Its number, if it has one.
    pub number: Option<u32>,
    /// What reports call it.
    pub title: String,
    /// The share of layers that must pass, in percent.
    pub success_rate: f64,
}

/// The pack that a run is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackPlan {
    /// `sha256:...`
    pub digest: String,
    /// The public key by which it was verified, in hexadecimal.
    pub signed_by: Option<String>,
}

/// A whole run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunPlan {
    /// The phase.
    pub phase: PhasePlan,
    /// The pack that it came in, if it did.
    pub pack: Option<PackPlan>,
    /// The base URL of the system under test, without a slash at its end.
    pub target: String,
    /// In the order of the reports; not empty. Each begins when those before it in `after` have ended.
    pub layers: Vec<LayerPlan>,
    /// Tags on every sample.
    pub tags: Vec<(String, String)>,
    /// Random numbers that scenarios see, and poisson arrivals, follow from it.
    pub seed: u64,
    /// Whether the names of granted hosts may mean addresses within, though the target is public.
    pub private: bool,
    /// How connections are made, kept and shared.
    pub transport: Transport,
    /// Whether dropped iterations are entered into the response times as right-censored.
    pub censor_dropped: bool,
    /// The VUs of a layer that there is room for while it runs, if they are more than its stages have.
    pub room: u32,
    /// Threads that drive load.
    pub workers: usize,
    /// Limits that are not the default, as they are written.
    pub limits: Vec<(String, String)>,
    /// What the user should know before it starts.
    pub warnings: Vec<String>,
}
