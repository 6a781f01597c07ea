//! The arrival-rate executors: iterations are due by the clock.
//!
//! A rate that follows a line has made `A(x) = f·x + (t − f)·x² / 2D` arrivals due when time `x` of a piece from `f` to
//! `t` in time `D` has passed. Arrival `i` is due when the area under the whole line reaches `i`, counted from 1 as
//! k6 does; solved for `x`, in the form that stays exact for flat pieces:
//! `x = 2a / (f + sqrt(f² + 2a(t − f) / D))` with the area `a` that is left for this piece.
//!
//! Ramping from 0 to 10 per second in 2 s makes 10 arrivals due, the first at `sqrt(0.4)` s = 632 ms, the last at 2 s.
//! A constant rate needs no area: arrival `k` from 0 is due at `k × unit / rate` exactly.
//!
//! Poisson arrivals are those of a process with that rate: instead of at 1, 2, 3, ... they are due where the sums of
//! exponential numbers of mean 1 lie on the same area.
//!
//! A rate that is changed while it runs bends the line from that instant on: it goes on flat to the stage's end. Marks stay
//! where they are, so that no arrival is lost or doubled, whatever each worker has released by then.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::clock::Nanos;
use crate::plan::{ArrivalRate, Spacing};

/// A straight piece of the rate's line, in arrivals per nanosecond.
#[derive(Clone, Copy, Debug)]
struct Piece {
    length: f64,
    from: f64,
    to: f64,
}

impl Piece {
    fn area(&self) -> f64 {
        (self.from + self.to) / 2.0 * self.length
    }

    /// The time at which the area is `a`, at most its length.
    fn time(&self, a: f64) -> f64 {
        let root = (self.from * self.from + 2.0 * a * (self.to - self.from) / self.length).max(0.0).sqrt();
        let speed = self.from + root;
        if speed > 0.0 { (2.0 * a / speed).min(self.length) } else { self.length }
    }
}

/// Where on the area arrivals are due.
#[derive(Debug)]
enum Marks {
    /// At every whole number.
    Whole,
    /// At sums of exponential numbers.
    Poisson(Box<StdRng>, f64),
}

/// The instants at which one worker's iterations are due, in order.
#[derive(Debug)]
pub struct Arrivals {
    begin: Nanos,
    duration: Duration,
    /// Of a constant rate: its rate, and the unit in nanoseconds.
    constant: Option<(u64, u128)>,
    pieces: Vec<Piece>,
    /// The piece that is being gone through, the area before it, and the time before it in nanoseconds.
    piece: usize,
    area: f64,
    time: f64,
    marks: Marks,
    /// The area at which the arrival of number 0 is due, where they are due at whole numbers.
    first: f64,
    /// The number and the mark of the arrival that was given last, or that would have been after the stage's end.
    given: Option<(u64, f64)>,
    changed: bool,
    /// The number of the next arrival of all workers, from 0.
    next: u64,
    max_vus: u64,
    index: u64,
    workers: u64,
}

impl Arrivals {
    /// The arrivals of worker `index` of `workers` in a stage that begins at `begin`.
    ///
    /// Arrivals go round the VUs of all workers, so that each worker gets them in proportion to its VUs and all of
    /// them together are the whole schedule, at every moment.
    pub fn new(rate: &ArrivalRate, begin: Nanos, index: usize, workers: usize, seed: u64) -> Arrivals {
        let unit = rate.time_unit.as_nanos().max(1);
        let speed = |target: u32| f64::from(target) / unit as f64;
        let mut pieces = Vec::with_capacity(rate.ramps.len());
        let (mut from, mut duration) = (rate.start, Duration::ZERO);
        for ramp in &rate.ramps {
            if !ramp.duration.is_zero() {
                let length = ramp.duration.as_nanos() as f64;
                pieces.push(Piece { length, from: speed(from), to: speed(ramp.target) });
            }
            duration = duration.saturating_add(ramp.duration);
            from = ramp.target;
        }
        let regular = rate.spacing == Spacing::Regular;
        let marks =
            if regular { Marks::Whole } else { Marks::Poisson(Box::new(StdRng::seed_from_u64(seed)), 0.0) };
        let whole = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Arrivals {
            begin,
            duration,
            constant: (rate.constant && regular).then(|| (u64::from(rate.start), unit)),
            pieces,
            piece: 0,
            area: 0.0,
            time: 0.0,
            marks,
            first: if rate.constant { 0.0 } else { 1.0 },
            given: None,
            changed: false,
            next: 0,
            max_vus: u64::from(rate.max_vus.max(1)),
            index: whole(index),
            workers: whole(workers.max(1)),
        }
    }

    /// The area at which arrival `number` of all workers is due, which must be the one after that of the call before.
    fn mark(&mut self, number: u64) -> f64 {
        match &mut self.marks {
            Marks::Whole => number as f64 + self.first,
            Marks::Poisson(random, sum) => {
                let uniform: f64 = random.random();
                *sum -= (1.0 - uniform).ln();
                *sum
            }
        }
    }

    /// When arrival `number` is due, whose mark must not be before that of the call before.
    fn due(&mut self, number: u64, mark: f64) -> Option<Nanos> {
        let after = match self.constant {
            Some((rate, unit)) => {
                let after = u128::from(number) * unit / u128::from(rate.max(1));
                (after < self.duration.as_nanos()).then(|| u64::try_from(after).unwrap_or(u64::MAX))?
            }
            None => {
                let after = self.reaching(mark)?.round() as u64;
                // A constant rate makes nothing due with its very end.
                let over = self.first == 0.0 && u128::from(after) >= self.duration.as_nanos();
                (!over).then_some(after)?
            }
        };
        Some(Nanos(self.begin.0.saturating_add(after)))
    }

    /// Whether the rate has been changed.
    pub fn is_changed(&self) -> bool {
        self.changed
    }

    /// The arrival that was given last, as it is due by now; nothing if it is not due in this stage.
    pub fn again(&mut self) -> Option<Nanos> {
        let (number, mark) = self.given?;
        self.due(number, mark)
    }

    /// From `at` on, to the stage's end, this many arrivals per second are due. What was given before stays as it is,
    /// except for the last one, which [`Arrivals::again`] gives anew.
    pub fn change_rate(&mut self, at: Nanos, per_second: f64) {
        let at = at.since(self.begin).as_nanos() as f64;
        let (mut before, mut kept) = (0.0, Vec::with_capacity(self.pieces.len() + 1));
        for piece in &self.pieces {
            let gone = (at - before).min(piece.length);
            if gone <= 0.0 {
                break;
            }
            let to = piece.from + (piece.to - piece.from) * (gone / piece.length);
            kept.push(Piece { length: gone, from: piece.from, to });
            before += gone;
        }
        let left = self.duration.as_nanos() as f64 - before;
        if left > 0.0 {
            let rate = per_second / 1e9;
            kept.push(Piece { length: left, from: rate, to: rate });
        }
        // Numbers so far were due by their own formula, which is the line's at its whole areas.
        self.constant = None;
        self.changed = true;
        (self.pieces, self.piece, self.area, self.time) = (kept, 0, 0.0, 0.0);
    }

    /// The time at which the area reaches a mark.
    fn reaching(&mut self, mark: f64) -> Option<f64> {
        while let Some(piece) = self.pieces.get(self.piece) {
            let area = piece.area();
            // An arrival that is due with the very end of a piece must not be lost to rounding.
            if mark <= (self.area + area) * (1.0 + 4.0 * f64::EPSILON) {
                return Some(self.time + piece.time(mark - self.area));
            }
            self.area += area;
            self.time += piece.length;
            self.piece += 1;
        }
        None
    }
}

impl Iterator for Arrivals {
    type Item = Nanos;

    fn next(&mut self) -> Option<Nanos> {
        // A worker without VUs has no arrivals.
        if self.index >= self.max_vus.min(self.workers) {
            return None;
        }
        loop {
            let number = self.next;
            let mark = self.mark(number);
            self.next += 1;
            if number % self.max_vus % self.workers == self.index {
                self.given = Some((number, mark));
                return self.due(number, mark);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Ramp;
    use proptest::prelude::*;

    const SECOND: u64 = 1_000_000_000;

    fn constant(rate: u32, unit_ms: u64, ms: u64) -> ArrivalRate {
        ArrivalRate {
            constant: true,
            start: rate,
            ramps: vec![Ramp { duration: Duration::from_millis(ms), target: rate }],
            time_unit: Duration::from_millis(unit_ms),
            vus: 1,
            max_vus: 7,
            spacing: Spacing::Regular,
        }
    }

    fn ramping(start: u32, points: &[(u64, u32)]) -> ArrivalRate {
        let ramp = |(ms, target): &(u64, u32)| Ramp { duration: Duration::from_millis(*ms), target: *target };
        ArrivalRate {
            constant: false,
            ramps: points.iter().map(ramp).collect(),
            ..constant(start, 1000, 1000)
        }
    }

    fn all(rate: &ArrivalRate, seed: u64) -> Vec<u64> {
        Arrivals::new(rate, Nanos(0), 0, 1, seed).map(|due| due.0).collect()
    }

    /// The area under the rate's line at a time in seconds.
    fn area(start: u32, points: &[(u64, u32)], at: f64) -> f64 {
        let (mut area, mut before, mut from) = (0.0, 0.0, f64::from(start));
        for (ms, to) in points {
            let (length, to) = (*ms as f64 / 1000.0, f64::from(*to));
            let x = (at - before).clamp(0.0, length);
            if length > 0.0 {
                area += from * x + (to - from) * x * x / (2.0 * length);
            }
            before += length;
            from = to;
        }
        area
    }

    #[test]
    fn a_constant_rate_starts_at_once_and_keeps_its_distance() {
        assert_eq!(all(&constant(4, 1000, 1000), 0), [0, SECOND / 4, SECOND / 2, 3 * SECOND / 4]);
        assert_eq!(all(&constant(3, 1000, 1001), 0), [0, 333_333_333, 666_666_666, SECOND]);
        assert_eq!(all(&constant(1, 60_000, 120_000), 0), [0, 60 * SECOND]);
        assert_eq!(all(&constant(1_000_000, 1000, 1000), 0).len(), 1_000_000);
    }

    #[test]
    fn a_ramp_follows_the_area() {
        let due = all(&ramping(0, &[(2000, 10)]), 0);
        assert_eq!((due.len(), due[0], due[9]), (10, 632_455_532, 2 * SECOND));
        // Flat: the first is not at 0, the last is with the end.
        assert_eq!(all(&ramping(2, &[(1000, 2)]), 0), [SECOND / 2, SECOND]);
        // Down to nothing and up again by a jump; fractions go over into the next piece.
        let due = all(&ramping(3, &[(1000, 0), (0, 4), (1000, 4)]), 0);
        assert_eq!(due.len(), 5);
        assert_eq!(
            due[1..],
            [SECOND + SECOND / 8, SECOND + 3 * SECOND / 8, SECOND + 5 * SECOND / 8, SECOND + 7 * SECOND / 8]
        );
    }

    proptest! {
        #[test]
        fn any_window_holds_rate_times_time_and_at_most_one_more_or_less(
            rate in 1u32..5000, unit in 1u64..5000, from in 0u64..2_000_000_000, length in 0u64..2_000_000_000
        ) {
            let due = all(&constant(rate, unit, 4000), 0);
            let held = due.iter().filter(|due| (from..from + length).contains(due)).count();
            let exact = f64::from(rate) * length as f64 / (unit as f64 * 1e6);
            prop_assert!((held as f64 - exact).abs() <= 1.0, "{held} in a window for {exact}");
        }

        #[test]
        fn arrival_i_is_due_when_the_area_reaches_i(
            start in 0u32..300, points in proptest::collection::vec((0u64..3000, 0u32..300), 1..6)
        ) {
            let due = all(&ramping(start, &points), 0);
            let end: u64 = points.iter().map(|(ms, _)| ms).sum();
            let whole = area(start, &points, end as f64 / 1000.0);
            prop_assert!((due.len() as f64 - whole.floor()).abs() <= f64::from(u8::from((whole - whole.round()).abs() < 1e-9)));
            prop_assert!(due.is_sorted());
            for (at, i) in due.iter().zip(1..) {
                let reached = area(start, &points, *at as f64 / 1e9);
                prop_assert!((reached - f64::from(i)).abs() < 1e-4, "arrival {i} at {at} with area {reached}");
            }
        }

        #[test]
        fn split_schedules_are_the_whole_at_every_prefix(
            start in 0u32..200, points in proptest::collection::vec((1u64..2000, 0u32..200), 1..4),
            workers in 1usize..6, max_vus in 1u32..40, seed in any::<u64>(), poisson in any::<bool>(), steady in any::<bool>()
        ) {
            let spacing = if poisson { Spacing::Poisson } else { Spacing::Regular };
            let rate = if steady { constant(start.max(1), 1000, 1500) } else { ramping(start, &points) };
            let rate = ArrivalRate { max_vus, spacing, ..rate };
            let mut parts: Vec<u64> = (0..workers)
                .flat_map(|index| Arrivals::new(&rate, Nanos(0), index, workers, seed).map(|due| due.0))
                .collect();
            parts.sort_unstable();
            prop_assert_eq!(parts, all(&rate, seed));
        }
    }

    /// What a worker releases whose rates are changed at these instants, in s and per s.
    fn changed(rate: &ArrivalRate, (index, workers): (usize, usize), changes: &[(f64, f64)]) -> Vec<u64> {
        let mut arrivals = Arrivals::new(rate, Nanos(0), index, workers, 3);
        let mut changes = changes.iter().map(|(at, to)| (Nanos((at * 1e9) as u64), *to)).peekable();
        let (mut released, mut due) = (Vec::new(), arrivals.next());
        loop {
            // What comes first: the arrival that is waited for, or the change.
            while let Some((at, to)) = changes.next_if(|(at, _)| due.is_none_or(|due| due >= *at)) {
                arrivals.change_rate(at, to);
                due = arrivals.again();
            }
            let Some(at) = due else { return released };
            released.push(at.0);
            due = arrivals.next();
        }
    }

    #[test]
    fn a_rate_that_is_changed_goes_on_from_where_it_was() {
        // A quarter of the way to the next arrival has been gone at 4 per s when the rate becomes 2 per s.
        let rate = constant(4, 1000, 2000);
        let due = changed(&rate, (0, 1), &[(0.5625, 2.0)]);
        let ms: Vec<_> = due.iter().map(|due| due / 1_000_000).collect();
        assert_eq!(ms, [0, 250, 500, 937, 1437, 1937]);
        // One that would have come in a minute comes now.
        let due = changed(&constant(1, 60_000, 120_000), (0, 1), &[(30.0, 2.0), (31.0, 0.01)]);
        let ms: Vec<_> = due.iter().map(|due| due / 1_000_000).collect();
        assert_eq!(ms, [0, 30_250, 30_750, 81_000]);
    }

    proptest! {
        #[test]
        fn changed_rates_keep_to_the_area_and_split_as_before(
            start in 1u32..300, steady in any::<bool>(), poisson in any::<bool>(), workers in 1usize..5,
            points in proptest::collection::vec((100u64..1500, 0u32..300), 1..4), max_vus in 1u32..20,
            changes in proptest::collection::vec((0.0f64..4.0, 0.5f64..500.0), 0..4),
        ) {
            let mut changes = changes;
            changes.sort_by(|a, b| a.0.total_cmp(&b.0));
            let spacing = if poisson { Spacing::Poisson } else { Spacing::Regular };
            let rate = if steady { constant(start, 1000, 3000) } else { ramping(start, &points) };
            let rate = ArrivalRate { max_vus, spacing, ..rate };
            let whole = changed(&rate, (0, 1), &changes);
            let mut parts: Vec<u64> =
                (0..workers).flat_map(|index| changed(&rate, (index, workers), &changes)).collect();
            parts.sort_unstable();
            prop_assert_eq!(&parts, &whole);
            prop_assert!(whole.is_sorted());
            // The line as it was in fact, in steps of the test's own.
            if !poisson {
                let first = if steady { 0.0 } else { 1.0 };
                let length: f64 =
                    if steady { 3.0 } else { points.iter().map(|(ms, _)| *ms as f64 / 1000.0).sum() };
                let line: Vec<(u64, u32)> = if steady { vec![(3000, start)] } else { points.clone() };
                let until = |at: f64| {
                    let ends = changes.iter().map(|(at, _)| *at).skip(1).chain([f64::INFINITY]);
                    let planned = area(start, &line, at.min(changes.first().map_or(length, |change| change.0)));
                    let more = changes.iter().zip(ends);
                    planned + more.map(|((from, rate), to)| (at.min(to) - from).max(0.0) * rate).sum::<f64>()
                };
                for (number, due) in whole.iter().enumerate() {
                    let reached = until(*due as f64 / 1e9);
                    prop_assert!((reached - first - number as f64).abs() < 1e-3, "{number} at {due}: {reached}");
                }
                prop_assert!((until(length) - first - whole.len() as f64).abs() <= 1.001);
            }
        }
    }

    #[test]
    fn poisson_arrivals_follow_the_seed_and_the_rate() {
        let rate = ArrivalRate { spacing: Spacing::Poisson, ..constant(1000, 1000, 100_000) };
        let due = all(&rate, 7);
        assert_eq!(due, all(&rate, 7));
        assert_ne!(due, all(&rate, 8));
        // The count of 100,000 expected has a standard deviation of 316: five of them on either side.
        assert!((98_400..101_600).contains(&due.len()), "{}", due.len());
        let gaps: Vec<f64> = due.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / 1e6).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        // Exponential: the standard deviation is the mean, and 36.8 % of gaps are longer than it.
        assert!((variance.sqrt() / mean - 1.0).abs() < 0.03, "{mean} {variance}");
        let longer = gaps.iter().filter(|gap| **gap > mean).count() as f64 / gaps.len() as f64;
        assert!((longer - 0.3679).abs() < 0.01, "{longer}");
    }
}
