//! Summaries in the judge's words, and the judge's answer in the summaries'.

use crate::event::{GoalReport, LayerReport, MetricReport, Summary, Validity};
use crate::judge::{
    Change, Comparison, Effect, Figure, LayerChange, NOISE, Side, SideGoal, SideLayer, Status, Wants, compare,
};
use crate::plan::{Op, number_text};
use crate::report::words::{
    bytes, goal_target, number, percent, quantity, result, result_text, target, time,
};

/// A number of a metric that is compared.
struct Compared {
    /// As it is shown.
    name: &'static str,
    metric: &'static str,
    value: fn(&MetricReport) -> Option<f64>,
    wants: Wants,
    /// Which runs it says something of.
    when: When,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    /// When iterations are due by the clock.
    Open,
    /// When they are not.
    Closed,
}

const fn compared(
    name: &'static str,
    metric: &'static str,
    value: fn(&MetricReport) -> Option<f64>,
    wants: Wants,
    when: When,
) -> Compared {
    Compared { name, metric, value, wants, when }
}

/// In the order in which they are shown. How many requests an open load sends is its plan's doing.
const COMPARED: [Compared; 14] = [
    compared("http_req_duration p50", "http_req_duration", |m| m.med, Wants::Less, When::Always),
    compared("http_req_duration p95", "http_req_duration", |m| m.p95, Wants::Less, When::Always),
    compared("http_req_duration p99", "http_req_duration", |m| m.p99, Wants::Less, When::Always),
    compared("iteration_response_time p50", "iteration_response_time", |m| m.med, Wants::Less, When::Open),
    compared("iteration_response_time p95", "iteration_response_time", |m| m.p95, Wants::Less, When::Open),
    compared("iteration_response_time p99", "iteration_response_time", |m| m.p99, Wants::Less, When::Open),
    compared("iteration_lag p99", "iteration_lag", |m| m.p99, Wants::Less, When::Open),
    compared("iteration_duration p95", "iteration_duration", |m| m.p95, Wants::Less, When::Closed),
    compared("http_reqs per second", "http_reqs", |m| m.rate, Wants::More, When::Closed),
    compared("http_reqs per second", "http_reqs", |m| m.rate, Wants::Neither, When::Open),
    compared("http_req_failed", "http_req_failed", |m| m.rate, Wants::Less, When::Always),
    compared("checks", "checks", |m| m.rate, Wants::More, When::Always),
    compared("iterations_failed", "iterations_failed", |m| Some(m.count), Wants::Less, When::Always),
    compared("dropped_iterations", "dropped_iterations", |m| Some(m.count), Wants::Less, When::Always),
];

/// The number of a metric as reports write it.
pub(super) fn metric_text(name: &str, value: f64) -> String {
    match name {
        "checks" | "http_req_failed" => percent(value),
        _ if name.contains(" p") && !name.ends_with("second") => time(value),
        _ if name.starts_with("data_") => bytes(value),
        _ => number(value),
    }
}

/// Holds the second run against the first.
pub fn comparison(before: &Summary, after: &Summary) -> Comparison {
    let open = is_open(before) || is_open(after);
    compare(&side(before, open), &side(after, open))
}

fn is_open(summary: &Summary) -> bool {
    summary
        .metrics
        .iter()
        .any(|metric| metric.name == "iteration_lag" && metric.max.is_some_and(|max| max > 0.0))
}

fn side(summary: &Summary, open: bool) -> Side {
    let alone = summary.layers.len() == 1;
    let layers = summary.layers.iter().map(|layer| SideLayer {
        scenario: layer.scenario.clone(),
        place: layer.number.map(|number| (number, layer.title.clone())),
        status: Status::of_word(&layer.status),
        goals: layer.goals.iter().map(goal).collect(),
        rows: rows(layer),
        metrics: metrics(summary, (!alone).then_some(layer.scenario.as_str()), open),
    });
    Side {
        success_rate: summary.phase.success_rate,
        layers: layers.collect(),
        // Of a run of one layer they are that layer's.
        metrics: if alone { Vec::new() } else { metrics(summary, None, open) },
    }
}

fn goal(goal: &GoalReport) -> SideGoal {
    let op = goal_target(goal).and_then(|target| target.op.parse::<Op>().ok());
    let wants = op.map_or(Wants::Neither, |op| if op.wants_less() { Wants::Less } else { Wants::More });
    SideGoal {
        status: Status::of_word(&goal.status),
        figure: Figure {
            name: goal.name.clone(),
            value: goal.value,
            wants,
            target: goal_target(goal).map(|target| target.value),
        },
    }
}

/// A row has no direction of its own: it wants what the layer's goal wants, in the same unit.
fn rows(layer: &LayerReport) -> Vec<Figure> {
    let of_unit = |unit: &str| layer.target.as_ref().filter(|target| target.unit == unit);
    let wants = |unit: &str| match of_unit(unit).and_then(|target| target.op.parse::<Op>().ok()) {
        Some(op) if op.wants_less() => Wants::Less,
        Some(_) => Wants::More,
        None => Wants::Neither,
    };
    let rows = layer.breakdown.iter();
    rows.map(|row| Figure {
        name: row.label.clone(),
        value: Some(row.value),
        wants: wants(&row.unit),
        target: None,
    })
    .collect()
}

fn metrics(summary: &Summary, scenario: Option<&str>, open: bool) -> Vec<Figure> {
    let when = if open { When::Open } else { When::Closed };
    let of_layer = |metric: &&MetricReport| match (scenario, metric.tags.as_slice()) {
        (None, []) => true,
        (Some(scenario), [(tag, value)]) => tag == "scenario" && value == scenario,
        _ => false,
    };
    let compared = COMPARED.iter().filter(|compared| compared.when == When::Always || compared.when == when);
    let figure = |compared: &Compared| {
        let metric = summary.metrics.iter().filter(of_layer).find(|metric| metric.name == compared.metric)?;
        let value = (compared.value)(metric);
        Some(Figure { name: compared.name.to_owned(), value, wants: compared.wants, target: None })
    };
    compared.filter_map(figure).collect()
}

/// A layer of either run or both, with its texts. Both results are of the same goal where they can be.
pub(in crate::report) struct Shown<'a> {
    pub change: &'a LayerChange,
    pub before: Option<&'a LayerReport>,
    pub after: Option<&'a LayerReport>,
    /// What the first run expects.
    pub target: Option<String>,
    /// The result in the first run.
    pub was: String,
    /// The result in the second.
    pub is: String,
    /// `+15.78 req/s, +70.5 %`.
    pub difference: Option<String>,
    /// What makes the two not quite the same thing.
    pub notes: Vec<String>,
}

impl<'a> Shown<'a> {
    /// The layer as the first run has it; the second's if only that has it.
    pub(in crate::report) fn layer(&self) -> Option<&'a LayerReport> {
        self.before.or(self.after)
    }
}

/// Every layer of a comparison.
pub(in crate::report) fn shown<'a>(
    comparison: &'a Comparison,
    before: &'a Summary,
    after: &'a Summary,
) -> Vec<Shown<'a>> {
    let layer = |change: &'a LayerChange| {
        let first = change.before.and_then(|at| before.layers.get(at));
        let second = change.after.and_then(|at| after.layers.get(at));
        let goals = change.goal.as_ref().and_then(|(at, other, change)| {
            Some((first?.goals.get(*at)?, second?.goals.get(*other)?, change))
        });
        let alone = |layer: Option<&LayerReport>| layer.map(result).unwrap_or_default();
        let aim_alone =
            |layer: Option<&LayerReport>| layer.and_then(|layer| layer.target.as_ref()).map(target);
        match goals {
            Some((goal, other, number)) => Shown {
                change,
                before: first,
                after: second,
                target: goal_target(goal).as_ref().map(target),
                was: goal_result(goal),
                is: goal_result(other),
                difference: difference(number, goal_target(goal).map(|target| target.unit)),
                notes: notes(first, second, Some((goal, other))),
            },
            None => Shown {
                change,
                before: first,
                after: second,
                target: aim_alone(first.or(second)),
                was: alone(first),
                is: alone(second),
                difference: None,
                notes: notes(first, second, None),
            },
        }
    };
    comparison.layers.iter().map(layer).collect()
}

fn goal_result(goal: &GoalReport) -> String {
    let unit = goal_target(goal).map(|target| target.unit).unwrap_or_default();
    result_text(goal.value, &unit, &goal.result)
}

/// Nothing where nothing changed. Percent differ by points.
fn difference(change: &Change, unit: Option<String>) -> Option<String> {
    let unit = unit.map_or_else(String::new, |unit| if unit == "%" { "points".to_owned() } else { unit });
    let difference = change.difference().filter(|difference| *difference != 0.0)?;
    let text = quantity(difference, &unit);
    let sign = if text.starts_with('-') { "" } else { "+" };
    let was = change.before.map(number_text).unwrap_or_default();
    let share = percent_text(change, &was).map(|percent| format!(", {percent}"));
    Some(format!("{sign}{text}{}", share.unwrap_or_default()))
}

/// The change as a share of what was before; nothing where that reads as 0, which has no shares.
pub(super) fn percent_text(change: &Change, was: &str) -> Option<String> {
    let zero = !was.contains(|c: char| ('1'..='9').contains(&c));
    change.percent().filter(|_| !zero).map(signed_percent)
}

/// `+70.5 %`; what is tenfold or more reads better as a multiple: `12.3 x`.
fn signed_percent(percent: f64) -> String {
    if percent >= 900.0 {
        return format!("{:.1} x", percent / 100.0 + 1.0);
    }
    let text = format!("{percent:+.1} %");
    if text == "-0.0 %" { "+0.0 %".to_owned() } else { text }
}

fn notes(
    before: Option<&LayerReport>,
    after: Option<&LayerReport>,
    goals: Option<(&GoalReport, &GoalReport)>,
) -> Vec<String> {
    let mut notes = Vec::new();
    let (Some(before), Some(after)) = (before, after) else {
        notes.push(match before {
            Some(_) => "only in the expected run".to_owned(),
            None => "only in the reached run".to_owned(),
        });
        return notes;
    };
    if let Some((goal, other)) = goals {
        if goal.target != other.target {
            notes.push(format!("the target of `{}` was {} and is {}", goal.name, goal.target, other.target));
        }
    } else if before.status != "PASSED" || after.status != "PASSED" {
        notes.push("the runs have no goal in common".to_owned());
    }
    if before.digest != after.digest {
        notes.push("the component is another one".to_owned());
    }
    notes
}

/// What keeps two runs from being compared as they are.
pub(super) fn warnings(before: &Summary, after: &Summary) -> Vec<String> {
    let mut warnings = Vec::new();
    for (name, summary) in [("expected", before), ("reached", after)] {
        let because = || match summary.run.reasons.as_slice() {
            [] => String::new(),
            reasons => format!(": {}", reasons.join("; ")),
        };
        match summary.run.validity {
            Validity::Valid => {}
            Validity::Degraded => warnings.push(format!(
                "the {name} run is DEGRADED, some of its numbers include the generator's own slowness{}",
                because()
            )),
            Validity::Invalid => warnings.push(format!(
                "the {name} run is INVALID, its numbers say nothing about the target{}",
                because()
            )),
        }
        if summary.run.interrupted {
            warnings.push(format!("the {name} run ended before its time"));
        }
    }
    if before.run.id == after.run.id && before.run.started_at == after.run.started_at {
        warnings.push("both are the same run".to_owned());
    }
    warnings
}

/// What a change is worth, in a word.
pub(super) fn effect_word(effect: Effect) -> &'static str {
    match effect {
        Effect::Better => "better",
        Effect::Worse => "worse",
        Effect::Same => "same",
        Effect::Open => "",
    }
}

/// What "same" means.
pub(super) fn footnote() -> String {
    format!(
        "same: less than {} % of change; one pair of runs cannot tell less from noise",
        number_text(NOISE * 100.0)
    )
}
