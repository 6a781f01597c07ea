//! `results`: the numbers so far, for `judge`, and curves through them.

use super::super::bindings::results::{Host, Line, Point, Usl};
use super::super::bindings::types::Error;
use super::{Vu, error};
use crate::judge::{FitError, MOST_POINTS, fit_linear, fit_usl};
use crate::plan::{Selector, SyntaxError};

/// The most values of a tag that are told.
const MOST_VALUES: usize = 1000;

impl Host for Vu {
    fn stat(&mut self, selector: String, aggregate: String) -> wasmtime::Result<Result<Option<f64>, Error>> {
        let selector = match read(&selector) {
            Ok(selector) => selector,
            Err(error) => return Ok(Err(error)),
        };
        let aggregate = match aggregate.parse() {
            Ok(aggregate) => aggregate,
            Err(why) => return Ok(Err(error("bad-aggregate", why))),
        };
        let Some(results) = &self.around.results else { return Ok(Ok(None)) };
        Ok(results.stat(&selector, aggregate).map_err(|why| {
            let code = match why {
                crate::measure::StatError::NoSuchMetric(_) => "bad-selector",
                crate::measure::StatError::NoSuchNumber(_) => "bad-aggregate",
            };
            error(code, why.to_string())
        }))
    }

    fn values(&mut self, selector: String, tag: String) -> wasmtime::Result<Result<Vec<String>, Error>> {
        let selector = match read(&selector) {
            Ok(selector) => selector,
            Err(error) => return Ok(Err(error)),
        };
        let Some(results) = &self.around.results else { return Ok(Ok(Vec::new())) };
        let mut values = results.totals.tag_values(&selector, &tag);
        values.truncate(MOST_VALUES);
        Ok(Ok(values))
    }

    fn fit_linear(&mut self, points: Vec<Point>) -> wasmtime::Result<Result<Line, Error>> {
        Ok(plain(points).and_then(|points| fit_linear(&points)).map_err(refused).map(|line| Line {
            slope: line.slope,
            intercept: line.intercept,
            r_squared: line.r_squared,
            slope_low: line.slope_interval.0,
            slope_high: line.slope_interval.1,
        }))
    }

    fn fit_usl(&mut self, points: Vec<Point>) -> wasmtime::Result<Result<Usl, Error>> {
        Ok(plain(points).and_then(|points| fit_usl(&points)).map_err(refused).map(|curve| Usl {
            lambda: curve.lambda,
            sigma: curve.sigma,
            kappa: curve.kappa,
            sigma_low: curve.sigma_interval.0,
            sigma_high: curve.sigma_interval.1,
            r_squared: curve.r_squared,
            peak: curve.peak(),
        }))
    }
}

fn read(selector: &str) -> Result<Selector, Error> {
    selector.parse().map_err(|why: SyntaxError| error("bad-selector", why.to_string()))
}

/// As many points as a fit accepts, or none at all.
fn plain(points: Vec<Point>) -> Result<Vec<(f64, f64)>, FitError> {
    if points.len() > MOST_POINTS {
        return Err(FitError::TooMany(points.len()));
    }
    Ok(points.into_iter().map(|point| (point.x, point.y)).collect())
}

fn refused(why: FitError) -> Error {
    error(why.code(), why.to_string())
}
