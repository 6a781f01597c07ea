//! `report.md`: the analysis of a phase, layer by layer.

use super::changes::{LISTED, what};
use super::compare::{comparison, shown};
use super::escape::{code, line as plain, markdown as safe};
use super::table::{Cells, TREND, rows};
use super::versions;
use super::words::{
    NOTHING, capabilities, components, heading, mark, pack, plural, refusals, result, target, validity,
};
use crate::event::{LayerReport, Summary, Validity};
use crate::plan::number_text;

/// Failing layers first, then those that passed, root causes with their evidence, what to do in which order, what is
/// expected of it (and reached, held against an earlier run), and the numbers.
pub(super) fn render(summary: &Summary, earlier: Option<&Summary>) -> String {
    let mut out = String::new();
    let title = safe(&summary.phase.title);
    let phase = phase(summary);
    line(&mut out, &format!("# {}Load Test Analysis - {title}", phase));
    line(&mut out, "\n## Executive Summary");
    let invalid = summary.run.validity == Validity::Invalid;
    if invalid {
        line(&mut out, &format!("**The measurement is INVALID: {NOTHING}.**\n"));
    }
    line(&mut out, &executive(summary, &phase));
    measurement(&mut out, summary);
    changed(&mut out, summary);
    let (passed, failing): (Vec<_>, Vec<_>) =
        summary.layers.iter().partition(|layer| layer.status == "PASSED");
    if !failing.is_empty() {
        line(&mut out, "\n## Test Results Analysis by Layer");
        failing.iter().for_each(|layer| section(&mut out, layer, !invalid));
    }
    if !passed.is_empty() {
        line(&mut out, "\n## Successful Tests");
        passed.iter().for_each(|layer| section(&mut out, layer, !invalid));
    }
    if !failing.is_empty() && !invalid {
        line(&mut out, "\n## Root Cause Analysis");
        for (index, layer) in failing.iter().enumerate() {
            causes(&mut out, index + 1, layer);
        }
        line(&mut out, "\n## Implementation Plan");
        fixes(&mut out, &failing);
    }
    match earlier {
        Some(earlier) => reached(&mut out, earlier, summary),
        None if failing.is_empty() || invalid => {}
        None => expected(&mut out, summary, &failing),
    }
    split(&mut out, summary);
    metrics(&mut out, summary);
    line(&mut out, "\n## Components\n");
    for (scenario, digest) in components(summary) {
        line(&mut out, &format!("- {}: sha256:{}", safe(scenario), safe(digest)));
    }
    out
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// `Phase 3 `, or nothing.
fn phase(summary: &Summary) -> String {
    summary.phase.number.map(|number| format!("Phase {number} ")).unwrap_or_default()
}

/// `a, b, and c`.
fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [one, other] => format!("{one} and {other}"),
        [most @ .., last] => format!("{}, and {last}", most.join(", ")),
    }
}

fn executive(summary: &Summary, phase: &str) -> String {
    let rate = &summary.phase;
    let known = ["CRITICAL", "HIGH", "MEDIUM", "LOW"].into_iter();
    let urgent = known.filter(|_| summary.run.validity != Validity::Invalid).find_map(|priority| {
        let of_it = summary.layers.iter().filter(|layer| layer.fix_priority.as_deref() == Some(priority));
        let names: Vec<String> = of_it.map(|layer| safe(&layer.title)).collect();
        (!names.is_empty()).then(|| {
            let what = if names.len() == 1 { "a finding" } else { "findings" };
            format!(" with {what} of {} priority in {}", priority.to_lowercase(), list(&names))
        })
    });
    let subject = if phase.is_empty() { "Load" } else { phase.trim_end() };
    let subject = format!("{subject}{}testing", if phase.is_empty() { " " } else { " load " });
    format!(
        "{subject} revealed a {:.2}% success rate{}. {} of {} passed (target: {}%).",
        rate.success_rate,
        urgent.unwrap_or_default(),
        rate.passed,
        plural(rate.total, "layer"),
        number_text(rate.success_rate_target),
    )
}

fn measurement(out: &mut String, summary: &Summary) {
    let run = &summary.run;
    line(out, &format!("\n- **Target**: {}", safe(&run.target)));
    if let Some(pack) = pack(run) {
        line(out, &format!("- **Pack**: {}", safe(&pack)));
    }
    line(
        out,
        &format!(
            "- **Run**: {}, started {}, {:.1} s of load",
            safe(&run.id),
            safe(&run.started_at),
            run.duration_s
        ),
    );
    let reasons: Vec<_> = run.reasons.iter().map(|reason| safe(reason)).collect();
    let why = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join("; ")) };
    line(out, &format!("- **Measurement**: {}{why}", validity(run.validity)));
    if !run.limits.is_empty() {
        let limits: Vec<_> =
            run.limits.iter().map(|(name, value)| safe(&format!("{name}={value}"))).collect();
        line(out, &format!("- **Limits**: {}", limits.join(", ")));
    }
    if run.interrupted {
        line(out, "- **Interrupted**: the run ended before its time");
    }
}

fn changed(out: &mut String, summary: &Summary) {
    if summary.changes.is_empty() {
        return;
    }
    line(out, "\n## Changes While It Ran");
    for change in summary.changes.iter().take(LISTED) {
        let (at, kind, what) = (change.at_s, safe(&change.kind), safe(&what(change)));
        line(out, &format!("- **{at:.1} s** {kind}: {what} (by {})", safe(&change.by)));
    }
    if let more @ 1.. = summary.changes.len().saturating_sub(LISTED) {
        line(out, &format!("- and {more} more"));
    }
}

/// `85.54ms (target: 50ms)`, not escaped.
fn outcome(layer: &LayerReport) -> String {
    let aim = layer.target.as_ref().map(|aim| format!(" (target: {})", target(aim)));
    format!("{}{}", result(layer), aim.unwrap_or_default())
}

/// A layer; what is to be mended in the target only where its numbers say something about it (`telling`).
fn section(out: &mut String, layer: &LayerReport, telling: bool) {
    line(out, &format!("\n### {}", safe(&heading(layer))));
    line(out, &format!("- **Status**: {}", mark(&layer.status)));
    line(out, &format!("- **Result**: {}", safe(&outcome(layer))));
    if !layer.breakdown.is_empty() {
        line(out, "- **Breakdown**:");
        for row in &layer.breakdown {
            let passed = match row.passed {
                Some(true) => " ✅",
                Some(false) => " ❌",
                None => "",
            };
            let text = format!("  - {}: {} {}", safe(&row.label), number_text(row.value), safe(&row.unit));
            line(out, &format!("{}{passed}", text.trim_end()));
        }
    }
    if !telling {
        return;
    }
    if let Some(issue) = &layer.issue {
        line(out, &format!("- **Issue**: {}", safe(issue)));
    }
    if let Some(analysis) = &layer.analysis {
        line(out, &format!("- **Analysis**: {}", safe(analysis)));
    }
    if let Some(granted) = capabilities(layer) {
        line(out, &format!("- **Asked For**: {}", safe(&granted)));
    }
    if let Some(refused) = refusals(layer) {
        line(out, &format!("- **Refused**: {}", safe(&refused)));
    }
    if let Some(priority) = &layer.fix_priority {
        line(out, &format!("- **Fix Priority**: {}", safe(priority)));
    }
}

/// ` (Layer 8)`, or nothing.
fn place(layer: &LayerReport) -> String {
    layer.number.map(|number| format!(" (Layer {number})")).unwrap_or_default()
}

/// A block in which everything is literal. No line of it begins with a text that is not the report's own.
fn causes(out: &mut String, number: usize, layer: &LayerReport) {
    line(out, &format!("\n### {number}. {}{}", safe(&layer.title), place(layer)));
    line(out, "```");
    line(out, &format!("Current: {}", plain(&outcome(layer))));
    if let Some(issue) = &layer.issue {
        line(out, &format!("Issue: {}", plain(issue)));
    }
    if !layer.goals.is_empty() || !layer.failures.is_empty() {
        line(out, "Evidence:");
    }
    for goal in &layer.goals {
        let judged = goal.measure == "judged";
        let measure = if judged { "judged by the scenario" } else { goal.measure.as_str() };
        let (name, result, target) = (&goal.name, &goal.result, &goal.target);
        let text = format!("{name}: {result} (target: {target}; {measure}) {}", goal.status);
        line(out, &format!("- {}", plain(&text)));
    }
    for failure in &layer.failures {
        let what = if failure.kind == "request" { "requests" } else { "iterations" };
        let said = failure.messages.first().map(|message| format!(": {message}")).unwrap_or_default();
        let text = format!("{} {what} failed with {}{said}", failure.count, failure.code);
        line(out, &format!("- {}", plain(&text)));
    }
    line(out, "```");
}

/// What is wrong, most urgent first.
fn fixes(out: &mut String, failing: &[&LayerReport]) {
    let steps = [("CRITICAL", "Critical"), ("HIGH", "High-Priority"), ("MEDIUM", "Medium-Priority")];
    let steps = steps.into_iter().chain([("LOW", "Low-Priority")]);
    let with = |priority| {
        let of_it = failing.iter().filter(move |layer| layer.fix_priority.as_deref() == Some(priority));
        of_it.copied().collect::<Vec<_>>()
    };
    let steps = steps.map(|(priority, name)| (name, with(priority))).filter(|(_, layers)| !layers.is_empty());
    for (step, (name, layers)) in steps.enumerate() {
        line(out, &format!("\n### Phase {}: {name} Fixes", step + 1));
        for (number, layer) in layers.iter().enumerate() {
            let issue = layer.issue.as_ref().map(|issue| format!(": {}", safe(issue))).unwrap_or_default();
            line(out, &format!("{}. {}{}{issue}", number + 1, safe(&layer.title), place(layer)));
        }
    }
}

fn in_phase(summary: &Summary) -> String {
    summary.phase.number.map(|number| format!(" in Phase {number} tests")).unwrap_or_default()
}

/// What the goals say of the layers that did not pass.
fn expected(out: &mut String, summary: &Summary, failing: &[&LayerReport]) {
    line(out, "\n## Expected Outcomes");
    let rate = number_text(summary.phase.success_rate_target);
    line(out, &format!("- Target: {rate}%+ success rate{}", in_phase(summary)));
    for layer in failing {
        if let Some(aim) = &layer.target {
            line(out, &format!("- {}: {}", safe(&layer.title), safe(&target(aim))));
        }
    }
}

/// What was expected after the earlier run, and what this one reached.
fn reached(out: &mut String, earlier: &Summary, summary: &Summary) {
    line(out, "\n## Expected Outcomes");
    line(out, &format!("Expected after {}, and reached in this run:\n", safe(&earlier.run.id)));
    for (name, run) in [("earlier", earlier), ("present", summary)] {
        if run.run.validity == Validity::Invalid {
            line(out, &format!("- **The {name} run is INVALID**: its numbers say nothing about the target"));
        }
    }
    let phase = &earlier.phase;
    let good = if summary.phase.success_rate >= phase.success_rate_target { "✅" } else { "❌" };
    line(
        out,
        &format!(
            "- Target: {}%+ success rate{} → {:.2}% {good} (before: {:.2}%)",
            number_text(phase.success_rate_target),
            in_phase(earlier),
            summary.phase.success_rate,
            phase.success_rate,
        ),
    );
    let comparison = comparison(earlier, summary);
    for shown in shown(&comparison, earlier, summary) {
        let aim = shown.target.as_ref().map(|aim| format!("{} → ", safe(aim))).unwrap_or_default();
        let title = shown.layer().map(|layer| safe(&layer.title)).unwrap_or_default();
        let said = |layer: Option<&LayerReport>, result: &str| {
            layer.map(|layer| format!("{} {}", safe(result), mark(&layer.status)))
        };
        let after = said(shown.after, &shown.is).unwrap_or_else(|| "not in this run".to_owned());
        let before = said(shown.before, &shown.was).unwrap_or_else(|| "not in that run".to_owned());
        line(out, &format!("- {title}: {aim}{after} (before: {before})"));
    }
}

/// The versions of scenarios that were swapped.
fn split(out: &mut String, summary: &Summary) {
    for layer in &summary.layers {
        let versions = versions::of(summary, &layer.scenario);
        if versions.is_empty() {
            continue;
        }
        line(out, &format!("\n## Versions of {}", safe(&layer.scenario)));
        line(out, &format!("\n| Version | {} |", versions::COLUMNS.join(" | ")));
        line(out, &format!("|---|---{}|", "|---:".repeat(versions::COLUMNS.len() - 1)));
        for version in versions {
            let cells = versions::cells(version).map(|cell| safe(&cell));
            line(out, &format!("| {} | {} |", code(&versions::short(version)), cells.join(" | ")));
        }
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
            let cells: Vec<_> = cells.iter().map(|cell| safe(cell)).collect();
            line(out, &format!("| {} | {} |", name(row.name, row.tag), cells.join(" | ")));
        }
    }
    line(out, "\n| Counts | |\n|---|---|");
    for row in &rows {
        if let Cells::Plain(text) = &row.cells {
            line(out, &format!("| {} | {} |", name(row.name, row.tag), safe(&text.replace("  ", " · "))));
        }
    }
}
