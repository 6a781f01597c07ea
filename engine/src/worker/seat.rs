//! One VU: its guest, its number, and its loop.

use std::rc::Rc;
use std::sync::Arc;

use super::edition::{Edition, Playing, Trial};
use super::floor::{Call, Floor, Turn};
use crate::clock::Nanos;
use crate::guest::{Context, Failure, Guest, Role, Trap, Vu};
use crate::measure::{Ending, Times};

/// The code of a failure that may come of the end of a set.
const END_OF_DATA: &str = "end-of-data";

/// A VU's place on a worker. Lives as long as the worker, except when it is cut off with its stage.
pub(super) struct Seat {
    playing: Rc<Playing>,
    /// The version of its instance.
    edition: Arc<Edition>,
    /// The number of the version that was on when it last looked.
    seen: u32,
    slot: usize,
    vu: u32,
    iterations: u32,
    guest: Option<Guest>,
    /// The iteration that is running, and where it is recorded.
    running: Option<(Turn, Rc<Floor>)>,
}

impl Seat {
    /// A VU with a fresh instance.
    pub(super) async fn new(playing: Rc<Playing>, slot: usize) -> Result<Seat, Trap> {
        let assignment = &playing.assignment;
        // Dealt out in turn: the VUs of a smaller stage are numbered from 1 without gaps, like those of a larger.
        let number =
            slot.saturating_mul(assignment.workers).saturating_add(assignment.index).saturating_add(1);
        let vu = u32::try_from(number).unwrap_or(u32::MAX);
        let edition = playing.edition();
        let state = Vu::new(Arc::clone(&edition.around), Role::Vu(vu)).beside(&assignment.pool);
        let guest = Some(Guest::new(&edition.program, state).await?);
        let seen = edition.number;
        Ok(Seat { playing, edition, seen, slot, vu, iterations: 0, guest, running: None })
    }

    pub(super) fn slot(&self) -> usize {
        self.slot
    }

    /// Iterates until the stage has nothing more for this VU.
    ///
    /// # Errors
    /// When its instance trapped and cannot be replaced.
    pub(super) async fn run(mut self, floor: Rc<Floor>) -> Result<Seat, Trap> {
        while let Some(mut call) = floor.turn(self.slot).await {
            if self.seen != self.playing.number() {
                self.take_over().await?;
                floor.again(&mut call);
            }
            match call {
                Call::Turn(turn) => self.iterate(&floor, turn).await?,
                Call::Follow => {}
            }
            // An iteration that never waited must let the others run too.
            tokio::task::coop::consume_budget().await;
        }
        Ok(self)
    }

    async fn iterate(&mut self, floor: &Rc<Floor>, turn: Turn) -> Result<(), Trap> {
        let Some(guest) = &mut self.guest else {
            return Err(Trap::other("its instance is gone".to_owned()));
        };
        let context = Context { vu: self.vu, iteration: self.iterations, stage: floor.stage };
        self.iterations = self.iterations.saturating_add(1);
        self.running = Some((turn, Rc::clone(floor)));
        let result = match turn.cut_off {
            None => Some(guest.iteration(context, turn.started).await),
            Some(at) => tokio::select! {
                biased;
                result = guest.iteration(context, turn.started) => Some(result),
                () = floor.reach_cut_off(at) => None,
            },
        };
        self.running = None;
        let trapped = matches!(result, Some(Err(_)));
        let (ending, broken) = match result {
            Some(Ok(Ok(()))) => (Ending::Done, false),
            // There was no row for it: the load is over.
            Some(Ok(Err(failure))) if failure.code == END_OF_DATA && self.edition.around.access.ended() => {
                floor.halt();
                (Ending::Interrupted, false)
            }
            Some(Ok(Err(failure))) => (failed(failure), false),
            Some(Err(trap)) => (failed(trap.into()), true),
            // The call was dropped in the middle, and its instance with it.
            None => (Ending::Interrupted, true),
        };
        floor.held.set(floor.held.get() + guest.take_held());
        floor.absorb(&self.edition.tag, guest.journal(), times(turn, floor.clock.now()), ending);
        if self.edition.trial.as_ref().is_some_and(|trial| trial.fails(trapped)) {
            self.playing.unfit(&self.edition, format!("{} trapped", Trial::rule()));
        }
        if broken {
            self.renew().await?;
        }
        Ok(())
    }

    /// A fresh instance for the one that broke; the connections stay open.
    async fn renew(&mut self) -> Result<(), Trap> {
        if let Some(guest) = self.guest.take() {
            let state = guest.into_vu().renewed();
            self.guest = Some(Guest::new(&self.edition.program, state).await?);
        }
        Ok(())
    }

    /// Takes the version that is on, if it has another.
    ///
    /// # Errors
    /// When no instance of either can be made.
    pub(super) async fn follow(&mut self) -> Result<(), Trap> {
        if self.seen == self.playing.number() { Ok(()) } else { self.take_over().await }
    }

    /// Takes the version that is on. One of which no instance can be made is told of, and the VU goes on with the one
    /// that it has, without its connections and cookies, which the attempt has cost it.
    async fn take_over(&mut self) -> Result<(), Trap> {
        let next = self.playing.edition();
        self.seen = next.number;
        let Some(guest) = self.guest.take() else {
            return Err(Trap::other("its instance is gone".to_owned()));
        };
        // The old instance leaves the pool before the new one enters it.
        let state = guest.into_vu().moved(Arc::clone(&next.around));
        match Guest::new(&next.program, state).await {
            Ok(guest) => {
                self.guest = Some(guest);
                self.edition = next;
            }
            Err(trap) => {
                self.playing.unfit(&next, format!("it cannot be started: {trap}"));
                let around = Arc::clone(&self.edition.around);
                let state = Vu::new(around, Role::Vu(self.vu)).beside(&self.playing.assignment.pool);
                self.guest = Some(Guest::new(&self.edition.program, state).await?);
            }
        }
        Ok(())
    }
}

fn times(turn: Turn, done: Nanos) -> Times {
    Times { due: turn.due, started: turn.started, done }
}

fn failed(failure: Failure) -> Ending {
    Ending::Failed { code: failure.code, message: failure.message }
}

impl Drop for Seat {
    /// A VU that is dropped in the middle of an iteration was cut off: what it has recorded so far counts.
    fn drop(&mut self) {
        let (Some((turn, floor)), Some(guest)) = (self.running.take(), &mut self.guest) else { return };
        floor.absorb(&self.edition.tag, guest.journal(), times(turn, floor.clock.now()), Ending::Interrupted);
    }
}
