//! Reports, read by those that they are for: a browser, a reader of JUnit's XML, a validator of schemas, people.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says why and ends")]

mod browser;
mod comparison;
mod damaged;
mod judging;
mod readers;
mod strangers;
mod terminal;

use std::path::PathBuf;

use strata::event::{FailureReport, LayerTimeline, Summary, TimePoint};
use strata::report::read_summary;
use strata_support::golden_path;
use tempfile::TempDir;

/// The analysis that the project grew from, as the engine judges its figures.
fn analysis() -> Summary {
    read_summary(&golden_path("phase-3/summary.json")).expect("a summary")
}

/// What was written, without its styles.
fn plain(bytes: Vec<u8>) -> String {
    let text = String::from_utf8(bytes).expect("UTF-8");
    let mut plain = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('\x1b') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain + rest
}

/// The same after everything has been mended.
fn mended() -> Summary {
    let mut summary = analysis();
    summary.run.id = "phase-3-fixed".to_owned();
    summary.run.started_at = "2026-01-02T00:00:00Z".to_owned();
    summary.phase.success_rate = 100.0;
    summary.phase.passed = summary.phase.total;
    for layer in summary.layers.iter_mut().filter(|layer| layer.status != "PASSED") {
        let better = layer.target.as_ref().expect("a target").value;
        layer.status = "PASSED".into();
        layer.result.value = Some(better);
        layer.result.text = format!("{better} {}", layer.result.unit);
        layer.issue = None;
        layer.fix_priority = None;
        layer.breakdown.iter_mut().for_each(|row| {
            row.value *= 4.0;
            row.passed = Some(true);
        });
        for goal in &mut layer.goals {
            goal.status = "PASSED".into();
            goal.value = Some(better);
            goal.result = layer.result.text.clone();
        }
    }
    summary
}

/// A course of a hundred seconds with a gap.
fn course(scenario: &str) -> LayerTimeline {
    let point = |second: u32| {
        let some = (second != 50).then(|| f64::from(second % 7) + 1.0);
        TimePoint {
            start_s: f64::from(second),
            length_s: 1.0,
            stage: if second < 60 { "main".to_owned() } else { "stress".to_owned() },
            vus: Some(4),
            iterations_per_s: 10.0,
            requests_per_s: 10.0,
            failed: f64::from(second % 3),
            dropped: 0.0,
            p50: some,
            p95: some.map(|ms| ms * 2.0),
            p99: some.map(|ms| ms * 3.0),
            lag_p99: None,
        }
    };
    LayerTimeline {
        scenario: scenario.to_owned(),
        points: (0..100).map(point).collect(),
        distribution: vec![(0.0, 1.0), (0.5, 3.0), (0.9, 9.0), (0.99, 20.0), (1.0, 21.0)],
    }
}

/// What a stranger would like to see in somebody's report.
const HOSTILE: &str = "<script>alert(1)</script>\"'&lt;`|*_[x](http://evil.example)\x1b[31m\u{202E}]]>\nx";

/// A summary in which every text is [`HOSTILE`].
fn hostile() -> Summary {
    let mut summary = analysis();
    let evil = || HOSTILE.to_owned();
    summary.phase.title = evil();
    let run = &mut summary.run;
    (run.id, run.target, run.started_at) = (evil(), evil(), evil());
    (run.reasons, run.tags, run.strata) = (vec![evil()], vec![(evil(), evil())], evil().into());
    for layer in &mut summary.layers {
        (layer.title, layer.area, layer.scenario, layer.digest) = (evil(), evil(), evil(), evil());
        layer.status = if layer.status == "PASSED" { "PASSED".into() } else { evil().into() };
        (layer.result.text, layer.result.unit) = (evil(), evil());
        (layer.issue, layer.analysis, layer.fix_priority) = (Some(evil()), Some(evil()), Some(evil().into()));
        if let Some(target) = &mut layer.target {
            (target.op, target.unit) = (evil().into(), evil());
        }
        layer.breakdown.iter_mut().for_each(|row| (row.label, row.unit) = (evil(), evil()));
        for goal in &mut layer.goals {
            (goal.name, goal.status, goal.result) = (evil(), evil().into(), evil());
            (goal.target, goal.measure) = (evil(), evil());
        }
        layer.failures =
            vec![FailureReport { kind: evil().into(), code: evil(), count: 1, messages: vec![evil()] }];
    }
    let mut course = course(HOSTILE);
    course
        .points
        .iter_mut()
        .for_each(|point| point.stage = if point.start_s < 50.0 { evil() } else { "x".into() });
    summary.timeline = vec![course];
    summary
}

/// A folder with a file of this content.
fn file(name: &str, content: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, content).expect("a file");
    (folder, path)
}
