//! The clock of a stage, which stands still while the stage is paused.
//!
//! Schedules are made on it: what was due after a pause began is due as much later as the pause was long, and the
//! stage's end comes as much later. Nothing is due in a pause, so nothing is late or dropped for it. Workers hear of
//! a pause a little before it begins and of its end a little before that, as instants that are the same for all.

use std::time::Duration;

use crate::clock::Nanos;

/// How a stage's time lies on the run's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageClock {
    /// How long it has stood still.
    stood: Duration,
    /// When it stopped, if it stands.
    stopped: Option<Nanos>,
}

impl StageClock {
    /// It stops at an instant of the run's clock; one that stands is not stopped again.
    pub fn pause(&mut self, at: Nanos) {
        self.stopped.get_or_insert(at);
    }

    /// It goes on at an instant of the run's clock.
    pub fn resume(&mut self, at: Nanos) {
        if let Some(stopped) = self.stopped.take() {
            self.stood = self.stood.saturating_add(at.since(stopped));
        }
    }

    /// When, on the run's clock, it shows `planned`; nothing while it stands before that.
    pub fn shows_at(&self, planned: Nanos) -> Option<Nanos> {
        let at = planned + self.stood;
        self.stopped.is_none_or(|stopped| at < stopped).then_some(at)
    }

    /// What it shows `at` an instant of the run's clock; nothing if it stands then.
    pub fn goes_at(&self, at: Nanos) -> Option<Nanos> {
        self.stopped.is_none_or(|stopped| at < stopped).then(|| self.shown(at))
    }

    /// What it shows at an instant of the run's clock, also while it stands.
    pub fn shown(&self, at: Nanos) -> Nanos {
        let at = self.stopped.map_or(at, |stopped| at.min(stopped));
        Nanos(at.0.saturating_sub(u64::try_from(self.stood.as_nanos()).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::Arrivals;
    use crate::plan::{ArrivalRate, Ramp, Spacing};
    use proptest::prelude::*;

    #[test]
    fn what_is_due_after_a_pause_is_later_by_it() {
        let mut clock = StageClock::default();
        assert_eq!((clock.shows_at(Nanos(7)), clock.goes_at(Nanos(7))), (Some(Nanos(7)), Some(Nanos(7))));
        clock.pause(Nanos(10));
        clock.pause(Nanos(12));
        assert_eq!((clock.shows_at(Nanos(9)), clock.shows_at(Nanos(10))), (Some(Nanos(9)), None));
        assert_eq!((clock.goes_at(Nanos(9)), clock.goes_at(Nanos(50))), (Some(Nanos(9)), None));
        assert_eq!(clock.shown(Nanos(50)), Nanos(10));
        clock.resume(Nanos(30));
        clock.resume(Nanos(40));
        assert_eq!((clock.shows_at(Nanos(10)), clock.goes_at(Nanos(35))), (Some(Nanos(30)), Some(Nanos(15))));
        // It was over before it began.
        clock.pause(Nanos(60));
        clock.resume(Nanos(55));
        assert_eq!(clock.goes_at(Nanos(70)), Some(Nanos(50)));
    }

    proptest! {
        #[test]
        fn pauses_lose_no_arrival_and_none_lies_in_them(
            rate in 1u32..3000,
            workers in 1usize..5,
            pauses in proptest::collection::vec((1u64..400, 0u64..400), 0..6),
        ) {
            let ms = |ms: u64| ms * 1_000_000;
            let rate = ArrivalRate {
                constant: true,
                start: rate,
                ramps: vec![Ramp { duration: Duration::from_secs(1), target: rate }],
                time_unit: Duration::from_secs(1),
                vus: 1,
                max_vus: 7,
                spacing: Spacing::Regular,
            };
            let planned: Vec<Nanos> = Arrivals::new(&rate, Nanos(0), 0, 1, 0).collect();
            let mut spans = Vec::new();
            let mut until = 0;
            for (running, paused) in pauses {
                spans.push((Nanos(until + ms(running)), Nanos(until + ms(running + paused))));
                until += ms(running + paused);
            }
            let mut all = Vec::new();
            for index in 0..workers {
                let mut clock = StageClock::default();
                let mut coming = spans.iter();
                for due in Arrivals::new(&rate, Nanos(0), index, workers, 0) {
                    // As a worker does it: what comes first, the arrival or the next pause.
                    let mut at = clock.shows_at(due).expect("it goes");
                    for (from, to) in coming.clone() {
                        if at < *from {
                            break;
                        }
                        clock.pause(*from);
                        prop_assert_eq!(clock.shows_at(due), None);
                        clock.resume(*to);
                        at = clock.shows_at(due).expect("it goes again");
                        coming.next();
                    }
                    prop_assert!(!spans.iter().any(|(from, to)| (*from..*to).contains(&at)), "{at} in a pause");
                    all.push(at);
                }
            }
            all.sort_unstable();
            prop_assert_eq!(all.len(), planned.len());
            for (at, planned) in all.iter().zip(&planned) {
                let stood: Duration = spans
                    .iter()
                    .filter(|(_, to)| *to <= *at)
                    .map(|(from, to)| to.since(*from))
                    .sum();
                prop_assert_eq!(*at, *planned + stood);
            }
        }
    }
}
