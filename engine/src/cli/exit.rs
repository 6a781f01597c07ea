//! Exit codes: a contract with scripts and CI.

use std::process::ExitCode;

use crate::event::{Summary, Validity};

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Every goal met.
    Passed,
    /// A fault of strata itself.
    Broken,
    /// Goals failed: a layer FAILED or had NO DATA, or the success rate was missed.
    GoalsFailed,
    /// The input is wrong: arguments, phase file, component.
    BadInput,
    /// Interrupted by a signal; the report is written.
    Interrupted,
    /// The scenario failed: setup failed, or every iteration trapped.
    ScenarioFailed,
    /// The measurement is INVALID.
    Invalid,
}

impl Exit {
    /// The number that scripts see.
    pub fn code(self) -> u8 {
        match self {
            Exit::Passed => 0,
            Exit::Broken => 1,
            Exit::GoalsFailed => 99,
            Exit::BadInput => 104,
            Exit::Interrupted => 105,
            Exit::ScenarioFailed => 107,
            Exit::Invalid => 111,
        }
    }

    /// What a run's summary means. What says most about the numbers comes first: a run that was cut short or whose
    /// measurement is invalid is never a verdict on the target.
    pub fn of(summary: &Summary) -> Exit {
        let failed = summary.layers.iter().any(|layer| matches!(layer.status.as_ref(), "FAILED" | "NO DATA"));
        if summary.run.fault.is_some() {
            Exit::Broken
        } else if summary.run.interrupted {
            Exit::Interrupted
        } else if summary.run.scenario_failed {
            Exit::ScenarioFailed
        } else if summary.run.validity == Validity::Invalid {
            Exit::Invalid
        } else if failed || summary.phase.success_rate < summary.phase.success_rate_target {
            Exit::GoalsFailed
        } else {
            Exit::Passed
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_strata_itself_comes_before_everything_that_was_measured() {
        let recorded = include_str!("../../../tests/golden/phase-3/summary.json");
        let mut summary: Summary = serde_json::from_str(recorded).expect("a summary");
        assert_eq!(Exit::of(&summary), Exit::GoalsFailed);
        summary.run.scenario_failed = true;
        assert_eq!(Exit::of(&summary), Exit::ScenarioFailed);
        summary.run.interrupted = true;
        assert_eq!(Exit::of(&summary), Exit::Interrupted);
        summary.run.fault = Some("worker 1 panicked".to_owned());
        assert_eq!(Exit::of(&summary), Exit::Broken);
    }
}
