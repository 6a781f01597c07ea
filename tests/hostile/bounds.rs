//! Time-outs are named, memory does not grow, and what a scenario may not reach it does not reach.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use strata_support::{Hostile, Strata, committed, now, sleep_until, whole};

use super::{ask, failures};

/// The tests of this file.
pub const ALL: [(&str, fn()); 6] = [
    ("bounds::each_timeout_is_named_wherever_it_was_set", each_timeout_is_named_wherever_it_was_set),
    ("bounds::a_connection_that_nobody_takes", a_connection_that_nobody_takes),
    ("bounds::memory_is_flat_under_answers_without_an_end", memory_under_answers_without_an_end),
    ("bounds::memory_is_flat_under_bodies_that_are_too_large", memory_under_bodies_that_are_too_large),
    ("bounds::a_host_that_was_not_granted_is_counted", a_host_that_was_not_granted_is_counted),
    ("bounds::the_word_of_the_user_is_enough", the_word_of_the_user_is_enough),
];

/// What the iterations of a run say that they failed with.
fn said(ended: &strata_support::Ended) -> String {
    ended.summary()["layers"][0]["failures"].to_string()
}

fn each_timeout_is_named_wherever_it_was_set() {
    let server = Hostile::start(|visit| {
        if visit.request().is_some() {
            visit.say("HTTP/1.1 200 OK\r\n");
            visit.wait();
        }
    });
    let silent = Hostile::start(|visit| visit.wait());
    for (url, more, says) in [
        (server.url(), "--request-timeout 210ms", "did not answer within 210 ms, the request timeout"),
        (
            server.url(),
            "--request-timeout 220ms --first-byte-timeout 100ms",
            "did not answer within 220 ms, the request timeout",
        ),
        (
            silent.url(),
            "--first-byte-timeout 130ms",
            "did not begin to answer within 130 ms, the first-byte timeout",
        ),
        (
            silent.url(),
            "--first-byte-timeout 20s --env first-byte-timeout=140",
            "did not begin to answer within 140 ms, the first-byte timeout",
        ),
    ] {
        let ended = ask(&url, &format!("--iterations 2 {more}")).run().with(99);
        assert_eq!(failures(&ended), [("timeout".to_owned(), 2)], "{more}");
        let said = said(&ended);
        assert!(said.contains(says), "{more}: {said}");
    }
    let phase = format!(
        "[phase]\ntitle = \"t\"\ntarget = \"{}\"\nrequest-timeout = \"20s\"\n[[layer]]\nscenario = \"probe.wasm\"\n\
         env = {{ mode = \"ask\" }}\nfirst-byte-timeout = \"150ms\"\n",
        silent.url()
    );
    let ended = Strata::new(env!("CARGO_BIN_EXE_strata"))
        .file("phase.toml", phase)
        .file("probe.wasm", std::fs::read(strata_support::probe()).expect("a component"))
        .args(["run", "phase.toml", "--iterations", "2"])
        .run()
        .with(99);
    let said = said(&ended);
    assert!(said.contains("within 150 ms, the first-byte timeout"), "{said}");
}

/// A port that listens and takes no connection any more, and what keeps it so.
fn full() -> (SocketAddr, Vec<TcpStream>, tokio::runtime::Runtime, tokio::net::TcpListener) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
    let listener = {
        let _inside = runtime.enter();
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
        socket.listen(1).expect("a listener")
    };
    let address = listener.local_addr().expect("an address");
    let mut taken = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        taken.push(stream);
        assert!(taken.len() < 20, "the queue has no end");
    }
    (address, taken, runtime, listener)
}

fn a_connection_that_nobody_takes() {
    let (address, _taken, _runtime, _listener) = full();
    let url = format!("http://{address}");
    for (more, says) in [
        ("--connect-timeout 170ms", "within 170 ms, the connect timeout"),
        ("--request-timeout 180ms", "within 180 ms, the request timeout"),
        ("--env connect-timeout=190", "within 190 ms, the connect timeout"),
    ] {
        let ended = ask(&url, &format!("--iterations 2 {more}")).run();
        assert_eq!(failures(&ended), [("connect-timeout".to_owned(), 2)], "{more}");
        assert_eq!(ended.count("http_reqs"), 0, "nothing was sent");
        let said = said(&ended);
        assert!(said.contains(says), "{more}: {said}");
    }
}

/// The memory that a process has in use, in KiB.
fn resident(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("a running process");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("its memory");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

/// The memory after a second and a half and after four, while every request has an answer like this.
fn grows(component: &std::path::Path, more: &str, head: &'static str, again: &'static [u8]) {
    let server = Hostile::start(move |visit| {
        let mut going = visit.request().is_some() && visit.say(head);
        while going {
            going = visit.say(again);
        }
    });
    let strata = Strata::new(env!("CARGO_BIN_EXE_strata")).args(["run"]).args([component]);
    let strata = strata.args(["--target", &server.url(), "--vus", "4", "--duration", "5s"]);
    let mut running = strata.args(more.split_whitespace()).start();
    running.wait_for("4 VUs for 5s");
    let begin = now();
    let after = |ms| {
        sleep_until(begin + Duration::from_millis(ms));
        (resident(running.id()), server.log().received())
    };
    let ((early, few), (late, many)) = (after(1500), after(4000));
    println!("{early} KiB after {few} requests, {late} KiB after {many}");
    assert!(many > few, "{few} and {many} requests");
    assert!(late <= early + early / 4, "{early} KiB after {few} requests, {late} KiB after {many}");
    assert_ne!(running.end().code, 1);
}

fn memory_under_answers_without_an_end() {
    const CHUNKS: &[u8] = &[b'z'; 0x10000];
    let more = "--request-timeout 400ms";
    grows(&committed("hello"), more, "HTTP/1.1 200 OK\r\n\r\n", CHUNKS);
    grows(&committed("hello"), more, "HTTP/1.1 200 OK\r\na: ", CHUNKS);
    grows(&committed("hello"), more, "", b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n");
}

fn memory_under_bodies_that_are_too_large() {
    const BODY: &[u8] = &[b'z'; 0x10000];
    let more = "--env mode=ask --request-timeout 2s";
    grows(strata_support::probe(), more, "HTTP/1.1 200 OK\r\n\r\n", BODY);
}

fn a_host_that_was_not_granted_is_counted() {
    let server = Hostile::start(|visit| while visit.request().is_some() && visit.answer("") {});
    let other = Hostile::start(|visit| while visit.request().is_some() && visit.answer("") {});
    let more = format!("--iterations 5 --env to={}", other.url());
    let ended = ask(&server.url(), &more).run().with(99);
    assert_eq!(failures(&ended), [("host-not-allowed".to_owned(), 5)]);
    assert_eq!((other.log().connections(), server.log().connections(), ended.count("http_reqs")), (0, 0, 0));
    let said = said(&ended);
    assert!(said.contains("is neither the target nor granted (hint: `--allow-host 127.0.0.1:"), "{said}");
    let report = ended.report();
    assert!(report.contains("host-not-allowed"), "{report}");
}

/// A target of this machine, a granted address and a granted `localhost` need no ceremony.
fn the_word_of_the_user_is_enough() {
    let echo = || {
        Hostile::start(|visit| {
            while let Some(token) = visit.request() {
                if !visit.say(whole(&token)) {
                    return;
                }
            }
        })
    };
    let (target, other) = (echo(), echo());
    let port = |server: &Hostile| server.url().rsplit(':').next().expect("a port").to_owned();
    let by_name = |server: &Hostile| format!("localhost:{}", port(server));
    let by_address = |server: &Hostile| format!("127.0.0.1:{}", port(server));
    for (url, granted) in [
        (by_name(&target), by_name(&other)),
        (by_address(&target), by_address(&other)),
        (by_name(&target), by_address(&other)),
    ] {
        let more = format!("--iterations 3 --env to=http://{granted} --allow-host {granted}");
        let ended = ask(&format!("http://{url}"), &more).run().with(0);
        assert_eq!((failures(&ended), ended.count("http_reqs")), (vec![], 3));
    }
    assert_eq!((target.log().connections(), other.log().connections()), (0, 3));
}
