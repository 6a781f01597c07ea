//! From an author's source to a component: new projects, and the toolchains that build them.
//!
//! A [`Project`] is a folder whose language is told by the one file that its toolchain looks for. [`build`] calls that
//! toolchain, which is the author's own, and makes a component of what comes out; [`create`] writes a project that
//! builds as it is. What is built is checked by the one who asked for it, as any other component is. Built components and
//! their phase become a [`Pack`]: see [`artifact`].

pub mod artifact;
mod build;
mod kit;
mod language;
mod new;
mod watch;
mod wit;
mod wrap;

pub use artifact::Pack;
pub use build::{Built, TIMEOUT, Toolchain, build, toolchains};
pub use language::{Language, Project};
pub use new::{NewProject, create};
pub use watch::{Files, Watch, pause};

use std::fmt;

/// Why a project cannot be made or built: what is wrong, where, and a way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackError {
    /// One or more sentences.
    pub faults: Vec<String>,
}

impl PackError {
    fn new(fault: impl Into<String>) -> PackError {
        PackError { faults: vec![fault.into()] }
    }
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.faults.join("\n"))
    }
}

impl std::error::Error for PackError {}
