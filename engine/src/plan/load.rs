//! Executors and stages: k6's names, parameters, defaults and checks.

use std::fmt;
use std::time::Duration;

/// The executors' names, as `stage.executor` spells them.
const EXECUTORS: [&str; 6] = [
    "constant-vus",
    "per-vu-iterations",
    "shared-iterations",
    "ramping-vus",
    "constant-arrival-rate",
    "ramping-arrival-rate",
];
/// k6's default of `gracefulStop`.
const GRACEFUL_STOP: Duration = Duration::from_secs(30);
/// k6's default of `maxDuration`.
const MAX_DURATION: Duration = Duration::from_secs(600);
/// k6's smallest duration of a scenario is 1 s; a stage of a phase is often shorter.
const SHORTEST: Duration = Duration::from_millis(100);
/// The most VUs of a stage: beyond it the kernel's count of memory maps gives out.
const MOST_VUS: u32 = 10_000;

/// When the iterations of a stage start.
#[derive(Clone, Debug, PartialEq)]
pub enum Load {
    /// Each VU iterates for `duration`.
    ConstantVus {
        /// How many.
        vus: u32,
        /// How long iterations may start.
        duration: Duration,
    },
    /// Each VU runs `iterations`.
    PerVuIterations {
        /// How many VUs.
        vus: u32,
        /// Of each VU.
        iterations: u32,
        /// How long iterations may start.
        max_duration: Duration,
    },
    /// The VUs run `iterations` between them.
    SharedIterations {
        /// How many VUs.
        vus: u32,
        /// Of all VUs together.
        iterations: u32,
        /// How long iterations may start.
        max_duration: Duration,
    },
}

impl Load {
    /// The VUs it needs.
    pub fn vus(&self) -> u32 {
        match self {
            Load::ConstantVus { vus, .. }
            | Load::PerVuIterations { vus, .. }
            | Load::SharedIterations { vus, .. } => *vus,
        }
    }

    /// How long iterations may start, at the longest.
    pub fn duration(&self) -> Duration {
        match self {
            Load::ConstantVus { duration, .. } => *duration,
            Load::PerVuIterations { max_duration, .. } | Load::SharedIterations { max_duration, .. } => {
                *max_duration
            }
        }
    }

    /// The executor's name.
    pub fn executor(&self) -> &'static str {
        match self {
            Load::ConstantVus { .. } => "constant-vus",
            Load::PerVuIterations { .. } => "per-vu-iterations",
            Load::SharedIterations { .. } => "shared-iterations",
        }
    }
}

impl fmt::Display for Load {
    /// `8 VUs for 3s`, `100 iterations shared by 8 VUs`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: u32, one: &str| {
            if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
        };
        let vus = plural(self.vus(), "VU");
        match self {
            Load::ConstantVus { duration, .. } => write!(f, "{vus} for {}", super::duration_text(*duration)),
            Load::PerVuIterations { iterations, .. } => {
                write!(f, "{} for each of {vus}", plural(*iterations, "iteration"))
            }
            Load::SharedIterations { iterations, .. } => {
                write!(f, "{} shared by {vus}", plural(*iterations, "iteration"))
            }
        }
    }
}

/// A part of a scenario's load that can be run.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// The value of the tag `stage`.
    pub name: String,
    /// When iterations start.
    pub load: Load,
    /// How long running iterations may go on when none may start any more.
    pub graceful_stop: Duration,
    /// Nothing of it is counted.
    pub warm_up: bool,
    /// Tags on its samples.
    pub tags: Vec<(String, String)>,
}

/// A part of a scenario's load as somebody wrote it: what is `None` takes k6's default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageSpec {
    /// The value of the tag `stage`.
    pub name: String,
    /// One of k6's six executors.
    pub executor: String,
    /// VUs.
    pub vus: Option<u32>,
    /// Iterations in all or of each VU.
    pub iterations: Option<u32>,
    /// How long iterations may start.
    pub duration: Option<Duration>,
    /// How long running iterations may go on after that.
    pub graceful_stop: Option<Duration>,
    /// Nothing of it is counted.
    pub warm_up: bool,
    /// Tags on its samples.
    pub tags: Vec<(String, String)>,
    /// Parameters that were given and that only executors which cannot run yet understand.
    pub others: Vec<&'static str>,
}

impl StageSpec {
    /// The stage that this describes.
    ///
    /// # Errors
    /// A sentence for each thing that is wrong with it, beginning with the stage's name.
    pub fn check(&self) -> Result<Stage, Vec<String>> {
        let mut faults = Vec::new();
        let named = !self.name.is_empty()
            && self.name.len() <= 64
            && self.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if !named {
            faults.push("a stage's name has 1 to 64 letters, digits, `-` and `_`".to_owned());
        }
        let load = self.load(&mut faults);
        match load {
            Some(load) if faults.is_empty() => Ok(Stage {
                name: self.name.clone(),
                load,
                graceful_stop: self.graceful_stop.unwrap_or(GRACEFUL_STOP),
                warm_up: self.warm_up,
                tags: self.tags.clone(),
            }),
            _ => Err(faults.into_iter().map(|fault| format!("stage `{}`: {fault}", self.name)).collect()),
        }
    }

    fn load(&self, faults: &mut Vec<String>) -> Option<Load> {
        let vus = self.vus.unwrap_or(1);
        if vus == 0 {
            faults.push("`vus` is 0: at least one virtual user is needed".to_owned());
        } else if vus > MOST_VUS {
            faults.push(format!("`vus` is {vus}: at most {MOST_VUS} fit into one process"));
        }
        let iterations = self.iterations.unwrap_or(1);
        if iterations == 0 {
            faults.push("`iterations` is 0: at least one is needed".to_owned());
        }
        if self.duration.is_some_and(|duration| duration < SHORTEST) {
            faults.push("`duration` is shorter than 100ms".to_owned());
        }
        for other in &self.others {
            faults.push(format!("executor `{}` has no parameter `{other}`", self.executor));
        }
        let max_duration = self.duration.unwrap_or(MAX_DURATION);
        match self.executor.as_str() {
            "constant-vus" => {
                if self.iterations.is_some() {
                    faults.push("executor `constant-vus` has no parameter `iterations`".to_owned());
                }
                let Some(duration) = self.duration else {
                    faults.push("executor `constant-vus` needs a `duration`".to_owned());
                    return None;
                };
                Some(Load::ConstantVus { vus, duration })
            }
            "per-vu-iterations" => Some(Load::PerVuIterations { vus, iterations, max_duration }),
            "shared-iterations" => {
                if iterations < vus {
                    faults.push(format!(
                        "`iterations` ({iterations}) is less than `vus` ({vus}): some would have nothing to do"
                    ));
                }
                Some(Load::SharedIterations { vus, iterations, max_duration })
            }
            other if EXECUTORS.contains(&other) => {
                faults.push(format!(
                    "executor `{other}` cannot be run by this version (hint: constant-vus, per-vu-iterations or \
                     shared-iterations)"
                ));
                None
            }
            other => {
                faults.push(format!("`{other}` is not an executor (hint: {})", EXECUTORS.join(", ")));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(executor: &str) -> StageSpec {
        StageSpec { name: "main".into(), executor: executor.into(), ..StageSpec::default() }
    }

    #[test]
    fn defaults_are_those_of_k6() {
        let stage = spec("shared-iterations").check().expect("a stage");
        assert_eq!(
            stage.load,
            Load::SharedIterations { vus: 1, iterations: 1, max_duration: Duration::from_secs(600) }
        );
        assert_eq!(stage.graceful_stop, Duration::from_secs(30));
        let stage = spec("per-vu-iterations").check().expect("a stage");
        assert_eq!(stage.load.executor(), "per-vu-iterations");
        assert_eq!((stage.load.vus(), stage.load.duration()), (1, Duration::from_secs(600)));
    }

    #[test]
    fn every_fault_is_said_at_once() {
        let bad = StageSpec { name: "a b".into(), vus: Some(0), ..spec("constant-vus") };
        let faults = bad.check().expect_err("faults");
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults.iter().all(|fault| fault.starts_with("stage `a b`: ")), "{faults:?}");
    }

    #[test]
    fn contradictions_are_refused() {
        let second = Some(Duration::from_secs(1));
        for (bad, why) in [
            (StageSpec { vus: Some(2), ..spec("shared-iterations") }, "is less than `vus` (2)"),
            (
                StageSpec { iterations: Some(2), duration: second, ..spec("constant-vus") },
                "no parameter `iterations`",
            ),
            (spec("constant-vus"), "needs a `duration`"),
            (spec("ramping-vus"), "cannot be run by this version"),
            (spec("steady"), "`steady` is not an executor"),
            (StageSpec { vus: Some(10_001), ..spec("per-vu-iterations") }, "at most 10000"),
            (
                StageSpec { others: vec!["rate"], duration: second, ..spec("constant-vus") },
                "no parameter `rate`",
            ),
            (StageSpec { duration: Some(Duration::ZERO), ..spec("constant-vus") }, "shorter than 100ms"),
        ] {
            let faults = bad.check().expect_err(why);
            assert!(faults.iter().any(|fault| fault.contains(why)), "{faults:?} lacks {why}");
        }
    }
}
