//! Names of requests, checks and tags, as small numbers.

use std::collections::HashMap;
use std::sync::Arc;

/// The most names of one recorder; more are folded into [`FOLDED`].
pub(super) const MOST_NAMES: usize = 1000;
/// The name under which samples are counted whose own name came too late.
const FOLDED: &str = "(other)";

/// A name's number.
pub(super) type NameId = u32;

/// The names that a recorder has met.
#[derive(Default)]
pub(super) struct Names {
    ids: HashMap<Arc<str>, NameId>,
    texts: Vec<Arc<str>>,
    folded: u64,
}

impl Names {
    /// The number of a name; of [`FOLDED`] when there are too many.
    pub(super) fn id(&mut self, name: &str) -> NameId {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let name = if self.ids.len() < MOST_NAMES {
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
