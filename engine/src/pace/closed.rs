//! The closed executors: an iteration is due when its VU is free.

use super::{Ramping, share, share_by_vus};
use crate::clock::Nanos;
use crate::plan::Load;

/// What a free VU does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Starts an iteration.
    Start,
    /// Nothing until this instant.
    Wait(Nanos),
    /// Nothing more in this stage.
    End,
}

/// What is left for the VUs of one worker.
#[derive(Debug)]
enum Left {
    /// As many as fit into the time.
    Time,
    /// As many as fit into the time, of as many VUs as were asked for while it ran.
    Held(u32),
    /// As many as fit into the times that a line leaves to each VU.
    Line(Ramping),
    /// Of each VU.
    Each(Vec<u32>),
    /// Of all together.
    Shared(u32),
}

/// One worker's part of a closed load.
#[derive(Debug)]
pub struct Closed {
    last_start: Nanos,
    left: Left,
}

impl Closed {
    /// The part of worker `index` of `workers` in a stage that begins at `begin`; an open load has none.
    pub fn new(load: &Load, begin: Nanos, index: usize, workers: usize) -> Closed {
        let left = match load {
            Load::ConstantVus { .. } | Load::ArrivalRate(_) => Left::Time,
            Load::RampingVus { start, ramps, ramp_down } => {
                Left::Line(Ramping::new(*start, ramps, *ramp_down, begin, index, workers))
            }
            Load::PerVuIterations { vus, iterations, .. } => {
                Left::Each(vec![*iterations; share(*vus, index, workers) as usize])
            }
            Load::SharedIterations { vus, iterations, .. } => {
                Left::Shared(share_by_vus(*iterations, *vus, index, workers))
            }
        };
        Closed { last_start: begin + load.duration(), left }
    }

    /// What VU `slot` (from 0, of this worker) does, being free at `now`.
    pub fn next(&mut self, slot: usize, now: Nanos) -> Next {
        if now >= self.last_start {
            return Next::End;
        }
        let left = match &mut self.left {
            Left::Time => return Next::Start,
            Left::Held(vus) if slot < *vus as usize => return Next::Start,
            Left::Held(_) => return Next::Wait(self.last_start),
            Left::Line(line) => return line.next(slot, now),
            Left::Each(each) => each.get_mut(slot),
            Left::Shared(left) => Some(left),
        };
        match left {
            Some(left) if *left > 0 => {
                *left -= 1;
                Next::Start
            }
            _ => Next::End,
        }
    }

    /// When an iteration that VU `slot` starts at `now` is cut off because the VU is taken away; nothing where the
    /// stage's own end is what ends it.
    pub fn cut_off(&self, slot: usize, now: Nanos) -> Option<Nanos> {
        match &self.left {
            Left::Line(line) => line.cut_off(slot, now),
            _ => None,
        }
    }

    /// From now on this worker has so many VUs, to the stage's end; loads of a number of iterations stay as they are.
    pub fn change_vus(&mut self, vus: u32) {
        if matches!(self.left, Left::Time | Left::Held(_) | Left::Line(_)) {
            self.left = Left::Held(vus);
        }
    }

    /// Whether the VUs are as many as were asked for while it ran.
    pub fn is_held(&self) -> bool {
        matches!(self.left, Left::Held(_))
    }

    /// Iterations that the time did not suffice for; k6 reports them as dropped.
    pub fn unstarted(&self) -> u64 {
        match &self.left {
            Left::Time | Left::Held(_) | Left::Line(_) => 0,
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

    fn started(pace: &mut Closed, slot: usize, at: impl IntoIterator<Item = u64>) -> usize {
        at.into_iter().filter(|ms| pace.next(slot, Nanos(ms * 1_000_000)) == Next::Start).count()
    }

    #[test]
    fn constant_vus_start_until_the_time_is_up() {
        let mut pace = Closed::new(&Load::ConstantVus { vus: 3, duration: SECOND }, Nanos(0), 0, 2);
        assert_eq!(started(&mut pace, 1, [0, 500, 999, 1000, 2000]), 3);
        assert_eq!((pace.unstarted(), pace.cut_off(0, Nanos(0))), (0, None));
    }

    #[test]
    fn vus_that_are_changed_start_or_wait_until_they_are_wanted_again() {
        let ramps = vec![crate::plan::Ramp { duration: SECOND, target: 0 }];
        for load in [
            Load::ConstantVus { vus: 2, duration: SECOND },
            Load::RampingVus { start: 2, ramps, ramp_down: Duration::ZERO },
        ] {
            let mut pace = Closed::new(&load, Nanos(0), 0, 1);
            assert!(!pace.is_held());
            pace.change_vus(3);
            assert_eq!(started(&mut pace, 2, [0, 999, 1000]), 2);
            pace.change_vus(1);
            assert_eq!(pace.next(1, Nanos(7)), Next::Wait(Nanos(1_000_000_000)));
            assert_eq!(pace.next(0, Nanos(7)), Next::Start);
            assert_eq!((pace.cut_off(0, Nanos(7)), pace.is_held()), (None, true));
        }
        let mut pace = Closed::new(
            &Load::PerVuIterations { vus: 1, iterations: 2, max_duration: SECOND },
            Nanos(0),
            0,
            1,
        );
        pace.change_vus(9);
        assert_eq!((started(&mut pace, 0, 0..9), started(&mut pace, 1, 0..9)), (2, 0));
    }

    #[test]
    fn iterations_that_time_did_not_suffice_for_are_left_over() {
        let load = Load::PerVuIterations { vus: 2, iterations: 5, max_duration: SECOND };
        let mut pace = Closed::new(&load, Nanos(0), 0, 1);
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
                let mut pace = Closed::new(&load, Nanos(0), index, workers);
                let slots = share(vus, index, workers) as usize;
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
