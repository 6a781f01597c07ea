//! What the virtual users of a run share: rows of files, values of a scenario's own, and secrets.
//!
//! Files are read once, for all VUs and workers, and cost their own size and four bytes for each cell. Spaces are behind
//! one lock each, which is never held while somebody waits.

mod reading;
mod rows;
mod secrets;
mod shared;
mod space;

pub use reading::read_rows;
pub use rows::{AtEnd, Cursor, Order, RowError, Rows};
pub use secrets::{SHORTEST_SECRET, Secrets};
pub use shared::Shared;
pub use space::{Room, Space, SpaceError};
