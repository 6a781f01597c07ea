//! `strata build`: the ordinary toolchain of a project's language, and a component of what it makes.
//!
//! One file per toolchain. Each works in a folder of its own where the toolchain lets it, and leaves nothing in the
//! project but what the toolchain itself keeps there.

mod go;
mod js;
mod python;
mod rust;
mod tool;
mod zig;

use super::{Language, PackError, Project};

/// What a toolchain has made.
#[derive(Clone, Debug)]
pub struct Built {
    /// The component.
    pub bytes: Vec<u8>,
    /// What made it: `cargo 1.95.0`.
    pub toolchain: String,
}

/// Builds a project's component. `say` is given each line that the toolchain writes, made harmless.
///
/// # Errors
/// When the toolchain is missing, is another than the one that is known to work, or fails; what it said has gone to
/// `say` by then.
pub fn build(project: &Project, say: &mut dyn FnMut(&str)) -> Result<Built, PackError> {
    match project.language {
        Language::Rust => rust::build(project, say),
        Language::Python => python::build(project, say),
        Language::JavaScript | Language::TypeScript => js::build(project, say),
        Language::Go => go::build(project, say),
        Language::C | Language::Cpp | Language::Zig => zig::build(project, say),
    }
}
