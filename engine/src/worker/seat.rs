//! One VU: its guest, its number, and its loop.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use super::Assignment;
use crate::clock::{Clock, Nanos};
use crate::guest::{Context, Failure, Guest, Role, Trap, Vu};
use crate::measure::{Ending, Recorder};
use crate::pace::{Next, Pace};

/// What the VUs of one worker share in one stage.
pub(super) struct Floor {
    pub clock: Clock,
    pub stage: u32,
    pub pace: RefCell<Pace>,
    pub recorder: RefCell<Recorder>,
    /// No more iterations start.
    pub stop: Cell<bool>,
    /// When the last iteration ended.
    pub last_done: Cell<Nanos>,
}

/// A VU's place on a worker. Lives as long as the worker, except when it is cut off in the middle of an iteration.
pub(super) struct Seat {
    assignment: Rc<Assignment>,
    slot: u32,
    vu: u32,
    iterations: u32,
    guest: Option<Guest>,
    /// The iteration that is running: when it started, and where it is recorded.
    running: Option<(Nanos, Rc<Floor>)>,
}

impl Seat {
    /// A VU with a fresh instance.
    pub(super) async fn new(assignment: Rc<Assignment>, slot: u32) -> Result<Seat, Trap> {
        // Dealt out in turn: the VUs of a smaller stage are numbered from 1 without gaps, like those of a larger.
        let workers = u32::try_from(assignment.workers).unwrap_or(u32::MAX);
        let index = u32::try_from(assignment.index).unwrap_or(u32::MAX);
        let vu = slot.saturating_mul(workers).saturating_add(index).saturating_add(1);
        let state = Vu::new(Arc::clone(&assignment.around), Role::Vu(vu));
        let guest = Guest::new(&assignment.program, state).await?;
        Ok(Seat { assignment, slot, vu, iterations: 0, guest: Some(guest), running: None })
    }

    pub(super) fn slot(&self) -> u32 {
        self.slot
    }

    /// Iterates until the stage has nothing more for this VU.
    ///
    /// # Errors
    /// When its instance trapped and cannot be replaced.
    pub(super) async fn run(mut self, floor: Rc<Floor>) -> Result<Seat, Trap> {
        let clock = floor.clock;
        while !floor.stop.get() {
            let next = floor.pace.borrow_mut().next(self.slot as usize, clock.now());
            let due = match next {
                Next::Start(due) => due,
                Next::End => break,
            };
            if due > clock.now() {
                clock.sleep_until(due).await;
            }
            self.iterate(&floor).await?;
            // An iteration that never waited must let the others run too.
            tokio::task::coop::consume_budget().await;
        }
        Ok(self)
    }

    async fn iterate(&mut self, floor: &Rc<Floor>) -> Result<(), Trap> {
        let Some(guest) = &mut self.guest else {
            return Err(Trap { message: "its instance is gone".to_owned() });
        };
        let context = Context { vu: self.vu, iteration: self.iterations, stage: floor.stage };
        self.iterations = self.iterations.saturating_add(1);
        let started = floor.clock.now();
        self.running = Some((started, Rc::clone(floor)));
        let result = guest.iteration(context).await;
        let done = floor.clock.now();
        self.running = None;
        floor.last_done.set(done);
        let (ending, broken) = match result {
            Ok(Ok(())) => (Ending::Done, false),
            Ok(Err(failure)) => (failed(failure), false),
            Err(trap) => (failed(trap.into()), true),
        };
        floor.recorder.borrow_mut().absorb(guest.journal(), done.since(started), ending);
        if broken {
            self.renew().await?;
        }
        Ok(())
    }

    /// A fresh instance for the one that trapped; the connections stay open.
    async fn renew(&mut self) -> Result<(), Trap> {
        if let Some(guest) = self.guest.take() {
            let state = guest.into_vu().renewed();
            self.guest = Some(Guest::new(&self.assignment.program, state).await?);
        }
        Ok(())
    }
}

fn failed(failure: Failure) -> Ending {
    Ending::Failed { code: failure.code, message: failure.message }
}

impl Drop for Seat {
    /// A VU that is dropped in the middle of an iteration was cut off: what it has recorded so far counts.
    fn drop(&mut self) {
        let (Some((started, floor)), Some(guest)) = (self.running.take(), &mut self.guest) else { return };
        let now = floor.clock.now();
        floor.last_done.set(now);
        floor.recorder.borrow_mut().absorb(guest.journal(), now.since(started), Ending::Interrupted);
    }
}
