//! What was expected against what was reached.

use strata::event::{MetricReport, Summary, Validity};
use strata::report::{Detail, comparison, render_against, render_comparison, write_comparison};
use strata_support::golden;

use super::{analysis, mended, plain};

/// As a pipe gets it.
fn text(width: usize, before: &Summary, after: &Summary) -> String {
    let mut page = Vec::new();
    write_comparison(&mut page, (width, Detail::Whole), before, after).expect("a writer");
    plain(page)
}

/// A run of one scenario with a metric under these tags.
fn metric(name: &str, tags: &[(&str, &str)], p95: f64) -> MetricReport {
    MetricReport {
        name: name.into(),
        tags: tags.iter().map(|(tag, value)| ((*tag).into(), (*value).into())).collect(),
        kind: "trend".into(),
        unit: "ms".into(),
        count: 10.0,
        rate: None,
        avg: None,
        min: None,
        med: None,
        max: Some(p95),
        p90: None,
        p95: Some(p95),
        p99: None,
        p999: None,
    }
}

#[test]
fn the_analysis_and_what_became_of_it() {
    let (before, after) = (analysis(), mended());
    golden("phase-3/compare.txt", &text(80, &before, &after));
    golden("phase-3/compare.md", &render_comparison(&before, &after));
    golden("phase-3/report-against.md", &render_against(&after, &before));
    assert!(!comparison(&before, &after).regressed());
    assert!(comparison(&after, &before).regressed());
}

#[test]
fn it_fits_where_it_is_shown() {
    for width in [20, 40, 60, 80, 120] {
        for line in text(width, &mended(), &analysis()).lines() {
            let used = line.chars().count();
            // A status before and after is shown whole.
            assert!(used <= width.max(45), "{used} columns of {width}: {line}");
        }
    }
}

#[test]
fn layers_of_one_run_alone_are_said() {
    let (mut before, mut after) = (analysis(), mended());
    before.layers.remove(0);
    after.layers.remove(10);
    let page = text(80, &before, &after);
    assert!(page.contains("only in the expected run") && page.contains("only in the reached run"), "{page}");
    assert!(page.contains("passed and no longer does: Layer 20: Business Operations (Recovery)"), "{page}");
    assert!(
        render_against(&after, &before).contains("- Recovery: 5 seconds → not in this run (before: 1 second")
    );
}

#[test]
fn runs_that_are_not_valid_are_never_compared_in_silence() {
    let (before, mut after) = (analysis(), mended());
    after.run.validity = Validity::Invalid;
    after.run.reasons = vec!["worker 1 was away".to_owned()];
    after.run.interrupted = true;
    for page in
        [text(200, &before, &after), render_comparison(&before, &after), render_against(&before, &after)]
    {
        assert!(page.contains("INVALID"), "{page}");
    }
    let page = text(200, &before, &after);
    assert!(page.contains("its numbers say nothing about the target: worker 1 was away"), "{page}");
    assert!(page.contains("ended before its time"), "{page}");
}

#[test]
fn a_component_or_a_target_that_changed_is_said() {
    let (before, mut after) = (analysis(), mended());
    after.layers[0].digest = "1".repeat(64);
    after.layers[0].goals[0].target = "<= 500 ms".to_owned();
    let page = text(120, &before, &after);
    assert!(page.contains("the component is another one"), "{page}");
    assert!(page.contains("the target of `response time` was <= 50 ms and is <= 500 ms"), "{page}");
}

/// The numbers of a run of one layer are that layer's, and those of one of many are under its name.
#[test]
fn metrics_are_held_against_those_of_the_same_layer() {
    let (mut before, mut after) = (analysis(), mended());
    let scenario = before.layers[3].scenario.clone();
    let tags = [("scenario", scenario.as_str())];
    before.metrics = vec![metric("http_req_duration", &[], 999.0), metric("http_req_duration", &tags, 100.0)];
    after.layers.retain(|layer| layer.scenario == scenario);
    after.metrics = vec![metric("http_req_duration", &[], 50.0)];
    let found = comparison(&before, &after);
    assert!(found.metrics.is_empty(), "whole runs of other layers are not alike");
    let layer = found.layers.iter().find(|layer| layer.before == Some(3)).expect("the layer");
    let p95 = layer.metrics.iter().find(|change| change.name == "http_req_duration p95").expect("a change");
    assert_eq!((p95.before, p95.after), (Some(100.0), Some(50.0)));
    assert_eq!(p95.percent(), Some(-50.0));
}
