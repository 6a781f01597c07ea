//! What a run leaves behind as it goes, and what can be made of it when it is killed.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use strata_support::{Ended, Server, committed, now, probe, python, read_json, sleep_until};

use super::{run, strata, target};

const OPEN: &str = "--executor constant-arrival-rate --rate 100 --vus 50 --duration";

fn lines(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("events.jsonl")).expect("events");
    assert!(text.ends_with('\n'), "a whole last line");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// What the seconds add up to, by metric: a counter's sum, and the number of values of anything else.
fn sums(lines: &[Value]) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    for second in lines.iter().filter(|line| line["event"] == "second") {
        for series in second["series"].as_array().expect("series") {
            let kinds = [("counter", 0), ("gauge", 3), ("rate", 1), ("trend", 3)];
            let number = kinds.iter().find_map(|(kind, at)| series.get(*kind)?.get(*at)?.as_f64());
            let metric = series["metric"].as_str().expect("a metric").to_owned();
            *sums.entry(metric).or_insert(0.0) += number.expect("numbers of a kind");
        }
    }
    sums
}

/// `strata report` of the folder of a run.
fn report(folder: &Path) -> Ended {
    strata().args(["report"]).args([folder]).run()
}

fn pause(ms: u64) {
    sleep_until(now() + Duration::from_millis(ms));
}

#[test]
fn the_seconds_of_a_run_add_up_to_its_summary() {
    let target = target();
    for load in [&format!("{OPEN} 2500ms"), "--vus 2 --duration 2500ms"] {
        let ended = run(&committed("hello"), &target.url(), load).run();
        let lines = lines(&ended.folder());
        let events: Vec<_> = lines.iter().map(|line| line["event"].as_str().expect("a word")).collect();
        assert_eq!(events[..3], ["run-started", "layer-started", "stage-started"]);
        assert_eq!(events[events.len() - 3..], ["stage-finished", "layer-finished", "run-finished"]);
        assert_eq!(lines[0]["schema"], "strata.events/1");
        assert_eq!(lines[0]["target"], target.url());
        let seconds: Vec<_> = lines.iter().filter(|line| line["event"] == "second").collect();
        assert!((3..=4).contains(&seconds.len()), "{} seconds of 2.5", seconds.len());
        let mut end = 0.0;
        for second in &seconds {
            let number = |name: &str| second[name].as_f64().expect("a number");
            assert!(number("start_s") >= end - 0.05, "{} follows {end}", number("start_s"));
            end = number("start_s") + number("length_s");
            assert!(!second["generator"].as_array().expect("workers").is_empty());
        }
        let sums = sums(&lines);
        let summary = ended.summary();
        for metric in summary["metrics"].as_array().expect("metrics") {
            if metric["tags"].as_array().is_some_and(Vec::is_empty) {
                let name = metric["name"].as_str().expect("a name");
                assert_eq!(sums.get(name).copied(), metric["count"].as_f64(), "{name}");
            }
        }
        assert!(sums["iterations"] > 0.0 && sums["http_req_duration"] == sums["http_reqs"]);
        let mut last = lines.last().expect("a line").clone();
        last.as_object_mut().expect("an object").remove("event");
        assert_eq!(last, summary);
    }
}

#[test]
fn histograms_are_read_by_others() {
    let server = Server::start(|arrived| sleep_until(arrived + Duration::from_millis(3)));
    let ended = run(&committed("hello"), &server.url(), &format!("{OPEN} 2500ms")).run();
    let log = ended.folder().join("histograms.hlog");
    let Some(read) = python(include_str!("histograms.py"), &[log.to_str().expect("a path")]) else { return };
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let read: Value = serde_json::from_slice(&read.stdout).expect("JSON");
    let trends = ["http_req_duration", "http_req_response_time", "iteration_response_time", "iteration_lag"];
    for metric in trends {
        let (theirs, ours) = (&read["metrics"][metric], |number: &str| ended.number(metric, number));
        assert_eq!(theirs["count"].as_f64(), Some(ours("count")), "{metric}");
        for number in ["p99", "max"] {
            let (theirs, ours) = (theirs[number].as_f64().expect("a number"), ours(number));
            assert!((theirs - ours).abs() <= ours * 0.001 + 0.001, "{metric} {number}: {theirs} for {ours}");
        }
    }
    let tags = read["tags"].as_object().expect("tags");
    let of = |metric: &str, tag: &str| -> u64 {
        let meant = tags.iter().filter(|(name, _)| name.split(';').next() == Some(metric));
        meant
            .filter(|(name, _)| name.split(';').any(|part| part == tag))
            .map(|(_, n)| n.as_u64().unwrap_or(0))
            .sum()
    };
    let answered = ended.count("http_req_duration");
    assert_eq!(of("http_req_duration", "status=200"), answered);
    assert_eq!(of("http_req_duration", "stage=main"), answered);
    assert_eq!(of("http_req_duration", "status=404"), 0);
}

#[test]
fn a_run_that_was_killed_has_lost_a_second_at_most() {
    for load in [&format!("{OPEN} 60s"), "--vus 2 --duration 60s"] {
        // Slower from second to second: what is put together is of different sizes.
        let first = std::sync::OnceLock::new();
        let server = Server::start(move |arrived| {
            let since = arrived - *first.get_or_init(|| arrived);
            sleep_until(arrived + Duration::from_millis(2) + since / 50);
        });
        let running = run(&committed("hello"), &server.url(), load).start();
        while server.count() == 0 {
            pause(10);
        }
        pause(3500);
        running.signal("KILL");
        let killed = now();
        let ended = running.end();
        assert_eq!(ended.code, -1);
        let folder = ended.folder();
        assert!(!folder.join("summary.json").exists());
        // A half line, as a kill may leave one.
        let mut events = std::fs::read(folder.join("events.jsonl")).expect("events");
        events.extend_from_slice(b"{\"event\":\"second\",\"la");
        std::fs::write(folder.join("events.jsonl"), events).expect("events");

        let again = report(&folder).with(105);
        // Issue 3: nobody knows what ended it, so no signal is named.
        let again =
            again.says(["no end of the run was recorded", "http_req_duration", "success rate", "hello"]);
        assert!(!again.stderr.contains("signal"), "{}", again.stderr);
        assert!(!again.stderr.contains("panicked"), "{}", again.stderr);
        let summary = read_json(&folder.join("summary.json"));
        assert_eq!(
            (&summary["schema"], &summary["run"]["interrupted"], &summary["run"]["unfinished"]),
            (&"strata.summary/1".into(), &true.into(), &true.into())
        );
        // Issue 4: what nobody has judged has not passed.
        let layer = &summary["layers"][0];
        assert_eq!((&layer["status"], &layer["fix_priority"]), (&"NO DATA".into(), &Value::Null));
        assert!(
            layer["issue"]
                .as_str()
                .expect("a text")
                .contains("no end of the run was recorded, so the layer was not judged")
        );
        assert_ne!(summary["run"]["validity"], "VALID");
        assert_eq!(summary["phase"]["passed"], 0);
        let markdown = std::fs::read_to_string(folder.join("report.md")).expect("a report");
        assert!(
            markdown.contains("no end of the run was recorded") && markdown.contains("### hello"),
            "{markdown}"
        );
        for form in ["html", "junit"] {
            let shown =
                strata().args(["report"]).args([&folder]).args(["--format", form]).run().with(105).stdout;
            assert!(shown.contains("no end of the run was recorded") && !shown.contains("signal"), "{shown}");
        }

        let metrics = summary["metrics"].as_array().expect("metrics");
        let count = |name: &str| {
            let found = metrics
                .iter()
                .find(|metric| metric["name"] == name && metric["tags"] == Value::Array(vec![]));
            found.and_then(|metric| metric["count"].as_f64()).expect(name) as usize
        };
        let log = server.log();
        let lost = Duration::from_millis(1500);
        let before = log.iter().filter(|exchange| exchange.arrived + lost < killed).count();
        for metric in ["http_reqs", "iterations", "http_req_duration", "iteration_response_time", "checks"] {
            let count = count(metric);
            assert!(
                (before..=log.len()).contains(&count),
                "{metric}: {count} of {} to {}",
                before,
                log.len()
            );
        }
        // What has been put together is kept, and shown the same again.
        assert_eq!(report(&folder).with(105).stderr, again.stderr);
    }
}

#[test]
fn a_run_that_is_over_is_reported_as_it_was() {
    let target = target();
    let nowhere = "--env path=/nowhere --iterations 5";
    let slow = Server::slow(Duration::from_millis(100));
    let dropping = "--executor constant-arrival-rate --rate 100 --duration 1s --vus 1";
    for (url, load, code) in
        [(target.url(), "--iterations 5", 0), (target.url(), nowhere, 99), (slow.url(), dropping, 111)]
    {
        let ended = run(&committed("hello"), &url, load).run().with(code);
        let (folder, summary) = (ended.folder(), ended.summary());
        let verdict =
            ended.stderr.find("success rate").map(|at| ended.stderr[at..].lines().next().expect("a line"));
        let shown = report(&folder).with(code).says(verdict);
        assert_eq!(shown.stdout, "");
        let json = strata().args(["report", "--format", "json"]).args([&folder]).run().with(code);
        assert_eq!(serde_json::from_str::<Value>(&json.stdout).expect("JSON"), summary);
        let markdown = strata().args(["report", "--format", "markdown"]).args([&folder]).run().with(code);
        assert_eq!(markdown.stdout.trim_end(), ended.report().trim_end());
        // Also from the record alone.
        std::fs::remove_file(folder.join("summary.json")).expect("a file");
        std::fs::remove_file(folder.join("report.md")).expect("a file");
        assert_eq!(report(&folder).code, code);
        assert_eq!(ended.summary(), summary);
        assert!(!ended.report().is_empty());
    }
}

#[test]
fn a_scenario_that_failed_is_reported_as_that() {
    let target = target();
    for env in ["mode=trap", "setup=fail"] {
        let more = format!("--env {env} --iterations 3");
        let ended = run(probe(), &target.url(), &more).run().with(107);
        let shown = report(&ended.folder()).with(107).says(["NO DATA"]);
        std::fs::remove_file(ended.folder().join("summary.json")).expect("a file");
        assert_eq!(report(&ended.folder()).with(107).stderr, shown.stderr);
    }
}

#[test]
fn damaged_records_are_refused_in_one_line_or_read_as_far_as_they_go() {
    let target = target();
    let ended = run(&committed("hello"), &target.url(), "--vus 2 --duration 2500ms").run().with(0);
    let folder = ended.folder();
    let events = std::fs::read(folder.join("events.jsonl")).expect("events");
    let histograms = std::fs::read(folder.join("histograms.hlog")).expect("histograms");
    let first = events.iter().position(|byte| *byte == b'\n').expect("a line");
    let with = |name: &str, bytes: &[u8]| {
        for (file, whole) in [("events.jsonl", &events), ("histograms.hlog", &histograms)] {
            std::fs::write(folder.join(file), if file == name { bytes } else { whole }).expect("a file");
        }
        for made in ["summary.json", "report.md"] {
            drop(std::fs::remove_file(folder.join(made)));
        }
        report(&folder)
    };
    let refused = |ended: Ended, says: &str| {
        let ended = ended.with(104).says([says]);
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
        assert!(!folder.join("summary.json").exists());
    };
    let garbage: Vec<u8> = (0..20_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for bytes in [&b""[..], b"\n\n\n", b"null\n", b"{}\n", &events[..first], &events[first + 1..], &garbage] {
        refused(with("events.jsonl", bytes), "events.jsonl does not begin with the plan of a run");
    }
    // Wherever it is cut off or damaged behind its plan, what is before can be read.
    let last = events[..events.len() - 1].iter().rposition(|byte| *byte == b'\n').expect("lines");
    for cut in [first + 1, first + 2, events.len() / 3, events.len() / 2, last, last + 1] {
        let partly = with("events.jsonl", &events[..cut]).with(105);
        assert!(folder.join("summary.json").exists(), "{}", partly.stderr);
        let damaged = [&events[..cut], b"\xff\xfe{]\n", &events[cut..]].concat();
        assert_eq!(with("events.jsonl", &damaged).code, 105);
    }
    for bytes in [&b""[..], &garbage, &histograms[..histograms.len() / 2]] {
        assert_eq!(with("histograms.hlog", bytes).code, 0);
        let killed = &events[..=last];
        std::fs::write(folder.join("events.jsonl"), killed).expect("a file");
        std::fs::remove_file(folder.join("summary.json")).expect("a file");
        let ended = report(&folder).with(105);
        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    }
    std::fs::write(folder.join("summary.json"), "{\"schema\":").expect("a file");
    let ended = report(&folder).with(104).says(["summary.json: cannot be read: it is no summary of a run"]);
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    for (path, says) in [
        ("nowhere", "nowhere: is not the folder of a run (hint: runs are in strata-runs/"),
        (".", "there is no summary.json"),
    ] {
        let ended = strata().args(["report", path]).run().with(104).says([says]);
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    }
}

#[test]
fn signals_end_an_open_load_with_a_whole_report() {
    for signal in ["INT", "TERM"] {
        let server = Server::slow(Duration::from_millis(300));
        let mut running = run(&committed("hello"), &server.url(), &format!("{OPEN} 10m")).start();
        running.wait_for("100/s for 10m");
        pause(1200);
        running.signal(signal);
        let ended = running.end().with(105).says(["interrupted by a signal", "run folder"]);
        assert_eq!(ended.summary()["run"]["interrupted"], true);
        // What was under way has ended by itself.
        assert_eq!(ended.count("iterations_interrupted"), 0);
        assert_eq!(ended.count("iterations"), server.count());
        assert_eq!(ended.count("http_req_duration"), server.count());
        assert!(ended.report().contains("**Interrupted**"));
        assert_eq!(report(&ended.folder()).code, 105);
    }
}

#[test]
fn a_second_signal_ends_an_open_load_at_once() {
    let server = Server::slow(Duration::from_secs(8));
    let mut running = run(&committed("hello"), &server.url(), &format!("{OPEN} 10m")).start();
    while server.count() < 20 {
        pause(10);
    }
    running.signal("INT");
    running.wait_for("a second signal cuts them off");
    let begin = now();
    running.signal("TERM");
    let ended = running.end().with(105);
    assert!(now() - begin < Duration::from_secs(6), "it waited for answers");
    assert_eq!((ended.count("iterations"), ended.count("iterations_interrupted")), (0, server.count()));
    assert_eq!(ended.count("http_reqs"), server.count());
}
