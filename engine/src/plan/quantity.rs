//! Durations and numbers with units, as people write them.

use std::time::Duration;

use super::shown;

/// The units of a duration, largest first, in nanoseconds.
const UNITS: [(&str, u64); 6] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("µs", 1_000),
];

/// The longest duration that a plan may name: 30 days.
pub const LONGEST: Duration = Duration::from_secs(30 * 86_400);

/// Reads a duration in k6's form: `90s`, `1m30s`, `1.5h`, `500ms`; at most 30 days.
///
/// # Errors
/// A sentence with the offending text when it is empty, has no unit or an unknown one, is negative or too long.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong =
        |why: &str| format!("`{}` is not a duration: {why} (hint: `30s`, `1m30s`, `500ms`)", shown(text));
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(wrong("it is empty"));
    }
    let mut nanos = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let number: f64 = number.parse().map_err(|_| wrong("a number is missing"))?;
        let letters = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let unit = unit.trim();
        if unit.is_empty() {
            return Err(wrong("a unit is missing"));
        }
        let Some((_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(wrong(&format!("`{}` is not a unit of time", shown(unit))));
        };
        nanos += number * *scale as f64;
        rest = after;
    }
    if nanos > LONGEST.as_nanos() as f64 {
        return Err(wrong("it is longer than 30 days"));
    }
    Ok(Duration::from_nanos(nanos.round() as u64))
}

/// Reads a finite number with an optional unit: `50`, `50 ms`, `95%` become `(50.0, "")`, `(50.0, "ms")`,
/// `(95.0, "%")`.
///
/// # Errors
/// A sentence with the offending text.
pub fn parse_quantity(text: &str) -> Result<(f64, &str), String> {
    let text = text.trim();
    let split = text
        .char_indices()
        .find(|(i, c)| !(c.is_ascii_digit() || *c == '.' || (*i == 0 && (*c == '-' || *c == '+'))))
        .map_or(text.len(), |(i, _)| i);
    let (number, unit) = text.split_at(split);
    match number.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok((number, unit.trim())),
        _ => Err(format!("`{}` is not a number with a unit (hint: `50 ms`)", shown(text))),
    }
}

/// A duration as people write it, at most two units: `1m30s`, `2.5s`, `350ms`.
pub fn duration_text(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds >= 3600 {
        match seconds / 60 % 60 {
            0 => format!("{}h", seconds / 3600),
            minutes => format!("{}h{minutes}m", seconds / 3600),
        }
    } else if seconds >= 60 {
        match seconds % 60 {
            0 => format!("{}m", seconds / 60),
            rest => format!("{}m{rest}s", seconds / 60),
        }
    } else if seconds >= 1 {
        format!("{}s", number_text((duration.as_secs_f64() * 10.0).round() / 10.0))
    } else {
        format!("{}ms", number_text((duration.as_secs_f64() * 1e6).round() / 1e3))
    }
}

/// A number with at most two decimals and no more than it needs: `50`, `85.54`, `0.5`.
pub fn number_text(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_k6_writes_them() {
        for (text, ms) in [
            ("30s", 30_000),
            ("1m30s", 90_000),
            ("1.5h", 5_400_000),
            ("500ms", 500),
            ("2m", 120_000),
            ("0s", 0),
            (" 1s ", 1000),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_duration_is_named() {
        for (text, why) in [
            ("", "it is empty"),
            ("10", "a unit is missing"),
            ("5 parsecs", "`parsecs` is not a unit of time"),
            ("-1s", "a number is missing"),
            ("s", "a number is missing"),
            ("1..2s", "a number is missing"),
            ("999999999h", "it is longer than 30 days"),
            ("NaNs", "a number is missing"),
        ] {
            let error = parse_duration(text).expect_err(text);
            assert!(error.contains(why), "{error}");
            assert!(error.contains(&format!("`{text}`")), "{error}");
        }
    }

    #[test]
    fn quantities_split_into_number_and_unit() {
        assert_eq!(parse_quantity("50 req/s"), Ok((50.0, "req/s")));
        assert_eq!(parse_quantity("-4.25MB"), Ok((-4.25, "MB")));
        assert_eq!(parse_quantity("95%"), Ok((95.0, "%")));
        assert!(parse_quantity("ms").is_err());
        assert!(parse_quantity("nan").is_err());
    }

    #[test]
    fn texts_are_short() {
        assert_eq!(duration_text(Duration::from_secs(90)), "1m30s");
        assert_eq!(duration_text(Duration::from_millis(2500)), "2.5s");
        assert_eq!(duration_text(Duration::from_millis(350)), "350ms");
        assert_eq!(duration_text(Duration::from_secs(7200)), "2h");
        assert_eq!(number_text(45.454_545), "45.45");
        assert_eq!(number_text(-0.001), "0");
    }
}
