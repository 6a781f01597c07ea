//! Stages as somebody wrote them, and as they can be run: k6's names, defaults and checks.

use std::time::Duration;

use super::executor::{EXECUTORS, Parameter};
use super::load::length;
use super::{ArrivalRate, LONGEST, Load, Ramp, Spacing, shown};
use Parameter::{
    Arrival, Duration as Length, GracefulRampDown, Iterations, MaxVus, Ramps, Rate, TimeUnit, Vus,
};

/// k6's default of `gracefulStop` and `gracefulRampDown`.
const GRACE: Duration = Duration::from_secs(30);
/// k6's default of `maxDuration`.
const MAX_DURATION: Duration = Duration::from_secs(600);
/// k6's default of `timeUnit`.
const TIME_UNIT: Duration = Duration::from_secs(1);
/// k6's smallest duration of a scenario is 1 s; a stage of a phase is often shorter.
const SHORTEST: Duration = Duration::from_millis(100);
/// The most VUs of a stage: beyond it the kernel's count of memory maps gives out.
const MOST_VUS: u32 = 10_000;
/// The most points of a line.
const MOST_RAMPS: usize = 1000;
/// The most arrivals per second.
const MOST_PER_SECOND: f64 = 1_000_000.0;

/// A part of a scenario's load that can be run.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// The value of the tag `stage`.
    pub name: String,
    /// When iterations start.
    pub load: Load,
    /// How long after the stage before it, or the layer's start, it begins.
    pub start_time: Duration,
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
    /// VUs: in all, at the start of a ramp, or made ready for arrivals.
    pub vus: Option<u32>,
    /// The most VUs for arrivals.
    pub max_vus: Option<u32>,
    /// Iterations in all or of each VU.
    pub iterations: Option<u32>,
    /// How long iterations may start.
    pub duration: Option<Duration>,
    /// Arrivals per time unit, at the start of a ramp.
    pub rate: Option<u32>,
    /// What rates are relative to.
    pub time_unit: Option<Duration>,
    /// The points of a line.
    pub ramps: Option<Vec<Ramp>>,
    /// How long the iteration of a VU may go on that a ramp has taken away.
    pub graceful_ramp_down: Option<Duration>,
    /// `regular` or `poisson`.
    pub arrival: Option<String>,
    /// How long after the stage before it begins.
    pub start_time: Option<Duration>,
    /// How long running iterations may go on after the stage's time.
    pub graceful_stop: Option<Duration>,
    /// Nothing of it is counted.
    pub warm_up: bool,
    /// Tags on its samples.
    pub tags: Vec<(String, String)>,
}

impl StageSpec {
    /// Another executor: parameters that mean nothing to it are forgotten.
    pub fn switch(&mut self, executor: &str) {
        executor.clone_into(&mut self.executor);
        let Some((_, understood)) = EXECUTORS.iter().find(|(name, _)| *name == executor) else { return };
        for parameter in Parameter::ALL.into_iter().filter(|parameter| !understood.contains(parameter)) {
            self.forget(parameter);
        }
    }

    /// What `change` names is replaced; its name, executor, tags and warm-up are not looked at.
    pub fn change(&mut self, change: &StageSpec) {
        self.vus = change.vus.or(self.vus);
        self.max_vus = change.max_vus.or(self.max_vus);
        self.iterations = change.iterations.or(self.iterations);
        self.duration = change.duration.or(self.duration);
        self.rate = change.rate.or(self.rate);
        self.time_unit = change.time_unit.or(self.time_unit);
        self.ramps = change.ramps.clone().or_else(|| self.ramps.take());
        self.graceful_ramp_down = change.graceful_ramp_down.or(self.graceful_ramp_down);
        self.arrival = change.arrival.clone().or_else(|| self.arrival.take());
        self.start_time = change.start_time.or(self.start_time);
        self.graceful_stop = change.graceful_stop.or(self.graceful_stop);
    }

    fn forget(&mut self, parameter: Parameter) {
        match parameter {
            Vus => self.vus = None,
            MaxVus => self.max_vus = None,
            Iterations => self.iterations = None,
            Length => self.duration = None,
            Rate => self.rate = None,
            TimeUnit => self.time_unit = None,
            Ramps => self.ramps = None,
            GracefulRampDown => self.graceful_ramp_down = None,
            Arrival => self.arrival = None,
        }
    }

    fn has(&self, parameter: Parameter) -> bool {
        match parameter {
            Vus => self.vus.is_some(),
            MaxVus => self.max_vus.is_some(),
            Iterations => self.iterations.is_some(),
            Length => self.duration.is_some(),
            Rate => self.rate.is_some(),
            TimeUnit => self.time_unit.is_some(),
            Ramps => self.ramps.is_some(),
            GracefulRampDown => self.graceful_ramp_down.is_some(),
            Arrival => self.arrival.is_some(),
        }
    }

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
        for (what, duration) in [
            ("graceful-stop", self.graceful_stop),
            ("graceful-ramp-down", self.graceful_ramp_down),
            ("start-time", self.start_time),
            ("time-unit", self.time_unit),
        ] {
            if duration.is_some_and(|duration| duration > LONGEST) {
                faults.push(format!("`{what}` is longer than 30 days"));
            }
        }
        let load = match EXECUTORS.iter().find(|(name, _)| *name == self.executor) {
            None => {
                let names: Vec<_> = EXECUTORS.iter().map(|(name, _)| *name).collect();
                let shown = shown(&self.executor);
                faults.push(format!("`{shown}` is not an executor (hint: {})", names.join(", ")));
                None
            }
            Some((_, understood)) => {
                for parameter in Parameter::ALL {
                    if self.has(parameter) && !understood.contains(&parameter) {
                        let (executor, name) = (&self.executor, parameter.name());
                        faults.push(format!("executor `{executor}` has no parameter `{name}`"));
                    }
                }
                self.load(&mut faults)
            }
        };
        match load {
            Some(load) if faults.is_empty() => Ok(Stage {
                name: self.name.clone(),
                load,
                start_time: self.start_time.unwrap_or_default(),
                graceful_stop: self.graceful_stop.unwrap_or(GRACE),
                warm_up: self.warm_up,
                tags: self.tags.clone(),
            }),
            _ => Err(faults
                .into_iter()
                .map(|fault| format!("stage `{}`: {fault}", shown(&self.name)))
                .collect()),
        }
    }

    fn load(&self, faults: &mut Vec<String>) -> Option<Load> {
        match self.executor.as_str() {
            "constant-vus" => {
                let vus = self.vus(faults);
                Some(Load::ConstantVus { vus, duration: self.needed_duration(faults)? })
            }
            "per-vu-iterations" => Some(Load::PerVuIterations {
                vus: self.vus(faults),
                iterations: self.iterations(faults),
                max_duration: self.duration(faults).unwrap_or(MAX_DURATION),
            }),
            "shared-iterations" => {
                let (vus, iterations) = (self.vus(faults), self.iterations(faults));
                if iterations < vus {
                    faults.push(format!(
                        "`iterations` ({iterations}) is less than `vus` ({vus}): some would have nothing to do"
                    ));
                }
                let max_duration = self.duration(faults).unwrap_or(MAX_DURATION);
                Some(Load::SharedIterations { vus, iterations, max_duration })
            }
            "ramping-vus" => {
                let start = self.vus.unwrap_or(1);
                let ramps = self.ramps(faults)?;
                let ramp_down = self.graceful_ramp_down.unwrap_or(GRACE);
                let load = Load::RampingVus { start, ramps, ramp_down };
                match load.vus() {
                    0 => faults.push(
                        "`vus` and every target of `ramps` are 0: at least one virtual user is needed"
                            .to_owned(),
                    ),
                    most => check_most("a target of `ramps`", most, faults),
                }
                Some(load)
            }
            "constant-arrival-rate" => {
                let (vus, max_vus) = self.arrival_vus(faults);
                let rate = self.rate.unwrap_or_else(|| {
                    faults.push(format!("executor `{}` needs a `rate`", self.executor));
                    1
                });
                if rate == 0 {
                    faults.push("`rate` is 0: at least one iteration per `time-unit` is needed".to_owned());
                }
                let duration = self.needed_duration(faults)?;
                let ramps = vec![Ramp { duration, target: rate }];
                Some(self.arrivals(true, rate, ramps, (vus, max_vus), faults))
            }
            _ => {
                let vus = self.arrival_vus(faults);
                let start = self.rate.unwrap_or(0);
                let ramps = self.ramps(faults)?;
                if start == 0 && ramps.iter().all(|ramp| ramp.target == 0) {
                    faults.push(
                        "`rate` and every target of `ramps` are 0: nothing would ever start".to_owned(),
                    );
                }
                Some(self.arrivals(false, start, ramps, vus, faults))
            }
        }
    }

    fn arrivals(
        &self,
        constant: bool,
        start: u32,
        ramps: Vec<Ramp>,
        (vus, max_vus): (u32, u32),
        faults: &mut Vec<String>,
    ) -> Load {
        let time_unit = self.time_unit.unwrap_or(TIME_UNIT);
        if time_unit < Duration::from_millis(1) {
            faults.push("`time-unit` is shorter than 1ms".to_owned());
        }
        let most = ramps.iter().map(|ramp| ramp.target).fold(start, u32::max);
        let per_second = f64::from(most) / time_unit.as_secs_f64();
        if per_second > MOST_PER_SECOND {
            faults.push(format!("{per_second:.0} iterations per second: at most a million can be asked for"));
        }
        let asked = self.arrival.as_deref().unwrap_or("regular");
        let spacing = Spacing::ALL.into_iter().find(|(name, _)| *name == asked);
        if spacing.is_none() {
            let shown = shown(asked);
            faults.push(format!("`arrival` is `{shown}` (hint: `regular` or `poisson`)"));
        }
        let spacing = spacing.map(|(_, spacing)| spacing).unwrap_or_default();
        Load::ArrivalRate(ArrivalRate { constant, start, ramps, time_unit, vus, max_vus, spacing })
    }

    fn vus(&self, faults: &mut Vec<String>) -> u32 {
        let vus = self.vus.unwrap_or(1);
        if vus == 0 {
            faults.push("`vus` is 0: at least one virtual user is needed".to_owned());
        }
        check_most("`vus`", vus, faults);
        vus
    }

    fn arrival_vus(&self, faults: &mut Vec<String>) -> (u32, u32) {
        if self.vus.is_none() {
            let executor = &self.executor;
            faults
                .push(format!("executor `{executor}` needs `vus`: the users that are made ready beforehand"));
        }
        let vus = self.vus.unwrap_or(1);
        let max_vus = self.max_vus.unwrap_or(vus);
        if max_vus == 0 {
            faults.push("`max-vus` is 0: at least one virtual user is needed".to_owned());
        } else if max_vus < vus {
            faults.push(format!("`max-vus` ({max_vus}) is less than `vus` ({vus})"));
        }
        check_most(if self.max_vus.is_some() { "`max-vus`" } else { "`vus`" }, max_vus, faults);
        (vus, max_vus)
    }

    fn iterations(&self, faults: &mut Vec<String>) -> u32 {
        let iterations = self.iterations.unwrap_or(1);
        if iterations == 0 {
            faults.push("`iterations` is 0: at least one is needed".to_owned());
        }
        iterations
    }

    fn duration(&self, faults: &mut Vec<String>) -> Option<Duration> {
        let duration = self.duration?;
        check_length("`duration`", duration, faults);
        Some(duration)
    }

    fn needed_duration(&self, faults: &mut Vec<String>) -> Option<Duration> {
        let duration = self.duration(faults);
        if duration.is_none() {
            faults.push(format!("executor `{}` needs a `duration`", self.executor));
        }
        duration
    }

    fn ramps(&self, faults: &mut Vec<String>) -> Option<Vec<Ramp>> {
        let ramps = self.ramps.as_deref().unwrap_or_default();
        if ramps.is_empty() {
            faults.push(format!("executor `{}` needs at least one of `ramps`", self.executor));
            return None;
        }
        if ramps.len() > MOST_RAMPS {
            faults.push(format!("{} `ramps`: at most {MOST_RAMPS} are accepted", ramps.len()));
            return None;
        }
        check_length("the duration of all `ramps`", length(ramps), faults);
        Some(ramps.to_vec())
    }
}

fn check_most(what: &str, vus: u32, faults: &mut Vec<String>) {
    if vus > MOST_VUS {
        faults.push(format!("{what} is {vus}: at most {MOST_VUS} fit into one process"));
    }
}

fn check_length(what: &str, duration: Duration, faults: &mut Vec<String>) {
    if duration < SHORTEST {
        faults.push(format!("{what} is shorter than 100ms"));
    } else if duration > LONGEST {
        faults.push(format!("{what} is longer than 30 days"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(executor: &str) -> StageSpec {
        StageSpec { name: "main".into(), executor: executor.into(), ..StageSpec::default() }
    }

    fn ramps(points: &[(u64, u32)]) -> Option<Vec<Ramp>> {
        let ramp = |(seconds, target): &(u64, u32)| Ramp {
            duration: Duration::from_secs(*seconds),
            target: *target,
        };
        Some(points.iter().map(ramp).collect())
    }

    const SECOND: Option<Duration> = Some(Duration::from_secs(1));

    #[test]
    fn defaults_are_those_of_k6() {
        let stage = spec("shared-iterations").check().expect("a stage");
        assert_eq!(
            stage.load,
            Load::SharedIterations { vus: 1, iterations: 1, max_duration: Duration::from_secs(600) }
        );
        assert_eq!((stage.graceful_stop, stage.start_time), (Duration::from_secs(30), Duration::ZERO));
        let stage = spec("per-vu-iterations").check().expect("a stage");
        assert_eq!(stage.load.executor(), "per-vu-iterations");
        assert_eq!((stage.load.vus(), stage.load.duration()), (1, Duration::from_secs(600)));
        let ramping = StageSpec { ramps: ramps(&[(2, 7)]), ..spec("ramping-vus") };
        let ramp_down = Duration::from_secs(30);
        let load = Load::RampingVus { start: 1, ramps: ramps(&[(2, 7)]).unwrap_or_default(), ramp_down };
        assert_eq!(ramping.check().expect("a stage").load, load);
        assert_eq!(load.vus(), 7);
    }

    #[test]
    fn arrival_rates_have_k6s_parameters() {
        let constant =
            StageSpec { rate: Some(30), duration: SECOND, vus: Some(2), ..spec("constant-arrival-rate") };
        let Load::ArrivalRate(rate) = constant.check().expect("a stage").load else { panic!("a rate") };
        assert_eq!((rate.constant, rate.start, rate.max_vus), (true, 30, 2));
        assert_eq!((rate.time_unit, rate.spacing), (Duration::from_secs(1), Spacing::Regular));
        let ramping = StageSpec {
            ramps: ramps(&[(1, 10), (0, 5), (2, 0)]),
            vus: Some(2),
            max_vus: Some(9),
            arrival: Some("poisson".into()),
            ..spec("ramping-arrival-rate")
        };
        let load = ramping.check().expect("a stage").load;
        assert_eq!((load.vus(), load.max_vus(), load.duration()), (2, 9, Duration::from_secs(3)));
        assert_eq!(load.executor(), "ramping-arrival-rate");
        let Load::ArrivalRate(rate) = load else { panic!("a rate") };
        assert_eq!((rate.constant, rate.start, rate.spacing), (false, 0, Spacing::Poisson));
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
        let rate = || StageSpec { vus: Some(1), duration: SECOND, ..spec("constant-arrival-rate") };
        let ramping =
            |points| StageSpec { vus: Some(1), ramps: ramps(points), ..spec("ramping-arrival-rate") };
        let days = Some(Duration::from_secs(40 * 86_400));
        for (bad, why) in [
            (StageSpec { vus: Some(2), ..spec("shared-iterations") }, "is less than `vus` (2)"),
            (
                StageSpec { iterations: Some(2), duration: SECOND, ..spec("constant-vus") },
                "no parameter `iterations`",
            ),
            (spec("constant-vus"), "needs a `duration`"),
            (spec("ramping-vus"), "needs at least one of `ramps`"),
            (StageSpec { vus: Some(0), ramps: ramps(&[(1, 0)]), ..spec("ramping-vus") }, "every target of"),
            (StageSpec { ramps: ramps(&[(1, 10_001)]), ..spec("ramping-vus") }, "at most 10000"),
            (StageSpec { ramps: ramps(&[(0, 1)]), ..spec("ramping-vus") }, "all `ramps` is shorter"),
            (
                StageSpec {
                    ramps: Some(vec![Ramp { duration: Duration::from_secs(1), target: 1 }; 1_000_000]),
                    ..spec("ramping-vus")
                },
                "1000000 `ramps`: at most 1000",
            ),
            (spec("steady"), "`steady` is not an executor"),
            (StageSpec { vus: Some(10_001), ..spec("per-vu-iterations") }, "at most 10000"),
            (StageSpec { rate: Some(1), duration: SECOND, ..spec("constant-vus") }, "no parameter `rate`"),
            (StageSpec { duration: Some(Duration::ZERO), ..spec("constant-vus") }, "shorter than 100ms"),
            (StageSpec { duration: days, ..spec("constant-vus") }, "longer than 30 days"),
            (
                StageSpec { graceful_stop: days, duration: SECOND, ..spec("constant-vus") },
                "longer than 30 days",
            ),
            (rate(), "needs a `rate`"),
            (StageSpec { rate: Some(0), ..rate() }, "`rate` is 0"),
            (StageSpec { rate: Some(1), vus: None, ..rate() }, "needs `vus`"),
            (StageSpec { rate: Some(1), max_vus: Some(0), ..rate() }, "`max-vus` is 0"),
            (StageSpec { rate: Some(1), vus: Some(3), max_vus: Some(2), ..rate() }, "`max-vus` (2) is less"),
            (StageSpec { rate: Some(1), duration: None, ..rate() }, "needs a `duration`"),
            (StageSpec { rate: Some(u32::MAX), ..rate() }, "at most a million"),
            (StageSpec { rate: Some(1), time_unit: Some(Duration::ZERO), ..rate() }, "shorter than 1ms"),
            (StageSpec { rate: Some(1), arrival: Some("bursty".into()), ..rate() }, "`regular` or `poisson`"),
            (ramping(&[(5, 0)]), "nothing would ever start"),
            (ramping(&[]), "needs at least one of `ramps`"),
        ] {
            let faults = bad.check().expect_err(why);
            assert!(faults.iter().any(|fault| fault.contains(why)), "{faults:?} lacks {why}");
        }
    }

    #[test]
    fn another_executor_forgets_what_it_does_not_understand() {
        let mut stage = StageSpec {
            vus: Some(3),
            iterations: Some(5),
            duration: SECOND,
            graceful_stop: SECOND,
            ..spec("shared-iterations")
        };
        stage.switch("constant-vus");
        assert_eq!((stage.iterations, stage.duration, stage.graceful_stop), (None, SECOND, SECOND));
        assert!(stage.check().is_ok());
    }
}
