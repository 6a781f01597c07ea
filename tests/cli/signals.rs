//! Ctrl-C and its kin.

use strata_support::committed;

use super::{run, target};

#[test]
fn a_signal_ends_a_run_with_its_report() {
    for signal in ["INT", "TERM"] {
        let target = target();
        let mut running = run(&committed("hello"), &target.url(), "--vus 2 --duration 10m").start();
        running.wait_for("2 VUs for 10m");
        running.signal(signal);
        let ended = running.end().with(105).says(["interrupted by a signal", "run folder"]);
        assert_eq!(ended.summary()["run"]["interrupted"], true);
        assert_eq!(ended.count("http_reqs"), target.arrivals().count, "{signal}");
        assert_eq!(ended.count("dropped_iterations"), 0);
        assert!(ended.report().contains("**Interrupted**"));
    }
}

#[test]
fn a_second_signal_cuts_off_what_runs() {
    // It takes connections and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    let mut running = run(&committed("hello"), &url, "--vus 3 --duration 10m").start();
    let connections: Vec<_> = (0..3).map(|_| silent.accept().expect("a connection")).collect();
    for (connection, _) in &connections {
        assert!(connection.peek(&mut [0]).expect("a request") > 0);
    }
    running.signal("INT");
    running.wait_for("a second signal cuts them off");
    running.signal("INT");
    let ended = running.end().with(105).says(["NO DATA", "no iteration was completed"]);
    assert_eq!(ended.count("iterations_interrupted"), 3);
    assert_eq!(ended.count("http_reqs"), 3);
    assert_eq!(ended.count("iterations"), 0);
}
