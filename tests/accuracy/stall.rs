//! A server that stalls: what its users had to wait, and what a tool would say that does not wait with them.

use std::time::Duration;

use strata_support::Ended;

use super::stalling::{Log, Stalling, Stalls};
use super::{TRIES, alone, began, close, hello, ms, quantile, valid};

const RATE: u32 = 1000;
const STALLS: Stalls = Stalls {
    first: Duration::from_millis(200),
    every: Duration::from_secs(5),
    length: Duration::from_millis(500),
};
/// Two stalls in this time: 16.7 % of all requests meet one, so that no percentile lies at the edge of a stall.
const SECONDS: u32 = 6;

fn due(k: usize) -> Duration {
    Duration::from_secs(1) * k as u32 / RATE
}

/// What each request had to wait that was due at a whole millisecond, in order: by the formula, until the end of a stall
/// and then until those before it in the queue had been answered; and until its answer, by the server's log.
fn truths(log: &Log) -> (Vec<f64>, Vec<f64>) {
    let begin = began(&log.arrivals, &due);
    let mut formula = vec![0.0; log.arrivals.len()];
    for (from, to) in &log.stalls {
        let within = |k: &usize| (*from..*to).contains(&(begin + due(*k)));
        let first = (0..log.arrivals.len()).find(within).expect("a request in the stall");
        let queued = (first..log.arrivals.len()).take_while(within).count();
        // How long the server takes for one of a queue is its own affair, and in its log.
        let each = (log.answers[first + queued - 1] - log.answers[first]) / (queued as u32 - 1);
        // The queue grows by those who come while it is worked off.
        for (place, waited) in formula.iter_mut().skip(first).enumerate() {
            let answered = *to + each * (place as u32 + 1);
            let wait = answered.saturating_duration_since(begin + due(first + place));
            if wait <= each {
                break;
            }
            *waited = ms(wait);
        }
    }
    // What waits on one thread is answered in the order in which it was due.
    let answered = log.answers.iter().enumerate();
    let mut answers: Vec<f64> =
        answered.map(|(k, at)| ms(at.saturating_duration_since(begin + due(k)))).collect();
    formula.sort_by(f64::total_cmp);
    answers.sort_by(f64::total_cmp);
    (formula, answers)
}

fn four(sorted: &[f64]) -> [f64; 4] {
    [0.5, 0.9, 0.99, 1.0].map(|share| quantile(sorted, share))
}

fn row(name: &str, numbers: [f64; 4]) {
    println!("{name:<26}{}", numbers.map(|number| format!("{number:>10.2}")).concat());
}

fn reported(ended: &Ended, metric: &str) -> [f64; 4] {
    ["med", "p90", "p99", "max"].map(|number| ended.number(metric, number))
}

/// Whether the server stood still as the formula says and no longer. One whose core was taken away meanwhile was
/// another server, and only its log knows how long its users had to wait.
fn kept_to(formula: [f64; 4], answers: [f64; 4]) -> bool {
    formula
        .iter()
        .zip(answers)
        .all(|(formula, answer)| (answer - formula).abs() <= (formula * 0.0125).max(1.0))
}

#[test]
fn response_times_are_those_of_users_who_wait_through_a_stall() {
    let _alone = alone();
    let load = format!("--executor constant-arrival-rate --rate {RATE} --vus 600 --duration {SECONDS}s");
    for _ in 0..TRIES {
        let (ended, server) = valid(|| Stalling::start(STALLS), Stalling::url, &load);
        let all = (RATE * SECONDS) as usize;
        assert_eq!((ended.count("iterations") as usize, server.log().arrivals.len()), (all, all));
        assert_eq!(ended.count("dropped_iterations"), 0);

        let log = server.log();
        assert_eq!(log.stalls.len(), 2);
        let (formula, answers) = truths(&log);
        let (formula, answers) = (four(&formula), four(&answers));
        println!("{:<26}{:>10}{:>10}{:>10}{:>10}", "ms", "p50", "p90", "p99", "max");
        row("truth: the formula", formula);
        row("truth: the server's log", answers);
        for metric in ["iteration_response_time", "http_req_response_time"] {
            let numbers = reported(&ended, metric);
            row(metric, numbers);
            for (found, truth) in numbers.into_iter().zip(answers) {
                assert!(close(found, truth, 2.0), "{metric}: {found} ms for {truth} ms by the log");
            }
            for (found, truth) in numbers.into_iter().zip(formula).filter(|_| kept_to(formula, answers)) {
                assert!(close(found, truth, 2.0), "{metric}: {found} ms for {truth} ms by the formula");
            }
        }
        row("iteration_duration", reported(&ended, "iteration_duration"));
        if kept_to(formula, answers) {
            return;
        }
        println!("repeated: the server itself stood still longer than it was told to");
    }
    println!("no server stood still as long as it was told to: held against the logs alone");
}

/// A tool with eight users who wait for their answers meets a stall eight times, and not in the 500 requests that
/// were due meanwhile. strata's service times say the same, but it counts those that it could not send.
#[test]
fn service_times_leave_out_what_too_few_users_did_not_send() {
    let _alone = alone();
    let load = format!("--executor constant-arrival-rate --rate {RATE} --vus 8 --duration {SECONDS}s");
    let server = Stalling::start(STALLS);
    let ended = hello(&server.url(), &load);
    let (service, dropped) = (ended.number("iteration_duration", "p95"), ended.count("dropped_iterations"));
    println!("iteration_duration p95 {service:.2} ms, {dropped} dropped");
    assert!(service < ms(STALLS.length) / 20.0, "{service} ms");
    assert_eq!(ended.count("iterations") + dropped, u64::from(RATE * SECONDS));
    assert!(dropped > 900, "{dropped} dropped");
    let (validity, reasons) = ended.validity();
    assert_eq!(validity, "INVALID");
    assert!(reasons.contains("were dropped, all VUs being busy"), "{reasons}");
}
