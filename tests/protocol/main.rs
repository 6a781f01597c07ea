//! What lies below requests, against servers that are not ours: TLS, HTTP/2, pools of connections, sockets.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says why and ends"
)]

mod nginx;
mod pools;
mod proxies;
mod tls;
mod two;
mod ways;

use strata_support::{Ended, Strata, probe};

/// `strata run PROBE --target URL --env mode=MODE`, with more arguments separated by spaces.
fn run(mode: &str, url: &str, more: &str) -> Strata {
    let strata = Strata::new(env!("CARGO_BIN_EXE_strata")).args(["run"]).args([probe()]);
    strata.args(["--target", url, "--env", &format!("mode={mode}")]).args(more.split_whitespace())
}

/// The codes of failed requests, and how many there were of each.
fn failures(ended: &Ended) -> Vec<(String, f64)> {
    let summary = ended.summary();
    let metrics = summary["metrics"].as_array().expect("metrics");
    let failed = metrics.iter().filter(|metric| metric["name"] == "http_req_failed");
    failed
        .filter(|metric| metric["tags"][0][0] == "error_code")
        .map(|metric| {
            let code = metric["tags"][0][1].as_str().expect("a code").to_owned();
            (code, metric["count"].as_f64().expect("a count"))
        })
        .collect()
}

/// What failed iterations say.
fn said(ended: &Ended) -> String {
    ended.summary()["layers"][0]["failures"].to_string()
}

/// Where `/ask` gives the query back and everything else is empty.
const ANSWERS: &str = "location /ask { return 200 $args; } location / { return 200 ''; }";
