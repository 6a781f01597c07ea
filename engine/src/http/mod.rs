//! HTTP/1.1 exchanges over connections that belong to one VU, with the time of each part.
//!
//! A [`Client`] is one VU's: its idle connections by origin. An exchange has three steps, so that its caller knows
//! at each whether the target can have seen anything: [`Client::acquire`] a connection (kept or new), let
//! [`Acquired::exchange`] send the request and read the answer, [`Client::release`] the connection.
//! hyper's connection is driven by the VU's own task, without a task or a channel of its own. No redirect is followed,
//! and nothing is retried: an exchange that failed says whether its kept connection was at fault, and its caller, who
//! counts, sends the request again over a new one.

mod alarm;
mod client;
mod connection;
mod error;
mod guard;
mod lost;
mod names;
mod origin;
mod request;
mod stamped;
mod timeouts;

pub use alarm::Alarm;
pub use client::{Acquired, Client, Wanted};
pub use connection::{Answer, Exchange};
pub use error::{Error, ErrorKind};
pub use guard::Guard;
pub use lost::Lost;
pub use origin::{Origin, Target};
pub use request::{Change, Prepared, RequestSpec};
pub use timeouts::Timeouts;
