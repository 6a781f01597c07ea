//! Selectors, aggregates, comparisons, durations, quantities, ramps and pairs: what is read is written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use strata::config::{parse_pair, parse_ramp};
use strata::plan::{Aggregate, Op, Selector, duration_text, number_text, parse_duration, parse_quantity};

fuzz_target!(|text: &str| {
    if let Ok(selector) = text.parse::<Selector>() {
        let written = selector.to_string();
        let again = written.parse::<Selector>().unwrap_or_else(|error| panic!("{written:?}: {error}"));
        assert_eq!(again.metric, selector.metric);
    }
    if let Ok(aggregate) = text.parse::<Aggregate>() {
        let written = aggregate.to_string();
        written.parse::<Aggregate>().unwrap_or_else(|error| panic!("{written:?}: {error}"));
    }
    if let Ok(op) = text.parse::<Op>() {
        assert_eq!(op.as_str(), text);
    }
    if let Ok(duration) = parse_duration(text) {
        let written = duration_text(duration);
        parse_duration(&written).unwrap_or_else(|error| panic!("{written:?}: {error}"));
    }
    if let Ok((number, unit)) = parse_quantity(text) {
        assert!(number.is_finite() && unit == unit.trim());
        number_text(number);
    }
    let _ = parse_ramp(text);
    let _ = parse_pair(text);
});
