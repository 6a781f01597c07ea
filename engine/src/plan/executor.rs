//! k6's executors, and the parameters that each of them understands.

/// A parameter of an executor, as manifests spell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parameter {
    Vus,
    MaxVus,
    Iterations,
    Duration,
    Rate,
    TimeUnit,
    Ramps,
    GracefulRampDown,
    Arrival,
}

use Parameter::{
    Arrival, Duration as Length, GracefulRampDown, Iterations, MaxVus, Ramps, Rate, TimeUnit, Vus,
};

impl Parameter {
    pub(super) const ALL: [Parameter; 9] =
        [Vus, MaxVus, Iterations, Length, Rate, TimeUnit, Ramps, GracefulRampDown, Arrival];

    pub(super) fn name(self) -> &'static str {
        match self {
            Vus => "vus",
            MaxVus => "max-vus",
            Iterations => "iterations",
            Length => "duration",
            Rate => "rate",
            TimeUnit => "time-unit",
            Ramps => "ramps",
            GracefulRampDown => "graceful-ramp-down",
            Arrival => "arrival",
        }
    }
}

/// The executors, and the parameters that each understands besides those that all do.
pub(super) const EXECUTORS: [(&str, &[Parameter]); 6] = [
    ("constant-vus", &[Vus, Length]),
    ("per-vu-iterations", &[Vus, Iterations, Length]),
    ("shared-iterations", &[Vus, Iterations, Length]),
    ("ramping-vus", &[Vus, Ramps, GracefulRampDown]),
    ("constant-arrival-rate", &[Vus, MaxVus, Rate, TimeUnit, Length, Arrival]),
    ("ramping-arrival-rate", &[Vus, MaxVus, Rate, TimeUnit, Ramps, Arrival]),
];
