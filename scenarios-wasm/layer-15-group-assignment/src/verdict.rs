//! From times by the number of members to a finding.

use evidence::{Spread, figure};
use strata_guest::Finding;
use strata_guest::results::Line;

/// What the largest assignment may take, in milliseconds.
pub const TARGET: f64 = 100.0;

/// Assignments of so many members.
pub struct Size {
    /// How many.
    pub members: f64,
    /// How long the good answers took.
    pub spread: Option<Spread>,
    /// The statements that the site ran for one, if it says so.
    pub statements: Option<f64>,
}

impl Size {
    /// Members and mean time, for the line through them.
    pub fn point(&self) -> Option<(f64, f64)> {
        self.spread.map(|spread| (self.members, spread.avg))
    }
}

/// The finding about `response-time`: the mean of the largest size. `line` is time over members.
pub fn conclude(sizes: &[Size], line: Option<&Line>) -> Finding {
    let finding = Finding::new("response-time");
    let (Some(first), Some(last)) = (sizes.first(), sizes.last()) else {
        return finding.analysis("Nobody was assigned");
    };
    let (Some((_, short)), Some((_, long))) = (first.point(), last.point()) else {
        return finding.analysis("The smallest or the largest assignment gave no good answer");
    };
    let growth = line.map(|line| {
        format!(
            "{} ms for each member (95 % interval {} to {}, R² {:.4}), from {} ms for {} to {} ms for {}",
            figure(line.slope),
            figure(line.slope_low),
            figure(line.slope_high),
            line.r_squared,
            figure(short),
            first.members,
            figure(long),
            last.members
        )
    });
    let growth = growth.unwrap_or_else(|| format!("from {} ms to {} ms", figure(short), figure(long)));
    let statements = match (first.statements, last.statements) {
        (Some(few), Some(many)) => {
            format!("; {few} statements for {}, {many} for {}", first.members, last.members)
        }
        _ => String::new(),
    };
    // The members make up most of the time, and it is certain that they do.
    let by_member = line.is_some_and(|line| line.slope_low > 0.0 && line.slope * last.members > long / 2.0);
    let verdict = match (long <= TARGET, by_member) {
        (true, _) => format!("Members are assigned at once: {} ms for {}", figure(long), last.members),
        (false, true) => {
            format!("N+1 query problem, no batch processing: the response time grows by {growth}")
        }
        (false, false) => format!("Assignment is slow whatever the size: {growth}"),
    };
    let finding = finding
        .value(long)
        .text(format!("{}ms response time", figure(long)))
        .analysis(format!("{verdict}{statements}"));
    sizes.iter().filter_map(Size::point).fold(finding, |finding, (members, ms)| {
        finding.row(format!("{members} members"), ms, "ms", Some(ms <= TARGET))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(times: [f64; 4], statements: [f64; 4]) -> Vec<Size> {
        let size = |((members, ms), statements)| Size {
            members,
            spread: Some(Spread::flat(2.0, ms)),
            statements: Some(statements),
        };
        [25.0, 50.0, 100.0, 200.0].into_iter().zip(times).zip(statements).map(size).collect()
    }

    fn line(slope: f64) -> Line {
        Line { slope, intercept: 5.0, r_squared: 0.99987, slope_low: slope - 0.04, slope_high: slope + 0.04 }
    }

    #[test]
    fn the_number_of_the_analysis_grows_with_the_members() {
        let sizes = sizes([163.1, 320.0, 635.2, 1265.68], [77.0, 152.0, 302.0, 602.0]);
        let found = conclude(&sizes, Some(&line(6.3)));
        assert_eq!((found.value, found.text.as_deref()), (Some(1265.68), Some("1265.68ms response time")));
        assert_eq!(
            found.analysis,
            "N+1 query problem, no batch processing: the response time grows by 6.3 ms for each member (95 % interval \
             6.26 to 6.34, R² 0.9999), from 163.1 ms for 25 to 1265.68 ms for 200; 77 statements for 25, 602 for 200"
        );
        assert!(found.breakdown.iter().all(|row| row.passed == Some(false)));
    }

    #[test]
    fn slow_for_any_size_is_no_matter_of_members() {
        let found = conclude(&sizes([300.0, 301.0, 299.0, 300.0], [4.0; 4]), Some(&line(0.01)));
        assert!(found.analysis.starts_with("Assignment is slow whatever the size"), "{}", found.analysis);
    }

    #[test]
    fn all_at_once_is_good_news() {
        let found = conclude(&sizes([9.0, 9.1, 9.3, 9.6], [4.0; 4]), Some(&line(0.003)));
        assert_eq!(
            found.analysis,
            "Members are assigned at once: 9.6 ms for 200; 4 statements for 25, 4 for 200"
        );
    }

    #[test]
    fn without_answers_there_is_no_number() {
        let mut some = sizes([9.0; 4], [4.0; 4]);
        some.iter_mut().last().into_iter().for_each(|size| size.spread = None);
        assert_eq!(conclude(&some, None).value, None);
        assert_eq!(conclude(&[], None).value, None);
    }
}
