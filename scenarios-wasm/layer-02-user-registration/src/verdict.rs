//! From registrations and what they left behind to a finding.

use evidence::{figure, plural};
use strata_guest::Finding;

/// The share of registrations that must succeed, in percent.
pub const TARGET: f64 = 95.0;

/// What a registration left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// An account with its settings.
    Whole,
    /// An account without its settings.
    Half,
    /// Several accounts, or another's.
    Several,
    /// No account.
    Nothing,
}

impl Left {
    /// All of them.
    pub const ALL: [Left; 4] = [Left::Whole, Left::Half, Left::Several, Left::Nothing];

    /// The value of the tag `left`.
    pub fn as_str(self) -> &'static str {
        match self {
            Left::Whole => "whole",
            Left::Half => "half",
            Left::Several => "several",
            Left::Nothing => "nothing",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Left::Whole => "whole accounts",
            Left::Half => "half-written accounts",
            Left::Several => "accounts twice",
            Left::Nothing => "no account",
        }
    }
}

/// The finding about `success-rate`, from the share of good registrations, their number, the answers that refused,
/// and what was found afterwards.
pub fn conclude(rate: Option<f64>, all: f64, refused: &[(String, f64)], left: &[(Left, f64)]) -> Finding {
    let finding = Finding::new("success-rate");
    let Some(percent) = rate.map(|rate| rate * 100.0) else {
        return finding.analysis("No registration was answered");
    };
    let finding = finding
        .value(percent)
        .text(format!("{}% success rate for concurrent registrations", figure(percent)))
        .analysis(analysis(percent, all, refused, left));
    let finding = refused.iter().fold(finding, |finding, (answer, times)| {
        finding.row(answer.as_str(), *times, "answers", Some(false))
    });
    left.iter().filter(|(_, times)| *times > 0.0).fold(finding, |finding, (left, times)| {
        finding.row(left.label(), *times, "", Some(*left == Left::Whole))
    })
}

fn analysis(percent: f64, all: f64, refused: &[(String, f64)], left: &[(Left, f64)]) -> String {
    // Summed from 0: an empty sum of floats is -0.
    let of = |wanted: Left| {
        left.iter().filter(|(left, _)| *left == wanted).fold(0.0, |sum, (_, times)| sum + times)
    };
    if percent >= TARGET {
        return format!(
            "Concurrent registrations hold: {} whole accounts of {}",
            of(Left::Whole),
            plural(all, "registration")
        );
    }
    let answers: Vec<String> =
        refused.iter().map(|(answer, times)| format!("{times} answered `{answer}`")).collect();
    let answers = if answers.is_empty() { "none was refused".to_owned() } else { answers.join(", ") };
    let locked = refused.iter().any(|(answer, _)| answer.contains("locked"));
    // Made, although its user was told that it was not.
    let unsaid = (of(Left::Whole) - percent / 100.0 * all).round().max(0.0);
    let torn = of(Left::Half) + of(Left::Several) + unsaid > 0.0;
    let cause = match (locked, torn) {
        (true, true) => "Database locks and missing transaction handling",
        (true, false) => "Database locks",
        (false, true) => "Missing transaction handling",
        (false, false) => "Registrations are refused",
    };
    format!(
        "{cause}: of {} {answers}; left behind: {} half-written, {} twice, {unsaid} made though refused",
        plural(all, "registration"),
        of(Left::Half),
        of(Left::Several)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_the_analysis_is_none_at_all() {
        let refused = [("500 the database is locked".to_owned(), 320.0)];
        let found = conclude(Some(0.0), 320.0, &refused, &[(Left::Half, 17.0), (Left::Nothing, 303.0)]);
        assert_eq!(found.value, Some(0.0));
        assert_eq!(found.text.as_deref(), Some("0% success rate for concurrent registrations"));
        assert_eq!(
            found.analysis,
            "Database locks and missing transaction handling: of 320 registrations 320 answered \
             `500 the database is locked`; left behind: 17 half-written, 0 twice, 0 made though refused"
        );
        let rows: Vec<_> = found.breakdown.iter().map(|row| (row.label.as_str(), row.value)).collect();
        assert_eq!(
            rows,
            [("500 the database is locked", 320.0), ("half-written accounts", 17.0), ("no account", 303.0)]
        );
    }

    #[test]
    fn causes_follow_from_what_was_seen() {
        let cause = |refused: &[(String, f64)], left: &[(Left, f64)]| {
            let analysis = conclude(Some(0.5), 10.0, refused, left).analysis;
            analysis.split(':').next().unwrap_or_default().to_owned()
        };
        let locked = [("500 the database is locked".to_owned(), 5.0)];
        assert_eq!(cause(&locked, &[(Left::Nothing, 5.0)]), "Database locks");
        assert_eq!(
            cause(&locked, &[(Left::Whole, 6.0)]),
            "Database locks and missing transaction handling",
            "one of ten was made though refused"
        );
        assert_eq!(cause(&[], &[(Left::Several, 5.0)]), "Missing transaction handling");
        assert_eq!(cause(&[("503 away".to_owned(), 5.0)], &[]), "Registrations are refused");
    }

    #[test]
    fn whole_accounts_are_good_news() {
        let found = conclude(Some(1.0), 320.0, &[], &[(Left::Whole, 320.0)]);
        assert_eq!(found.analysis, "Concurrent registrations hold: 320 whole accounts of 320 registrations");
        assert_eq!(found.text.as_deref(), Some("100% success rate for concurrent registrations"));
    }

    #[test]
    fn without_answers_there_is_no_number() {
        assert_eq!(conclude(None, 0.0, &[], &[]).value, None);
    }
}
