//! Builder of what `judge` found out: [`Finding`].

use crate::{Finding, Row};

impl Finding {
    /// A finding about the goal of that name, so far without a number, which means NO DATA for a judged goal.
    pub fn new(goal: impl Into<String>) -> Finding {
        Finding {
            goal: goal.into(),
            value: None,
            text: None,
            analysis: String::new(),
            breakdown: Vec::new(),
            options: Vec::new(),
        }
    }

    /// The number to hold against the goal's target, in its unit. A measured goal keeps the engine's number.
    pub fn value(mut self, value: f64) -> Finding {
        self.value = Some(value);
        self
    }

    /// How the result reads where a number and its unit do not say it: `1:1 ratio`.
    pub fn text(mut self, text: impl Into<String>) -> Finding {
        self.text = Some(text.into());
        self
    }

    /// What is wrong and the evidence for it, or why it is good.
    pub fn analysis(mut self, analysis: impl Into<String>) -> Finding {
        self.analysis = analysis.into();
        self
    }

    /// Adds a line under the result; `passed` is left out where it only informs.
    pub fn row(
        mut self,
        label: impl Into<String>,
        value: f64,
        unit: impl Into<String>,
        passed: Option<bool>,
    ) -> Finding {
        self.breakdown.push(Row { label: label.into(), value, unit: unit.into(), passed });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_has_no_number_until_it_is_given_one() {
        assert_eq!(Finding::new("throughput").value, None);
        let finding = Finding::new("throughput").value(22.37).text("22.37 req/s").analysis("slow");
        assert_eq!((finding.value, finding.text.as_deref()), (Some(22.37), Some("22.37 req/s")));
    }

    #[test]
    fn rows_keep_their_order() {
        let finding = Finding::new("x").row("/a", 1.0, "req/s", Some(false)).row("/b", 2.0, "", None);
        let rows: Vec<_> = finding.breakdown.iter().map(|row| (row.label.as_str(), row.passed)).collect();
        assert_eq!(rows, [("/a", Some(false)), ("/b", None)]);
    }
}
