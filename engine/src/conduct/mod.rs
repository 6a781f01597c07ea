//! Carries out a plan: layers in their order or together, stages one after another, ticks merged, goals judged, events
//! emitted.
//!
//! Runs on the program's own thread, while the workers have theirs. A layer is set up in an instance of its own,
//! which is also the one that is torn down; its stages run behind a start barrier; its judge has an instance of its
//! own with the layer's results.

mod control;
mod desk;
mod house;
mod layer;
mod load;
mod measurement;
mod opening;
mod replay;
mod scale;
mod signals;
mod splits;
mod summarise;
mod swap;
mod timeline;
mod trial;
mod versions;
mod watch;

use std::sync::Arc;

use crate::clock::{Clock, unix_time};
use crate::event::{Event, Reporter, Summary};
use crate::guest::{Compiler, Program, Source};
use crate::http::{Origin, Target, Transport};
use crate::plan::{Manifest, RunPlan};
use crate::store::Shared;
use house::House;

pub use control::{Amount, Answer, Command, Commands, Control, Refusal, control};
pub use replay::{Replayed, replay};
pub use signals::Signals;
pub use swap::{Swap, give_way};
pub use trial::{Attempt, attempt};

/// A layer's compiled scenario, with room for its VUs.
pub struct Cast {
    /// The component.
    pub source: Source,
    /// Its code.
    pub program: Program,
    /// What it says of itself.
    pub manifest: Manifest,
}

/// What a run needs besides its plan.
pub struct Run<'a> {
    /// The name of the run.
    pub id: String,
    /// The system under test.
    pub target: Target,
    /// Where else requests may go.
    pub granted: Vec<Origin>,
    /// Rows, spaces and secrets.
    pub shared: Arc<Shared>,
    /// How connections are made, kept and shared.
    pub transport: Arc<Transport>,
    /// The scenarios, one for each layer of the plan.
    pub cast: Vec<Cast>,
    /// Compiles what takes the place of one of them.
    pub compiler: Compiler,
    /// Consumes the events.
    pub reporter: &'a mut dyn Reporter,
    /// The user's signals.
    pub signals: Signals,
    /// What is asked of it while it goes on.
    pub commands: Commands,
}

/// Runs the plan to its end or to a signal. Reporters that fail are left out; the run goes on.
pub async fn run<'a>(plan: &'a RunPlan, mut run: Run<'a>) -> Summary {
    let start = opening::start(plan, &run.id, unix_time());
    let commands = std::mem::take(&mut run.commands);
    let house = House::new(plan, run, Clock::start());
    house.emit(Event::RunStarted(Box::new(start.clone())));
    for warning in &plan.warnings {
        house.emit(Event::Warning(warning.clone()));
    }
    let layers = house.cast.iter().zip(&plan.layers).enumerate();
    let playing =
        futures_util::future::join_all(layers.map(|(index, (cast, layer))| house.play(index, layer, cast)));
    let mut attending = std::pin::pin!(house.attend(commands));
    let ran = tokio::select! {
        ran = playing => ran,
        never = &mut attending => match never {},
    };
    // A layer that has ended does not know of a setup that a swap still runs.
    tokio::select! {
        () = house.swaps.settled() => {}
        never = &mut attending => match never {},
    }
    let summary = house.close(start, ran);
    house.emit(Event::RunFinished(Box::new(summary.clone())));
    summary
}

#[cfg(test)]
mod faulty;
