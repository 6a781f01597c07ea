//! A generator that is itself what limits the load.

use strata_support::{Server, Strata, probe};

use super::alone;

#[test]
fn a_worker_that_uses_all_of_its_core_says_so() {
    let _alone = alone();
    let server = Server::fast();
    let strata = Strata::new(env!("CARGO_BIN_EXE_strata")).args(["run"]).args([probe()]);
    // Nothing but computing, in turns that are too short to hold others up: nobody waits for anything.
    let load = "--env mode=compute --env ms=2 --vus 4 --duration 4s";
    let ended = strata.args(["--target", &server.url()]).args(load.split_whitespace()).run();
    let (validity, reasons) = ended.validity();
    assert_eq!(validity, "DEGRADED", "{reasons}\n{}", ended.stderr);
    assert!(reasons.contains("% of a core: throughput may be limited by strata"), "{reasons}");
    assert_eq!(server.count(), 0);
}
