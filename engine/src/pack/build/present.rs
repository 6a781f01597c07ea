//! Which toolchains are here.

use std::path::Path;
use std::time::Duration;

use super::tool::Tools;
use super::{go, python, rust, zig};

/// How long one may take to say what it is.
const ASKING: Duration = Duration::from_secs(20);

/// What builds the projects of some languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toolchain {
    /// Which languages: `C, C++ and Zig`.
    pub languages: &'static str,
    /// What it said of itself, if it is here.
    pub found: Option<String>,
    /// The command that installs it.
    pub install: String,
}

/// Asks each toolchain what it is; one that does not answer is not here. Projects may bring others of their own, as those of
/// JavaScript do.
pub fn toolchains() -> Vec<Toolchain> {
    let tools = Tools { timeout: ASKING, say: &mut |_: &str| () };
    let ask = |program: &str, argument: &str| tools.ask(program, [argument]).ok().flatten();
    let one = |languages, found, install: &str| Toolchain { languages, found, install: install.to_owned() };
    let named = |name: &str, version: Option<String>| version.map(|version| format!("{name} {version}"));
    let cargo = ask("cargo", "--version");
    let target = cargo.is_none() || rust::has_target(Path::new("."), &tools).unwrap_or(false);
    let node = named("node", ask("node", "--version"));
    vec![
        match target {
            true => one("Rust", cargo, rust::CARGO.install),
            false => one("Rust", None, &format!("rustup target add {}", rust::TARGET)),
        },
        one("JavaScript and TypeScript", node, "apt install nodejs npm"),
        one("Python", ask("componentize-py", "--version"), python::INSTALL),
        one("Go", ask("go", "version"), go::GO.install),
        one("C, C++ and Zig", named("zig", ask("zig", "version")), zig::ZIG.install),
    ]
}
