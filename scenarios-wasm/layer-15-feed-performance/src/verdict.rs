//! From the times of the feed to a finding.

use evidence::{Spread, figure, plural};
use strata_guest::Finding;

/// What the median answer may take, in milliseconds.
pub const TARGET: f64 = 200.0;

/// The finding about `response-time`: the median with so many users.
pub fn conclude(spread: Option<Spread>, users: u32) -> Finding {
    let finding = Finding::new("response-time");
    let Some(Spread { count, avg, med, p95 }) = spread else {
        return finding.analysis("The feed gave no good answer");
    };
    let verdict = if med <= TARGET { "Feed queries well-optimized" } else { "Feed queries too slow" };
    let figures = format!(
        "median {} ms and p95 {} ms of {} by {users} users at once",
        figure(med),
        figure(p95),
        plural(count, "request")
    );
    finding
        .value(med)
        .text(format!("{}ms response time", figure(med)))
        .analysis(format!("{verdict}: {figures}"))
        .row("mean", avg, "ms", None)
        .row("median", med, "ms", Some(med <= TARGET))
        .row("p95", p95, "ms", None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_the_analysis_is_fast_enough() {
        let found = conclude(Some(Spread { count: 72.0, avg: 173.2, med: 171.6, p95: 180.2 }), 4);
        assert_eq!((found.value, found.text.as_deref()), (Some(171.6), Some("171.6ms response time")));
        assert_eq!(
            found.analysis,
            "Feed queries well-optimized: median 171.6 ms and p95 180.2 ms of 72 requests by 4 users at once"
        );
    }

    #[test]
    fn slow_answers_are_said_to_be_slow() {
        let found = conclude(Some(Spread::flat(9.0, 250.0)), 4);
        assert!(found.analysis.starts_with("Feed queries too slow: median 250 ms"), "{}", found.analysis);
    }

    #[test]
    fn without_answers_there_is_no_number() {
        assert_eq!(conclude(None, 4).value, None);
    }
}
