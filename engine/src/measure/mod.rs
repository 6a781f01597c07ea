//! Recording what happens: journals, recorders, snapshots, and the merge of all workers.
//!
//! A VU writes the samples of one iteration into its [`Journal`]. Its worker's [`Recorder`] absorbs the journal when
//! the iteration is over, and hands everything over as a [`Snapshot`] once a second. [`Totals`] merges snapshots
//! and answers questions. Nothing here is shared between threads, and memory does not grow with the number of
//! samples: a series is a few numbers or one HDR histogram, and the number of series is bounded.

mod builtin;
mod counts;
pub mod hlog;
mod journal;
mod names;
mod recorder;
mod results;
mod series;
mod sink;
mod snapshot;
mod split;
mod totals;

pub use builtin::{BUILTIN, Builtin};
pub use journal::{ExchangeSample, Journal, JournalFull, Open, Phases};
pub use recorder::Recorder;
pub use results::{Results, StageTime};
pub use series::{SeriesKey, Tags};
pub use sink::{Sink, Trend};
pub use snapshot::{Ending, FailureSample, LogLine, Snapshot, Times};
pub use totals::{StatError, Summary as Numbers, Totals, answerable};
