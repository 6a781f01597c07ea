//! The merged results of the run so far, for [`judge`](crate::Scenario::judge). Elsewhere every number is absent.

use crate::bindings::strata::scenario::results as wit;
use crate::{Aggregate, Error};

pub use wit::{Line, Point, Usl};

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

/// The values that a tag has in the selected series, in order, each once: `values("lost_runs", "run")`. At most 1,000.
///
/// # Errors
/// `bad-selector`.
pub fn values(selector: &str, tag: &str) -> Result<Vec<String>, Error> {
    wit::values(selector, tag)
}

/// The line nearest to points `(x, y)`, by least squares.
///
/// # Errors
/// `too-few-points` at fewer than two places, `too-many-points` with more than 1,000, `bad-point` for one that is not
/// finite, `no-fit`.
pub fn fit_linear(points: &[(f64, f64)]) -> Result<Line, Error> {
    wit::fit_linear(&lowered(points))
}

/// The curve of the Universal Scalability Law nearest to points `(concurrency, throughput)`, by least squares. Take
/// the concurrency that was measured, throughput times response time, which is at least 1.
///
/// # Errors
/// `too-few-points` at fewer than six levels of concurrency, `too-many-points` with more than 1,000, `bad-point` for
/// one that cannot be, `no-fit`.
pub fn fit_usl(points: &[(f64, f64)]) -> Result<Usl, Error> {
    wit::fit_usl(&lowered(points))
}

fn lowered(points: &[(f64, f64)]) -> Vec<Point> {
    points.iter().map(|(x, y)| Point { x: *x, y: *y }).collect()
}
