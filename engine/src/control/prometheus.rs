//! The metrics of a run that goes on, as Prometheus reads them (text format 0.0.4).
//!
//! Names are k6's behind `strata_`: `strata_http_reqs_total`, `strata_vus`, `strata_http_req_failed_rate`. Times are
//! seconds, as a summary with quantiles. A family with a label is never the same as the whole without one, so that a
//! sum over a family is right: `strata_http_reqs_by_status_total{status="200"}`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::event::{MetricReport, RunStatus};

/// A family: its type and its lines.
#[derive(Default)]
struct Families(BTreeMap<String, (&'static str, Vec<String>)>);

impl Families {
    fn add(&mut self, family: &str, kind: &'static str, suffix: &str, labels: &[(&str, &str)], value: f64) {
        let (_, lines) = self.0.entry(family.to_owned()).or_insert_with(|| (kind, Vec::new()));
        let labels: Vec<String> =
            labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        lines.push(format!("{family}{suffix}{labels} {}", number(value)));
    }
}

/// The text.
pub(super) fn render(status: &RunStatus, metrics: &[MetricReport]) -> String {
    let mut families = Families::default();
    let labels = [("id", status.id.as_str()), ("target", status.target.as_str())];
    families.add("strata_run_info", "gauge", "", &labels, 1.0);
    families.add("strata_run_elapsed_seconds", "gauge", "", &[], status.elapsed_s);
    families.add("strata_run_paused", "gauge", "", &[], f64::from(u8::from(status.state == "paused")));
    for layer in &status.layers {
        let Some(stage) = &layer.stage else { continue };
        let labels = [("scenario", layer.scenario.as_str()), ("stage", stage.name.as_str())];
        families.add("strata_stage_vus", "gauge", "", &labels, f64::from(stage.vus));
        families.add("strata_stage_iterations_per_second", "gauge", "", &labels, stage.iterations_per_s);
        if let Some(vus) = stage.asked_vus {
            families.add("strata_stage_asked_vus", "gauge", "", &labels, f64::from(vus));
        }
        if let Some(rate) = stage.asked_per_s {
            families.add("strata_stage_asked_iterations_per_second", "gauge", "", &labels, rate);
        }
    }
    // Two names that differ only in what Prometheus does not know would be one family twice.
    let mut taken = BTreeSet::new();
    let mut names: BTreeMap<&str, String> = BTreeMap::new();
    for metric in metrics {
        let name = names.entry(&metric.name).or_insert_with(|| {
            let mut name = plain(&metric.name);
            while !taken.insert(name.clone()) {
                name.push('_');
            }
            name
        });
        add(&mut families, name, metric);
    }
    let mut text = String::new();
    for (family, (kind, lines)) in &families.0 {
        // Writing to a text does not fail.
        let _ = writeln!(text, "# TYPE {family} {kind}\n{}", lines.join("\n"));
    }
    text
}

fn add(families: &mut Families, name: &str, metric: &MetricReport) {
    let labels: Vec<(String, &str)> =
        metric.tags.iter().map(|(name, value)| (plain(name), value.as_str())).collect();
    let by: String = labels.iter().map(|(name, _)| format!("_by_{name}")).collect();
    let labels: Vec<(&str, &str)> = labels.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    match metric.kind.as_ref() {
        "counter" => families.add(&format!("strata_{name}{by}_total"), "counter", "", &labels, metric.count),
        "gauge" => {
            if let Some(value) = metric.med {
                families.add(&format!("strata_{name}{by}"), "gauge", "", &labels, value);
            }
        }
        "rate" => {
            if let Some(rate) = metric.rate {
                families.add(&format!("strata_{name}{by}_rate"), "gauge", "", &labels, rate);
            }
            let samples = format!("strata_{name}{by}_samples_total");
            families.add(&samples, "counter", "", &labels, metric.count);
        }
        _ => {
            let (unit, scale) = if metric.unit == "ms" { ("_seconds", 1e-3) } else { ("", 1.0) };
            let family = format!("strata_{name}{by}{unit}");
            for (quantile, value) in [
                ("0.5", metric.med),
                ("0.9", metric.p90),
                ("0.95", metric.p95),
                ("0.99", metric.p99),
                ("0.999", metric.p999),
            ] {
                let Some(value) = value else { continue };
                let labels: Vec<_> = labels.iter().copied().chain([("quantile", quantile)]).collect();
                families.add(&family, "summary", "", &labels, value * scale);
            }
            let sum = metric.avg.unwrap_or(0.0) * metric.count * scale;
            families.add(&family, "summary", "_sum", &labels, sum);
            families.add(&family, "summary", "_count", &labels, metric.count);
        }
    }
}

/// A name of letters, digits and `_`.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn number(value: f64) -> String {
    match value {
        _ if value.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        _ => value.to_string(),
    }
}
