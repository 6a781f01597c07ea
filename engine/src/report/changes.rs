//! What was changed while a run went on, in the words of all reports. Nothing here is escaped.

use crate::event::{ChangeReport, Summary};

/// The most changes that a report lists, and that a plot marks.
pub(super) const LISTED: usize = 100;
const MARKED: usize = 30;

/// `12.3 s  scale: shop: main: 100/s → 200/s (by api)`.
pub(super) fn change(change: &ChangeReport) -> String {
    format!("{:.1} s  {}: {} (by {})", change.at_s, change.kind, what(change), change.by)
}

/// `shop: main: 100/s → 200/s`.
pub(super) fn what(change: &ChangeReport) -> String {
    let whom = change.scenario.iter().chain(&change.stage).map(|name| format!("{name}: "));
    whom.chain([change.text.clone()]).collect()
}

/// Those that concern a layer, and when they were, for the plots of its course.
pub(super) fn marks(summary: &Summary, scenario: &str) -> Vec<(f64, String)> {
    let concerns = |change: &&ChangeReport| change.scenario.as_deref().is_none_or(|of| of == scenario);
    let mark = |change: &ChangeReport| (change.at_s, format!("{}: {}", change.kind, change.text));
    summary.changes.iter().filter(concerns).take(MARKED).map(mark).collect()
}
