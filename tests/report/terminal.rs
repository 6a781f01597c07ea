//! What a run says on a terminal.

use std::io::Write;
use std::sync::{Arc, Mutex};

use strata::event::{Event, Reporter, Summary, VersionReport};
use strata::report::{Detail, Terminal, TerminalOptions};

use super::{analysis, plain};

/// A terminal's text.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is shown of a run that is over.
fn shown(summary: &Summary, width: usize, detail: Detail) -> String {
    let page = Page::default();
    let mut terminal = Terminal::new(page.clone(), TerminalOptions { width, live: false, detail });
    for (layer, report) in summary.layers.iter().enumerate() {
        terminal.on_event(&Event::LayerFinished { layer, report: Box::new(report.clone()) });
    }
    terminal.on_event(&Event::RunFinished(Box::new(summary.clone())));
    let bytes = page.0.lock().expect("no panic").clone();
    plain(bytes)
}

#[test]
fn issue_9_the_digests_of_all_components_are_shown_whole_on_any_width() {
    let mut summary = analysis();
    let digest = |at: usize| format!("{at:02}{}", "0123456789abcdef".repeat(4).split_at(62).0);
    for (at, layer) in summary.layers.iter_mut().enumerate() {
        layer.digest = digest(at);
    }
    // Two that a swap took out again.
    for at in [90, 91] {
        summary.versions.push(VersionReport {
            scenario: summary.layers[0].scenario.clone(),
            digest: digest(at),
            iterations: 3,
            since_s: Some(0.0),
            until_s: Some(1.0),
            times: 1,
            metrics: Vec::new(),
        });
    }
    for width in [20, 40, 60, 80, 120] {
        let page = shown(&summary, width, Detail::Whole);
        let lines: Vec<_> = page.lines().map(str::trim_end).collect();
        let whole: String = page.split_whitespace().collect();
        for at in (0..summary.layers.len()).chain([90, 91]) {
            assert!(whole.contains(&digest(at)), "{at} at {width} columns:\n{page}");
        }
        // A line of a digest alone, or of a piece of it, is no wider than the page; a column of text has ten at least.
        let hex = |line: &&&str| line.trim().len() >= 6 && line.trim().chars().all(|c| c.is_ascii_hexdigit());
        let pieces: Vec<_> = lines.iter().filter(hex).collect();
        assert!(width >= 80 || !pieces.is_empty(), "{page}");
        assert!(pieces.iter().all(|line| line.chars().count() <= width.max(24)), "{width}: {pieces:?}");
    }
    let brief = shown(&summary, 80, Detail::Layers);
    assert!(!brief.contains(&digest(0)), "{brief}");
}
