//! The metrics of a run as rows.

use super::words::{bytes, number, percent, time};
use crate::event::MetricReport;

/// One metric's numbers as texts.
pub(super) struct Row<'a> {
    /// The metric.
    pub name: &'a str,
    /// The tag that sets this row apart, if it does.
    pub tag: Option<(&'a str, &'a str)>,
    /// What is in it.
    pub cells: Cells,
}

/// The numbers of a row.
pub(super) enum Cells {
    /// avg, med, p90, p95, p99, max.
    Trend([String; 6]),
    /// Anything else, in words.
    Plain(String),
}

/// The columns of [`Cells::Trend`].
pub(super) const TREND: [&str; 6] = ["avg", "med", "p90", "p95", "p99", "max"];

/// The rows of a summary: every metric as a whole, checks by name, failed requests by error, requests by name.
///
/// Where no iteration was due by the clock, response times are durations and lags are nothing: they are left out.
pub(super) fn rows(metrics: &[MetricReport]) -> Vec<Row<'_>> {
    let late =
        |metric: &MetricReport| metric.name == "iteration_lag" && metric.max.is_some_and(|max| max > 0.0);
    let open = metrics.iter().any(late);
    let shown = |metric: &&MetricReport| match metric.tags.first().map(|(tag, _)| tag.as_str()) {
        _ if !open && metric.name.ends_with("_response_time") => false,
        // Nothing was looked up, encrypted, ...: a row of zeros says no more than its absence.
        None if metric.kind == "trend" => metric.max.is_some_and(|max| max > 0.0),
        None => metric.count > 0.0,
        Some("check" | "error_code" | "expected_response" | "proto") => true,
        Some("name") => metric.name == "http_req_duration",
        Some(_) => false,
    };
    metrics.iter().filter(shown).map(row).collect()
}

fn row(metric: &MetricReport) -> Row<'_> {
    let tag = metric.tags.first().map(|(name, value)| (name.as_str(), value.as_str()));
    let numbers = [metric.avg, metric.med, metric.p90, metric.p95, metric.p99, metric.max];
    let value =
        |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| with_unit(value, &metric.unit));
    let cells = match metric.kind.as_ref() {
        "trend" => Cells::Trend(numbers.map(value)),
        "rate" => {
            let hits = metric.rate.unwrap_or(0.0) * metric.count;
            let share = percent(metric.rate.unwrap_or(0.0));
            Cells::Plain(format!("{share}  {} of {}", number(hits.round()), number(metric.count)))
        }
        "gauge" => Cells::Plain(format!(
            "{}  min {}  max {}",
            value(metric.med),
            value(metric.min),
            value(metric.max)
        )),
        _ => {
            let rate = metric.rate.map(|rate| format!("  {}/s", with_unit(rate, &metric.unit)));
            Cells::Plain(format!("{}{}", with_unit(metric.count, &metric.unit), rate.unwrap_or_default()))
        }
    };
    Row { name: &metric.name, tag, cells }
}

fn with_unit(value: f64, unit: &str) -> String {
    match unit {
        "ms" => time(value),
        "B" => bytes(value),
        "" => number(value),
        other => format!("{} {other}", number(value)),
    }
}
