//! `results`: the numbers so far, for `judge`, and curves through them.

use super::super::bindings::results::{Host, Line, Point, Usl};
use super::super::bindings::types::Error;
use super::{Vu, error, refusal};
use crate::judge::{FitError, MOST_POINTS, fit_linear, fit_usl};
use crate::plan::{Selector, SyntaxError};

/// The most values of a tag that are told.
const MOST_VALUES: usize = 1000;

type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl Host for Vu {
    fn stat(&mut self, selector: String, aggregate: String) -> Answer<Option<f64>> {
        let at = self.enter();
        let stat = self.read_stat(&selector, &aggregate);
        self.asked(at, "results.stat", || {
            let about = format!("{selector} {aggregate}");
            match &stat {
                Ok(value) => (about, value.map(|value| value.to_string())),
                Err(error) => (about, Some(refusal(error))),
            }
        });
        Ok(stat)
    }

    fn values(&mut self, selector: String, tag: String) -> Answer<Vec<String>> {
        let at = self.enter();
        let values = read(&selector).map(|selector| match &self.around.results {
            None => Vec::new(),
            Some(results) => {
                let mut values = results.totals.tag_values(&selector, &tag);
                values.truncate(MOST_VALUES);
                values
            }
        });
        self.asked(at, "results.values", || {
            let answer = values.as_ref().map_or_else(refusal, |values| values.join(", "));
            (format!("{selector} {tag}"), Some(answer))
        });
        Ok(values)
    }

    fn fit_linear(&mut self, points: Vec<Point>) -> Answer<Line> {
        let (at, count) = (self.enter(), points.len());
        let fit = plain(points).and_then(|points| fit_linear(&points)).map_err(refused).map(|line| Line {
            slope: line.slope,
            intercept: line.intercept,
            r_squared: line.r_squared,
            slope_low: line.slope_interval.0,
            slope_high: line.slope_interval.1,
        });
        self.asked(at, "results.fit-linear", || {
            let said = |line: &Line| format!("slope {}, intercept {}", line.slope, line.intercept);
            (format!("{count} points"), Some(fit.as_ref().map_or_else(refusal, said)))
        });
        Ok(fit)
    }

    fn fit_usl(&mut self, points: Vec<Point>) -> Answer<Usl> {
        let (at, count) = (self.enter(), points.len());
        let fit = plain(points).and_then(|points| fit_usl(&points)).map_err(refused).map(|curve| Usl {
            lambda: curve.lambda,
            sigma: curve.sigma,
            kappa: curve.kappa,
            sigma_low: curve.sigma_interval.0,
            sigma_high: curve.sigma_interval.1,
            r_squared: curve.r_squared,
            peak: curve.peak(),
        });
        self.asked(at, "results.fit-usl", || {
            let said = |law: &Usl| format!("lambda {}, sigma {}, kappa {}", law.lambda, law.sigma, law.kappa);
            (format!("{count} points"), Some(fit.as_ref().map_or_else(refusal, said)))
        });
        Ok(fit)
    }
}

impl Vu {
    fn read_stat(&self, selector: &str, aggregate: &str) -> Result<Option<f64>, Error> {
        let selector = read(selector)?;
        let aggregate = aggregate.parse().map_err(|why| error("bad-aggregate", why))?;
        let Some(results) = &self.around.results else { return Ok(None) };
        results.stat(&selector, aggregate).map_err(|why| {
            let code = match why {
                crate::measure::StatError::NoSuchMetric(_) => "bad-selector",
                crate::measure::StatError::NoSuchNumber(_) => "bad-aggregate",
            };
            error(code, why.to_string())
        })
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
