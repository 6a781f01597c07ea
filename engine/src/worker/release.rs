//! The release loop of an open load: iterations start when they are due.
//!
//! HOT. One of these runs per worker and stage. A wake-up releases everything that is due by then; an iteration's
//! times are counted from when it was due, however late the loop itself may be. One that finds no free VU is
//! dropped, never queued.

use std::rc::Rc;

use super::floor::Floor;
use crate::clock::Timer;
use crate::pace::Arrivals;

/// Releases all arrivals, then lets the VUs go.
pub(super) async fn release(floor: Rc<Floor>, arrivals: Arrivals) {
    let mut timer = Timer::new(floor.clock);
    for due in arrivals {
        timer.until(due).await;
        if floor.stop.get() {
            return;
        }
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
