//! What a number is about: a metric and its tags.

use std::sync::Arc;

use crate::plan::Selector;

/// The tag that tells the versions of a scenario apart.
pub(super) const VERSION: &str = "digest";

/// Tag names and values, ordered by name, each name once.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tags(Vec<(Arc<str>, Arc<str>)>);

impl Tags {
    /// Tags from pairs; of several values for a name the last counts.
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Tags {
        let mut tags = Tags::default();
        for (name, value) in pairs {
            tags.set(name, value);
        }
        tags
    }

    /// Sets one tag.
    pub fn set(&mut self, name: &str, value: &str) {
        match self.0.binary_search_by(|(other, _)| other.as_ref().cmp(name)) {
            Ok(at) => {
                if let Some(pair) = self.0.get_mut(at) {
                    pair.1 = value.into();
                }
            }
            Err(at) => self.0.insert(at, (name.into(), value.into())),
        }
    }

    /// These tags with more of them.
    pub fn with<'a>(&self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Tags {
        let mut tags = self.clone();
        for (name, value) in pairs {
            tags.set(name, value);
        }
        tags
    }

    /// The value of a tag.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other.as_ref() == name).map(|(_, value)| value.as_ref())
    }

    /// All tags, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }
}

/// One series of samples.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesKey {
    /// The metric's name.
    pub metric: Arc<str>,
    /// What tells this series from others of the metric.
    pub tags: Tags,
}

impl SeriesKey {
    /// The series of all versions together.
    pub(super) fn of_all_versions(&self) -> SeriesKey {
        let others = self.tags.0.iter().filter(|(name, _)| name.as_ref() != VERSION);
        SeriesKey { metric: Arc::clone(&self.metric), tags: Tags(others.cloned().collect()) }
    }

    /// Whether the selector means this series.
    pub fn matches(&self, selector: &Selector) -> bool {
        self.metric.as_ref() == selector.metric
            && selector.tags.iter().all(|(name, value)| self.tags.get(name) == Some(value))
    }
}

/// The tag `expected_response` of a status: k6's default is 200 to 399.
pub(super) fn expected(status: u16) -> bool {
    (200..400).contains(&status)
}
