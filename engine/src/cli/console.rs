//! Standard error, where everything for people goes, and the environment that concerns it.

use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;

use anstream::AutoStream;

use crate::plan::is_harmful;
use crate::report::{Detail, Terminal, TerminalOptions};

/// Columns where nobody says how many there are.
const COLUMNS: usize = 80;
const ROWS: usize = 24;
/// The most that is said at a time: bytes of a line, lines of a text, faults of the input.
const LINE_BYTES: usize = 1000;
const MOST_LINES: usize = 100;
const MOST_FAULTS: usize = 100;

/// The terminal reporter on standard error: colours and redrawing (if `redrawn`) only where they are wanted.
pub(super) fn terminal(detail: Detail, redrawn: bool) -> Terminal {
    let stream = std::io::stderr();
    let live = redrawn && stream.is_terminal() && variable("TERM").is_none_or(|term| term != "dumb");
    let width = if live { columns(&stream) } else { COLUMNS };
    Terminal::new(AutoStream::auto(stream), TerminalOptions { width, live, detail })
}

/// Columns and rows of standard error.
pub(super) fn size() -> (usize, usize) {
    let size = terminal_size::terminal_size_of(std::io::stderr());
    size.map_or((COLUMNS, ROWS), |(width, height)| (width.0.into(), height.0.into()))
}

/// The columns that are written to standard error.
pub(super) fn width() -> usize {
    columns(&std::io::stderr())
}

/// Whether standard error is to have colours.
pub(super) fn coloured() -> bool {
    !matches!(AutoStream::choice(&std::io::stderr()), anstream::ColorChoice::Never)
}

/// Text with styles, which the stream takes out where they are not wanted.
pub(super) fn write_styled(text: &[u8]) {
    let mut stream = AutoStream::auto(std::io::stderr());
    // Without a standard error there is nobody to tell.
    let _ = stream.write_all(text).and_then(|()| stream.flush());
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

/// Why a command ends: each fault as an error, and how many more there are.
pub(super) fn errors(faults: &[String]) {
    faults.iter().take(MOST_FAULTS).for_each(|fault| error(fault));
    if let more @ 1.. = faults.len().saturating_sub(MOST_FAULTS) {
        error(&format!("and {more} more like these"));
    }
}

/// An error for people.
fn error(text: &str) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    write(&format!("{style}error:{style:#} {}", harmless(text)));
}

/// A line for people, or several; whoever wrote the words in it, a terminal acts on none.
pub(super) fn say(text: &str) {
    write(&harmless(text));
}

/// A line as it is: words of CI, which it acts on. Whatever a stranger said is made harmless before.
pub(super) fn raw(line: &str) {
    // Without a standard error there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn write(text: &str) {
    let mut stream = AutoStream::auto(std::io::stderr());
    // Without a standard error there is nobody to tell.
    let _ = writeln!(stream, "{text}");
}

/// The lines of a text, bounded, with everything spelt out that a terminal would act on.
pub(super) fn harmless(text: &str) -> String {
    let mut lines: Vec<_> = text.split('\n').take(MOST_LINES).map(bounded).collect();
    if let more @ 1.. = text.split('\n').skip(MOST_LINES).count() {
        lines.push(format!("({more} more lines)"));
    }
    lines.join("\n")
}

fn bounded(line: &str) -> String {
    let mut out = String::with_capacity(line.len().min(LINE_BYTES));
    for c in line.chars() {
        if out.len() >= LINE_BYTES {
            out.push('…');
            break;
        }
        match c {
            '\t' => out.push_str("    "),
            _ if is_harmful(c) => out.extend(c.escape_debug()),
            _ => out.push(c),
        }
    }
    out
}

/// A line of asked-for data.
///
/// # Errors
/// When standard output takes nothing, though somebody reads it.
pub(super) fn answer(text: &str) -> std::io::Result<()> {
    let mut stream = std::io::stdout();
    unless_gone(writeln!(stream, "{text}").and_then(|()| stream.flush()))
}

/// Whoever has stopped reading, such as `head`, has what it wanted.
pub(super) fn unless_gone(written: std::io::Result<()>) -> std::io::Result<()> {
    written.or_else(|error| match error.kind() {
        std::io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error),
    })
}

/// All bytes of a file, if they are not more than this.
///
/// # Errors
/// A sentence without the file's name.
pub(super) fn whole(file: std::fs::File, most: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() as u64 > most {
        let most = if most < 1 << 20 { format!("{} KiB", most >> 10) } else { format!("{} MiB", most >> 20) };
        return Err(format!("is larger than {most}, the most that is accepted"));
    }
    Ok(bytes)
}

/// Where compiled components are kept: `STRATA_CACHE_DIR`, or `strata` in the user's cache folder.
pub(super) fn cache_folder() -> Option<PathBuf> {
    let folder = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    folder("STRATA_CACHE_DIR")
        .or_else(|| folder("XDG_CACHE_HOME").map(|folder| folder.join("strata")))
        .or_else(|| folder("HOME").map(|home| home.join(".cache").join("strata")))
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub(super) fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issue_4_lines_are_bounded_and_harmless() {
        assert_eq!(harmless("a\x1b[2J\r\n\tb\u{9b}"), "a\\u{1b}[2J\\r\n    b\\u{9b}");
        assert_eq!(harmless(&"x".repeat(10_000_000)), "x".repeat(LINE_BYTES) + "…");
        let text = harmless(&"x\n".repeat(1000));
        assert_eq!((text.lines().count(), text.lines().last()), (101, Some("(901 more lines)")));
    }
}
