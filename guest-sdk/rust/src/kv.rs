//! Values, counters, queues and barriers that all virtual users share, in all layers that ask for the space.
//!
//! ```no_run
//! # use strata_guest::prelude::*;
//! # fn hand_over() -> Result<(), Failure> {
//! let users = Space::new("users");
//! users.push("registered", "ann")?;
//! if let Some(name) = users.pop("registered", Duration::from_secs(1))? {
//!     log::info(&name);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The manifest asks for a space with [`needs_kv`](crate::Manifest::needs_kv); one that it does not name is the error
//! `not-granted`. A name has 1 to 256 bytes, a value at most 1 MiB; a larger one is `too-large`, and a space without room
//! `kv-full`.

use std::time::Duration;

use crate::Error;
use crate::bindings::strata::scenario::kv as wit;

/// A space, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Space(String);

impl Space {
    /// The space of that name. Nothing is asked of the engine yet.
    pub fn new(name: impl Into<String>) -> Space {
        Space(name.into())
    }

    /// A value, if it is there.
    ///
    /// # Errors
    /// `not-granted`, `too-large`.
    pub fn get(&self, key: &str) -> Result<Option<String>, Error> {
        wit::get(&self.0, key)
    }

    /// Puts a value there, in place of another.
    ///
    /// # Errors
    /// `not-granted`, `too-large`, `kv-full`.
    pub fn set(&self, key: &str, value: &str) -> Result<(), Error> {
        wit::set(&self.0, key, value)
    }

    /// Takes a value away, if it is there.
    ///
    /// # Errors
    /// `not-granted`, `too-large`.
    pub fn delete(&self, key: &str) -> Result<(), Error> {
        wit::delete(&self.0, key)
    }

    /// Adds to a number, 0 if it is not there, and gives the sum: nobody comes between.
    ///
    /// # Errors
    /// `not-granted`, `too-large`, `kv-full`, and `bad-value` where something else is there.
    pub fn add(&self, key: &str, by: f64) -> Result<f64, Error> {
        wit::add(&self.0, key, by)
    }

    /// Puts a value at the end of a queue.
    ///
    /// # Errors
    /// `not-granted`, `too-large`, `kv-full`.
    pub fn push(&self, queue: &str, value: &str) -> Result<(), Error> {
        wit::push(&self.0, queue, value)
    }

    /// Takes the oldest value of a queue, waiting for one at most so long, and at most an hour.
    ///
    /// # Errors
    /// `not-granted`, `too-large`, `kv-full`.
    pub fn pop(&self, queue: &str, wait: Duration) -> Result<Option<String>, Error> {
        wit::pop(&self.0, queue, millis(wait))
    }

    /// How many values a queue holds.
    ///
    /// # Errors
    /// `not-granted`, `too-large`.
    pub fn queue_length(&self, queue: &str) -> Result<u32, Error> {
        wit::queue_length(&self.0, queue)
    }

    /// Waits until so many VUs are at a barrier, this one included, for at most so long.
    ///
    /// # Errors
    /// `timeout`, `not-granted`, `too-large`, `kv-full`, and `bad-value` for another number than the others have said.
    pub fn meet(&self, barrier: &str, parties: u32, wait: Duration) -> Result<(), Error> {
        wit::meet(&self.0, barrier, parties, millis(wait))
    }
}

fn millis(wait: Duration) -> u32 {
    u32::try_from(wait.as_millis()).unwrap_or(u32::MAX)
}
