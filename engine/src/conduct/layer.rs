//! One layer: setup, stages, judge, teardown.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::measurement::Measurement;
use super::{Cast, Halt, Run, summarise};
use crate::clock::Clock;
use crate::event::{Event, GuestLine, LayerReport, Progress, StageReport};
use crate::guest::{Failure, Guest, Role, Surroundings, Vu};
use crate::judge::{Finding, Status, verdict};
use crate::measure::{LogLine, Results, SeriesKey, Tags, Totals};
use crate::plan::{Aggregate, LayerPlan, RunPlan, Selector, Stage};
use crate::worker::{Assignment, Order, Report, Tick, Worker};

/// How far ahead of the orders a stage begins, so that every worker stands ready at its start.
const LEAD: Duration = Duration::from_millis(5);
/// How long cutting off may take before the workers are no longer waited for.
const CUT_OFF: Duration = Duration::from_secs(5);

/// A layer that is about to run.
pub(super) struct Layer<'a> {
    pub plan: &'a RunPlan,
    pub layer: &'a LayerPlan,
    pub cast: &'a Cast,
    pub clock: Clock,
    pub index: usize,
}

/// What came of a layer.
pub(super) struct Ran {
    pub report: LayerReport,
    pub status: Status,
    pub iterations: u64,
    /// The counted stages, and their seconds from the start to the last iteration's end.
    pub stages: Vec<(String, f64)>,
    pub scenario_failed: bool,
}

/// The load of a layer, merged.
#[derive(Default)]
struct Load {
    totals: Totals,
    stages: Vec<(String, f64)>,
    /// Why the load could not run as planned.
    broken: Option<String>,
}

impl Layer<'_> {
    pub(super) async fn run(
        &self,
        run: &mut Run<'_>,
        whole: &mut Totals,
        measurement: &mut Measurement,
    ) -> Ran {
        run.emit(Event::LayerStarted { index: self.index, heading: self.layer.heading() });
        let mut load = Load::default();
        let mut could_not_run = None;
        let mut findings = Vec::new();
        let mut scenario_failed = false;
        match self.set_up(run).await {
            Err(failure) => {
                could_not_run = Some(format!("setup failed: {failure}"));
                scenario_failed = true;
            }
            Ok((around, guest)) => {
                self.drive(run, &around, &mut load, whole, measurement).await;
                if run.signals.halt != Halt::Now {
                    let results = self.results(&load);
                    findings = self.judge(run, &around, results, &mut could_not_run).await;
                }
                self.tear_down(run, guest).await;
            }
        }
        let results = self.results(&load);
        let iterations = count(&results.totals, "iterations");
        let trapped =
            results.totals.failures().iter().find(|failure| failure.code == "trap").map_or(0, |f| f.count);
        if iterations > 0.0 && trapped as f64 >= iterations {
            scenario_failed = true;
            let failures = results.totals.failures();
            let why = failures.first().and_then(|failure| failure.messages.first()).cloned();
            could_not_run = Some(format!("every iteration trapped: {}", why.unwrap_or_default()));
        } else if iterations == 0.0 && could_not_run.is_none() {
            could_not_run = Some(load.broken.unwrap_or_else(|| "no iteration was completed".to_owned()));
        }
        let value = |goal: &crate::plan::Goal| {
            let measure = goal.measure.as_ref()?;
            let value = results.stat(&measure.selector, measure.aggregate).ok()??;
            let share = goal.unit == "%" && measure.aggregate == Aggregate::Rate;
            Some(if share { value * 100.0 } else { value })
        };
        let verdict = verdict(&self.layer.goals, &findings, value, could_not_run);
        Ran {
            report: summarise::layer(self.layer, &verdict, &results),
            status: verdict.status,
            iterations: iterations as u64,
            stages: results.stages,
            scenario_failed,
        }
    }

    fn surroundings(&self, run: &Run<'_>) -> Surroundings {
        Surroundings {
            target: run.target.clone(),
            granted: run.granted.clone(),
            env: self.layer.env.clone(),
            setup_data: Vec::new(),
            stages: self.layer.stages.iter().map(|stage| stage.name.clone()).collect(),
            metrics: self.layer.metrics.clone(),
            results: None,
            clock: self.clock,
            seed: self.plan.seed,
        }
    }

    fn results(&self, load: &Load) -> Results {
        Results {
            totals: Arc::new(load.totals.clone()),
            stages: load.stages.clone(),
            metrics: self.layer.metrics.clone(),
        }
    }

    /// Runs the scenario's `setup`; its instance is kept for `teardown`.
    async fn set_up(&self, run: &mut Run<'_>) -> Result<(Arc<Surroundings>, Guest), Failure> {
        let mut around = self.surroundings(run);
        let vu = Vu::new(Arc::new(around.clone()), Role::Once);
        let mut guest = Guest::new(&self.cast.program, vu).await?;
        let data = tokio::select! {
            data = guest.setup() => data,
            _ = run.signals.next() => {
                let message = "interrupted by a signal".to_owned();
                return Err(Failure { code: "interrupted".to_owned(), message });
            }
        };
        self.lines_of(run, &mut guest);
        around.setup_data = data?;
        let around = Arc::new(around);
        guest.surround(Arc::clone(&around));
        Ok((around, guest))
    }

    async fn judge(
        &self,
        run: &mut Run<'_>,
        around: &Surroundings,
        results: Results,
        could_not_run: &mut Option<String>,
    ) -> Vec<Finding> {
        let around = Surroundings { results: Some(results), ..around.clone() };
        let judged = match Guest::new(&self.cast.program, Vu::new(Arc::new(around), Role::Once)).await {
            Err(trap) => Err(trap.into()),
            Ok(mut guest) => {
                let judged = tokio::select! {
                    judged = guest.judge() => judged,
                    _ = run.signals.next() => Ok(Vec::new()),
                };
                self.lines_of(run, &mut guest);
                judged
            }
        };
        let known = |finding: &Finding| self.layer.goals.iter().any(|goal| goal.name == finding.goal);
        match judged {
            Ok(findings) => {
                for finding in findings.iter().filter(|finding| !known(finding)) {
                    let goal = finding.goal.escape_debug().to_string();
                    run.emit(Event::Warning(format!(
                        "`{}` judged the goal `{goal}`, which it does not have",
                        self.layer.scenario
                    )));
                }
                findings
            }
            Err(failure) => {
                let why = format!("judge failed: {failure}");
                run.emit(Event::Warning(format!("`{}`: {why}", self.layer.scenario)));
                if self.layer.goals.iter().any(|goal| goal.measure.is_none()) {
                    *could_not_run = Some(why);
                }
                Vec::new()
            }
        }
    }

    async fn tear_down(&self, run: &mut Run<'_>, mut guest: Guest) {
        if run.signals.halt == Halt::Now {
            return;
        }
        let done = tokio::select! {
            done = guest.teardown() => done,
            _ = run.signals.next() => Ok(()),
        };
        self.lines_of(run, &mut guest);
        if let Err(failure) = done {
            run.emit(Event::Warning(format!("`{}`: teardown failed: {failure}", self.layer.scenario)));
        }
    }

    /// Runs the stages on as many workers as there are cores and VUs.
    async fn drive(
        &self,
        run: &mut Run<'_>,
        around: &Arc<Surroundings>,
        load: &mut Load,
        whole: &mut Totals,
        measurement: &mut Measurement,
    ) {
        let most_vus = self.layer.most_vus();
        let count = self.plan.workers.min(usize::try_from(most_vus).unwrap_or(usize::MAX)).max(1);
        let (sender, mut reports) = unbounded_channel();
        let mut tags: Vec<(&str, &str)> =
            self.plan.tags.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        tags.push(("scenario", &self.layer.scenario));
        let mut workers = Vec::with_capacity(count);
        for index in 0..count {
            let assignment = Assignment {
                program: self.cast.program.clone(),
                around: Arc::clone(around),
                stages: self.layer.stages.clone(),
                tags: Tags::new(tags.iter().copied()),
                index,
                workers: count,
                most_vus,
            };
            match Worker::start(assignment, sender.clone()) {
                Ok(worker) => workers.push(worker),
                Err(error) => return self.broken(run, load, measurement, format!("no worker: {error}")),
            }
        }
        drop(sender);
        for _ in 0..count {
            match reports.recv().await {
                Some((_, Report::Ready)) => {}
                Some((_, Report::Fault(why))) => return self.broken(run, load, measurement, why),
                _ => return self.broken(run, load, measurement, "a worker ended early".to_owned()),
            }
        }
        let mut floor = Floor { workers: &workers, reports: &mut reports };
        for (index, stage) in self.layer.stages.iter().enumerate() {
            if run.signals.halt != Halt::No || load.broken.is_some() {
                break;
            }
            self.stage(run, &mut floor, index, stage, load, whole, measurement).await;
        }
    }

    fn broken(&self, run: &mut Run<'_>, load: &mut Load, measurement: &mut Measurement, why: String) {
        let why = format!("`{}`: {why}", self.layer.scenario);
        run.emit(Event::Warning(why.clone()));
        measurement.lost(&why);
        load.broken = Some(why);
    }

    #[expect(clippy::too_many_arguments, reason = "the run, its workers, and three places to record in")]
    async fn stage(
        &self,
        run: &mut Run<'_>,
        floor: &mut Floor<'_>,
        index: usize,
        stage: &Stage,
        load: &mut Load,
        whole: &mut Totals,
        measurement: &mut Measurement,
    ) {
        run.emit(Event::StageStarted {
            name: stage.name.clone(),
            load: stage.load.to_string(),
            duration: stage.load.duration(),
        });
        let begin = self.clock.now() + LEAD;
        floor.order(Order::Stage { index, begin });
        let mut ticks = Ticks::new(floor.workers.len());
        let mut ended = begin;
        let mut give_up = None;
        while ticks.running() > 0 {
            let waited = async {
                match give_up {
                    None => std::future::pending().await,
                    Some(at) => self.clock.sleep_until(at).await,
                }
            };
            tokio::select! {
                () = waited => {
                    self.broken(run, load, measurement, "workers did not stop".to_owned());
                    break;
                }
                halt = run.signals.next() => {
                    floor.order(if halt == Halt::Now { Order::Abort } else { Order::Stop });
                    if halt == Halt::Now {
                        give_up = Some(self.clock.now() + CUT_OFF);
                    } else {
                        let grace = crate::plan::duration_text(stage.graceful_stop);
                        run.emit(Event::Warning(format!(
                            "stopping: running iterations may take {grace} to end; a second signal cuts them off"
                        )));
                    }
                }
                report = floor.reports.recv() => match report {
                    Some((worker, Report::Tick(tick))) => {
                        measurement.note(worker, &tick.health);
                        load.totals.merge(&tick.snapshot);
                        whole.merge(&tick.snapshot);
                        self.lines(run, &tick.snapshot.lines);
                        if ticks.add(worker, &tick) {
                            let elapsed = self.clock.now().since(begin);
                            self.progress(run, stage, elapsed, &mut ticks, load, whole);
                        }
                    }
                    Some((worker, Report::StageDone { ended: at })) => {
                        ticks.done(worker);
                        ended = ended.max(at);
                    }
                    Some((_, Report::Fault(why))) => self.broken(run, load, measurement, why),
                    Some((_, Report::Ready)) => {}
                    None => {
                        self.broken(run, load, measurement, "the workers ended early".to_owned());
                        break;
                    }
                },
            }
        }
        let seconds = ended.since(begin).as_secs_f64();
        if !stage.warm_up {
            load.stages.push((stage.name.clone(), seconds));
        }
        let of = |metric: &str| Selector {
            metric: metric.to_owned(),
            tags: vec![("stage".to_owned(), stage.name.clone())],
        };
        let stat = |metric: &str, aggregate| load.totals.stat(&of(metric), aggregate, seconds);
        run.emit(Event::StageFinished(StageReport {
            name: stage.name.clone(),
            warm_up: stage.warm_up,
            seconds,
            iterations: stat("iterations", Aggregate::Count).unwrap_or(0.0),
            requests_per_second: stat("http_reqs", Aggregate::Rate).unwrap_or(0.0),
            median_ms: stat("http_req_duration", Aggregate::Med),
            failed: failed(&load.totals, &of("http_req_failed")),
        }));
    }

    fn progress(
        &self,
        run: &mut Run<'_>,
        stage: &Stage,
        elapsed: Duration,
        ticks: &mut Ticks,
        load: &mut Load,
        whole: &mut Totals,
    ) {
        let (window, seconds, vus) = ticks.take();
        if !stage.warm_up && vus > 0 {
            for totals in [&mut load.totals, whole] {
                for metric in ["vus", "vus_max"] {
                    let tags = Tags::new([("scenario", self.layer.scenario.as_str())]);
                    let value = if metric == "vus" { vus } else { self.layer.most_vus() };
                    totals.gauge(SeriesKey { metric: metric.into(), tags }, f64::from(value));
                }
            }
        }
        let selector = |metric: &str| Selector { metric: metric.to_owned(), tags: Vec::new() };
        run.emit(Event::Tick(Progress {
            stage: stage.name.clone(),
            elapsed,
            duration: stage.load.duration(),
            vus,
            iterations: count(&load.totals, "iterations"),
            requests_per_second: if seconds > 0.0 { count(&window, "http_reqs") / seconds } else { 0.0 },
            median_ms: window.stat(&selector("http_req_duration"), Aggregate::Med, seconds),
            failed: failed(&load.totals, &selector("http_req_failed")),
        }));
    }

    fn lines_of(&self, run: &mut Run<'_>, guest: &mut Guest) {
        let (lines, _) = guest.journal().take_lines();
        self.lines(run, &lines);
    }

    fn lines(&self, run: &mut Run<'_>, lines: &[LogLine]) {
        if lines.is_empty() {
            return;
        }
        let lines = lines.iter().map(|line| GuestLine {
            scenario: self.layer.scenario.clone(),
            vu: line.vu,
            level: line.level,
            text: line.text.clone(),
        });
        run.emit(Event::Lines(lines.collect()));
    }
}

fn count(totals: &Totals, metric: &str) -> f64 {
    let selector = Selector { metric: metric.to_owned(), tags: Vec::new() };
    totals.stat(&selector, Aggregate::Count, 1.0).unwrap_or(0.0)
}

/// How many of a rate's samples were not 0.
fn failed(totals: &Totals, selector: &Selector) -> f64 {
    totals.summary(selector, 0.0).map_or(0.0, |all| all.rate.unwrap_or_default() * all.count).round()
}

/// The workers of a layer, and what they report.
struct Floor<'a> {
    workers: &'a [Worker],
    reports: &'a mut UnboundedReceiver<(usize, Report)>,
}

impl Floor<'_> {
    fn order(&self, order: Order) {
        self.workers.iter().for_each(|worker| worker.order(order));
    }
}

/// The ticks of one second, from all workers that still run.
struct Ticks {
    waiting: Vec<bool>,
    running: Vec<bool>,
    window: Totals,
    seconds: f64,
    vus: u32,
}

impl Ticks {
    fn new(workers: usize) -> Ticks {
        Ticks {
            waiting: vec![true; workers],
            running: vec![true; workers],
            window: Totals::default(),
            seconds: 0.0,
            vus: 0,
        }
    }

    fn running(&self) -> usize {
        self.running.iter().filter(|running| **running).count()
    }

    /// Takes one in; true when it was the last one of its second.
    fn add(&mut self, worker: usize, tick: &Tick) -> bool {
        self.window.merge(&tick.snapshot);
        self.seconds = self.seconds.max(tick.health.interval.as_secs_f64());
        self.vus += tick.vus;
        if let Some(waiting) = self.waiting.get_mut(worker) {
            *waiting = false;
        }
        !self.waiting.iter().zip(&self.running).any(|(waiting, running)| *waiting && *running)
    }

    fn done(&mut self, worker: usize) {
        if let Some(running) = self.running.get_mut(worker) {
            *running = false;
        }
    }

    fn take(&mut self) -> (Totals, f64, u32) {
        self.waiting.fill(true);
        (std::mem::take(&mut self.window), std::mem::take(&mut self.seconds), std::mem::take(&mut self.vus))
    }
}
