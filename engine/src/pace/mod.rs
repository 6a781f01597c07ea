//! When iterations start. Pure: time comes in as a parameter, nothing here waits.
//!
//! A worker makes one [`Pace`] for its part of a stage and asks it, whenever a VU is free, what that VU does next.
//! For the closed executors an iteration is due the moment its VU is free; for arrival rates [`Pace::next`] will
//! answer with an instant that lies ahead (or behind, when the generator is late), and the worker waits for it:
//! that is why an answer carries `due`.

mod closed;
mod share;

pub use closed::{Next, Pace};
pub use share::{share, share_by_vus};
