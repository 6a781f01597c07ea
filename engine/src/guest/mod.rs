//! Scenarios: compiled, linked, instantiated, called, and held within their bounds.
//!
//! A [`Source`] is a checked file, a [`Program`] is its compiled and linked code with room for a number of
//! instances, a [`Guest`] is one instance with the [`Vu`] that its host functions work on. Nothing is ever retried
//! inside a broken instance: after a [`Trap`] a guest is dropped and a new one made, and the connections move over.
//!
//! Instances run without wasmtime's support for concurrent calls (it costs about a microsecond per call, and one
//! iteration at a time is the contract), from a pooling allocator that is sized to the plan, with an epoch deadline
//! on every call.

mod access;
mod backtrace;
mod bindings;
mod call;
mod engine;
mod errand;
mod host;
mod inspect;
mod limits;
mod manifest;
mod producers;
mod source;
mod stderr;
mod trace;
mod turns;
mod vu;

pub use access::{Access, Granted};
pub use backtrace::Frame;
pub use bindings::types::Context;
pub use call::{Failure, Guest, TRAPS, Trap};
pub use engine::{Compiler, Program};
pub use inspect::{Anatomy, anatomy, inspect, successor};
pub use producers::Producer;
pub use source::{LoadError, Source};
pub use trace::{Answered, Call, Kept, Sent, Traced, What};
pub use vu::{Role, Surroundings, Vu};
