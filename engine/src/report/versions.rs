//! The versions of a scenario as rows, where a run had several.

use super::words::{number, percent, time};
use crate::event::{MetricReport, Summary, VersionReport};

/// The columns after the version's name.
pub(super) const COLUMNS: [&str; 8] =
    ["on", "iterations", "failed", "iteration p50", "p95", "p99", "request p50", "p99"];
/// The characters of a digest that are shown.
const SHOWN: usize = 12;

/// The versions of a scenario; nothing where there was only one.
pub(super) fn of<'a>(summary: &'a Summary, scenario: &str) -> Vec<&'a VersionReport> {
    let versions: Vec<_> = summary.versions.iter().filter(|version| version.scenario == scenario).collect();
    if versions.len() > 1 { versions } else { Vec::new() }
}

/// A digest as it is shown.
pub(super) fn short(version: &VersionReport) -> String {
    version.digest.chars().take(SHOWN).collect()
}

/// The cells of a version's row.
pub(super) fn cells(version: &VersionReport) -> [String; 8] {
    let metric = |name: &str| version.metrics.iter().find(|metric| metric.name == name);
    let ms = |name: &str, value: fn(&MetricReport) -> Option<f64>| {
        metric(name).and_then(value).map_or_else(|| "-".to_owned(), time)
    };
    let failed = metric("iterations_failed").map_or(0.0, |failed| failed.count);
    let share = match version.iterations {
        0 => "-".to_owned(),
        iterations => percent(failed / iterations as f64),
    };
    [
        on(version),
        number(version.iterations as f64),
        share,
        ms("iteration_duration", |metric| metric.med),
        ms("iteration_duration", |metric| metric.p95),
        ms("iteration_duration", |metric| metric.p99),
        ms("http_req_duration", |metric| metric.med),
        ms("http_req_duration", |metric| metric.p99),
    ]
}

/// `2.10 s to 4.20 s`, and in how many parts.
pub(super) fn on(version: &VersionReport) -> String {
    let Some(since) = version.since_s else { return "never".to_owned() };
    let until = version.until_s.map_or_else(|| "the end".to_owned(), |until| format!("{until:.2} s"));
    let parts = if version.times > 1 { format!(", {} times", version.times) } else { String::new() };
    format!("{since:.2} s to {until}{parts}")
}

/// The run as if it had been of one version alone: the first one with this beginning of a digest; for a comparison.
///
/// # Errors
/// What there is, if none or several are meant.
pub fn of_version(summary: &Summary, digest: &str) -> Result<Summary, String> {
    let meant: Vec<_> =
        summary.versions.iter().filter(|version| version.digest.starts_with(digest)).collect();
    let known = || {
        let texts = summary.versions.iter();
        let texts: Vec<_> =
            texts.map(|version| format!("{} of `{}`", short(version), version.scenario)).collect();
        texts.join(", ")
    };
    let shown = crate::plan::shown(digest);
    let version = match meant.as_slice() {
        [version] if !digest.is_empty() => *version,
        [] => return Err(format!("the run has no version `{shown}` (hint: it has {})", known())),
        _ => return Err(format!("`{shown}` is more than one version (hint: it has {})", known())),
    };
    let mut alone = summary.clone();
    let iterations = number(version.iterations as f64);
    alone.run.id =
        format!("{} version {}, on {}, {iterations} iterations", alone.run.id, short(version), on(version));
    alone.layers.clear();
    alone.metrics.clone_from(&version.metrics);
    alone.timeline.clear();
    Ok(alone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(digest: &str, times: u32) -> VersionReport {
        VersionReport {
            scenario: "shop".into(),
            digest: digest.into(),
            iterations: 10,
            since_s: Some(0.5),
            until_s: Some(2.0),
            times,
            metrics: Vec::new(),
        }
    }

    #[test]
    fn a_version_without_samples_has_no_numbers() {
        let cells = cells(&version("abcdef0123456789", 3));
        assert_eq!(cells[..4], ["0.50 s to 2.00 s, 3 times", "10", "0.00 %", "-"]);
        assert_eq!(short(&version("abcdef0123456789", 1)), "abcdef012345");
        assert_eq!(on(&VersionReport { since_s: None, ..version("a", 0) }), "never");
    }
}
