//! Scenarios for strata, written in Rust.
//!
//! A scenario is a type that implements [`Scenario`]: what a virtual user does, and what the numbers must be.
//! [`export!`] makes a WebAssembly component of it.
//!
//! ```
//! use strata_guest::prelude::*;
//!
//! struct Feed {
//!     request: Prepared,
//! }
//!
//! impl Scenario for Feed {
//!     fn describe() -> Manifest {
//!         Manifest::new("feed")
//!             .stage(Stage::constant_vus("main", 8, Duration::from_secs(3)))
//!             .goal(Goal::at_most("p95", 200.0, "ms").measured("http_req_duration", Aggregate::P(95.0)))
//!     }
//!
//!     fn start() -> Result<Feed, Failure> {
//!         Ok(Feed { request: Request::get("/api/posts/feed").prepare()? })
//!     }
//!
//!     fn iteration(&mut self, _: &Context) -> Result<(), Failure> {
//!         let answer = self.request.send()?;
//!         check("status is 200", answer.status == 200);
//!         Ok(())
//!     }
//! }
//!
//! strata_guest::export!(Feed);
//! # fn main() {
//! # let manifest = Feed::describe();
//! # assert_eq!((manifest.name.as_str(), manifest.stages.len()), ("feed", 1));
//! # let measure = manifest.goals.first().and_then(|goal| goal.measure.as_ref());
//! # assert_eq!(measure.map(|measure| measure.aggregate.as_str()), Some("p(95)"));
//! # }
//! ```
//!
//! Build with `cargo build --release --target wasm32-wasip2`. The crate also compiles for the machine it is written
//! on, so that [`Scenario::describe`] and everything without imports can have ordinary tests; an import panics there.
//!
//! Sending a prepared request and checking its answer allocate nothing in the guest.

#[doc(hidden)]
pub mod bindings;
pub mod data;
mod failure;
mod finding;
mod form;
mod goal;
pub mod http;
pub mod kv;
pub mod log;
mod manifest;
pub mod metrics;
pub mod prelude;
pub mod results;
pub mod run;
mod scenario;

pub use bindings::strata::scenario::types::{
    Context, Finding, Goal, Layer, Manifest, Measure, Metric, Need, Pair, Priority, Ramp, Row, Stage,
};
pub use failure::{Error, Failure};
pub use goal::Aggregate;
pub use http::{Brief, Overrides, Prepared, Request, Response};
pub use metrics::{Counter, Gauge, Rate, Trend, check};
pub use scenario::Scenario;
#[doc(hidden)]
pub use scenario::iterate;
