//! What the layers of a run share: who listens, what has been measured, which of them have ended.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use tokio::sync::watch;

use super::desk::Desk;
use super::layer::{Layer, Ran};
use super::measurement::Measurement;
use super::signals::{Halt, Signals};
use super::swap::Swaps;
use super::versions::Versions;
use super::{Cast, Run, summarise};
use crate::clock::Clock;
use crate::event::{Event, Reporter, RunStart, Summary, Validity};
use crate::guest::{Access, Compiler};
use crate::http::{Origin, Target, Transport};
use crate::judge::{Status, success};
use crate::measure::{Results, Totals};
use crate::plan::{LayerPlan, Metric, RunPlan};
use crate::store::Shared;

/// The run, as its layers see it. All of them are on one thread.
pub(super) struct House<'a> {
    pub plan: &'a RunPlan,
    /// The name of the run.
    pub id: String,
    pub target: Target,
    pub granted: Vec<Origin>,
    pub shared: Arc<Shared>,
    pub transport: Arc<Transport>,
    pub cast: Vec<Cast>,
    /// Of each layer.
    pub versions: Vec<Versions>,
    pub compiler: Compiler,
    pub swaps: Swaps,
    pub signals: Signals,
    pub clock: Clock,
    /// What is going on, for those who change it.
    pub desk: Desk,
    /// The samples of all layers.
    pub whole: RefCell<Totals>,
    pub measurement: RefCell<Measurement>,
    /// Whether it has been said that the measurement is INVALID.
    invalid: Cell<bool>,
    reporter: RefCell<&'a mut dyn Reporter>,
    /// How each layer came out, once it has.
    statuses: watch::Sender<Vec<Option<Status>>>,
}

impl<'a> House<'a> {
    pub(super) fn new(plan: &'a RunPlan, run: Run<'a>, clock: Clock) -> House<'a> {
        House {
            plan,
            id: run.id,
            target: run.target,
            granted: run.granted,
            shared: run.shared,
            transport: run.transport,
            versions: run.cast.iter().map(Versions::of).collect(),
            compiler: run.compiler,
            swaps: Swaps::default(),
            cast: run.cast,
            signals: run.signals,
            clock,
            desk: Desk::new(plan.layers.len()),
            whole: RefCell::default(),
            measurement: RefCell::default(),
            invalid: Cell::new(false),
            reporter: RefCell::new(run.reporter),
            statuses: watch::Sender::new(vec![None; plan.layers.len()]),
        }
    }

    pub(super) fn emit(&self, event: Event) {
        self.reporter.borrow_mut().on_event(&event);
    }

    /// Runs a layer when those before it have ended; nothing if a signal came first.
    pub(super) async fn play(&self, index: usize, layer: &LayerPlan, cast: &Cast) -> Option<Ran> {
        let played = self.play_in_turn(index, layer, cast).await;
        let status = played.as_ref().map_or(Status::NoData, |ran| ran.status);
        self.desk.stands(index, "finished");
        self.statuses.send_modify(|statuses| {
            if let Some(place) = statuses.get_mut(index) {
                *place = Some(status);
            }
        });
        played
    }

    async fn play_in_turn(&self, index: usize, layer: &LayerPlan, cast: &Cast) -> Option<Ran> {
        let mut signals = self.signals.clone();
        let mut statuses = self.statuses.subscribe();
        let ended = |statuses: &Vec<Option<Status>>| {
            layer.after.iter().all(|before| statuses.get(*before).is_none_or(Option::is_some))
        };
        tokio::select! {
            all = statuses.wait_for(ended) => drop(all),
            _ = signals.next() => return None,
        }
        if signals.halt() != Halt::No {
            return None;
        }
        if !layer.start_time.is_zero() {
            tokio::select! {
                () = self.clock.sleep_until(self.clock.now() + layer.start_time) => {}
                _ = signals.next() => return None,
            }
        }
        let room = cast.program.limits().kv;
        let access = Arc::new(Access::new(&layer.needs, &layer.env, &self.shared, room));
        let versions = self.versions.get(index)?;
        let playing = Layer { house: self, layer, cast, index, access: &access, versions };
        let missed = layer
            .only_if
            .iter()
            .find(|gate| self.statuses.borrow().get(**gate).copied().flatten() != Some(Status::Passed));
        let ran = match missed.and_then(|gate| self.plan.layers.get(*gate)) {
            Some(gate) => playing.left_out(format!("not run: `{}` did not pass", gate.scenario)),
            None => playing.run(signals).await,
        };
        let validity = self.measurement.borrow().verdict().0;
        if validity == Validity::Invalid && !self.invalid.replace(true) {
            self.emit(Event::Invalidated);
        }
        self.emit(Event::LayerFinished { layer: index, report: Box::new(ran.report.clone()) });
        Some(ran)
    }

    /// The metrics of the scenarios' own.
    pub(super) fn own_metrics(&self) -> Vec<Metric> {
        let mut metrics: Vec<Metric> = Vec::new();
        for metric in self.plan.layers.iter().flat_map(|layer| &layer.metrics) {
            if !metrics.contains(metric) {
                metrics.push(metric.clone());
            }
        }
        metrics
    }

    /// The summary of what ran; layers that a signal kept from running are not passed.
    pub(super) fn close(&self, start: RunStart, ran: Vec<Option<Ran>>) -> Summary {
        let statuses: Vec<Status> =
            ran.iter().map(|ran| ran.as_ref().map_or(Status::NoData, |ran| ran.status)).collect();
        let (validity, mut reasons) = self.measurement.borrow().verdict();
        let totals = self.whole.take();
        if totals.folded() > 0 {
            let folded = totals.folded();
            reasons.push(format!("{folded} samples are counted under (other): too many different names"));
        }
        if self.plan.censor_dropped {
            reasons.push(
                "dropped iterations are in iteration_response_time at the age they had reached: its numbers are lower \
                 bounds"
                    .to_owned(),
            );
        }
        let metrics = self.own_metrics();
        let scenario_failed = ran.iter().flatten().any(|ran| ran.scenario_failed);
        let (mut layers, mut stages, mut versions, mut timeline) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for ran in ran.into_iter().flatten() {
            versions.extend(ran.versions);
            layers.push(ran.report);
            stages.extend(ran.stages);
            timeline.push(ran.timeline);
        }
        let results = Results { totals: Arc::new(totals), stages, metrics };
        let duration_s = results.seconds(&summarise::everything());
        let mut phase = start.phase.clone();
        phase.success_rate = success(&statuses);
        phase.passed = statuses.iter().filter(|status| **status == Status::Passed).count();
        let run = summarise::Measured {
            duration_s,
            validity,
            reasons,
            interrupted: self.signals.interrupted(),
            unfinished: false,
            scenario_failed,
            fault: self.signals.fault(),
        };
        Summary {
            schema: crate::event::SCHEMA.into(),
            run: summarise::run(start, run),
            phase,
            layers,
            metrics: summarise::metrics(&results),
            versions,
            timeline,
            changes: self.desk.changes(),
        }
    }
}
