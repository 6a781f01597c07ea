//! What a fresh machine lacks.

use std::process::Command;

use anyhow::{Context, Result, bail};

/// Adds the target that components are built for, if it is not there.
///
/// # Errors
/// When rustup is missing or cannot fetch it.
pub fn add_wasm() -> Result<()> {
    let ask = Command::new("rustc").args(["--print", "target-libdir", "--target", "wasm32-wasip2"]).output();
    let answer = ask.context("cannot run rustc")?;
    let folder = String::from_utf8_lossy(&answer.stdout);
    if answer.status.success() && std::path::Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    let added = Command::new("rustup").args(["target", "add", "wasm32-wasip2"]).status();
    if !added.context("cannot run rustup (hint: install the target wasm32-wasip2 by other means)")?.success()
    {
        bail!("rustup cannot add the target wasm32-wasip2");
    }
    Ok(())
}

/// The machine that rustc builds for by itself.
///
/// # Errors
/// When rustc does not say.
pub fn host() -> Result<String> {
    let answer = Command::new("rustc").arg("-vV").output().context("cannot run rustc")?;
    let text = String::from_utf8(answer.stdout)?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc names no host")
}
