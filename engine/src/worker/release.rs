//! The release loop of an open load: iterations start when they are due.
//!
//! HOT. One of these runs per worker and stage. A wake-up releases everything that is due by then; an iteration's
//! times are counted from when it was due, however late the loop itself may be. One that finds no free VU is
//! dropped, never queued. While the stage is paused nothing is due.

use std::rc::Rc;

use super::floor::Floor;
use crate::clock::{Nanos, Timer};
use crate::pace::Arrivals;

/// Releases all arrivals, then lets the VUs go.
pub(super) async fn release(floor: Rc<Floor>, arrivals: Arrivals) {
    let mut timer = Timer::new(floor.clock);
    for planned in arrivals {
        let Some(due) = come(&floor, &mut timer, planned).await else { return };
        if floor.turnstile.hand(due) {
            continue;
        }
        // A VU counts as busy while its answer waits to be read: those that have one come first.
        tokio::task::yield_now().await;
        if !floor.turnstile.hand(due) {
            floor.drop_one(due);
        }
    }
    floor.turnstile.close();
}

/// Waits for an arrival, and says when it was due on the run's clock; nothing if the stage was halted.
async fn come(floor: &Floor, timer: &mut Timer, planned: Nanos) -> Option<Nanos> {
    loop {
        let changed = floor.changed.notified();
        match floor.time.get().shows_at(planned) {
            None => changed.await,
            Some(due) => {
                let came = tokio::select! {
                    biased;
                    () = timer.until(due) => true,
                    () = changed => false,
                };
                // A pause may have come in this very turn.
                if came && !floor.stop.get() && floor.time.get().shows_at(planned) == Some(due) {
                    return Some(due);
                }
            }
        }
        if floor.stop.get() {
            return None;
        }
    }
}
