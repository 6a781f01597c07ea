//! From times with and without the cache to a finding.

use evidence::{Spread, figure};
use strata_guest::Finding;

/// How many times as long the median may be without the cache.
pub const TARGET: f64 = 2.0;
/// A ratio below this is none: the medians differ by less than their noise.
const SAME: f64 = 1.05;

/// The finding about `ratio`: the median without the cache to the one with it. `hits` are those of both stages.
pub fn conclude(with: Option<Spread>, without: Option<Spread>, hits: (f64, f64)) -> Finding {
    let finding = Finding::new("ratio");
    let (Some(with), Some(without)) = (with, without) else {
        return finding.analysis("There were no answers to compare, or the cache could not be taken away");
    };
    if with.med <= 0.0 {
        return finding.analysis("Answers took no time");
    }
    let ratio = without.med / with.med;
    let text = if ratio < SAME {
        format!("{}:1 ratio (no performance drop without cache)", figure((ratio * 10.0).round() / 10.0))
    } else {
        format!("{}:1 ratio", figure(ratio))
    };
    let verdict = if ratio <= TARGET {
        "System handles cache failures gracefully"
    } else {
        "System depends on its cache"
    };
    let analysis = format!(
        "{verdict}: median {} ms with the cache ({:.0} of {:.0} answers were hits) and {} ms without it ({:.0} of {:.0})",
        figure(with.med),
        hits.0,
        with.count,
        figure(without.med),
        hits.1,
        without.count
    );
    finding.value(ratio).text(text).analysis(analysis).row("with the cache", with.med, "ms", None).row(
        "without the cache",
        without.med,
        "ms",
        None,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_the_analysis_is_no_drop() {
        let found = conclude(Some(Spread::flat(60.0, 30.1)), Some(Spread::flat(60.0, 30.1)), (0.0, 0.0));
        assert_eq!(found.value, Some(1.0));
        assert_eq!(found.text.as_deref(), Some("1:1 ratio (no performance drop without cache)"));
        assert_eq!(
            found.analysis,
            "System handles cache failures gracefully: median 30.1 ms with the cache (0 of 60 answers were hits) and \
             30.1 ms without it (0 of 60)"
        );
    }

    #[test]
    fn a_drop_is_said_as_a_ratio() {
        let found = conclude(Some(Spread::flat(60.0, 24.0)), Some(Spread::flat(60.0, 30.0)), (60.0, 0.0));
        assert_eq!((found.value, found.text.as_deref()), (Some(1.25), Some("1.25:1 ratio")));
        let found = conclude(Some(Spread::flat(60.0, 3.0)), Some(Spread::flat(60.0, 30.0)), (60.0, 0.0));
        assert!(found.analysis.starts_with("System depends on its cache"), "{}", found.analysis);
    }

    #[test]
    fn without_an_outage_there_is_no_number() {
        assert_eq!(conclude(Some(Spread::flat(60.0, 3.0)), None, (0.0, 0.0)).value, None);
        assert_eq!(conclude(None, Some(Spread::flat(60.0, 3.0)), (0.0, 0.0)).value, None);
    }
}
