//! `cargo xtask scenarios`: builds the committed components, the same bytes in any clone.
//!
//! Two things of a machine get into a component otherwise. Panic messages name source files by their paths. And cargo
//! mixes the absolute path of `guest-sdk/rust`, which lies outside of the scenarios' workspace, into `-C metadata`, as
//! it does with the host that a procedural macro is built for; the order of functions follows from that.
//! So this binary stands in for rustc and gives each crate metadata and paths of its name and version alone.
//! `trim-paths`, once it is stable, can take over the paths.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::{env, fs};

use anyhow::{Context, Result, bail};

use crate::suite;

/// Set for the processes that stand in for rustc, to the remapping of the standard library's sources.
const STAND_IN: &str = "STRATA_XTASK_STAND_IN";
/// Where the committed components are, below the top of the repository.
pub const PACK: &str = "scenarios-wasm/pack";
/// What components are built for.
const TARGET: &str = "wasm32-wasip2";

/// Builds every crate below `scenarios-wasm/` and copies the components to `out` under their packages' names.
///
/// The calling binary must begin with [`stand_in_for_rustc`].
///
/// # Errors
/// What cargo says goes to stderr; the error names the step.
pub fn build(root: &Path, out: &Path) -> Result<()> {
    let workspace = root.join("scenarios-wasm");
    let names = packages(&workspace)?;
    // Of its own, so that nothing is reused from a build without the stand-in.
    let target = root.join("target/scenarios");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(&workspace).args(["build", "--release", "--locked", "--target", TARGET]);
    names.iter().for_each(|name| {
        cargo.args(["-p", name]);
    });
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_PROFILE_")) {
            cargo.env_remove(name);
        }
    }
    cargo
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_ENCODED_RUSTFLAGS", "")
        .env("RUSTC_WRAPPER", env::current_exe()?)
        .env(STAND_IN, standard_library(&workspace)?);
    if !cargo.status().context("cannot run cargo")?.success() {
        bail!("cannot build the scenarios");
    }

    fs::create_dir_all(out).with_context(|| format!("cannot make `{}`", out.display()))?;
    for name in names {
        let from = target.join(TARGET).join("release").join(format!("{}.wasm", name.replace('-', "_")));
        let to = out.join(format!("{name}.wasm"));
        fs::copy(&from, &to).with_context(|| format!("cannot copy `{}`", from.display()))?;
    }
    Ok(())
}

/// Makes the pack of phase 3 of the committed components: an OCI image layout in the same folder. Git keeps its blobs and
/// the components beside them once, because they are the same bytes.
///
/// # Errors
/// What strata or cargo says goes to stderr; the error names the step.
pub fn pack(root: &Path) -> Result<()> {
    let made = root.join("target/scenarios/layout");
    if made.exists() {
        fs::remove_dir_all(&made)?;
    }
    suite::build(root)?;
    let mut strata = Command::new(root.join("target/release/strata"));
    strata.current_dir(root).args(["pack", "scenarios-wasm/phase-3/phase.toml", "--out"]).arg(&made);
    if !strata.status().context("cannot run strata")?.success() {
        bail!("cannot pack phase 3");
    }
    let blobs = root.join(PACK).join("blobs");
    if blobs.exists() {
        fs::remove_dir_all(&blobs)?;
    }
    for name in ["blobs", "index.json", "oci-layout"] {
        fs::rename(made.join(name), root.join(PACK).join(name))
            .with_context(|| format!("cannot move `{name}`"))?;
    }
    Ok(())
}

/// Builds the components beside the committed ones, and compares.
///
/// # Errors
/// Names those that are not what their source builds to.
pub fn check(root: &Path) -> Result<()> {
    let (pack, built) = (root.join(PACK), root.join("target/scenarios/pack"));
    build(root, &built)?;
    let mut stale = Vec::new();
    for name in packages(&root.join("scenarios-wasm"))? {
        let file = format!("{name}.wasm");
        let read = |folder: &Path| fs::read(folder.join(&file)).ok();
        if read(&pack) != read(&built) {
            stale.push(file);
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    bail!("{} in {PACK} is not what its source builds to (hint: `cargo xtask scenarios`)", stale.join(", "))
}

/// Runs rustc in place of cargo, if it is cargo that started this process during [`build`]; else `None`.
///
/// To be called first thing in `main`.
pub fn stand_in_for_rustc() -> Option<ExitCode> {
    let standard_library = env::var_os(STAND_IN)?;
    let mut arguments = env::args_os().skip(1);
    let rustc = arguments.next()?;
    let arguments: Vec<OsString> = arguments.collect();
    let mut command = Command::new(rustc);
    let for_target = arguments.iter().any(|argument| argument == TARGET);
    match (
        for_target,
        env::var("CARGO_PKG_NAME"),
        env::var("CARGO_PKG_VERSION"),
        env::var_os("CARGO_MANIFEST_DIR"),
    ) {
        (true, Ok(name), Ok(version), Some(folder)) => {
            let package = format!("{name}-{version}");
            command.args(arguments.iter().map(|argument| with_metadata(argument, &package)));
            command.arg(standard_library).arg(remap(&folder, &format!("/{package}")));
        }
        _ => {
            command.args(arguments);
        }
    }
    let code =
        command.status().ok().and_then(|status| status.code()).and_then(|code| u8::try_from(code).ok());
    Some(ExitCode::from(code.unwrap_or(1)))
}

/// The argument, or `metadata=PACKAGE` in place of any other `metadata=`.
fn with_metadata(argument: &OsStr, package: &str) -> OsString {
    match argument.to_str() {
        Some(text) if text.starts_with("metadata=") => format!("metadata={package}").into(),
        _ => argument.to_owned(),
    }
}

fn remap(from: &OsStr, to: &str) -> OsString {
    let mut argument = OsString::from("--remap-path-prefix=");
    argument.push(from);
    argument.push("=");
    argument.push(to);
    argument
}

/// Gives the standard library's sources, where they are installed, the name that they have where they are not.
fn standard_library(workspace: &Path) -> Result<OsString> {
    let ask = |argument: &str| -> Result<String> {
        let answer = Command::new("rustc").current_dir(workspace).arg(argument).output();
        Ok(String::from_utf8(answer.context("cannot run rustc")?.stdout)?)
    };
    let (sysroot, version) = (ask("--print=sysroot")?, ask("-vV")?);
    let commit =
        version.lines().find_map(|line| line.strip_prefix("commit-hash: ")).context("rustc has no commit")?;
    let sources = Path::new(sysroot.trim()).join("lib/rustlib/src/rust");
    Ok(remap(sources.as_os_str(), &format!("/rustc/{commit}")))
}

/// The folders of `workspace` with a component's manifest, which are named as their packages, in order. Others hold
/// what components share.
fn packages(workspace: &Path) -> Result<Vec<String>> {
    let entries =
        fs::read_dir(workspace).with_context(|| format!("cannot read `{}`", workspace.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        let manifest = fs::read_to_string(entry.path().join("Cargo.toml")).unwrap_or_default();
        if manifest.contains("cdylib") {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_metadata_is_replaced() {
        let replaced = |argument: &str| with_metadata(OsStr::new(argument), "hello-0.1.0");
        assert_eq!(replaced("metadata=8a51e1"), "metadata=hello-0.1.0");
        assert_eq!(replaced("extra-filename=-8a51e1"), "extra-filename=-8a51e1");
    }

    #[test]
    fn a_remap_names_both_ends() {
        assert_eq!(remap(OsStr::new("/home/a"), "/hello-0.1.0"), "--remap-path-prefix=/home/a=/hello-0.1.0");
    }
}
