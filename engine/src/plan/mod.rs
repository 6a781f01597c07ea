//! The words of a run: phases, layers, stages, executors, goals. Pure values, no I/O, no time.
//!
//! A [`StageSpec`] is what somebody wrote (a manifest, a phase file, flags); [`StageSpec::check`] turns it into a
//! [`Stage`] that can be run, or says everything that is wrong with it. A [`RunPlan`] holds only checked values.

mod executor;
mod goal;
mod limits;
mod load;
mod manifest;
mod overlap;
mod quantity;
mod run;
mod selector;
mod shown;
mod stage;
mod succession;
mod timeouts;
mod transport;
mod way;
mod web;

pub use goal::{Goal, Measure, Op, Watch, WatchSpec};
pub use limits::{Limits, bytes_text};
pub use load::{ArrivalRate, Asked, Load, Ramp, Spacing};
pub use manifest::{Manifest, Metric, MetricKind, Need, NeedKind, Place, Priority, needed};
pub use overlap::{longest, together};
pub use quantity::{LONGEST, duration_text, number_text, parse_duration, parse_quantity};
pub use run::{LayerPlan, PackPlan, PhasePlan, RunPlan};
pub use selector::{Aggregate, Selector, SyntaxError};
pub use shown::{is_harmful, shown, shown_path, shown_whole};
pub use stage::{Stage, StageSpec};
pub use succession::succession;
pub use timeouts::{Timeouts, parse_timeout};
pub use transport::{Connections, HttpVersions, Transport};
pub use way::{Dns, Family, Pick, Pinned, Proxies, ProxyUrl, Ttl, parse_dns, parse_pinned, parse_sources};
pub use web::{Web, parse_compression, parse_redirects};
