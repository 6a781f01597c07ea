//! `cargo xtask test`: every test of both workspaces.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::toolchain;

/// Runs the scenarios' own tests on this machine, then all others, optimised: guests are compiled while they run.
///
/// # Errors
/// When something cannot be fetched, or a test fails.
pub fn run(root: &Path) -> Result<()> {
    toolchain::add_wasm()?;
    let host = toolchain::host()?;
    step("the scenarios' own tests", &root.join("scenarios-wasm"), &["test", "--locked", "--target", &host])?;
    step("all other tests", root, &["test", "--locked", "--release", "--workspace", "--no-fail-fast"])
}

fn step(name: &str, folder: &Path, arguments: &[&str]) -> Result<()> {
    eprintln!("== {name}: cargo {}", arguments.join(" "));
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status =
        Command::new(cargo).current_dir(folder).args(arguments).status().context("cannot run cargo")?;
    if !status.success() {
        bail!("{name} failed");
    }
    Ok(())
}
