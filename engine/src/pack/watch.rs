//! Waiting until a project's source changes.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use notify::{EventKind, RecursiveMode, Watcher};

use super::{PackError, Project};

/// Editors write a file in several steps; a change is over when nothing has happened for this long.
const QUIET: Duration = Duration::from_millis(100);
/// How long what is gone is waited for before it is looked for again.
const AGAIN: Duration = Duration::from_secs(1);
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

/// Notes changes of single files from its making on, by way of their folders: whoever saves a file often makes a new
/// one of its name.
pub struct Files {
    paths: Vec<PathBuf>,
    changes: mpsc::Receiver<Vec<PathBuf>>,
    _watcher: notify::RecommendedWatcher,
}

impl Files {
    /// Watches the folders of these files.
    ///
    /// # Errors
    /// When one is not there, or the system cannot watch so many.
    pub fn new(files: &[PathBuf]) -> Result<Files, PackError> {
        let (mut watcher, changes) = watcher().map_err(|error| PackError::new(error.to_string()))?;
        let mut paths = Vec::with_capacity(files.len());
        let mut folders = Vec::new();
        for file in files {
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new("."));
            let unwatchable =
                |why: String| PackError::new(format!("{}: cannot be watched: {why}", folder.display()));
            let folder = folder.canonicalize().map_err(|error| unwatchable(error.to_string()))?;
            paths.push(folder.join(file.file_name().unwrap_or_default()));
            if !folders.contains(&folder) {
                watcher
                    .watch(&folder, RecursiveMode::NonRecursive)
                    .map_err(|error| unwatchable(error.to_string()))?;
                folders.push(folder);
            }
        }
        Ok(Files { paths, changes, _watcher: watcher })
    }

    /// Waits until files have changed, or are gone, and nothing more happens; which ones, by their places.
    ///
    /// # Errors
    /// When a folder is gone.
    pub fn changed(&self) -> Result<Vec<usize>, PackError> {
        let mut changed = std::collections::BTreeSet::new();
        loop {
            let paths = if changed.is_empty() {
                self.changes.recv().map_err(|_| PackError::new("nothing is watched any more"))?
            } else {
                match self.changes.recv_timeout(QUIET) {
                    Ok(paths) => paths,
                    Err(_) => return Ok(changed.into_iter().collect()),
                }
            };
            for (at, file) in self.paths.iter().enumerate() {
                if let Some(folder) = file.parent().filter(|folder| !folder.is_dir()) {
                    return Err(PackError::new(format!("{}: is gone", folder.display())));
                }
                if paths.contains(file) {
                    changed.insert(at);
                }
            }
        }
    }
}

/// A watcher, and what it sees that is no mere look.
fn watcher() -> notify::Result<(notify::RecommendedWatcher, mpsc::Receiver<Vec<PathBuf>>)> {
    let (send, changes) = mpsc::channel();
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        if !matches!(event.kind, EventKind::Access(_)) {
            // Nobody waits any more when the watch is dropped.
            let _ = send.send(event.paths);
        }
    })?;
    Ok((watcher, changes))
}

/// Waits a second, before what is gone is looked for again.
pub fn pause() {
    std::thread::park_timeout(AGAIN);
}

impl Watch {
    /// Watches the folders that the project has now.
    ///
    /// # Errors
    /// When there are too many, or the system cannot watch so many.
    pub fn new(project: &Project) -> Result<Watch, PackError> {
        let unwatchable =
            |why: String| PackError::new(format!("{}: cannot be watched: {why}", project.folder.display()));
        let (mut watcher, changes) = watcher().map_err(|error| unwatchable(error.to_string()))?;
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
    fn files_are_watched_by_name_and_a_folder_that_is_gone_is_said() {
        let (one, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let paths = [one.path().join("a.wasm"), other.path().join("b.wasm"), one.path().join("c.wasm")];
        let files = Files::new(&paths).expect("a watch");
        std::fs::write(one.path().join("x.wasm"), "1").expect("a file");
        std::fs::write(one.path().join("part"), "1").expect("a file");
        std::fs::rename(one.path().join("part"), &paths[2]).expect("a file");
        std::fs::write(&paths[1], "1").expect("a file");
        assert_eq!(files.changed().expect("a change"), [1, 2]);
        std::fs::remove_file(&paths[1]).expect("a file");
        assert_eq!(files.changed().expect("a change"), [1]);
        drop(one);
        assert!(files.changed().expect_err("it is gone").to_string().contains("is gone"));
        assert!(Files::new(&paths).is_err());
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
