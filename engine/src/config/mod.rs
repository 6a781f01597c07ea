//! What somebody asked for, resolved into a [`RunPlan`](crate::plan::RunPlan): phase file, manifests and flags.
//!
//! Everything that is wrong is reported at once, each fault with its place in the file, the offending value and a
//! way out.

mod bounds;
mod changes;
mod document;
mod flags;
mod given;
mod granted;
mod limits;
mod order;
mod phase;
mod resolve;
mod transport;

pub use changes::{GoalChange, Quantity, StageChange};
pub use document::{Fault, Spot};
pub use flags::{Flags, parse_limit, parse_pair, parse_ramp};
pub use given::{DataEntry, Given, SecretEntry, SecretSource, given, parse_data, parse_secret};
pub use phase::{LayerEntry, Named, PhaseFile, PhaseHead};
pub use resolve::{Described, env_of, limits_of, resolve};
