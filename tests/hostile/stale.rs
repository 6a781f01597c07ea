//! Kept connections that end as they are used again, thousands of times: what strata counts is what the server knows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use strata_support::{Ended, Hostile, Visit, now, wait_until};

use super::{ask, failures};

/// The tests of this file.
pub const ALL: [(&str, fn()); 6] = [
    ("stale::a_get_is_sent_again_and_nothing_fails", a_get_is_sent_again_and_nothing_fails),
    ("stale::a_post_of_several_segments_is_never_sent_twice", a_post_of_several_segments_is_never_sent_twice),
    ("stale::a_post_is_sent_again_or_said_to_be_unknown", a_post_is_sent_again_or_said_to_be_unknown),
    ("stale::a_server_that_takes_a_request_and_hangs_up_has_failed_it", a_server_that_hangs_up_has_failed),
    ("stale::a_reset_is_tried_again_by_a_get_only", a_reset_is_tried_again_by_a_get_only),
    ("stale::a_server_that_resets_new_connections_too_has_failed", a_server_that_always_resets_has_failed),
];

const ITERATIONS: u64 = 5000;

/// Answers one to four requests of a connection and closes it up to 80 µs after the last answer: at once, or just as the
/// next request is on its way or has arrived.
fn closing() -> Hostile {
    let dice = Arc::new(AtomicU64::new(1));
    Hostile::start(move |visit| {
        let roll = || {
            let mixed = dice.fetch_add(1, SeqCst).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 33
        };
        for _ in 0..=roll() % 4 {
            let Some(token) = visit.request() else { return };
            if !visit.answer(&token) {
                return;
            }
        }
        wait_until(now() + Duration::from_micros(roll() % 80));
    })
}

fn run(server: &Hostile, more: &str) -> Ended {
    let ended = ask(&server.url(), &format!("--vus 2 --iterations {ITERATIONS} {more}")).run();
    let log = server.log();
    println!(
        "{more}: {} connections, {} received, {} answered, {} refused; {} http_reqs, {} resent, {:?}, {} stale",
        log.connections(),
        log.received(),
        log.answered(),
        log.refused(),
        ended.count("http_reqs"),
        ended.count("http_reqs_resent"),
        failures(&ended),
        stale(&ended),
    );
    assert_eq!(ended.count("iterations"), ITERATIONS, "{}", ended.stderr);
    ended
}

fn stale(ended: &Ended) -> u64 {
    let stale = ended.tagged("http_reqs", &[["error_code", "stale"]]);
    stale.map_or(0, |stale| stale["count"].as_f64().expect("a count") as u64)
}

/// All answers were the right ones, and there were this many.
fn right(ended: &Ended, answers: u64) {
    let checks = ended.metric("checks").expect("checks");
    assert_eq!((checks["count"].as_f64(), checks["rate"].as_f64()), (Some(answers as f64), Some(1.0)));
}

fn a_get_is_sent_again_and_nothing_fails() {
    let server = closing();
    let ended = run(&server, "").with(0);
    assert_eq!(failures(&ended), []);
    assert_eq!(ended.count("iterations_failed"), 0);
    assert_eq!(ended.count("http_reqs"), server.log().answered());
    assert_eq!(server.log().received(), server.log().answered());
    assert!(ended.count("http_reqs_resent") > 0, "the moment was never met");
    assert_eq!(ended.validity(), ("VALID".to_owned(), String::new()));
    right(&ended, ITERATIONS);
}

/// What is known of requests whose methods may not be acted on twice.
fn posted(bytes: u64) {
    let server = closing();
    let ended = run(&server, &format!("--env method=POST --env bytes={bytes}"));
    let unknown = stale(&ended);
    assert_eq!(failures(&ended), []);
    assert_eq!(ended.count("http_reqs"), server.log().answered() + unknown);
    assert_eq!(server.log().received(), server.log().answered(), "nothing arrived twice");
    assert_eq!(ended.count("iterations_failed"), unknown);
    right(&ended, ITERATIONS - unknown);
    let (validity, why) = ended.validity();
    assert_eq!(validity == "VALID", unknown == 0, "{why}");
    assert!(unknown == 0 || why.contains("whether it acted on them is not known"), "{why}");
}

fn a_post_is_sent_again_or_said_to_be_unknown() {
    posted(0);
}

fn a_post_of_several_segments_is_never_sent_twice() {
    posted(9000);
}

fn a_server_that_hangs_up_has_failed() {
    let server = Hostile::start(|visit| {
        if let Some(token) = visit.request() {
            visit.answer(&token);
            if visit.request().is_some() {
                visit.refuse();
            }
        }
    });
    let ended = ask(&server.url(), "--vus 2 --iterations 400").run();
    let refused = server.log().refused();
    assert!(refused >= 199, "{refused}");
    assert_eq!(failures(&ended), [("closed".to_owned(), refused)]);
    assert_eq!(ended.count("http_reqs"), server.log().received());
    assert_eq!(ended.count("http_reqs_resent"), 0);
}

/// Answers the first request of a connection, and resets it when it has read the second.
fn resetting(visit: &mut Visit<'_>) {
    if let Some(token) = visit.request() {
        visit.answer(&token);
        if visit.request_but_its_end().is_some() {
            visit.refuse();
        }
    }
}

fn a_reset_is_tried_again_by_a_get_only() {
    let server = Hostile::start(resetting);
    let ended = run(&server, "").with(0);
    let refused = server.log().refused();
    assert!(refused > ITERATIONS / 3, "{refused}");
    assert_eq!(failures(&ended), []);
    assert_eq!(ended.count("http_reqs_resent"), refused);
    assert_eq!(ended.count("http_reqs") + refused, server.log().received());
    right(&ended, ITERATIONS);

    let server = Hostile::start(resetting);
    let ended = run(&server, "--env method=POST").with(111).says(["INVALID"]);
    let refused = server.log().refused();
    assert!(refused > ITERATIONS / 3, "{refused}");
    assert_eq!((stale(&ended), ended.count("http_reqs_resent")), (refused, 0));
    assert_eq!(ended.count("http_reqs"), server.log().received());
    assert_eq!(failures(&ended), []);
    let layer = ended.summary()["layers"][0].clone();
    let shown = layer["failures"].as_array().expect("failures").iter().any(|failure| {
        failure["kind"] == "request" && failure["code"] == "stale" && failure["count"] == refused
    });
    assert!(shown, "{layer:#}");
}

/// A server that resets what it has read, on whatever connection, after a first good one.
fn a_server_that_always_resets_has_failed() {
    let server = Hostile::start(|visit| {
        if visit.number < 2 {
            resetting(visit);
        } else if visit.request_but_its_end().is_some() {
            visit.refuse();
        }
    });
    let ended = ask(&server.url(), "--vus 2 --iterations 100").run();
    let (resent, failed) = (ended.count("http_reqs_resent"), failures(&ended));
    println!("{resent} resent, {failed:?}, {} received", server.log().received());
    let [(code, failed)] = failed.as_slice() else { panic!("{failed:?}") };
    assert_eq!(code, "reset");
    assert_eq!(resent, server.log().refused() - failed);
    assert!(resent <= 2 && *failed >= 96, "{resent} {failed}");
    assert_eq!(ended.count("http_reqs") + resent, server.log().received());
}
