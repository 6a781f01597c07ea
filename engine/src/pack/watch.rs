//! Waiting until a project's source changes.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use notify::{EventKind, RecursiveMode, Watcher};

use super::{PackError, Project};

/// Editors write a file in several steps; a change is over when nothing has happened for this long.
const QUIET: Duration = Duration::from_millis(100);
/// Folders that toolchains fill.
const MADE: [&str; 5] = ["target", "node_modules", "__pycache__", "zig-out", "strata-runs"];
/// The most folders that are watched.
const MOST_FOLDERS: usize = 1000;

/// Notes changes of a project from its making on.
pub struct Watch {
    folder: PathBuf,
    changes: mpsc::Receiver<Vec<PathBuf>>,
    // Stops when it is dropped.
    _watcher: notify::RecommendedWatcher,
}

impl Watch {
    /// Watches the folders that the project has now.
    ///
    /// # Errors
    /// When there are too many, or the system cannot watch so many.
    pub fn new(project: &Project) -> Result<Watch, PackError> {
        let unwatchable =
            |why: String| PackError::new(format!("{}: cannot be watched: {why}", project.folder.display()));
        let (send, changes) = mpsc::channel();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else { return };
            if !matches!(event.kind, EventKind::Access(_)) {
                // Nobody waits any more when the watch is dropped.
                let _ = send.send(event.paths);
            }
        })
        .map_err(|error| unwatchable(error.to_string()))?;
        let mut folders = vec![project.folder.clone()];
        below(&project.folder, &mut folders);
        if folders.len() > MOST_FOLDERS {
            return Err(unwatchable(format!("it has more than {MOST_FOLDERS} folders")));
        }
        for folder in &folders {
            watcher
                .watch(folder, RecursiveMode::NonRecursive)
                .map_err(|error| unwatchable(error.to_string()))?;
        }
        Ok(Watch { folder: project.folder.clone(), changes, _watcher: watcher })
    }

    /// Waits until a file of the source has changed and nothing more happens, and names one.
    ///
    /// # Errors
    /// When the folder is gone.
    pub fn changed(&self) -> Result<PathBuf, PackError> {
        let gone = || PackError::new(format!("{}: is gone", self.folder.display()));
        let mut changed = None;
        loop {
            let paths = if changed.is_some() {
                match self.changes.recv_timeout(QUIET) {
                    Ok(paths) => paths,
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => return Err(gone()),
                }
            } else {
                self.changes.recv().map_err(|_| gone())?
            };
            if !self.folder.is_dir() {
                return Err(gone());
            }
            let source = paths.into_iter().find(|path| is_source(path, &self.folder));
            changed = changed.or(source);
        }
        changed.ok_or_else(gone)
    }
}

fn below(folder: &Path, folders: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_folder = path.symlink_metadata().is_ok_and(|meta| meta.is_dir());
        if is_folder && !is_made(&path) && folders.len() <= MOST_FOLDERS {
            folders.push(path.clone());
            below(&path, folders);
        }
    }
}

fn is_made(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Cargo makes its folder under a longer name first.
    let cargos = name.len() == "targetXXXXXX".len() && name.starts_with("target") && !name.contains('.');
    name.starts_with('.') || cargos || MADE.contains(&name.as_ref())
}

/// Whether a path is one that authors write: no product of a build, no file that editors keep for themselves.
fn is_source(path: &Path, folder: &Path) -> bool {
    let Ok(inside) = path.strip_prefix(folder) else { return false };
    let name = inside.file_name().unwrap_or_default().to_string_lossy();
    let product = name.ends_with(".wasm") || name.ends_with(".lock") || name.ends_with("-lock.json");
    let kept = name.ends_with('~') || name.ends_with(".swp") || name == "4913";
    !name.is_empty() && !product && !kept && !inside.iter().any(|part| is_made(Path::new(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_build_makes_is_no_change() {
        let source = |path: &str| is_source(&Path::new("/p").join(path), Path::new("/p"));
        for yes in ["src/lib.rs", "scenario.py", "package.json", "data/users.csv"] {
            assert!(source(yes), "{yes}");
        }
        for no in [
            "feed.wasm",
            "Cargo.lock",
            "package-lock.json",
            "target/x",
            ".git/index",
            ".strata-x",
            "a/b~",
            "",
        ] {
            assert!(!source(no), "{no}");
        }
    }

    #[test]
    fn a_change_is_told_once_and_a_folder_that_is_gone_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("scenario.c"), "").expect("a file");
        let project = Project::open(folder.path()).expect("a project");
        let watch = Watch::new(&project).expect("a watch");
        std::fs::write(folder.path().join("x.wasm"), "1").expect("a file");
        std::fs::write(folder.path().join("scenario.c"), "int a;").expect("a file");
        let changed = watch.changed().expect("a change");
        assert_eq!(changed.file_name(), Some("scenario.c".as_ref()));
        drop(folder);
        assert!(watch.changed().expect_err("it is gone").to_string().contains("is gone"));
    }
}
