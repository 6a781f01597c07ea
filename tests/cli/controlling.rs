//! Issue 8: a run that is watched and changed while it goes on.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;
use strata_support::{Running, committed, now, python, sleep_until};

use super::{phase, run, target};

/// The run's folder, once it is there.
const OUT: &str = "here";
/// How long something may take that is waited for, and how often it is looked at.
const LONG: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(20);

pub fn ctl(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strata"));
    command.current_dir(folder).arg("ctl").args(arguments.split_whitespace());
    command.output().expect("the binary runs")
}

/// What a command says that the run takes.
pub fn told(folder: &Path, arguments: &str) -> String {
    let output = ctl(folder, arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments}: {stderr}");
    String::from_utf8(output.stdout).expect("text")
}

/// Why it does not take it.
fn refused(folder: &Path, arguments: &str) -> String {
    let output = ctl(folder, arguments);
    assert_eq!(output.status.code(), Some(104), "{arguments}: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).expect("text")
}

fn status(folder: &Path) -> Value {
    let text = told(folder, &format!("--run {OUT} --json status"));
    serde_json::from_str(&text).expect("JSON")
}

/// Asks until the state of the run is as it should be.
fn until(folder: &Path, wanted: impl Fn(&Value) -> bool) -> Value {
    let began = now();
    loop {
        if folder.join(OUT).join("control.sock").exists() {
            let status = status(folder);
            if wanted(&status) {
                return status;
            }
        }
        assert!(began.elapsed() < LONG, "it never came to what was waited for");
        sleep_until(now() + LOOK);
    }
}

fn stage(status: &Value) -> &Value {
    &status["layers"][0]["stage"]
}

fn place(running: &Running) -> PathBuf {
    running.path("")
}

#[test]
fn issue_8_a_rate_is_scaled_and_every_change_is_in_every_report() {
    let target = target();
    let more = "--executor constant-arrival-rate --rate 20 --vus 10 --duration 60s --out here";
    let running = run(&committed("hello"), &target.url(), more).start();
    let folder = place(&running);
    until(&folder, |status| stage(status)["vus"].as_u64() > Some(0));
    for (arguments, why) in [
        ("scale --rate -3", "is no rate"),
        ("scale --rate NaN", "no number"),
        ("scale --rate 1e300", "at most a million"),
        ("scale --vus 5", "has a rate"),
        ("scale --factor 0", "is no factor"),
        ("scale nobody --rate 5", "there is no layer `nobody` (hint: hello)"),
        ("scale --stage later --rate 5", "the stage `later` is not running (hint: hello: main is)"),
        ("resume", "is not paused"),
    ] {
        let said = refused(&folder, &format!("--run {OUT} {arguments}"));
        assert!(said.contains(why), "{arguments}: {said}");
    }
    assert!(told(&folder, "--run here scale hello --rate 200").contains("20/s → 200/s"));
    let faster = until(&folder, |status| stage(status)["iterations_per_s"].as_f64() > Some(150.0));
    assert_eq!(stage(&faster)["asked_per_s"], 200.0);
    assert!(told(&folder, "--run here scale --factor 0.5").contains("200/s → 100/s"));
    told(&folder, "--run here note <b>deployed</b>|x");
    assert!(told(&folder, "--run here status").contains("of 100/s"));
    told(&folder, "--run here stop");
    let ended =
        running.end().with(105).says(["stopped on request", "scale: hello: main: 20/s → 200/s (by api)"]);
    assert!(!ended.path("here/control.sock").exists(), "the socket goes with its run");
    let read = |name: &str| std::fs::read_to_string(ended.path("here").join(name)).expect("a file");
    let summary: Value = serde_json::from_str(&read("summary.json")).expect("JSON");
    let kinds: Vec<_> =
        summary["changes"].as_array().expect("changes").iter().map(|change| change["kind"].clone()).collect();
    assert_eq!(kinds, ["scale", "scale", "note", "stop"]);
    assert_eq!(summary["run"]["interrupted"], true);
    let sent = summary["metrics"].as_array().expect("metrics").iter();
    let sent = sent.clone().find(|metric| metric["name"] == "http_reqs").expect("requests")["count"].as_f64();
    assert_eq!(sent, Some(target.arrivals().count as f64));
    assert_eq!(read("events.jsonl").matches("\"event\":\"changed\"").count(), 4);
    let page = read("report.html");
    assert!(page.contains("scale: 20/s → 200/s") || page.contains("scale: 20"), "no mark on the plots");
    assert!(page.contains("&lt;b&gt;deployed&lt;/b&gt;") && !page.contains("<b>deployed"));
    let report = read("report.md");
    assert!(report.contains("## Changes While It Ran") && report.contains("&lt;b>deployed"), "{report}");
}

#[test]
fn issue_8_vus_are_scaled_within_their_room_and_a_pause_keeps_the_rest_of_the_load() {
    let target = target();
    let layers = "[[layer]]\nscenario = \"probe.wasm\"\nenv = { mode = \"sleep\", ms = \"20\" }\n\
         [[layer.stage]]\nname = \"main\"\nexecutor = \"constant-vus\"\nvus = 1\nduration = \"60s\"\n";
    let running = phase(&target.url(), layers, "--room 6 --out here").start();
    let folder = place(&running);
    until(&folder, |status| stage(status)["vus"] == 1);
    let said = refused(&folder, "--run here scale probe --vus 7");
    assert!(said.contains("room for 6"), "{said}");
    for (vus, why) in [("-1", "is no number of VUs"), ("2.5", "must be whole"), ("0", "hint: `pause`")] {
        let said = refused(&folder, &format!("--run here scale probe --vus {vus}"));
        assert!(said.contains(why), "{said}");
    }
    told(&folder, "--run here scale probe --vus 6");
    until(&folder, |status| stage(status)["vus"] == 6);
    told(&folder, "--run here scale probe --vus 2");
    until(&folder, |status| stage(status)["vus"] == 2);
    told(&folder, "--run here pause");
    let said = refused(&folder, "--run here pause");
    assert!(said.contains("paused already"), "{said}");
    // What was under way when it was told has ended by the second look, and then there is no more.
    let calm = |status: &Value| status["state"] == "paused" && stage(status)["iterations_per_s"] == 0.0;
    let before = until(&folder, calm);
    told(&folder, "--run here note quiet");
    let after =
        until(&folder, |status| status["elapsed_s"].as_f64() > before["elapsed_s"].as_f64().map(|s| s + 1.2));
    assert_eq!(stage(&before)["iterations"], stage(&after)["iterations"]);
    told(&folder, "--run here resume");
    until(&folder, |status| stage(status)["iterations"].as_f64() > stage(&after)["iterations"].as_f64());
    told(&folder, "--run here stop --now");
    let ended = running.end().with(105);
    let summary: Value =
        serde_json::from_slice(&std::fs::read(ended.path("here/summary.json")).expect("a file"))
            .expect("JSON");
    assert_eq!(summary["changes"].as_array().map(Vec::len), Some(6));
    // One was planned.
    for name in ["vus", "vus_max"] {
        let metrics = summary["metrics"].as_array().expect("metrics");
        let found = metrics.iter().find(|metric| metric["name"] == name).expect("a gauge");
        assert_eq!(found["max"], 6.0, "{name}");
    }
}

#[test]
fn issue_8_loads_of_a_number_of_iterations_are_not_scaled_and_the_only_run_is_found() {
    let target = target();
    let more = "--executor shared-iterations --vus 1 --iterations 100000 --duration 60s";
    let running = run(&committed("hello"), &target.url(), more).start();
    let folder = place(&running);
    let began = now();
    while !String::from_utf8_lossy(&ctl(&folder, "status").stdout).contains("1 of 1 VUs") {
        assert!(began.elapsed() < LONG, "it never ran");
        sleep_until(now() + LOOK);
    }
    let said = refused(&folder, "scale --vus 2");
    assert!(said.contains("is to run a number of iterations"), "{said}");
    told(&folder, "stop");
    let ended = running.end().with(105);
    let said = refused(&ended.path(""), "status");
    assert!(said.contains("no run is going on in strata-runs/"), "{said}");
}

/// A request as it is, and everything that comes back.
fn raw(mut stream: impl Read + Write, request: &str) -> String {
    // Whoever is turned away reads nothing.
    let _ = stream.write_all(request.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn issue_8_a_port_needs_its_token_and_garbage_costs_nothing() {
    let target = target();
    let more = "--vus 1 --duration 60s --out here --control 127.0.0.1:0";
    let mut running = run(&committed("hello"), &target.url(), more).start();
    running.wait_for("commands are taken at http://");
    let mut line = String::new();
    running.wait_for_line(&mut line);
    let (address, token) = line.split_once(" with the token ").expect("a token");
    let folder = place(&running);
    until(&folder, |status| stage(status)["vus"] == 1);
    let connect = || {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(LONG)).expect("a time");
        stream
    };
    let with = |request: &str| {
        raw(
            connect(),
            &format!(
                "{request} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\n\r\n"
            ),
        )
    };
    assert!(raw(connect(), "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 401"));
    let wrong =
        format!("GET /v1/status HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n", "0".repeat(48));
    assert!(raw(connect(), &wrong).starts_with("HTTP/1.1 401"));
    assert!(with("GET /v1/status").starts_with("HTTP/1.1 200"));
    let said = with("DELETE /v1/status");
    assert!(said.starts_with("HTTP/1.1 405") && said.contains("allow: GET"), "{said}");
    assert!(with("GET /etc/passwd").starts_with("HTTP/1.1 404"));
    assert!(with("POST /v1/note").starts_with("HTTP/1.1 400"));
    // Clients that hang, one that says too much, and one that speaks no HTTP.
    let hanging: Vec<_> =
        (0..20).map(|_| UnixStream::connect(folder.join("here/control.sock")).expect("room")).collect();
    let long = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(100_000));
    assert!(!raw(connect(), &long).contains("200 OK"));
    assert!(!raw(connect(), "\u{0}\u{1}garbage\r\n\r\n").contains("200 OK"));
    let large = format!(
        "POST /v1/note HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 100000\r\n\r\n{}",
        "y".repeat(100_000)
    );
    let said = raw(connect(), &large);
    assert!(said.starts_with("HTTP/1.1 413") || said.is_empty(), "{said}");
    assert_eq!(status(&folder)["state"], "running");
    drop(hanging);
    let url = format!("--url http://{address} --token {token}");
    assert!(told(&folder, &format!("{url} note hello")).contains("noted"));
    assert!(refused(&folder, &format!("--url http://{address} --token wrong note hello")).contains("token"));
    told(&folder, &format!("{url} stop"));
    let ended = running.end().with(105);
    assert!(!ended.stderr.contains("INVALID"), "{}", ended.stderr);
}

#[test]
fn issue_8_two_runs_on_one_socket_and_addresses_for_everybody_are_refused() {
    let target = target();
    let socket = tempfile::TempDir::new().expect("a folder");
    let path = socket.path().join("s.sock");
    let more = format!("--vus 1 --duration 60s --out here --control {}", path.display());
    let running = run(&committed("hello"), &target.url(), &more).start();
    let folder = place(&running);
    until(&folder, |status| stage(status)["vus"] == 1);
    let ended = run(&committed("hello"), &target.url(), &more).run().with(104);
    assert!(ended.stderr.contains("another run listens there"), "{}", ended.stderr);
    told(&folder, &format!("--socket {} stop", path.display()));
    let _ = running.end().with(105);
    for (control, why) in [
        ("0.0.0.0:0", "only from this machine"),
        ("nonsense", "neither an address nor the path"),
        ("/nowhere/s", "no socket"),
    ] {
        let more = format!("--iterations 1 --control {control}");
        let ended = run(&committed("hello"), &target.url(), &more).run().with(104);
        assert!(ended.stderr.contains(why), "{}", ended.stderr);
    }
}

/// For [`python`]: reads metrics as Prometheus's own parser does, and prints one number of each family that it is asked for.
const READ: &str = r#"
import sys
from prometheus_client.parser import text_string_to_metric_families
families = {family.name: family for family in text_string_to_metric_families(open(sys.argv[1]).read())}
for name in sys.argv[2:]:
    print(families[name].type, families[name].samples[0].value)
assert len({name for name in families}) > 15, families.keys()
"#;

#[test]
fn issue_8_metrics_are_read_by_prometheus() {
    let target = target();
    let running = run(&committed("hello"), &target.url(), "--vus 2 --duration 60s --out here").start();
    let folder = place(&running);
    until(&folder, |status| stage(status)["iterations"].as_f64() > Some(0.0));
    let socket = UnixStream::connect(folder.join("here/control.sock")).expect("a socket");
    let said = raw(socket, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    let (head, text) = said.split_once("\r\n\r\n").expect("a body");
    assert!(head.contains("text/plain; version=0.0.4"), "{head}");
    let file = folder.join("metrics.txt");
    std::fs::write(&file, text).expect("a file");
    let file = file.display().to_string();
    let names =
        ["strata_http_reqs", "strata_run_paused", "strata_http_req_duration_seconds", "strata_checks_rate"];
    let arguments: Vec<&str> = [file.as_str()].into_iter().chain(names).collect();
    if let Some(output) = python(READ, &arguments) {
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
        let lines: Vec<_> = said.lines().collect();
        assert!(lines[0].starts_with("counter ") && !lines[0].ends_with(" 0.0"), "{said}");
        assert!(lines[1].starts_with("gauge 0") && lines[3].starts_with("gauge 1"), "{said}");
        let median: Option<f64> = lines[2].strip_prefix("summary ").and_then(|value| value.parse().ok());
        assert!(median.is_some_and(|median| median > 0.0 && median < 10.0), "{said}");
    }
    told(&folder, "--run here stop");
    let _ = running.end().with(105);
}
