//! What a scenario is, for people and for programs.

use std::time::Duration;

use super::escape::line as safe;
use super::look::{BOLD, DIM, ODD, styled};
use super::words::{bytes, cut, plural, time, wrap};
use crate::event::{Inspection, StageSpecReport};
use crate::plan::{NeedKind, duration_text, number_text};

/// The columns of labels.
const LABELS: usize = 12;
/// The columns of names of stages, goals and metrics, at most.
const NAMES: usize = 24;
/// How what a scenario asks for is called.
const NEEDS: [(NeedKind, &str); 5] = [
    (NeedKind::Host, "hosts"),
    (NeedKind::Data, "data"),
    (NeedKind::Kv, "kv"),
    (NeedKind::Env, "env"),
    (NeedKind::Secret, "secrets"),
];

/// The document by schema `strata.inspect/1`, indented.
pub fn inspection_json(inspection: &Inspection) -> String {
    // Only maps with keys that are no texts, or a failing `Serialize`, could fail; there is neither.
    serde_json::to_string_pretty(inspection).unwrap_or_default()
}

/// For a terminal of so many columns. Styles are written: the stream takes them out where they are not wanted.
pub fn inspection_text(inspection: &Inspection, width: usize) -> String {
    let mut page = Page { out: String::new(), width };
    let manifest = &inspection.manifest;
    page.line(&styled(BOLD, &safe(&manifest.name)));
    if let Some(place) = &manifest.layer {
        page.labelled("layer", &format!("{} · {} · {}", place.number, place.area, place.title));
    }
    page.labelled("priority", manifest.fix_priority);
    page.labelled("file", &format!("{}, {}", inspection.file, bytes(inspection.size as f64)));
    page.labelled("sha256", &inspection.sha256);
    let contract = match &inspection.contract {
        Some(version) => format!("strata:scenario {version}"),
        None => "strata:scenario, of which it imports nothing that would tell the version".to_owned(),
    };
    page.labelled("contract", &contract);
    page.labelled("made with", &made_with(inspection));
    let cached = if inspection.compile_cached { ", from an earlier time" } else { "" };
    page.labelled("compiled", &format!("in {}{cached}", time(inspection.compile_ms)));
    page.labelled("exports", &inspection.exports.join(", "));
    page.stages(inspection);
    page.goals(inspection);
    if !manifest.metrics.is_empty() {
        page.heading("metrics");
        let rows = manifest.metrics.iter().map(|metric| {
            let unit = if metric.unit.is_empty() { String::new() } else { format!(", {}", metric.unit) };
            (metric.name.clone(), format!("{}{unit}", metric.kind))
        });
        page.rows(rows.collect());
    }
    page.heading("asks for");
    for (kind, label) in NEEDS {
        let names = manifest.needs.iter().filter(|need| need.kind == kind.as_str());
        let names: Vec<&str> = names.map(|need| need.name.as_str()).collect();
        match (kind, names.as_slice()) {
            (NeedKind::Host, []) => page.labelled(label, "none besides the target"),
            (_, []) => {}
            (_, names) => page.labelled(label, &names.join(", ")),
        }
    }
    page.labelled("strata", &list(&inspection.strata));
    if inspection.wasi.is_empty() {
        page.labelled("wasi", "nothing");
    } else {
        page.labelled("wasi", &inspection.wasi.join(", "));
        page.labelled(
            "",
            "(linked but empty: no file, socket, argument or variable is behind them; clocks and random numbers are \
             the engine's)",
        );
    }
    for warning in &inspection.warnings {
        let lines = wrap(&safe(warning), page.width.saturating_sub(9));
        for (at, line) in lines.iter().enumerate() {
            let label = if at == 0 { "warning:" } else { "        " };
            page.line(&format!("{} {line}", styled(ODD, label)));
        }
    }
    page.out
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

/// `Rust; wit-component 0.254.2, rustc 1.95.0`.
fn made_with(inspection: &Inspection) -> String {
    let of = |field: &str| -> Vec<String> {
        let named = inspection.producers.iter().filter(|producer| producer.field == field);
        named.map(|producer| format!("{} {}", producer.name, producer.version).trim().to_owned()).collect()
    };
    let parts = [of("language"), of("sdk"), of("processed-by")];
    let parts: Vec<String> =
        parts.iter().filter(|part| !part.is_empty()).map(|part| part.join(", ")).collect();
    if parts.is_empty() { "it does not say".to_owned() } else { parts.join("; ") }
}

struct Page {
    out: String,
    width: usize,
}

impl Page {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn heading(&mut self, text: &str) {
        self.line("");
        self.line(&styled(BOLD, text));
    }

    /// A label and a text, broken into lines under each other.
    fn labelled(&mut self, label: &str, text: &str) {
        self.row(label, text, LABELS);
    }

    fn row(&mut self, label: &str, text: &str, columns: usize) {
        let label = safe(label);
        let lines = wrap(&safe(text), self.width.saturating_sub(columns + 2));
        for (at, line) in lines.iter().enumerate() {
            let label = if at == 0 { label.as_str() } else { "" };
            let label = cut(label, columns.saturating_sub(1));
            self.line(&format!("  {}{line}", styled(DIM, &format!("{label:<columns$}"))));
        }
    }

    /// Names and what is said of them, in two columns.
    fn rows(&mut self, rows: Vec<(String, String)>) {
        let widest = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        let columns = (widest + 2).clamp(LABELS, NAMES);
        for (name, text) in rows {
            self.row(&name, &text, columns);
        }
    }

    fn stages(&mut self, inspection: &Inspection) {
        let stages = &inspection.manifest.stages;
        self.heading(&plural(stages.len(), "stage"));
        self.rows(stages.iter().map(|stage| (stage.name.clone(), stage_text(stage))).collect());
    }

    fn goals(&mut self, inspection: &Inspection) {
        let goals = &inspection.manifest.goals;
        if goals.is_empty() {
            return;
        }
        self.heading(&plural(goals.len(), "goal"));
        let rows = goals.iter().map(|goal| {
            let mut text = format!("{} {}", goal.op, amount(goal.target, &goal.unit));
            match &goal.measure {
                Some(measure) => text += &format!(", {} of {}", measure.aggregate, measure.selector),
                None => text += ", judged by the scenario",
            }
            if goal.warn == Some(goal.target) {
                text += ", never a WARNING";
            } else if let Some(warn) = goal.warn {
                let way = if goal.op.starts_with('>') { "down" } else { "up" };
                text += &format!(", a WARNING {way} to {}", amount(warn, &goal.unit));
            }
            if let Some(over) = goal.over_ms {
                text += &format!(", in {} % of windows of {}", number_text(goal.met * 100.0), duration(over));
            }
            if let Some(after) = goal.abort_after_ms {
                text += &format!(", a miss ends the load after {}", duration(after));
            }
            (goal.name.clone(), text)
        });
        self.rows(rows.collect());
    }
}

/// `50 req/s`, `50`.
fn amount(value: f64, unit: &str) -> String {
    format!("{} {unit}", number_text(value)).trim_end().to_owned()
}

/// `1m30s`.
fn duration(ms: f64) -> String {
    duration_text(Duration::from_secs_f64(ms / 1e3))
}

fn stage_text(stage: &StageSpecReport) -> String {
    let load = stage.load.as_deref().unwrap_or("cannot be run as it is");
    let mut text = format!("{}: {load}", stage.executor);
    if let Some(start) = stage.start_time_ms {
        text += &format!(", begins after {}", duration(start));
    }
    if let Some(arrival) = &stage.arrival {
        text += &format!(", {arrival} arrivals");
    }
    if let Some(stop) = stage.graceful_stop_ms {
        text += &format!(", stops within {}", duration(stop));
    }
    if stage.warm_up {
        text += ", warm-up";
    }
    if !stage.tags.is_empty() {
        let tags: Vec<String> = stage.tags.iter().map(|(name, value)| format!("{name}={value}")).collect();
        text += &format!(", tags {}", tags.join(" "));
    }
    text
}
