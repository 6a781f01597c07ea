//! The cache of what is costly to put together.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::server::faults::Outage;

/// How long an entry is good.
const LIFE: Duration = Duration::from_secs(60);
/// The most entries; the oldest one makes room.
const MOST: usize = 500;

/// Entries by their keys.
pub(crate) struct Cache {
    pub(crate) outage: Outage,
    entries: Mutex<HashMap<String, (Instant, Vec<u8>)>>,
    /// Counts requests, whose number is part of the key with [`Defect::Cache`](crate::Defect::Cache).
    number: Option<AtomicU64>,
    hits: AtomicU64,
    misses: AtomicU64,
}

impl Cache {
    /// An empty one.
    pub(crate) fn new(by_request: bool) -> Cache {
        Cache {
            outage: Outage::default(),
            entries: Mutex::new(HashMap::new()),
            number: by_request.then(AtomicU64::default),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// The entry of this name, and whether it was there; else what `make` makes, which is kept.
    pub(crate) fn get<E>(
        &self,
        name: &str,
        make: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<(Vec<u8>, bool), E> {
        let key = match &self.number {
            Some(number) => format!("{name}#{}", number.fetch_add(1, Relaxed)),
            None => name.to_owned(),
        };
        if let Some(found) = self.find(&key) {
            self.hits.fetch_add(1, Relaxed);
            return Ok((found, true));
        }
        self.misses.fetch_add(1, Relaxed);
        let made = make()?;
        if !self.outage.lasts() {
            self.keep(key, made.clone());
        }
        Ok((made, false))
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.entries().clear();
    }

    pub(crate) fn hits(&self) -> u64 {
        self.hits.load(Relaxed)
    }

    pub(crate) fn misses(&self) -> u64 {
        self.misses.load(Relaxed)
    }

    fn find(&self, key: &str) -> Option<Vec<u8>> {
        if self.outage.lasts() {
            return None;
        }
        let entries = self.entries();
        let (kept, entry) = entries.get(key)?;
        (kept.elapsed() < LIFE).then(|| entry.clone())
    }

    fn keep(&self, key: String, entry: Vec<u8>) {
        let mut entries = self.entries();
        if entries.len() >= MOST && !entries.contains_key(&key) {
            let oldest = entries.iter().min_by_key(|(_, (kept, _))| *kept).map(|(key, _)| key.clone());
            oldest.map(|oldest| entries.remove(&oldest));
        }
        entries.insert(key, (Instant::now(), entry));
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<String, (Instant, Vec<u8>)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
