//! From memory before and after a load to a finding.

use evidence::{figure, plural};
use strata_guest::Finding;

/// What the load may leave behind, in MB.
pub const TARGET: f64 = 50.0;

/// The finding about `memory-growth`, from MB before and after so many requests.
pub fn conclude(before: Option<f64>, after: Option<f64>, requests: f64) -> Finding {
    let finding = Finding::new("memory-growth");
    let (Some(before), Some(after)) = (before, after) else {
        return finding.analysis("The target does not say how much memory it has");
    };
    let growth = after - before;
    let remark = if growth < 0.0 { " (memory decreased under load!)" } else { "" };
    let figures = format!(
        "{} MB before and {} MB after {}",
        figure(before),
        figure(after),
        plural(requests, "request")
    );
    let analysis = if growth < 0.0 {
        format!("Excellent garbage collection and memory optimization: {figures}")
    } else if growth <= TARGET {
        format!("Memory holds under load: {figures}")
    } else {
        format!(
            "Memory grows under load, {} kB with each request: {figures}",
            figure(growth * 1000.0 / requests.max(1.0))
        )
    };
    finding
        .value(growth)
        .text(format!("{}MB{remark}", figure(growth)))
        .analysis(analysis)
        .row("before", before, "MB", None)
        .row("after", after, "MB", None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_the_analysis_is_memory_given_back() {
        let found = conclude(Some(40.5), Some(36.25), 300.0);
        assert_eq!(found.value, Some(-4.25));
        assert_eq!(found.text.as_deref(), Some("-4.25MB (memory decreased under load!)"));
        assert_eq!(
            found.analysis,
            "Excellent garbage collection and memory optimization: 40.5 MB before and 36.25 MB after 300 requests"
        );
    }

    #[test]
    fn a_little_more_is_no_leak_and_much_more_is_one() {
        let some = conclude(Some(40.0), Some(41.5), 300.0);
        assert_eq!((some.value, some.text.as_deref()), (Some(1.5), Some("1.5MB")));
        assert!(some.analysis.starts_with("Memory holds under load"), "{}", some.analysis);
        let much = conclude(Some(40.0), Some(190.0), 300.0);
        assert!(
            much.analysis.starts_with("Memory grows under load, 500 kB with each request"),
            "{}",
            much.analysis
        );
    }

    #[test]
    fn without_both_measurements_there_is_no_number() {
        assert_eq!(conclude(Some(1.0), None, 1.0).value, None);
        assert_eq!(conclude(None, Some(1.0), 1.0).value, None);
    }
}
