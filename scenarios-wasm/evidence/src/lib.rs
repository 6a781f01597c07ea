//! What the layers' judges share: figures as the analysis writes them, and where they come from.

use strata_guest::{Aggregate, Error, results};

pub use serde_json::Value;

/// A number with at most two decimals: `85.54`, `171.6`, `-4.25`, `0`.
pub fn figure(value: f64) -> String {
    let text = format!("{value:.2}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

/// `1 request`, `3 requests`; a count that is not whole is none.
pub fn plural(count: f64, one: &str) -> String {
    if count == 1.0 { format!("1 {one}") } else { format!("{count:.0} {one}s") }
}

/// A body as JSON; `null` if it is none.
pub fn json(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or(Value::Null)
}

/// The number at a path of a body, such as `/database/opened`.
pub fn number(body: &Value, path: &str) -> Option<f64> {
    body.pointer(path).and_then(Value::as_f64)
}

/// The text at a path of a body, such as `/error`.
pub fn text<'a>(body: &'a Value, path: &str) -> Option<&'a str> {
    body.pointer(path).and_then(Value::as_str)
}

/// The entries of the list at a path of a body, such as `/items`; none if there is no list.
pub fn entries<'a>(body: &'a Value, path: &str) -> &'a [Value] {
    body.pointer(path).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Whether `true` stands at a path of a body.
pub fn holds(body: &Value, path: &str) -> bool {
    body.pointer(path).and_then(Value::as_bool).unwrap_or_default()
}

/// A distribution of times, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// How many.
    pub count: f64,
    /// The mean.
    pub avg: f64,
    /// The median.
    pub med: f64,
    /// 95 % are at most this.
    pub p95: f64,
}

impl Spread {
    /// That of a trend; nothing without samples.
    ///
    /// # Errors
    /// When the selector or its metric makes no sense.
    pub fn of(selector: &str) -> Result<Option<Spread>, Error> {
        let stat = |aggregate| results::stat(selector, aggregate);
        let all = (
            stat(Aggregate::Count)?,
            stat(Aggregate::Avg)?,
            stat(Aggregate::Med)?,
            stat(Aggregate::P(95.0))?,
        );
        Ok(match all {
            (Some(count), Some(avg), Some(med), Some(p95)) => Some(Spread { count, avg, med, p95 }),
            _ => None,
        })
    }

    /// All of these times are the same.
    pub fn flat(count: f64, ms: f64) -> Spread {
        Spread { count, avg: ms, med: ms, p95: ms }
    }
}

/// A counter's sum, or how many samples there are; 0 without any.
///
/// # Errors
/// When the selector or its metric makes no sense.
pub fn count(selector: &str) -> Result<f64, Error> {
    Ok(results::stat(selector, Aggregate::Count)?.unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_the_decimals_that_they_need() {
        let figures = [85.54, 171.6, 1265.68, -4.25, 0.0, -0.001, 100.0, 2.899].map(figure);
        assert_eq!(figures, ["85.54", "171.6", "1265.68", "-4.25", "0", "0", "100", "2.9"]);
    }

    #[test]
    fn numbers_are_read_where_they_are() {
        let body = json(r#"{"database":{"opened":32}}"#);
        assert_eq!(number(&body, "/database/opened"), Some(32.0));
        assert_eq!(number(&body, "/database/closed"), None);
        assert_eq!(number(&json("nonsense"), "/database"), None);
    }

    #[test]
    fn what_is_not_there_is_empty() {
        let body = json(r#"{"items":[1,2],"error":"away","whole":true}"#);
        assert_eq!((entries(&body, "/items").len(), entries(&body, "/error").len()), (2, 0));
        assert_eq!((text(&body, "/error"), text(&body, "/items")), (Some("away"), None));
        assert_eq!((holds(&body, "/whole"), holds(&body, "/half")), (true, false));
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!([0.0, 1.0, 2.0].map(|count| plural(count, "run")), ["0 runs", "1 run", "2 runs"]);
    }
}
