//! A version of the scenario that VUs run, and how they come from one to the next.
//!
//! A new version reaches a worker as an [`Order`](super::Order), so that nothing is shared or locked: the worker's own
//! thread notes its number, and each VU looks at that number before an iteration. A VU whose version is another drops
//! its instance, which frees its place in the pool, and makes one of the new version; its connections, cookies and
//! random numbers move over. When the last VU has left a version, its code goes.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::mpsc::UnboundedSender;

use super::{Assignment, Report};
use crate::guest::{Program, Surroundings};

/// The first iterations of a new version that are watched, and how many of them may not trap.
const WATCHED: u32 = 10;
const TOO_MANY: u32 = 3;

/// A version of the scenario.
pub struct Edition {
    /// One more with each swap, from 0.
    pub number: u32,
    /// What its samples are tagged with; the same for all editions of one component.
    pub tag: Arc<str>,
    /// Its code.
    pub program: Program,
    /// What its instances see.
    pub around: Arc<Surroundings>,
    /// Whether its first iterations decide if it stays.
    pub trial: Option<Trial>,
}

/// Counts what the first iterations of a version come to, on all workers together: the only time that they share
/// anything while they run, for [`WATCHED`] iterations.
#[derive(Debug, Default)]
pub struct Trial {
    ended: AtomicU32,
    trapped: AtomicU32,
}

impl Trial {
    /// Notes the end of an iteration; true for the one with which the version has failed.
    pub(super) fn fails(&self, trapped: bool) -> bool {
        if self.settled() || self.ended.fetch_add(1, Ordering::Relaxed) >= WATCHED {
            return false;
        }
        trapped && self.trapped.fetch_add(1, Ordering::Relaxed) + 1 == TOO_MANY
    }

    /// Whether enough iterations have been seen.
    pub fn settled(&self) -> bool {
        self.ended.load(Ordering::Relaxed) >= WATCHED
    }

    /// What a version fails by.
    pub fn rule() -> String {
        format!("{TOO_MANY} of its first {WATCHED} iterations")
    }
}

/// What a worker plays, and the version of it that is on.
pub(super) struct Playing {
    pub assignment: Assignment,
    edition: RefCell<Arc<Edition>>,
    number: Cell<u32>,
    reports: UnboundedSender<(usize, Report)>,
}

impl Playing {
    pub(super) fn new(
        assignment: Assignment,
        edition: Arc<Edition>,
        reports: UnboundedSender<(usize, Report)>,
    ) -> Playing {
        Playing { assignment, number: Cell::new(edition.number), edition: RefCell::new(edition), reports }
    }

    /// Puts a version on.
    pub(super) fn put_on(&self, edition: Arc<Edition>) {
        self.number.set(edition.number);
        self.edition.replace(edition);
    }

    /// Tells the conductor something.
    pub(super) fn tell(&self, report: Report) {
        // Nobody listens any more when the conductor has given up on the layer.
        let _ = self.reports.send((self.assignment.index, report));
    }

    /// Tells that a version is not fit to run.
    pub(super) fn unfit(&self, edition: &Edition, why: String) {
        self.tell(Report::Unfit { edition: edition.number, why });
    }

    /// The number of the version that is on.
    pub(super) fn number(&self) -> u32 {
        self.number.get()
    }

    /// The version that is on.
    pub(super) fn edition(&self) -> Arc<Edition> {
        Arc::clone(&self.edition.borrow())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_fails_by_its_third_trap_of_ten_and_only_once() {
        let ends = |traps: &[bool]| {
            let trial = Trial::default();
            let fails: Vec<_> = traps
                .iter()
                .enumerate()
                .filter(|(_, trap)| trial.fails(**trap))
                .map(|(nth, _)| nth)
                .collect();
            (fails, trial.settled())
        };
        assert_eq!(ends(&[true; 20]), (vec![2], true));
        assert_eq!(ends(&[false, true, false, true, false, false, true]), (vec![6], false));
        let mut late = [false; 20];
        late[8..].fill(true);
        assert_eq!(ends(&late), (vec![], true), "the third trap is that of the eleventh");
    }
}
