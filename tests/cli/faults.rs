//! Faults of the machine: it is full, lets nobody write, has no memory left, or its clock is set back.
//!
//! Descriptors and ports that run out, and a process that stood still, are in `validity.rs`.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use strata_support::{Ended, Server, Strata, committed, missing, now, sleep_until};

use super::{run, strata, target};

const BINARY: &str = env!("CARGO_BIN_EXE_strata");

/// Below a shell that has said this, four seconds of `hello`.
fn hello_below(shell: &str, url: &str) -> Strata {
    let strata = Strata::below(BINARY, shell).args(["run"]).args([committed("hello")]);
    strata.args(["--target", url, "--vus", "1", "--duration", "4s"])
}

/// The run went on, said its verdicts, and ended as one whose files could not be written.
fn half_kept(ended: &Ended, folder: &std::path::Path, error: &str) {
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let said = ended.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in ["PASSED hello", "measurement ", "; the run was recorded up to then"] {
        assert!(said.contains(text), "`{text}` is not in:\n{}", ended.stderr);
    }
    // Which of the two files of the record comes first to its end is a matter of their sizes.
    let record = ["events.jsonl", "histograms.hlog"];
    let told = |file: &str| said.contains(&format!("{file} cannot be written: {error}"));
    assert!(record.into_iter().any(told) && told("summary.json"), "{}", ended.stderr);
    // Whole or not at all.
    for name in ["summary.json", "summary.json.part"] {
        assert!(!folder.join(name).exists(), "{name} is there");
    }
    // What came before is there to be read.
    let again = strata().args(["report"]).args([folder]).run().with(105);
    assert!(again.stderr.contains("no end of the run was recorded"), "{}", again.stderr);
}

#[test]
fn files_that_may_not_grow_cost_the_record_and_not_the_run() {
    let target = target();
    // 8 KiB or 4, as the shell counts; the signal that says so would end anybody.
    let ended = hello_below("trap '' XFSZ; ulimit -f 8", &target.url()).run();
    let folder = ended.folder();
    half_kept(&ended, &folder, "File too large");
}

#[test]
fn a_full_disk_costs_the_record_and_not_the_run() {
    let target = target();
    let script = "mkdir disk kept && mount -t tmpfs -o size=16k tmpfs disk || exit 1\n\
                  \"$0\" \"$@\"; code=$?; cp -r disk/. kept; exit $code";
    let Some(strata) = Strata::with_own_mounts(BINARY, script) else { return };
    let strata = strata.args(["run"]).args([committed("hello")]).args(["--target", &target.url()]);
    let ended = strata.args(["--vus", "1", "--duration", "4s", "--out", "disk"]).run();
    let folder = ended.path("kept");
    half_kept(&ended, &folder, "No space left on device");
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_before_anything_is_sent() {
    let target = target();
    let strata = || run(&committed("hello"), &target.url(), "--iterations 1");
    let ended = strata().file("file", "").args(["--out", "file/run"]).run().with(104);
    let ended = ended.says(["--out file/run: cannot be made: Not a directory"]);
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    let ended = strata().file("strata-runs", "").run().with(104);
    drop(
        ended.says([
            "the run folder strata-runs cannot be made: ",
            "(hint: `--out DIR` puts the run elsewhere)",
        ]),
    );
    // One that is there and empty, on what is only to be read.
    let script = "mkdir disk && mount -t tmpfs -o ro tmpfs disk || exit 1\n\"$0\" \"$@\"";
    if let Some(strata) = Strata::with_own_mounts(BINARY, script) {
        let strata = strata.args(["run"]).args([committed("hello")]).args(["--target", &target.url()]);
        let ended = strata.args(["--out", "disk"]).run().with(104);
        let ended = ended.says(["disk/events.jsonl cannot be written: Read-only file system"]);
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    }
    assert_eq!(target.arrivals().count, 0);
}

/// Instances have room reserved for them; nothing of a run is begun without it.
#[test]
fn memory_that_cannot_be_had_is_said_before_anything_is_sent() {
    let target = target();
    for (kib, vus) in [(2_000_000, "1"), (60_000_000, "10000")] {
        let ended =
            Strata::below(BINARY, &format!("ulimit -v {kib}")).args(["run"]).args([committed("hello")]);
        let ended = ended.args(["--target", &target.url(), "--vus", vus, "--duration", "2s"]).run();
        assert_eq!(ended.code, 104, "{kib} KiB: {}", ended.stderr);
        assert!(ended.stderr.contains("cannot get room for "), "{kib} KiB: {}", ended.stderr);
        assert!(!ended.stderr.contains("panicked"), "{kib} KiB: {}", ended.stderr);
    }
    assert_eq!(target.arrivals().count, 0);
}

/// The library that stands between a program and the wall clock; `None` where there is none.
fn faked_clock() -> Option<PathBuf> {
    let found = Command::new("faketime").args(["-f", "+0", "printenv", "LD_PRELOAD"]).output();
    let path = found.ok().filter(|found| found.status.success()).map(|found| found.stdout);
    let path = path.and_then(|path| String::from_utf8(path).ok()).map(|path| PathBuf::from(path.trim()));
    if path.is_none() {
        missing("there is no faketime (hint: `apt-get install faketime`)");
    }
    path
}

/// The wall clock gives a run its name and nothing else: all times are a monotonic clock's.
#[test]
fn a_clock_that_is_set_back_in_the_middle_of_a_run_changes_no_number() {
    let Some(library) = faked_clock() else { return };
    let server = Server::fast();
    let set = |strata: Strata, shift: &str| {
        let strata = strata.file("clock", shift).env("LD_PRELOAD", &library);
        let strata = strata.env("FAKETIME_TIMESTAMP_FILE", "clock").env("FAKETIME_NO_CACHE", "1");
        strata.env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
    };
    let load = "--executor constant-arrival-rate --rate 100 --vus 20 --duration";
    let running = set(run(&committed("hello"), &server.url(), &format!("{load} 3s")), "+0").start();
    while server.count() < 50 {
        sleep_until(now() + Duration::from_millis(10));
    }
    std::fs::write(running.path("clock"), "-1d").expect("a file");
    let ended = running.end().with(0);
    assert_eq!(ended.count("iterations") + ended.count("dropped_iterations"), 300);
    assert_eq!(ended.count("http_reqs"), server.count());
    let (validity, reasons) = ended.validity();
    assert_ne!(validity, "INVALID", "{reasons}");
    let summary = ended.summary();
    let seconds = summary["run"]["duration_s"].as_f64().expect("a number");
    assert!((2.9..60.0).contains(&seconds), "{seconds} s of 3");
    for metric in ["iteration_response_time", "iteration_lag", "http_req_duration"] {
        assert!(ended.number(metric, "max") < 60_000.0, "{metric}");
    }
    let starts: Vec<f64> =
        summary["timeline"][0]["points"].as_array().expect("points").iter().map(start).collect();
    assert!(starts.is_sorted() && starts.len() >= 2, "{starts:?}");
    // The same binary begins a day earlier now: so the clock was another one.
    let again = set(run(&committed("hello"), &server.url(), "--iterations 1"), "-1d").run().with(0);
    let began = |ended: &Ended| ended.summary()["run"]["started_at"].as_str().expect("a time").to_owned();
    assert!(began(&again) < began(&ended), "{} and {}", began(&again), began(&ended));
}

fn start(point: &serde_json::Value) -> f64 {
    point["start_s"].as_f64().expect("a number")
}
