//! The reference target, from outside.
#![expect(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

mod asking;

use std::time::Duration;

use asking::{ask, send, start, value};
use strata_target::{Defect, Options, Profile, Server};

const PAGES: [(&str, u64); 5] = [
    ("/api/posts/feed", 20),
    ("/api/groups", 53),
    ("/api/events/sidebar", 11),
    ("/api/friends/suggestions", 46),
    ("/api/db/ping", 1),
];

#[test]
fn every_profile_answers_the_same_bytes_with_as_many_statements() {
    let fixed = start(Profile::Fixed, Duration::ZERO);
    for profile in Profile::all() {
        let server = start(profile, Duration::ZERO);
        for (page, count) in PAGES {
            let before = server.statements();
            let (status, body) = ask(&server, "GET", page);
            assert_eq!(status, 200, "{profile} {page}: {body}");
            assert_eq!(server.statements() - before, count, "{profile} {page}");
            assert_eq!(ask(&fixed, "GET", page), (200, body), "{profile} {page}");
        }
        for page in ["/api/dashboard", "/api/stats/3"] {
            assert_eq!(ask(&fixed, "GET", page), ask(&server, "GET", page), "{profile} {page}");
        }
        let writes = [
            ("POST", "/api/users", r#"{"email":"a@b","name":"A"}"#, 201),
            ("POST", "/api/users", r#"{"email":"a@b","name":"A"}"#, 409),
            ("GET", "/api/users?email=a@b", "", 200),
            ("POST", "/api/groups/2/assign", r#"{"members":[5,3,8]}"#, 200),
            ("POST", "/api/groups/2/assign", r#"{"members":[8,1]}"#, 200),
            ("GET", "/api/groups/2/members", "", 200),
            ("POST", "/api/automations", r#"{"name":"welcome"}"#, 201),
            ("POST", "/api/automations/1/run", r#"{"run":"a"}"#, 200),
            ("POST", "/api/automations/1/run", r#"{"run":"b"}"#, 200),
            ("POST", "/api/automations/1/run", r#"{"run":"a"}"#, 200),
            ("GET", "/api/automations/1", "", 200),
        ];
        let reference = start(Profile::Fixed, Duration::ZERO);
        for (method, path, body, status) in writes {
            let answer = send(&server, method, path, body);
            assert_eq!(answer.0, status, "{profile} {method} {path}: {}", answer.1);
            assert_eq!(answer, send(&reference, method, path, body), "{profile} {method} {path}");
        }
    }
}

#[test]
fn what_is_written_can_be_read() {
    let server = start(Profile::Fixed, Duration::ZERO);
    assert_eq!(send(&server, "POST", "/api/users", r#"{"email":"a@b","name":"A"}"#).0, 201);
    let users = value(&server, "/api/users?email=a@b");
    assert_eq!(users["users"][0]["name"], "A");
    assert_eq!((users["users"][0]["complete"].as_bool(), users["users"][1].is_null()), (Some(true), true));
    assert_eq!(
        send(&server, "POST", "/api/groups/7/assign", r#"{"members":[9,2]}"#).1,
        r#"{"group":7,"assigned":2}"#
    );
    assert_eq!(value(&server, "/api/groups/7/members")["members"], serde_json::json!([2, 9]));
    assert_eq!(send(&server, "POST", "/api/automations", r#"{"name":"welcome"}"#).1, r#"{"id":1}"#);
    for (run, applied) in [("x", true), ("y", true), ("x", false)] {
        let body = format!(r#"{{"run":"{run}"}}"#);
        let ran = send(&server, "POST", "/api/automations/1/run", &body);
        assert_eq!(ran, (200, format!(r#"{{"applied":{applied}}}"#)));
    }
    let runs = value(&server, "/api/automations/1");
    assert_eq!((runs["applied"].as_i64(), runs["runs"][1]["number"].as_i64()), (Some(2), Some(2)));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let server = start(Profile::AsFound, Duration::ZERO);
    let long = format!(r#"{{"email":"a@b","name":"{}"}}"#, "x".repeat(101));
    let many = format!(r#"{{"members":[{}1]}}"#, "1,".repeat(33_000));
    for (method, path, body, status, says) in [
        ("POST", "/api/users", "", 400, "the body"),
        ("POST", "/api/users", "{}", 400, "email"),
        ("POST", "/api/users", r#"{"email":"a","name":"A"}"#, 400, "`email`"),
        ("POST", "/api/users", r#"{"email":"a b@c","name":"A"}"#, 400, "`email`"),
        ("POST", "/api/users", r#"{"email":"a@b","name":"A","admin":true}"#, 400, "admin"),
        ("POST", "/api/users", &long, 400, "`name`"),
        ("GET", "/api/users", "", 400, "email"),
        ("PUT", "/api/users", "{}", 405, "GET and POST"),
        ("POST", "/api/groups/2/assign", r#"{"members":[0]}"#, 400, "no user 0"),
        ("POST", "/api/groups/2/assign", r#"{"members":[1,1]}"#, 400, "twice"),
        ("POST", "/api/groups/2/assign", &many, 413, "64 KiB"),
        ("POST", "/api/groups/41/assign", r#"{"members":[1]}"#, 404, "no group 41"),
        ("POST", "/api/groups/x/assign", r#"{"members":[1]}"#, 404, "no such page"),
        ("GET", "/api/groups/1234567890/members", "", 404, "no such page"),
        ("GET", "/api/stats/99", "", 404, "no group 99"),
        ("POST", "/api/automations/9/run", r#"{"run":"a"}"#, 404, "no automation 9"),
        ("GET", "/api/automations/9", "", 404, "no automation 9"),
        ("POST", "/faults/database", r#"{"ms":10001}"#, 400, "1 to 10000"),
        ("POST", "/faults/database", r#"{"ms":-1}"#, 400, "the body"),
        ("POST", "/faults/network", r#"{"ms":1}"#, 404, "no such page"),
    ] {
        let (code, said) = send(&server, method, path, body);
        assert_eq!(code, status, "{method} {path}: {said}");
        let why: serde_json::Value = serde_json::from_str(&said).expect("JSON");
        assert!(why["error"].as_str().is_some_and(|why| why.contains(says)), "{method} {path}: {said}");
    }
}

#[test]
fn what_is_broken_heals_by_itself_or_when_told() {
    let server = start(Profile::Fixed, Duration::ZERO);
    let ping = || ask(&server, "GET", "/api/db/ping").0;
    assert_eq!(send(&server, "POST", "/faults/database", r#"{"ms":300}"#).0, 204);
    assert_eq!((ping(), value(&server, "/health")["status"].as_str()), (503, Some("degraded")));
    let began = std::time::Instant::now();
    while ping() != 200 {
        assert!(began.elapsed() < Duration::from_secs(20), "it does not heal");
    }
    assert_eq!(send(&server, "POST", "/faults/database", r#"{"ms":10000}"#).0, 204);
    assert_eq!(ping(), 503);
    assert_eq!(send(&server, "DELETE", "/faults/database", "").0, 204);
    assert_eq!((ping(), value(&server, "/health")["status"].as_str()), (200, Some("ok")));
}

#[test]
fn health_tells_memory_and_connections() {
    let server = start(Profile::Fixed, Duration::ZERO);
    let health = value(&server, "/health");
    assert!(health["memory_bytes"].as_u64() > Some(1_000_000), "{health}");
    assert_eq!(health["database"]["pool"], health["database"]["opened"], "{health}");
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
    assert_eq!(Profile::all().len(), 8);
    for profile in Profile::all() {
        assert_eq!(profile.to_string().parse(), Ok(profile));
    }
    assert!("broken".parse::<Profile>().expect_err("no profile").contains("as-found or fixed"));
    assert_eq!("n-plus-one".parse(), Ok(Profile::Only(Defect::NPlusOne)));
}
