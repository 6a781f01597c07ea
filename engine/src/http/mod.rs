//! HTTP/1.1 exchanges over connections that belong to one VU, with the time of each part.
//!
//! A [`Client`] is one VU's: its idle connections by origin. An exchange has three steps, so that its caller knows
//! at each whether the target can have seen anything: [`Client::acquire`] a connection (kept or new), let
//! [`Acquired::exchange`] send the request and read the answer, [`Client::release`] the connection.
//! hyper's connection is driven by the VU's own task, without a task or a channel of its own. Nothing is retried,
//! and no redirect is followed.

mod alarm;
mod client;
mod connection;
mod error;
mod origin;
mod request;
mod stamped;

pub use alarm::Alarm;
pub use client::{Acquired, Client};
pub use connection::{Answer, Exchange};
pub use error::{Error, ErrorKind};
pub use origin::{Origin, Target};
pub use request::{Change, Prepared, RequestSpec};
