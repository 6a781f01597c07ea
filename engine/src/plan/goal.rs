//! Goals: what a number must be.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{Aggregate, Selector, shown};

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
            _ => Err(format!("`{}` is not a comparison (hint: `<`, `<=`, `>` or `>=`)", shown(text))),
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
    /// How a measured goal is looked at while the load runs.
    pub watch: Watch,
}

/// How a measured goal is looked at while the load runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Watch {
    /// Windows of this length, in whole seconds, are looked at one by one instead of the whole load.
    pub over: Option<Duration>,
    /// The share of windows in which the goal must be met, from 0 to 1.
    pub met: f64,
    /// A miss ends the load of the layer, once it has run for this long.
    pub abort_after: Option<Duration>,
}

impl Default for Watch {
    fn default() -> Watch {
        Watch { over: None, met: 1.0, abort_after: None }
    }
}

impl From<Watch> for WatchSpec {
    fn from(watch: Watch) -> WatchSpec {
        WatchSpec {
            over: watch.over,
            met: watch.over.map(|_| watch.met * 100.0),
            abort_on_fail: watch.abort_after.map(|_| true),
            delay: watch.abort_after,
        }
    }
}

/// The options of a goal as somebody wrote them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WatchSpec {
    /// The length of a window.
    pub over: Option<Duration>,
    /// Percent of windows.
    pub met: Option<f64>,
    /// Whether a miss ends the load.
    pub abort_on_fail: Option<bool>,
    /// But not before this.
    pub delay: Option<Duration>,
}

impl WatchSpec {
    /// This, and what it leaves open from `other`.
    pub fn or(self, other: WatchSpec) -> WatchSpec {
        WatchSpec {
            over: self.over.or(other.over),
            met: self.met.or(other.met),
            abort_on_fail: self.abort_on_fail.or(other.abort_on_fail),
            delay: self.delay.or(other.delay),
        }
    }

    /// What it means.
    ///
    /// # Errors
    /// A sentence for each thing that is wrong.
    pub fn check(self, measured: bool) -> Result<Watch, Vec<String>> {
        let mut faults = Vec::new();
        if !measured && self != WatchSpec::default() {
            faults.push(
                "`over`, `met`, `abort-on-fail` and `delay` are for goals that the engine measures"
                    .to_owned(),
            );
        }
        if let Some(over) = self.over
            && (over.subsec_nanos() != 0 || over.is_zero())
        {
            faults.push(format!("`over` is {}, not whole seconds from 1s", super::duration_text(over)));
        }
        if self.met.is_some() && self.over.is_none() {
            faults.push("`met` is the share of windows, and there are none without `over`".to_owned());
        }
        let met = self.met.unwrap_or(100.0);
        if !(met > 0.0 && met <= 100.0) {
            faults.push(format!("`met` is {met}, not a percentage above 0 and up to 100"));
        }
        let aborts = self.abort_on_fail.unwrap_or(false);
        if self.delay.is_some() && !aborts {
            faults.push("`delay` is that of `abort-on-fail`, which is not set".to_owned());
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let abort_after = aborts.then(|| self.delay.unwrap_or_default());
        Ok(Watch { over: self.over, met: met / 100.0, abort_after })
    }
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
        Goal {
            name: "g".into(),
            unit: "ms".into(),
            op,
            target,
            warn: None,
            measure: None,
            watch: Watch::default(),
        }
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
    fn windows_and_aborts_are_checked() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let good =
            WatchSpec { over: seconds(10), met: Some(95.0), abort_on_fail: Some(true), delay: seconds(5) };
        let watch = Watch { over: seconds(10), met: 0.95, abort_after: seconds(5) };
        assert_eq!(good.check(true), Ok(watch));
        assert_eq!(WatchSpec::default().check(false), Ok(Watch::default()));
        let change = WatchSpec { met: Some(50.0), ..WatchSpec::default() };
        assert_eq!(change.or(watch.into()).check(true), Ok(Watch { met: 0.5, ..watch }));
        assert_eq!(WatchSpec::from(Watch::default()), WatchSpec::default());
        for (bad, measured, faults) in [
            (good, false, 1),
            (WatchSpec { over: Some(Duration::from_millis(1500)), ..good }, true, 1),
            (WatchSpec { over: seconds(0), ..good }, true, 1),
            (WatchSpec { over: None, ..good }, true, 1),
            (WatchSpec { met: Some(0.0), ..good }, true, 1),
            (WatchSpec { met: Some(f64::NAN), ..good }, true, 1),
            (WatchSpec { abort_on_fail: None, ..good }, true, 1),
            (
                WatchSpec { over: None, met: Some(101.0), abort_on_fail: Some(false), delay: seconds(1) },
                true,
                3,
            ),
        ] {
            assert_eq!(bad.check(measured).map_err(|faults| faults.len()), Err(faults), "{bad:?}");
        }
    }

    #[test]
    fn nothing_holds_for_nan() {
        for op in [Op::Below, Op::AtMost, Op::Above, Op::AtLeast] {
            assert!(!op.holds(f64::NAN, 1.0));
            assert_eq!(op.as_str().parse::<Op>(), Ok(op));
        }
    }
}
