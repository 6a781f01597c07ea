//! What a scenario says of itself, once its words have been checked.

use std::fmt;

use super::{Goal, StageSpec};

/// A layer's place in its phase: `8 · API & Services · Throughput`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The number of the layer.
    pub number: u32,
    /// What the scenario looks at.
    pub title: String,
    /// The area of the system.
    pub area: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} · {} · {}", self.number, self.area, self.title)
    }
}

/// How soon a failing layer should be mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Users cannot use the system.
    Critical,
    /// Users notice.
    High,
    /// Some users notice.
    Medium,
    /// Nobody has noticed yet.
    Low,
}

/// How the values of a metric are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MetricKind {
    /// A sum.
    Counter,
    /// The newest value, with the smallest and the largest.
    Gauge,
    /// The share of values that are not 0.
    Rate,
    /// A distribution.
    Trend,
}

impl MetricKind {
    /// As it is written: `trend`.
    pub fn as_str(self) -> &'static str {
        match self {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Rate => "rate",
            MetricKind::Trend => "trend",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<MetricKind> {
        [MetricKind::Counter, MetricKind::Gauge, MetricKind::Rate, MetricKind::Trend]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// A metric of a scenario's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// How values are put together.
    pub kind: MetricKind,
    /// Shown after values.
    pub unit: String,
}

/// A kind of thing outside of the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NeedKind {
    /// A host besides the target, `host:port`.
    Host,
    /// A set of rows.
    Data,
    /// A space of shared values.
    Kv,
    /// A key of `run.env`.
    Env,
    /// A value that is never shown.
    Secret,
}

impl NeedKind {
    /// All of them, in the order of reports.
    pub const ALL: [NeedKind; 5] =
        [NeedKind::Host, NeedKind::Data, NeedKind::Kv, NeedKind::Env, NeedKind::Secret];

    /// As it is written: `host`.
    pub fn as_str(self) -> &'static str {
        match self {
            NeedKind::Host => "host",
            NeedKind::Data => "data",
            NeedKind::Kv => "kv",
            NeedKind::Env => "env",
            NeedKind::Secret => "secret",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<NeedKind> {
        NeedKind::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Something outside of the sandbox that a scenario asks for by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// What it is.
    pub kind: NeedKind,
    /// Which one.
    pub name: String,
}

/// What a scenario is.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// Its name.
    pub name: String,
    /// Its place in a phase.
    pub place: Option<Place>,
    /// Its load, not yet checked: a phase file or flags may change it first.
    pub stages: Vec<StageSpec>,
    /// What must be true.
    pub goals: Vec<Goal>,
    /// Its own metrics.
    pub metrics: Vec<Metric>,
    /// Of a layer that does not pass.
    pub priority: Priority,
    /// What it asks for, each once.
    pub needs: Vec<Need>,
}

impl Manifest {
    /// The names of one kind that it asks for.
    pub fn needed(&self, kind: NeedKind) -> impl Iterator<Item = &str> {
        needed(&self.needs, kind)
    }
}

/// The names of one kind among needs.
pub fn needed(needs: &[Need], kind: NeedKind) -> impl Iterator<Item = &str> {
    needs.iter().filter(move |need| need.kind == kind).map(|need| need.name.as_str())
}
