//! When iterations start. Pure: time and seed come in as parameters, nothing here waits.
//!
//! A worker makes one [`Pace`] for its part of a stage. Of a closed load it asks [`Closed`], whenever a VU is free,
//! what that VU does next; an iteration is due the moment its VU is free. Of an open load it takes the instants at
//! which iterations are due from [`Arrivals`], whether a VU is free then or not.

mod arrivals;
mod closed;
mod ramping;
mod share;
mod stage_clock;

use crate::clock::Nanos;
use crate::plan::Load;

pub use arrivals::Arrivals;
pub use closed::{Closed, Next};
pub use ramping::Ramping;
pub use share::{share, share_by_vus};
pub use stage_clock::StageClock;

/// One worker's part of a stage's schedule.
#[derive(Debug)]
pub struct Pace {
    /// The VUs of this worker that are there from the start.
    pub vus: u32,
    /// The most VUs of this worker.
    pub max_vus: u32,
    /// The instant after which no iteration starts.
    pub last_start: Nanos,
    /// When they start.
    pub starts: Starts,
}

/// What decides when iterations start.
#[derive(Debug)]
pub enum Starts {
    /// A free VU.
    Closed(Closed),
    /// The clock.
    Open(Arrivals),
}

impl Pace {
    /// The part of worker `index` of `workers` in a stage that begins at `begin`.
    ///
    /// VUs, shared iterations and arrivals are dealt out once: workers share nothing while they run, so a worker that
    /// is done early does not take over what another has left. The VUs of all workers are numbered from 0 in turn:
    /// worker 1 of 3 has the VUs 1, 4, 7, ...
    pub fn new(load: &Load, begin: Nanos, index: usize, workers: usize, seed: u64) -> Pace {
        let starts = match load {
            Load::ArrivalRate(rate) => Starts::Open(Arrivals::new(rate, begin, index, workers, seed)),
            _ => Starts::Closed(Closed::new(load, begin, index, workers)),
        };
        Pace {
            vus: share(load.vus(), index, workers),
            max_vus: share(load.max_vus(), index, workers),
            last_start: begin + load.duration(),
            starts,
        }
    }
}
