//! Checks, and handles for metrics of the scenario's own.
//!
//! A handle is a constant that is declared in the manifest and written to during iterations. A call costs well
//! under a microsecond and allocates nothing.
//!
//! ```
//! use strata_guest::prelude::*;
//!
//! const LOAD: Trend = Trend::new("load_ms", "ms");
//! const HITS: Rate = Rate::new("cache_hits");
//!
//! fn describe() -> Manifest {
//!     Manifest::new("cache").metric(&LOAD).metric(&HITS)
//! }
//!
//! fn work(answer: &Brief) -> Result<(), Failure> {
//!     LOAD.add(answer.timings.duration)?;
//!     HITS.add(answer.header("x-cache").as_deref() == Some("hit"))?;
//!     Ok(())
//! }
//! # assert_eq!(describe().metrics.len(), 2);
//! ```

use crate::bindings::strata::scenario::metrics as wit;
use crate::{Error, Metric};

/// Counts whether something held, in the rate `checks` with the tag `check`. Gives `held` back.
///
/// A check that does not hold fails nothing by itself: set a goal on `checks` for that. At most 256 bytes of the name
/// are used, and the number of names in a run is bounded.
pub fn check(name: &str, held: bool) -> bool {
    wit::check(name, held);
    held
}

/// A metric whose values are summed. Values are not negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    name: &'static str,
    unit: &'static str,
}

/// A metric whose newest value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gauge {
    name: &'static str,
    unit: &'static str,
}

/// The share of values that are true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    name: &'static str,
}

/// A metric whose values are a distribution. Values are not negative; three significant digits are kept from 0.001
/// to 3,600,000 of its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trend {
    name: &'static str,
    unit: &'static str,
}

// === impl Counter ===

impl Counter {
    /// A counter of that name (letters, digits and `_`) and unit, which may be empty.
    pub const fn new(name: &'static str, unit: &'static str) -> Counter {
        Counter { name, unit }
    }

    /// Adds to the sum.
    ///
    /// # Errors
    /// `unknown-metric` if the manifest does not declare it, `bad-value` if it is negative or not finite.
    pub fn add(&self, value: f64) -> Result<(), Error> {
        wit::add(self.name, value)
    }

    /// As [`add`](Counter::add), with one more tag. The number of different tags in a run is bounded.
    ///
    /// # Errors
    /// As [`add`](Counter::add).
    pub fn add_tagged(&self, value: f64, tag: &str, tag_value: &str) -> Result<(), Error> {
        wit::add_tagged(self.name, value, tag, tag_value)
    }
}

// === impl Gauge ===

impl Gauge {
    /// A gauge of that name (letters, digits and `_`) and unit, which may be empty.
    pub const fn new(name: &'static str, unit: &'static str) -> Gauge {
        Gauge { name, unit }
    }

    /// Sets the newest value.
    ///
    /// # Errors
    /// `unknown-metric` if the manifest does not declare it, `bad-value` if it is not finite.
    pub fn add(&self, value: f64) -> Result<(), Error> {
        wit::add(self.name, value)
    }

    /// As [`add`](Gauge::add), with one more tag. The number of different tags in a run is bounded.
    ///
    /// # Errors
    /// As [`add`](Gauge::add).
    pub fn add_tagged(&self, value: f64, tag: &str, tag_value: &str) -> Result<(), Error> {
        wit::add_tagged(self.name, value, tag, tag_value)
    }
}

// === impl Rate ===

impl Rate {
    /// A rate of that name (letters, digits and `_`).
    pub const fn new(name: &'static str) -> Rate {
        Rate { name }
    }

    /// Counts whether it held.
    ///
    /// # Errors
    /// `unknown-metric` if the manifest does not declare it.
    pub fn add(&self, held: bool) -> Result<(), Error> {
        wit::add(self.name, f64::from(u8::from(held)))
    }

    /// As [`add`](Rate::add), with one more tag. The number of different tags in a run is bounded.
    ///
    /// # Errors
    /// As [`add`](Rate::add).
    pub fn add_tagged(&self, held: bool, tag: &str, tag_value: &str) -> Result<(), Error> {
        wit::add_tagged(self.name, f64::from(u8::from(held)), tag, tag_value)
    }
}

// === impl Trend ===

impl Trend {
    /// A trend of that name (letters, digits and `_`) and unit, which may be empty.
    pub const fn new(name: &'static str, unit: &'static str) -> Trend {
        Trend { name, unit }
    }

    /// Adds a value to the distribution.
    ///
    /// # Errors
    /// `unknown-metric` if the manifest does not declare it, `bad-value` if it is negative or not finite.
    pub fn add(&self, value: f64) -> Result<(), Error> {
        wit::add(self.name, value)
    }

    /// As [`add`](Trend::add), with one more tag. The number of different tags in a run is bounded.
    ///
    /// # Errors
    /// As [`add`](Trend::add).
    pub fn add_tagged(&self, value: f64, tag: &str, tag_value: &str) -> Result<(), Error> {
        wit::add_tagged(self.name, value, tag, tag_value)
    }
}

// === impl Metric ===

impl From<&Counter> for Metric {
    fn from(counter: &Counter) -> Metric {
        declared(counter.name, "counter", counter.unit)
    }
}

impl From<&Gauge> for Metric {
    fn from(gauge: &Gauge) -> Metric {
        declared(gauge.name, "gauge", gauge.unit)
    }
}

impl From<&Rate> for Metric {
    fn from(rate: &Rate) -> Metric {
        declared(rate.name, "rate", "")
    }
}

impl From<&Trend> for Metric {
    fn from(trend: &Trend) -> Metric {
        declared(trend.name, "trend", trend.unit)
    }
}

fn declared(name: &str, kind: &str, unit: &str) -> Metric {
    Metric { name: name.to_owned(), kind: kind.to_owned(), unit: unit.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_handle_declares_its_kind() {
        let metrics = [
            Metric::from(&Counter::new("bytes", "B")),
            Metric::from(&Gauge::new("users", "users")),
            Metric::from(&Rate::new("hits")),
            Metric::from(&Trend::new("load_ms", "ms")),
        ];
        let kinds: Vec<_> =
            metrics.iter().map(|metric| (metric.kind.as_str(), metric.unit.as_str())).collect();
        assert_eq!(kinds, [("counter", "B"), ("gauge", "users"), ("rate", ""), ("trend", "ms")]);
    }
}
