//! Where commands to a run that goes on are carried out.
//!
//! Everything here is on the conductor's thread. A pause is one instant for all layers; each change is an event.

use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Weak;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::watch;

use super::control::{Answer, Command, Commands, Refusal, Request};
use super::house::House;
use super::load::LEAD;
use super::signals::Halt;
use super::summarise;
use crate::clock::Nanos;
use crate::event::{
    ChangeReport, Event, LayerStatus, MetricReport, Progress, RunStatus, STATUS_SCHEMA, StageStatus, Word,
};
use crate::measure::Results;
use crate::plan::{Asked, Stage};
use crate::worker::{Order, Worker};

/// The most changes that a summary has; all are in `events.jsonl`.
const MOST_CHANGES: usize = 1000;
/// Those that a status shows.
const SHOWN_CHANGES: usize = 20;
/// The most characters of a note.
const NOTE: usize = 500;

/// What a layer is doing.
#[derive(Default)]
pub(super) struct Standing {
    state: Option<&'static str>,
    pub stage: Option<OnStage>,
    progress: Option<Progress>,
}

/// A stage that is running.
pub(super) struct OnStage {
    pub stage: Stage,
    pub workers: Weak<Vec<Worker>>,
    /// When it began.
    pub begin: Nanos,
    /// What somebody has asked of it since.
    pub scaled: Option<Asked>,
}

/// What is going on, and what has been changed.
pub(super) struct Desk {
    paused: watch::Sender<bool>,
    /// From when to when the run was paused, in order; the last one may go on.
    pauses: RefCell<Vec<(Nanos, Option<Nanos>)>>,
    pub standings: RefCell<Vec<Standing>>,
    changes: RefCell<Vec<ChangeReport>>,
    /// The metrics as of a second, which is counted.
    metrics: RefCell<(usize, Arc<Vec<MetricReport>>)>,
    seconds: RefCell<usize>,
}

impl Desk {
    pub(super) fn new(layers: usize) -> Desk {
        let mut standings = Vec::new();
        standings.resize_with(layers, Standing::default);
        Desk {
            paused: watch::Sender::new(false),
            pauses: RefCell::default(),
            standings: RefCell::new(standings),
            changes: RefCell::default(),
            metrics: RefCell::default(),
            seconds: RefCell::new(0),
        }
    }

    fn with(&self, layer: usize, change: impl FnOnce(&mut Standing)) {
        if let Some(standing) = self.standings.borrow_mut().get_mut(layer) {
            change(standing);
        }
    }

    /// A layer has come to another part of its course.
    pub(super) fn stands(&self, layer: usize, state: &'static str) {
        self.with(layer, |standing| standing.state = Some(state));
    }

    /// A stage's workers have their orders.
    pub(super) fn stage_began(&self, layer: usize, stage: &Stage, begin: Nanos, workers: Weak<Vec<Worker>>) {
        self.with(layer, |standing| {
            standing.stage = Some(OnStage { stage: stage.clone(), workers, begin, scaled: None });
            standing.progress = None;
        });
    }

    /// A second of a layer is over.
    pub(super) fn progressed(&self, layer: usize, progress: &Progress) {
        *self.seconds.borrow_mut() += 1;
        self.with(layer, |standing| standing.progress = Some(progress.clone()));
    }

    /// A stage is over.
    pub(super) fn stage_ended(&self, layer: usize) {
        self.with(layer, |standing| standing.stage = None);
    }

    /// Waits until the run is not paused.
    pub(super) async fn goes(&self) {
        let mut paused = self.paused.subscribe();
        // The sender is this desk's own.
        let _ = paused.wait_for(|paused| !paused).await;
    }

    /// How long the run was paused between two instants.
    pub(super) fn paused_between(&self, from: Nanos, to: Nanos) -> Duration {
        let within =
            |(begin, end): &(Nanos, Option<Nanos>)| end.unwrap_or(to).min(to).since((*begin).max(from));
        self.pauses.borrow().iter().map(within).sum()
    }

    /// What was changed so far.
    pub(super) fn changes(&self) -> Vec<ChangeReport> {
        self.changes.borrow().clone()
    }

    /// What is asked of a layer's stage after a time of its own, if one runs.
    pub(super) fn asked(&self, layer: usize, elapsed: Duration) -> Option<Asked> {
        let standings = self.standings.borrow();
        standings.get(layer)?.stage.as_ref().map(|stage| stage.asked(elapsed))
    }

    fn order(&self, order: Order) {
        for standing in self.standings.borrow().iter() {
            let workers = standing.stage.as_ref().and_then(|stage| stage.workers.upgrade());
            workers.iter().flat_map(|workers| workers.iter()).for_each(|worker| worker.order(order.clone()));
        }
    }
}

impl House<'_> {
    /// Carries commands out, as long as the run goes on: each at once, apart from what takes a while.
    pub(super) async fn attend(&self, mut commands: Commands) -> Infallible {
        let mut under_way = FuturesUnordered::new();
        loop {
            tokio::select! {
                Some(Request { command, by, answer }) = commands.next() => under_way.push(async move {
                    let answered = self.carry_out(command, by).await;
                    // Whoever asked may have gone.
                    let _ = answer.send(answered);
                }),
                Some(()) = under_way.next() => {}
                else => std::future::pending().await,
            }
        }
    }

    async fn carry_out(&self, command: Command, by: Word) -> Result<Answer, Refusal> {
        let conflict = |why: &str| Err(Refusal::Conflict(why.to_owned()));
        let (halt, paused) = (self.signals.halt(), *self.desk.paused.borrow());
        let done = match command {
            Command::Status => return Ok(Answer::Status(Box::new(self.status()))),
            Command::Metrics => return Ok(Answer::Metrics(self.metrics())),
            Command::Stop { now: false } if halt != Halt::No => {
                return conflict("the run is stopping already (hint: `now` cuts off what runs)");
            }
            Command::Stop { now: true } if halt == Halt::Now => {
                return conflict("the run is being cut off already");
            }
            Command::Stop { now } => {
                let text = if now { "stopped at once" } else { "stopped" };
                self.change("stop", by, text);
                self.signals.stop(if now { Halt::Now } else { Halt::Soon });
                text.to_owned()
            }
            Command::Swap(swap) => self.swap_in_turn(&swap, by).await?,
            Command::Warn { text } => {
                self.emit(Event::Warning(text));
                "told".to_owned()
            }
            Command::Note { text } => {
                let text = text.trim();
                let length = text.chars().count();
                if text.is_empty() {
                    return Err(Refusal::Invalid("the note has no text".to_owned()));
                }
                if length > NOTE {
                    let why = format!("the note has {length} characters, and at most {NOTE} are accepted");
                    return Err(Refusal::Invalid(why));
                }
                self.change("note", by, text);
                "noted".to_owned()
            }
            Command::Pause | Command::Resume | Command::Scale { .. } if halt != Halt::No => {
                return conflict("the run is stopping");
            }
            Command::Scale { layer, stage, to } => self.scale(layer.as_deref(), stage.as_deref(), to, &by)?,
            Command::Pause if paused => return conflict("the run is paused already"),
            Command::Resume if !paused => return conflict("the run is not paused"),
            Command::Pause => {
                let at = self.clock.now() + LEAD;
                self.desk.pauses.borrow_mut().push((at, None));
                self.desk.order(Order::Pause { at });
                self.desk.paused.send_replace(true);
                self.change("pause", by, "paused");
                "paused".to_owned()
            }
            Command::Resume => {
                let at = self.clock.now() + LEAD;
                let mut length = Duration::ZERO;
                if let Some((from, to)) = self.desk.pauses.borrow_mut().last_mut() {
                    length = at.since(*from);
                    *to = Some(at);
                }
                self.desk.order(Order::Resume { at });
                self.desk.paused.send_replace(false);
                let text = format!("resumed after {:.1} s", length.as_secs_f64());
                self.change("resume", by, &text);
                text
            }
        };
        Ok(Answer::Done(done))
    }

    /// Something was changed that concerns all layers.
    fn change(&self, kind: &'static str, by: Word, text: &str) {
        self.changed(ChangeReport {
            at_s: self.clock.now().as_ms() / 1000.0,
            kind: kind.into(),
            by,
            scenario: None,
            stage: None,
            digest: None,
            text: text.to_owned(),
        });
    }

    /// Something was changed: an event, and a line of the summary.
    pub(super) fn changed(&self, change: ChangeReport) {
        self.emit(Event::Changed(change.clone()));
        let mut changes = self.desk.changes.borrow_mut();
        if changes.len() < MOST_CHANGES {
            changes.push(change);
        }
    }

    fn status(&self) -> RunStatus {
        let state = match self.signals.halt() {
            Halt::No if *self.desk.paused.borrow() => "paused",
            Halt::No => "running",
            Halt::Soon | Halt::Now => "stopping",
        };
        let standings = self.desk.standings.borrow();
        let layers = self.plan.layers.iter().zip(standings.iter()).enumerate();
        let layers = layers.map(|(index, (layer, standing))| LayerStatus {
            scenario: layer.scenario.clone(),
            heading: layer.heading(),
            digest: self.versions.get(index).map_or_else(|| layer.digest.clone(), |of| of.on().digest),
            state: standing.state.unwrap_or("waiting").into(),
            stage: standing.stage.as_ref().map(|on| on.status(standing.progress.as_ref())),
        });
        let changes = self.desk.changes.borrow();
        RunStatus {
            schema: STATUS_SCHEMA.into(),
            id: self.id.clone(),
            target: self.plan.target.clone(),
            state: state.into(),
            elapsed_s: self.clock.now().as_ms() / 1000.0,
            layers: layers.collect(),
            changes: changes.iter().skip(changes.len().saturating_sub(SHOWN_CHANGES)).cloned().collect(),
        }
    }

    /// The metrics so far, made at most once for each second of a layer.
    fn metrics(&self) -> Arc<Vec<MetricReport>> {
        let seconds = *self.desk.seconds.borrow();
        let (made, metrics) = &mut *self.desk.metrics.borrow_mut();
        if *made != seconds {
            let results = Results {
                totals: Arc::new(self.whole.borrow().clone()),
                stages: Vec::new(),
                metrics: self.own_metrics(),
            };
            (*made, *metrics) = (seconds, Arc::new(summarise::metrics(&results)));
        }
        Arc::clone(metrics)
    }
}

impl OnStage {
    /// What is asked of it after a time of its own.
    pub(super) fn asked(&self, elapsed: Duration) -> Asked {
        self.scaled.unwrap_or_else(|| self.stage.load.asked(elapsed))
    }

    fn status(&self, progress: Option<&Progress>) -> StageStatus {
        let elapsed = progress.map_or(Duration::ZERO, |progress| progress.elapsed);
        let number = |number: fn(&Progress) -> f64| progress.map_or(0.0, number);
        let (asked_vus, asked_per_s) = match self.asked(elapsed) {
            Asked::Vus(vus) => (Some(vus), None),
            Asked::PerSecond(rate) => (None, Some(rate)),
        };
        StageStatus {
            name: self.stage.name.clone(),
            executor: self.stage.load.executor().into(),
            load: self.stage.load.to_string(),
            elapsed_s: elapsed.as_secs_f64(),
            duration_s: self.stage.load.duration().as_secs_f64(),
            asked_vus,
            asked_per_s,
            vus: progress.map_or(0, |progress| progress.vus),
            iterations: number(|progress| progress.iterations),
            iterations_per_s: number(|progress| progress.iterations_per_second),
            requests_per_s: number(|progress| progress.requests_per_second),
            p50: progress.and_then(|progress| progress.median_ms),
            p95: progress.and_then(|progress| progress.p95_ms),
            p99: progress.and_then(|progress| progress.p99_ms),
            failed: number(|progress| progress.failed),
            dropped: number(|progress| progress.dropped),
        }
    }
}
