//! The real binary against servers that misbehave: one test for each behaviour, enumerated from a table.
//!
//! That a run ends is its own time-outs' work. What it says of the server is held against what the server knows.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says why and ends"
)]

mod behaviours;
mod bounds;
mod stale;
mod web;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use strata_support::{Ended, Strata, probe};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for behaviour in behaviours::all() {
        let name = format!("behaviour::{}", behaviour.name);
        trials.push(Trial::test(name, move || checked(|| behaviour.hold())));
    }
    for (name, test) in stale::ALL.iter().chain(&bounds::ALL).chain(&web::ALL) {
        trials.push(Trial::test(*name, move || checked(test)));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A panic has been printed by the time that it is caught.
fn checked(test: impl FnOnce() + std::panic::UnwindSafe) -> Result<(), Failed> {
    std::panic::catch_unwind(test).map_err(|_| "it panicked".into())
}

/// `strata run PROBE --target URL --env mode=ask`, with more arguments separated by spaces.
fn ask(url: &str, more: &str) -> Strata {
    let strata = Strata::new(env!("CARGO_BIN_EXE_strata")).args(["run"]).args([probe()]);
    strata.args(["--target", url, "--env", "mode=ask"]).args(more.split_whitespace())
}

/// How many requests failed with each code, in the order of the codes.
fn failures(ended: &Ended) -> Vec<(String, u64)> {
    let metrics = ended.summary()["metrics"].as_array().expect("metrics").clone();
    let mut found = Vec::new();
    for metric in metrics.iter().filter(|metric| metric["name"] == "http_req_failed") {
        if let [tag] = metric["tags"].as_array().expect("tags").as_slice()
            && tag[0] == "error_code"
        {
            let count = metric["count"].as_f64().expect("a count") as u64;
            found.push((tag[1].as_str().expect("a code").to_owned(), count));
        }
    }
    found
}
