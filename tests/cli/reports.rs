//! The files of a run, shown again and held against those of another.

use std::path::{Path, PathBuf};

use strata_support::{Ended, Strata, committed, read_json};

use super::{run, strata, target};

/// What `strata report` and a run's folder call the same text.
const FORMS: [(&str, &str); 4] =
    [("json", "summary.json"), ("markdown", "report.md"), ("html", "report.html"), ("junit", "junit.xml")];

fn hello(url: &str, more: &str) -> (Ended, PathBuf) {
    let ended = run(&committed("hello"), url, more).run();
    let folder = ended.runs().first().expect("a run").clone();
    (ended, folder)
}

fn compare(before: &Path, after: &Path) -> Strata {
    strata().args(["compare"]).args([before, after])
}

#[test]
fn a_run_leaves_every_form_of_its_report_and_report_gives_them_again() {
    let target = target();
    let (ended, folder) = hello(&target.url(), "--vus 2 --iterations 40");
    let ended = ended.with(0);
    assert_eq!(ended.count("http_reqs"), target.arrivals().count);
    for (form, name) in FORMS {
        let file = std::fs::read_to_string(folder.join(name)).expect(name);
        let again = strata().args(["report", "--format", form]).args([&folder]).run().with(0);
        assert!(again.stdout == file, "{form} is not what the folder holds");
        assert_eq!(again.stderr, "");
    }
    let html = std::fs::read_to_string(folder.join("report.html")).expect("a page");
    for text in ["✓ 1 PASSED", "40 requests", "VALID", "<h3>hello</h3>", "http_req_duration"] {
        assert!(html.contains(text), "the page lacks `{text}`");
    }
    assert!(!html.contains("<script") && !html.contains("src="), "the page loads something");
    let left: Vec<_> = std::fs::read_dir(&folder).expect("a folder").filter_map(Result::ok).collect();
    assert!(left.iter().all(|file| !file.file_name().to_string_lossy().ends_with(".part")), "{left:?}");
}

#[test]
fn a_summary_of_a_real_run_is_what_the_schema_says() {
    let target = target();
    let (ended, folder) = hello(&target.url(), "--vus 2 --duration 1200ms --tag team=a");
    let ended = ended.with(0);
    let summary = ended.summary();
    assert_eq!(summary["run"]["tags"], serde_json::json!([["team", "a"]]));
    assert!(!summary["timeline"][0]["points"].as_array().expect("points").is_empty());
    let schema = strata_support::repository().join("engine/docs/summary.schema.json");
    let summary = folder.join("summary.json");
    let paths = [&schema, &summary].map(|path| path.to_str().expect("a path"));
    let Some(output) = strata_support::python(strata_support::SCHEMA, &paths) else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

#[test]
fn what_passed_and_no_longer_does_ends_with_99() {
    let target = target();
    let (_, good) = hello_kept(&target.url(), "--iterations 10");
    let (_, bad) = hello_kept(&target.url(), "--iterations 10 --env path=/nowhere");
    let ended = compare(good.path(), bad.path()).run().with(99);
    for text in [
        "hello",
        "✓ PASSED → ✗ FAILED  worse",
        "100% → 0% (-100 points, -100.0 %)",
        "`checks` passed and no longer does",
        "success rate 100.00 % → 0.00 %",
        "passed and no longer does: hello",
    ] {
        assert!(ended.stdout.contains(text), "it does not say `{text}` but:\n{}", ended.stdout);
    }
    assert_eq!(ended.stderr, "");
    assert!(!ended.stdout.contains('\x1b'), "piped text is plain");
    assert!(ended.stdout.lines().all(|line| line.chars().count() <= 80), "{}", ended.stdout);

    let mended = compare(bad.path(), good.path()).run().with(0);
    assert!(mended.stdout.contains("✗ FAILED → ✓ PASSED  better"), "{}", mended.stdout);
    // A file does as well as its folder.
    let files = compare(&bad.path().join("summary.json"), &good.path().join("summary.json")).run().with(0);
    assert_eq!(files.stdout, mended.stdout);
    let markdown = compare(good.path(), bad.path()).args(["--format", "markdown"]).run().with(99);
    assert!(markdown.stdout.starts_with("# Expected against Reached - "), "{}", markdown.stdout);
    assert!(markdown.stdout.contains("- **No longer passing**: hello: checks"), "{}", markdown.stdout);

    let report =
        strata().args(["report", "--format", "markdown", "--against"]).args([bad.path(), good.path()]);
    let report = report.run().with(0);
    assert!(
        report.stdout.contains("- hello: 99%+ → 100% ✅ PASSED (before: 0% ❌ FAILED)"),
        "{}",
        report.stdout
    );
}

/// A run whose folder outlives what ran it.
fn hello_kept(url: &str, more: &str) -> (Ended, tempfile::TempDir) {
    let kept = tempfile::TempDir::new().expect("a folder");
    let ended = run(&committed("hello"), url, more).args(["--out"]).args([kept.path()]).run();
    (ended, kept)
}

#[test]
fn a_run_that_is_invalid_is_no_verdict_on_the_target() {
    let target = target();
    let (_, good) = hello_kept(&target.url(), "--iterations 10");
    let mut summary = read_json(&good.path().join("summary.json"));
    summary["run"]["validity"] = "INVALID".into();
    summary["run"]["reasons"] = serde_json::json!(["no port was left"]);
    summary["layers"][0]["status"] = "FAILED".into();
    let (_folder, invalid) = written(&summary.to_string());
    for (before, after) in [(good.path(), invalid.as_path()), (&invalid, good.path())] {
        let ended = compare(before, after).run().with(111);
        assert!(ended.stdout.contains("run is INVALID, its numbers say nothing"), "{}", ended.stdout);
        assert!(ended.stdout.contains("no port was left"), "{}", ended.stdout);
    }
}

#[test]
fn issue_4_a_change_from_what_reads_as_nothing_has_no_share() {
    let target = target();
    let (_, run) = hello_kept(&target.url(), "--iterations 10");
    let mut summary = read_json(&run.path().join("summary.json"));
    let mut grown = |value: f64| {
        let layer = &mut summary["layers"][0];
        layer["goals"] = serde_json::json!([{
            "name": "memory", "measure": "judged", "status": "PASSED", "value": value,
            "result": format!("{value:.2} MB"), "target": "<= 50 MB",
        }]);
        layer["result"] = serde_json::json!({"value": value, "unit": "MB", "text": format!("{value:.2} MB")});
        written(&summary.to_string())
    };
    let ((_kept, nothing), (_too, little)) = (grown(0.004), grown(0.22));
    for form in ["text", "markdown"] {
        let ended = compare(&nothing, &little).args(["--format", form]).run().with(0);
        assert!(ended.stdout.contains("0.22"), "{}", ended.stdout);
        assert!(!ended.stdout.contains(" x"), "{}", ended.stdout);
    }
}

#[test]
fn issue_4_a_reader_that_has_had_enough_is_no_error() {
    let target = target();
    let (_, run) = hello_kept(&target.url(), "--iterations 10");
    for command in
        ["report --format junit", "report --format json", "compare A", "compare --format markdown A"]
    {
        let command = command.replace('A', &run.path().display().to_string());
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_strata"))
            .args(command.split(' '))
            .args([run.path()])
            .stdout(writer)
            .output()
            .expect("the binary runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), said.as_str()), (Some(0), ""), "{command}");
    }
}

fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("summary.json");
    std::fs::write(&path, text).expect("a file");
    (folder, path)
}

#[test]
fn what_is_no_run_is_refused_both_sides_at_once() {
    let (folder, newer) = written("{\"schema\":\"strata.summary/2\"}");
    let empty = tempfile::TempDir::new().expect("a folder");
    let ended = compare(empty.path(), &newer).run().with(104);
    let ended =
        ended.says(["summary.json: cannot be read: No such file", "hint", "it is no summary of a run"]);
    assert_eq!((ended.stdout.as_str(), ended.stderr.lines().count()), ("", 2));
    let ended = strata().args(["compare", "absent", "absent.json"]).run().with(104);
    let _ = ended.says(["absent: cannot be read", "strata-runs/", "absent.json: cannot be read"]);
    let _ = strata().args(["compare", "one"]).run().with(104).says(["<REACHED>"]);
    let _ = compare(&newer, &newer).args(["--format", "pdf"]).run().with(104).says(["pdf"]);
    let against = strata().args(["report", "--against", "x"]).args([folder.path()]);
    let _ = against.run().with(104).says(["--against x: is for the Markdown report"]);
}
