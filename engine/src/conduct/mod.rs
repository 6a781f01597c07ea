//! Carries out a plan: layers one after another, stages in order, ticks merged, goals judged, events emitted.
//!
//! Runs on the program's own thread, while the workers have theirs. A layer is set up in an instance of its own,
//! which is also the one that is torn down; its stages run behind a start barrier; its judge has an instance of its
//! own with the layer's results.

mod layer;
mod measurement;
mod summarise;

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;

use crate::clock::{Clock, rfc3339, unix_time};
use crate::event::{Event, PhaseReport, Reporter, RunReport, SCHEMA, Summary, VersionReport};
use crate::guest::{Program, Source};
use crate::http::{Origin, Target};
use crate::judge::{Status, success};
use crate::measure::{Results, Totals};
use crate::plan::RunPlan;
use measurement::Measurement;

/// A layer's compiled scenario, with room for its VUs.
pub struct Cast {
    /// The component.
    pub source: Source,
    /// Its code.
    pub program: Program,
}

/// What came of a run, besides its summary.
#[derive(Debug)]
pub struct Outcome {
    /// The result of the run.
    pub summary: Summary,
    /// A scenario could not be set up, or did nothing but trap.
    pub scenario_failed: bool,
}

/// What the user's signals ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Halt {
    /// Nothing.
    No,
    /// Finish what runs.
    Soon,
    /// Cut off what runs.
    Now,
}

/// The signals of the run so far: the first one asks to stop soon, the second one now.
pub struct Signals {
    received: UnboundedReceiver<()>,
    halt: Halt,
}

impl Signals {
    /// Signals that somebody sends through this channel.
    pub fn new(received: UnboundedReceiver<()>) -> Signals {
        Signals { received, halt: Halt::No }
    }

    /// Waits for the next signal; for ever when there are none any more.
    pub(crate) async fn next(&mut self) -> Halt {
        if self.received.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
        self.halt = if self.halt == Halt::No { Halt::Soon } else { Halt::Now };
        self.halt
    }
}

/// What a run needs besides its plan.
pub struct Run<'a> {
    /// The name of the run.
    pub id: String,
    /// The system under test.
    pub target: Target,
    /// Where else requests may go.
    pub granted: Vec<Origin>,
    /// The scenarios, one for each layer of the plan.
    pub cast: Vec<Cast>,
    /// Consumes the events.
    pub reporter: &'a mut dyn Reporter,
    /// The user's signals.
    pub signals: Signals,
}

/// Runs the plan to its end or to a signal. Reporters that fail are left out; the run goes on.
pub async fn run(plan: &RunPlan, mut run: Run<'_>) -> Outcome {
    let clock = Clock::start();
    let started_at = rfc3339(unix_time());
    run.emit(Event::RunStarted {
        id: run.id.clone(),
        target: plan.target.clone(),
        layers: plan.layers.len(),
        workers: plan.workers,
    });
    let mut measurement = Measurement::default();
    let mut totals = Totals::default();
    let (mut layers, mut seconds, mut metrics) = (Vec::new(), Vec::new(), Vec::new());
    let (mut statuses, mut versions) = (Vec::new(), Vec::new());
    let mut scenario_failed = false;
    let cast = std::mem::take(&mut run.cast);
    for (index, (layer, cast)) in plan.layers.iter().zip(&cast).enumerate() {
        if run.signals.halt != Halt::No {
            break;
        }
        let playing = layer::Layer { plan, layer, cast, clock, index };
        let ran = playing.run(&mut run, &mut totals, &mut measurement).await;
        scenario_failed |= ran.scenario_failed;
        statuses.push(ran.status);
        seconds.extend(ran.stages);
        for metric in &layer.metrics {
            if !metrics.contains(metric) {
                metrics.push(metric.clone());
            }
        }
        versions.push(VersionReport {
            scenario: layer.scenario.clone(),
            digest: layer.digest.clone(),
            iterations: ran.iterations,
        });
        run.emit(Event::LayerFinished(Box::new(ran.report.clone())));
        layers.push(ran.report);
    }
    // Layers that a signal kept from running are not passed.
    statuses.resize(plan.layers.len(), Status::NoData);
    let (validity, mut reasons) = measurement.verdict();
    if totals.folded() > 0 {
        reasons
            .push(format!("{} samples are counted under (other): too many different names", totals.folded()));
    }
    let duration_s = seconds.iter().map(|(_, seconds)| seconds).sum();
    let results = Results { totals: Arc::new(totals), stages: seconds, metrics };
    let summary = Summary {
        schema: SCHEMA,
        run: RunReport {
            id: run.id.clone(),
            target: plan.target.clone(),
            started_at,
            duration_s,
            validity,
            reasons,
            interrupted: run.signals.halt != Halt::No,
            seed: plan.seed,
            tags: plan.tags.clone(),
            strata: env!("CARGO_PKG_VERSION"),
        },
        phase: PhaseReport {
            number: plan.phase.number,
            title: plan.phase.title.clone(),
            success_rate: success(&statuses),
            success_rate_target: plan.phase.success_rate,
            passed: statuses.iter().filter(|status| **status == Status::Passed).count(),
            total: statuses.len(),
        },
        layers,
        metrics: summarise::metrics(&results),
        versions,
    };
    run.emit(Event::RunFinished(Box::new(summary.clone())));
    Outcome { summary, scenario_failed }
}

impl Run<'_> {
    pub(crate) fn emit(&mut self, event: Event) {
        self.reporter.on_event(&event);
    }
}
