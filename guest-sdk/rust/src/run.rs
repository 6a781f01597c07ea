//! The run that this instance is part of.

use std::time::Duration;

use crate::bindings::strata::scenario::run as wit;

pub use wit::{env, random, secret, setup_data, setup_text, stage_name, target};

/// Waits, without holding up other VUs. At most an hour.
pub fn sleep(duration: Duration) {
    wit::sleep(duration.as_secs_f64() * 1000.0);
}

/// The time since the run began. About 50 ns.
pub fn now() -> Duration {
    Duration::try_from_secs_f64(wit::now() / 1000.0).unwrap_or_default()
}
