//! Tables in Markdown, and the numbers in them.

use std::fmt::Write as _;

/// A table whose columns are as wide as their widest cell: text to the left, numbers to the right.
#[derive(Debug)]
pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns; the first is text.
    pub fn new(head: &[&str]) -> Table {
        Table { head: head.iter().map(|&name| name.to_owned()).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The table, with a line feed at its end.
    pub fn render(&self) -> String {
        let all = || std::iter::once(&self.head).chain(&self.rows);
        let width = |at: usize| all().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max();
        let widths: Vec<usize> = (0..self.head.len()).map(|at| width(at).unwrap_or(0).max(2)).collect();
        let mut out = String::new();
        for (number, row) in all().enumerate() {
            for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let _ =
                    if at == 0 { write!(out, "| {cell:<width$} ") } else { write!(out, "| {cell:>width$} ") };
            }
            out.push_str("|\n");
            if number == 0 {
                for (at, width) in widths.iter().enumerate() {
                    let _ = write!(out, "|{}{}", "-".repeat(width + 1), if at == 0 { "-" } else { ":" });
                }
                out.push_str("|\n");
            }
        }
        out
    }
}

/// The middle of some numbers, the mean of both middles for an even count; NaN for none.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match (numbers.len() % 2, middle.checked_sub(1).and_then(|below| numbers.get(below)), numbers.get(middle))
    {
        (0, Some(below), Some(above)) => (below + above) / 2.0,
        (1, _, Some(middle)) => *middle,
        _ => f64::NAN,
    }
}

/// A number with this many decimals, thousands apart; `-` for one that is none.
pub fn number(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "-".to_owned();
    }
    let text = format!("{value:.decimals$}");
    let (whole, rest) = text.find('.').map_or((text.as_str(), ""), |at| text.split_at(at));
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) && !out.ends_with('-') {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(number(1_234_567.89, 1), "1,234,567.9");
        assert_eq!(number(999.0, 0), "999");
        assert_eq!(number(-1_000.5, 1), "-1,000.5");
        assert_eq!(number(-100.0, 0), "-100");
        assert_eq!(number(f64::NAN, 1), "-");
    }

    #[test]
    fn a_median_is_in_the_middle() {
        assert_eq!(median(vec![9.0, 1.0, 5.0]), 5.0);
        assert_eq!(median(vec![1.0, 2.0, 3.0, 10.0]), 2.5);
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn a_table_lines_up() {
        let mut table = Table::new(&["tool", "µs"]);
        table.row(vec!["wrk".into(), "6.70".into()]);
        assert_eq!(table.render(), "| tool |   µs |\n|------|-----:|\n| wrk  | 6.70 |\n");
    }
}
