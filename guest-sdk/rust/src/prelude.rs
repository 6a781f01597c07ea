//! What most scenarios use: `use strata_guest::prelude::*;`.

pub use std::time::Duration;

pub use crate::data::{self, Order};
pub use crate::http::{self, Brief, Overrides, Prepared, Request, Response};
pub use crate::kv::Space;
pub use crate::metrics::{Counter, Gauge, Rate, Trend, check};
pub use crate::{
    Aggregate, Context, Failure, Finding, Goal, Manifest, Priority, Scenario, Stage, log, results, run,
};
