//! Builders of what a scenario says of itself: [`Manifest`] and [`Stage`].

use std::time::Duration;

use crate::{Goal, Layer, Manifest, Metric, Need, Pair, Priority, Ramp, Stage};

impl Manifest {
    /// A scenario of that name (letters, digits, `-` and `_`) without stages; it needs at least one.
    pub fn new(name: impl Into<String>) -> Manifest {
        Manifest {
            name: name.into(),
            layer: None,
            stages: Vec::new(),
            goals: Vec::new(),
            metrics: Vec::new(),
            fix_priority: Priority::Medium,
            needs: Vec::new(),
            options: Vec::new(),
        }
    }

    /// Its place in a phase: `.layer(8, "Throughput", "API & Services")`.
    pub fn layer(mut self, number: u32, title: impl Into<String>, area: impl Into<String>) -> Manifest {
        self.layer = Some(Layer { number, title: title.into(), area: area.into() });
        self
    }

    /// Adds a stage, run after those before it.
    pub fn stage(mut self, stage: Stage) -> Manifest {
        self.stages.push(stage);
        self
    }

    /// Adds a goal.
    pub fn goal(mut self, goal: Goal) -> Manifest {
        self.goals.push(goal);
        self
    }

    /// Declares a metric of the scenario's own: `.metric(&LOAD)` with `const LOAD: Trend`.
    pub fn metric(mut self, metric: impl Into<Metric>) -> Manifest {
        self.metrics.push(metric.into());
        self
    }

    /// How soon the layer should be mended if it does not pass; [`Priority::Medium`] unless set.
    pub fn fix_priority(mut self, priority: Priority) -> Manifest {
        self.fix_priority = priority;
        self
    }

    /// Asks for a host besides the target, as `host:port`. Granted or refused before the run.
    pub fn needs_host(self, host: impl Into<String>) -> Manifest {
        self.needs("host", host)
    }

    /// Asks for a key of [`run::env`](crate::run::env): one that is not asked for is never there.
    pub fn needs_env(self, key: impl Into<String>) -> Manifest {
        self.needs("env", key)
    }

    /// Asks for a set of rows, given by `--data NAME=FILE` or the phase file.
    pub fn needs_data(self, set: impl Into<String>) -> Manifest {
        self.needs("data", set)
    }

    /// Asks for a space of values that all VUs share, in all layers that ask for it.
    pub fn needs_kv(self, space: impl Into<String>) -> Manifest {
        self.needs("kv", space)
    }

    /// Asks for a secret, given by `--secret` or the phase file.
    pub fn needs_secret(self, name: impl Into<String>) -> Manifest {
        self.needs("secret", name)
    }

    fn needs(mut self, kind: &str, name: impl Into<String>) -> Manifest {
        self.needs.push(Need { kind: kind.to_owned(), name: name.into() });
        self
    }
}

impl Stage {
    /// `vus` virtual users that iterate for `duration`.
    pub fn constant_vus(name: impl Into<String>, vus: u32, duration: Duration) -> Stage {
        Stage { duration_ms: Some(millis(duration)), ..Stage::of("constant-vus", name, vus) }
    }

    /// `vus` virtual users that run `iterations` each.
    pub fn per_vu_iterations(name: impl Into<String>, vus: u32, iterations: u32) -> Stage {
        Stage { iterations: Some(iterations), ..Stage::of("per-vu-iterations", name, vus) }
    }

    /// `vus` virtual users that run `iterations` between them.
    pub fn shared_iterations(name: impl Into<String>, vus: u32, iterations: u32) -> Stage {
        Stage { iterations: Some(iterations), ..Stage::of("shared-iterations", name, vus) }
    }

    /// As many virtual users as a line says, from `vus` at its start; [`ramp`](Stage::ramp) adds its points.
    pub fn ramping_vus(name: impl Into<String>, vus: u32) -> Stage {
        Stage::of("ramping-vus", name, vus)
    }

    /// `rate` iterations per second for `duration`, whatever becomes of those before, by `vus` virtual users that are
    /// made ready beforehand and at most [`max_vus`](Stage::max_vus).
    pub fn constant_arrival_rate(name: impl Into<String>, rate: u32, vus: u32, duration: Duration) -> Stage {
        let stage = Stage::of("constant-arrival-rate", name, vus);
        Stage { rate: Some(rate), duration_ms: Some(millis(duration)), ..stage }
    }

    /// As many iterations per second as a line says, from `rate` at its start; [`ramp`](Stage::ramp) adds its points.
    pub fn ramping_arrival_rate(name: impl Into<String>, rate: u32, vus: u32) -> Stage {
        Stage { rate: Some(rate), ..Stage::of("ramping-arrival-rate", name, vus) }
    }

    /// Adds a point to the line of a ramping stage: in `duration` it goes to `target`; at once, if that is zero.
    pub fn ramp(mut self, duration: Duration, target: u32) -> Stage {
        self.ramps.push(Ramp { duration_ms: millis(duration), target });
        self
    }

    /// The most virtual users that arrivals may use; those made ready beforehand unless set.
    pub fn max_vus(mut self, vus: u32) -> Stage {
        self.max_vus = Some(vus);
        self
    }

    /// What rates are relative to; a second unless set.
    pub fn time_unit(mut self, unit: Duration) -> Stage {
        self.time_unit_ms = Some(millis(unit));
        self
    }

    /// Arrivals come as those of independent users do: gaps are exponential and follow from the run's seed.
    pub fn poisson(mut self) -> Stage {
        self.options.push(Pair::new("arrival", "poisson"));
        self
    }

    /// How long after the stage before it, or the layer's start, it begins.
    pub fn start_time(mut self, duration: Duration) -> Stage {
        self.start_time_ms = Some(millis(duration));
        self
    }

    /// How long the iteration of a user may go on that a ramp has taken away; 30 seconds unless set.
    pub fn graceful_ramp_down(mut self, duration: Duration) -> Stage {
        self.graceful_ramp_down_ms = Some(millis(duration));
        self
    }

    /// The longest an iteration-bound stage may take; 10 minutes unless set. Of a stage that is bound by time, its
    /// duration.
    pub fn max_duration(mut self, duration: Duration) -> Stage {
        self.duration_ms = Some(millis(duration));
        self
    }

    /// How long running iterations may go on after the stage's time; 30 seconds unless set.
    pub fn graceful_stop(mut self, duration: Duration) -> Stage {
        self.graceful_stop_ms = Some(millis(duration));
        self
    }

    /// Runs the stage to warm the system up: nothing of it is counted.
    pub fn warm_up(mut self) -> Stage {
        self.warm_up = true;
        self
    }

    /// A tag on every sample of the stage.
    pub fn tag(mut self, name: impl Into<String>, value: impl Into<String>) -> Stage {
        self.tags.push(Pair::new(name, value));
        self
    }

    fn of(executor: &str, name: impl Into<String>, vus: u32) -> Stage {
        Stage {
            name: name.into(),
            executor: executor.to_owned(),
            vus: Some(vus),
            max_vus: None,
            iterations: None,
            rate: None,
            time_unit_ms: None,
            duration_ms: None,
            graceful_stop_ms: None,
            graceful_ramp_down_ms: None,
            start_time_ms: None,
            ramps: Vec::new(),
            warm_up: false,
            tags: Vec::new(),
            options: Vec::new(),
        }
    }
}

impl Pair {
    /// A name, not empty and at most 256 bytes, and its value, at most 8 KiB.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Pair {
        Pair { name: name.into(), value: value.into() }
    }
}

/// Whole milliseconds, at most those of a u32 (49 days).
pub(crate) fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Trend;

    const LOAD: Trend = Trend::new("load_ms", "ms");

    #[test]
    fn a_manifest_keeps_the_order_of_its_parts() {
        let manifest = Manifest::new("two")
            .layer(8, "Throughput", "API & Services")
            .stage(Stage::constant_vus("cold", 8, Duration::from_millis(1500)).warm_up())
            .stage(Stage::per_vu_iterations("warm", 2, 3).tag("cache", "warm"))
            .goal(Goal::at_least("first", 1.0, ""))
            .goal(Goal::at_least("second", 1.0, ""))
            .metric(&LOAD)
            .fix_priority(Priority::Critical)
            .needs_host("auth.example:8443")
            .needs_env("path")
            .needs_data("users")
            .needs_kv("sessions")
            .needs_secret("token");
        let stages: Vec<_> = manifest.stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(stages, ["cold", "warm"]);
        let goals: Vec<_> = manifest.goals.iter().map(|goal| goal.name.as_str()).collect();
        assert_eq!(goals, ["first", "second"]);
        assert_eq!(manifest.metrics.first().map(|metric| metric.kind.as_str()), Some("trend"));
        assert_eq!(manifest.fix_priority, Priority::Critical);
        let needs: Vec<_> =
            manifest.needs.iter().map(|need| (need.kind.as_str(), need.name.as_str())).collect();
        let wanted = [
            ("host", "auth.example:8443"),
            ("env", "path"),
            ("data", "users"),
            ("kv", "sessions"),
            ("secret", "token"),
        ];
        assert_eq!(needs, wanted);
        assert_eq!(manifest.layer.map(|layer| layer.number), Some(8));
    }

    #[test]
    fn each_stage_sets_only_what_its_executor_has() {
        let constant = Stage::constant_vus("a", 8, Duration::from_secs(3));
        assert_eq!((constant.executor.as_str(), constant.vus), ("constant-vus", Some(8)));
        assert_eq!((constant.duration_ms, constant.iterations), (Some(3000), None));

        let each = Stage::per_vu_iterations("b", 1, 5).graceful_stop(Duration::ZERO);
        assert_eq!((each.executor.as_str(), each.iterations), ("per-vu-iterations", Some(5)));
        assert_eq!((each.duration_ms, each.graceful_stop_ms), (None, Some(0)));

        let shared = Stage::shared_iterations("c", 4, 100).max_duration(Duration::from_secs(60));
        assert_eq!((shared.executor.as_str(), shared.iterations), ("shared-iterations", Some(100)));
        assert_eq!(
            (shared.duration_ms, shared.graceful_stop_ms, shared.warm_up),
            (Some(60_000), None, false)
        );
    }

    #[test]
    fn a_duration_too_long_for_the_contract_is_its_longest() {
        assert_eq!(millis(Duration::MAX), u32::MAX);
    }
}
