//! Goals: what a number must be.

use std::fmt;
use std::str::FromStr;

use super::{Aggregate, Selector};

/// How a value is held against a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
}

impl Op {
    /// Whether `value` meets `target`; never for NaN.
    pub fn holds(self, value: f64, target: f64) -> bool {
        match self {
            Op::Below => value < target,
            Op::AtMost => value <= target,
            Op::Above => value > target,
            Op::AtLeast => value >= target,
        }
    }

    /// Whether smaller values are better.
    pub fn wants_less(self) -> bool {
        matches!(self, Op::Below | Op::AtMost)
    }

    /// As it is written: `<=`.
    pub fn as_str(self) -> &'static str {
        match self {
            Op::Below => "<",
            Op::AtMost => "<=",
            Op::Above => ">",
            Op::AtLeast => ">=",
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Op {
    type Err = String;

    fn from_str(text: &str) -> Result<Op, String> {
        match text {
            "<" => Ok(Op::Below),
            "<=" => Ok(Op::AtMost),
            ">" => Ok(Op::Above),
            ">=" => Ok(Op::AtLeast),
            _ => Err(format!("`{text}` is not a comparison (hint: `<`, `<=`, `>` or `>=`)")),
        }
    }
}

/// Where the engine takes a goal's number from.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Which samples.
    pub selector: Selector,
    /// Which number of them.
    pub aggregate: Aggregate,
}

/// What a number must be for its layer to pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// Unique in its scenario.
    pub name: String,
    /// The unit of `target` and `warn`. With `%`, a share from 0 to 1 is compared as 0 to 100.
    pub unit: String,
    /// The comparison.
    pub op: Op,
    /// The number to reach.
    pub target: f64,
    /// A miss up to here is a warning. `None`: a factor of 2 from the target.
    pub warn: Option<f64>,
    /// `None`: the scenario's `judge` gives the number.
    pub measure: Option<Measure>,
}

impl Goal {
    /// The bound up to which a miss is only a warning: `warn`, or a factor of 2 from the target.
    ///
    /// `<= 50 ms` warns up to 100 ms, `>= 50 req/s` down to 25 req/s; around a target of 0 there is no warning.
    pub fn warn_bound(&self) -> f64 {
        self.warn.unwrap_or(match (self.op.wants_less(), self.target < 0.0) {
            (true, false) | (false, true) => self.target * 2.0,
            (false, false) | (true, true) => self.target / 2.0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goal(op: Op, target: f64) -> Goal {
        Goal { name: "g".into(), unit: "ms".into(), op, target, warn: None, measure: None }
    }

    #[test]
    fn the_default_warn_bound_is_a_factor_of_two_on_the_bad_side() {
        assert_eq!(goal(Op::AtMost, 50.0).warn_bound(), 100.0);
        assert_eq!(goal(Op::AtLeast, 50.0).warn_bound(), 25.0);
        assert_eq!(goal(Op::AtMost, -4.0).warn_bound(), -2.0);
        assert_eq!(goal(Op::AtLeast, -4.0).warn_bound(), -8.0);
        assert_eq!(goal(Op::AtMost, 0.0).warn_bound(), 0.0);
    }

    #[test]
    fn nothing_holds_for_nan() {
        for op in [Op::Below, Op::AtMost, Op::Above, Op::AtLeast] {
            assert!(!op.holds(f64::NAN, 1.0));
            assert_eq!(op.as_str().parse::<Op>(), Ok(op));
        }
    }
}
