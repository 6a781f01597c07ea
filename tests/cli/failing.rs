//! Targets and scenarios that fail, told apart.

use std::path::Path;

use serde_json::Value;
use strata_support::{Ended, committed, probe};

use super::{nobody, run, target};

fn probing(url: &str, more: &str) -> Ended {
    run(probe(), url, more).run()
}

fn failure(ended: &Ended, code: &str) -> Value {
    let layers = ended.summary()["layers"].clone();
    let failures = layers[0]["failures"].as_array().expect("failures").clone();
    let found = failures.into_iter().find(|failure| failure["code"] == code);
    found.unwrap_or_else(|| panic!("no failure `{code}` in {layers:#}"))
}

#[test]
fn a_target_that_refuses_gives_a_whole_report_without_data() {
    let ended = run(&committed("hello"), &nobody(), "--vus 2 --iterations 20").run().with(99);
    let ended = ended.says(["? NO DATA", "connect-refused", "no samples for checks"]);
    assert_eq!(ended.summary()["layers"][0]["status"], "NO DATA");
    assert_eq!(failure(&ended, "connect-refused")["count"], 20);
    let refused = ended.tagged("http_req_failed", &[["error_code", "connect-refused"]]).expect("a count");
    assert_eq!(refused["count"], 20.0);
    assert_eq!(ended.count("http_reqs"), 0, "nothing was sent");
    assert_eq!(ended.count("iterations"), 20);
    assert!(ended.metric("http_req_duration").is_none(), "what was not sent took no time");
    assert!(ended.report().contains("❔ NO DATA"), "{}", ended.report());
}

#[test]
fn a_missed_goal_is_a_failure_of_the_target() {
    let target = target();
    let ended = run(&committed("hello"), &target.url(), "--env path=/nowhere --iterations 10").run().with(99);
    assert_eq!(ended.summary()["layers"][0]["status"], "FAILED");
    assert_eq!(ended.summary()["layers"][0]["result"]["value"], 0.0);
    assert_eq!(target.arrivals().by_status.get(&404), Some(&10));
    let failed = ended.metric("http_req_failed").expect("failed requests");
    assert_eq!((failed["rate"].as_f64(), failed["count"].as_f64()), (Some(1.0), Some(10.0)));
}

#[test]
fn an_env_that_is_not_asked_for_reaches_nobody() {
    let target = target();
    // Its check is that `no-such` is not there.
    let more = "--env mode=context --env no-such=given --vus 1 --iterations 2";
    let ended = probing(&target.url(), more).with(0);
    let ended =
        ended.says(["`--env no-such` reaches no scenario: none has a need for it (hint: bytes, connect-"]);
    let held = ended.tagged("checks", &[["check", "no such env"]]).expect("a check");
    assert_eq!((held["rate"].as_f64(), held["count"].as_f64()), (Some(1.0), Some(2.0)));
    let phase = format!(
        "[phase]\ntitle = \"t\"\ntarget = \"{}\"\n[[layer]]\nscenario = \"hello.wasm\"\nenv = {{ pfad = \"/health\" }}\n",
        target.url()
    );
    let strata = super::strata().file("phase.toml", phase);
    let hello = std::fs::read(committed("hello")).expect("a component");
    let ended = strata.file("hello.wasm", hello).args(["run", "phase.toml", "--iterations", "1"]).run();
    let ended = ended.says(["`hello`: the env `pfad` does not reach it: it has no need for it (hint: path)"]);
    assert_eq!(ended.count("iterations"), 1);
}

#[test]
fn a_trap_costs_its_iteration_and_the_run_goes_on() {
    let target = target();
    // 2 VUs x 25 iterations by flag: shared, 13 and 12 of them or thereabouts; each VU's 10th and 20th trap.
    let ended = probing(&target.url(), "--env mode=trap-sometimes --vus 1 --iterations 25").with(0);
    assert_eq!(ended.count("iterations"), 25);
    assert_eq!(ended.count("iterations_failed"), 2);
    assert_eq!(target.arrivals().count, 23);
    assert_eq!(ended.count("http_reqs"), 23);
    let trap = failure(&ended, "trap");
    assert_eq!(trap["count"], 2);
    let said = trap["messages"][0].as_str().expect("a message").to_owned();
    assert!(said.contains("the probe traps in iteration 9 after 10 in this instance"), "{said}");
    // Its instance is a new one, its connection is the old one.
    let second = trap["messages"][1].as_str().expect("a message").to_owned();
    assert!(second.contains("in iteration 19 after 10 in this instance"), "{second}");
    assert_eq!(target.connections(), 1);
}

#[test]
fn a_scenario_that_does_nothing_but_trap_has_failed_itself() {
    let target = target();
    let ended = probing(&target.url(), "--env mode=trap --vus 2 --iterations 6").with(107);
    let ended = ended.says(["NO DATA", "every iteration trapped", "the probe traps in iteration"]);
    assert_eq!(ended.count("iterations"), 6);
    assert_eq!(target.arrivals().count, 0);
}

#[test]
fn failures_are_counted_by_their_codes() {
    let target = target();
    let ended = probing(&target.url(), "--env mode=fail --iterations 5").with(99);
    assert_eq!(failure(&ended, "probe")["count"], 5);
    let count = ended.tagged("iterations_failed", &[["error_code", "probe"]]).expect("a count");
    assert_eq!(count["count"], 5.0);
    assert_eq!(ended.summary()["layers"][0]["status"], "NO DATA");
}

#[test]
fn setup_hands_its_data_to_every_vu_and_can_fail() {
    let target = target();
    let ended = probing(&target.url(), "--env setup=data --vus 3 --iterations 9").with(0);
    let checks = ended.tagged("checks", &[["check", "setup data arrives"]]).expect("a check");
    assert_eq!((checks["count"].as_f64(), checks["rate"].as_f64()), (Some(9.0), Some(1.0)));

    let before = target.arrivals().count;
    for (how, says) in [("fail", "probe-setup: setup was told to fail"), ("trap", "setup was told to trap")] {
        let ended = probing(&target.url(), &format!("--env setup={how} --iterations 9"));
        let ended = ended.with(107).says(["NO DATA", "setup failed: ", says]);
        assert_eq!(ended.count("iterations"), 0);
    }
    assert_eq!(target.arrivals().count, before, "nothing is sent after a setup that failed");
}

#[test]
fn a_judge_or_teardown_that_fails_is_said_and_costs_no_measured_goal() {
    let target = target();
    for (env, says) in [
        ("judge=fail", "judge failed: probe-judge: judge was told to fail"),
        ("judge=trap", "judge was told to trap"),
        ("teardown=fail", "teardown failed: probe-teardown: teardown was told to fail"),
        ("teardown=trap", "teardown was told to trap"),
    ] {
        let ended = probing(&target.url(), &format!("--env {env} --iterations 3")).with(0).says([says]);
        assert_eq!(ended.summary()["layers"][0]["status"], "PASSED", "{env}");
    }
}

#[test]
fn the_whole_contract_of_results_holds() {
    let target = target();
    let ended = probing(&target.url(), "--env judge=results --iterations 3").with(0);
    let rows = ended.summary()["layers"][0]["breakdown"].as_array().expect("rows").clone();
    assert_eq!(rows.len(), 17);
    let wrong: Vec<_> = rows.iter().filter(|row| row["passed"] != true).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn the_whole_contract_of_http_holds() {
    let target = target();
    let ended = probing(&target.url(), "--env mode=send --iterations 4");
    let failed: Vec<String> = ended.summary()["metrics"]
        .as_array()
        .expect("metrics")
        .iter()
        .filter(|metric| metric["name"] == "checks" && metric["rate"].as_f64() < Some(1.0))
        .map(|metric| metric["tags"].to_string())
        .collect();
    assert!(failed.is_empty(), "checks that did not hold: {failed:?}");
    let ended = ended.with(0);
    assert_eq!(ended.count("http_reqs"), target.arrivals().count);
    assert!(target.arrivals().count > 20);
}

#[test]
fn own_metrics_sleep_and_the_sandbox_hold() {
    let target = target();
    for (mode, iterations) in [("metrics", 4), ("sleep", 2), ("wasi", 2)] {
        let ended = probing(&target.url(), &format!("--env mode={mode} --iterations {iterations}"));
        let ended = ended.with(0);
        assert_eq!(ended.metric("checks").map(|checks| checks["rate"].clone()), Some(1.0.into()), "{mode}");
        if mode == "metrics" {
            assert_eq!(ended.count("probe_counter"), 2 * iterations);
            let rate = ended.metric("probe_rate").expect("a rate");
            assert_eq!(rate["rate"], 0.5);
            assert_eq!(ended.metric("probe_gauge").expect("a gauge")["max"], 3.0);
        }
    }
    assert!(!Path::new("probe.txt").exists());
}
