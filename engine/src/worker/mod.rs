//! One thread that drives load: its VUs, their connections and its own recorder.
//!
//! HOT. A worker is an OS thread with a current-thread runtime. While a stage runs nothing is shared with other
//! workers: the only crossings are an [`Order`] in, and one [`Tick`] a second out. Each VU is a task on the worker's
//! thread: it asks `pace` what it may do, or waits at the turnstile for what the release loop hands it, lets its guest run
//! one iteration and has the recorder absorb the journal.

mod edition;
mod floor;
mod health;
mod release;
mod seat;
mod stage;
mod turnstile;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

pub use edition::{Edition, Trial};
pub use health::Health;

use crate::clock::Nanos;
use crate::guest::Surroundings;
use crate::http::Pool;
use crate::measure::{Snapshot, Tags};
use crate::pace::share;
use crate::plan::{Asked, Stage};
use edition::Playing;
use seat::Seat;
use stage::Ground;

/// What a worker is to do, over all stages of a layer.
#[derive(Clone)]
pub struct Assignment {
    /// What its instances see alike, whatever the version.
    pub around: Arc<Surroundings>,
    /// The connections of all its VUs, if they share them.
    pub pool: Pool,
    /// All stages of the layer.
    pub stages: Vec<Stage>,
    /// Tags on every sample.
    pub tags: Tags,
    /// Which of the workers this is, from 0.
    pub index: usize,
    /// All workers of the layer.
    pub workers: usize,
    /// The VUs that are made ready before the first stage, over all workers.
    pub vus: u32,
    /// Whether dropped iterations are entered into the response times as right-censored.
    pub censor_dropped: bool,
}

/// What the conductor tells a worker.
#[derive(Clone)]
pub enum Order {
    /// Run a stage that begins at an instant ahead.
    Stage {
        /// From 0.
        index: usize,
        /// The same for all workers.
        begin: Nanos,
    },
    /// Run this version from the next iteration on.
    Swap(Arc<Edition>),
    /// Start no more iterations in this stage; those that run may end within the stage's grace.
    Stop,
    /// Cut off what runs in this stage.
    Abort,
    /// Start no more iterations from an instant on; the stage's clock stands still.
    Pause {
        /// The same for all workers.
        at: Nanos,
    },
    /// Run as many VUs, or start as many iterations per second, from an instant on to the stage's end.
    Scale {
        /// The same for all workers.
        at: Nanos,
        /// Over all workers, of the kind that the stage's executor has.
        to: Asked,
    },
    /// Go on with the stage, whose clock has stood still.
    Resume {
        /// The same for all workers.
        at: Nanos,
    },
}

/// What a worker tells the conductor.
#[derive(Debug)]
pub enum Report {
    /// Every VU has its instance.
    Ready,
    /// A second of a stage has passed, or the stage is over.
    Tick(Box<Tick>),
    /// Nothing of the stage runs any more; the last tick has been sent.
    StageDone {
        /// When the last iteration ended.
        ended: Nanos,
    },
    /// A version is not fit to run: VUs go on with the one that they have.
    Unfit {
        /// Its number.
        edition: u32,
        /// Why.
        why: String,
    },
    /// A VU, or the worker, cannot go on.
    Fault(String),
    /// A part of this worker panicked, which is a fault of strata itself; what is left of it goes on until it is told.
    Panicked(String),
    /// The worker panicked: it is no longer there.
    Gone(String),
}

/// What happened since the tick before.
#[derive(Debug, Default)]
pub struct Tick {
    /// The samples.
    pub snapshot: Snapshot,
    /// How the worker itself is doing.
    pub health: Health,
    /// VUs that are running; only where a whole second is over.
    pub vus: Option<u32>,
}

/// A running worker. When its orders are dropped it ends.
pub struct Worker {
    orders: Option<UnboundedSender<Order>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts a worker; its reports carry its index.
    ///
    /// # Errors
    /// When the machine has no thread or no descriptors for it.
    pub fn start(
        assignment: Assignment,
        edition: Arc<Edition>,
        reports: UnboundedSender<(usize, Report)>,
    ) -> std::io::Result<Worker> {
        let (orders, received) = unbounded_channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let name = format!("worker {}", assignment.index + 1);
        let thread = std::thread::Builder::new().name(name).spawn(move || {
            let local = tokio::task::LocalSet::new();
            let index = assignment.index;
            let work = work(Playing::new(assignment, edition, reports.clone()), received);
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| local.block_on(&runtime, work))) {
                let gone = Report::Gone(format!("worker {} {}", index + 1, panicked(panic.as_ref())));
                // A conductor that has given up on the layer does not listen any more.
                let _ = reports.send((index, gone));
            }
        })?;
        Ok(Worker { orders: Some(orders), thread: Some(thread) })
    }

    /// Tells the worker something; one that has ended is not told.
    pub fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // A worker that has ended has said so, with a fault, and its conductor is about to read that.
            let _ = orders.send(order);
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // It has told of a panic already, unless there was another one as its VUs were dropped, which it has printed.
            let _ = thread.join();
        }
    }
}

/// What a panic said.
fn panicked(panic: &(dyn Any + Send)) -> String {
    let said =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panicked: {}", said.unwrap_or("for a reason that is no text"))
}

async fn work(playing: Playing, mut orders: UnboundedReceiver<Order>) {
    let playing = Rc::new(playing);
    let assignment = &playing.assignment;
    let vus = share(assignment.vus, assignment.index, assignment.workers) as usize;
    let mut seats = Vec::with_capacity(vus);
    for slot in 0..vus {
        match Seat::new(Rc::clone(&playing), slot).await {
            Ok(seat) => seats.push(Some(seat)),
            Err(trap) => return playing.tell(Report::Fault(format!("a VU cannot be started: {trap}"))),
        }
    }
    let mut recorder = crate::measure::Recorder::new(assignment.around.metrics.clone())
        .with_names(assignment.around.limits.names);
    playing.tell(Report::Ready);
    while let Some(order) = orders.recv().await {
        match order {
            Order::Stage { index, begin } => {
                let ground = Ground { playing: &playing, seats: &mut seats, orders: &mut orders };
                recorder = stage::run(ground, index, begin, recorder).await;
            }
            Order::Swap(edition) => {
                playing.put_on(edition);
                stage::follow(&playing, &mut seats).await;
            }
            // All others mean a stage that is over.
            Order::Stop | Order::Abort | Order::Pause { .. } | Order::Resume { .. } | Order::Scale { .. } => {
            }
        }
    }
}

#[cfg(test)]
mod swapping;
