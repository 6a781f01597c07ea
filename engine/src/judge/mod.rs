//! From numbers to verdicts, and from two runs to what changed. Pure.
//!
//! The conductor asks once per layer, after its load: [`verdict`] for the layer, [`success`] for the phase. Reports
//! of two runs ask [`compare`].

mod compare;
mod verdict;

pub use compare::{
    Change, Comparison, Effect, Figure, LayerChange, NOISE, Side, SideGoal, SideLayer, Wants, compare,
};
pub use verdict::{Finding, GoalVerdict, LayerVerdict, Row, Status, success, verdict};
