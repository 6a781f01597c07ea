//! Lines for people.
//!
//! The first lines of a run are shown, then they are only counted: at most 1,000 bytes of a line and 100 lines of a
//! VU are taken. Control characters are replaced.

use crate::bindings::strata::scenario::log::{Level, log};

/// A line that is only of use while writing the scenario.
pub fn debug(line: &str) {
    log(Level::Debug, line);
}

/// A normal line.
pub fn info(line: &str) {
    log(Level::Info, line);
}

/// Something is odd, but the work goes on.
pub fn warn(line: &str) {
    log(Level::Warn, line);
}

/// Something did not work.
pub fn error(line: &str) {
    log(Level::Error, line);
}
