//! The HTTP API of a run that goes on, and its client.
//!
//! Served on a thread of its own: no worker and not even the conductor waits for a client. A request becomes a
//! command to the conductor, whose answer is the response. Everything that a client may send or keep is bounded: one
//! that hangs or sends garbage costs a connection for some seconds and nothing else.

mod client;
mod listening;
mod prometheus;
mod routes;
mod server;

pub use client::{Address, Response, ask};
pub use listening::Listening;
pub use server::Server;

/// The socket of a run in its folder.
pub const SOCKET: &str = "control.sock";
