//! `results`: the numbers so far, for `judge`.

use super::super::bindings::results::Host;
use super::super::bindings::types::Error;
use super::{Vu, error};
use crate::plan::Selector;

impl Host for Vu {
    fn stat(&mut self, selector: String, aggregate: String) -> wasmtime::Result<Result<Option<f64>, Error>> {
        let selector = match selector.parse::<Selector>() {
            Ok(selector) => selector,
            Err(why) => return Ok(Err(error("bad-selector", why.to_string()))),
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
}
