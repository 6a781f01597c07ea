//! `report.md`: the analysis of a phase, layer by layer.

use std::fmt::Write as _;

use super::escape::{code, markdown as safe};
use super::table::{Cells, TREND, rows};
use super::words::plural;
use crate::event::{LayerReport, LayerTarget, Summary, Validity};
use crate::plan::number_text;

/// Failing layers first, then those that passed, root causes with their evidence, and the numbers.
pub(super) fn render(summary: &Summary) -> String {
    let mut out = String::new();
    let phase = match summary.phase.number {
        Some(number) => format!("Phase {number} load testing"),
        None => "Load testing".to_owned(),
    };
    let title = safe(&summary.phase.title);
    line(
        &mut out,
        &match summary.phase.number {
            Some(number) => format!("# Phase {number} Load Test Analysis - {title}"),
            None => format!("# Load Test Analysis - {title}"),
        },
    );
    line(&mut out, "\n## Executive Summary");
    line(&mut out, &executive(summary, &phase));
    measurement(&mut out, summary);
    let (passed, failing): (Vec<_>, Vec<_>) =
        summary.layers.iter().partition(|layer| layer.status == "PASSED");
    if !failing.is_empty() {
        line(&mut out, "\n## Test Results Analysis by Layer");
        failing.iter().for_each(|layer| section(&mut out, layer));
    }
    if !passed.is_empty() {
        line(&mut out, "\n## Successful Tests");
        passed.iter().for_each(|layer| section(&mut out, layer));
    }
    let caused: Vec<_> = failing.iter().filter(|layer| layer.issue.is_some()).collect();
    if !caused.is_empty() {
        line(&mut out, "\n## Root Cause Analysis");
        for (index, layer) in caused.iter().enumerate() {
            causes(&mut out, index + 1, layer);
        }
    }
    metrics(&mut out, summary);
    out
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

fn executive(summary: &Summary, phase: &str) -> String {
    let rate = &summary.phase;
    let mut text = format!(
        "{phase} of {} revealed a {:.2}% success rate ({} of {} passed, target: {}%)",
        safe(&summary.run.target),
        rate.success_rate,
        rate.passed,
        plural(rate.total, "layer"),
        number_text(rate.success_rate_target),
    );
    let failing: Vec<_> = summary
        .layers
        .iter()
        .filter(|layer| layer.status != "PASSED")
        .map(|layer| safe(&layer.title))
        .collect();
    if !failing.is_empty() {
        let _ = write!(text, "; not passed: {}", failing.join(", "));
    }
    text + "."
}

fn measurement(out: &mut String, summary: &Summary) {
    let run = &summary.run;
    let validity = match run.validity {
        Validity::Valid => "VALID",
        Validity::Degraded => "DEGRADED",
        Validity::Invalid => "INVALID",
    };
    line(
        out,
        &format!(
            "\n- **Run**: {}, started {}, {:.1} s of load",
            safe(&run.id),
            run.started_at,
            run.duration_s
        ),
    );
    let reasons: Vec<_> = run.reasons.iter().map(|reason| safe(reason)).collect();
    let why = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join("; ")) };
    line(out, &format!("- **Measurement**: {validity}{why}"));
    if run.interrupted {
        line(out, "- **Interrupted**: a signal ended the run before its time");
    }
}

fn heading(layer: &LayerReport) -> String {
    match layer.number {
        Some(number) => format!("Layer {number}: {} ({})", safe(&layer.area), safe(&layer.title)),
        None => safe(&layer.title),
    }
}

fn mark(status: &str) -> &'static str {
    match status {
        "PASSED" => "✅ PASSED",
        "WARNING" => "⚠️ WARNING",
        "FAILED" => "❌ FAILED",
        _ => "❔ NO DATA",
    }
}

/// `50+ req/s`, `50 ms`, `< 50 ms`.
fn target(target: &LayerTarget) -> String {
    let (value, unit) = (number_text(target.value), safe(&target.unit));
    let text = match target.op.as_ref() {
        ">=" => format!("{value}+ {unit}"),
        "<=" => format!("{value} {unit}"),
        op => format!("{} {value} {unit}", safe(op)),
    };
    text.trim_end().to_owned()
}

fn section(out: &mut String, layer: &LayerReport) {
    line(out, &format!("\n### {}", heading(layer)));
    line(out, &format!("- **Status**: {}", mark(&layer.status)));
    let aim = layer.target.as_ref().map(|aim| format!(" (target: {})", target(aim)));
    line(out, &format!("- **Result**: {}{}", safe(&layer.result.text), aim.unwrap_or_default()));
    if !layer.breakdown.is_empty() {
        line(out, "- **Breakdown**:");
        for row in &layer.breakdown {
            let passed = match row.passed {
                Some(true) => " ✅",
                Some(false) => " ❌",
                None => "",
            };
            let value = number_text(row.value);
            let text = format!("  - {}: {value} {}", safe(&row.label), safe(&row.unit));
            line(out, &format!("{}{passed}", text.trim_end()));
        }
    }
    if let Some(issue) = &layer.issue {
        line(out, &format!("- **Issue**: {}", safe(issue)));
    }
    if let Some(analysis) = &layer.analysis {
        line(out, &format!("- **Analysis**: {}", safe(analysis)));
    }
    if let Some(priority) = &layer.fix_priority {
        line(out, &format!("- **Fix Priority**: {priority}"));
    }
}

fn causes(out: &mut String, number: usize, layer: &LayerReport) {
    line(out, &format!("\n### {number}. {}", heading(layer)));
    if let Some(issue) = &layer.issue {
        line(out, &format!("- **Issue**: {}", safe(issue)));
    }
    line(out, "- **Evidence**:");
    for goal in &layer.goals {
        let judged = goal.measure == "judged";
        let measure = if judged { "judged by the scenario".to_owned() } else { code(&goal.measure) };
        line(
            out,
            &format!(
                "  - {}: {} (target: {}; {}) {}",
                safe(&goal.name),
                safe(&goal.result),
                safe(&goal.target),
                measure,
                goal.status
            ),
        );
    }
    for failure in &layer.failures {
        let what = if failure.kind == "request" { "requests" } else { "iterations" };
        let said = failure.messages.first().map(|message| format!(": {}", safe(message)));
        line(
            out,
            &format!(
                "  - {} {what} failed with {}{}",
                failure.count,
                code(&failure.code),
                said.unwrap_or_default()
            ),
        );
    }
}

fn metrics(out: &mut String, summary: &Summary) {
    let rows = rows(&summary.metrics);
    if rows.is_empty() {
        return;
    }
    line(out, "\n## Metrics");
    let name = |name: &str, tag: Option<(&str, &str)>| match tag {
        None => code(name),
        Some((tag, value)) => code(&format!("{name}{{{tag}:{value}}}")),
    };
    line(out, &format!("\n| Times | {} |", TREND.join(" | ")));
    line(out, "|---|---:|---:|---:|---:|---:|---:|");
    for row in &rows {
        if let Cells::Trend(cells) = &row.cells {
            line(out, &format!("| {} | {} |", name(row.name, row.tag), cells.join(" | ")));
        }
    }
    line(out, "\n| Counts | |\n|---|---|");
    for row in &rows {
        if let Cells::Plain(text) = &row.cells {
            line(out, &format!("| {} | {} |", name(row.name, row.tag), safe(text)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_read_as_people_write_them() {
        let aim = |op: &'static str, unit: &str| {
            target(&LayerTarget { op: op.into(), value: 50.0, unit: unit.into() })
        };
        assert_eq!(aim(">=", "req/s"), "50+ req/s");
        assert_eq!(aim("<=", "ms"), "50 ms");
        assert_eq!(aim("<", "ms"), "&lt; 50 ms");
        assert_eq!(aim(">=", ""), "50+");
    }
}
