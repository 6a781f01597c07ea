//! Components for tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The top of the repository.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("the repository has a top folder").to_owned()
}

/// A component of the prebuilt pack: `hello`.
pub fn committed(name: &str) -> PathBuf {
    let path = repository().join("scenarios-wasm/pack").join(format!("{name}.wasm"));
    assert!(path.is_file(), "{} is missing", path.display());
    path
}

/// The scenario that does what `--env mode=...` says, built from `tests/conformance/probes/rust`; once per process, and
/// cargo sees that others wait.
pub fn probe() -> &'static Path {
    static PROBE: OnceLock<PathBuf> = OnceLock::new();
    PROBE.get_or_init(|| build("target/guests", &[]))
}

/// The same with another letter for its version, which is what tells it from others: a digit, or one that makes it
/// different in another way.
pub fn probe_version(letter: char) -> Vec<u8> {
    const MARK: &[u8] = b"version of the probe:  0";
    let mut bytes = std::fs::read(probe()).expect("a component");
    let found = bytes.windows(MARK.len()).position(|window| window == MARK).expect("the mark of a version");
    bytes[found + MARK.len() - 1] = u8::try_from(letter).expect("a letter");
    bytes
}

/// The same with names, files and lines, as somebody builds it who is looking for a fault.
pub fn probe_with_lines() -> &'static Path {
    static PROBE: OnceLock<PathBuf> = OnceLock::new();
    PROBE.get_or_init(|| {
        let lines =
            [("CARGO_PROFILE_RELEASE_STRIP", "false"), ("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only")];
        build("target/guests-lines", &lines)
    })
}

fn build(target: &str, variables: &[(&str, &str)]) -> PathBuf {
    let target = repository().join(target);
    let built = Command::new(env!("CARGO"))
        .current_dir(repository().join("scenarios-wasm"))
        .args(["build", "--release", "--locked", "--target", "wasm32-wasip2", "--package", "probe"])
        .env("CARGO_TARGET_DIR", &target)
        .envs(variables.iter().copied())
        .output()
        .expect("cargo runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    target.join("wasm32-wasip2/release/probe.wasm")
}
