//! What people and programs read: the terminal, `summary.json`, `report.md`.
//!
//! Reporters consume events and know nothing of each other. Texts come from strangers (scenarios, targets): each
//! reporter escapes what it prints for its own medium.

mod escape;
mod json;
mod markdown;
mod table;
mod terminal;
mod words;

use std::io;
use std::path::{Path, PathBuf};

pub use terminal::{Terminal, TerminalOptions};

use crate::event::{Event, Reporter, Summary};

/// Several reporters as one.
#[derive(Default)]
pub struct Reporters(Vec<Box<dyn Reporter>>);

impl Reporters {
    /// Adds one; it hears every event after those before it.
    pub fn add(&mut self, reporter: impl Reporter + 'static) {
        self.0.push(Box::new(reporter));
    }
}

impl Reporter for Reporters {
    fn on_event(&mut self, event: &Event) {
        for reporter in &mut self.0 {
            reporter.on_event(event);
        }
    }
}

/// Writes a run's files into its folder, `summary.json` and `report.md`.
///
/// # Errors
/// The file, and why it cannot be written.
pub fn write_folder(folder: &Path, summary: &Summary) -> Result<(), (PathBuf, io::Error)> {
    write(&folder.join("summary.json"), &json::render(summary))?;
    write(&folder.join("report.md"), &markdown::render(summary))
}

/// Writes `summary.json` to a place of its own.
///
/// # Errors
/// The file, and why it cannot be written.
pub fn write_summary(path: &Path, summary: &Summary) -> Result<(), (PathBuf, io::Error)> {
    write(path, &json::render(summary))
}

/// Whole or not at all: a reader never sees half a file.
fn write(path: &Path, text: &str) -> Result<(), (PathBuf, io::Error)> {
    let failed = |error| (path.to_owned(), error);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    std::fs::write(&part, text).map_err(failed)?;
    std::fs::rename(&part, path).map_err(failed)
}
