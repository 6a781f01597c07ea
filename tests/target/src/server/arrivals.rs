//! The log of arrivals: what has reached the server, by its own clock.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The most arrivals that are kept one by one; more are only counted.
const MOST_KEPT: usize = 4_000_000;
/// The most different requests; more are counted under [`OTHER`].
const MOST_NAMES: usize = 10_000;
const OTHER: &str = "(other)";

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When its head had been read, in microseconds since the server started or the log was cleared.
    pub micros: u64,
    /// `GET /path?query`.
    pub request: String,
    /// Of its answer; 0 while there is none.
    pub status: u16,
}

/// The log at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrivals {
    /// All requests.
    pub count: u64,
    /// By `GET /path?query`.
    pub by_path: BTreeMap<String, u64>,
    /// By status; 0 are those without an answer.
    pub by_status: BTreeMap<u16, u64>,
    /// The first ones, in order; up to four million.
    pub entries: Vec<Arrival>,
}

#[derive(Clone, Copy)]
struct Entry {
    micros: u64,
    name: u32,
    status: u16,
}

struct State {
    began: Instant,
    generation: u64,
    names: Vec<String>,
    ids: HashMap<String, u32>,
    counts: Vec<u64>,
    statuses: BTreeMap<u16, u64>,
    entries: Vec<Entry>,
    count: u64,
}

impl State {
    fn new(generation: u64) -> State {
        State {
            began: Instant::now(),
            generation,
            names: Vec::new(),
            ids: HashMap::new(),
            counts: Vec::new(),
            statuses: BTreeMap::new(),
            entries: Vec::new(),
            count: 0,
        }
    }

    fn id(&mut self, name: &str) -> u32 {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let name = if self.names.len() < MOST_NAMES { name } else { OTHER };
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let id = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.to_owned());
        self.counts.push(0);
        self.ids.insert(name.to_owned(), id);
        id
    }
}

/// An arrival whose answer is still to be noted.
#[derive(Clone, Copy)]
pub(crate) struct Noted {
    generation: u64,
    entry: Option<usize>,
}

/// The log itself. Noting an arrival costs a lock that is rarely contended and a look-up.
pub(crate) struct Log(Mutex<State>);

impl Log {
    pub(crate) fn new() -> Log {
        Log(Mutex::new(State::new(0)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a request whose head has been read.
    pub(crate) fn note(&self, request: &str) -> Noted {
        let mut state = self.state();
        let name = state.id(request);
        if let Some(count) = state.counts.get_mut(name as usize) {
            *count += 1;
        }
        state.count += 1;
        *state.statuses.entry(0).or_default() += 1;
        let generation = state.generation;
        if state.entries.len() >= MOST_KEPT {
            return Noted { generation, entry: None };
        }
        let micros = u64::try_from(state.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        state.entries.push(Entry { micros, name, status: 0 });
        Noted { generation, entry: Some(state.entries.len() - 1) }
    }

    /// Notes its answer; not if the log has been cleared since.
    pub(crate) fn answered(&self, noted: Noted, status: u16) {
        let mut state = self.state();
        if noted.generation != state.generation {
            return;
        }
        if let Some(open) = state.statuses.get_mut(&0) {
            *open = open.saturating_sub(1);
        }
        *state.statuses.entry(status).or_default() += 1;
        if let Some(entry) = noted.entry.and_then(|at| state.entries.get_mut(at)) {
            entry.status = status;
        }
    }

    pub(crate) fn clear(&self) {
        let mut state = self.state();
        *state = State::new(state.generation + 1);
    }

    /// The sums alone, without the entries.
    pub(crate) fn sums(&self) -> Arrivals {
        let state = self.state();
        Arrivals {
            count: state.count,
            by_path: state.names.iter().cloned().zip(state.counts.iter().copied()).collect(),
            by_status: state.statuses.iter().filter(|(_, n)| **n > 0).map(|(s, n)| (*s, *n)).collect(),
            entries: Vec::new(),
        }
    }

    pub(crate) fn read(&self) -> Arrivals {
        let sums = self.sums();
        let state = self.state();
        let name = |entry: &Entry| state.names.get(entry.name as usize).cloned().unwrap_or_default();
        let entries = state.entries.iter().map(|entry| Arrival {
            micros: entry.micros,
            request: name(entry),
            status: entry.status,
        });
        Arrivals { entries: entries.collect(), ..sums }
    }
}
