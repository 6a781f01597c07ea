//! The contract's imports, one file per interface.

mod data;
mod exchange;
mod follow;
mod http;
mod incoming;
mod kv;
mod log;
mod metrics;
mod options;
mod outgoing;
mod results;
mod run;
mod sent;

use wasmtime::component::{HasSelf, Linker};

pub use http::PreparedRequest;
pub use incoming::IncomingAnswer;
pub(super) use incoming::Stream;
pub(super) use outgoing::Outgoing;

use super::Vu;
use super::bindings::{self, types};

/// The interfaces of the contract that a component may import.
pub(super) const INTERFACES: [&str; 8] = ["types", "http", "metrics", "run", "log", "results", "data", "kv"];

/// Gives a linker all of them.
pub(super) fn add_to_linker(linker: &mut Linker<Vu>) -> wasmtime::Result<()> {
    types::add_to_linker::<Vu, HasSelf<Vu>>(linker, |vu| vu)?;
    bindings::http::add_to_linker::<Vu, HasSelf<Vu>>(linker, |vu| vu)?;
    bindings::run::add_to_linker::<Vu, HasSelf<Vu>>(linker, |vu| vu)?;
    bindings::log::add_to_linker::<Vu, HasSelf<Vu>>(linker, |vu| vu)?;
    bindings::data::add_to_linker::<Vu, HasSelf<Vu>>(linker, |vu| vu)?;
    bindings::kv::add_to_linker::<Vu, HasSelf<Vu>>(linker, |vu| vu)?;
    bindings::results::add_to_linker::<Vu, HasSelf<Vu>>(linker, |vu| vu)?;
    metrics::add_to_linker(linker)
}

impl types::Host for Vu {}

/// A length in words, for a trace.
fn bytes(length: usize) -> String {
    if length == 1 { "1 byte".to_owned() } else { format!("{length} bytes") }
}

/// An error in words, for a trace.
fn refusal(error: &types::Error) -> String {
    format!("error {}: {}", error.code, error.message)
}

fn error(code: &str, message: String) -> types::Error {
    types::Error { code: code.to_owned(), message }
}
