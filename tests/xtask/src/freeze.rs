//! `cargo xtask freeze`: keeps the contract of this version, and components that were built against it, for good.
//!
//! `wit/frozen/VERSION/` is a copy of the contract. `tests/conformance/frozen/VERSION/` has the probe in each language and the
//! components without an SDK, compressed, with their sums. Tests hold the contract to the one and run the other. What is
//! there is never built anew: that components of years ago still run is what it is for.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use strata_support::toolchain;

use crate::toolchain::add_wasm;

/// A component that is kept: its name, the project below the top, the toolchain that builds it.
const COMPONENTS: [(&str, &str, &str); 10] = [
    ("rust", "tests/conformance/probes/rust", "rust"),
    ("js", "tests/conformance/probes/js", "js"),
    ("starlingmonkey", "tests/conformance/probes/starlingmonkey", "js"),
    ("python", "tests/conformance/probes/python", "python"),
    ("c", "tests/conformance/probes/c", "zig"),
    ("cpp", "tests/conformance/probes/cpp", "zig"),
    ("zig", "tests/conformance/probes/zig", "zig"),
    ("go", "tests/conformance/probes/go", "go"),
    ("plain", "tests/conformance/plain", "rust"),
    ("outgoing", "tests/conformance/outgoing", "rust"),
];
/// What all components of a version may take, compressed: everybody who clones the repository has them.
const MOST: u64 = 15_000_000;
/// The strongest that zstd has, with a window that every reader allows.
const ZSTD: [&str; 4] = ["--ultra", "-22", "--quiet", "--keep"];

/// Keeps this version.
///
/// # Errors
/// When it is kept already, when anything is not committed, when a component cannot be built or names a folder of this
/// machine, or when all together are too large.
pub fn run(root: &Path) -> Result<()> {
    let version =
        version(&fs::read_to_string(root.join("wit/types.wit")).context("cannot read the contract")?)?;
    let contract = root.join("wit/frozen").join(&version);
    let components = root.join("tests/conformance/frozen").join(&version);
    for folder in [&contract, &components] {
        ensure!(
            !folder.exists(),
            "`{}` is there: {version} is frozen, and what is frozen is never made anew (hint: raise the version)",
            folder.display()
        );
    }
    let commit = clean(root)?;
    add_wasm()?;
    // Beside its place, which it takes as a whole.
    let made = tempfile::tempdir_in(root.join("target")).context("there is no room below `target`")?;
    let mut notes = format!("contract {version}\ncommit {commit}\n");
    for (name, project, tools) in COMPONENTS {
        let size = component(root, made.path(), name, project, tools)?;
        let kept = fs::metadata(made.path().join(format!("{name}.wasm.zst")))?.len();
        eprintln!("{name}: {size} bytes, {kept} compressed");
        notes.push_str(&format!("{name} {size}\n"));
    }
    fs::write(made.path().join("VERSION"), notes)?;
    sums(made.path())?;
    let total = size_of(made.path())?;
    ensure!(total < MOST, "all components take {total} bytes, and {MOST} are allowed");
    copied(made.path(), &components, |_| true)?;
    copied(&root.join("wit"), &contract, |name| name.ends_with(".wit"))?;
    eprintln!("frozen: {version}, {total} bytes of components (hint: commit it, and do not touch it again)");
    Ok(())
}

/// `0.1.0` of `package strata:scenario@0.1.0;`.
fn version(contract: &str) -> Result<String> {
    let line = contract.lines().find_map(|line| line.strip_prefix("package strata:scenario@"));
    let version = line.and_then(|rest| rest.strip_suffix(';')).context("the contract has no version")?;
    ensure!(
        version.split('.').count() == 3
            && version.split('.').all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit())),
        "`{version}` is no version"
    );
    Ok(version.to_owned())
}

/// The commit that is checked out, if nothing beside it is there.
fn clean(root: &Path) -> Result<String> {
    let ask = |arguments: &[&str]| -> Result<String> {
        let answer =
            Command::new("git").current_dir(root).args(arguments).output().context("cannot run git")?;
        ensure!(answer.status.success(), "git {} failed", arguments.join(" "));
        Ok(String::from_utf8(answer.stdout)?.trim().to_owned())
    };
    let changed = ask(&["status", "--porcelain"])?;
    if !changed.is_empty() {
        bail!(
            "what is frozen is built from a commit, and this is not committed (hint: commit first):\n{changed}"
        );
    }
    ask(&["rev-parse", "HEAD"])
}

/// Builds one, looks at it and leaves it compressed in `folder`. Its size.
fn component(root: &Path, folder: &Path, name: &str, project: &str, tools: &str) -> Result<u64> {
    let path = toolchain(tools).map_err(|why| anyhow::anyhow!("{name}: {why}"))?;
    let component = folder.join(format!("{name}.wasm"));
    let mut build = Command::new(root.join("target/release/strata"));
    build.arg("build").arg(root.join(project)).arg("-o").arg(&component);
    build.env("PATH", path).env("CARGO_TARGET_DIR", root.join("target/freeze"));
    build.env("CARGO_ENCODED_RUSTFLAGS", renamed(root, tools)?);
    ensure!(build.status().context("cannot run strata")?.success(), "{name} cannot be built");
    let bytes = fs::read(&component)?;
    for place in places(root, tools)? {
        let text = place.to_string_lossy().into_owned();
        let found = bytes.windows(text.len()).any(|window| window == text.as_bytes());
        ensure!(!found, "{name} names `{text}`, a folder of this machine");
    }
    let mut zstd = Command::new("zstd");
    zstd.args(ZSTD).arg(&component);
    let status = zstd.status().context("cannot run zstd (hint: `apt-get install zstd`)")?;
    ensure!(status.success(), "zstd failed");
    fs::remove_file(component)?;
    Ok(bytes.len() as u64)
}

/// Folders that no component may name: the repository and, where cargo builds, what cargo and rustup keep. Others bring
/// libraries that were built elsewhere, in folders that may be called the same.
fn places(root: &Path, tools: &str) -> Result<Vec<PathBuf>> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let kept = |variable: &str, name: &str| {
        let kept = std::env::var_os(variable).map(PathBuf::from).or_else(|| Some(home.as_ref()?.join(name)));
        kept.filter(|_| tools == "rust")
    };
    let kept = [kept("CARGO_HOME", ".cargo"), kept("RUSTUP_HOME", ".rustup")].into_iter().flatten();
    Ok([root.to_owned(), root.canonicalize()?].into_iter().chain(kept).collect())
}

/// What rustc writes in their place.
fn renamed(root: &Path, tools: &str) -> Result<OsString> {
    let mut flags = OsString::new();
    for (place, name) in places(root, tools)?.iter().zip(["/strata", "/strata", "/cargo", "/rustup"]) {
        if !flags.is_empty() {
            flags.push("\u{1f}");
        }
        flags.push("--remap-path-prefix=");
        flags.push(place);
        flags.push("=");
        flags.push(name);
    }
    Ok(flags)
}

/// Writes `SHA256SUMS` of everything in a folder, as `sha256sum --check` reads them.
fn sums(folder: &Path) -> Result<()> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name());
    }
    names.sort();
    let sums = Command::new("sha256sum").current_dir(folder).args(names).stderr(Stdio::inherit()).output();
    let sums = sums.context("cannot run sha256sum (hint: `apt-get install coreutils`)")?;
    ensure!(sums.status.success(), "sha256sum failed");
    fs::write(folder.join("SHA256SUMS"), sums.stdout).context("cannot write the sums")
}

fn size_of(folder: &Path) -> Result<u64> {
    let mut total = 0;
    for entry in fs::read_dir(folder)? {
        total += entry?.metadata()?.len();
    }
    Ok(total)
}

/// Copies the files of a folder that are wanted into a new one.
fn copied(from: &Path, to: &Path, wanted: impl Fn(&str) -> bool) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make `{}`", to.display()))?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_file() && wanted(&name) {
            fs::copy(&path, to.join(&name)).with_context(|| format!("cannot copy `{}`", path.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_package() {
        let of = |text: &str| version(text).ok();
        assert_eq!(of("/// x\npackage strata:scenario@0.1.0;\n").as_deref(), Some("0.1.0"));
        assert_eq!(of("package strata:scenario@../x;\n"), None);
        assert_eq!(of("package other:scenario@0.1.0;\n"), None);
    }

    #[test]
    fn what_is_frozen_is_not_made_anew() {
        let root = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(root.path().join("wit/frozen/0.1.0")).expect("a folder");
        fs::write(root.path().join("wit/types.wit"), "package strata:scenario@0.1.0;\n").expect("a file");
        let refused = run(root.path()).expect_err("it is there").to_string();
        assert!(refused.contains("0.1.0 is frozen"), "{refused}");
    }

    #[test]
    fn what_is_not_committed_is_not_frozen() {
        let root = tempfile::tempdir().expect("a folder");
        let git = Command::new("git").current_dir(root.path()).args(["init", "--quiet"]).status();
        assert!(git.is_ok_and(|status| status.success()));
        fs::create_dir_all(root.path().join("wit")).expect("a folder");
        fs::write(root.path().join("wit/types.wit"), "package strata:scenario@0.1.0;\n").expect("a file");
        let refused = run(root.path()).expect_err("it is not committed").to_string();
        assert!(refused.contains("is not committed"), "{refused}");
    }
}
