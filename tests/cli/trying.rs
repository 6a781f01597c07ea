//! `strata try`: a few iterations, and everything that they do.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use serde_json::Value;
use strata_support::{Ended, Strata, committed, probe, probe_with_lines, repository};

use super::{nobody, strata, target};

fn attempt(component: &Path, more: &str) -> Strata {
    strata().args(["try"]).args([component]).args(more.split_whitespace())
}

fn document(ended: &Ended) -> Value {
    let document: Value = serde_json::from_str(&ended.stdout).expect("a JSON document");
    assert_eq!(document["schema"], "strata.try/1");
    document
}

/// The parts of that name.
fn parts(document: &Value, name: &str) -> Vec<Value> {
    let parts = document["parts"].as_array().expect("parts").iter();
    parts.filter(|part| part["part"] == name).cloned().collect()
}

/// The calls of that kind in a part.
fn calls(part: &Value, kind: &str) -> Vec<Value> {
    let calls = part["calls"].as_array().expect("calls").iter();
    calls.filter(|call| call["call"] == kind).cloned().collect()
}

/// It fits into 80 columns and has no control characters.
fn plain(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
}

/// A server that reads one request and gives this answer; then it is gone.
fn server(answer: &'static [u8]) -> (String, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        head(&mut stream);
        stream.write_all(answer).expect("an answer");
    });
    (url, thread)
}

fn head(stream: &mut TcpStream) {
    let mut read = Vec::new();
    let mut byte = [0];
    while !read.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        read.push(byte[0]);
    }
}

#[test]
fn everything_that_an_iteration_does_is_shown() {
    let ended = attempt(&committed("hello"), "--echo -n 2").run().with(0);
    assert_eq!(ended.stderr, "");
    plain(&ended.stdout);
    assert!(ended.stdout.starts_with("hello · stage main · http://127.0.0.1:"), "{}", ended.stdout);
    let mut rest = ended.stdout.as_str();
    for text in [
        "\nsetup\n",
        "  ok in ",
        ", 0 B for the VUs\n",
        "\niteration 0\n",
        "run.env path → nothing\n",
        "GET http://127.0.0.1:",
        "           > user-agent: strata/",
        "           200 HTTP/1.1 in ",
        "           < content-type: application/json\n",
        "           connecting █",
        "           sending  ",
        "           waiting  ",
        "✓ status is 200\n",
        "  ok in ",
        ", guest ",
        ", memory ",
        "\niteration 1\n",
        "\njudge\n",
        "\nteardown\n",
        "\n2 checks held in 2 iterations\n",
    ] {
        let at = rest.find(text).unwrap_or_else(|| panic!("`{text}` does not follow in\n{}", ended.stdout));
        rest = &rest[at + text.len()..];
    }
    assert!(ended.runs().is_empty(), "a try leaves nothing behind");
}

#[test]
fn requests_are_told_in_whole_and_the_echo_agrees() {
    let document = document(&attempt(probe(), "--echo --env mode=send --body --json").run().with(99));
    let iteration = &parts(&document, "iteration")[0];
    let requests = calls(iteration, "request");
    // One of those that are sent together is refused as a whole.
    let sent = |function: &str| requests.iter().filter(|call| call["function"] == function).count();
    assert_eq!((sent("http.send"), sent("http.send-all"), sent("http.send-all-prepared")), (2, 4, 3));
    let mut echoed = 0;
    for request in requests.iter().filter(|request| request["response"]["body"]["text"].is_string()) {
        let text = request["response"]["body"]["text"].as_str().expect("a text");
        let echo: Value = serde_json::from_str(text).expect("the echo's document");
        assert_eq!((&echo["method"], &echo["headers"]), (&request["method"], &request["headers"]));
        let path = echo["path"].as_str().expect("a path");
        let query = echo["query"].as_str().map(|query| format!("?{query}")).unwrap_or_default();
        let base = document["target"].as_str().expect("a URL");
        assert_eq!(request["url"], format!("{base}{path}{query}"));
        assert_eq!(request["response"]["status"], 200);
        echoed += 1;
    }
    assert!(echoed >= 6, "{echoed}");
    let discarded = requests.iter().filter(|call| call["response"]["body"] == "discarded").count();
    assert_eq!(discarded, 2);
    // Refused before they were sent, each by its code.
    for (url, code) in [("http://", "bad-url"), ("http://192.0.2.1/", "host-not-allowed")] {
        let refused = requests.iter().find(|call| call["url"] == url).expect("a refused request");
        assert_eq!((&refused["error"]["code"], &refused["response"]), (&code.into(), &Value::Null));
    }
    // The echo's answer to another request is another: the probe sees that, and so does the count.
    assert_eq!(
        document["checks"]["failed"],
        calls(iteration, "check").iter().filter(|c| c["held"] == false).count()
    );
}

#[test]
fn bodies_are_shown_when_asked_for_and_cut() {
    let body = |more: &str| attempt(probe(), &format!("--echo --env mode=send {more}")).run().with(99).stdout;
    let (without, with) = (body(""), body("--body"));
    plain(&with);
    assert!(!without.contains("\"method\""), "{without}");
    assert!(with.contains("\"method\"") && with.contains("(the scenario has the body discarded)"), "{with}");
    let long: &[u8] = Box::leak(
        [b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n".to_vec(), vec![b'x'; 100_000]]
            .concat()
            .into_boxed_slice(),
    );
    let (url, thread) = server(long);
    let ended = attempt(probe(), &format!("--target {url} --body")).run().with(0);
    thread.join().expect("the server");
    plain(&ended.stdout);
    assert!(ended.stdout.contains("(the beginning of 100 kB)"), "{}", ended.stdout);
    assert!(ended.stdout.lines().count() < 120, "{}", ended.stdout);
}

#[test]
fn a_kept_connection_is_opened_once() {
    let document = document(&attempt(&committed("hello"), "--echo -n 3 --json").run().with(0));
    let opening: Vec<bool> = parts(&document, "iteration")
        .iter()
        .map(|part| calls(part, "request")[0]["timings"]["connecting"].as_f64().expect("a time") > 0.0)
        .collect();
    assert_eq!(opening, [true, false, false]);
}

#[test]
fn waiting_is_not_the_guests_time_and_computing_is() {
    let share = |more: &str| {
        let document = document(&attempt(probe(), &format!("--echo --json {more}")).run());
        let part = parts(&document, "iteration")[0].clone();
        assert!(part["memory_bytes"].as_u64().expect("bytes") >= 65_536, "{part}");
        part["guest_ms"].as_f64().expect("a time") / part["took_ms"].as_f64().expect("a time")
    };
    let (asleep, busy) = (share("--env mode=sleep --env ms=400"), share("--env mode=compute --env ms=200"));
    assert!(asleep < 0.2 && busy > 0.5, "{asleep} {busy}");
}

#[test]
fn the_end_says_how_it_went() {
    let target = target();
    let url = target.url();
    for (component, more, code, says) in [
        (probe(), "--env mode=fail -n 2", 99, "    probe: iteration 1 was told to fail\n"),
        (&committed("hello"), "--env path=/no-such-page", 99, "1 of 1 check failed in 1 iteration\n"),
        (probe(), "--env judge=fail", 99, "    probe-judge: judge was told to fail\n"),
        (probe(), "--env teardown=fail", 99, "    probe-teardown: teardown was told to fail\n"),
        (probe(), "--env setup=fail", 107, "    probe-setup: setup was told to fail\n"),
        (probe(), "--env setup=trap", 107, "setup was told to trap\n"),
        (probe(), "--env judge=trap", 107, "judge was told to trap\n"),
        (probe(), "--env mode=grow", 107, "growing memory"),
    ] {
        let ended = attempt(component, &format!("--target {url} {more}")).run().with(code);
        plain(&ended.stdout);
        assert!(ended.stdout.contains(says), "`{says}` is not in\n{}", ended.stdout);
    }
    let ended = attempt(probe(), &format!("--target {} --env mode=ok", nobody())).run().with(99);
    assert!(ended.stdout.contains("connect-refused: cannot connect"), "{}", ended.stdout);
}

#[test]
fn what_setup_hands_over_arrives_and_findings_are_shown() {
    let ended = attempt(probe(), "--echo --env setup=data --env judge=results").run().with(0);
    for text in
        [", 10 B for the VUs\n", "run.setup-data → 10 bytes\n", "✓ setup data arrives\n", "    ✓ slope  2\n"]
    {
        assert!(ended.stdout.contains(text), "`{text}` is not in\n{}", ended.stdout);
    }
    let document = document(&attempt(probe(), "--echo --env judge=results --json").run());
    assert_eq!(parts(&document, "judge")[0]["findings"][0]["goal"], "checks");
    let stat = attempt(&committed("layer-08-api-throughput"), "--echo --stage groups --json").run();
    let document = self::document(&stat);
    assert_eq!(document["stage"], "groups");
    assert!(document.to_string().contains("results.stat"), "{document}");
}

#[test]
fn a_trap_is_told_by_the_authors_function_file_and_line() {
    let source = std::fs::read_to_string(repository().join("tests/conformance/probes/rust/src/modes.rs"));
    let source = source.expect("the probe's source");
    let line = source.lines().position(|line| line.contains("\"trap\" => panic!")).expect("the panic") + 1;
    let ended = attempt(probe_with_lines(), "--echo --env mode=trap").run().with(107);
    let first = ended.stdout.lines().map(str::trim).find(|line| line.starts_with("at ")).expect("a frame");
    assert!(first.starts_with("at run "), "{}", ended.stdout);
    // A long path goes on in the next line.
    let joined: String = ended.stdout.split_whitespace().collect();
    assert!(joined.contains(&format!("/probes/rust/src/modes.rs:{line})")), "{line}: {}", ended.stdout);
    assert!(!ended.stdout.contains("core::panicking") && !ended.stdout.contains("hint"), "{}", ended.stdout);
    let again = attempt(probe_with_lines(), "--echo --env mode=recurse").run().with(107);
    assert!(again.stdout.contains(" times\n"), "{}", again.stdout);
    let bare = attempt(probe(), "--echo --env mode=trap").run().with(107);
    assert!(bare.stdout.contains("hint: the component has no files and lines"), "{}", bare.stdout);
    // The line of the panic itself is on standard error, with or without names.
    assert!(bare.stdout.contains("the probe traps in iteration 0\n"), "{}", bare.stdout);
}

#[test]
fn after_a_trap_the_next_iteration_has_a_new_instance() {
    let document =
        document(&attempt(probe(), "--echo --env mode=trap-sometimes -n 12 --json").run().with(107));
    let outcomes: Vec<Value> =
        parts(&document, "iteration").iter().map(|part| part["outcome"].clone()).collect();
    assert_eq!(outcomes.len(), 12);
    for (index, outcome) in outcomes.iter().enumerate() {
        assert_eq!(outcome, if index == 9 { "trapped" } else { "ok" }, "{index}");
    }
    assert_eq!(document["checks"]["held"], 11);
    assert_eq!(parts(&document, "teardown")[0]["outcome"], "ok");
}

#[test]
fn what_strangers_wrote_is_harmless() {
    let answer = "HTTP/1.1 200 OK\r\nx-hostile: a\u{9b}31m\u{202e}b\r\ncontent-length: 2\r\n\r\n\x1b]";
    let (url, thread) = server(answer.as_bytes());
    let ended = attempt(probe(), &format!("--target {url} --env mode=hostile --body")).run().with(99);
    thread.join().expect("the server");
    plain(&ended.stdout);
    assert!(!ended.stdout.contains('\u{202e}'), "{:?}", ended.stdout);
    for text in
        ["< x-hostile: a\u{FFFD}31m\u{FFFD}b\n", "✓ check \u{FFFD}[2J\u{FFFD}]0;title", "< \u{FFFD}]\n"]
    {
        assert!(ended.stdout.contains(text), "`{text}` is not in\n{}", ended.stdout);
    }
    let (url, thread) = server(answer.as_bytes());
    let ended = attempt(probe(), &format!("--target {url} --env mode=hostile --json")).run().with(99);
    thread.join().expect("the server");
    assert!(!ended.stdout.contains('\x1b'), "{:?}", ended.stdout);
    let check = &calls(&parts(&document(&ended), "iteration")[0], "check")[0];
    assert!(check["name"].as_str().expect("a name").starts_with("check \x1b[2J"), "as it was");
}

#[test]
fn a_flood_is_cut_and_still_counted() {
    let ended = attempt(probe(), "--echo --env mode=flood-metrics").run().with(107);
    assert!(ended.stdout.lines().count() < 250, "{}", ended.stdout.lines().count());
    for text in
        [" further calls are not shown\n", "more than 65536 samples in one iteration", "65536 checks held"]
    {
        assert!(ended.stdout.contains(text), "`{text}` is not in\n{}", ended.stdout);
    }
    let ended = attempt(probe(), "--echo --env mode=flood-log").run().with(0);
    plain(&ended.stdout);
    assert!(ended.stdout.lines().count() < 250, "{}", ended.stdout.lines().count());
}

#[test]
fn the_same_seed_gives_the_same_numbers() {
    let numbers = |seed: u32| {
        let ended = attempt(probe(), &format!("--echo --env mode=random --json --seed {seed}")).run().with(0);
        let values = calls(&parts(&document(&ended), "iteration")[0], "metric");
        values.iter().map(|call| call["value"].as_f64().expect("a number")).collect::<Vec<_>>()
    };
    let (one, again, other) = (numbers(1), numbers(1), numbers(2));
    assert_eq!((one.len(), &one), (10, &again));
    assert_ne!(one, other);
}

#[test]
fn a_signal_ends_it_and_teardown_still_runs() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let running = attempt(probe(), &format!("--target {url} -n 5 --json")).start();
    let (mut stream, _) = listener.accept().expect("a connection");
    head(&mut stream);
    running.signal("INT");
    let document = document(&running.end().with(105));
    assert_eq!(document["interrupted"], true);
    let iterations = parts(&document, "iteration");
    assert_eq!((iterations.len(), &iterations[0]["outcome"]), (1, &"interrupted".into()));
    assert_eq!(parts(&document, "teardown")[0]["outcome"], "ok");
}

#[test]
fn wrong_input_is_refused_before_anything_is_called() {
    let hello = committed("hello");
    for (more, says) in [
        ("", "--target <URL>|--echo"),
        ("--echo --target http://127.0.0.1:9", "cannot be used with"),
        ("--target nonsense", "`nonsense` is not a URL"),
        ("--echo --stage other", "--stage: the scenario has no stage `other` (hint: main)"),
        ("--echo -n 0", "0 is not in 1..=1000"),
        ("--echo --env novalue", "`novalue` is not NAME=VALUE"),
        ("--echo --allow-host a|b", "is not a host"),
    ] {
        let ended = attempt(&hello, more).run().with(104).says([says]);
        assert_eq!(ended.stdout, "", "{more}");
    }
    let phase = repository().join("scenarios-wasm/phase-3/phase.toml");
    for (path, says) in [
        (Path::new("absent.wasm"), "absent.wasm: cannot be read"),
        (Path::new("."), "hint"),
        (&phase, "phase.toml: is a phase (hint: name one of its components)"),
    ] {
        let ended = attempt(path, "--echo").run().with(104).says([says]);
        assert_eq!(ended.stdout, "");
    }
}
