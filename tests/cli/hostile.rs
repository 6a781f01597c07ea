//! Scenarios that take more than they should, or say what is not so; `tests/conformance/hostile` holds the rest.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, OnceLock};

use strata_support::{Hostile, probe};

use super::{run, strata, target};

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

/// The loops are ended by time that they have computed, and others get the thread between its turns.
#[test]
fn an_endless_loop_ends_near_its_deadline_and_the_others_go_on() {
    let target = target();
    let phase = format!(
        "[phase]\ntitle = \"t\"\ntarget = \"{}\"\nsuccess-rate = 0\n[limits]\niteration = \"200ms\"\n\
         [[layer]]\nscenario = \"probe.wasm\"\nenv = {{ mode = \"spin\" }}\n\
         [[layer.stage]]\nname = \"main\"\nexecutor = \"shared-iterations\"\nvus = 1\niterations = 8\n",
        target.url()
    );
    let component = fs::read(probe()).expect("a component");
    let strata = strata().file("phase.toml", phase).file("probe.wasm", component);
    let ended = strata.args(["run", "phase.toml"]).run().with(107);
    let said = ended.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("it computed for more than 200 ms without an end"), "{said}");
    assert_eq!(ended.summary()["run"]["limits"], serde_json::json!([["iteration", "200ms"]]));
    let (best, worst) =
        (ended.number("iteration_duration", "min"), ended.number("iteration_duration", "max"));
    println!("8 loops of 200 ms ended after {best} to {worst} ms");
    assert!((200.0..300.0).contains(&best), "the nearest end of a loop of 200 ms came after {best} ms");
    // In one layer, so that the loop and the others share threads.
    let more = "--env mode=spin-one --limit iteration=200ms --vus 8 --duration 3s";
    let ended = run(probe(), &target.url(), more).run();
    let (all, looped) = (ended.count("iterations"), ended.count("iterations_failed"));
    let (med, p99) = (ended.number("http_req_duration", "med"), ended.number("http_req_duration", "p99"));
    println!("{all} iterations beside {looped} loops, http_req_duration med {med} ms, p99 {p99} ms");
    assert!(looped > 0 && all > 20 * looped, "{all} iterations beside {looped} loops");
}

/// What has been compiled into a folder; beside it lie notes about it, all of which have an ending.
fn compiled(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let files = files.into_iter().filter(|path| path.extension().is_none());
    files.chain(folders.iter().flat_map(|folder| compiled(folder))).collect()
}

/// Once the load runs, what was compiled is taken away: whoever compiled again, or looked for what had been compiled before,
/// would leave it there anew.
#[test]
fn issue_6_a_guest_that_replaces_a_trapped_one_is_not_compiled() {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = folder.path().to_owned();
    let found = Arc::new(OnceLock::new());
    let (found_first, requests) = (Arc::clone(&found), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&requests);
    let server = Hostile::start(move |visit| {
        while visit.request().is_some() {
            if counted.fetch_add(1, SeqCst) == 0 {
                let files = compiled(&cache);
                files.iter().for_each(|file| fs::remove_file(file).expect("a file"));
                found_first.set(files.len()).expect("the first request comes once");
            }
            visit.answer("");
        }
    });
    let more = "--env mode=trap-sometimes --vus 1 --iterations 40";
    let ended = run(probe(), &server.url(), more).env("STRATA_CACHE_DIR", folder.path()).run();
    assert_eq!(found.get(), Some(&1), "what was compiled before the load");
    let traps = (ended.count("iterations"), ended.count("iterations_failed"), requests.load(SeqCst));
    assert_eq!(traps, (40, 4, 36), "{}", ended.stderr);
    assert_eq!(compiled(folder.path()), [] as [PathBuf; 0]);
    // It would have been seen.
    drop(strata().args(["inspect"]).args([probe()]).env("STRATA_CACHE_DIR", folder.path()).run().with(0));
    assert_eq!(compiled(folder.path()).len(), 1);
}
