//! Two runs against each other, for the terminal and as Markdown.
//!
//! What was expected is the first run's: its targets, and how it came out. What was reached is the second's.

mod markdown;
mod sides;
mod terminal;

pub(super) use markdown::render;
pub use sides::comparison;
pub(super) use sides::shown;
pub use terminal::write_comparison;
