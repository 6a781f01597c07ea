//! When iterations started by strata's clock, against when the server saw them.

use strata_support::{Server, probe};

use super::{alone, ms, quantile, valid_of};

/// How much later than another a request may be after its iteration has started: between the two lie the making of the
/// request, a write, and the wake-up of a thread of the server's. Median, and 99 of 100, in ms.
const APART: (f64, f64) = if cfg!(debug_assertions) { (0.6, 2.0) } else { (0.3, 2.0) };

/// Issue 3: the target's arrival log agrees with strata's `started` instants. Each request carries the instant of the run's
/// clock at which its iteration began; the two clocks have no zero in common, so the least difference is taken as none.
#[test]
fn issue_3_the_arrival_log_agrees_with_the_instants_at_which_iterations_started() {
    let _alone = alone();
    let load = "--env mode=started --executor constant-arrival-rate --rate 200 --vus 20 --duration 5s";
    let (ended, server) = valid_of(probe(), Server::fast, Server::url, load);
    assert_eq!((server.count(), ended.count("iterations")), (1000, 1000));
    let log = server.log();
    let first = log[0].arrived;
    let started = |path: &str| path.strip_prefix("/?started=").and_then(|ms| ms.parse::<f64>().ok());
    let apart = log.iter().map(|exchange| {
        let started = started(&exchange.path).unwrap_or_else(|| panic!("{} has no instant", exchange.path));
        ms(exchange.arrived - first) - started
    });
    let mut apart: Vec<f64> = apart.collect();
    apart.sort_by(f64::total_cmp);
    let least = apart[0];
    apart.iter_mut().for_each(|apart| *apart -= least);
    let [median, most] = [0.5, 0.99].map(|share| quantile(&apart, share));
    println!("arrived later than started, and than the quickest: {median:.3} ms, p99 {most:.3} ms");
    assert!(median <= APART.0 && most <= APART.1, "{median} ms, p99 {most} ms");
}
