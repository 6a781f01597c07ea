//! `cargo xtask bench`: builds strata and its benchmarks, and runs those that are named.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::toolchain;

/// Builds both optimised, and hands the arguments on.
///
/// # Errors
/// When something cannot be built, or a benchmark cannot go on.
pub fn run(root: &Path, arguments: &[&str]) -> Result<()> {
    // For the guest that sleeps.
    toolchain::add_wasm()?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(&cargo);
    build.current_dir(root).args(["build", "--release", "--locked", "-p", "strata", "-p", "strata-bench"]);
    if !build.status().context("cannot run cargo")?.success() {
        bail!("cannot build strata and its benchmarks");
    }
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |path| root.join(path));
    let bench = target.join("release/strata-bench");
    let status = Command::new(&bench).current_dir(root).args(arguments).status();
    if !status.with_context(|| format!("cannot run `{}`", bench.display()))?.success() {
        bail!("the benchmarks did not end");
    }
    Ok(())
}
