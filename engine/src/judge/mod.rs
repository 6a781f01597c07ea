//! From numbers to verdicts. Pure.
//!
//! The conductor asks once per layer, after its load: [`verdict`] for the layer, [`success`] for the phase.

mod verdict;

pub use verdict::{Finding, GoalVerdict, LayerVerdict, Row, Status, success, verdict};
