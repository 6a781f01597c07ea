//! The course of a load in a bounded number of points.

use crate::event::{LayerTimeline, Second, TimePoint};
use crate::measure::Results;
use crate::plan::{Aggregate, Selector};

use super::summarise::{count, failed};

/// The most points of a layer. When there are twice as many, neighbours become one.
const MOST_POINTS: usize = 600;
/// Where a distribution is drawn from.
const QUANTILES: [f64; 15] =
    [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999, 1.0];

fn whole(metric: &str) -> Selector {
    Selector { metric: metric.to_owned(), tags: Vec::new() }
}

/// Adds a second.
pub(super) fn add(points: &mut Vec<TimePoint>, second: &Second) {
    let seconds = second.length.as_secs_f64();
    let samples = &second.samples;
    let per_s = |metric: &str| if seconds > 0.0 { count(samples, metric) / seconds } else { 0.0 };
    let quantile =
        |metric: &str, quantile| samples.stat(&whole(metric), Aggregate::Quantile(quantile), seconds);
    points.push(TimePoint {
        start_s: second.start.as_secs_f64(),
        length_s: seconds,
        stage: second.stage.clone(),
        vus: second.vus,
        iterations_per_s: per_s("iterations"),
        requests_per_s: per_s("http_reqs"),
        failed: failed(samples, &whole("http_req_failed")),
        dropped: count(samples, "dropped_iterations"),
        p50: quantile("http_req_duration", 0.5),
        p95: quantile("http_req_duration", 0.95),
        p99: quantile("http_req_duration", 0.99),
        lag_p99: quantile("iteration_lag", 0.99),
    });
    if points.len() >= 2 * MOST_POINTS {
        *points = points.chunks(2).filter_map(join).collect();
    }
}

/// Two neighbours as one: rates by their times, counts summed, of quantiles the worse one.
fn join(pair: &[TimePoint]) -> Option<TimePoint> {
    let (first, last) = (pair.first()?, pair.last()?);
    if pair.len() < 2 {
        return Some(first.clone());
    }
    let length_s = first.length_s + last.length_s;
    let rate = |a: f64, b: f64| (a * first.length_s + b * last.length_s) / length_s.max(f64::MIN_POSITIVE);
    Some(TimePoint {
        start_s: first.start_s,
        length_s,
        stage: first.stage.clone(),
        vus: last.vus.or(first.vus),
        iterations_per_s: rate(first.iterations_per_s, last.iterations_per_s),
        requests_per_s: rate(first.requests_per_s, last.requests_per_s),
        failed: first.failed + last.failed,
        dropped: first.dropped + last.dropped,
        p50: first.p50.into_iter().chain(last.p50).reduce(f64::max),
        p95: first.p95.into_iter().chain(last.p95).reduce(f64::max),
        p99: first.p99.into_iter().chain(last.p99).reduce(f64::max),
        lag_p99: first.lag_p99.into_iter().chain(last.lag_p99).reduce(f64::max),
    })
}

/// The whole course, with the distribution of the layer's requests.
pub(super) fn close(scenario: &str, mut points: Vec<TimePoint>, results: &Results) -> LayerTimeline {
    if points.len() > MOST_POINTS {
        points = points.chunks(2).filter_map(join).collect();
    }
    let durations = results.totals.select(&whole("http_req_duration"));
    let at = |quantile: f64| Some((quantile, durations.as_ref()?.stat(Aggregate::Quantile(quantile), 1.0)?));
    LayerTimeline {
        scenario: scenario.to_owned(),
        points,
        distribution: QUANTILES.into_iter().filter_map(at).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Totals;
    use std::time::Duration;

    #[test]
    fn a_long_run_has_a_bounded_number_of_points_and_loses_no_time() {
        let mut points = Vec::new();
        for second in 0..5000 {
            add(
                &mut points,
                &Second {
                    layer: 0,
                    stage: "main".into(),
                    start: Duration::from_secs(second),
                    length: Duration::from_secs(1),
                    vus: Some(3),
                    generator: Vec::new(),
                    samples: Totals::default(),
                },
            );
        }
        let timeline = close("shop", points, &Results::default());
        assert!(
            (MOST_POINTS / 2..=MOST_POINTS).contains(&timeline.points.len()),
            "{}",
            timeline.points.len()
        );
        assert_eq!(timeline.points.iter().map(|point| point.length_s).sum::<f64>(), 5000.0);
        assert!(timeline.points.is_sorted_by(|a, b| a.start_s < b.start_s));
    }
}
