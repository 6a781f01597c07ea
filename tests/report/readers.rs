//! `junit.xml` and `summary.json` in the hands of programs that strata shares nothing with.

use std::path::Path;

use serde_json::{Value, json};
use strata::event::{Summary, Validity};
use strata::report::{Format, render};
use strata_support::{SCHEMA, python, repository};

use super::{analysis, course, file, hostile, mended};

/// Reads with junitparser, and counts again what the attributes claim.
const JUNIT: &str = r#"
import json, sys
from junitparser import JUnitXml, Failure, Error, Skipped
xml = JUnitXml.fromfile(sys.argv[1])
cases, claimed = [], [xml.tests, xml.failures, xml.errors, xml.skipped]
for suite in xml:
    own = [0, 0, 0, 0]
    for case in suite:
        kinds = [type(result).__name__ for result in case.result]
        own[0] += 1
        own[1] += any(isinstance(result, Failure) for result in case.result)
        own[2] += any(isinstance(result, Error) for result in case.result)
        own[3] += any(isinstance(result, Skipped) for result in case.result)
        message = case.result[0].message if case.result else None
        cases.append({"suite": suite.name, "class": case.classname, "name": case.name, "kinds": kinds,
                      "message": message, "out": case.system_out})
    assert own == [suite.tests, suite.failures, suite.errors, suite.skipped], (suite.name, own)
assert claimed[0] == len(cases), claimed
print(json.dumps({"cases": cases, "claimed": claimed}))
"#;

fn junit(summary: &Summary) -> Option<Value> {
    let (_folder, path) = file("junit.xml", &render(summary, Format::Junit));
    let output = python(JUNIT, &[path.to_str().expect("a path")])?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

fn case<'a>(read: &'a Value, class: &str, name: &str) -> &'a Value {
    let cases = read["cases"].as_array().expect("cases");
    let found = cases.iter().find(|case| case["class"] == class && case["name"] == name);
    found.unwrap_or_else(|| panic!("no case `{class}` `{name}` in {read:#}"))
}

#[test]
fn a_reader_of_junit_sees_the_verdicts() {
    let Some(read) = junit(&analysis()) else { return };
    // 11 goals, the success rate and the measurement; 5 layers failed, and so did the rate.
    assert_eq!(read["claimed"], json!([13, 6, 0, 0]));
    let failed = case(&read, "8 · API & Services · Throughput", "throughput >= 50 req/s");
    assert_eq!(failed["kinds"], json!(["Failure"]));
    assert!(
        failed["message"].as_str().is_some_and(|message| message.starts_with("22.37 req/s, target >= 50"))
    );
    let warned = case(&read, "1 · Foundation · Database Connection", "response time <= 50 ms");
    assert_eq!(warned["kinds"], json!([]));
    assert!(warned["out"].as_str().is_some_and(|out| out.starts_with("WARNING: 85.54ms")), "{warned}");
    assert_eq!(case(&read, "the whole run", "success rate >= 90 %")["kinds"], json!(["Failure"]));

    let mut unmeasured = mended();
    unmeasured.layers[0].status = "NO DATA".into();
    unmeasured.layers[0].goals.clear();
    unmeasured.layers[1].goals[0].status = "NO DATA".into();
    let read = junit(&unmeasured).expect("as above");
    assert_eq!(read["claimed"], json!([13, 0, 2, 0]));
    assert_eq!(case(&read, "1 · Foundation · Database Connection", "runs")["kinds"], json!(["Error"]));
}

#[test]
fn a_run_that_measured_itself_blames_nobody() {
    let mut summary = analysis();
    summary.run.validity = Validity::Invalid;
    summary.run.reasons = vec!["worker 1 was away".to_owned()];
    let Some(read) = junit(&summary) else { return };
    assert_eq!(read["claimed"], json!([13, 0, 1, 12]));
    assert_eq!(case(&read, "the whole run", "measurement")["message"], "worker 1 was away");
}

#[test]
fn a_reader_of_junit_gets_the_texts_of_strangers_as_texts() {
    let Some(read) = junit(&hostile()) else { return };
    let text = read.to_string();
    assert!(text.contains("<script>alert(1)</script>") && text.contains("&lt;`|*_"), "{text}");
}

/// What a validator has against these files; `None` where there is none.
fn faults(paths: &[&Path]) -> Option<String> {
    let schema = repository().join("engine/docs/summary.schema.json");
    let arguments: Vec<&str> =
        std::iter::once(schema.as_path()).chain(paths.iter().copied()).filter_map(Path::to_str).collect();
    let output = python(SCHEMA, &arguments)?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).expect("UTF-8"))
}

#[test]
fn summaries_are_what_the_schema_says() {
    let mut whole = analysis();
    whole.timeline = vec![course("layer-01-database-connection")];
    let (_folder, path) = file("summary.json", &render(&whole, Format::Json));
    let Some(found) = faults(&[&path]) else { return };
    assert_eq!(found, "");
    for (good, bad) in [
        ("\"status\": \"WARNING\"", "\"status\": \"FINE\""),
        ("\"success_rate\": 45.45", "\"success_rate\": \"45.45\""),
        ("\"scenario\":", "\"scenery\":"),
        ("\"tags\": []", "\"tags\": {}"),
    ] {
        let text = render(&whole, Format::Json);
        let broken = text.replacen(good, bad, 1);
        assert_ne!(text, broken);
        let (_folder, path) = file("summary.json", &broken);
        assert_ne!(faults(&[&path]).expect("as above"), "", "{bad}");
    }
}
