//! `ramping-vus`: which VUs a line lets iterate, and when one that it takes away is cut off.
//!
//! The line is k6's: on the way up a VU is added when the line reaches it, on the way down one is taken away when the
//! line reaches the number without it; a jump takes effect at once. VU `g` (from 0, over all workers) is there while
//! the number is above `g`.
//!
//! | a VU, the line | its iteration |
//! |---|---|
//! | is there | starts one after another |
//! | is taken away | none starts; the one that runs may go on for the ramp-down's grace |
//! | comes back within the grace | the one that runs is not disturbed, and others follow it |
//! | stays away for longer | is cut off, counted as interrupted; the VU starts anew when it comes back |
//! | the stage's time is over | the stage's own grace counts |

use std::time::Duration;

use super::Next;
use crate::clock::Nanos;
use crate::plan::Ramp;

/// A straight piece of the line.
#[derive(Clone, Copy, Debug)]
struct Piece {
    begin: u64,
    length: u64,
    from: u32,
    to: u32,
}

/// The line, and which of its VUs this worker has.
#[derive(Debug)]
pub struct Ramping {
    pieces: Vec<Piece>,
    end: Nanos,
    ramp_down: Duration,
    index: u64,
    workers: u64,
}

/// A time in which a VU is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    from: Nanos,
    to: Nanos,
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl Piece {
    /// How far into the piece the line has moved by `steps`, rounded up to a nanosecond.
    fn after(&self, steps: u32) -> Nanos {
        let moved = u128::from(self.from.abs_diff(self.to)).max(1);
        let time = (u128::from(steps) * u128::from(self.length)).div_ceil(moved);
        Nanos(self.begin.saturating_add(u64::try_from(time).unwrap_or(u64::MAX)))
    }

    /// When VU `g` is there in this piece.
    fn span(&self, g: u64) -> Option<Span> {
        let (from, to) = (u64::from(self.from), u64::from(self.to));
        let (begin, end) = (Nanos(self.begin), Nanos(self.begin.saturating_add(self.length)));
        let steps = |steps: u64| self.after(u32::try_from(steps).unwrap_or(u32::MAX));
        match (from > g, to > g) {
            (true, true) => Some(Span { from: begin, to: end }),
            (false, true) => Some(Span { from: steps(g + 1 - from), to: end }),
            (true, false) => Some(Span { from: begin, to: steps(from - g) }),
            (false, false) => None,
        }
    }
}

impl Ramping {
    /// The line of a stage that begins at `begin`, for worker `index` of `workers`.
    pub fn new(
        start: u32,
        ramps: &[Ramp],
        ramp_down: Duration,
        begin: Nanos,
        index: usize,
        workers: usize,
    ) -> Ramping {
        let (mut at, mut value) = (begin.0, start);
        let mut pieces = Vec::with_capacity(ramps.len());
        for ramp in ramps {
            let length = nanos(ramp.duration);
            if length > 0 {
                pieces.push(Piece { begin: at, length, from: value, to: ramp.target });
            }
            at = at.saturating_add(length);
            value = ramp.target;
        }
        let whole = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Ramping { pieces, end: Nanos(at), ramp_down, index: whole(index), workers: whole(workers.max(1)) }
    }

    /// The times in which VU `slot` of this worker is there, those that touch taken as one.
    fn spans(&self, slot: usize) -> impl Iterator<Item = Span> {
        let g =
            u64::try_from(slot).unwrap_or(u64::MAX).saturating_mul(self.workers).saturating_add(self.index);
        let mut pieces =
            self.pieces.iter().filter_map(move |piece| piece.span(g)).filter(|span| span.from < span.to);
        let mut pending = pieces.next();
        std::iter::from_fn(move || {
            let mut span = pending?;
            loop {
                pending = pieces.next();
                match pending {
                    Some(next) if next.from <= span.to => span.to = next.to,
                    _ => return Some(span),
                }
            }
        })
    }

    /// What VU `slot`, being free at `now`, does.
    pub fn next(&self, slot: usize, now: Nanos) -> Next {
        match self.spans(slot).find(|span| span.to > now) {
            None => Next::End,
            Some(span) if span.from > now => Next::Wait(span.from),
            Some(_) => Next::Start,
        }
    }

    /// When an iteration that VU `slot` starts at `now` is cut off.
    pub fn cut_off(&self, slot: usize, now: Nanos) -> Option<Nanos> {
        let mut spans = self.spans(slot).skip_while(|span| span.to <= now).peekable();
        while let Some(span) = spans.next() {
            if span.to >= self.end {
                return None;
            }
            let cut = span.to + self.ramp_down;
            if spans.peek().is_none_or(|next| next.from > cut) {
                return Some(cut);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::share;
    use proptest::prelude::*;

    const SECOND: u64 = 1_000_000_000;

    fn ramp(ms: u64, target: u32) -> Ramp {
        Ramp { duration: Duration::from_millis(ms), target }
    }

    fn there(line: &Ramping, slots: usize, at: Nanos) -> u32 {
        (0..slots).map(|slot| u32::from(line.next(slot, at) == Next::Start)).sum()
    }

    /// k6's documentation of the executor: 10 VUs in 10 s, one more each second.
    #[test]
    fn vus_come_and_go_when_the_line_reaches_them() {
        let ramps = [ramp(10_000, 10), ramp(0, 4), ramp(2000, 4), ramp(4000, 0)];
        let line = Ramping::new(0, &ramps, Duration::ZERO, Nanos(0), 0, 1);
        for (at, vus) in [
            (0, 0),
            (SECOND - 1, 0),
            (SECOND, 1),
            (3 * SECOND + 5, 3),
            (10 * SECOND - 1, 9),
            (10 * SECOND, 4),
            (12 * SECOND, 4),
            (13 * SECOND - 1, 4),
            (13 * SECOND, 3),
            (16 * SECOND - 1, 1),
            (16 * SECOND, 0),
        ] {
            assert_eq!(there(&line, 10, Nanos(at)), vus, "at {at}");
        }
        assert_eq!(line.next(0, Nanos(0)), Next::Wait(Nanos(SECOND)));
        assert_eq!(line.next(9, Nanos(10 * SECOND)), Next::End);
    }

    #[test]
    fn a_vu_that_is_taken_away_is_cut_off_unless_it_comes_back_in_time() {
        // Away from 2 s to 5 s, and for good at 8 s, before the end at 9 s.
        let ramps =
            [ramp(2000, 1), ramp(0, 0), ramp(3000, 0), ramp(0, 1), ramp(3000, 1), ramp(0, 0), ramp(1000, 0)];
        let line = |grace: u64| Ramping::new(1, &ramps, Duration::from_secs(grace), Nanos(0), 0, 1);
        assert_eq!(line(1).cut_off(0, Nanos(SECOND)), Some(Nanos(3 * SECOND)));
        assert_eq!(line(3).cut_off(0, Nanos(SECOND)), Some(Nanos(11 * SECOND)), "it comes back in time");
        assert_eq!(line(1).cut_off(0, Nanos(6 * SECOND)), Some(Nanos(9 * SECOND)));
        assert_eq!(line(1).next(0, Nanos(3 * SECOND)), Next::Wait(Nanos(5 * SECOND)));
        let steady = Ramping::new(1, &[ramp(9000, 1)], Duration::from_secs(1), Nanos(0), 0, 1);
        assert_eq!(steady.cut_off(0, Nanos(5)), None, "the stage's end is not the ramp's");
    }

    proptest! {
        #[test]
        fn workers_have_together_what_the_line_says(
            start in 0u32..40,
            points in proptest::collection::vec((0u64..3000, 0u32..40), 1..6),
            workers in 1usize..5,
            at in 0u64..15_000,
        ) {
            let ramps: Vec<Ramp> = points.iter().map(|(ms, target)| ramp(*ms, *target)).collect();
            let (mut before, mut value, mut truth) = (0, start, None);
            for (ms, target) in &points {
                if at < before + ms && truth.is_none() {
                    let line = f64::from(value)
                        + (f64::from(*target) - f64::from(value)) * (at - before) as f64 / *ms as f64;
                    // Rounding of the test's own arithmetic.
                    truth = Some(if *target >= value { (line + 1e-9).floor() } else { (line - 1e-9).ceil() });
                }
                before += ms;
                value = *target;
            }
            let mut vus = 0;
            for index in 0..workers {
                let line = Ramping::new(start, &ramps, Duration::ZERO, Nanos(0), index, workers);
                let here = there(&line, 40, Nanos(at * 1_000_000));
                let all = truth.unwrap_or(0.0) as u32;
                prop_assert_eq!(here, share(all, index, workers));
                vus += here;
            }
            prop_assert_eq!(f64::from(vus), truth.unwrap_or(0.0));
        }
    }
}
