//! When requests reach the server, against the schedule that they were to follow.

use std::time::{Duration, Instant};

use strata_support::{Ended, Server};

use super::{alone, lateness, ms, quantile, valid};

/// At least 99 of 100 are no more than 2 ms later than strata says that it was.
fn in_time(late: &[f64], ended: &Ended) {
    let mut late = late.to_vec();
    late.sort_by(f64::total_cmp);
    for (number, share) in [("med", 0.5), ("p90", 0.9), ("p99", 0.99)] {
        let (seen, lag) = (quantile(&late, share), ended.number("iteration_lag", number));
        println!("{number}: {seen:.2} ms late, of which strata says {lag:.2} ms");
        assert!(seen <= lag + 2.0, "{number}: {seen} ms late, and strata says {lag} ms");
    }
}

fn arrivals(server: &Server) -> Vec<Instant> {
    server.log().into_iter().map(|exchange| exchange.arrived).collect()
}

fn gaps(arrivals: &[Instant]) -> Vec<f64> {
    arrivals.windows(2).map(|pair| ms(pair[1] - pair[0])).collect()
}

#[test]
fn a_constant_rate_arrives_when_it_is_due() {
    let _alone = alone();
    let load = "--executor constant-arrival-rate --rate 200 --vus 20 --duration 5s";
    let (ended, server) = valid(Server::fast, Server::url, load);
    assert_eq!((server.count(), ended.count("iterations"), ended.count("http_reqs")), (1000, 1000, 1000));
    in_time(&lateness(&arrivals(&server), |k| Duration::from_millis(5) * k as u32), &ended);
}

#[test]
fn a_ramping_rate_arrives_when_the_area_under_it_reaches_the_next_whole_number() {
    let _alone = alone();
    let load = "--executor ramping-arrival-rate --rate 0 --stage 4s:200 --stage 2s:200 --vus 20";
    let (ended, server) = valid(Server::fast, Server::url, load);
    // 400 on the way up, of which arrival i is due at the square root of 2 i × 4 s / 200 per s; then one each 5 ms.
    assert_eq!((server.count(), ended.count("iterations")), (800, 800));
    let due = |k: usize| {
        let i = (k + 1) as f64;
        Duration::from_secs_f64(if i <= 400.0 { (i * 8.0 / 200.0).sqrt() } else { 4.0 + (i - 400.0) / 200.0 })
    };
    in_time(&lateness(&arrivals(&server), due), &ended);
}

#[test]
fn poisson_arrivals_are_those_of_their_seed() {
    let _alone = alone();
    let run = |seed: u32| {
        let load = "--executor constant-arrival-rate --rate 200 --arrival poisson --vus 20 --duration 4s";
        let (ended, server) = valid(Server::fast, Server::url, &format!("{load} --seed {seed}"));
        assert_eq!(server.count(), ended.count("iterations"));
        arrivals(&server)
    };
    let (one, again, other) = (run(1), run(1), run(2));
    assert_eq!(one.len(), again.len());
    // Two lags lie between two gaps that should be the same.
    let pairs = || gaps(&one).into_iter().zip(gaps(&again));
    let alike = pairs().filter(|(a, b)| (a - b).abs() < 2.0).count();
    println!("{alike} of {} gaps are the same within 2 ms", one.len() - 1);
    assert!(alike * 10 >= (one.len() - 1) * 9, "only {alike} of {} gaps are the same", one.len() - 1);
    let chance = gaps(&one).into_iter().zip(gaps(&other)).filter(|(a, b)| (a - b).abs() < 2.0).count();
    assert!(chance * 2 < alike, "{chance} gaps of another seed are the same");
}
