use super::*;
use crate::measure::{Phases, Totals};

fn stage(recorder: &mut Recorder, name: &str, counted: bool) {
    recorder.begin_stage(Tags::new([("stage", name)]), counted);
}

fn begun() -> (Recorder, Journal) {
    let mut recorder = Recorder::new(Vec::new());
    stage(&mut recorder, "main", true);
    (recorder, Journal::default())
}

/// Of an iteration that was due at 10 s, started 2 ms later and took `ms`.
fn times(ms: u64) -> Times {
    let started = Nanos(10_002_000_000);
    Times { due: Nanos(10_000_000_000), started, done: started + Duration::from_millis(ms) }
}

fn ask(totals: &Totals, selector: &str, aggregate: &str) -> Option<f64> {
    totals.stat(&selector.parse().expect("a selector"), aggregate.parse().expect("an aggregate"), 1.0)
}

#[test]
fn an_iteration_is_counted_with_its_requests_and_checks() {
    let (mut recorder, mut journal) = begun();
    let phases = Phases { waiting: Duration::from_millis(5), ..Phases::default() };
    let done = Nanos(10_006_000_000);
    let exchange = ExchangeSample { status: 200, sent: true, phases, done, ..ExchangeSample::default() };
    for _ in 0..3 {
        let open = journal.open("/a", "GET").expect("room");
        journal.close(open, exchange);
        journal.check("ok", true).expect("room");
        recorder.absorb(&mut journal, times(7), Ending::Done);
    }
    let refused = ExchangeSample { error: Some("connect-refused"), ..ExchangeSample::default() };
    let open = journal.open("/a", "GET").expect("room");
    journal.close(open, refused);
    let failed = Ending::Failed { code: "http".into(), message: "refused".into() };
    recorder.absorb(&mut journal, times(1), failed);
    let (mut totals, snapshot) = (Totals::default(), recorder.take());
    assert_eq!(snapshot.failures.len(), 1);
    totals.merge(&snapshot);
    assert_eq!(ask(&totals, "http_reqs{name:/a,stage:main,expected_response:true}", "count"), Some(3.0));
    assert_eq!(ask(&totals, "http_req_duration{status:200}", "avg"), Some(5.0));
    assert_eq!(ask(&totals, "http_req_failed", "rate"), Some(0.25));
    assert_eq!(ask(&totals, "http_req_failed{error_code:connect-refused}", "count"), Some(1.0));
    assert_eq!(ask(&totals, "iterations", "count"), Some(4.0));
    assert_eq!(ask(&totals, "http_req_response_time", "max"), Some(6.0));
    assert_eq!(ask(&totals, "iteration_duration", "max"), Some(7.0));
    assert_eq!(ask(&totals, "iteration_response_time", "max"), Some(9.0));
    assert_eq!(ask(&totals, "iteration_lag", "min"), Some(2.0));
    assert_eq!(ask(&totals, "iterations_failed{error_code:http}", "count"), Some(1.0));
    assert_eq!(ask(&totals, "checks{check:ok}", "rate"), Some(1.0));
    assert!(recorder.take().series.is_empty());
}

#[test]
fn a_request_that_was_cut_off_is_counted_but_has_no_duration() {
    let (mut recorder, mut journal) = begun();
    journal.open("/never-left", "GET").expect("room");
    let open = journal.open("/a", "GET").expect("room");
    journal.sent(open, false);
    assert!(journal.noted(open).sent);
    recorder.absorb(&mut journal, times(9000), Ending::Interrupted);
    let mut totals = Totals::default();
    totals.merge(&recorder.take());
    assert_eq!(ask(&totals, "http_reqs", "count"), Some(1.0));
    assert_eq!(ask(&totals, "http_req_failed{error_code:interrupted}", "count"), Some(2.0));
    assert_eq!(ask(&totals, "http_req_duration", "max"), None);
    assert_eq!(ask(&totals, "iteration_duration", "max"), None);
    assert_eq!(ask(&totals, "iterations_interrupted", "count"), Some(1.0));
}

#[test]
fn nothing_of_a_warm_up_is_counted() {
    let mut recorder = Recorder::new(Vec::new());
    stage(&mut recorder, "warm", false);
    let mut journal = Journal::default();
    journal.check("ok", true).expect("room");
    recorder.absorb(&mut journal, times(0), Ending::Done);
    recorder.dropped(5);
    assert!(recorder.take().series.is_empty());
    assert!(journal.samples().is_empty());
}

#[test]
fn names_are_bounded_and_the_rest_is_folded_not_lost() {
    let (mut recorder, mut journal) = begun();
    for number in 0..3000 {
        journal.check(&format!("check {number}"), true).expect("room");
    }
    recorder.absorb(&mut journal, times(0), Ending::Done);
    let snapshot = recorder.take();
    assert!(snapshot.series.len() < Limits::default().names + 20);
    assert_eq!(snapshot.folded, 3000 - Limits::default().names as u64);
    let mut totals = Totals::default();
    totals.merge(&snapshot);
    assert_eq!(ask(&totals, "checks", "count"), Some(3000.0));
    assert_eq!(ask(&totals, "checks{check:(other)}", "count"), Some(2000.0));
}

#[test]
fn tags_of_a_scenarios_own_metric_make_series() {
    let metric = Metric { name: "load_ms".into(), kind: MetricKind::Trend, unit: "ms".into() };
    let mut recorder = Recorder::new(vec![metric]);
    stage(&mut recorder, "main", true);
    let mut journal = Journal::default();
    journal.value(0, 3.0, Some(("part", "a"))).expect("room");
    journal.value(0, 5.0, None).expect("room");
    journal.value(7, 5.0, None).expect("room");
    recorder.absorb(&mut journal, times(0), Ending::Done);
    let mut totals = Totals::default();
    totals.merge(&recorder.take());
    assert_eq!(ask(&totals, "load_ms", "avg"), Some(4.0));
    assert_eq!(ask(&totals, "load_ms{part:a}", "max"), Some(3.0));
}
