//! A run's folder, read and shown as `strata report` and `strata compare` do.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use strata::conduct::{Replayed, replay};
use strata::event::{Event, Reporter, Summary};
use strata::report::{
    Detail, Format, Terminal, TerminalOptions, read_records, read_summary, render, render_against,
    render_comparison, write_comparison,
};

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("strata-fuzz-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    folder
});

/// Reads and shows a `summary.json`, if it is one.
pub fn summary(bytes: &[u8]) {
    let path = FOLDER.join("summary.json");
    fs::write(&path, bytes).expect("a file");
    if let Ok(summary) = read_summary(&path) {
        show(&summary);
    }
}

/// Reads what was recorded of a run and shows it, if it is a run.
pub fn records(events: &[u8], histograms: &[u8]) {
    fs::write(FOLDER.join("events.jsonl"), events).expect("a file");
    fs::write(FOLDER.join("histograms.hlog"), histograms).expect("a file");
    let (records, intervals) = read_records(&FOLDER).expect("files that were just written");
    if let Ok(Replayed::Whole(summary) | Replayed::Part(summary)) = replay(records, intervals) {
        show(&summary);
    }
}

fn show(summary: &Summary) {
    for format in [Format::Json, Format::Markdown, Format::Html, Format::Junit] {
        assert!(!render(summary, format).is_empty());
    }
    render_against(summary, summary);
    render_comparison(summary, summary);
    let mut page = Vec::new();
    write_comparison(&mut page, (80, Detail::Whole), summary, summary).expect("memory takes everything");
    let options = TerminalOptions { width: 80, live: false, detail: Detail::Whole };
    let mut terminal = Terminal::new(std::io::sink(), options);
    for (layer, report) in summary.layers.iter().enumerate() {
        terminal.on_event(&Event::LayerFinished { layer, report: Box::new(report.clone()) });
    }
    terminal.on_event(&Event::RunFinished(Box::new(summary.clone())));
}
