//! Selectors and aggregates in k6's form: `http_req_duration{stage:warm,name:feed}` and `p(95)`.

use std::fmt;
use std::str::FromStr;

use super::shown;

/// A metric and the tags its samples must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// The metric's name.
    pub metric: String,
    /// Tags that must all be there with these values; may be empty.
    pub tags: Vec<(String, String)>,
}

impl Selector {
    /// The value that the selector asks of a tag, if it asks for that tag.
    pub fn tag(&self, name: &str) -> Option<&str> {
        self.tags.iter().find(|(tag, _)| tag == name).map(|(_, value)| value.as_str())
    }
}

/// Where a text stops making sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The character, from 0.
    pub at: usize,
    /// What is wrong, with the whole text and a way out.
    pub message: String,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at character {}", self.message, self.at + 1)
    }
}

impl std::error::Error for SyntaxError {}

/// A part of a text, and at which byte of the text it begins.
type Part<'t> = (usize, &'t str);

fn trimmed((at, part): Part<'_>) -> Part<'_> {
    let rest = part.trim_start();
    (at + part.len() - rest.len(), rest.trim_end())
}

impl FromStr for Selector {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Selector, SyntaxError> {
        let wrong = |byte: usize, why: String| SyntaxError {
            at: text.get(..byte).unwrap_or(text).chars().count(),
            message: format!("`{}` is not a selector (hint: `metric{{tag:value}}`): {why}", shown(text)),
        };
        let open = text.find('{');
        let (at, metric) = trimmed((0, text.get(..open.unwrap_or(text.len())).unwrap_or(text)));
        let odd = metric.char_indices().find(|(_, c)| !(c.is_ascii_alphanumeric() || *c == '_'));
        if metric.is_empty() || odd.is_some() {
            let byte = at + odd.map_or(0, |(byte, _)| byte);
            return Err(wrong(byte, format!("`{}` is not the name of a metric", shown(metric))));
        }
        let mut tags = Vec::new();
        if let Some(open) = open {
            let end = text.trim_end().len();
            let Some(list) = text.get(open + 1..end).and_then(|list| list.strip_suffix('}')) else {
                return Err(wrong(end, "the closing `}` is missing".to_owned()));
            };
            let mut at = open + 1;
            for part in list.split(',') {
                tags.extend(pair((at, part)).map_err(|(byte, why)| wrong(byte, why))?);
                at += part.len() + 1;
            }
        }
        Ok(Selector { metric: metric.to_owned(), tags })
    }
}

/// `tag:value`; nothing for an empty part.
fn pair(part: Part<'_>) -> Result<Option<(String, String)>, (usize, String)> {
    let (at, part) = trimmed(part);
    if part.is_empty() {
        return Ok(None);
    }
    let Some((tag, value)) = part.split_once(':') else {
        return Err((at + part.len(), format!("`{}` is not `tag:value`", shown(part))));
    };
    let tag = tag.trim();
    if tag.is_empty() {
        return Err((at, format!("`{}` has no tag before the `:`", shown(part))));
    }
    Ok(Some((tag.to_owned(), value.trim().trim_matches('"').to_owned())))
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.metric)?;
        if self.tags.is_empty() {
            return Ok(());
        }
        let tags: Vec<_> = self.tags.iter().map(|(tag, value)| format!("{tag}:{value}")).collect();
        write!(f, "{{{}}}", tags.join(","))
    }
}

/// One number of many samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aggregate {
    /// The mean of a trend.
    Avg,
    /// The smallest sample of a trend or gauge.
    Min,
    /// The median of a trend.
    Med,
    /// The largest sample of a trend or gauge.
    Max,
    /// A quantile of a trend, from 0 to 1; `p(95)` is 0.95.
    Quantile(f64),
    /// The sum of a counter, or the number of samples.
    Count,
    /// A counter's count per second, or a rate's share from 0 to 1.
    Rate,
    /// The newest value of a gauge.
    Value,
}

impl FromStr for Aggregate {
    type Err = String;

    fn from_str(text: &str) -> Result<Aggregate, String> {
        let percent = text.strip_prefix("p(").and_then(|rest| rest.strip_suffix(')'));
        Ok(match text {
            "avg" => Aggregate::Avg,
            "min" => Aggregate::Min,
            "med" => Aggregate::Med,
            "max" => Aggregate::Max,
            "count" => Aggregate::Count,
            "rate" => Aggregate::Rate,
            "value" => Aggregate::Value,
            _ => match percent.and_then(|percent| percent.parse::<f64>().ok()) {
                Some(percent) if (0.0..=100.0).contains(&percent) => Aggregate::Quantile(percent / 100.0),
                _ => {
                    return Err(format!(
                        "`{}` is not an aggregate (hint: avg, min, med, max, p(95), count, rate or value)",
                        shown(text)
                    ));
                }
            },
        })
    }
}

impl fmt::Display for Aggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Aggregate::Avg => f.write_str("avg"),
            Aggregate::Min => f.write_str("min"),
            Aggregate::Med => f.write_str("med"),
            Aggregate::Max => f.write_str("max"),
            Aggregate::Quantile(quantile) => write!(f, "p({})", super::number_text(quantile * 100.0)),
            Aggregate::Count => f.write_str("count"),
            Aggregate::Rate => f.write_str("rate"),
            Aggregate::Value => f.write_str("value"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_round_trip() {
        for text in ["http_reqs", "http_req_duration{stage:warm,name:feed}"] {
            assert_eq!(text.parse::<Selector>().map(|selector| selector.to_string()), Ok(text.to_owned()));
        }
        let spaced = r#"checks{ check : status is 200 , url:"http://a:1/" }"#.parse::<Selector>();
        let spaced = spaced.expect("a selector");
        assert_eq!(spaced.tag("check"), Some("status is 200"));
        assert_eq!(spaced.tag("url"), Some("http://a:1/"));
    }

    #[test]
    fn faults_are_named() {
        for (text, at, why) in [
            ("", 0, "is not the name of a metric"),
            ("a b", 1, "`a b` is not the name of a metric"),
            ("ñ{a:b}", 0, "`ñ` is not the name of a metric"),
            ("m{a:b", 5, "the closing `}` is missing"),
            ("m{a}", 3, "`a` is not `tag:value`"),
            ("m{é:1, :b}", 7, "has no tag before"),
        ] {
            let error = text.parse::<Selector>().expect_err(text);
            assert_eq!((error.at, error.message.contains(why)), (at, true), "{error}");
        }
    }

    #[test]
    fn aggregates_round_trip_and_percentiles_are_bounded() {
        for text in ["avg", "min", "med", "max", "p(95)", "p(99.9)", "count", "rate", "value"] {
            assert_eq!(text.parse::<Aggregate>().map(|aggregate| aggregate.to_string()), Ok(text.to_owned()));
        }
        for text in ["p(101)", "p(-1)", "p(x)", "p95", "mean", ""] {
            assert!(text.parse::<Aggregate>().is_err(), "{text}");
        }
    }
}
