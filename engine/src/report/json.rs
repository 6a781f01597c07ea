//! `summary.json`: the summary as it is, by schema `strata.summary/1`.

use crate::event::Summary;

/// Indented, with a line break at its end. What JSON needs escaped is escaped by the serializer.
pub(super) fn render(summary: &Summary) -> String {
    // Only maps with keys that are no texts, or a failing `Serialize`, could fail; the summary has neither.
    serde_json::to_string_pretty(summary).map(|text| text + "\n").unwrap_or_default()
}
