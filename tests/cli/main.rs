//! The real binary, doing what users do.
//!
//! Numbers are held against the reference target's own log of arrivals, never against strata's other numbers alone.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on says why and ends"
)]

mod bad_input;
mod demo;
mod failing;
mod hostile;
mod reports;
mod running;
mod signals;

use strata_support::Strata;
use strata_target::{Options, Profile, Server};

/// The binary.
fn strata() -> Strata {
    Strata::new(env!("CARGO_BIN_EXE_strata"))
}

/// `strata run COMPONENT --target URL`, with more arguments separated by spaces.
fn run(component: &std::path::Path, url: &str, more: &str) -> Strata {
    strata().args(["run"]).args([component]).args(["--target", url]).args(more.split_whitespace())
}

/// The reference target, with no network between it and its database.
fn target() -> Server {
    Server::start(Options { profile: Profile::Fixed, round_trip: std::time::Duration::ZERO, port: 0 })
        .expect("a target")
}

/// A URL on which nobody listens.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("http://{}", listener.local_addr().expect("an address"))
}
