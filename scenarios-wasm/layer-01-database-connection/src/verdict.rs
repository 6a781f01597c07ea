//! From response times at several levels of concurrency to a finding.

use evidence::{Spread, figure, plural};
use strata_guest::Finding;

/// What the median answer may take at the highest level, in milliseconds.
pub const TARGET: f64 = 50.0;
/// A 95th percentile that grows by this factor from one level to the next makes a step.
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

/// A level with answers: how many at once, and their times.
type Known = (f64, Spread);

/// The finding about `response-time`: the highest level's median. `pool` is what the site says that it keeps.
pub fn conclude(levels: &[Level], pool: Option<f64>) -> Finding {
    let finding = Finding::new("response-time");
    let known: Vec<Known> =
        levels.iter().filter_map(|level| level.spread.map(|spread| (level.at_once, spread))).collect();
    let (Some((_, last)), true) = (known.last(), known.len() == levels.len()) else {
        return finding.analysis("The database did not answer at every level");
    };
    let opened = levels.iter().fold(0.0, |sum, level| sum + level.opened);
    let finding = finding.value(last.med).text(format!("{}ms response time", figure(last.med)));
    let finding = finding.analysis(analysis(&known, last.med, opened, pool));
    known.iter().fold(finding, |finding, (at_once, spread)| {
        finding.row(format!("p95 with {at_once} at once"), spread.p95, "ms", Some(spread.p95 <= TARGET))
    })
}

fn analysis(levels: &[Known], median: f64, opened: f64, pool: Option<f64>) -> String {
    let (Some((few, fast)), Some((many, slow))) = (levels.first(), levels.last()) else {
        return String::new();
    };
    if median <= TARGET {
        return format!("Connections suffice: p95 is {} ms with {many} requests at once", figure(slow.p95));
    }
    let growth = |pair: &(&Known, &Known)| pair.1.1.p95 / pair.0.1.p95;
    let steepest = levels.iter().zip(levels.iter().skip(1)).max_by(|a, b| growth(a).total_cmp(&growth(b)));
    let Some(((below_at, below), (above_at, above))) = steepest.filter(|pair| growth(pair) >= STEP) else {
        return format!(
            "The database is slow without a step: p95 is {} ms with {few} at once and {} ms with {many}",
            figure(fast.p95),
            figure(slow.p95)
        );
    };
    let kept = pool.map(|pool| format!(", of which the site keeps {pool}")).unwrap_or_default();
    let cause = if opened > 0.0 {
        format!("{} opened meanwhile{kept}", plural(opened, "connection"))
    } else {
        "the statement is the same, so the rest is waiting and not work".to_owned()
    };
    format!(
        "Connection pool not optimized for concurrent requests: p95 steps from {} ms with {below_at} at once to {} ms \
         with {above_at}; {cause}",
        figure(below.p95),
        figure(above.p95)
    )
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
