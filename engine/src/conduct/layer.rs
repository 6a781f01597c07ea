//! One layer: setup, load, judge, teardown, verdict.

use std::sync::Arc;

use super::house::House;
use super::load::Load;
use super::signals::{Halt, Signals};
use super::versions::{Course, Versions};
use super::watch::{Measured, Watching};
use super::{Cast, splits, summarise, timeline};
use crate::event::{Event, GuestLine, LayerReport, LayerTimeline, VersionReport};
use crate::guest::{Access, Failure, Guest, Program, Role, Surroundings, TRAPS, Vu};
use crate::http::Timeouts;
use crate::judge::{Finding, Status, verdict};
use crate::measure::{LogLine, Results, StageTime};
use crate::plan::LayerPlan;

/// A layer that is about to run.
#[derive(Clone, Copy)]
pub(super) struct Layer<'a, 'h> {
    pub house: &'a House<'h>,
    pub layer: &'a LayerPlan,
    pub cast: &'a Cast,
    pub index: usize,
    /// What the scenario can reach.
    pub access: &'a Arc<Access>,
    /// Of its scenario.
    pub versions: &'a Versions,
}

/// What came of a layer.
pub(super) struct Ran {
    pub report: LayerReport,
    pub status: Status,
    pub versions: Vec<VersionReport>,
    /// The counted stages.
    pub stages: Vec<StageTime>,
    pub timeline: LayerTimeline,
    pub scenario_failed: bool,
}

impl Layer<'_, '_> {
    pub(super) async fn run(&self, mut signals: Signals) -> Ran {
        self.house.desk.stands(self.index, "setup");
        self.house.emit(Event::LayerStarted { layer: self.index, heading: self.layer.heading() });
        let mut load = Load::default();
        let mut watching = Watching::new(&self.layer.goals, &self.layer.metrics);
        let mut could_not_run = None;
        let mut findings = Vec::new();
        let mut scenario_failed = false;
        match self.set_up(&mut signals).await {
            Err(failure) => {
                could_not_run = Some(format!("setup failed: {failure}"));
                scenario_failed = true;
            }
            Ok(around) => {
                self.house.desk.stands(self.index, "running");
                self.drive(&around, &mut load, &mut watching, &mut signals).await;
                self.versions.end(self.house.clock.now());
                self.house.desk.stands(self.index, "judging");
                if signals.halt() != Halt::Now {
                    let results = load.results(self.layer);
                    findings = self.judge(&around, results, &mut signals, &mut could_not_run).await;
                }
                for guest in self.versions.left(true) {
                    self.tear_down(guest, &mut signals).await;
                }
            }
        }
        self.versions.course.set(Course::Over);
        let results = load.results(self.layer);
        let failures = results.totals.failures();
        let traps = failures.iter().filter(|failure| TRAPS.contains(&failure.code.as_str()));
        let trapped: u64 = traps.map(|failure| failure.count).sum();
        let iterations = summarise::count(&results.totals, "iterations");
        if iterations > 0.0 && trapped as f64 >= iterations {
            scenario_failed = true;
            let why = failures.first().and_then(|failure| failure.messages.first()).cloned();
            could_not_run = Some(format!("every iteration trapped: {}", why.unwrap_or_default()));
        } else if iterations == 0.0 && could_not_run.is_none() {
            could_not_run = Some(load.broken.unwrap_or_else(|| "no iteration was completed".to_owned()));
        }
        let measured = |goal: &crate::plan::Goal| {
            let Measured { value, note } = watching.measured(goal, &results);
            (value, note)
        };
        let verdict = verdict(&self.layer.goals, &findings, measured, could_not_run);
        let mut report = summarise::layer(self.layer, &verdict, &results);
        report.capabilities = summarise::capabilities(self.access);
        if let Some(why) = load.ended_early {
            let issue = report.issue.take().map(|issue| format!("{issue}; ")).unwrap_or_default();
            report.issue = Some(format!("{issue}{why}"));
        }
        let timeline = timeline::close(&self.layer.scenario, load.points, &results);
        let spans = self.versions.spans();
        if let Some(last) = spans.last() {
            report.digest.clone_from(&last.digest);
        }
        Ran {
            report,
            status: verdict.status,
            versions: splits::versions(&self.layer.scenario, &self.layer.digest, &spans, &results),
            stages: results.stages,
            timeline,
            scenario_failed,
        }
    }

    /// What is reported of a layer that does not run.
    pub(super) fn left_out(&self, why: String) -> Ran {
        let verdict = verdict(&self.layer.goals, &[], |_| (None, None), Some(why));
        let mut report = summarise::layer(self.layer, &verdict, &Results::default());
        report.capabilities = summarise::capabilities(self.access);
        Ran {
            report,
            status: verdict.status,
            versions: splits::versions(&self.layer.scenario, &self.layer.digest, &[], &Results::default()),
            stages: Vec::new(),
            timeline: LayerTimeline { scenario: self.layer.scenario.clone(), ..LayerTimeline::default() },
            scenario_failed: false,
        }
    }

    fn surroundings(&self) -> Surroundings {
        Surroundings {
            target: self.house.target.clone(),
            granted: self.house.granted.clone(),
            private: self.house.plan.private,
            transport: Arc::clone(&self.house.transport),
            timeouts: timeouts(self.layer),
            access: Arc::clone(self.access),
            web: self.layer.web.clone(),
            setup_data: Default::default(),
            stages: self.layer.stages.iter().map(|stage| stage.name.clone()).collect(),
            metrics: self.layer.metrics.clone(),
            results: None,
            clock: self.house.clock,
            seed: self.house.plan.seed,
            limits: self.cast.program.limits(),
        }
    }

    /// Runs the scenario's `setup`; its instance is kept for `teardown`.
    async fn set_up(&self, signals: &mut Signals) -> Result<Arc<Surroundings>, Failure> {
        self.versions.course.set(Course::SettingUp);
        let program = self.versions.on().program;
        self.set_up_in(self.surroundings(), &program, signals).await
    }

    /// The same by a version of its own, with what its instances are to see.
    pub(super) async fn set_up_in(
        &self,
        mut around: Surroundings,
        program: &Program,
        signals: &mut Signals,
    ) -> Result<Arc<Surroundings>, Failure> {
        let vu = Vu::new(Arc::new(around.clone()), Role::Once);
        let mut guest = Guest::new(program, vu).await?;
        let data = tokio::select! {
            data = guest.setup() => data,
            _ = signals.next() => {
                let message = "interrupted by a signal".to_owned();
                return Err(Failure { code: "interrupted".to_owned(), message });
            }
        };
        self.lines_of(&mut guest);
        around.setup_data = data?.into();
        let around = Arc::new(around);
        guest.surround(Arc::clone(&around));
        self.versions.set_up(guest, Arc::clone(&around));
        Ok(around)
    }

    async fn judge(
        &self,
        around: &Surroundings,
        results: Results,
        signals: &mut Signals,
        could_not_run: &mut Option<String>,
    ) -> Vec<Finding> {
        let around = Surroundings { results: Some(results), ..around.clone() };
        let program = self.versions.on().program;
        let judged = match Guest::new(&program, Vu::new(Arc::new(around), Role::Once)).await {
            Err(trap) => Err(trap.into()),
            Ok(mut guest) => {
                let judged = tokio::select! {
                    judged = guest.judge() => judged,
                    _ = signals.next() => Ok(Vec::new()),
                };
                self.lines_of(&mut guest);
                judged
            }
        };
        let known = |finding: &Finding| self.layer.goals.iter().any(|goal| goal.name == finding.goal);
        match judged {
            Ok(findings) => {
                for finding in findings.iter().filter(|finding| !known(finding)) {
                    let goal = finding.goal.escape_debug();
                    self.warn(format!("judged the goal `{goal}`, which it does not have"));
                }
                findings
            }
            Err(failure) => {
                let why = format!("judge failed: {failure}");
                self.warn(why.clone());
                if self.layer.goals.iter().any(|goal| goal.measure.is_none()) {
                    *could_not_run = Some(why);
                }
                Vec::new()
            }
        }
    }

    pub(super) async fn tear_down(&self, mut guest: Guest, signals: &mut Signals) {
        if signals.halt() == Halt::Now {
            return;
        }
        let done = tokio::select! {
            done = guest.teardown() => done,
            _ = signals.next() => Ok(()),
        };
        self.lines_of(&mut guest);
        if let Err(failure) = done {
            self.warn(format!("teardown failed: {failure}"));
        }
    }

    pub(super) fn warn(&self, text: String) {
        self.house.emit(Event::Warning(format!("`{}`: {text}", self.layer.scenario)));
    }

    fn lines_of(&self, guest: &mut Guest) {
        let (lines, _) = guest.journal().take_lines();
        self.lines(&lines);
    }

    pub(super) fn lines(&self, lines: &[LogLine]) {
        if lines.is_empty() {
            return;
        }
        let lines = lines.iter().map(|line| GuestLine {
            scenario: self.layer.scenario.clone(),
            vu: line.vu,
            level: line.level,
            text: line.text.clone(),
        });
        self.house.emit(Event::Lines(lines.collect()));
    }
}

/// What the layer says, and the engine's own where it says nothing.
pub(super) fn timeouts(layer: &LayerPlan) -> Timeouts {
    let (said, own) = (layer.timeouts, Timeouts::default());
    Timeouts {
        connect: said.connect.unwrap_or(own.connect),
        first_byte: said.first_byte.or(own.first_byte),
        request: said.request.unwrap_or(own.request),
    }
}
