//! Readers that others wrote, in Python.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// An interpreter that has these packages, in an environment of its own below `target/`. `None` where there is none
/// and none can be made, which is said; on CI that is a failure instead.
pub fn python(packages: &[&str]) -> Option<&'static Path> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    let made = PYTHON.get_or_init(|| match make(packages) {
        Ok(python) => Some(python),
        Err(why) => {
            assert!(std::env::var_os("CI").is_none(), "no Python with {packages:?}: {why}");
            println!("skipped, there being no Python with {packages:?}: {why}");
            None
        }
    });
    made.as_deref()
}

fn make(packages: &[&str]) -> Result<PathBuf, String> {
    let folder = crate::repository().join("target/python");
    let python = folder.join("bin/python");
    // Processes of one suite may want it at the same time.
    let lock = std::fs::File::create(folder.with_extension("lock")).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    let marker = folder.join(packages.join("+"));
    if !marker.is_file() {
        succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        succeed(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(packages))?;
        std::fs::write(marker, "").map_err(|error| error.to_string())?;
    }
    Ok(python)
}

fn succeed(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let said = || String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {}", said())) }
}
