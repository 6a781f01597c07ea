//! What `strata report` and `strata compare` read: `events.jsonl` and `histograms.hlog` of a killed run, or the
//! `summary.json` of a whole one.
//!
//! An input that begins with `{` and a line break is a summary (without the line break); any other is the events, a
//! zero byte and the histograms.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use strata::conduct::{Replayed, replay};
use strata::event::Summary;
use strata::report::{Format, read_records, read_summary, render, render_against, render_comparison};

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("strata-fuzz-record-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    folder
});

fn show(summary: &Summary) {
    for format in [Format::Json, Format::Markdown, Format::Html, Format::Junit] {
        assert!(!render(summary, format).is_empty());
    }
    render_against(summary, summary);
    render_comparison(summary, summary);
}

fuzz_target!(|bytes: &[u8]| {
    let folder = &*FOLDER;
    if let Some(rest) = bytes.strip_prefix(b"{\n") {
        let path = folder.join("one.json");
        fs::write(&path, [b"{", rest].concat()).expect("a file");
        if let Ok(summary) = read_summary(&path) {
            show(&summary);
        }
        return;
    }
    let (events, histograms) = match bytes.iter().position(|byte| *byte == 0) {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (bytes, &[][..]),
    };
    fs::write(folder.join("events.jsonl"), events).expect("a file");
    fs::write(folder.join("histograms.hlog"), histograms).expect("a file");
    let (records, intervals) = read_records(folder).expect("files that were just written");
    if let Ok(Replayed::Whole(summary) | Replayed::Part(summary)) = replay(records, intervals) {
        show(&summary);
    }
});
