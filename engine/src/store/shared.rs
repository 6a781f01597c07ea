//! All that is given to the scenarios of a run.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use super::rows::{AtEnd, Cursor, Rows};
use super::secrets::Secrets;
use super::space::{Room, Space};

/// A set of rows that was given.
#[derive(Debug)]
struct Set {
    rows: Arc<Rows>,
    at_end: AtEnd,
    unique: Arc<AtomicU64>,
}

/// What a run was given. Spaces are made when the first layer asks for them.
#[derive(Debug, Default)]
pub struct Shared {
    sets: BTreeMap<String, Set>,
    secrets: Arc<Secrets>,
    spaces: Mutex<BTreeMap<String, Arc<Space>>>,
}

impl Shared {
    /// With these secrets, and no rows yet.
    pub fn new(secrets: Secrets) -> Shared {
        Shared { secrets: Arc::new(secrets), ..Shared::default() }
    }

    /// Gives a set of rows.
    pub fn give(&mut self, name: String, rows: Rows, at_end: AtEnd) {
        self.sets.insert(name, Set { rows: Arc::new(rows), at_end, unique: Arc::default() });
    }

    /// The secrets.
    pub fn secrets(&self) -> &Arc<Secrets> {
        &self.secrets
    }

    /// A layer's place at the beginning of a set.
    pub fn cursor(&self, name: &str) -> Option<Cursor> {
        let set = self.sets.get(name)?;
        Some(Cursor::new(Arc::clone(&set.rows), set.at_end, Arc::clone(&set.unique)))
    }

    /// The space of that name.
    pub fn space(&self, name: &str, room: Room) -> Arc<Space> {
        let mut spaces = self.spaces.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(spaces.entry(name.to_owned()).or_insert_with(|| Arc::new(Space::new(room))))
    }
}
