//! The merged results of the run so far, for [`judge`](crate::Scenario::judge). Elsewhere every number is absent.

use crate::bindings::strata::scenario::results as wit;
use crate::{Aggregate, Error};

/// One number: `stat("http_req_duration{stage:warm}", Aggregate::P(95.0))`. Nothing where there were no samples.
///
/// Durations are in milliseconds. [`Aggregate::Rate`] is, for a counter, its count per second of the time in which
/// the selected stages ran (all counted stages, if no stage is selected), and for a rate its share from 0 to 1.
///
/// # Errors
/// `bad-selector`, or `bad-aggregate` for one that the metric's kind does not have.
pub fn stat(selector: &str, aggregate: Aggregate) -> Result<Option<f64>, Error> {
    wit::stat(selector, &aggregate.to_string())
}
