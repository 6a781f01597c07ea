//! Probes: one per language, built by `strata build` once for all tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use strata_support::{repository, toolchain};

/// A probe.
#[derive(Clone, Copy, Debug)]
pub struct Guest {
    /// The folder in `probes/`, and what `cannot` calls it.
    pub name: &'static str,
    /// What builds it.
    toolchain: &'static str,
}

const GUESTS: [Guest; 2] =
    [Guest { name: "rust", toolchain: "rust" }, Guest { name: "python", toolchain: "python" }];

impl Guest {
    /// Every language.
    pub fn all() -> &'static [Guest] {
        &GUESTS
    }

    /// Its component, or what is missing to build it.
    pub fn component(&self) -> Result<PathBuf, String> {
        built(&repository().join("tests/conformance/probes").join(self.name), self.name, self.toolchain)
    }
}

/// The component of a project, built if it is not there yet by this very program and from these very sources.
///
/// # Errors
/// What is missing to fetch the toolchain.
pub fn built(project: &Path, name: &str, tools: &str) -> Result<PathBuf, String> {
    let path = toolchain(tools)?;
    let folder = repository().join("target/guests");
    fs::create_dir_all(&folder).expect("a folder");
    let lock = fs::File::create(folder.join(format!("{name}.lock"))).expect("a lock");
    lock.lock().expect("a lock");
    let (component, stamp) = (folder.join(format!("{name}.wasm")), folder.join(format!("{name}.stamp")));
    let now = stamp_of(project);
    if component.is_file() && fs::read_to_string(&stamp).is_ok_and(|before| before == now) {
        return Ok(component);
    }
    let built = Command::new(env!("CARGO_BIN_EXE_strata"))
        .args(["build"])
        .arg(project)
        .arg("-o")
        .arg(&component)
        .env("PATH", path)
        .env("CARGO_TARGET_DIR", &folder)
        .env("STRATA_CACHE_DIR", repository().join("target/test-cache"))
        .output()
        .expect("the binary runs");
    assert!(built.status.success(), "{name}: {}", String::from_utf8_lossy(&built.stderr));
    fs::write(stamp, now).expect("a file");
    Ok(component)
}

/// Changes with everything that a component is made from: the program, the project and all SDKs.
fn stamp_of(project: &Path) -> String {
    let mut stamp = String::new();
    let mut note = |path: &Path| {
        let meta = fs::metadata(path).expect("a file");
        let changed = meta.modified().expect("a time");
        stamp.push_str(&format!("{} {} {changed:?}\n", path.display(), meta.len()));
    };
    note(Path::new(env!("CARGO_BIN_EXE_strata")));
    for folder in [project, &repository().join("guest-sdk"), &repository().join("wit")] {
        let mut files = Vec::new();
        below(folder, &mut files);
        files.sort();
        files.iter().for_each(|file| note(file));
    }
    stamp
}

fn below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let made =
            ["node_modules", "target", "__pycache__"].contains(&name.as_str()) || name.starts_with('.');
        if path.is_dir() && !made {
            below(&path, files);
        } else if path.is_file() {
            files.push(path);
        }
    }
}
