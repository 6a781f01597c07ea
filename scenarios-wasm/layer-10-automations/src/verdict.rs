//! From what became of automation runs to a finding.

use std::collections::HashMap;

use evidence::{Value, entries, figure, plural, text};
use strata_guest::Finding;

/// The share of runs that must be applied exactly once, in percent.
pub const TARGET: f64 = 100.0;
/// The most runs that are named.
const NAMED: usize = 5;

/// What became of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was applied once and has a number of its own.
    Once,
    /// It was not applied, or another run has its number: one of the two was not counted.
    Lost,
    /// It was applied more than once.
    Twice,
}

/// What became of these runs, in an automation as it shows itself: `{"runs": [{"run", "number"}]}`.
pub fn fates<'a>(automation: &Value, asked: &'a [String]) -> Vec<(&'a str, Fate)> {
    let runs = entries(automation, "/runs");
    let mut times: HashMap<&str, u32> = HashMap::new();
    let mut owner: HashMap<i64, &str> = HashMap::new();
    let mut shared: HashMap<i64, bool> = HashMap::new();
    for entry in runs {
        let (Some(run), Some(number)) = (text(entry, "/run"), place(entry)) else { continue };
        *times.entry(run).or_default() += 1;
        let first = *owner.entry(number).or_insert(run);
        *shared.entry(number).or_default() |= first != run;
    }
    let overwritten = |wanted: &str| {
        runs.iter()
            .filter(|entry| text(entry, "/run") == Some(wanted))
            .filter_map(place)
            .any(|number| shared.get(&number) == Some(&true))
    };
    let fate = |run: &str| match times.get(run) {
        Some(1) if !overwritten(run) => Fate::Once,
        None | Some(1) => Fate::Lost,
        Some(_) => Fate::Twice,
    };
    asked.iter().map(|run| (run.as_str(), fate(run))).collect()
}

/// Which of the automation's runs an entry was.
fn place(entry: &Value) -> Option<i64> {
    entry.get("number").and_then(Value::as_i64)
}

/// The finding about `success-rate`, from the share of runs that were applied once, their number, and how many were
/// lost and applied twice, with the names of some.
pub fn conclude(
    rate: Option<f64>,
    all: f64,
    lost: &(f64, Vec<String>),
    twice: &(f64, Vec<String>),
) -> Finding {
    let finding = Finding::new("success-rate");
    let Some(percent) = rate.map(|rate| rate * 100.0) else {
        return finding.analysis("What became of the runs could not be looked up");
    };
    let runs = plural(all, "run");
    let analysis = if percent >= TARGET {
        format!("Every one of {runs} was applied exactly once, though each was asked for twice at once")
    } else {
        format!(
            "Race conditions in automation logic: of {runs} {} lost{} and {} applied twice{}",
            lost.0,
            names(&lost.1),
            twice.0,
            names(&twice.1)
        )
    };
    finding
        .value(percent)
        .text(format!("{}% success rate for concurrent automations", figure(percent)))
        .analysis(analysis)
        .row("lost", lost.0, "runs", Some(lost.0 == 0.0))
        .row("applied twice", twice.0, "runs", Some(twice.0 == 0.0))
}

/// ` (such as 1-3, 2-0)`.
fn names(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let some: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    format!(" (such as {})", some.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use evidence::json;

    fn named(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_run_is_lost_if_it_is_missing_or_another_has_its_number() {
        let automation = json(
            r#"{"applied":3,"runs":[{"run":"a","number":1},{"run":"b","number":2},{"run":"c","number":2},
                {"run":"d","number":3},{"run":"d","number":3}]}"#,
        );
        let asked = named(&["a", "b", "c", "d", "e"]);
        let expected =
            [("a", Fate::Once), ("b", Fate::Lost), ("c", Fate::Lost), ("d", Fate::Twice), ("e", Fate::Lost)];
        assert_eq!(fates(&automation, &asked), expected);
        assert_eq!(fates(&json("nonsense"), &named(&["a"])), [("a", Fate::Lost)]);
    }

    #[test]
    fn the_number_of_the_analysis_is_none_at_all() {
        let found = conclude(
            Some(0.0),
            120.0,
            &(12.0, named(&["1-3", "2-0"])),
            &(108.0, named(&["1-0", "1-1", "2-2", "3-0", "4-1", "5-2"])),
        );
        assert_eq!(
            (found.value, found.text.as_deref()),
            (Some(0.0), Some("0% success rate for concurrent automations"))
        );
        assert_eq!(
            found.analysis,
            "Race conditions in automation logic: of 120 runs 12 lost (such as 1-3, 2-0) and 108 applied twice \
             (such as 1-0, 1-1, 2-2, 3-0, 4-1)"
        );
    }

    #[test]
    fn each_once_is_good_news() {
        let none = (0.0, Vec::new());
        let found = conclude(Some(1.0), 120.0, &none, &none);
        assert!(
            found.analysis.starts_with("Every one of 120 runs was applied exactly once"),
            "{}",
            found.analysis
        );
        assert!(found.breakdown.iter().all(|row| row.passed == Some(true)));
    }

    #[test]
    fn without_a_look_up_there_is_no_number() {
        let none = (0.0, Vec::new());
        assert_eq!(conclude(None, 0.0, &none, &none).value, None);
    }
}
