//! Issue 8: another version of a scenario while its load runs.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use strata_support::{Ended, Running, Strata, committed, now, probe_version, repository, sleep_until};
use strata_target::Server;

use super::{strata, target};

/// Iterations by the clock, each of which says its version to the target.
const OPEN: &str = "--watch --executor constant-arrival-rate --rate 500 --vus 20 --env mode=version";

/// A run of version 0 in a folder of its own, as `probe.wasm`.
pub fn start(url: &str, more: &str) -> Running {
    let strata = strata().file("probe.wasm", probe_version('0')).args(["run", "probe.wasm", "--target", url]);
    strata.args(more.split_whitespace()).start()
}

/// Another version takes the file's name, as editors and toolchains do it.
pub fn save(path: &Path, letter: char) {
    let part = path.with_extension("part");
    std::fs::write(&part, probe_version(letter)).expect("a file");
    std::fs::rename(part, path).expect("a file");
}

/// Ends a run, all of whose iterations come to their end.
pub fn stop(running: Running) -> Ended {
    running.signal("INT");
    running.end().with(105)
}

fn pause(ms: u64) {
    sleep_until(now() + Duration::from_millis(ms));
}

/// Requests of the target's log for `/?WHAT=LETTER`.
pub fn told(target: &Server, what: &str, letter: char) -> u64 {
    target.arrivals().by_path.get(&format!("GET /?{what}={letter}")).copied().unwrap_or(0)
}

pub fn versions(ended: &Ended) -> Vec<Value> {
    ended.summary()["versions"].as_array().expect("versions").clone()
}

/// A number of a version's metric.
fn number(version: &Value, metric: &str, number: &str) -> f64 {
    let metrics = version["metrics"].as_array().expect("metrics");
    let found = metrics.iter().find(|row| row["name"] == metric);
    found.map_or(0.0, |row| row[number].as_f64().expect("a number"))
}

/// What was done to the run, by kind.
pub fn changes(ended: &Ended, kind: &str) -> Vec<Value> {
    let all = ended.summary()["changes"].as_array().cloned().unwrap_or_default();
    all.into_iter().filter(|change| change["kind"] == kind).collect()
}

#[test]
fn issue_8_swaps_under_load_lose_and_double_nothing_and_close_no_connection() {
    let target = target();
    let mut running = start(&target.url(), &format!("{OPEN} --duration 300s --env setup=data"));
    let file = running.path("probe.wasm");
    running.wait_for("up to 20 VUs");
    for letter in '1'..='6' {
        if letter == '3' {
            // Written in two parts: the half of a component is never loaded.
            let bytes = probe_version(letter);
            let (one, other) = bytes.split_at(bytes.len() / 2);
            std::fs::write(&file, one).expect("a file");
            pause(30);
            std::fs::write(&file, [one, other].concat()).expect("a file");
        } else {
            save(&file, letter);
        }
        running.wait_for("(probe.wasm)");
    }
    pause(300);
    let ended = stop(running);
    let arrivals = target.arrivals();
    assert_eq!(ended.count("http_reqs"), arrivals.count, "as many as have arrived");
    // The schedule goes on as if nothing had happened.
    let due = ended.summary()["run"]["duration_s"].as_f64().expect("a number") * 500.0;
    let started = (ended.count("iterations") + ended.count("dropped_iterations")) as f64;
    assert!((started - due).abs() < 20.0, "{started} iterations, and {due} were due");
    assert_eq!(ended.number("checks", "rate"), 1.0, "setup data stays");
    // One for each VU that has had something to do.
    assert!(target.connections() <= 20, "{} connections", target.connections());
    let versions = versions(&ended);
    assert_eq!(versions.len(), 7, "{versions:?}");
    let mut sum = 0;
    for (version, letter) in versions.iter().zip('0'..) {
        let (iterations, sent) =
            (version["iterations"].as_u64().expect("a number"), told(&target, "version", letter));
        assert_eq!(iterations, sent, "iterations of version {letter}");
        assert_eq!(number(version, "http_reqs", "count"), sent as f64, "requests of version {letter}");
        assert_eq!(number(version, "iteration_duration", "count"), sent as f64);
        assert!(sent > 0 && number(version, "http_req_duration", "p99") > 0.0, "{version}");
        assert!(version["since_s"].as_f64() < version["until_s"].as_f64(), "{version}");
        sum += iterations;
    }
    assert_eq!(sum, ended.count("iterations"));
    let digests: BTreeSet<_> = versions.iter().map(|version| version["digest"].as_str()).collect();
    assert_eq!(digests.len(), 7);
    // Those that were replaced too.
    assert!(digests.iter().flatten().all(|digest| ended.stderr.contains(digest)), "{}", ended.stderr);
    assert_eq!(ended.summary()["layers"][0]["digest"], versions[6]["digest"]);
    let swaps = changes(&ended, "swap");
    let instants: Vec<_> = swaps.iter().map(|swap| swap["at_s"].as_f64().expect("an instant")).collect();
    let since: Vec<_> =
        versions[1..].iter().map(|version| version["since_s"].as_f64().expect("one")).collect();
    assert_eq!(instants.len(), since.len());
    assert!(
        instants.iter().zip(&since).all(|(swap, since)| (swap - since).abs() < 0.05),
        "{instants:?} {since:?}"
    );

    // The report and a comparison tell them apart.
    let report = ended.report();
    assert!(report.contains("## Versions of probe"), "{report}");
    let page = std::fs::read_to_string(ended.folder().join("report.html")).expect("a page");
    let digest = |at: usize| versions[at]["digest"].as_str().expect("a digest").to_owned();
    assert!(report.contains(&digest(6)[..12]) && page.contains(&digest(6)[..12]));
    let compare = |one: &str, other: &str| {
        strata().args(["compare"]).args([ended.folder()]).args(["--versions", one, other]).run()
    };
    let compared = compare(&digest(0)[..10], &digest(1)[..10]).with(0);
    assert!(compared.stdout.contains("iteration_response_time p99"), "{}", compared.stdout);
    assert!(!compared.stdout.contains("success rate"), "{}", compared.stdout);
    let _ = compare("0000", &digest(1)).with(104).says(["the run has no version `0000` (hint: it has "]);
}

#[test]
fn issue_8_what_is_no_version_of_the_scenario_is_refused_and_the_old_one_runs_on() {
    let target = target();
    let mut running = start(&target.url(), &format!("{OPEN} --duration 300s"));
    let file = running.path("probe.wasm");
    running.wait_for("up to 20 VUs");
    let other = std::fs::read(committed("hello")).expect("a component");
    let broken = probe_version('9');
    for (bytes, why) in [
        (&broken[..broken.len() / 2], "is not a valid component"),
        (b"not at all", "is not WebAssembly"),
        (&other, "its name changed from `probe` to `hello`"),
        (&probe_version('n'), "it asks for the secret `token`, which was not granted"),
    ] {
        std::fs::write(&file, bytes).expect("a file");
        running.wait_for(why);
    }
    std::fs::remove_file(&file).expect("a file");
    running.wait_for("is gone; the version that runs goes on");
    save(&file, '1');
    running.wait_for("(probe.wasm)");
    pause(300);
    let ended = stop(running);
    assert_eq!(changes(&ended, "swap-refused").len(), 4);
    assert_eq!(ended.count("http_reqs"), target.arrivals().count);
    assert!(told(&target, "version", '0') > 0 && told(&target, "version", '1') > 0);
    assert_eq!(told(&target, "version", '9') + told(&target, "version", 'n'), 0);
}

#[test]
fn issue_8_a_version_that_traps_is_taken_back() {
    let target = target();
    let mut running = start(&target.url(), &format!("{OPEN} --duration 300s --rollback-on-trap"));
    let file = running.path("probe.wasm");
    running.wait_for("up to 20 VUs");
    for (letter, comes) in
        [('1', "(probe.wasm)"), ('t', "rollback"), ('u', "rollback"), ('2', "(probe.wasm)")]
    {
        save(&file, letter);
        running.wait_for(comes);
    }
    pause(300);
    let ended = stop(running);
    let rollbacks = changes(&ended, "rollback");
    assert_eq!(rollbacks.len(), 2, "{}", ended.stderr);
    for rollback in &rollbacks {
        assert!(
            rollback["text"].as_str().is_some_and(|text| text.contains("3 of its first 10")),
            "{rollback}"
        );
        assert_eq!(rollback["digest"], versions(&ended)[1]["digest"], "back to the version before");
    }
    // What has been sent is counted, and so is every trap.
    assert_eq!(ended.count("http_reqs"), target.arrivals().count);
    let traps = ended.count("iterations_failed");
    assert!((6..200).contains(&traps), "{traps} traps");
    assert!(told(&target, "version", '2') > 0);
}

#[test]
fn issue_8_a_project_is_built_and_swapped_on_each_save() {
    let target = target();
    let desk = tempfile::tempdir().expect("a folder");
    let project = desk.path().join("swapped");
    let guests = repository().join("target/guests");
    let in_guests = |strata: Strata| strata.env("CARGO_TARGET_DIR", &guests);
    let _ = strata().args(["new", "--lang", "rust"]).args([&project]).run().with(0);
    let source = project.join("src/lib.rs");
    let written = std::fs::read_to_string(&source).expect("a source");
    let more = ["--target", &target.url(), "--vus", "2", "--duration", "300s"];
    let mut running = in_guests(strata().args(["run", "--watch"]).args([&project]).args(more)).start();
    running.wait_for("2 VUs for ");
    std::fs::write(&source, "nonsense").expect("a source");
    running.wait_for("not built: ");
    std::fs::write(&source, written.replace("status is 200", "is OK")).expect("a source");
    running.wait_for("(swapped.wasm)");
    // Until it has had an iteration.
    let before = target.arrivals().count;
    while target.arrivals().count < before + 10 {
        pause(10);
    }
    std::fs::remove_dir_all(&project).expect("a folder");
    running.wait_for("is gone; it is looked for again each second");
    running.signal("INT");
    let ended = running.end().with(105);
    let versions = versions(&ended);
    assert_eq!(versions.len(), 2, "{}", ended.stderr);
    assert!(versions.iter().all(|version| version["iterations"].as_u64() > Some(0)), "{versions:?}");
    assert_eq!(ended.count("http_reqs"), target.arrivals().count);
    let old = ended.tagged("checks", &[["check", "status is 200"]]).expect("of the old version");
    let new = ended.tagged("checks", &[["check", "is OK"]]).expect("of the new version");
    assert_eq!(
        old["count"].as_f64().zip(new["count"].as_f64()).map(|(a, b)| a + b),
        ended.metric("checks").and_then(|all| all["count"].as_f64())
    );
}

#[test]
fn issue_8_a_swap_has_its_answer_whatever_its_layer_does() {
    let target = target();
    let layer = |name: &str, mode: &str, load: &str| {
        format!(
            "[[layer]]\nscenario = \"{name}.wasm\"\nname = \"{name}\"\nenv = {{ mode = \"{mode}\", ms = \"3000\" }}\n\
             [[layer.stage]]\nname = \"main\"\nvus = 2\n{load}\n"
        )
    };
    let phase = format!(
        "[phase]\ntitle = \"Two\"\ntarget = \"{}\"\n{}{}",
        target.url(),
        // An open load, which leaves the cores time to prepare what is swapped.
        layer("one", "version", "executor = \"constant-arrival-rate\"\nrate = 200\nduration = \"12s\""),
        layer("two", "sleep", "executor = \"constant-vus\"\nduration = \"700ms\"")
    );
    let strata = strata().file("phase.toml", phase);
    let strata = strata.file("one.wasm", probe_version('0')).file("two.wasm", probe_version('0'));
    let mut running = strata.args(["run", "phase.toml", "--watch"]).start();
    let (one, two) = (running.path("one.wasm"), running.path("two.wasm"));
    running.wait_for("200/s for 12s, up to 2 VUs");
    save(&two, '1');
    running.wait_for("the layer begins with it");
    save(&one, '2');
    running.wait_for("(one.wasm)");
    running.wait_for("2 VUs for 700ms");
    // Its iterations take three seconds: in the last of them no other starts.
    pause(900);
    save(&two, '3');
    running.wait_for("no iteration would run it");
    save(&one, '4');
    running.wait_for("the layer's load is over");
    let ended = running.end();
    assert_eq!(changes(&ended, "swap").len(), 2, "{}", ended.stderr);
    assert_eq!(changes(&ended, "swap-refused").len(), 2);
    let versions = versions(&ended);
    let of = |scenario: &str| versions.iter().filter(|version| version["scenario"] == scenario).count();
    assert_eq!((of("one"), of("two")), (2, 1), "{versions:?}");
    assert_eq!(versions[2]["digest"], changes(&ended, "swap")[0]["digest"], "it began with the newer one");
    assert_eq!(versions[2]["iterations"], 2);
}

#[test]
fn issue_8_ctl_swaps_runs_setup_only_if_asked_and_tears_each_setup_down() {
    let target = target();
    let mut running = start(
        &target.url(),
        "--executor constant-arrival-rate --rate 200 --vus 8 --duration 300s --env mode=version --env setup=tell --env teardown=tell",
    );
    running.wait_for("up to 8 VUs");
    let folder = std::fs::read_dir(running.path("strata-runs")).expect("runs").next().expect("a run");
    let folder = folder.expect("a run").path();
    let swap = |letter: char, more: &[&str]| {
        let file = format!("{letter}.wasm");
        let strata = strata().file(&file, probe_version(letter)).args(["ctl", "--run"]).args([&folder]);
        strata.args(["swap", "probe", &file]).args(more).run()
    };
    assert!(swap('1', &[]).with(0).stdout.contains("(1.wasm)"));
    assert_eq!((told(&target, "setup", '0'), told(&target, "setup", '1')), (1, 0));
    let _ = swap('2', &["--run-setup"]).with(0);
    assert_eq!(told(&target, "setup", '2'), 1);
    let _ = swap('o', &[]).with(104).says(["its name changed from `probe` to `other`"]);
    let _ = swap('t', &["--rollback-on-trap"]).with(0);
    running.wait_for("rollback");
    let unknown = strata().args(["ctl", "--run"]).args([&folder]).args(["swap", "nobody", "x.wasm"]).run();
    let _ = unknown.with(104).says(["no layer is `nobody` (hint: one of `probe`)"]);
    pause(200);
    let ended = stop(running);
    assert_eq!(ended.number("checks", "rate"), 1.0, "each version has the data of its setup");
    assert_eq!((told(&target, "teardown", '0'), told(&target, "teardown", '2')), (1, 1));
    assert!(told(&target, "version", '1') > 0 && told(&target, "version", '2') > 0);
}
