//! `strata build`: the ordinary toolchain of a project's language, and a component of what it makes.
//!
//! One file per toolchain. Each works in a folder of its own where the toolchain lets it, and leaves nothing in the
//! project but what the toolchain itself keeps there.

mod go;
mod js;
mod present;
mod python;
mod rust;
pub(super) mod tool;
mod zig;

pub use present::{Toolchain, toolchains};

use std::time::Duration;

use super::{Language, PackError, Project};
use tool::Tools;

/// What a toolchain has made.
#[derive(Clone, Debug)]
pub struct Built {
    /// The component.
    pub bytes: Vec<u8>,
    /// What made it: `cargo 1.95.0`.
    pub toolchain: String,
}

/// The longest that a program of a toolchain may take unless the author says otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(600);

/// Builds a project's component. `say` is given each line that the toolchain writes, made harmless. A program of the toolchain
/// that takes longer than `timeout` is ended with all that it has started.
///
/// # Errors
/// When the toolchain is missing, is another than the one that is known to work, fails or takes too long; what it said has
/// gone to `say` by then.
pub fn build(project: &Project, timeout: Duration, say: &mut dyn FnMut(&str)) -> Result<Built, PackError> {
    let tools = &mut Tools { timeout, say };
    match project.language {
        Language::Rust => rust::build(project, tools),
        Language::Python => python::build(project, tools),
        Language::JavaScript | Language::TypeScript => js::build(project, tools),
        Language::Go => go::build(project, tools),
        Language::C | Language::Cpp | Language::Zig => zig::build(project, tools),
    }
}
