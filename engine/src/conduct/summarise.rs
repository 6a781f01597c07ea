//! Verdicts and totals in the words of `strata.summary/1`.

use crate::event::{
    BreakdownRow, FailureReport, GoalReport, LayerReport, LayerResult, LayerTarget, MetricReport, RunReport,
    RunStart, Validity,
};
use crate::judge::{LayerVerdict, Status};
use crate::measure::{BUILTIN, Results, Totals};
use crate::plan::{Aggregate, LayerPlan, MetricKind, Priority, Selector};

/// The tags by which a metric's numbers are also given one by one.
const SPLIT_BY: [&str; 6] = ["scenario", "stage", "name", "status", "error_code", "check"];
/// The most values of one tag that are given one by one.
const MOST_VALUES: usize = 100;

/// The number of a counter's or a rate's samples, or a counter's sum.
pub(super) fn count(totals: &Totals, metric: &str) -> f64 {
    let selector = Selector { metric: metric.to_owned(), tags: Vec::new() };
    totals.stat(&selector, Aggregate::Count, 1.0).unwrap_or(0.0)
}

/// How many of a rate's samples were not 0.
pub(super) fn failed(totals: &Totals, selector: &Selector) -> f64 {
    totals.summary(selector, 0.0).map_or(0.0, |all| all.rate.unwrap_or_default() * all.count).round()
}

/// How reports write a priority.
pub(super) fn priority_word(priority: Priority) -> &'static str {
    match priority {
        Priority::Critical => "CRITICAL",
        Priority::High => "HIGH",
        Priority::Medium => "MEDIUM",
        Priority::Low => "LOW",
    }
}

/// What a run came to, besides its layers.
pub(super) struct Measured {
    pub duration_s: f64,
    pub validity: Validity,
    pub reasons: Vec<String>,
    pub interrupted: bool,
    pub scenario_failed: bool,
}

/// The run itself.
pub(super) fn run(start: RunStart, measured: Measured) -> RunReport {
    RunReport {
        id: start.id,
        target: start.target,
        started_at: start.started_at,
        duration_s: measured.duration_s,
        validity: measured.validity,
        reasons: measured.reasons,
        interrupted: measured.interrupted,
        scenario_failed: measured.scenario_failed,
        seed: start.seed,
        tags: start.tags,
        strata: start.strata.into(),
    }
}

/// A layer's report.
pub(super) fn layer(plan: &LayerPlan, verdict: &LayerVerdict, results: &Results) -> LayerReport {
    let headline = verdict.headline.and_then(|at| verdict.goals.get(at));
    let passed = verdict.status == Status::Passed;
    let finding = headline.and_then(|goal| goal.finding.as_ref());
    let said = finding.map(|finding| finding.analysis.clone()).filter(|analysis| !analysis.is_empty());
    let (mut issue, mut analysis) = (None, None);
    if passed {
        analysis = said;
    } else {
        issue = verdict
            .reason
            .clone()
            .or(said)
            .or_else(|| headline.map(|goal| format!("{} is {}", goal.goal.name, goal.result_text())));
    }
    let rows = finding.filter(|finding| !finding.breakdown.is_empty()).or_else(|| {
        let all = verdict.goals.iter().filter_map(|goal| goal.finding.as_ref());
        all.into_iter().find(|finding| !finding.breakdown.is_empty())
    });
    LayerReport {
        number: plan.place.as_ref().map(|place| place.number),
        title: plan.place.as_ref().map_or_else(|| plan.scenario.clone(), |place| place.title.clone()),
        area: plan.place.as_ref().map(|place| place.area.clone()).unwrap_or_default(),
        scenario: plan.scenario.clone(),
        digest: plan.digest.clone(),
        status: verdict.status.as_str().into(),
        result: LayerResult {
            value: headline.and_then(|goal| goal.value),
            unit: headline.map(|goal| goal.goal.unit.clone()).unwrap_or_default(),
            text: headline.map_or_else(
                || if passed { "no goals".to_owned() } else { "no data".to_owned() },
                |goal| goal.result_text(),
            ),
        },
        target: headline.map(|goal| LayerTarget {
            op: goal.goal.op.as_str().into(),
            value: goal.goal.target,
            unit: goal.goal.unit.clone(),
        }),
        issue,
        analysis,
        fix_priority: (!passed).then(|| priority_word(plan.priority).into()),
        breakdown: rows.map(|finding| finding.breakdown.iter().map(row).collect()).unwrap_or_default(),
        goals: verdict
            .goals
            .iter()
            .map(|goal| GoalReport {
                name: goal.goal.name.clone(),
                status: goal.status.as_str().into(),
                value: goal.value,
                result: goal.result_text(),
                target: goal.target_text(),
                measure: goal.goal.measure.as_ref().map_or_else(
                    || "judged".to_owned(),
                    |measure| format!("{} {}", measure.selector, measure.aggregate),
                ),
            })
            .collect(),
        failures: failures(results),
    }
}

fn row(row: &crate::judge::Row) -> BreakdownRow {
    BreakdownRow { label: row.label.clone(), value: row.value, unit: row.unit.clone(), passed: row.passed }
}

/// Why iterations failed, and why requests had no answer.
fn failures(results: &Results) -> Vec<FailureReport> {
    let mut all: Vec<FailureReport> = results
        .totals
        .failures()
        .iter()
        .map(|failure| FailureReport {
            kind: "iteration".into(),
            code: failure.code.clone(),
            count: failure.count,
            messages: failure.messages.clone(),
        })
        .collect();
    let failed = Selector { metric: "http_req_failed".to_owned(), tags: Vec::new() };
    for code in results.totals.tag_values(&failed, "error_code") {
        let tags = vec![("error_code".to_owned(), code.clone())];
        let count = results.summary(&Selector { tags, ..failed.clone() }).map_or(0.0, |all| all.count);
        all.push(FailureReport { kind: "request".into(), code, count: count as u64, messages: Vec::new() });
    }
    all.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
    all
}

/// Every metric that has samples: as a whole, and by each tag that has several values.
pub(super) fn metrics(results: &Results) -> Vec<MetricReport> {
    let builtin = BUILTIN.iter().map(|metric| (metric.name, metric.kind, metric.unit));
    let own = results.metrics.iter().map(|metric| (metric.name.as_str(), metric.kind, metric.unit.as_str()));
    let mut reports = Vec::new();
    for (name, kind, unit) in builtin.chain(own) {
        let whole = Selector { metric: name.to_owned(), tags: Vec::new() };
        reports.extend(metric(results, &whole, kind, unit));
        if name == "http_req_duration" {
            let expected = vec![("expected_response".to_owned(), "true".to_owned())];
            reports.extend(metric(results, &Selector { tags: expected, ..whole.clone() }, kind, unit));
        }
        for tag in SPLIT_BY {
            let values = results.totals.tag_values(&whole, tag);
            if values.len() < 2 && tag != "check" && tag != "error_code" {
                continue;
            }
            for value in values.into_iter().take(MOST_VALUES) {
                let tags = vec![(tag.to_owned(), value)];
                reports.extend(metric(results, &Selector { tags, ..whole.clone() }, kind, unit));
            }
        }
    }
    reports
}

fn metric(results: &Results, selector: &Selector, kind: MetricKind, unit: &str) -> Option<MetricReport> {
    let summary = results.summary(selector)?;
    Some(MetricReport {
        name: selector.metric.clone(),
        tags: selector.tags.clone(),
        kind: kind.as_str().into(),
        unit: unit.to_owned(),
        count: summary.count,
        rate: summary.rate,
        avg: summary.avg,
        min: summary.min,
        med: summary.med,
        max: summary.max,
        p90: summary.p90,
        p95: summary.p95,
        p99: summary.p99,
        p999: summary.p999,
    })
}
