//! The versions of a layer's scenario in the course of its load: which one is on, since when, and who still needs an
//! earlier one.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak as RcWeak};
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::Cast;
use crate::clock::Nanos;
use crate::event::ChangeReport;
use crate::guest::{Guest, Program, Surroundings};
use crate::measure::StageTime;
use crate::plan::Manifest;
use crate::worker::{Edition, Order, Trial, Worker};

/// The characters of a digest that tell versions apart in tags.
const TAG: usize = 12;
/// The most versions whose samples are kept apart; those of more are counted under one tag.
const MOST_TAGS: usize = 50;
const FOLDED: &str = "(other)";
/// The most setups that are waited for to be torn down.
pub(super) const MOST_SETUPS: usize = 3;

/// How far a layer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Course {
    /// It has not begun.
    #[default]
    Waiting,
    /// Its setup runs.
    SettingUp,
    /// Its load runs.
    Loading,
    /// Its load is over.
    Over,
}

/// A version that can be run.
#[derive(Clone)]
pub(super) struct Version {
    pub digest: String,
    pub program: Program,
    pub manifest: Manifest,
}

/// When a version was on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Span {
    pub digest: String,
    pub tag: Arc<str>,
    /// On the run's clock.
    pub since: Nanos,
    pub until: Option<Nanos>,
}

/// A setup that has run, and the editions that work with what it returned.
struct Setup {
    guest: Guest,
    around: Arc<Surroundings>,
    editions: Vec<Weak<Edition>>,
}

/// All of this is on the conductor's thread.
pub(super) struct Versions {
    pub course: Cell<Course>,
    on: RefCell<Version>,
    edition: RefCell<Option<Arc<Edition>>>,
    /// What is taken back if the edition that is on trial fails: the version of the edition before, and that edition.
    fallback: RefCell<Option<(Version, Arc<Edition>)>>,
    workers: RefCell<RcWeak<Vec<Worker>>>,
    setups: RefCell<Vec<Setup>>,
    spans: RefCell<Vec<Span>>,
    /// When the last stage began, and for how long iterations start in it.
    last_stage: Cell<Option<(Nanos, Duration)>>,
    next: Cell<u32>,
    /// The edition that was last told of as not fit.
    told: Cell<Option<u32>>,
    /// Those that there still are, by the tags of their samples.
    editions: RefCell<Vec<(Arc<str>, Weak<Edition>)>>,
    /// Tags of editions that had gone when it was last asked which ones are left behind.
    gone: RefCell<Vec<Arc<str>>>,
}

impl Versions {
    pub(super) fn of(cast: &Cast) -> Versions {
        let (digest, program) = (cast.source.digest.clone(), cast.program.clone());
        let on = Version { digest, program, manifest: cast.manifest.clone() };
        Versions {
            course: Cell::default(),
            on: RefCell::new(on),
            edition: RefCell::default(),
            fallback: RefCell::default(),
            workers: RefCell::new(RcWeak::new()),
            setups: RefCell::default(),
            spans: RefCell::default(),
            last_stage: Cell::default(),
            next: Cell::default(),
            told: Cell::default(),
            editions: RefCell::default(),
            gone: RefCell::default(),
        }
    }

    /// The version that is on, or will be when the layer begins.
    pub(super) fn on(&self) -> Version {
        self.on.borrow().clone()
    }

    /// What the instances of the edition that is on see; nothing while there is none.
    pub(super) fn around(&self) -> Option<Arc<Surroundings>> {
        self.edition.borrow().as_ref().map(|edition| Arc::clone(&edition.around))
    }

    /// A setup has run, for editions with these surroundings.
    pub(super) fn set_up(&self, guest: Guest, around: Arc<Surroundings>) {
        self.setups.borrow_mut().push(Setup { guest, around, editions: Vec::new() });
    }

    /// The setups that are to be torn down, the newest first: all, or those that no VU needs any more.
    pub(super) fn left(&self, all: bool) -> Vec<Guest> {
        let mut setups = self.setups.borrow_mut();
        let newest = setups.len().saturating_sub(1);
        let mut at = 0..;
        let mut needed = |setup: &mut Setup| {
            let newest = at.next() == Some(newest);
            !all && (newest || setup.editions.iter().any(|edition| edition.strong_count() > 0))
        };
        let mut left: Vec<_> = setups.extract_if(.., |setup| !needed(setup)).collect();
        left.reverse();
        left.into_iter().map(|setup| setup.guest).collect()
    }

    /// How many setups have not been torn down.
    pub(super) fn setups(&self) -> usize {
        self.setups.borrow().len()
    }

    /// An edition of the version that is on.
    fn edition(&self, around: Arc<Surroundings>, watched: bool) -> Arc<Edition> {
        let (number, on) = (self.next.get(), self.on.borrow());
        self.next.set(number.saturating_add(1));
        let edition = Arc::new(Edition {
            number,
            tag: tag(&self.spans.borrow(), &on.digest),
            program: on.program.clone(),
            around: Arc::clone(&around),
            trial: watched.then(Trial::default),
        });
        let mut setups = self.setups.borrow_mut();
        if let Some(setup) = setups.iter_mut().find(|setup| Arc::ptr_eq(&setup.around, &around)) {
            setup.editions.retain(|edition| edition.strong_count() > 0);
            setup.editions.push(Arc::downgrade(&edition));
        }
        drop(setups);
        self.editions.borrow_mut().push((Arc::clone(&edition.tag), Arc::downgrade(&edition)));
        edition
    }

    /// The tags of versions that no VU runs any more and all of whose samples have been handed over: for whoever asks
    /// once each second.
    pub(super) fn left_behind(&self) -> Vec<Arc<str>> {
        let mut editions = self.editions.borrow_mut();
        let gone = editions.extract_if(.., |(_, edition)| edition.strong_count() == 0).map(|(tag, _)| tag);
        // Samples of those that have just gone may come with the next second.
        let mut left = self.gone.replace(gone.collect());
        left.retain(|tag| !editions.iter().any(|(other, _)| other == tag));
        left
    }

    /// The load begins: the edition that workers begin with.
    pub(super) fn begin(&self, around: Arc<Surroundings>, now: Nanos) -> Arc<Edition> {
        let edition = self.edition(around, false);
        self.course.set(Course::Loading);
        self.note(&edition, now);
        self.edition.replace(Some(Arc::clone(&edition)));
        edition
    }

    /// The workers are there.
    pub(super) fn work(&self, workers: &Rc<Vec<Worker>>) {
        self.workers.replace(Rc::downgrade(workers));
    }

    /// The last stage's load begins, in which iterations start for so long.
    pub(super) fn last_stage(&self, begin: Nanos, duration: Duration) {
        self.last_stage.set(Some((begin, duration)));
    }

    /// When the last stage began, and for how long iterations start in it; nothing before that.
    pub(super) fn in_last_stage(&self) -> Option<(Nanos, Duration)> {
        self.last_stage.get()
    }

    /// Puts another version on before the load: what it begins with.
    pub(super) fn begin_with(&self, version: Version) {
        self.on.replace(version);
    }

    /// Puts another version on while the load runs. If it is `watched` it may be taken back.
    pub(super) fn put_on(&self, version: Version, around: Arc<Surroundings>, watched: bool, now: Nanos) {
        self.settle();
        let before = self.on.replace(version);
        let edition = self.edition(around, watched);
        let earlier = self.edition.replace(Some(Arc::clone(&edition)));
        let mut fallback = self.fallback.borrow_mut();
        // The edition before may be on trial itself: what it was to be taken back to is still the one that is known to
        // be good.
        *fallback = watched.then(|| fallback.take().or(earlier.map(|earlier| (before, earlier)))).flatten();
        drop(fallback);
        self.note(&edition, now);
        self.order(&edition);
    }

    /// Takes an edition back that is not fit to run; nothing if it is not on or nothing is known to be better.
    pub(super) fn take_back(&self, number: u32, now: Nanos) -> Option<Version> {
        let on = self.edition.borrow().as_ref().is_some_and(|edition| edition.number == number);
        let (version, before) = self.fallback.borrow_mut().take_if(|_| on)?;
        self.told.set(Some(number));
        self.on.replace(version.clone());
        let edition = self.edition(Arc::clone(&before.around), false);
        self.edition.replace(Some(Arc::clone(&edition)));
        self.note(&edition, now);
        self.order(&edition);
        Some(version)
    }

    /// Whether nothing has been told of this edition yet: each of its VUs says that it is not fit.
    pub(super) fn is_news(&self, number: u32) -> bool {
        self.told.replace(Some(number)) != Some(number)
    }

    /// Lets go of what was kept for a trial that is over.
    pub(super) fn settle(&self) {
        let edition = self.edition.borrow();
        if edition.as_ref().and_then(|edition| edition.trial.as_ref()).is_none_or(Trial::settled) {
            self.fallback.take();
        }
    }

    /// The load is over.
    pub(super) fn end(&self, now: Nanos) {
        self.course.set(Course::Over);
        self.edition.take();
        self.fallback.take();
        if let Some(last) = self.spans.borrow_mut().last_mut() {
            last.until = Some(now);
        }
    }

    /// When each version was on.
    pub(super) fn spans(&self) -> Vec<Span> {
        self.spans.borrow().clone()
    }

    fn note(&self, edition: &Edition, now: Nanos) {
        let mut spans = self.spans.borrow_mut();
        if let Some(last) = spans.last_mut() {
            last.until = Some(now);
        }
        let (digest, tag) = (self.on.borrow().digest.clone(), Arc::clone(&edition.tag));
        spans.push(Span { digest, tag, since: now, until: None });
    }

    fn order(&self, edition: &Arc<Edition>) {
        let workers = self.workers.borrow().upgrade();
        for worker in workers.iter().flat_map(|workers| workers.iter()) {
            worker.order(Order::Swap(Arc::clone(edition)));
        }
    }
}

/// One tag for each digest, as long as there are not too many.
fn tag(spans: &[Span], digest: &str) -> Arc<str> {
    if let Some(span) = spans.iter().find(|span| span.digest == digest) {
        return Arc::clone(&span.tag);
    }
    let mut tags: Vec<&str> = spans.iter().map(|span| span.tag.as_ref()).collect();
    tags.sort_unstable();
    tags.dedup();
    if tags.len() < MOST_TAGS {
        return short(digest).into();
    }
    let folded = spans.iter().find(|span| span.tag.as_ref() == FOLDED);
    folded.map_or_else(|| FOLDED.into(), |span| Arc::clone(&span.tag))
}

/// When each version was on, after what a run has recorded until it was killed.
pub(super) fn recorded(
    scenario: &str,
    planned: &str,
    changes: &[ChangeReport],
    stages: &[StageTime],
) -> Vec<Span> {
    let instant = |seconds: f64| Nanos(0) + Duration::try_from_secs_f64(seconds).unwrap_or_default();
    let Some(first) = stages.first() else { return Vec::new() };
    let begin = instant(first.start);
    let mut spans =
        vec![Span { digest: planned.to_owned(), tag: short(planned).into(), since: begin, until: None }];
    let of_layer = changes.iter().filter(|change| change.scenario.as_deref() == Some(scenario));
    for change in of_layer {
        let Some(digest) = &change.digest else { continue };
        let at = instant(change.at_s);
        if at <= begin {
            // The layer has begun with it.
            spans.clear();
        }
        if let Some(last) = spans.last_mut() {
            last.until = Some(at);
        }
        let tag = tag(&spans, digest);
        spans.push(Span { digest: digest.clone(), tag, since: at.max(begin), until: None });
    }
    let end = stages.iter().map(|stage| stage.start + stage.seconds).fold(0.0, f64::max);
    if let Some(last) = spans.last_mut() {
        last.until = Some(instant(end).max(last.since));
    }
    spans
}

/// A digest as people read it.
pub(super) fn short(digest: &str) -> &str {
    digest.get(..TAG).unwrap_or(digest)
}
