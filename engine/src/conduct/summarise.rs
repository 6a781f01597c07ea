//! Verdicts and totals in the words of `strata.summary/1`.

use crate::event::{
    BreakdownRow, CapabilityReport, FailureReport, GoalReport, LayerReport, LayerResult, LayerTarget,
    MetricReport, RunReport, RunStart, Validity,
};
use crate::guest::{Access, Granted};
use crate::judge::{LayerVerdict, Status};
use crate::measure::{BUILTIN, Numbers, Results, Totals};
use crate::plan::{Aggregate, LayerPlan, MetricKind, Priority, Selector};

/// The tags by which a metric's numbers are also given one by one.
const SPLIT_BY: [&str; 7] = ["scenario", "stage", "name", "status", "error_code", "check", "proto"];
/// The most values of one tag that are given one by one.
const MOST_VALUES: usize = 100;

/// What selects every stage.
pub(super) fn everything() -> Selector {
    Selector { metric: "iterations".to_owned(), tags: Vec::new() }
}

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
    pub unfinished: bool,
    pub scenario_failed: bool,
    pub fault: Option<String>,
}

/// The run itself.
pub(super) fn run(start: RunStart, measured: Measured) -> RunReport {
    let reasons = measured.reasons.into_iter().chain(start.notes).collect();
    RunReport {
        id: start.id,
        target: start.target,
        pack: start.pack,
        started_at: start.started_at,
        duration_s: measured.duration_s,
        validity: measured.validity,
        reasons,
        interrupted: measured.interrupted,
        unfinished: measured.unfinished,
        scenario_failed: measured.scenario_failed,
        fault: measured.fault,
        seed: start.seed,
        tags: start.tags,
        limits: start.limits,
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
        capabilities: Vec::new(),
    }
}

/// What a scenario asked for and reached for.
pub(super) fn capabilities(access: &Access) -> Vec<CapabilityReport> {
    let report = |one: Granted| CapabilityReport {
        kind: one.need.kind.as_str().into(),
        name: one.need.name,
        asked: one.asked,
        granted: one.granted,
        refused: one.refused,
        note: one.note,
    };
    access.granted().into_iter().map(report).collect()
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
    // They are in no rate of failures: whether the target has failed them, nobody knows.
    let stale = Selector {
        metric: "http_reqs".to_owned(),
        tags: vec![("error_code".to_owned(), "stale".to_owned())],
    };
    if let Some(stale) = results.summary(&stale) {
        let (kind, code) = ("request".into(), "stale".to_owned());
        all.push(FailureReport { kind, code, count: stale.count as u64, messages: Vec::new() });
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
            let telling = match tag {
                "check" | "error_code" => true,
                // HTTP/1.1 alone is what everybody expects.
                "proto" => name == "http_reqs" && values.iter().any(|value| value != "HTTP/1.1"),
                _ => values.len() > 1,
            };
            if !telling {
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
    Some(reported(selector, &results.summary(selector)?, kind, unit))
}

/// The numbers of what was selected.
pub(super) fn reported(selector: &Selector, summary: &Numbers, kind: MetricKind, unit: &str) -> MetricReport {
    MetricReport {
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
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::event::{PhaseReport, SCHEMA, Summary};
    use crate::judge::{Finding, Row, success, verdict};
    use crate::plan::{Goal, Measure, Op, Place, Watch};
    use crate::report::{Format, render};

    /// A layer of the analysis that strata grew from. Where it names no target, this is the one that its verdict implies.
    struct Found {
        place: (u32, &'static str, &'static str),
        goal: (&'static str, Op, f64, &'static str),
        value: f64,
        text: &'static str,
        says: &'static str,
        priority: Priority,
    }

    /// In the order of its failing layers, which is not that of their numbers.
    const ANALYSIS: [Found; 11] = [
        Found {
            place: (1, "Foundation", "Database Connection"),
            goal: ("response time", Op::AtMost, 50.0, "ms"),
            value: 85.54,
            text: "85.54ms response time",
            says: "Connection pool not optimized for concurrent requests",
            priority: Priority::High,
        },
        Found {
            place: (2, "Database", "User Registration"),
            goal: ("success rate", Op::AtLeast, 95.0, "%"),
            value: 0.0,
            text: "0% success rate for concurrent registrations",
            says: "Database locks or missing transaction handling",
            priority: Priority::Critical,
        },
        Found {
            place: (3, "Application", "Memory Management"),
            goal: ("growth", Op::AtMost, 0.0, "MB"),
            value: -4.25,
            text: "-4.25MB (memory decreased under load!)",
            says: "Excellent garbage collection and memory optimization",
            priority: Priority::Medium,
        },
        Found {
            place: (8, "API & Services", "Throughput"),
            goal: ("throughput", Op::AtLeast, 50.0, "req/s"),
            value: (24.47 + 9.38 + 44.82 + 10.81) / 4.0,
            text: "22.37 req/s",
            says: "2 of 4 endpoints below 20 req/s: /api/groups (9.38 req/s), /api/friends/suggestions (10.81 req/s)",
            priority: Priority::Critical,
        },
        Found {
            place: (11, "Analytics & Monitoring", "Cache"),
            goal: ("improvement", Op::AtLeast, 50.0, "%"),
            value: 2.9,
            text: "2.9% improvement",
            says: "In-memory cache not effective, Redis connection issues",
            priority: Priority::High,
        },
        Found {
            place: (15, "Business Logic", "Group Assignment"),
            goal: ("response time", Op::AtMost, 100.0, "ms"),
            value: 1265.68,
            text: "1265.68ms response time",
            says: "Synchronous operations blocking concurrent requests",
            priority: Priority::Critical,
        },
        Found {
            place: (15, "Business Logic", "Feed Performance"),
            goal: ("response time", Op::AtMost, 200.0, "ms"),
            value: 171.6,
            text: "171.6ms response time",
            says: "Feed queries well-optimized",
            priority: Priority::High,
        },
        Found {
            place: (10, "Deployment", "Automations"),
            goal: ("success rate", Op::AtLeast, 95.0, "%"),
            value: 0.0,
            text: "0% success rate for concurrent automations",
            says: "Race conditions in automation logic",
            priority: Priority::High,
        },
        Found {
            place: (18, "Security", "Stress Handling"),
            goal: ("success rate", Op::AtLeast, 100.0, "%"),
            value: 100.0,
            text: "100% success at 200% stress level",
            says: "System resilient under extreme load",
            priority: Priority::High,
        },
        Found {
            place: (19, "Infrastructure", "Graceful Degradation"),
            goal: ("ratio", Op::AtMost, 1.0, ""),
            value: 1.0,
            text: "1:1 ratio (no performance drop without cache)",
            says: "System handles cache failures gracefully",
            priority: Priority::Medium,
        },
        Found {
            place: (20, "Business Operations", "Recovery"),
            goal: ("recovery time", Op::AtMost, 5.0, "seconds"),
            value: 1.0,
            text: "1 second recovery time",
            says: "Excellent recovery capabilities",
            priority: Priority::High,
        },
    ];

    const ENDPOINTS: [(&str, f64, bool); 4] = [
        ("/api/posts/feed", 24.47, true),
        ("/api/groups", 9.38, false),
        ("/api/events/sidebar", 44.82, true),
        ("/api/friends/suggestions", 10.81, false),
    ];

    fn judged(found: &Found) -> (LayerPlan, LayerVerdict) {
        let (number, area, title) = found.place;
        let (name, op, target, unit) = found.goal;
        // What comes in milliseconds is the engine's to measure; the rest is the scenario's to say.
        let measure = (unit == "ms").then(|| Measure {
            selector: "http_req_duration".parse().expect("a selector"),
            aggregate: "p(95)".parse().expect("an aggregate"),
        });
        let goal = Goal {
            name: name.into(),
            unit: unit.into(),
            op,
            target,
            warn: None,
            measure,
            watch: Watch::default(),
        };
        let breakdown = ENDPOINTS.iter().filter(|_| number == 8).map(|(label, value, passed)| Row {
            label: (*label).into(),
            value: *value,
            unit: "req/s".into(),
            passed: Some(*passed),
        });
        let finding = Finding {
            goal: name.into(),
            value: Some(found.value),
            text: Some(found.text.into()),
            analysis: found.says.into(),
            breakdown: breakdown.collect(),
        };
        let verdict = verdict(std::slice::from_ref(&goal), &[finding], |_| (Some(found.value), None), None);
        let plan = LayerPlan {
            scenario: format!("layer-{number:02}-{}", title.to_lowercase().replace(' ', "-")),
            source: PathBuf::new(),
            digest: "0".repeat(64),
            place: Some(Place { number, title: title.into(), area: area.into() }),
            stages: Vec::new(),
            goals: vec![goal],
            metrics: Vec::new(),
            priority: found.priority,
            needs: Vec::new(),
            env: Vec::new(),
            timeouts: crate::plan::Timeouts::default(),
            web: crate::plan::Web::default(),
            after: Vec::new(),
            only_if: Vec::new(),
            start_time: std::time::Duration::ZERO,
        };
        (plan, verdict)
    }

    fn analysis() -> Summary {
        let layers: Vec<_> = ANALYSIS.iter().map(judged).collect();
        let statuses: Vec<Status> = layers.iter().map(|(_, verdict)| verdict.status).collect();
        Summary {
            schema: SCHEMA.into(),
            run: RunReport {
                id: "phase-3-as-found".into(),
                target: "http://127.0.0.1:8080".into(),
                pack: None,
                started_at: "2026-01-01T00:00:00Z".into(),
                duration_s: 0.0,
                validity: Validity::Valid,
                reasons: Vec::new(),
                interrupted: false,
                unfinished: false,
                scenario_failed: false,
                fault: None,
                seed: 0,
                tags: Vec::new(),
                limits: Vec::new(),
                strata: "0.1.0".into(),
            },
            phase: PhaseReport {
                number: Some(3),
                title: "Life CEO 40x20s Framework".into(),
                success_rate: success(&statuses),
                success_rate_target: 90.0,
                passed: statuses.iter().filter(|status| **status == Status::Passed).count(),
                total: statuses.len(),
            },
            layers: layers.iter().map(|(plan, verdict)| layer(plan, verdict, &Results::default())).collect(),
            metrics: Vec::new(),
            versions: Vec::new(),
            timeline: Vec::new(),
            changes: Vec::new(),
        }
    }

    /// The figures of the analysis come out as its verdicts, and the report is the analysis.
    #[test]
    fn the_analysis_comes_out_of_its_figures() {
        let summary = analysis();
        assert_eq!(summary.phase.success_rate, 45.45);
        let statuses: Vec<_> = summary.layers.iter().map(|layer| layer.status.as_ref()).collect();
        let (passed, failed) = ("PASSED", "FAILED");
        let expected =
            ["WARNING", failed, passed, failed, failed, failed, passed, failed, passed, passed, passed];
        assert_eq!(statuses, expected);
        strata_support::golden("phase-3/summary.json", &render(&summary, Format::Json));
        strata_support::golden("phase-3/report.md", &render(&summary, Format::Markdown));
    }
}
