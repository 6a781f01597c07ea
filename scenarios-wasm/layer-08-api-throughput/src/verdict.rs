//! From the rates of the endpoints to a finding.

use evidence::figure;
use strata_guest::Finding;
use strata_guest::results::Usl;

/// The mean rate that the layer must reach, in requests per second.
pub const LAYER_MARK: f64 = 50.0;
/// The rate that each endpoint must reach, in requests per second.
const ENDPOINT_MARK: f64 = 20.0;
/// Contention of which at least this is certain means that requests are handled one at a time.
const SERIAL: f64 = 0.5;

/// What one stage asks for.
pub struct Endpoint {
    /// The stage's name, which is the request's name too.
    pub stage: &'static str,
    /// Below the target's base URL.
    pub path: &'static str,
}

impl Endpoint {
    /// A metric of its good answers.
    pub fn selector(&self, metric: &str) -> String {
        format!("{metric}{{stage:{},expected_response:true}}", self.stage)
    }
}

/// So many users of one endpoint.
pub struct Level {
    /// How many.
    pub users: u32,
    /// Good answers per second.
    pub rate: f64,
    /// Their mean time in milliseconds.
    pub ms: f64,
}

/// What an endpoint's throughput does when more users ask.
pub struct Scaling {
    /// The endpoint.
    pub path: &'static str,
    /// From few users to many.
    pub levels: Vec<Level>,
    /// The curve through them.
    pub law: Option<Usl>,
}

/// A level as a point of the scalability law: its concurrency, throughput times response time, and its throughput.
pub fn point(level: &Level) -> (f64, f64) {
    ((level.rate * level.ms / 1000.0).max(1.0), level.rate)
}

/// The finding about `throughput`, from paths with their rates; `None` is an endpoint without a good answer.
///
/// An endpoint without one counts as 0 req/s, unless none has one: then there is nothing to judge.
pub fn conclude(rates: &[(&str, Option<f64>)], scaling: Option<&Scaling>) -> Finding {
    let finding = Finding::new("throughput");
    if rates.iter().all(|(_, rate)| rate.is_none()) {
        return finding.analysis("No endpoint gave a good answer");
    }
    let rates: Vec<(&str, f64)> = rates.iter().map(|(path, rate)| (*path, rate.unwrap_or(0.0))).collect();
    let mean = mean(&rates);
    let analysis = match scaling.and_then(grows) {
        Some(grows) => format!("{}; {grows}", analysis(&rates, mean)),
        None => analysis(&rates, mean),
    };
    let finding = finding.value(mean).text(format!("{mean:.2} req/s")).analysis(analysis);
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

/// Whether throughput rises with concurrency, and what the curve says about it.
fn grows(scaling: &Scaling) -> Option<String> {
    let (first, last) = (scaling.levels.first()?, scaling.levels.last()?);
    let law = scaling.law.as_ref()?;
    let serial = law.sigma_low >= SERIAL;
    Some(format!(
        "throughput {} with concurrency: {} answers {} req/s with {} and {} with {} users, contention sigma {:.3} \
         (95 % interval {:.3} to {:.3}){}",
        if serial { "does not rise" } else { "rises" },
        scaling.path,
        figure(first.rate),
        first.users,
        figure(last.rate),
        last.users,
        law.sigma,
        law.sigma_low,
        law.sigma_high,
        if serial { ", so requests are handled one at a time" } else { "" },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaling(rates: [f64; 2], sigma: f64) -> Scaling {
        let level = |(users, rate): (u32, f64)| Level { users, rate, ms: f64::from(users) * 1000.0 / rate };
        let law = Usl {
            lambda: 44.82,
            sigma,
            kappa: 0.0,
            sigma_low: (sigma - 0.02).max(0.0),
            sigma_high: sigma + 0.02,
            r_squared: 1.0,
            peak: None,
        };
        let levels = [1, 8].into_iter().zip(rates).map(level).collect();
        Scaling { path: "/api/events/sidebar", levels, law: Some(law) }
    }

    #[test]
    fn a_throughput_that_does_not_rise_is_said_with_its_contention() {
        let finding = conclude(&SLOW, Some(&scaling([44.7, 44.82], 0.997)));
        let expected = "; throughput does not rise with concurrency: /api/events/sidebar answers 44.7 req/s with 1 and \
                        44.82 with 8 users, contention sigma 0.997 (95 % interval 0.977 to 1.017), so requests are \
                        handled one at a time";
        assert!(finding.analysis.ends_with(expected), "{}", finding.analysis);
        assert!(finding.analysis.starts_with("2 of 4 endpoints below 20 req/s"), "{}", finding.analysis);
    }

    #[test]
    fn a_throughput_that_rises_is_said_too() {
        let finding = conclude(&[("/a", Some(200.0))], Some(&scaling([45.0, 358.0], 0.001)));
        assert!(finding.analysis.contains("; throughput rises with concurrency: "), "{}", finding.analysis);
        assert!(
            finding.analysis.ends_with("sigma 0.001 (95 % interval 0.000 to 0.021)"),
            "{}",
            finding.analysis
        );
    }

    #[test]
    fn without_a_curve_nothing_is_said_of_it() {
        let none = Scaling { law: None, ..scaling([45.0, 358.0], 0.0) };
        assert_eq!(conclude(&SLOW, Some(&none)).analysis, conclude(&SLOW, None).analysis);
    }

    #[test]
    fn concurrency_is_what_was_measured() {
        let (concurrency, rate) = point(&Level { users: 8, rate: 44.82, ms: 178.0 });
        assert!((concurrency - 7.978).abs() < 1e-3 && rate == 44.82, "{concurrency}");
        assert_eq!(point(&Level { users: 1, rate: 44.0, ms: 22.0 }).0, 1.0);
    }

    const SLOW: [(&str, Option<f64>); 4] = [
        ("/api/posts/feed", Some(24.47)),
        ("/api/groups", Some(9.38)),
        ("/api/events/sidebar", Some(44.82)),
        ("/api/friends/suggestions", Some(10.81)),
    ];

    #[test]
    fn the_number_is_the_mean_of_the_rates() {
        let finding = conclude(&SLOW, None);
        assert!(finding.value.is_some_and(|value| (value - 22.37).abs() < 1e-9));
        assert_eq!(finding.text.as_deref(), Some("22.37 req/s"));
    }

    #[test]
    fn each_endpoint_has_a_row_with_its_mark() {
        let rows = conclude(&SLOW, None).breakdown;
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
        assert_eq!(conclude(&SLOW, None).analysis, expected);
    }

    #[test]
    fn fast_endpoints_are_good_news_only_if_their_mean_is() {
        assert_eq!(conclude(&[("/a", Some(50.0))], None).analysis, "All endpoints answer 20 req/s or more");
        let slow = conclude(&[("/a", Some(30.0))], None).analysis;
        assert_eq!(slow, "All endpoints answer 20 req/s or more, but their mean is below 50");
    }

    #[test]
    fn an_endpoint_without_a_good_answer_counts_as_nothing_per_second() {
        let finding = conclude(&[("/a", Some(100.0)), ("/b", None)], None);
        assert_eq!(finding.value, Some(50.0));
        assert_eq!(finding.analysis, "1 of 2 endpoints below 20 req/s: /b (0.00 req/s)");
    }

    #[test]
    fn without_a_good_answer_there_is_no_number() {
        let finding = conclude(&[("/a", None), ("/b", None)], None);
        assert_eq!((finding.value, finding.breakdown.len()), (None, 0));
    }

    #[test]
    fn a_selector_asks_for_good_answers_of_the_stage() {
        let feed = Endpoint { stage: "feed", path: "/api/posts/feed" };
        assert_eq!(feed.selector("http_reqs"), "http_reqs{stage:feed,expected_response:true}");
    }
}
