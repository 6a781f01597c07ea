//! Records of runs that somebody has changed: what fuzzing found and started from, all of it shown without a panic.

use std::fs;

use strata::conduct::{Replayed, replay};
use strata::event::Summary;
use strata::report::{Format, read_records, read_summary, render, render_comparison};
use strata_support::repository;

fn show(name: &str, summary: &Summary) {
    for format in [Format::Json, Format::Markdown, Format::Html, Format::Junit] {
        assert!(!render(summary, format).is_empty(), "{name}");
    }
    assert!(!render_comparison(summary, summary).is_empty(), "{name}");
}

/// The files are those of `tests/fuzz`: a summary begins with `{` and a line break of its own; in the others a zero byte
/// stands between events and histograms.
#[test]
fn what_broke_a_report_once_is_shown() {
    let (mut shown, mut broken) = (Vec::new(), 0);
    for entry in fs::read_dir(repository().join("tests/fuzz/corpus/record")).expect("the inputs") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = fs::read(&path).expect("an input");
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).expect("a file");
        let summary = if let Some(rest) = bytes.strip_prefix(b"{\n") {
            write("summary.json", &[b"{", rest].concat());
            read_summary(folder.path()).ok()
        } else {
            let (events, histograms) =
                bytes.iter().position(|byte| *byte == 0).map_or((&bytes[..], &[][..]), |at| {
                    (bytes.get(..at).unwrap_or_default(), bytes.get(at + 1..).unwrap_or_default())
                });
            write("events.jsonl", events);
            write("histograms.hlog", histograms);
            let (records, intervals) = read_records(folder.path()).expect("files that were just written");
            match replay(records, intervals) {
                Ok(Replayed::Whole(summary) | Replayed::Part(summary)) => Some(*summary),
                Err(_) => None,
            }
        };
        match summary {
            Some(summary) => {
                show(&name, &summary);
                shown.push(name);
            }
            None => broken += 1,
        }
    }
    // The seeds are whole.
    for seed in ["killed", "whole", "summary", "smallest-above-largest"] {
        assert!(shown.iter().any(|name| name == seed), "{seed} is not a run: {shown:?}, {broken} broken");
    }
}
