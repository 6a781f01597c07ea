//! From instants of a fault and what followed to a finding.

use evidence::{figure, plural};
use strata_guest::Finding;

/// What recovery may take, in seconds.
pub const TARGET: f64 = 5.0;
/// A target that has not recovered after so many seconds is not waited for any longer.
pub const GIVE_UP: f64 = 6.0;
/// Success lasts if nothing has failed for so many seconds.
pub const LASTING: f64 = 1.0;

/// What happened, on the run's clock in milliseconds; `None` is what did not happen.
#[derive(Default)]
pub struct Story {
    /// The fault.
    pub broken: Option<f64>,
    /// Requests that failed afterwards.
    pub failures: f64,
    /// The last of them.
    pub failed: Option<f64>,
    /// The last success that followed a failure.
    pub recovered: Option<f64>,
    /// The last success.
    pub served: Option<f64>,
}

/// The finding about `recovery-time`, in seconds.
pub fn conclude(story: &Story) -> Finding {
    let finding = Finding::new("recovery-time");
    let Some(broken) = story.broken else {
        return finding.analysis("The database could not be broken");
    };
    let seconds = |at: f64| ((at - broken) / 1000.0).max(0.0);
    let failures = plural(story.failures, "request");
    match (story.failed, story.recovered, story.served) {
        (None, _, None) => finding.analysis("Nothing was answered after the fault"),
        (None, _, Some(_)) => finding
            .value(0.0)
            .text("0 seconds recovery time")
            .analysis("No request failed while the database was away"),
        (Some(failed), Some(recovered), Some(served))
            if recovered > failed && served - recovered >= LASTING * 900.0 =>
        {
            let time = seconds(recovered);
            let verdict =
                if time <= TARGET { "Excellent recovery capabilities" } else { "Recovery takes too long" };
            finding.value(time).text(format!("{} recovery time", spelt(time))).analysis(format!(
                "{verdict}: {failures} failed, the last one {} s after the fault; success has lasted from {} s to {} s",
                figure(seconds(failed)),
                figure(time),
                figure(seconds(served))
            ))
        }
        // It failed again after its recovery, or never recovered: longer than it was waited for.
        (Some(failed), _, served) => {
            let watched = seconds(served.map_or(failed, |served| served.max(failed)));
            finding
                .value(watched.max(GIVE_UP) + LASTING)
                .text(format!("no recovery within {} s", figure(watched)))
                .analysis(format!(
                    "The target does not recover: {failures} failed, the last one {} s after the fault",
                    figure(seconds(failed))
                ))
        }
    }
}

/// `1 second`, `1.04 seconds`.
fn spelt(seconds: f64) -> String {
    let text = figure(seconds);
    if text == "1" { "1 second".to_owned() } else { format!("{text} seconds") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story(failed: f64, recovered: Option<f64>, served: f64) -> Story {
        Story {
            broken: Some(10_000.0),
            failures: 46.0,
            failed: Some(failed),
            recovered,
            served: Some(served),
        }
    }

    #[test]
    fn the_number_of_the_analysis_is_one_second() {
        let found = conclude(&story(10_980.0, Some(11_000.0), 12_010.0));
        assert_eq!((found.value, found.text.as_deref()), (Some(1.0), Some("1 second recovery time")));
        assert_eq!(
            found.analysis,
            "Excellent recovery capabilities: 46 requests failed, the last one 0.98 s after the fault; success has \
             lasted from 1 s to 2.01 s"
        );
    }

    #[test]
    fn other_times_are_spelt_too() {
        let found = conclude(&story(10_980.0, Some(11_040.0), 12_100.0));
        assert_eq!(found.text.as_deref(), Some("1.04 seconds recovery time"));
        let late = conclude(&story(15_400.0, Some(15_500.0), 17_000.0));
        assert_eq!(late.value, Some(5.5));
        assert!(late.analysis.starts_with("Recovery takes too long"), "{}", late.analysis);
    }

    #[test]
    fn success_that_does_not_last_is_no_recovery() {
        for found in [
            conclude(&story(16_900.0, None, 10_000.0)),
            conclude(&story(16_900.0, Some(11_000.0), 12_000.0)),
            conclude(&story(16_900.0, Some(16_950.0), 17_000.0)),
        ] {
            assert!(found.value.is_some_and(|value| value > GIVE_UP), "{:?}", found.value);
            assert!(found.analysis.starts_with("The target does not recover"), "{}", found.analysis);
        }
    }

    #[test]
    fn no_failure_is_no_time_and_no_fault_no_number() {
        let unharmed = Story { broken: Some(1.0), served: Some(2.0), ..Story::default() };
        assert_eq!(conclude(&unharmed).value, Some(0.0));
        assert_eq!(conclude(&Story { broken: None, ..story(1.0, None, 2.0) }).value, None);
        assert_eq!(conclude(&Story { broken: Some(1.0), ..Story::default() }).value, None);
    }
}
