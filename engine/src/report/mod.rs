//! What people and programs read: the terminal, `summary.json`, `report.md`, `report.html`, `junit.xml`, the course of
//! a run, and two runs against each other.
//!
//! Reporters consume events and know nothing of each other. Texts come from strangers (scenarios, targets): each
//! reporter escapes what it prints for its own medium.

mod changes;
mod compare;
mod escape;
mod html;
mod html_layer;
mod inspection;
mod json;
mod junit;
mod live;
mod look;
mod markdown;
mod plot;
mod record;
mod table;
mod terminal;
mod trial;
mod versions;
mod words;

use std::io;
use std::path::Path;

pub use compare::{comparison, write_comparison};
pub use inspection::{inspection_json, inspection_text};
pub use live::Screen;
pub use record::{FileError, Recorder, read_records};
pub use terminal::{Detail, Terminal, TerminalOptions};
pub use trial::{trial_end, trial_heading, trial_json, trial_part};
pub use versions::of_version;

use crate::event::{Event, Reporter, SCHEMA, Summary};

/// Several reporters as one; each hears every event after those before it.
pub struct Reporters<'a>(pub Vec<&'a mut dyn Reporter>);

impl Reporter for Reporters<'_> {
    fn on_event(&mut self, event: &Event) {
        for reporter in &mut self.0 {
            reporter.on_event(event);
        }
    }
}

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `summary.json`.
    Json,
    /// `report.md`.
    Markdown,
    /// `report.html`.
    Html,
    /// `junit.xml`.
    Junit,
}

/// A report as a text.
pub fn render(summary: &Summary, format: Format) -> String {
    match format {
        Format::Json => json::render(summary),
        Format::Markdown => markdown::render(summary, None),
        Format::Html => html::render(summary),
        Format::Junit => junit::render(summary),
    }
}

/// `report.md` with what was expected after an earlier run, and what this one reached.
pub fn render_against(summary: &Summary, earlier: &Summary) -> String {
    markdown::render(summary, Some(earlier))
}

/// The comparison of two runs as Markdown.
pub fn render_comparison(before: &Summary, after: &Summary) -> String {
    compare::render(before, after)
}

/// Writes a run's files into its folder: `summary.json`, `report.md`, `report.html` and `junit.xml`.
///
/// # Errors
/// The file, and why it cannot be written.
pub fn write_folder(folder: &Path, summary: &Summary) -> Result<(), FileError> {
    write(&folder.join("summary.json"), &json::render(summary))?;
    for (name, format) in
        [("report.md", Format::Markdown), ("report.html", Format::Html), ("junit.xml", Format::Junit)]
    {
        write(&folder.join(name), &render(summary, format))?;
    }
    Ok(())
}

/// Writes a report to a place of its own.
///
/// # Errors
/// The file, and why it cannot be written.
pub fn write_report(path: &Path, summary: &Summary, format: Format) -> Result<(), FileError> {
    write(path, &render(summary, format))
}

/// Reads the `summary.json` of a run's folder, or a file of that schema.
///
/// # Errors
/// The file, and why it cannot be read.
pub fn read_summary(path: &Path) -> Result<Summary, FileError> {
    let path = if path.is_dir() { path.join("summary.json") } else { path.to_owned() };
    let bytes = record::read(&path)?;
    let summary: Summary = serde_json::from_slice(&bytes)
        .map_err(|error| (path.clone(), io::Error::other(format!("it is no summary of a run: {error}"))))?;
    if summary.schema != SCHEMA {
        let schema = summary.schema.escape_debug();
        let why = format!("it is of the schema `{schema}`, and this strata reads {SCHEMA}");
        return Err((path, io::Error::other(why)));
    }
    Ok(summary)
}

/// Whole or not at all: a reader never sees half a file.
fn write(path: &Path, text: &str) -> Result<(), FileError> {
    let failed = |error| (path.to_owned(), error);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, path)).map_err(|error| {
        // If that fails too, half a file stays under a name that nobody reads.
        let _ = std::fs::remove_file(&part);
        failed(error)
    })
}
