//! `cargo xtask deny`: licences, duplicate versions and sources of everything in the lock files.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The workspaces.
const WORKSPACES: [&str; 3] = ["", "scenarios-wasm", "tests/fuzz"];

/// What may be in the file for another workspace.
const ELSEWHERE: [&str; 3] = [
    "--allow=license-exception-not-encountered",
    "--allow=license-not-encountered",
    "--allow=unmatched-skip",
];

/// Holds every workspace against `.config/deny.toml`, by cargo-deny, which must be installed. Advisories need its database
/// from GitHub, so they are asked for by name.
///
/// # Errors
/// When cargo-deny is missing, or something is denied.
pub fn run(root: &Path, checks: &[&str]) -> Result<()> {
    for workspace in WORKSPACES {
        let manifest = root.join(workspace).join("Cargo.toml");
        eprintln!("== {}: {}", if workspace.is_empty() { "strata" } else { workspace }, checks.join(", "));
        let status = Command::new("cargo-deny")
            .arg("--manifest-path")
            .arg(manifest)
            .args(["--locked", "--config"])
            .arg(root.join(".config/deny.toml"))
            .arg("check")
            // The file is everybody's: what it says of one workspace is nothing to the others.
            .args(if workspace.is_empty() { &ELSEWHERE[..1] } else { &ELSEWHERE[..] })
            .args(checks)
            .status()
            .context("cannot run cargo-deny (hint: `cargo install cargo-deny --locked`)")?;
        if !status.success() {
            bail!("cargo-deny found something");
        }
    }
    Ok(())
}
