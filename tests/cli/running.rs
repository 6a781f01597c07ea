//! Runs that go well.

use serde_json::json;
use strata_support::{committed, probe, read_json};

use super::{run, strata, target};

#[test]
fn what_strata_says_it_sent_is_what_the_target_got() {
    let target = target();
    let ended = run(&committed("hello"), &target.url(), "--vus 4 --duration 700ms").run().with(0);
    let arrivals = target.arrivals();
    assert!(arrivals.count > 0);
    assert_eq!(ended.count("http_reqs"), arrivals.count);
    assert_eq!(ended.count("iterations"), arrivals.count);
    assert_eq!(arrivals.by_path.get("GET /"), Some(&arrivals.count));
    assert_eq!(target.connections(), 4, "each VU keeps its connection");
    assert_eq!(ended.summary()["versions"][0]["iterations"], json!(arrivals.count));
}

#[test]
fn a_number_of_iterations_is_run_exactly_on_any_number_of_vus() {
    let target = target();
    for (vus, iterations) in [(1, 1), (3, 100), (7, 7)] {
        target.reset();
        let more = format!("--vus {vus} --iterations {iterations}");
        let ended = run(&committed("hello"), &target.url(), &more).run().with(0);
        assert_eq!(target.arrivals().count, iterations);
        assert_eq!(ended.count("iterations"), iterations);
        assert_eq!(ended.count("dropped_iterations"), 0);
    }
}

#[test]
fn iterations_that_time_does_not_suffice_for_are_dropped() {
    let target = target();
    let more = "--env mode=sleep --env ms=400 --vus 1 --iterations 10 --duration 1s";
    let ended = run(probe(), &target.url(), more).run().with(0);
    let (done, dropped) = (ended.count("iterations"), ended.count("dropped_iterations"));
    assert!(dropped > 0 && done > 0, "{done} done, {dropped} dropped");
    assert_eq!(done + dropped, 10);
}

#[test]
fn env_tags_and_the_summary_file_do_what_they_say() {
    let target = target();
    let more =
        "--env path=/health --tag build=42 --iterations 5 --out here --summary-export copy.json --seed 7";
    let ended = run(&committed("hello"), &target.url(), more).run().with(0).says(["run folder   here"]);
    assert_eq!(target.arrivals().by_path.get("GET /health"), Some(&5));
    let summary = read_json(&ended.path("copy.json"));
    assert_eq!(summary, read_json(&ended.path("here/summary.json")));
    assert_eq!(summary["schema"], "strata.summary/1");
    assert_eq!(summary["run"]["seed"], 7);
    assert_eq!(summary["run"]["tags"], json!([["build", "42"]]));
    assert_eq!(summary["run"]["target"], target.url());
    assert_eq!(summary["run"]["validity"], "VALID");
    assert_eq!(summary["layers"][0]["status"], "PASSED");
    assert_eq!(summary["layers"][0]["digest"].as_str().map(str::len), Some(64));
    assert_eq!(summary["phase"]["success_rate"], 100.0);
    let report = std::fs::read_to_string(ended.path("here/report.md")).expect("a report");
    assert!(report.starts_with("# Load Test Analysis - hello\n"), "{report}");
}

#[test]
fn a_phase_file_changes_load_and_goals() {
    let target = target();
    let phase = format!(
        "[phase]\nnumber = 3\ntitle = \"Two\"\ntarget = \"{}\"\nsuccess-rate = 50\n\
         [[layer]]\nscenario = \"hello.wasm\"\nenv = {{ path = \"/health\" }}\n\
         [[layer.stage]]\nname = \"main\"\nexecutor = \"per-vu-iterations\"\nvus = 3\niterations = 4\n\
         [[layer]]\nscenario = \"hello.wasm\"\nname = \"lost\"\nenv = {{ path = \"/nowhere\" }}\n\
         [[layer.stage]]\nname = \"main\"\nexecutor = \"shared-iterations\"\nvus = 1\niterations = 2\n",
        target.url()
    );
    let hello = std::fs::read(committed("hello")).expect("a component");
    let ended =
        strata().file("phase.toml", phase).file("hello.wasm", hello).args(["run", "phase.toml"]).run();
    // The success rate is reached, but a layer that FAILED is never fine.
    let ended = ended.with(99);
    assert_eq!(target.arrivals().by_path.get("GET /health"), Some(&12));
    assert_eq!(target.arrivals().by_path.get("GET /nowhere"), Some(&2));
    let summary = ended.summary();
    let statuses: Vec<_> =
        summary["layers"].as_array().expect("layers").iter().map(|layer| layer["status"].clone()).collect();
    assert_eq!(statuses, ["PASSED", "FAILED"]);
    assert_eq!(summary["phase"]["success_rate"], 50.0);
    let failed = ended.tagged("http_req_failed", &[["name", "/nowhere"]]).expect("failed requests");
    assert_eq!((failed["count"].as_f64(), failed["rate"].as_f64()), (Some(2.0), Some(1.0)));
    let report = ended.report();
    assert!(report.contains("# Phase 3 Load Test Analysis - Two"), "{report}");
    let order = (report.find("❌ FAILED"), report.find("✅ PASSED"));
    assert!(order.0.is_some() && order.0 < order.1, "failing layers come first:\n{report}");
}

#[test]
fn piped_output_is_plain_and_fits_eighty_columns() {
    let target = target();
    let ended = run(&committed("hello"), &target.url(), "--vus 2 --iterations 50").run().with(0);
    assert_eq!(ended.stdout, "", "text for people goes to stderr");
    assert!(!ended.stderr.contains('\x1b') && !ended.stderr.contains('\r'), "{:?}", ended.stderr);
    for line in ended.stderr.lines() {
        assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
    }
    let digest = ended.summary()["layers"][0]["digest"].as_str().expect("a digest").to_owned();
    assert!(ended.stderr.contains(&format!("    sha256    {digest}\n")), "{}", ended.stderr);
    let verdict = ended.stderr.find("✓ PASSED").expect("a verdict");
    let metrics = ended.stderr.find("http_req_duration").expect("metrics");
    assert!(verdict < metrics, "verdicts come before metrics:\n{}", ended.stderr);
}

#[test]
fn quiet_says_the_verdict_and_where_the_rest_is() {
    let target = target();
    let ended = run(&committed("hello"), &target.url(), "--iterations 5 --quiet").run().with(0);
    let ended = ended.says(["✓ PASSED", "success rate 100.00 %", "run folder"]);
    assert!(ended.stderr.lines().count() <= 5, "{}", ended.stderr);
}

#[test]
fn colours_can_be_asked_for() {
    let target = target();
    let run = run(&committed("hello"), &target.url(), "--iterations 5").env("CLICOLOR_FORCE", "1").run();
    assert!(run.stderr.contains('\x1b'), "{}", run.stderr);
}

#[test]
fn the_same_seed_gives_the_same_random_numbers() {
    let target = target();
    let random = |seed: u32| {
        let more = format!("--env mode=random --vus 2 --iterations 6 --seed {seed}");
        let ended = run(probe(), &target.url(), &more).run();
        let metric = ended.metric("random").expect("random numbers");
        assert_eq!(metric["count"], 60.0);
        (metric["avg"].clone(), metric["min"].clone(), metric["max"].clone())
    };
    assert_eq!(random(1), random(1));
    assert_ne!(random(1), random(2));
}
