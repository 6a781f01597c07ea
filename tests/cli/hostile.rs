//! Scenarios that take more than they should, or say what is not so; `tests/conformance/hostile` holds the rest.

use strata_support::probe;

use super::{run, target};

#[test]
fn a_flood_of_lines_is_cut_and_made_harmless() {
    let target = target();
    let ended = run(probe(), &target.url(), "--env mode=flood-log --iterations 3").coloured().run();
    assert!(ended.stderr.lines().count() < 80, "{} lines", ended.stderr.lines().count());
    assert!(ended.stderr.contains("line 0") && ended.stderr.contains("further lines"), "{}", ended.stderr);
    assert!(!ended.stderr.contains('\x1b') && !ended.stderr.contains('\x07'), "{:?}", ended.stderr);
}

#[test]
fn a_flood_of_names_is_bounded() {
    let target = target();
    let ended = run(probe(), &target.url(), "--env mode=flood-metrics --iterations 1").run();
    // More samples than a journal holds: that is a trap of this iteration, not memory without end.
    let ended = ended.says(["more than 65536 samples in one iteration"]);
    let summary = ended.summary();
    assert!(summary["metrics"].as_array().expect("metrics").len() < 300);
}

#[test]
fn a_judge_that_lies_is_not_believed() {
    let target = target();
    let ended = run(probe(), &target.url(), "--env judge=lie --iterations 3").run().with(0);
    let ended = ended.says(["judged the goal `no-such-goal`, which it does not have"]);
    let layer = ended.summary()["layers"][0].clone();
    assert_eq!(layer["result"]["value"], 100.0, "a measured goal keeps the engine's number");
    assert!(layer["breakdown"].as_array().expect("rows").len() <= 100);
    assert!(ended.stderr.lines().count() < 250, "{}", ended.stderr.lines().count());
}

#[test]
fn standard_error_of_a_guest_is_shown_by_vu() {
    let target = target();
    let ended = run(probe(), &target.url(), "--env mode=stderr --iterations 2").run();
    assert!(
        ended.stderr.contains("probe VU 1 stderr: the probe on standard error, iteration 0"),
        "{}",
        ended.stderr
    );
}
