//! Names of requests, checks and tags, as small numbers.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

/// The name under which samples are counted whose own name came too late.
const FOLDED: &str = "(other)";

/// A name's number.
pub(super) type NameId = u32;

/// The names that a recorder has met.
pub(super) struct Names {
    /// The most names; more are folded into [`FOLDED`].
    most: usize,
    ids: HashMap<Arc<str>, NameId, RandomState>,
    texts: Vec<Arc<str>>,
    folded: u64,
}

impl Names {
    pub(super) fn new(most: usize) -> Names {
        Names { most, ids: HashMap::default(), texts: Vec::new(), folded: 0 }
    }

    /// The number of a name; of [`FOLDED`] when there are too many.
    pub(super) fn id(&mut self, name: &str) -> NameId {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let name = if self.ids.len() < self.most {
            name
        } else {
            self.folded += 1;
            FOLDED
        };
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let name: Arc<str> = name.into();
        let id = NameId::try_from(self.texts.len()).unwrap_or(NameId::MAX);
        self.texts.push(Arc::clone(&name));
        self.ids.insert(name, id);
        id
    }

    /// The name of a number.
    pub(super) fn text(&self, id: NameId) -> Arc<str> {
        self.texts.get(id as usize).cloned().unwrap_or_else(|| FOLDED.into())
    }

    /// How many samples were folded since the last time.
    pub(super) fn take_folded(&mut self) -> u64 {
        std::mem::take(&mut self.folded)
    }
}
