//! What tests share: the binary under test, the guests that they run, targets, and what a run left behind.
//!
//! Everything here panics with the whole story when something that a test relies on does not hold.
#![expect(
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says why and ends"
)]

mod answering;
mod golden;
mod guests;
mod hostile;
mod server;
mod strata;
mod toolchains;
mod tools;

pub use answering::Answering;
pub use golden::{golden, golden_path};
pub use guests::{committed, probe, probe_version, probe_with_lines, repository};
pub use hostile::{Hostile, Log, Visit, whole};
pub use server::{Exchange, Server, now, sleep_until, wait_until};
pub use strata::{Ended, Running, Strata, read_json};
pub use toolchains::toolchain;
pub use tools::{Page, SCHEMA, chromium, missing, python, screenshot};
