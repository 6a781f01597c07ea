//! From numbers to verdicts, and from two runs to what changed. Pure.
//!
//! The conductor asks once per layer, after its load: [`verdict`] for the layer, [`success`] for the phase. Scenarios
//! ask for curves through what was measured: [`fit_linear`], [`fit_usl`]. Reports of two runs ask [`compare`].

mod compare;
mod fit;
mod linear;
mod usl;
mod verdict;

pub use compare::{
    Change, Comparison, Effect, Figure, LayerChange, NOISE, Side, SideGoal, SideLayer, Wants, compare,
};
pub use fit::{FitError, MOST_POINTS};
pub use linear::{Line, fit_linear};
pub use usl::{FEWEST_LEVELS, Usl, fit_usl};
pub use verdict::{Finding, GoalVerdict, LayerVerdict, Row, Status, success, verdict};
