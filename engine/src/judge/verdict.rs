//! Goals against values.

use crate::plan::{Goal, number_text};

/// How a goal or a layer came out, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Met.
    Passed,
    /// Missed, but within the warn bound.
    Warning,
    /// There was nothing to judge.
    NoData,
    /// Missed.
    Failed,
}

impl Status {
    /// As reports write it: `NO DATA`.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Passed => "PASSED",
            Status::Warning => "WARNING",
            Status::NoData => "NO DATA",
            Status::Failed => "FAILED",
        }
    }

    /// The status that is written so; NO DATA for a word that nobody knows.
    pub fn of_word(word: &str) -> Status {
        let all = [Status::Passed, Status::Warning, Status::Failed];
        all.into_iter().find(|status| status.as_str() == word).unwrap_or(Status::NoData)
    }
}

/// A line under a result.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What was looked at.
    pub label: String,
    /// Its number.
    pub value: f64,
    /// The unit of the number.
    pub unit: String,
    /// Whether it is good enough by itself.
    pub passed: Option<bool>,
}

/// What a scenario's `judge` said about a goal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Finding {
    /// The goal's name.
    pub goal: String,
    /// The number, for a judged goal.
    pub value: Option<f64>,
    /// How the result reads.
    pub text: Option<String>,
    /// What is wrong, or why it is good.
    pub analysis: String,
    /// The lines under the result.
    pub breakdown: Vec<Row>,
}

/// A goal with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct GoalVerdict {
    /// The goal.
    pub goal: Goal,
    /// The number that was held against it.
    pub value: Option<f64>,
    /// How it came out.
    pub status: Status,
    /// What there is to say about the number.
    pub note: Option<String>,
    /// What the scenario said.
    pub finding: Option<Finding>,
}

impl GoalVerdict {
    /// How the result reads: the scenario's text, or the number with its unit, or `no data`.
    pub fn result_text(&self) -> String {
        if let Some(text) = self.finding.as_ref().and_then(|finding| finding.text.clone()) {
            return text;
        }
        let text = match self.value {
            Some(value) => with_unit(value, &self.goal.unit),
            None => "no data".to_owned(),
        };
        match &self.note {
            Some(note) => format!("{text}, {note}"),
            None => text,
        }
    }

    /// How the target reads: `>= 50 req/s`.
    pub fn target_text(&self) -> String {
        format!("{} {}", self.goal.op, with_unit(self.goal.target, &self.goal.unit))
    }
}

/// `50 ms`, `95 %`, `3`.
fn with_unit(value: f64, unit: &str) -> String {
    let number = number_text(value);
    if unit.is_empty() { number } else { format!("{number} {unit}") }
}

/// A layer with its goals.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerVerdict {
    /// The worst of its goals.
    pub status: Status,
    /// All goals, in the manifest's order.
    pub goals: Vec<GoalVerdict>,
    /// Which of them stands for the layer: the first with the layer's status. `None` without goals.
    pub headline: Option<usize>,
    /// Why there is NO DATA, where that is the status.
    pub reason: Option<String>,
}

/// Judges a layer.
///
/// `measured` gives the number of a goal and what there is to say about it (never asked for judged ones); `findings`
/// are what `judge` returned.
/// `could_not_run` is the reason for NO DATA where the scenario did not get to run at all.
pub fn verdict(
    goals: &[Goal],
    findings: &[Finding],
    measured: impl Fn(&Goal) -> (Option<f64>, Option<String>),
    could_not_run: Option<String>,
) -> LayerVerdict {
    let goals: Vec<GoalVerdict> = goals
        .iter()
        .map(|goal| {
            let finding = findings.iter().find(|finding| finding.goal == goal.name).cloned();
            let (value, note) = match (&could_not_run, &goal.measure) {
                (Some(_), _) => (None, None),
                (None, Some(_)) => measured(goal),
                (None, None) => (finding.as_ref().and_then(|finding| finding.value), None),
            };
            let value = value.filter(|value| value.is_finite());
            GoalVerdict { goal: goal.clone(), value, status: status(goal, value), note, finding }
        })
        .collect();
    let worst = goals.iter().map(|goal| goal.status).max().unwrap_or(Status::Passed);
    let status = if could_not_run.is_some() { Status::NoData } else { worst };
    let headline = goals.iter().position(|goal| goal.status == status);
    let reason = could_not_run.or_else(|| {
        let empty: Vec<&str> = goals
            .iter()
            .filter(|goal| goal.status == Status::NoData)
            .map(|goal| goal.goal.name.as_str())
            .collect();
        (!empty.is_empty()).then(|| format!("no samples for {}", empty.join(", ")))
    });
    LayerVerdict { status, goals, headline, reason }
}

fn status(goal: &Goal, value: Option<f64>) -> Status {
    let Some(value) = value else { return Status::NoData };
    if goal.op.holds(value, goal.target) {
        return Status::Passed;
    }
    let bound = goal.warn_bound();
    let within = if goal.op.wants_less() { value <= bound } else { value >= bound };
    if within { Status::Warning } else { Status::Failed }
}

/// The share of layers that passed in percent with two decimals: 5 of 11 is 45.45.
pub fn success(statuses: &[Status]) -> f64 {
    if statuses.is_empty() {
        return 0.0;
    }
    let passed = statuses.iter().filter(|status| **status == Status::Passed).count();
    (passed as f64 * 10_000.0 / statuses.len() as f64).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Measure, Op, Watch};

    fn goal(name: &str, op: Op, target: f64, unit: &str) -> Goal {
        Goal {
            name: name.into(),
            unit: unit.into(),
            op,
            target,
            warn: None,
            measure: None,
            watch: Watch::default(),
        }
    }

    fn found(goal: &str, value: Option<f64>) -> Finding {
        Finding { goal: goal.into(), value, ..Finding::default() }
    }

    /// The numbers of the analysis that the verdicts were made for.
    #[test]
    fn a_miss_within_a_factor_of_two_is_a_warning() {
        for (op, target, value, status) in [
            (Op::AtMost, 50.0, 85.54, Status::Warning),
            (Op::AtLeast, 95.0, 0.0, Status::Failed),
            (Op::AtLeast, 50.0, 22.37, Status::Failed),
            (Op::AtLeast, 50.0, 2.9, Status::Failed),
            (Op::AtMost, 100.0, 1265.68, Status::Failed),
            (Op::AtMost, 200.0, 171.6, Status::Passed),
            (Op::AtMost, 5.0, 1.0, Status::Passed),
            (Op::AtLeast, 50.0, 25.0, Status::Warning),
            (Op::Below, 50.0, 50.0, Status::Warning),
        ] {
            let goals = [goal("g", op, target, "ms")];
            let layer = verdict(&goals, &[found("g", Some(value))], |_| (None, None), None);
            assert_eq!(layer.status, status, "{value} {op} {target}");
        }
    }

    #[test]
    fn a_goal_without_data_is_never_passed() {
        let goals = [goal("a", Op::AtLeast, 1.0, ""), goal("b", Op::AtLeast, 1.0, "")];
        for none in [vec![], vec![found("b", None)], vec![found("b", Some(f64::NAN))]] {
            let mut findings = none;
            findings.push(found("a", Some(5.0)));
            let layer = verdict(&goals, &findings, |_| (Some(9.0), None), None);
            assert_eq!(layer.status, Status::NoData);
            assert_eq!(layer.reason.as_deref(), Some("no samples for b"));
            assert_eq!(layer.headline, Some(1));
        }
        let layer = verdict(
            &goals,
            &[found("a", Some(5.0)), found("b", Some(5.0))],
            |_| (None, None),
            Some("trap".into()),
        );
        assert_eq!((layer.status, layer.reason.as_deref()), (Status::NoData, Some("trap")));
    }

    #[test]
    fn a_measured_goal_keeps_the_engines_number() {
        let measure = Measure {
            selector: "http_req_duration".parse().expect("a selector"),
            aggregate: "p(95)".parse().expect("an aggregate"),
        };
        let goals = [Goal { measure: Some(measure), ..goal("p95", Op::AtMost, 10.0, "ms") }];
        let layer = verdict(&goals, &[found("p95", Some(1.0))], |_| (Some(15.0), None), None);
        assert_eq!(layer.goals[0].value, Some(15.0));
        assert_eq!(layer.goals[0].result_text(), "15 ms");
        assert_eq!(layer.goals[0].target_text(), "<= 10 ms");
        let noted = verdict(&goals, &[], |_| (Some(15.0), Some("met in 3 of 4 windows".into())), None);
        assert_eq!(noted.goals[0].result_text(), "15 ms, met in 3 of 4 windows");
    }

    #[test]
    fn five_of_eleven_is_the_rate_of_the_analysis() {
        let mut statuses = vec![Status::Passed; 5];
        statuses.extend([Status::Failed; 5]);
        statuses.push(Status::Warning);
        assert_eq!(success(&statuses), 45.45);
        assert_eq!(success(&[Status::Passed]), 100.0);
        assert_eq!(success(&[]), 0.0);
    }
}
