//! The release loop of an open load: iterations start when they are due.
//!
//! HOT. One of these runs per worker and stage. A wake-up releases everything that is due by then; an iteration's
//! times are counted from when it was due, however late the loop itself may be. One that finds no free VU is
//! dropped, never queued. While the stage is paused nothing is due.

use std::rc::Rc;

use super::floor::Floor;
use crate::clock::{Nanos, Timer};

/// What a wait ended with.
enum Came {
    /// It was due then, on the run's clock.
    Due(Nanos),
    /// Something changed: it may be due at another time.
    Changed,
    /// The stage was halted.
    Halted,
}

/// Releases all arrivals, the last ones before `end` on the stage's clock, then lets the VUs go.
pub(super) async fn release(floor: Rc<Floor>, end: Nanos) {
    let Some(arrivals) = &floor.arrivals else { return floor.turnstile.close() };
    let mut timer = Timer::new(floor.clock);
    let mut next = arrivals.borrow_mut().next();
    loop {
        // A rate that was made slow may be made fast again until the stage ends.
        let wait = next.or_else(|| arrivals.borrow().is_changed().then_some(end));
        let Some(planned) = wait else { break };
        match come(&floor, &mut timer, planned).await {
            Came::Halted => return,
            Came::Changed => next = arrivals.borrow_mut().again(),
            Came::Due(_) if next.is_none() => break,
            Came::Due(due) => {
                start(&floor, due).await;
                next = arrivals.borrow_mut().next();
            }
        }
    }
    floor.turnstile.close();
}

/// Hands an iteration to a free VU, or drops it.
async fn start(floor: &Floor, due: Nanos) {
    if floor.turnstile.hand(due) {
        return;
    }
    // A VU counts as busy while its answer waits to be read: those that have one come first.
    tokio::task::yield_now().await;
    if !floor.turnstile.hand(due) {
        floor.drop_one(due);
    }
}

/// Waits for an instant of the stage's clock.
async fn come(floor: &Floor, timer: &mut Timer, planned: Nanos) -> Came {
    let changed = floor.changed.notified();
    let came = match floor.time.get().shows_at(planned) {
        None => {
            changed.await;
            None
        }
        Some(due) => tokio::select! {
            biased;
            () = timer.until(due) => Some(due),
            () = changed => None,
        },
    };
    match came {
        _ if floor.stop.get() => Came::Halted,
        // A pause may have come in this very turn.
        Some(due) if floor.time.get().shows_at(planned) == Some(due) => Came::Due(due),
        _ => Came::Changed,
    }
}
