//! `junit.xml`: for the systems that show the results of tests.
//!
//! A suite for each layer, a case for each of its goals; two more for the success rate and for the measurement.
//!
//! | what | is |
//! |---|---|
//! | PASSED | a case |
//! | WARNING | a case that passes, and says so in `system-out`: alone it fails no run |
//! | FAILED | a failure |
//! | NO DATA | an error: nothing was tested |
//! | any goal of an INVALID run | skipped, with its verdict: it says nothing about the target |
//! | the success rate, missed | a failure |
//! | an INVALID measurement, an interrupted run | an error |
//!
//! So there is a failure or an error exactly when `strata run` does not end with 0.

use super::escape::markup as safe;
use super::words::{capabilities, pack, plural, refusals, validity};
use crate::event::{GoalReport, LayerReport, Summary, Validity};
use crate::plan::number_text;

/// A case as it came out.
enum Came {
    Passed,
    Noted(String),
    Failed(&'static str, String),
    Broken(String, String),
    Skipped(String),
}

struct Case {
    name: String,
    came: Came,
}

struct Suite {
    name: String,
    seconds: Option<f64>,
    properties: Vec<(&'static str, String)>,
    cases: Vec<Case>,
}

/// All suites, layers first.
pub(super) fn render(summary: &Summary) -> String {
    let mut suites: Vec<Suite> = summary.layers.iter().map(|report| layer(report, summary)).collect();
    suites.push(phase(summary));
    let count = |of: fn(&Came) -> bool| suites.iter().map(|suite| counted(suite, of)).sum::<usize>();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" \
         skipped=\"{}\" time=\"{:.3}\">\n",
        safe(&summary.phase.title),
        count(|_| true),
        count(is_failed),
        count(is_broken),
        count(is_skipped),
        summary.run.duration_s
    );
    for suite in &suites {
        write(&mut out, suite, &summary.run.started_at);
    }
    out.push_str("</testsuites>\n");
    out
}

fn counted(suite: &Suite, of: fn(&Came) -> bool) -> usize {
    suite.cases.iter().filter(|case| of(&case.came)).count()
}

fn is_failed(came: &Came) -> bool {
    matches!(came, Came::Failed(..))
}

fn is_broken(came: &Came) -> bool {
    matches!(came, Came::Broken(..))
}

fn is_skipped(came: &Came) -> bool {
    matches!(came, Came::Skipped(_))
}

/// `8 · API & Services · Throughput`.
fn heading(layer: &LayerReport) -> String {
    match layer.number {
        Some(number) => format!("{number} · {} · {}", layer.area, layer.title),
        None => layer.title.clone(),
    }
}

fn layer(layer: &LayerReport, summary: &Summary) -> Suite {
    let invalid = summary.run.validity == Validity::Invalid;
    let course = summary.timeline.iter().find(|course| course.scenario == layer.scenario);
    let mut cases: Vec<Case> = layer
        .goals
        .iter()
        .map(|goal| Case {
            name: format!("{} {}", goal.name, goal.target),
            came: goal_came(goal, layer, invalid),
        })
        .collect();
    if cases.is_empty() {
        let came = match layer.status.as_ref() {
            "PASSED" => Came::Passed,
            _ => Came::Broken("NO DATA".to_owned(), layer.issue.clone().unwrap_or_default()),
        };
        cases.push(Case { name: "runs".to_owned(), came });
    }
    let mut properties = vec![
        ("scenario", layer.scenario.clone()),
        ("digest", layer.digest.clone()),
        ("status", layer.status.clone().into_owned()),
        ("result", layer.result.text.clone()),
    ];
    properties.extend(capabilities(layer).map(|text| ("asked for", text)));
    properties.extend(refusals(layer).map(|text| ("refused", text)));
    Suite {
        name: heading(layer),
        seconds: course.map(|course| course.points.iter().map(|point| point.length_s).sum()),
        properties,
        cases,
    }
}

fn goal_came(goal: &GoalReport, layer: &LayerReport, invalid: bool) -> Came {
    let message = format!("{}, target {}", goal.result, goal.target);
    if invalid {
        return Came::Skipped(format!("the measurement is INVALID; {}: {message}", goal.status));
    }
    let why = || layer.issue.as_ref().map(|issue| format!(": {issue}")).unwrap_or_default();
    match goal.status.as_ref() {
        "PASSED" => Came::Passed,
        "WARNING" => Came::Noted(format!("WARNING: {message}{}", why())),
        "FAILED" => Came::Failed("FAILED", format!("{message}{}", why())),
        _ => Came::Broken("NO DATA".to_owned(), format!("{message}{}", why())),
    }
}

fn phase(summary: &Summary) -> Suite {
    let (phase, run) = (&summary.phase, &summary.run);
    let aim = number_text(phase.success_rate_target);
    let rate =
        format!("{:.2} %, {} of {} passed", phase.success_rate, phase.passed, plural(phase.total, "layer"));
    let reasons = || run.reasons.join("; ");
    let measured = match (run.interrupted, run.validity) {
        (true, _) => {
            Came::Broken("interrupted".to_owned(), format!("the run ended before its time; {}", reasons()))
        }
        (_, Validity::Invalid) => Came::Broken("INVALID".to_owned(), reasons()),
        (_, Validity::Degraded) => Came::Noted(format!("DEGRADED: {}", reasons())),
        (_, Validity::Valid) => Came::Passed,
    };
    let reached = if run.validity == Validity::Invalid {
        Came::Skipped(format!("the measurement is INVALID; {rate}"))
    } else if phase.success_rate < phase.success_rate_target {
        Came::Failed("success rate", rate)
    } else {
        Came::Passed
    };
    let mut properties = vec![
        ("id", run.id.clone()),
        ("target", run.target.clone()),
        ("strata", run.strata.clone().into_owned()),
        ("success rate", number_text(phase.success_rate)),
        ("measurement", validity(run.validity).to_owned()),
    ];
    properties.extend(pack(run).map(|pack| ("pack", pack)));
    if !run.limits.is_empty() {
        let limits: Vec<String> = run.limits.iter().map(|(name, value)| format!("{name}={value}")).collect();
        properties.push(("limits", limits.join(", ")));
    }
    Suite {
        name: "the whole run".to_owned(),
        seconds: None,
        properties,
        cases: vec![
            Case { name: format!("success rate >= {aim} %"), came: reached },
            Case { name: "measurement".to_owned(), came: measured },
        ],
    }
}

fn write(out: &mut String, suite: &Suite, started: &str) {
    let name = safe(&suite.name);
    let time = suite.seconds.map(|seconds| format!(" time=\"{seconds:.3}\"")).unwrap_or_default();
    out.push_str(&format!(
        "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"{time} \
         timestamp=\"{}\">\n    <properties>\n",
        suite.cases.len(),
        counted(suite, is_failed),
        counted(suite, is_broken),
        counted(suite, is_skipped),
        safe(started)
    ));
    for (property, value) in &suite.properties {
        out.push_str(&format!("      <property name=\"{property}\" value=\"{}\"/>\n", safe(value)));
    }
    out.push_str("    </properties>\n");
    for case in &suite.cases {
        let open = format!("    <testcase classname=\"{name}\" name=\"{}\"", safe(&case.name));
        let inside = match &case.came {
            Came::Passed => None,
            Came::Noted(text) => Some(format!("<system-out>{}</system-out>", safe(text))),
            Came::Failed(kind, text) => Some(ended("failure", kind, text)),
            Came::Broken(kind, text) => Some(ended("error", kind, text)),
            Came::Skipped(text) => Some(format!("<skipped message=\"{}\"/>", safe(text))),
        };
        match inside {
            None => out.push_str(&format!("{open}/>\n")),
            Some(inside) => out.push_str(&format!("{open}>{inside}</testcase>\n")),
        }
    }
    out.push_str("  </testsuite>\n");
}

/// Some readers show the attribute, others the text.
fn ended(element: &str, kind: &str, text: &str) -> String {
    let (kind, text) = (safe(kind), safe(text));
    format!("<{element} type=\"{kind}\" message=\"{text}\">{text}</{element}>")
}
