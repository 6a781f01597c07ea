//! What the command line asks for, and how it changes a scenario's own load.

use std::path::PathBuf;
use std::time::Duration;

use super::SecretSource;
use crate::plan::{Limits, Ramp, StageSpec, Timeouts, Transport, Web, parse_duration, shown};

/// What was asked for on the command line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flags {
    /// The base URL of the system under test.
    pub target: Option<String>,
    /// VUs of every stage.
    pub vus: Option<u32>,
    /// How long iterations may start in every stage.
    pub duration: Option<Duration>,
    /// Iterations of every stage, shared by its VUs.
    pub iterations: Option<u32>,
    /// One stage of this executor instead of the scenario's own.
    pub executor: Option<String>,
    /// Arrivals per time unit.
    pub rate: Option<u32>,
    /// What the rate is relative to.
    pub time_unit: Option<Duration>,
    /// The most VUs: of the arrivals of a load that is given here, and that a run may have at all.
    pub max_vus: Option<u32>,
    /// The longest that iterations may start in a run.
    pub max_duration: Option<Duration>,
    /// The most iterations per second that a run may start by the clock.
    pub max_rate: Option<u32>,
    /// The points of a line.
    pub ramps: Vec<Ramp>,
    /// How arrivals lie in time.
    pub arrival: Option<String>,
    /// What `run.env` answers; stronger than the phase file.
    pub env: Vec<(String, String)>,
    /// Tags on every sample.
    pub tags: Vec<(String, String)>,
    /// Hosts besides the target that scenarios may reach, `host:port`.
    pub hosts: Vec<String>,
    /// Whether those hosts' names may mean addresses within, though the target is public.
    pub private: bool,
    /// Of requests that say nothing themselves; stronger than the phase file.
    pub timeouts: Timeouts,
    /// The same: redirects, cookies, compression.
    pub web: Web,
    /// How connections are made, kept and shared; stronger than the phase file.
    pub transport: Transport,
    /// The layers to run, by number or name; empty for all.
    pub layers: Vec<String>,
    /// The layers to leave out, by number or name.
    pub skipped: Vec<String>,
    /// What scenarios may take, by name; stronger than the phase file.
    pub limits: Vec<(String, String)>,
    /// Files of rows, by the names of their sets; stronger than the phase file.
    pub data: Vec<(String, PathBuf)>,
    /// Where secrets are, by their names; stronger than the phase file.
    pub secrets: Vec<(String, SecretSource)>,
    /// Of random numbers.
    pub seed: u64,
    /// Whether dropped iterations are entered into the response times.
    pub censor_dropped: bool,
    /// Room for this many VUs of each layer, for changes while it runs.
    pub room: Option<u32>,
    /// Threads that drive load.
    pub workers: usize,
}

impl Flags {
    /// The stages as the flags change them.
    ///
    /// An executor, a rate or points of a line replace all stages by one of the first one's name: points alone are
    /// `ramping-vus` as in k6, a rate is `constant-arrival-rate`, both are `ramping-arrival-rate`. Otherwise each stage
    /// is changed: a duration makes it `constant-vus`, iterations make it `shared-iterations` (then a duration is the
    /// longest they may take), VUs alone only replace its VUs.
    pub(super) fn change(&self, mut stages: Vec<StageSpec>) -> Vec<StageSpec> {
        let Some(executor) = self.replacement() else {
            stages.iter_mut().for_each(|stage| self.adjust(stage));
            return stages;
        };
        let first = stages.into_iter().next().unwrap_or_default();
        let (name, tags) = (first.name, first.tags);
        vec![StageSpec { name, tags, executor, ..self.spec() }]
    }

    fn replacement(&self) -> Option<String> {
        let inferred = match (self.rate.is_some(), self.ramps.is_empty()) {
            (true, true) => Some("constant-arrival-rate"),
            (true, false) => Some("ramping-arrival-rate"),
            (false, false) => Some("ramping-vus"),
            (false, true) => None,
        };
        self.executor.clone().or_else(|| inferred.map(str::to_owned))
    }

    fn spec(&self) -> StageSpec {
        StageSpec {
            vus: self.vus,
            max_vus: self.max_vus,
            iterations: self.iterations,
            duration: self.duration,
            rate: self.rate,
            time_unit: self.time_unit,
            ramps: (!self.ramps.is_empty()).then(|| self.ramps.clone()),
            arrival: self.arrival.clone(),
            ..StageSpec::default()
        }
    }

    fn adjust(&self, stage: &mut StageSpec) {
        let own = stage.vus;
        if let Some(iterations) = self.iterations {
            stage.switch("shared-iterations");
            (stage.iterations, stage.duration) = (Some(iterations), self.duration);
            stage.vus = own.map(|vus| vus.min(iterations));
        } else if self.duration.is_some() {
            stage.switch("constant-vus");
            stage.vus = own;
        }
        // What is left has no meaning for the stage's executor, and the check of the stage says so.
        stage.change(&StageSpec { iterations: None, max_vus: None, ..self.spec() });
    }
}

/// Reads `NAME=VALUE` of a limit.
///
/// # Errors
/// A sentence with the offending text.
pub fn parse_limit(text: &str) -> Result<(String, String), String> {
    let (name, value) = parse_pair(text)?;
    Limits::default().set(&name, &value)?;
    Ok((name, value))
}

/// Reads `NAME=VALUE`.
///
/// # Errors
/// A sentence with the offending text.
pub fn parse_pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("`{}` is not NAME=VALUE", shown(text))),
    }
}

/// Reads a point of a line as k6 writes it: `30s:100`.
///
/// # Errors
/// A sentence with the offending text.
pub fn parse_ramp(text: &str) -> Result<Ramp, String> {
    let wrong =
        |why: &str| format!("`{}` is not a duration and a target: {why} (hint: `30s:100`)", shown(text));
    let (duration, target) = text.split_once(':').ok_or_else(|| wrong("the `:` is missing"))?;
    let duration = parse_duration(duration)?;
    let target = target.trim().parse::<u32>().map_err(|_| wrong("the target is not a whole number"))?;
    Ok(Ramp { duration, target })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Load;

    fn stages() -> Vec<StageSpec> {
        let stage = |name: &str| StageSpec {
            name: name.into(),
            executor: "constant-vus".into(),
            vus: Some(8),
            duration: Some(Duration::from_secs(3)),
            warm_up: name == "cold",
            ..StageSpec::default()
        };
        vec![stage("cold"), stage("warm")]
    }

    fn changed(flags: Flags) -> Vec<(String, Load)> {
        let stages = flags.change(stages());
        stages.into_iter().map(|spec| (spec.name.clone(), spec.check().expect("a stage").load)).collect()
    }

    #[test]
    fn flags_change_the_load_as_those_of_k6() {
        let (second, ten_minutes) = (Duration::from_secs(1), Duration::from_secs(600));
        let flags = Flags::default;
        for (flags, load) in [
            (
                Flags { vus: Some(2), ..flags() },
                Load::ConstantVus { vus: 2, duration: Duration::from_secs(3) },
            ),
            (Flags { duration: Some(second), ..flags() }, Load::ConstantVus { vus: 8, duration: second }),
            (
                Flags { iterations: Some(5), ..flags() },
                Load::SharedIterations { vus: 5, iterations: 5, max_duration: ten_minutes },
            ),
            (
                Flags { iterations: Some(50), vus: Some(2), duration: Some(second), ..flags() },
                Load::SharedIterations { vus: 2, iterations: 50, max_duration: second },
            ),
        ] {
            assert_eq!(changed(flags), [("cold".to_owned(), load.clone()), ("warm".to_owned(), load)]);
        }
    }

    #[test]
    fn a_load_of_its_own_replaces_all_stages() {
        let second = Some(Duration::from_secs(1));
        let ramps = vec![parse_ramp("1s:5").expect("a ramp")];
        let rate = || Flags { rate: Some(10), vus: Some(3), ..Flags::default() };
        for (flags, executor) in [
            (Flags { ramps: ramps.clone(), ..Flags::default() }, "ramping-vus"),
            (Flags { duration: second, ..rate() }, "constant-arrival-rate"),
            (Flags { ramps: ramps.clone(), max_vus: Some(9), ..rate() }, "ramping-arrival-rate"),
            (
                Flags { executor: Some("per-vu-iterations".into()), iterations: Some(4), ..Flags::default() },
                "per-vu-iterations",
            ),
        ] {
            let stages = flags.change(stages());
            assert_eq!(stages.len(), 1);
            let stage = stages[0].check().expect("a stage");
            assert_eq!(
                (stage.name.as_str(), stage.load.executor(), stage.warm_up),
                ("cold", executor, false)
            );
        }
    }

    #[test]
    fn what_the_executor_does_not_understand_is_said() {
        let flags = Flags { time_unit: Some(Duration::from_secs(1)), ..Flags::default() };
        let faults = flags.change(stages())[0].check().expect_err("faults");
        assert!(faults[0].contains("`constant-vus` has no parameter `time-unit`"), "{faults:?}");
    }

    #[test]
    fn pairs_are_split_at_the_first_sign() {
        assert_eq!(parse_pair("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert_eq!(parse_pair("a="), Ok(("a".into(), String::new())));
        assert!(parse_pair("=b").is_err());
        assert!(parse_pair("ab").is_err());
    }

    #[test]
    fn points_of_a_line_are_read_as_k6_writes_them() {
        assert_eq!(parse_ramp("1m30s:100"), Ok(Ramp { duration: Duration::from_secs(90), target: 100 }));
        for (text, why) in [
            ("30s", "the `:` is missing"),
            ("30s:-1", "not a whole number"),
            ("30:1", "a unit is missing"),
            ("999999999h:1", "longer than 30 days"),
        ] {
            let error = parse_ramp(text).expect_err(text);
            assert!(error.contains(why), "{error}");
        }
    }
}
