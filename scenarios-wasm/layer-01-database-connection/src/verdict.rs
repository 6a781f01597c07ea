//! From response times at several levels of concurrency to a finding.

use evidence::{Spread, figure, plural};
use strata_guest::Finding;

/// What 95 % of the answers may take at the highest level, in milliseconds.
pub const TARGET: f64 = 50.0;
/// Times that grow by this factor from one level to the next make a step.
const STEP: f64 = 3.0;

/// So many at once.
pub struct Level {
    /// How many.
    pub at_once: f64,
    /// How long their good answers took.
    pub spread: Option<Spread>,
    /// The connections that the site opened meanwhile.
    pub opened: f64,
}

/// The finding about `response-time`: the highest level's 95th percentile. `pool` is what the site says that it keeps.
pub fn conclude(levels: &[Level], pool: Option<f64>) -> Finding {
    let finding = Finding::new("response-time");
    let known: Vec<(f64, f64, f64)> = levels
        .iter()
        .filter_map(|level| level.spread.map(|spread| (level.at_once, spread.p95, level.opened)))
        .collect();
    let (Some(last), true) = (known.last(), known.len() == levels.len()) else {
        return finding.analysis("The database did not answer at every level");
    };
    let finding = finding.value(last.1).text(format!("{}ms response time", figure(last.1)));
    let finding = finding.analysis(analysis(&known, *last, pool));
    known.iter().fold(finding, |finding, (at_once, p95, _)| {
        finding.row(format!("p95 with {at_once} at once"), *p95, "ms", Some(*p95 <= TARGET))
    })
}

fn analysis(levels: &[(f64, f64, f64)], last: (f64, f64, f64), pool: Option<f64>) -> String {
    let step = levels
        .iter()
        .zip(levels.iter().skip(1))
        .find(|((_, below, _), (_, above, _))| *above >= STEP * *below);
    let opened: f64 = levels.iter().map(|(_, _, opened)| opened).sum();
    let (at_once, p95, _) = last;
    match step {
        _ if p95 <= TARGET => {
            format!("Connections suffice: p95 is {} ms with {at_once} requests at once", figure(p95))
        }
        Some(((below_at, below, _), (above_at, above, _))) => {
            let cause = if opened > 0.0 {
                format!(
                    "; {} opened meanwhile{}",
                    plural(opened, "connection"),
                    pool.map(|pool| format!(", of which the site keeps {pool}")).unwrap_or_default()
                )
            } else {
                "; the statement is the same, so the rest is waiting and not work".to_owned()
            };
            format!(
                "Connection pool not optimized for concurrent requests: p95 steps from {} ms with {below_at} at once \
                 to {} ms with {above_at}{cause}",
                figure(*below),
                figure(*above)
            )
        }
        None => format!(
            "The database is slow without a step: p95 is {} ms with {} at once and {} ms with {at_once}",
            figure(levels.first().map_or(p95, |(_, p95, _)| *p95)),
            levels.first().map_or(at_once, |(at_once, _, _)| *at_once),
            figure(p95)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(times: [f64; 4], opened: [f64; 4]) -> Vec<Level> {
        let level = |((at_once, ms), opened)| Level { at_once, spread: Some(Spread::flat(30.0, ms)), opened };
        [2.0, 4.0, 8.0, 16.0].into_iter().zip(times).zip(opened).map(level).collect()
    }

    #[test]
    fn the_number_of_the_analysis_is_a_pool_that_is_too_small() {
        let found = conclude(&levels([3.1, 3.4, 84.9, 85.54], [0.0, 0.0, 60.0, 180.0]), Some(4.0));
        assert_eq!((found.value, found.text.as_deref()), (Some(85.54), Some("85.54ms response time")));
        assert_eq!(
            found.analysis,
            "Connection pool not optimized for concurrent requests: p95 steps from 3.4 ms with 4 at once to 84.9 ms \
             with 8; 240 connections opened meanwhile, of which the site keeps 4"
        );
        let passed: Vec<_> = found.breakdown.iter().map(|row| row.passed).collect();
        assert_eq!(passed, [Some(true), Some(true), Some(false), Some(false)]);
    }

    #[test]
    fn a_step_without_new_connections_is_waiting() {
        let found = conclude(&levels([3.0, 3.0, 60.0, 60.0], [0.0; 4]), None);
        assert!(found.analysis.ends_with("so the rest is waiting and not work"), "{}", found.analysis);
    }

    #[test]
    fn slow_without_a_step_is_said_to_be_that() {
        let found = conclude(&levels([60.0, 70.0, 80.0, 90.0], [0.0; 4]), None);
        assert!(found.analysis.starts_with("The database is slow without a step: p95 is 60 ms with 2"));
    }

    #[test]
    fn fast_answers_are_good_news() {
        let found = conclude(&levels([2.6, 2.7, 2.9, 3.4], [0.0; 4]), Some(32.0));
        assert_eq!(found.analysis, "Connections suffice: p95 is 3.4 ms with 16 requests at once");
        assert_eq!(found.value, Some(3.4));
    }

    #[test]
    fn without_answers_at_every_level_there_is_no_number() {
        let mut some = levels([3.0; 4], [0.0; 4]);
        some.iter_mut().last().into_iter().for_each(|level| level.spread = None);
        assert_eq!(conclude(&some, None).value, None);
        assert_eq!(conclude(&[], None).value, None);
    }
}
