//! The closed executors: an iteration is due when its VU is free.

use crate::clock::Nanos;
use crate::plan::Load;

use super::{share, share_by_vus};

/// What a free VU does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Starts an iteration that was due at this instant.
    Start(Nanos),
    /// Nothing more in this stage.
    End,
}

/// What is left for the VUs of one worker.
#[derive(Debug)]
enum Left {
    /// As many as fit into the time.
    Time,
    /// Of each VU.
    Each(Vec<u32>),
    /// Of all together.
    Shared(u32),
}

/// One worker's part of a stage's schedule.
#[derive(Debug)]
pub struct Pace {
    vus: u32,
    last_start: Nanos,
    left: Left,
}

impl Pace {
    /// The part of worker `index` of `workers` in a stage that begins at `begin`.
    ///
    /// VUs and shared iterations are dealt out once, as k6 deals them to execution segments: workers share nothing
    /// while they run, so a worker that is done early does not take over what another has left.
    pub fn new(load: &Load, begin: Nanos, index: usize, workers: usize) -> Pace {
        let vus = share(load.vus(), index, workers);
        let left = match load {
            Load::ConstantVus { .. } => Left::Time,
            Load::PerVuIterations { iterations, .. } => Left::Each(vec![*iterations; vus as usize]),
            Load::SharedIterations { vus, iterations, .. } => {
                Left::Shared(share_by_vus(*iterations, *vus, index, workers))
            }
        };
        Pace { vus, last_start: begin + load.duration(), left }
    }

    /// The VUs of this worker in this stage.
    pub fn vus(&self) -> u32 {
        self.vus
    }

    /// The instant after which no iteration starts.
    pub fn last_start(&self) -> Nanos {
        self.last_start
    }

    /// What VU `slot` (from 0, below [`Pace::vus`]) does, being free at `now`.
    pub fn next(&mut self, slot: usize, now: Nanos) -> Next {
        if now >= self.last_start {
            return Next::End;
        }
        let left = match &mut self.left {
            Left::Time => return Next::Start(now),
            Left::Each(each) => each.get_mut(slot),
            Left::Shared(left) => Some(left),
        };
        match left {
            Some(left) if *left > 0 => {
                *left -= 1;
                Next::Start(now)
            }
            _ => Next::End,
        }
    }

    /// Iterations that the time did not suffice for; k6 reports them as dropped.
    pub fn unstarted(&self) -> u64 {
        match &self.left {
            Left::Time => 0,
            Left::Each(each) => each.iter().map(|left| u64::from(*left)).sum(),
            Left::Shared(left) => u64::from(*left),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    const SECOND: Duration = Duration::from_secs(1);

    fn started(pace: &mut Pace, slot: usize, at: impl IntoIterator<Item = u64>) -> usize {
        at.into_iter().filter(|ms| matches!(pace.next(slot, Nanos(ms * 1_000_000)), Next::Start(_))).count()
    }

    #[test]
    fn constant_vus_start_until_the_time_is_up_and_are_due_when_free() {
        let mut pace = Pace::new(&Load::ConstantVus { vus: 3, duration: SECOND }, Nanos(0), 0, 2);
        assert_eq!(pace.vus(), 2);
        assert_eq!(pace.next(0, Nanos(7)), Next::Start(Nanos(7)));
        assert_eq!(started(&mut pace, 1, [0, 500, 999, 1000, 2000]), 3);
        assert_eq!(pace.unstarted(), 0);
    }

    #[test]
    fn iterations_that_time_did_not_suffice_for_are_left_over() {
        let load = Load::PerVuIterations { vus: 2, iterations: 5, max_duration: SECOND };
        let mut pace = Pace::new(&load, Nanos(0), 0, 1);
        assert_eq!(started(&mut pace, 0, 0..100), 5);
        assert_eq!(started(&mut pace, 1, [0, 999, 1000]), 2);
        assert_eq!(pace.unstarted(), 3);
    }

    proptest! {
        #[test]
        fn shared_iterations_run_once_each_over_all_workers(
            vus in 1u32..50, more in 0u32..500, workers in 1usize..9, turns in proptest::collection::vec(0usize..50, 0..50)
        ) {
            let load = Load::SharedIterations { vus, iterations: vus + more, max_duration: SECOND };
            let mut ran = 0;
            for index in 0..workers {
                let mut pace = Pace::new(&load, Nanos(0), index, workers);
                let slots = pace.vus() as usize;
                let order = turns.iter().copied().chain(0..(vus + more) as usize);
                for turn in order.filter(|_| slots > 0) {
                    ran += u32::from(pace.next(turn % slots, Nanos(1)) != Next::End);
                }
                prop_assert_eq!(pace.unstarted(), 0);
            }
            prop_assert_eq!(ran, vus + more);
        }
    }
}
