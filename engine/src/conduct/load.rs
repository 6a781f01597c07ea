//! The load of a layer: its workers, their stages, and what they hand over each second.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::layer::Layer;
use super::signals::{Halt, Signals};
use super::summarise::{count, failed};
use super::timeline;
use super::watch::{Passed, Watching};
use crate::clock::Nanos;
use crate::event::{Event, GeneratorRecord, Progress, Second, StageReport, TimePoint};
use crate::guest::Surroundings;
use crate::http::Pool;
use crate::measure::{Results, SeriesKey, StageTime, Tags, Totals};
use crate::plan::{Aggregate, Asked, LayerPlan, Selector, Stage};
use crate::worker::{Assignment, Order, Report, Tick, Worker};

/// How far ahead of the orders a stage begins, so that every worker stands ready at its start.
pub(super) const LEAD: Duration = Duration::from_millis(5);
/// How long cutting off may take before the workers are no longer waited for.
const CUT_OFF: Duration = Duration::from_secs(5);

/// The load of a layer, merged.
#[derive(Default)]
pub(super) struct Load {
    pub totals: Totals,
    /// The counted stages.
    pub stages: Vec<StageTime>,
    pub points: Vec<TimePoint>,
    /// Why the load could not run as planned.
    pub broken: Option<String>,
    /// Which goal ended it.
    pub ended_early: Option<String>,
    /// The most VUs that have been asked of it.
    vus_max: u32,
}

impl Load {
    pub(super) fn results(&self, layer: &LayerPlan) -> Results {
        let (stages, metrics) = (self.stages.clone(), layer.metrics.clone());
        Results { totals: Arc::new(self.totals.clone()), stages, metrics }
    }
}

/// The workers of a layer, and what they report.
struct Floor<'a> {
    workers: &'a Rc<Vec<Worker>>,
    reports: &'a mut UnboundedReceiver<(usize, Report)>,
}

impl Floor<'_> {
    fn order(&self, order: Order) {
        self.workers.iter().for_each(|worker| worker.order(order.clone()));
    }
}

/// A stage that is running.
struct Running<'a, 'g> {
    stage: &'a Stage,
    begin: Nanos,
    /// Where the second that is being collected began.
    second: Duration,
    load: &'a mut Load,
    watching: &'a mut Watching<'g>,
}

impl Layer<'_, '_> {
    /// Runs the stages on as many workers as there are cores and VUs.
    pub(super) async fn drive(
        &self,
        around: &Arc<Surroundings>,
        load: &mut Load,
        watching: &mut Watching<'_>,
        signals: &mut Signals,
    ) {
        let plan = self.house.plan;
        let most = usize::try_from(self.layer.max_vus().max(plan.room)).unwrap_or(usize::MAX);
        let count = plan.workers.min(most).max(1);
        let (sender, mut reports) = unbounded_channel();
        let mut tags: Vec<(&str, &str)> =
            plan.tags.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        tags.push(("scenario", &self.layer.scenario));
        let edition = self.versions.begin(Arc::clone(around), self.house.clock.now());
        let mut workers = Vec::with_capacity(count);
        for index in 0..count {
            let assignment = Assignment {
                around: Arc::clone(around),
                pool: Pool::default(),
                stages: self.layer.stages.clone(),
                tags: Tags::new(tags.iter().copied()),
                index,
                workers: count,
                vus: self.layer.vus(),
                censor_dropped: plan.censor_dropped,
            };
            match Worker::start(assignment, Arc::clone(&edition), sender.clone()) {
                Ok(worker) => workers.push(worker),
                Err(error) => return self.broken(load, format!("no worker: {error}")),
            }
        }
        // Kept by no one but those who run it.
        drop((sender, edition));
        let workers = Rc::new(workers);
        self.versions.work(&workers);
        let mut ready = 0;
        while ready < count {
            match reports.recv().await {
                Some((_, Report::Ready)) => ready += 1,
                Some((_, Report::Unfit { edition, why })) => self.house.unfit(self.index, edition, &why),
                Some((_, Report::Fault(why))) => return self.broken(load, why),
                Some((_, Report::Panicked(why) | Report::Gone(why))) => {
                    signals.fail(why.clone());
                    return self.broken(load, why);
                }
                _ => return self.broken(load, "a worker ended early".to_owned()),
            }
        }
        let workers = Rc::new(workers);
        let mut floor = Floor { workers: &workers, reports: &mut reports };
        let began = self.house.clock.now();
        for (index, stage) in self.layer.stages.iter().enumerate() {
            let go_on = signals.halt() == Halt::No && load.broken.is_none() && load.ended_early.is_none();
            if !go_on || !self.wait(stage.start_time, signals).await {
                break;
            }
            self.stage(&mut floor, (index, began), stage, load, watching, signals).await;
        }
    }

    /// Waits before a stage, and as long as the run is paused; false if a signal came first.
    async fn wait(&self, time: Duration, signals: &mut Signals) -> bool {
        let waited = async {
            if !time.is_zero() {
                self.house.clock.sleep_until(self.house.clock.now() + time).await;
            }
            self.house.desk.goes().await;
        };
        tokio::select! {
            biased;
            () = waited => true,
            _ = signals.next() => false,
        }
    }

    /// How long the run has gone on since an instant, pauses not counted.
    fn gone(&self, since: Nanos, until: Nanos) -> Duration {
        until.since(since).saturating_sub(self.house.desk.paused_between(since, until))
    }

    fn broken(&self, load: &mut Load, why: String) {
        self.warn(why.clone());
        let why = format!("`{}`: {why}", self.layer.scenario);
        self.house.measurement.borrow_mut().lost(&why);
        load.broken = Some(why);
    }

    async fn stage(
        &self,
        floor: &mut Floor<'_>,
        (index, began): (usize, Nanos),
        stage: &Stage,
        load: &mut Load,
        watching: &mut Watching<'_>,
        signals: &mut Signals,
    ) {
        let clock = self.house.clock;
        self.house.emit(Event::StageStarted {
            layer: self.index,
            name: stage.name.clone(),
            load: stage.load.to_string(),
            duration: stage.load.duration(),
        });
        self.access.begin_stage();
        let begin = clock.now() + LEAD;
        if index + 1 == self.layer.stages.len() {
            self.versions.last_stage(begin, stage.load.duration());
        }
        floor.order(Order::Stage { index, begin });
        self.house.desk.stage_began(self.index, stage, begin, Rc::downgrade(floor.workers));
        let mut ticks = Ticks::new(floor.workers.len());
        let second = begin.since(Nanos(0));
        let mut running = Running { stage, begin, second, load, watching };
        let mut ended = begin;
        let mut give_up = None;
        let mut out_of_rows = false;
        while ticks.running() > 0 {
            let waited = async {
                match give_up {
                    None => std::future::pending().await,
                    Some(at) => clock.sleep_until(at).await,
                }
            };
            tokio::select! {
                () = waited => {
                    self.broken(running.load, "workers did not stop".to_owned());
                    break;
                }
                halt = signals.next() => {
                    floor.order(if halt == Halt::Now { Order::Abort } else { Order::Stop });
                    if halt == Halt::Now {
                        give_up = Some(clock.now() + CUT_OFF);
                    } else {
                        let grace = crate::plan::duration_text(stage.graceful_stop);
                        self.house.emit(Event::Warning(format!(
                            "stopping: running iterations may take {grace} to end; a second signal cuts them off"
                        )));
                    }
                }
                report = floor.reports.recv() => match report {
                    Some((worker, Report::Tick(tick))) => {
                        self.house.measurement.borrow_mut().note(&record(worker, &tick));
                        self.lines(&tick.snapshot.lines);
                        // The worker that met the end has stopped by itself; the others hear of it.
                        if !out_of_rows && self.access.ended() {
                            out_of_rows = true;
                            floor.order(Order::Stop);
                        }
                        if ticks.add(worker, *tick) {
                            self.second(&mut running, &mut ticks);
                            let elapsed = self.gone(began, clock.now()).as_secs_f64();
                            let load = &*running.load;
                            let ends = running.watching.ends(elapsed, || load.results(self.layer));
                            if let (Some(why), None) = (ends, &load.ended_early) {
                                self.warn(why.clone());
                                running.load.ended_early = Some(why);
                                floor.order(Order::Abort);
                                give_up = Some(clock.now() + CUT_OFF);
                            }
                        }
                    }
                    Some((worker, Report::StageDone { ended: at })) => {
                        ticks.done(worker);
                        ended = ended.max(at);
                    }
                    Some((_, Report::Unfit { edition, why })) => self.house.unfit(self.index, edition, &why),
                    Some((_, Report::Fault(why))) => self.broken(running.load, why),
                    Some((_, Report::Panicked(why))) => {
                        signals.fail(why.clone());
                        self.broken(running.load, why);
                    }
                    Some((worker, Report::Gone(why))) => {
                        ticks.done(worker);
                        signals.fail(why.clone());
                        self.broken(running.load, why);
                    }
                    Some((_, Report::Ready)) => {}
                    None => {
                        self.broken(running.load, "the workers ended early".to_owned());
                        break;
                    }
                },
            }
        }
        // What came after the last whole second of all workers.
        self.second(&mut running, &mut ticks);
        for ended in self.access.begin_stage() {
            self.warn(format!("stage `{}` ended early: {ended}", stage.name));
        }
        self.house.desk.stage_ended(self.index);
        self.finished(stage, begin, self.gone(begin, ended).as_secs_f64(), load);
    }

    fn finished(&self, stage: &Stage, begin: Nanos, seconds: f64, load: &mut Load) {
        let start = begin.as_ms() / 1000.0;
        if !stage.warm_up {
            let scenario = self.layer.scenario.clone();
            let start = self.gone(Nanos(0), begin).as_secs_f64();
            load.stages.push(StageTime { scenario, stage: stage.name.clone(), start, seconds });
            let mut measurement = self.house.measurement.borrow_mut();
            measurement.note_stage(&self.layer.scenario, &stage.name, stage.load.is_open(), &load.totals);
        }
        let of = |metric: &str| Selector {
            metric: metric.to_owned(),
            tags: vec![("stage".to_owned(), stage.name.clone())],
        };
        let stat = |metric: &str, aggregate| load.totals.stat(&of(metric), aggregate, seconds);
        self.house.emit(Event::StageFinished(StageReport {
            layer: self.index,
            name: stage.name.clone(),
            warm_up: stage.warm_up,
            start,
            seconds,
            iterations: stat("iterations", Aggregate::Count).unwrap_or(0.0),
            requests_per_second: stat("http_reqs", Aggregate::Rate).unwrap_or(0.0),
            median_ms: stat("http_req_duration", Aggregate::Med),
            failed: failed(&load.totals, &of("http_req_failed")),
            dropped: stat("dropped_iterations", Aggregate::Count).unwrap_or(0.0),
        }));
    }

    /// The VUs that there were in a whole second, and the most that there can be.
    fn gauges(&self, load: &mut Load, taken: &mut Taken, asked: Option<Asked>) {
        let Some(vus) = taken.vus else { return };
        // More than were planned may have been asked for.
        let asked = if let Some(Asked::Vus(vus)) = asked { vus } else { 0 };
        load.vus_max = load.vus_max.max(self.layer.max_vus()).max(asked);
        for (metric, value) in [("vus", vus), ("vus_max", load.vus_max)] {
            let tags = Tags::new([("scenario", self.layer.scenario.as_str())]);
            taken.samples.gauge(SeriesKey { metric: metric.into(), tags }, f64::from(value));
        }
    }

    /// A second of all workers is over, or the stage is.
    fn second(&self, running: &mut Running<'_, '_>, ticks: &mut Ticks) {
        let Running { stage, begin, second, load, watching } = running;
        let Some(mut taken) = ticks.take() else { return };
        let start = *second;
        let now = self.house.clock.now();
        *second = if taken.vus.is_some() { start + taken.length } else { now.since(Nanos(0)) };
        let elapsed = self.gone(*begin, now);
        let asked = self.house.desk.asked(self.index, elapsed);
        if !stage.warm_up {
            self.gauges(load, &mut taken, asked);
        }
        self.versions.settle();
        load.totals.add_all(&taken.samples);
        for version in self.versions.left_behind() {
            load.totals.pack_version(&version);
        }
        self.house.whole.borrow_mut().add_versions(&taken.samples);
        let seconds = taken.length.as_secs_f64();
        let end = Nanos(0) + *second;
        let paused = self.house.desk.paused_between(Nanos(0) + start, end);
        watching.note(&Passed {
            stage: &stage.name,
            warm_up: stage.warm_up,
            seconds: taken.length.saturating_sub(paused).as_secs_f64(),
            samples: &taken.samples,
        });
        let per_second = |metric| if seconds > 0.0 { count(&taken.samples, metric) / seconds } else { 0.0 };
        let quantile = |aggregate| taken.samples.stat(&whole("http_req_duration"), aggregate, seconds);
        let progress = Progress {
            layer: self.index,
            scenario: self.layer.scenario.clone(),
            stage: stage.name.clone(),
            elapsed,
            duration: stage.load.duration(),
            vus: taken.vus.unwrap_or(0),
            asked: asked.unwrap_or_else(|| stage.load.asked(elapsed)),
            iterations: count(&load.totals, "iterations"),
            iterations_per_second: per_second("iterations"),
            requests_per_second: per_second("http_reqs"),
            median_ms: quantile(Aggregate::Med),
            p95_ms: quantile(Aggregate::Quantile(0.95)),
            p99_ms: quantile(Aggregate::Quantile(0.99)),
            failed: failed(&load.totals, &whole("http_req_failed")),
            dropped: count(&load.totals, "dropped_iterations"),
        };
        let second = Second {
            layer: self.index,
            stage: stage.name.clone(),
            start,
            length: taken.length,
            vus: taken.vus,
            generator: taken.generator,
            samples: taken.samples,
        };
        timeline::add(&mut load.points, &second);
        let whole_second = second.vus.is_some();
        self.house.emit(Event::Second(Box::new(second)));
        if whole_second {
            self.house.desk.progressed(self.index, &progress);
            self.house.emit(Event::Tick(progress));
        }
    }
}

fn whole(metric: &str) -> Selector {
    Selector { metric: metric.to_owned(), tags: Vec::new() }
}

fn record(worker: usize, tick: &Tick) -> GeneratorRecord {
    let ms = |duration: Duration| duration.as_secs_f64() * 1000.0;
    let health = &tick.health;
    GeneratorRecord {
        worker,
        interval_ms: ms(health.interval),
        computed_ms: health.computed.map(ms),
        late_ms: ms(health.late),
        held_ms: ms(health.held),
    }
}

/// The ticks of one second, from all workers that still run.
struct Ticks {
    waiting: Vec<bool>,
    running: Vec<bool>,
    taken: Option<Taken>,
}

/// What the workers have handed over.
#[derive(Default)]
struct Taken {
    samples: Totals,
    length: Duration,
    /// Nothing, if no worker's second was whole.
    vus: Option<u32>,
    generator: Vec<GeneratorRecord>,
}

impl Ticks {
    fn new(workers: usize) -> Ticks {
        Ticks { waiting: vec![true; workers], running: vec![true; workers], taken: None }
    }

    fn running(&self) -> usize {
        self.running.iter().filter(|running| **running).count()
    }

    /// Takes one in; true when it was the last one of its second.
    fn add(&mut self, worker: usize, tick: Tick) -> bool {
        let taken = self.taken.get_or_insert_default();
        taken.samples.merge(&tick.snapshot);
        taken.length = taken.length.max(tick.health.interval);
        taken.generator.push(record(worker, &tick));
        if let Some(vus) = tick.vus {
            taken.vus = Some(taken.vus.unwrap_or(0) + vus);
        }
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

    fn take(&mut self) -> Option<Taken> {
        self.waiting.fill(true);
        self.taken.take()
    }
}
