//! The reference target: a small community site of users, posts, groups, events and friends, on SQLite.
//!
//! It comes in two profiles that answer the same requests with the same bytes. `as-found` has the defects that a
//! site grows into: one database connection behind one lock, and queries in a loop. `fixed` asks for what it needs
//! at once, over a pool. The defects are real; the only thing that is made up is the network between site and
//! database, a fixed [round trip](Options::round_trip) per statement.
//!
//! The server keeps a log of every request that reached it, which tests hold against what a load generator says.
//! Requests below `/_target/` ask for that log and are not in it.

mod arrivals;
mod database;
mod profile;
mod seed;
mod server;
mod site;

pub use arrivals::{Arrival, Arrivals};
pub use profile::{Options, Profile};
pub use server::Server;
