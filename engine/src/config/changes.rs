//! `[[layer.stage]]` and `[[layer.goal]]`: what a phase says differently from its scenarios.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::document::{Document, Spot, number};
use super::flags::parse_ramp;
use crate::plan::{Measure, Op, Selector, StageSpec, WatchSpec, parse_quantity};

/// A `[[layer.stage]]`: parameters that replace those of the scenario's stage of that name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageChange {
    /// Where its name is written.
    pub spot: Spot,
    /// Another executor.
    pub executor: Option<String>,
    /// Whether it is a warm-up.
    pub warm_up: Option<bool>,
    /// Its name, and what is different.
    pub spec: StageSpec,
}

/// A `[[layer.goal]]`: other numbers for the scenario's goal of that name, or a goal of the phase's own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GoalChange {
    /// Which goal.
    pub name: String,
    /// Where it is written.
    pub spot: Spot,
    /// The number to reach.
    pub target: Option<Quantity>,
    /// How far a miss is only a warning.
    pub warn: Option<Quantity>,
    /// Another comparison.
    pub op: Option<Op>,
    /// Where the number comes from.
    pub measure: Option<Measure>,
    /// How it is looked at while the load runs.
    pub watch: WatchSpec,
}

/// A number and the unit that was written with it; an empty one means the goal's own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quantity {
    /// The number.
    pub value: f64,
    /// The unit.
    pub unit: String,
    /// Where it is written.
    pub spot: Spot,
}

fn named(
    document: &mut Document<'_>,
    table: &DeTable<'_>,
    at: Range<usize>,
    what: &str,
) -> Option<(String, Spot)> {
    if !table.contains_key("name") {
        document.fault(at, format!("a `[[layer.{what}]]` without the `name` of the {what} that it changes"));
    }
    let (name, at) = document.string(table, "name")?;
    Some((name, document.spot(at)))
}

pub(super) fn stage_change(
    document: &mut Document<'_>,
    table: &DeTable<'_>,
    at: Range<usize>,
) -> Option<StageChange> {
    let known = [
        "name",
        "executor",
        "vus",
        "max-vus",
        "iterations",
        "duration",
        "rate",
        "time-unit",
        "ramps",
        "arrival",
        "graceful-stop",
        "graceful-ramp-down",
        "start-time",
        "warm-up",
    ];
    document.only(table, "a [[layer.stage]]", &known);
    let name = named(document, table, at, "stage");
    let spec = StageSpec {
        vus: document.count(table, "vus"),
        max_vus: document.count(table, "max-vus"),
        iterations: document.count(table, "iterations"),
        duration: document.duration(table, "duration"),
        rate: document.count(table, "rate"),
        time_unit: document.duration(table, "time-unit"),
        ramps: ramps(document, table),
        arrival: document.string(table, "arrival").map(|(arrival, _)| arrival),
        graceful_stop: document.duration(table, "graceful-stop"),
        graceful_ramp_down: document.duration(table, "graceful-ramp-down"),
        start_time: document.duration(table, "start-time"),
        ..StageSpec::default()
    };
    let executor = document.string(table, "executor").map(|(executor, _)| executor);
    let warm_up = document.boolean(table, "warm-up");
    name.map(|(name, spot)| StageChange { spot, executor, warm_up, spec: StageSpec { name, ..spec } })
}

fn ramps(document: &mut Document<'_>, table: &DeTable<'_>) -> Option<Vec<crate::plan::Ramp>> {
    let mut ramps = Vec::new();
    for (text, at) in document.strings(table, "ramps")? {
        match parse_ramp(&text) {
            Ok(ramp) => ramps.push(ramp),
            Err(why) => document.fault(at, format!("`ramps`: {why}")),
        }
    }
    Some(ramps)
}

pub(super) fn goal_change(
    document: &mut Document<'_>,
    table: &DeTable<'_>,
    at: Range<usize>,
) -> Option<GoalChange> {
    let known = ["name", "target", "warn", "op", "measure", "over", "met", "abort-on-fail", "delay"];
    document.only(table, "a [[layer.goal]]", &known);
    let name = named(document, table, at, "goal");
    let change = GoalChange {
        target: quantity(document, table, "target"),
        warn: quantity(document, table, "warn"),
        op: op(document, table),
        measure: measure(document, table),
        watch: WatchSpec {
            over: document.duration(table, "over"),
            met: document.number(table, "met"),
            abort_on_fail: document.boolean(table, "abort-on-fail"),
            delay: document.duration(table, "delay"),
        },
        ..GoalChange::default()
    };
    name.map(|(name, spot)| GoalChange { name, spot, ..change })
}

fn op(document: &mut Document<'_>, table: &DeTable<'_>) -> Option<Op> {
    let (text, at) = document.string(table, "op")?;
    text.parse().map_err(|why: String| document.fault(at, format!("`op`: {why}"))).ok()
}

/// `http_req_duration{stage:warm} p(95)`; a fault points at the character.
fn measure(document: &mut Document<'_>, table: &DeTable<'_>) -> Option<Measure> {
    let (text, at) = document.string(table, "measure")?;
    // Where a character of the text stands in the file, if the text has no escapes before it.
    let place = |chars: usize| {
        let bytes: usize = text.chars().take(chars).map(char::len_utf8).sum();
        at.start + 1 + bytes..at.end
    };
    let text_trimmed = text.trim_end();
    let Some((selector, aggregate)) = text_trimmed.rsplit_once(char::is_whitespace) else {
        let why = "the aggregate is missing (hint: \"http_req_duration{stage:warm} p(95)\")";
        document.fault(at, format!("`measure`: {why}"));
        return None;
    };
    let selector = match selector.parse::<Selector>() {
        Ok(selector) => selector,
        Err(error) => {
            document.fault(place(error.at), format!("`measure`: {}", error.message));
            return None;
        }
    };
    let before = text_trimmed.chars().count() - aggregate.chars().count();
    let aggregate =
        aggregate.parse().map_err(|why: String| document.fault(place(before), format!("`measure`: {why}")));
    Some(Measure { selector, aggregate: aggregate.ok()? })
}

fn quantity(document: &mut Document<'_>, table: &DeTable<'_>, key: &str) -> Option<Quantity> {
    let value: &Spanned<DeValue<'_>> = table.get(key)?;
    let spot = document.spot(value.span());
    if let Some(number) = number(value.get_ref()) {
        return Some(Quantity { value: number, unit: String::new(), spot });
    }
    let Some(text) = value.get_ref().as_str() else {
        document.wrong(value, key, "a number, or a text such as \"50 ms\"");
        return None;
    };
    match parse_quantity(text) {
        Ok((number, unit)) => Some(Quantity { value: number, unit: unit.to_owned(), spot }),
        Err(why) => {
            document.fault(value.span(), format!("`{key}`: {why}"));
            None
        }
    }
}
