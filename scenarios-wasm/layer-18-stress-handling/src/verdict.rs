//! From two loads to a finding.

use evidence::{Spread, figure, plural};
use strata_guest::Finding;

/// The share of requests that must be served under stress, in percent.
pub const TARGET: f64 = 95.0;

/// What came of a load.
pub struct Load {
    /// Users at the same time.
    pub users: u32,
    /// The share of requests that were served, from 0 to 1.
    pub served: Option<f64>,
    /// Requests per second.
    pub rate: Option<f64>,
    /// How long they took.
    pub spread: Option<Spread>,
}

/// The finding about `success-rate`: the share served under stress.
pub fn conclude(baseline: &Load, stress: &Load) -> Finding {
    let finding = Finding::new("success-rate");
    let (Some(served), Some(before)) = (stress.served, baseline.served) else {
        return finding.analysis("Requests were not answered under both loads");
    };
    let percent = served * 100.0;
    let level = f64::from(stress.users) / f64::from(baseline.users) * 100.0;
    let verdict =
        if percent >= TARGET { "System resilient under extreme load" } else { "System fails under stress" };
    let figures = |load: &Load| {
        let spread = load.spread.unwrap_or_else(|| Spread::flat(0.0, 0.0));
        format!(
            "{} users: {} at {} req/s, p95 {} ms",
            load.users,
            plural(spread.count, "request"),
            figure(load.rate.unwrap_or(0.0)),
            figure(spread.p95)
        )
    };
    finding
        .value(percent)
        .text(format!("{}% success at {}% stress level", figure(percent), figure(level)))
        .analysis(format!("{verdict}; {}; {}", figures(baseline), figures(stress)))
        .row("success at 100% load", before * 100.0, "%", Some(before * 100.0 >= TARGET))
        .row(format!("success at {}% load", figure(level)), percent, "%", Some(percent >= TARGET))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(users: u32, served: Option<f64>) -> Load {
        Load { users, served, rate: Some(45.5), spread: Some(Spread::flat(91.0, 180.0)) }
    }

    #[test]
    fn the_number_of_the_analysis_is_everybody() {
        let found = conclude(&load(8, Some(1.0)), &load(16, Some(1.0)));
        assert_eq!(
            (found.value, found.text.as_deref()),
            (Some(100.0), Some("100% success at 200% stress level"))
        );
        assert_eq!(
            found.analysis,
            "System resilient under extreme load; 8 users: 91 requests at 45.5 req/s, p95 180 ms; \
             16 users: 91 requests at 45.5 req/s, p95 180 ms"
        );
    }

    #[test]
    fn failures_under_stress_are_said() {
        let found = conclude(&load(8, Some(1.0)), &load(16, Some(0.8)));
        assert_eq!(found.text.as_deref(), Some("80% success at 200% stress level"));
        assert!(found.analysis.starts_with("System fails under stress"), "{}", found.analysis);
        let passed: Vec<_> = found.breakdown.iter().map(|row| row.passed).collect();
        assert_eq!(passed, [Some(true), Some(false)]);
    }

    #[test]
    fn without_answers_there_is_no_number() {
        assert_eq!(conclude(&load(8, Some(1.0)), &load(16, None)).value, None);
        assert_eq!(conclude(&load(8, None), &load(16, Some(1.0))).value, None);
    }
}
