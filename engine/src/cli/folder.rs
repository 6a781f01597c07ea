//! The run folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Stop;
use crate::clock::rfc3339;

/// Where runs are kept that are not told where to go.
pub(super) const RUNS: &str = "strata-runs";

/// The name of a run: when it started, and of what.
pub(super) fn run_id(unix: Duration, name: &str) -> String {
    let time: String = rfc3339(unix).chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{}-{name}", time.to_ascii_lowercase())
}

/// Makes the folder of a run: the one asked for, which must be new or empty, or a new one below `strata-runs`.
pub(super) fn make(asked: Option<&Path>, id: &str) -> Result<PathBuf, Stop> {
    let Some(folder) = asked else { return make_new(Path::new(RUNS), id) };
    let unusable = |why: String| Stop::bad_input([format!("--out {}: {why}", folder.display())]);
    std::fs::create_dir_all(folder).map_err(|error| unusable(format!("cannot be made: {error}")))?;
    let mut entries =
        std::fs::read_dir(folder).map_err(|error| unusable(format!("cannot be read: {error}")))?;
    if entries.next().is_some() {
        return Err(unusable("is not empty (hint: name a new folder; runs are never mixed)".to_owned()));
    }
    Ok(folder.to_owned())
}

/// A folder that did not exist before: two runs of one second are told apart by a number.
fn make_new(runs: &Path, id: &str) -> Result<PathBuf, Stop> {
    let failed = |folder: &Path, error: std::io::Error| {
        let hint = "(hint: `--out DIR` puts the run elsewhere)";
        Stop::bad_input([format!("the run folder {} cannot be made: {error} {hint}", folder.display())])
    };
    std::fs::create_dir_all(runs).map_err(|error| failed(runs, error))?;
    for number in 1..1000 {
        let folder = runs.join(if number == 1 { id.to_owned() } else { format!("{id}-{number}") });
        match std::fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(&folder, error)),
        }
    }
    Err(failed(runs, std::io::Error::other("a thousand runs began in this second")))
}

/// Refuses a file to be written after the run that could not be written.
pub(super) fn check_export(flag: &str, path: &Path) -> Result<(), Stop> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if path.is_dir() {
        return Err(Stop::bad_input([format!("{flag} {}: is a folder", path.display())]));
    }
    if !folder.is_dir() {
        let why = format!("{flag} {}: the folder does not exist", path.display());
        return Err(Stop::bad_input([why]));
    }
    Ok(())
}
