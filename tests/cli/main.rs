//! The real binary, doing what users do.
//!
//! Numbers are held against the reference target's own log of arrivals, never against strata's other numbers alone.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on says why and ends"
)]

mod authoring;
mod bad_input;
mod bad_loads;
mod controlling;
mod demo;
mod failing;
mod faults;
mod hostile;
mod inspecting;
mod layers;
mod live;
mod loads;
mod memory;
mod recording;
mod reports;
mod running;
mod schedules;
mod sharing;
mod signals;
mod swapping;
mod swaps;
mod trying;
mod validity;

use strata_support::{Strata, committed, probe};
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

/// `strata run phase.toml` with these layers, which may name `hello.wasm`, `probe.wasm` and `layer-08.wasm`, and with
/// more arguments separated by spaces.
fn phase(url: &str, layers: &str, more: &str) -> Strata {
    let text = format!("[phase]\ntitle = \"Layers\"\ntarget = \"{url}\"\n{layers}");
    let component = |path: &std::path::Path| std::fs::read(path).expect("a component");
    strata()
        .file("phase.toml", text)
        .file("hello.wasm", component(&committed("hello")))
        .file("layer-08.wasm", component(&committed("layer-08-api-throughput")))
        .file("probe.wasm", component(probe()))
        .args(["run", "phase.toml"])
        .args(more.split_whitespace())
}
