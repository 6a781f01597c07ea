//! Clocks and schedules as a user sees them: three clocks side by side, censored response times, and the seed.

use std::sync::OnceLock;
use std::time::Duration;

use strata_support::{Ended, Server, committed, sleep_until};

use super::{run, target};

#[test]
fn an_open_load_shows_three_clocks_and_a_closed_one_shows_one() {
    let target = target();
    let open = "--executor constant-arrival-rate --rate 50 --duration 1s --vus 20";
    let ended = run(&committed("hello"), &target.url(), open).run();
    let line = |ended: &Ended, metric: &str| {
        ended.stderr.lines().position(|line| line.trim_start().starts_with(&format!("{metric} ")))
    };
    let clocks = ["iteration_response_time", "iteration_duration", "iteration_lag"];
    let lines =
        clocks.map(|clock| line(&ended, clock).unwrap_or_else(|| panic!("{clock}: {}", ended.stderr)));
    assert_eq!((lines[1], lines[2]), (lines[0] + 1, lines[0] + 2), "side by side:\n{}", ended.stderr);
    assert!(line(&ended, "http_req_response_time").is_some(), "{}", ended.stderr);
    for clock in clocks {
        assert!(ended.report().contains(clock), "{}", ended.report());
    }
    // Response time is lag and duration together, in each iteration and so in their means.
    let mean = |metric: &str| ended.number(metric, "avg");
    let [response, service, lag] = clocks.map(mean);
    assert!((response - service - lag).abs() < 0.01 + response * 0.001, "{response} = {service} + {lag}");

    let closed = run(&committed("hello"), &target.url(), "--vus 2 --iterations 20").run().with(0);
    assert!(line(&closed, "iteration_duration").is_some(), "{}", closed.stderr);
    for clock in ["iteration_response_time", "iteration_lag", "http_req_response_time"] {
        assert!(line(&closed, clock).is_none(), "{clock} is shown:\n{}", closed.stderr);
    }
    assert_eq!(closed.number("iteration_lag", "max"), 0.0);
}

/// A server that stands still once, for half a second.
fn standing_still() -> Server {
    let first = OnceLock::new();
    Server::start(move |arrived| {
        let begin = *first.get_or_init(|| arrived) + Duration::from_millis(500);
        let end = begin + Duration::from_millis(500);
        if (begin..end).contains(&arrived) {
            sleep_until(end);
        }
    })
}

#[test]
fn dropped_iterations_can_be_entered_into_the_response_times_and_that_is_said() {
    let load = "--executor constant-arrival-rate --rate 100 --duration 2s --vus 2";
    let measured = |more: &str| {
        let server = standing_still();
        let ended = run(&committed("hello"), &server.url(), &format!("{load} {more}")).run();
        let (done, dropped) = (ended.count("iterations"), ended.count("dropped_iterations"));
        assert_eq!((done + dropped, server.count()), (200, done));
        assert!(dropped >= 40, "{dropped} dropped");
        (ended, done, dropped)
    };
    let (plain, done, _) = measured("");
    assert_eq!(plain.count("iteration_response_time"), done);
    assert!(!plain.stderr.contains("lower bounds"), "{}", plain.stderr);

    let (censored, done, dropped) = measured("--censor-dropped");
    assert_eq!(censored.count("iteration_response_time"), done + dropped);
    assert_eq!(censored.count("iteration_duration"), done, "nothing is made up of what did not run");
    let censored = censored.says(["dropped iterations are in iteration_response_time"]);
    assert!(censored.validity().1.contains("lower bounds"));
    let p90 = |ended: &Ended| ended.number("iteration_response_time", "p90");
    assert!(p90(&censored) > 5.0 * p90(&plain), "{} and {}", p90(&censored), p90(&plain));
    assert!(p90(&censored) < 600.0, "{}", p90(&censored));
}

#[test]
fn the_same_seed_gives_the_same_number_of_random_arrivals() {
    let planned = |seed: u32| {
        let server = Server::fast();
        let load = "--executor ramping-arrival-rate --arrival poisson --rate 10 --stage 1s:300 --vus 50";
        let ended = run(&committed("hello"), &server.url(), &format!("{load} --seed {seed}")).run();
        assert_eq!(server.count(), ended.count("iterations"));
        server.count() + ended.count("dropped_iterations")
    };
    let counts: Vec<u64> = (1..=3).map(planned).collect();
    assert_eq!(planned(1), counts[0]);
    assert!(counts.iter().any(|count| *count != counts[0]), "{counts:?}");
    // 155 expected, with a standard deviation of 12.4: five of them on either side.
    assert!(counts.iter().all(|count| (93..=217).contains(count)), "{counts:?}");
}
