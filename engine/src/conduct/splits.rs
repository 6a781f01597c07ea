//! What each version of a scenario came to.

use std::sync::Arc;

use super::summarise;
use super::versions::Span;
use crate::event::VersionReport;
use crate::measure::{BUILTIN, Results};
use crate::plan::{MetricKind, Selector};

/// The metrics of the engine that versions have for themselves, in the order of summaries.
const METRICS: [&str; 10] = [
    "checks",
    "http_req_duration",
    "http_req_failed",
    "http_reqs",
    "iteration_response_time",
    "iteration_duration",
    "iteration_lag",
    "iterations",
    "iterations_failed",
    "iterations_interrupted",
];

/// One report for each component that was on, in the order in which they were put on first; for a layer without a load
/// the planned one.
pub(super) fn versions(
    scenario: &str,
    planned: &str,
    spans: &[Span],
    results: &Results,
) -> Vec<VersionReport> {
    let mut reports: Vec<VersionReport> = Vec::new();
    for span in spans {
        if let Some(known) = reports.iter_mut().find(|known| known.digest == span.digest) {
            known.until_s = span.until.map(|until| until.as_ms() / 1000.0);
            known.times = known.times.saturating_add(1);
            continue;
        }
        let seconds = on(&span.digest, spans, results);
        let metrics = metrics(&span.tag, seconds, results);
        let iterations = metrics.iter().find(|metric| metric.name == "iterations");
        reports.push(VersionReport {
            scenario: scenario.to_owned(),
            digest: span.digest.clone(),
            iterations: iterations.map_or(0, |iterations| iterations.count as u64),
            since_s: Some(span.since.as_ms() / 1000.0),
            until_s: span.until.map(|until| until.as_ms() / 1000.0),
            times: 1,
            metrics,
        });
    }
    if reports.is_empty() {
        reports.push(VersionReport {
            scenario: scenario.to_owned(),
            digest: planned.to_owned(),
            iterations: 0,
            since_s: None,
            until_s: None,
            times: 0,
            metrics: Vec::new(),
        });
    }
    reports
}

/// How long a version was on while counted stages ran, in seconds.
fn on(digest: &str, spans: &[Span], results: &Results) -> f64 {
    let spans = spans.iter().filter(|span| span.digest == digest);
    let within = spans.flat_map(|span| {
        let (since, until) = (span.since.as_ms() / 1000.0, span.until.map(|until| until.as_ms() / 1000.0));
        results.stages.iter().map(move |stage| {
            let end = stage.start + stage.seconds;
            (until.unwrap_or(end).min(end) - since.max(stage.start)).max(0.0)
        })
    });
    within.sum()
}

fn metrics(tag: &Arc<str>, seconds: f64, results: &Results) -> Vec<crate::event::MetricReport> {
    let builtin = METRICS.iter().filter_map(|name| BUILTIN.iter().find(|metric| metric.name == *name));
    let builtin = builtin.map(|metric| (metric.name, metric.kind, metric.unit));
    let own = results.metrics.iter().map(|metric| (metric.name.as_str(), metric.kind, metric.unit.as_str()));
    let of_version = |(name, kind, unit): (&str, MetricKind, &str)| {
        let tags = vec![("digest".to_owned(), tag.as_ref().to_owned())];
        let selector = Selector { metric: name.to_owned(), tags };
        let summary = results.totals.summary(&selector, seconds)?;
        let whole = Selector { metric: name.to_owned(), tags: Vec::new() };
        Some(summarise::reported(&whole, &summary, kind, unit))
    };
    builtin.chain(own).filter_map(of_version).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Nanos;
    use crate::measure::{Ending, Journal, Recorder, StageTime, Tags, Times, Totals};
    use std::time::Duration;

    #[test]
    fn versions_split_what_was_recorded_and_nothing_is_lost() {
        let mut recorder = Recorder::new(Vec::new());
        recorder.begin_stage(Tags::new([("stage", "main")]), true);
        let tags: [Arc<str>; 2] = ["aaaa".into(), "bbbb".into()];
        for (tag, iterations, ms) in [(0, 4, 10), (1, 3, 20), (0, 2, 10)] {
            let tag = tags.get(tag).expect("a tag");
            for _ in 0..iterations {
                recorder.of_version(tag);
                let done = Nanos(0) + Duration::from_millis(ms);
                let times = Times { due: Nanos(0), started: Nanos(0), done };
                recorder.absorb(&mut Journal::default(), times, Ending::Done);
            }
        }
        let mut totals = Totals::default();
        totals.merge(&recorder.take());
        let stage = StageTime { scenario: "s".into(), stage: "main".into(), start: 1.0, seconds: 4.0 };
        let results = Results { totals: Arc::new(totals), stages: vec![stage], metrics: Vec::new() };
        let span = |at: usize, since: u64, until: Option<u64>| Span {
            digest: tags[at].repeat(16),
            tag: Arc::clone(&tags[at]),
            since: Nanos(0) + Duration::from_secs(since),
            until: until.map(|until| Nanos(0) + Duration::from_secs(until)),
        };
        let spans = [span(0, 0, Some(2)), span(1, 2, Some(3)), span(0, 3, Some(6))];
        let found = versions("s", "planned", &spans, &results);
        let told: Vec<_> = found
            .iter()
            .map(|version| {
                let number = |name: &str| version.metrics.iter().find(|metric| metric.name == name);
                let duration = number("iteration_duration").and_then(|metric| metric.med);
                let rate = number("iterations").and_then(|metric| metric.rate);
                (version.iterations, version.since_s, version.until_s, version.times, duration, rate)
            })
            .collect();
        assert_eq!(
            told,
            [
                (6, Some(0.0), Some(6.0), 2, Some(10.0), Some(2.0)),
                (3, Some(2.0), Some(3.0), 1, Some(20.0), Some(3.0)),
            ]
        );
        let none = versions("s", "planned", &[], &results);
        assert_eq!((none[0].digest.as_str(), none[0].iterations, none[0].times), ("planned", 0, 0));
    }
}
