//! From the times of cold and warm answers to a finding.

use evidence::{Spread, figure};
use strata_guest::Finding;

/// How much faster warm answers must be, in percent of the cold ones.
pub const TARGET: f64 = 50.0;
/// Less than this is no cache but noise: the cold stage is short, and a disturbance in it looks like an improvement.
pub const NEAR: f64 = 40.0;

/// The finding about `improvement`, from all cold and all warm answers, and the warm ones that were hits and misses.
pub fn conclude(
    cold: Option<Spread>,
    warm: Option<Spread>,
    hits: Option<Spread>,
    misses: Option<Spread>,
) -> Finding {
    let finding = Finding::new("improvement");
    let (Some(cold), Some(warm)) = (cold, warm) else {
        return finding.analysis("There were no answers to compare");
    };
    if cold.med <= 0.0 {
        return finding.analysis("Cold answers took no time");
    }
    let percent = (cold.med - warm.med) / cold.med * 100.0;
    let found = hits.map_or(0.0, |hits| hits.count);
    let split = [("hits", hits), ("misses", misses)].into_iter().filter_map(|(name, spread)| {
        spread.map(|s| format!("{name} take {} ms (p95 {} ms)", figure(s.med), figure(s.p95)))
    });
    let figures = format!(
        "{found:.0} of {:.0} repeated requests were hits; {}; cold answers take {} ms (p95 {} ms)",
        warm.count,
        split.collect::<Vec<_>>().join(", "),
        figure(cold.med),
        figure(cold.p95)
    );
    let verdict = if percent >= TARGET { "The cache is effective" } else { "In-memory cache not effective" };
    let finding = finding
        .value(percent)
        .text(format!("{}% improvement", figure(percent)))
        .analysis(format!("{verdict}: {figures}"))
        .row("cold", cold.med, "ms", None)
        .row("warm", warm.med, "ms", None);
    finding.row("hits", found / warm.count * 100.0, "%", Some(found * 2.0 > warm.count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_the_analysis_is_a_cache_that_finds_nothing() {
        let (cold, warm) = (Spread::flat(40.0, 30.0), Spread::flat(160.0, 29.13));
        let found = conclude(Some(cold), Some(warm), None, Some(warm));
        assert!(found.value.is_some_and(|value| (value - 2.9).abs() < 1e-9), "{:?}", found.value);
        assert_eq!(found.text.as_deref(), Some("2.9% improvement"));
        assert_eq!(
            found.analysis,
            "In-memory cache not effective: 0 of 160 repeated requests were hits; misses take 29.13 ms (p95 29.13 ms); \
             cold answers take 30 ms (p95 30 ms)"
        );
    }

    #[test]
    fn hits_are_good_news() {
        let (cold, warm) = (Spread::flat(40.0, 30.0), Spread::flat(160.0, 0.6));
        let found = conclude(Some(cold), Some(warm), Some(warm), None);
        assert!(found.value.is_some_and(|value| (value - 98.0).abs() < 1e-9), "{:?}", found.value);
        assert!(found.analysis.starts_with("The cache is effective: 160 of 160"), "{}", found.analysis);
    }

    #[test]
    fn without_answers_there_is_no_number() {
        let some = Some(Spread::flat(1.0, 1.0));
        assert_eq!(conclude(None, some, None, None).value, None);
        assert_eq!(conclude(some, None, None, None).value, None);
        assert_eq!(conclude(Some(Spread::flat(1.0, 0.0)), some, None, None).value, None);
    }
}
