//! What somebody asked for, resolved into a [`RunPlan`](crate::plan::RunPlan): phase file, manifests and flags.
//!
//! Everything that is wrong is reported at once, each fault with its place in the file, the offending value and a
//! way out.

mod document;
mod flags;
mod phase;
mod resolve;

pub use document::{Fault, Spot};
pub use flags::{Flags, parse_pair};
pub use phase::{LayerEntry, PhaseFile, PhaseHead};
pub use resolve::{Described, resolve};
