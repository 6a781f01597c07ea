//! Whether a run measured the target or the machine that strata ran on: each way in which it can be the machine.
//!
//! That a worker used all of its core is tested with what runs alone, in `tests/accuracy`: here cores are shared with the
//! target and with other tests, so none can be had as a whole.

use std::sync::OnceLock;
use std::time::Duration;

use strata_support::{Ended, Server, Strata, committed, probe, sleep_until};

use super::{run, target};

/// It says so in its summary, on the terminal and in its report.
fn judged(ended: &Ended, validity: &str, reason: &str) {
    let (found, reasons) = ended.validity();
    assert_eq!(found, validity, "{reasons}\n{}", ended.stderr);
    assert!(reasons.contains(reason), "`{reason}` is not among:\n{reasons}");
    assert!(ended.stderr.contains(&format!("measurement  {validity}")), "{}", ended.stderr);
    // The terminal breaks lines where it is narrow.
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&ended.stderr).contains(reason), "{}", ended.stderr);
    let report = ended.report();
    assert!(report.contains(&format!("**Measurement**: {validity}: ")), "{report}");
    // Issue 3: an INVALID run never blames the target.
    let nothing = "measurement is INVALID: the numbers say nothing about the target";
    let told = ended.stderr.find(nothing);
    assert_eq!((told.is_some(), report.contains(nothing)), (validity == "INVALID", validity == "INVALID"));
    if validity == "INVALID" {
        let layer = ended.stderr.find("result  ").expect("a layer");
        assert!(told < Some(layer), "{}", ended.stderr);
        assert_eq!(report.lines().nth(3), Some(format!("**The {nothing}.**").as_str()), "{report}");
        for blame in ["issue  ", "analysis  ", "priority  "] {
            assert!(!ended.stderr.contains(&format!("    {blame}")), "{}", ended.stderr);
        }
        for blame in
            ["Issue", "Analysis**", "Fix Priority", "Root Cause", "Implementation Plan", "Expected Outcomes"]
        {
            assert!(!report.contains(blame), "{blame}: {report}");
        }
    }
}

#[test]
fn a_few_dropped_iterations_degrade_and_many_invalidate_a_measurement() {
    let first = OnceLock::new();
    let hiccup = Server::start(move |arrived| {
        let begin = *first.get_or_init(|| arrived) + Duration::from_millis(700);
        if (begin..begin + Duration::from_millis(60)).contains(&arrived) {
            sleep_until(begin + Duration::from_millis(60));
        }
    });
    let load = "--executor constant-arrival-rate --rate 100 --duration 2s --vus 1";
    let ended = run(&committed("hello"), &hiccup.url(), load).run().with(0);
    assert!(ended.count("dropped_iterations") > 0);
    judged(&ended, "DEGRADED", "were dropped, all VUs being busy: less load than planned");

    let slow = Server::slow(Duration::from_millis(100));
    let ended = run(&committed("hello"), &slow.url(), load).run().with(111);
    judged(&ended, "INVALID", "were dropped, all VUs being busy: less load than planned");

    // The same with a layer that FAILED.
    let quick = "[[layer]]\nscenario = \"hello.wasm\"\n[[layer.goal]]\nname = \"quick\"\nop = \"<=\"\ntarget = \"1 ms\"\n\
                 measure = \"http_req_duration p(95)\"\n";
    let failing = super::phase(&slow.url(), quick, load);
    let ended = failing.run().with(111);
    let layer = ended.summary()["layers"][0].clone();
    assert_eq!((&layer["status"], layer["issue"].is_null()), (&"FAILED".into(), false), "{layer:#}");
    judged(&ended, "INVALID", "were dropped, all VUs being busy: less load than planned");
    let again = super::strata().args(["report"]).args([ended.folder()]).run().with(111);
    assert!(again.stderr.find("INVALID: the numbers say") < again.stderr.find("FAILED"), "{}", again.stderr);
    assert!(!again.stderr.contains("    issue "), "{}", again.stderr);
}

#[test]
fn guests_that_hold_a_worker_up_degrade_a_measurement() {
    let target = target();
    let load = "--env mode=compute --env ms=100 --vus 2 --duration 2s";
    let ended = run(probe(), &target.url(), load).run().with(0);
    judged(&ended, "DEGRADED", "guest code held worker");
    assert_eq!(ended.metric("checks").expect("checks")["rate"], 1.0);
}

#[test]
fn an_open_load_that_computes_more_than_there_are_cores_is_invalid() {
    let target = target();
    let cores = std::thread::available_parallelism().expect("a number of cores").get();
    // Sixty at a time on each core, each of which waits until the others have had their turns.
    let rate = cores * 300;
    let more = format!("--executor constant-arrival-rate --rate {rate} --duration 2s --vus {}", 2 * rate);
    let ended =
        run(probe(), &target.url(), &format!("--env mode=compute --env ms=200 {more}")).run().with(111);
    judged(&ended, "INVALID", "late or more: strata did not keep up");
    assert!(ended.number("iteration_lag", "p99") >= 100.0);
    assert_eq!(ended.count("iterations") + ended.count("dropped_iterations"), 2 * rate as u64);
}

#[test]
fn descriptors_that_run_out_invalidate_a_measurement_and_leave_a_whole_report() {
    let target = target();
    let strata = Strata::below(env!("CARGO_BIN_EXE_strata"), "ulimit -n 64").args(["run"]);
    let strata = strata.args([committed("hello")]).args(["--target", &target.url()]);
    let ended = strata.args(["--vus", "100", "--iterations", "400"]).run().with(111);
    judged(&ended, "INVALID", "no descriptor was left (hint: raise `ulimit -n`, or use fewer VUs)");
    let failed = ended.tagged("http_req_failed", &[["error_code", "out-of-descriptors"]]).expect("a code");
    let failed = failed["count"].as_f64().expect("a count") as u64;
    assert!(failed > 0);
    assert_eq!(ended.count("http_reqs"), target.arrivals().count);
    assert_eq!(ended.count("http_reqs") + failed, 400);
    assert_eq!(ended.count("iterations"), 400);
    assert!(!ended.stderr.contains("warning: "), "{}", ended.stderr);
}

#[test]
fn a_generator_that_stood_still_says_so() {
    let target = target();
    let mut running = run(&committed("hello"), &target.url(), "--vus 1 --duration 5s").start();
    running.wait_for("1 VU for 5s");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let pause = |ms| sleep_until(strata_support::now() + Duration::from_millis(ms));
            pause(1000);
            running.signal("STOP");
            pause(2000);
            running.signal("CONT");
        });
    });
    let ended = running.end().with(0);
    judged(&ended, "DEGRADED", "looked at the clock");
    assert_eq!(ended.count("http_reqs"), target.arrivals().count);
}

/// Issue 3: ten ports of its own for thirty VUs that each keep a connection.
#[test]
fn issue_3_ports_that_run_out_invalidate_a_measurement() {
    let script = "echo '20000 20009' > /proc/sys/net/ipv4/ip_local_port_range && mkfifo url || exit 1\n\
                  \"$0\" demo --serve fixed --port 19999 > url &\n\
                  read -r target < url\n\
                  \"$0\" run hello.wasm --target \"$target\" --vus 30 --iterations 300\n";
    let Some(strata) = Strata::in_a_network(env!("CARGO_BIN_EXE_strata"), script) else { return };
    let hello = std::fs::read(committed("hello")).expect("a component");
    let ended = strata.file("hello.wasm", hello).run().with(111);
    judged(&ended, "INVALID", "no port was left (hint: keep connections alive");
    let failed = ended.tagged("http_req_failed", &[["error_code", "out-of-ports"]]).expect("a code");
    let failed = failed["count"].as_f64().expect("a count") as u64;
    assert!(failed > 0);
    assert_eq!(ended.count("http_reqs") + failed, 300);
    assert_eq!(ended.count("iterations"), 300);
}

/// Each of the addresses that connections come from has ten ports for its share of thirty VUs.
#[test]
fn issue_7_ports_of_source_addresses_run_out_and_more_addresses_have_more() {
    let hello = std::fs::read(committed("hello")).expect("a component");
    for (sources, addresses, enough) in [("127.0.0.2,127.0.0.3", 2, false), ("127.0.0.2-127.0.0.5", 4, true)]
    {
        let script = "echo '20000 20009' > /proc/sys/net/ipv4/ip_local_port_range && mkfifo url || exit 1\n\
                      \"$0\" demo --serve fixed --port 19999 > url &\n\
                      read -r target < url\n\
                      \"$0\" run hello.wasm --target \"$target\" --vus 30 --iterations 300 --local-ips \"$1\"\n";
        let Some(strata) = Strata::in_a_network(env!("CARGO_BIN_EXE_strata"), script) else { return };
        let strata = strata.file("hello.wasm", &hello).args([sources]);
        let ended = strata.run().with(if enough { 0 } else { 111 });
        let came = format!("connections came from {addresses} addresses (`--local-ips`)");
        let failed = ended.tagged("http_req_failed", &[["error_code", "out-of-ports"]]);
        let failed = failed.map_or(0, |failed| failed["count"].as_f64().expect("a count") as u64);
        assert_eq!((failed == 0, ended.validity().1.contains(&came)), (enough, true), "{}", ended.stderr);
        if !enough {
            judged(&ended, "INVALID", "no port was left (hint: keep connections alive");
        }
        assert_eq!(ended.count("http_reqs") + failed, 300);
        assert_eq!(ended.count("iterations"), 300);
    }
}
