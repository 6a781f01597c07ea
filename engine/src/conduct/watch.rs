//! Goals that are looked at while the load runs: in windows, and with an end to the load when they are missed.

use crate::measure::{Results, Sink, Totals, answerable};
use crate::plan::{Aggregate, Goal, Measure, MetricKind, duration_text, number_text};

/// A measured number and what there is to say about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Measured {
    pub value: Option<f64>,
    pub note: Option<String>,
}

/// The windows of one goal.
struct Windows<'a> {
    goal: &'a Goal,
    measure: &'a Measure,
    /// Whether a window without samples is one in which the count was 0.
    counter: bool,
    over: f64,
    sink: Option<Sink>,
    seconds: f64,
    /// The value of each whole window.
    values: Vec<f64>,
}

/// The goals of a layer.
pub(super) struct Watching<'a> {
    goals: &'a [Goal],
    windows: Vec<Windows<'a>>,
}

/// A second of a layer.
pub(super) struct Passed<'a> {
    pub stage: &'a str,
    pub warm_up: bool,
    pub seconds: f64,
    pub samples: &'a Totals,
}

impl<'a> Watching<'a> {
    pub(super) fn new(goals: &'a [Goal], metrics: &[crate::plan::Metric]) -> Watching<'a> {
        let windows = goals.iter().filter_map(|goal| {
            let (measure, over) = (goal.measure.as_ref()?, goal.watch.over?);
            // Only of a counter is `rate` a number per second.
            let counter = matches!(measure.aggregate, Aggregate::Count | Aggregate::Rate)
                && kind(measure, metrics) == Some(MetricKind::Counter);
            let (sink, values) = (None, Vec::new());
            Some(Windows { goal, measure, counter, over: over.as_secs_f64(), sink, seconds: 0.0, values })
        });
        Watching { goals, windows: windows.collect() }
    }

    /// Takes a second in.
    pub(super) fn note(&mut self, second: &Passed<'_>) {
        for windows in &mut self.windows {
            let meant = windows.measure.selector.tag("stage").is_none_or(|stage| stage == second.stage);
            if meant && !second.warm_up {
                windows.note(second);
            }
        }
    }

    /// The number of a goal so far.
    pub(super) fn measured(&self, goal: &Goal, results: &Results) -> Measured {
        if let Some(windows) = self.windows.iter().find(|windows| windows.goal.name == goal.name) {
            return windows.measured();
        }
        Measured { value: value(goal, results), note: None }
    }

    /// Why the load is to end, `elapsed` seconds after it began; nothing while it may go on.
    pub(super) fn ends(&self, elapsed: f64, results: impl Fn() -> Results) -> Option<String> {
        let due = |goal: &&Goal| goal.watch.abort_after.is_some_and(|after| elapsed >= after.as_secs_f64());
        let mut due = self.goals.iter().filter(due).peekable();
        due.peek()?;
        let results = results();
        due.find_map(|goal| {
            let value =
                self.measured(goal, &results).value.filter(|value| !goal.op.holds(*value, goal.target))?;
            Some(format!(
                "the goal `{}` is missed ({} {}, target {} {}), which ends the load (abort-on-fail)",
                goal.name,
                number_text(value),
                goal.unit,
                goal.op,
                number_text(goal.target)
            ))
        })
    }
}

/// The number of a measured goal over the whole load.
pub(super) fn value(goal: &Goal, results: &Results) -> Option<f64> {
    let measure = goal.measure.as_ref()?;
    let value = results.stat(&measure.selector, measure.aggregate).ok()??;
    Some(in_unit(goal, measure, value))
}

fn kind(measure: &Measure, metrics: &[crate::plan::Metric]) -> Option<MetricKind> {
    let name = &measure.selector.metric;
    answerable(name, measure.aggregate, metrics).ok()?;
    let builtin = crate::measure::BUILTIN.iter().find(|builtin| builtin.name == name);
    builtin
        .map(|builtin| builtin.kind)
        .or_else(|| metrics.iter().find(|own| own.name == *name).map(|own| own.kind))
}

/// A share from 0 to 1 is compared as 0 to 100 with a goal in percent.
fn in_unit(goal: &Goal, measure: &Measure, value: f64) -> f64 {
    if goal.unit == "%" && measure.aggregate == Aggregate::Rate { value * 100.0 } else { value }
}

impl Windows<'_> {
    fn note(&mut self, second: &Passed<'_>) {
        if let Some(sink) = second.samples.select(&self.measure.selector) {
            match &mut self.sink {
                Some(all) => all.merge(&sink),
                None => self.sink = Some(sink),
            }
        }
        self.seconds += second.seconds;
        // Seconds are as long as the workers' clocks made them.
        if self.seconds >= self.over - 0.5 {
            let value = self.value();
            self.values.extend(value);
            (self.sink, self.seconds) = (None, 0.0);
        }
    }

    fn value(&self) -> Option<f64> {
        match &self.sink {
            Some(sink) => sink.stat(self.measure.aggregate, self.seconds),
            None => self.counter.then_some(0.0),
        }
    }

    /// The value that as many windows reach as must, so that it meets the target exactly if enough windows do.
    fn measured(&self) -> Measured {
        let mut values: Vec<f64> =
            self.values.iter().map(|value| in_unit(self.goal, self.measure, *value)).collect();
        if values.is_empty() {
            // A load shorter than one window is one window.
            values.extend(self.value().map(|value| in_unit(self.goal, self.measure, value)));
        }
        if values.is_empty() {
            return Measured::default();
        }
        values.sort_by(f64::total_cmp);
        if !self.goal.op.wants_less() {
            values.reverse();
        }
        let all = values.len();
        let needed = ((self.goal.watch.met * all as f64).ceil() as usize).clamp(1, all);
        let met = values.iter().filter(|value| self.goal.op.holds(**value, self.goal.target)).count();
        let over = duration_text(std::time::Duration::from_secs_f64(self.over));
        let plural = if all == 1 { "window" } else { "windows" };
        Measured {
            value: values.get(needed - 1).copied(),
            note: Some(format!("met in {met} of {all} {plural} of {over}, {needed} needed")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{SeriesKey, Tags};
    use crate::plan::{Op, Watch};
    use std::sync::Arc;
    use std::time::Duration;

    fn goal(selector: &str, aggregate: &str, op: Op, target: f64, watch: Watch) -> Goal {
        let measure = Measure {
            selector: selector.parse().expect("a selector"),
            aggregate: aggregate.parse().expect("an aggregate"),
        };
        let (name, unit) = ("g".into(), String::new());
        Goal { name, unit, op, target, warn: None, measure: Some(measure), watch }
    }

    fn second(metric: &str, kind: MetricKind, samples: &[f64]) -> Totals {
        let mut totals = Totals::default();
        let mut sink = Sink::new(kind);
        samples.iter().for_each(|sample| sink.record(*sample));
        totals.add(&Arc::new(SeriesKey { metric: metric.into(), tags: Tags::default() }), &sink);
        totals
    }

    fn pass(watching: &mut Watching<'_>, stage: &str, samples: &Totals) {
        watching.note(&Passed { stage, warm_up: false, seconds: 1.0, samples });
    }

    const TWO: Watch = Watch { over: Some(Duration::from_secs(2)), met: 0.5, abort_after: None };

    #[test]
    fn a_goal_is_met_exactly_if_enough_windows_meet_it() {
        for (met, values, value, passes) in [
            (1.0, [10.0, 20.0, 30.0, 90.0], 90.0, false),
            (0.75, [90.0, 20.0, 30.0, 10.0], 30.0, true),
            (0.76, [90.0, 20.0, 30.0, 10.0], 90.0, false),
            (0.01, [90.0, 80.0, 70.0, 10.0], 10.0, true),
        ] {
            let goals = [goal("iteration_duration", "max", Op::AtMost, 50.0, Watch { met, ..TWO })];
            let mut watching = Watching::new(&goals, &[]);
            for value in values {
                pass(&mut watching, "main", &second("iteration_duration", MetricKind::Trend, &[value]));
                pass(&mut watching, "main", &second("iteration_duration", MetricKind::Trend, &[1.0]));
            }
            let found = watching.measured(&goals[0], &Results::default()).value.expect("a value");
            assert_eq!((found, Op::AtMost.holds(found, 50.0)), (value, passes));
        }
    }

    #[test]
    fn a_window_in_which_nothing_was_counted_counts_as_nothing() {
        let goals = [goal("iterations{stage:main}", "rate", Op::AtLeast, 1.0, Watch { met: 1.0, ..TWO })];
        let mut watching = Watching::new(&goals, &[]);
        let tagged = {
            let tags = Tags::new([("stage", "main")]);
            let mut totals = Totals::default();
            let sink = Sink::Counter { sum: 8.0, count: 8 };
            totals.add(&Arc::new(SeriesKey { metric: "iterations".into(), tags }), &sink);
            totals
        };
        for stage in ["other", "main", "main", "other"] {
            pass(&mut watching, stage, &tagged);
        }
        let measured = watching.measured(&goals[0], &Results::default());
        assert_eq!(measured.value, Some(8.0), "the other stage is not looked at");
        pass(&mut watching, "main", &Totals::default());
        pass(&mut watching, "main", &Totals::default());
        let measured = watching.measured(&goals[0], &Results::default());
        assert_eq!(measured.value, Some(0.0));
        assert_eq!(measured.note.as_deref(), Some("met in 1 of 2 windows of 2s, 2 needed"));
    }

    #[test]
    fn windows_without_samples_have_no_number_and_short_loads_are_one_window() {
        let goals = [goal("iteration_duration", "max", Op::AtMost, 50.0, TWO)];
        let mut watching = Watching::new(&goals, &[]);
        pass(&mut watching, "main", &Totals::default());
        pass(&mut watching, "main", &Totals::default());
        assert_eq!(watching.measured(&goals[0], &Results::default()), Measured::default());
        pass(&mut watching, "main", &second("iteration_duration", MetricKind::Trend, &[7.0]));
        assert_eq!(watching.measured(&goals[0], &Results::default()).value, Some(7.0));
    }

    #[test]
    fn a_miss_ends_the_load_after_its_delay() {
        let abort = |after| Watch { over: None, met: 1.0, abort_after: Some(Duration::from_secs(after)) };
        let goals = [goal("iteration_duration", "max", Op::AtMost, 50.0, abort(3))];
        let watching = Watching::new(&goals, &[]);
        let results = |value: f64| Results {
            totals: Arc::new(second("iteration_duration", MetricKind::Trend, &[value])),
            ..Results::default()
        };
        assert_eq!(watching.ends(2.9, || results(90.0)), None);
        assert_eq!(watching.ends(3.0, || results(40.0)), None);
        assert_eq!(watching.ends(3.0, Results::default), None, "no number is no miss");
        let why = watching.ends(3.0, || results(90.0)).expect("an end");
        assert!(why.contains("the goal `g` is missed (90 ") && why.contains("target <= 50"), "{why}");
    }
}
