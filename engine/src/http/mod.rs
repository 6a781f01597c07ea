//! HTTP exchanges over connections of one VU or of all on a worker, with the time of each part.
//!
//! A [`Client`] is one VU's: its way to a [`Pool`] of connections by origin. An exchange has three steps, so that its caller knows
//! at each whether the target can have seen anything: [`Client::acquire`] a connection (kept or new), let
//! [`Acquired::exchange_in_time`] send the request and read the answer, [`Client::release`] the connection.
//! A connection of HTTP/1.1 is driven by the VU's own task, without a task or a channel of its own. Nothing is retried: an
//! exchange that failed says whether its kept connection was at fault, and its caller, who counts, sends the request
//! again over a new one. Nor does an exchange look at what it brings: [`Prepared::led_on`] says where an answer leads,
//! a [`Jar`] keeps its cookies, [`decode`] unpacks its body.

mod alarm;
mod client;
mod connection;
mod cookies;
mod decode;
mod error;
mod events;
mod guard;
mod lookup;
mod lost;
mod names;
mod one;
mod opening;
mod origin;
mod pool;
mod proxy;
mod redirect;
mod request;
mod stamped;
mod tap;
mod timeouts;
mod tls;
mod transport;
mod two;

pub use alarm::Alarm;
pub use client::{Acquired, Client, Wanted};
pub use connection::{Answer, Exchange, Protocol};
pub use cookies::{Jar, Site};
pub use decode::decode;
pub use error::{Error, ErrorKind};
pub use events::{Events, ServerEvent};
pub use guard::Guard;
pub use lookup::{Family, Lookup, Pick, Pinned, Sources};
pub use lost::Lost;
pub use origin::{Origin, Target};
pub use pool::Pool;
pub use proxy::Proxies;
pub use request::{Change, Choices, Prepared, RequestSpec};
pub use tap::{Head, Piece, Tap};
pub use timeouts::Timeouts;
pub use tls::{Shown, TlsSettings, TlsVersion};
pub use transport::{HttpVersion, Transport, TransportSettings};
