//! Each defect of the reference target: there alone, there as found, and absent otherwise.
#![expect(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

mod asking;

use std::collections::BTreeSet;
use std::thread::scope;
use std::time::{Duration, Instant};

use asking::{ask, send, start, value, whole};
use strata_target::{Defect, Profile, Server};

const ROUND_TRIP: Duration = Duration::from_millis(2);

/// Looks for the defect in every profile, and expects it where it should be.
fn only_with(defect: Defect, round_trip: Duration, found: impl Fn(&Server) -> bool) {
    for profile in Profile::all() {
        let server = start(profile, round_trip);
        assert_eq!(found(&server), profile.has(defect), "{defect:?} in {profile}");
    }
}

/// Asks as often at once.
fn at_once(times: usize, ask: impl Fn(usize) + Sync) {
    let barrier = std::sync::Barrier::new(times);
    scope(|scope| {
        for number in 0..times {
            let (barrier, ask) = (&barrier, &ask);
            scope.spawn(move || {
                barrier.wait();
                ask(number);
            });
        }
    });
}

#[test]
fn pool_opens_a_connection_for_who_finds_none_and_takes_long() {
    only_with(Defect::Pool, ROUND_TRIP, |server| {
        let opened = || value(server, "/health")["database"]["opened"].as_u64().expect("a number");
        let before = opened();
        at_once(4, |_| assert_eq!(ask(server, "GET", "/api/events/sidebar").0, 200));
        assert_eq!(opened(), before, "four at once never need more");
        // The dashboard takes longer than threads need to start, so that twelve are under way together.
        let began = Instant::now();
        at_once(12, |_| assert_eq!(ask(server, "GET", "/api/dashboard").0, 200));
        let (more, took) = (opened() - before, began.elapsed());
        assert!(more == 0 || took >= ROUND_TRIP * 30, "{more} connections in {took:?}");
        more > 0
    });
}

#[test]
fn registration_gives_up_when_it_meets_another() {
    only_with(Defect::Registration, ROUND_TRIP, |server| {
        let broken = std::sync::atomic::AtomicU32::new(0);
        at_once(8, |user| {
            for turn in 0..4 {
                let email = format!("{user}-{turn}@example.org");
                let body = format!(r#"{{"email":"{email}","name":"N"}}"#);
                let (status, said) = send(server, "POST", "/api/users", &body);
                assert!(status == 201 || said.contains("locked"), "{status} {said}");
                let users = value(server, &format!("/api/users?email={email}"));
                let whole = users["users"][0]["complete"] == true && users["users"][1].is_null();
                assert!(status != 201 || whole, "{users}");
                if status != 201 {
                    broken.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                }
            }
        });
        let broken = broken.into_inner();
        assert!(broken == 0 || broken > 16, "{broken} of 32 failed");
        broken > 0
    });
}

#[test]
fn blocking_makes_pages_one_at_a_time() {
    only_with(Defect::Blocking, Duration::from_millis(5), |server| {
        at_once(4, |_| assert_eq!(ask(server, "GET", "/api/events/sidebar").0, 200));
        let pages = server.most_at_once();
        at_once(4, |_| assert_eq!(ask(server, "GET", "/api/dashboard").0, 200));
        assert!(server.most_at_once() > 1, "what is no page does not wait");
        pages == 1
    });
}

#[test]
fn cache_never_finds_anything() {
    only_with(Defect::Cache, Duration::ZERO, |server| {
        for (path, made, kept) in [("/api/stats/5", 15, 0), ("/api/dashboard", 15, 12)] {
            let statements = || {
                let before = server.statements();
                let (head, _) = whole(server, "GET", path, "");
                (server.statements() - before, head.contains("x-cache: hit"))
            };
            assert_eq!(statements(), (made, false), "{path}");
            let again = statements();
            assert!([(made, false), (kept, true)].contains(&again), "{path}: {again:?}");
            if again.1 {
                assert_eq!(send(server, "POST", "/faults/cache", r#"{"ms":10000}"#).0, 204);
                assert_eq!(statements(), (made, false), "{path} without the cache");
                assert_eq!(send(server, "DELETE", "/faults/cache", "").0, 204);
                assert_eq!(statements(), (kept, true), "{path}");
                assert_eq!(send(server, "DELETE", "/api/stats", "").0, 204);
                assert_eq!(statements(), (made, false), "{path} once forgotten");
            }
        }
        value(server, "/health")["cache"]["hits"] == 0
    });
}

#[test]
fn n_plus_one_asks_for_each_member() {
    only_with(Defect::NPlusOne, Duration::ZERO, |server| {
        let statements = |members: u64| {
            let body = serde_json::json!({ "members": (1..=members).collect::<Vec<_>>() }).to_string();
            let before = server.statements();
            assert_eq!(send(server, "POST", "/api/groups/4/assign", &body).0, 200);
            assert_eq!(value(server, "/api/groups/4/members")["members"][0], 1);
            server.statements() - before
        };
        let (few, many) = (statements(10), statements(200));
        assert!(many == few || many - few == 3 * 190, "{few} and {many}");
        many > few
    });
}

#[test]
fn automation_race_loses_runs_or_applies_them_twice() {
    only_with(Defect::AutomationRace, ROUND_TRIP, |server| {
        assert_eq!(send(server, "POST", "/api/automations", r#"{"name":"welcome"}"#).0, 201);
        // Each run is asked for twice, at the same time.
        at_once(8, |number| {
            let body = format!(r#"{{"run":"{}"}}"#, number / 2);
            assert_eq!(send(server, "POST", "/api/automations/1/run", &body).0, 200);
        });
        let shown = value(server, "/api/automations/1");
        let runs = shown["runs"].as_array().expect("runs");
        let numbers: BTreeSet<i64> = runs.iter().filter_map(|run| run["number"].as_i64()).collect();
        let names: BTreeSet<&str> = runs.iter().filter_map(|run| run["run"].as_str()).collect();
        assert_eq!(names.len(), 4, "each was applied at least once: {shown}");
        numbers.len() != 4 || runs.len() != 4 || shown["applied"] != 4
    });
}
