//! From the rates of the endpoints to a finding.

use strata_guest::Finding;

/// The mean rate that the layer must reach, in requests per second.
pub const LAYER_MARK: f64 = 50.0;
/// The rate that each endpoint must reach, in requests per second.
const ENDPOINT_MARK: f64 = 20.0;

/// What one stage asks for.
pub struct Endpoint {
    /// The stage's name, which is the request's name too.
    pub stage: &'static str,
    /// Below the target's base URL.
    pub path: &'static str,
}

impl Endpoint {
    /// Its good answers.
    pub fn selector(&self) -> String {
        format!("http_reqs{{stage:{},expected_response:true}}", self.stage)
    }
}

/// The finding about `throughput`, from paths with their rates; `None` is an endpoint without a good answer.
///
/// An endpoint without one counts as 0 req/s, unless none has one: then there is nothing to judge.
pub fn conclude(rates: &[(&str, Option<f64>)]) -> Finding {
    let finding = Finding::new("throughput");
    if rates.iter().all(|(_, rate)| rate.is_none()) {
        return finding.analysis("No endpoint gave a good answer");
    }
    let rates: Vec<(&str, f64)> = rates.iter().map(|(path, rate)| (*path, rate.unwrap_or(0.0))).collect();
    let mean = mean(&rates);
    let finding = finding.value(mean).text(format!("{mean:.2} req/s")).analysis(analysis(&rates, mean));
    rates.iter().fold(finding, |finding, (path, rate)| {
        finding.row(*path, *rate, "req/s", Some(*rate >= ENDPOINT_MARK))
    })
}

/// The layer's number: `(24.47 + 9.38 + 44.82 + 10.81) / 4 = 22.37`.
fn mean(rates: &[(&str, f64)]) -> f64 {
    let sum: f64 = rates.iter().map(|(_, rate)| rate).sum();
    sum / rates.len() as f64
}

/// Which endpoints are slow, with their figures, or that none is.
fn analysis(rates: &[(&str, f64)], mean: f64) -> String {
    let slow: Vec<String> = rates
        .iter()
        .filter(|(_, rate)| *rate < ENDPOINT_MARK)
        .map(|(path, rate)| format!("{path} ({rate:.2} req/s)"))
        .collect();
    match slow.len() {
        0 if mean >= LAYER_MARK => format!("All endpoints answer {ENDPOINT_MARK} req/s or more"),
        0 => format!(
            "All endpoints answer {ENDPOINT_MARK} req/s or more, but their mean is below {LAYER_MARK}"
        ),
        count if count == rates.len() => {
            format!("No endpoint reaches {ENDPOINT_MARK} req/s: {}", slow.join(", "))
        }
        count => {
            format!("{count} of {} endpoints below {ENDPOINT_MARK} req/s: {}", rates.len(), slow.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOW: [(&str, Option<f64>); 4] = [
        ("/api/posts/feed", Some(24.47)),
        ("/api/groups", Some(9.38)),
        ("/api/events/sidebar", Some(44.82)),
        ("/api/friends/suggestions", Some(10.81)),
    ];

    #[test]
    fn the_number_is_the_mean_of_the_rates() {
        let finding = conclude(&SLOW);
        assert!(finding.value.is_some_and(|value| (value - 22.37).abs() < 1e-9));
        assert_eq!(finding.text.as_deref(), Some("22.37 req/s"));
    }

    #[test]
    fn each_endpoint_has_a_row_with_its_mark() {
        let rows = conclude(&SLOW).breakdown;
        let marks: Vec<_> = rows.iter().map(|row| (row.label.as_str(), row.value, row.passed)).collect();
        let expected = [
            ("/api/posts/feed", 24.47, Some(true)),
            ("/api/groups", 9.38, Some(false)),
            ("/api/events/sidebar", 44.82, Some(true)),
            ("/api/friends/suggestions", 10.81, Some(false)),
        ];
        assert_eq!(marks, expected);
        assert!(rows.iter().all(|row| row.unit == "req/s"));
    }

    #[test]
    fn the_analysis_names_the_slow_endpoints_with_their_figures() {
        let expected = "2 of 4 endpoints below 20 req/s: /api/groups (9.38 req/s), /api/friends/suggestions (10.81 req/s)";
        assert_eq!(conclude(&SLOW).analysis, expected);
    }

    #[test]
    fn fast_endpoints_are_good_news_only_if_their_mean_is() {
        assert_eq!(conclude(&[("/a", Some(50.0))]).analysis, "All endpoints answer 20 req/s or more");
        let slow = conclude(&[("/a", Some(30.0))]).analysis;
        assert_eq!(slow, "All endpoints answer 20 req/s or more, but their mean is below 50");
    }

    #[test]
    fn an_endpoint_without_a_good_answer_counts_as_nothing_per_second() {
        let finding = conclude(&[("/a", Some(100.0)), ("/b", None)]);
        assert_eq!(finding.value, Some(50.0));
        assert_eq!(finding.analysis, "1 of 2 endpoints below 20 req/s: /b (0.00 req/s)");
    }

    #[test]
    fn without_a_good_answer_there_is_no_number() {
        let finding = conclude(&[("/a", None), ("/b", None)]);
        assert_eq!((finding.value, finding.breakdown.len()), (None, 0));
    }

    #[test]
    fn a_selector_asks_for_good_answers_of_the_stage() {
        let feed = Endpoint { stage: "feed", path: "/api/posts/feed" };
        assert_eq!(feed.selector(), "http_reqs{stage:feed,expected_response:true}");
    }
}
