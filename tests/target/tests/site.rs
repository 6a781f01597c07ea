//! The reference target, from outside.
#![expect(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use strata_target::{Options, Profile, Server};

const PAGES: [&str; 4] =
    ["/api/posts/feed", "/api/groups", "/api/events/sidebar", "/api/friends/suggestions"];

fn start(profile: Profile, round_trip: Duration) -> Server {
    Server::start(Options { profile, round_trip, port: 0 }).expect("a server")
}

/// Status and body of one request over a connection of its own.
fn ask(server: &Server, method: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(server.address()).expect("a connection");
    write!(stream, "{method} {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").expect("a request");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let body = text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).expect("a body");
    (status, body)
}

#[test]
fn both_profiles_answer_the_same_bytes() {
    let (found, fixed) = (start(Profile::AsFound, Duration::ZERO), start(Profile::Fixed, Duration::ZERO));
    for page in PAGES {
        let (status, body) = ask(&found, "GET", page);
        assert_eq!(status, 200, "{page}: {body}");
        assert!(body.len() > 500, "{page}: {body}");
        assert_eq!(ask(&fixed, "GET", page), (200, body), "{page}");
    }
}

#[test]
fn the_site_as_found_asks_in_a_loop_and_the_fixed_one_once() {
    for (profile, counts) in [(Profile::AsFound, [17, 61, 13, 51]), (Profile::Fixed, [1, 1, 1, 1])] {
        let server = start(profile, Duration::ZERO);
        for (page, count) in PAGES.iter().zip(counts) {
            let before = server.statements();
            assert_eq!(ask(&server, "GET", page).0, 200);
            assert_eq!(server.statements() - before, count, "{profile} {page}");
        }
    }
}

#[test]
fn one_connection_lets_one_statement_through_and_a_pool_several() {
    for (profile, several) in [(Profile::AsFound, false), (Profile::Fixed, true)] {
        let server = start(profile, Duration::from_millis(5));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| assert_eq!(ask(&server, "GET", "/api/events/sidebar").0, 200));
            }
        });
        assert_eq!(server.most_at_once() > 1, several, "{profile}: {}", server.most_at_once());
        assert_eq!(server.connections(), 8);
    }
}

#[test]
fn the_log_is_what_was_sent() {
    let server = start(Profile::Fixed, Duration::ZERO);
    for (method, path, status) in [
        ("GET", "/", 200),
        ("GET", "/health", 200),
        ("GET", "/", 200),
        ("GET", "/nowhere?a=b", 404),
        ("POST", "/api/groups", 405),
    ] {
        assert_eq!(ask(&server, method, path).0, status, "{method} {path}");
    }
    let arrivals = server.arrivals();
    assert_eq!(arrivals.count, 5);
    assert_eq!(arrivals.by_path.get("GET /"), Some(&2));
    assert_eq!(arrivals.by_path.get("GET /nowhere?a=b"), Some(&1));
    let statuses: Vec<_> = arrivals.by_status.iter().map(|(status, count)| (*status, *count)).collect();
    assert_eq!(statuses, [(200, 3), (404, 1), (405, 1)]);
    assert!(arrivals.entries.is_sorted_by_key(|entry| entry.micros));
    assert_eq!(arrivals.entries.len(), 5);

    let (status, text) = ask(&server, "GET", "/_target/arrivals.txt");
    assert_eq!((status, text.lines().count()), (200, 5), "{text}");
    assert!(text.lines().next().is_some_and(|line| line.ends_with(" GET / 200")), "{text}");
    let (_, sums) = ask(&server, "GET", "/_target/arrivals");
    assert!(sums.contains("\"count\":5") && sums.contains("\"GET /health\":1"), "{sums}");
    assert_eq!(ask(&server, "POST", "/_target/reset").0, 204);
    assert_eq!(server.arrivals(), strata_target::Arrivals::default());
}

#[test]
fn a_port_that_is_taken_is_named_and_a_stopped_server_gives_its_own_back() {
    let server = start(Profile::Fixed, Duration::ZERO);
    let options = Options { port: server.address().port(), ..Options::default() };
    let error = Server::start(options).err().expect("an error").to_string();
    assert!(error.contains(&format!("port {}", options.port)) && error.contains("hint"), "{error}");
    server.stop();
    Server::start(options).expect("the port is free again").stop();
}

#[test]
fn profiles_are_read_as_they_are_written() {
    for profile in [Profile::AsFound, Profile::Fixed] {
        assert_eq!(profile.to_string().parse(), Ok(profile));
    }
    assert!("broken".parse::<Profile>().expect_err("no profile").contains("as-found or fixed"));
}
