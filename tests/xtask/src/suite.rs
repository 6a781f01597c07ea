//! `cargo xtask test`: every test of both workspaces.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::toolchain;

/// Runs the scenarios' own tests on this machine, the examples in docs, then all others, optimised: guests are
/// compiled while they run. cargo-nextest runs the last part where it is installed, and cargo where it is not.
///
/// # Errors
/// When something cannot be fetched, or a test fails.
pub fn run(root: &Path) -> Result<()> {
    toolchain::add_wasm()?;
    let host = toolchain::host()?;
    step("the scenarios' own tests", &root.join("scenarios-wasm"), &["test", "--locked", "--target", &host])?;
    step("examples in docs", root, &["test", "--locked", "--release", "--package", "strata-guest", "--doc"])?;
    if has_nextest() {
        return step("all other tests", root, &["nextest", "run", "--locked", "--release", "--workspace"]);
    }
    let all = ["test", "--locked", "--release", "--workspace", "--all-targets", "--no-fail-fast"];
    step("all other tests", root, &all)
}

/// Builds the program as the suite does: with other packages left out, features would differ and dependencies be built twice.
///
/// # Errors
/// When it cannot be built.
pub fn build(root: &Path) -> Result<()> {
    let mut build = cargo();
    build.current_dir(root).args(["build", "--release", "--locked", "--workspace"]);
    if !build.status().context("cannot run cargo")?.success() {
        bail!("cannot build strata");
    }
    Ok(())
}

fn has_nextest() -> bool {
    let mut ask = cargo();
    ask.args(["nextest", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    ask.status().is_ok_and(|status| status.success())
}

/// The cargo that runs this.
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn step(name: &str, folder: &Path, arguments: &[&str]) -> Result<()> {
    eprintln!("== {name}: cargo {}", arguments.join(" "));
    let status = cargo().current_dir(folder).args(arguments).status().context("cannot run cargo")?;
    if !status.success() {
        bail!("{name} failed");
    }
    Ok(())
}
