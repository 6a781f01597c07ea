//! Standard error, where everything for people goes, and the environment that concerns it.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use anstream::AutoStream;

use crate::report::{Detail, Terminal, TerminalOptions};

/// Columns where nobody says how many there are.
const COLUMNS: usize = 80;

/// The terminal reporter on standard error: colours and redrawing only where they are wanted.
pub(super) fn terminal(detail: Detail) -> Terminal {
    let stream = std::io::stderr();
    let live = stream.is_terminal() && variable("TERM").is_none_or(|term| term != "dumb");
    let width = if live { columns(&stream) } else { COLUMNS };
    Terminal::new(AutoStream::auto(stream), TerminalOptions { width, live, detail })
}

/// How much is said of a run that is to be quiet, or not.
pub(super) fn detail(quiet: bool) -> Detail {
    if quiet { Detail::Verdicts } else { Detail::Whole }
}

fn columns(stream: &impl std::os::fd::AsFd) -> usize {
    terminal_size::terminal_size_of(stream).map_or(COLUMNS, |(width, _)| usize::from(width.0).clamp(20, 200))
}

/// Standard output for asked-for data that is laid out in columns, and how many there are: plain when piped.
pub(super) fn page() -> (AutoStream<std::io::Stdout>, usize) {
    let stream = std::io::stdout();
    let width = columns(&stream);
    (AutoStream::auto(stream), width)
}

/// Standard error for text that is laid out in columns, and how many there are.
pub(super) fn aside() -> (AutoStream<std::io::Stderr>, usize) {
    let stream = std::io::stderr();
    let width = columns(&stream);
    (AutoStream::auto(stream), width)
}

/// An error for people.
pub(super) fn error(text: &str) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    say(&format!("{style}error:{style:#} {text}"));
}

/// A line for people.
pub(super) fn say(text: &str) {
    let mut stream = AutoStream::auto(std::io::stderr());
    // Without a standard error there is nobody to tell.
    let _ = writeln!(stream, "{text}");
}

/// A line of asked-for data.
///
/// # Errors
/// When standard output is closed.
pub(super) fn answer(text: &str) -> std::io::Result<()> {
    let mut stream = std::io::stdout();
    writeln!(stream, "{text}").and_then(|()| stream.flush())
}

/// Where compiled components are kept: `STRATA_CACHE_DIR`, or `strata` in the user's cache folder.
pub(super) fn cache_folder() -> Option<PathBuf> {
    let folder = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    folder("STRATA_CACHE_DIR")
        .or_else(|| folder("XDG_CACHE_HOME").map(|folder| folder.join("strata")))
        .or_else(|| folder("HOME").map(|home| home.join(".cache").join("strata")))
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}
