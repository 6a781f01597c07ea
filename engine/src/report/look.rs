//! Colours and signs of a terminal.

use anstyle::{AnsiColor, Style};

pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default();
pub(super) const ODD: Style = AnsiColor::Yellow.on_default();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const BOLD: Style = Style::new().bold();

pub(super) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// The style and the sign of a status.
pub(super) fn look(status: &str) -> (Style, char) {
    match status {
        "PASSED" => (GOOD, '✓'),
        "WARNING" => (ODD, '!'),
        "FAILED" => (BAD, '✗'),
        _ => (BAD, '?'),
    }
}
