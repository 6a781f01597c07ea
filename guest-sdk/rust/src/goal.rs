//! Builders of what must be true: [`Goal`] with its [`Aggregate`].

use std::fmt;
use std::time::Duration;

use crate::{Goal, Measure, Pair};

/// One number of many samples, as [`Goal::measured`] and [`results::stat`](crate::results::stat) take it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aggregate {
    /// The mean of a trend.
    Avg,
    /// The smallest sample of a trend or gauge.
    Min,
    /// The median of a trend.
    Med,
    /// The largest sample of a trend or gauge.
    Max,
    /// A percentile of a trend, from 0 to 100: `P(99.9)`.
    P(f64),
    /// The sum of a counter, or the number of samples.
    Count,
    /// A counter's count per second, or a rate's share from 0 to 1.
    Rate,
    /// The newest value of a gauge.
    Value,
}

impl fmt::Display for Aggregate {
    /// As the contract spells it: `p(95)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Aggregate::Avg => "avg",
            Aggregate::Min => "min",
            Aggregate::Med => "med",
            Aggregate::Max => "max",
            Aggregate::P(percent) => return write!(f, "p({percent})"),
            Aggregate::Count => "count",
            Aggregate::Rate => "rate",
            Aggregate::Value => "value",
        })
    }
}

impl Goal {
    /// `>=`: `Goal::at_least("throughput", 50.0, "req/s")`.
    ///
    /// As with the other constructors the scenario judges the goal itself, unless [`measured`](Goal::measured) names
    /// a metric. With the unit `%` a measured share from 0 to 1 counts as 0 to 100.
    pub fn at_least(name: impl Into<String>, target: f64, unit: impl Into<String>) -> Goal {
        Goal::of(name, ">=", target, unit)
    }

    /// `<=`: `Goal::at_most("p95", 200.0, "ms")`.
    pub fn at_most(name: impl Into<String>, target: f64, unit: impl Into<String>) -> Goal {
        Goal::of(name, "<=", target, unit)
    }

    /// `>`.
    pub fn above(name: impl Into<String>, target: f64, unit: impl Into<String>) -> Goal {
        Goal::of(name, ">", target, unit)
    }

    /// `<`.
    pub fn below(name: impl Into<String>, target: f64, unit: impl Into<String>) -> Goal {
        Goal::of(name, "<", target, unit)
    }

    /// A miss up to here is a WARNING, beyond it FAILED; a factor of 2 from the target unless set.
    pub fn warn(mut self, bound: f64) -> Goal {
        self.warn = Some(bound);
        self
    }

    /// The engine takes the number from its measurements:
    /// `.measured("http_req_duration{stage:warm}", Aggregate::P(95.0))`.
    pub fn measured(mut self, selector: impl Into<String>, aggregate: Aggregate) -> Goal {
        self.measure = Some(Measure { selector: selector.into(), aggregate: aggregate.to_string() });
        self
    }

    /// The scenario's [`judge`](crate::Scenario::judge) gives the number, in a finding of the same name.
    pub fn judged(mut self) -> Goal {
        self.measure = None;
        self
    }

    /// Looks at windows of so many whole seconds, one by one, instead of the whole load; `percent` of them must meet the
    /// goal.
    pub fn in_windows(self, seconds: u32, percent: f64) -> Goal {
        self.option("over", format!("{seconds}s")).option("met", format!("{percent}%"))
    }

    /// Ends the load of the layer when the goal is missed, once it has run for `delay`.
    pub fn abort_on_fail(self, delay: Duration) -> Goal {
        self.option("abort-on-fail", "true").option("delay", format!("{}ms", delay.as_millis()))
    }

    fn option(mut self, name: &str, value: impl Into<String>) -> Goal {
        self.options.push(Pair::new(name, value));
        self
    }

    fn of(name: impl Into<String>, op: &str, target: f64, unit: impl Into<String>) -> Goal {
        Goal {
            name: name.into(),
            unit: unit.into(),
            op: op.to_owned(),
            target,
            warn: None,
            measure: None,
            options: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aggregates_are_spelt_as_in_the_contract() {
        let spelt = |aggregate: Aggregate| aggregate.to_string();
        assert_eq!(spelt(Aggregate::P(95.0)), "p(95)");
        assert_eq!(spelt(Aggregate::P(99.9)), "p(99.9)");
        let all = [
            Aggregate::Avg,
            Aggregate::Min,
            Aggregate::Med,
            Aggregate::Max,
            Aggregate::Count,
            Aggregate::Rate,
            Aggregate::Value,
        ];
        assert_eq!(all.map(spelt), ["avg", "min", "med", "max", "count", "rate", "value"]);
    }

    #[test]
    fn each_constructor_has_its_comparison() {
        let goals = [
            Goal::at_least("a", 1.0, ""),
            Goal::at_most("b", 1.0, ""),
            Goal::above("c", 1.0, ""),
            Goal::below("d", 1.0, ""),
        ];
        assert_eq!(goals.map(|goal| goal.op), [">=", "<=", ">", "<"]);
    }

    #[test]
    fn windows_and_aborts_are_options() {
        let goal = Goal::at_most("p95", 200.0, "ms")
            .measured("http_req_duration", Aggregate::P(95.0))
            .in_windows(10, 95.0)
            .abort_on_fail(Duration::from_secs(5));
        let options: Vec<_> = goal.options.iter().map(|option| (&*option.name, &*option.value)).collect();
        assert_eq!(
            options,
            [("over", "10s"), ("met", "95%"), ("abort-on-fail", "true"), ("delay", "5000ms")]
        );
    }

    #[test]
    fn a_goal_is_judged_unless_it_is_measured() {
        assert_eq!(Goal::at_least("a", 50.0, "req/s").measure, None);
        let goal = Goal::at_least("a", 50.0, "req/s").warn(20.0).measured("http_reqs", Aggregate::Rate);
        assert_eq!(goal.warn, Some(20.0));
        let measure = Measure { selector: "http_reqs".to_owned(), aggregate: "rate".to_owned() };
        assert_eq!(goal.measure, Some(measure));
        assert_eq!(
            Goal::at_least("a", 1.0, "").measured("http_reqs", Aggregate::Rate).judged().measure,
            None
        );
    }
}
