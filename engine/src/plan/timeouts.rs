//! How long requests may take that say nothing themselves.

use std::time::Duration;

use super::{parse_duration, shown};

/// Bounds that somebody set; those that are left out are the engine's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// Of finding the host and opening a connection.
    pub connect: Option<Duration>,
    /// From when a request goes out to the first byte of its answer.
    pub first_byte: Option<Duration>,
    /// From when it is asked for to the last byte of its answer.
    pub request: Option<Duration>,
}

impl Timeouts {
    /// These, and where nothing is set the others.
    #[must_use]
    pub fn or(self, others: Timeouts) -> Timeouts {
        Timeouts {
            connect: self.connect.or(others.connect),
            first_byte: self.first_byte.or(others.first_byte),
            request: self.request.or(others.request),
        }
    }
}

/// Reads a duration that is long enough for something to happen in it.
///
/// # Errors
/// A sentence with the offending text.
pub fn parse_timeout(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        none if none < Duration::from_millis(1) => {
            Err(format!("`{}` leaves no time at all (hint: `500ms`, `10s`)", shown(text)))
        }
        duration => Ok(duration),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_stronger_than_what_is_set_elsewhere() {
        let second = Some(Duration::from_secs(1));
        let near = Timeouts { connect: second, ..Timeouts::default() };
        let far = Timeouts { connect: Some(Duration::ZERO), request: second, first_byte: None };
        assert_eq!(near.or(far), Timeouts { connect: second, request: second, first_byte: None });
    }

    #[test]
    fn a_bound_leaves_time() {
        assert_eq!(parse_timeout("500ms"), Ok(Duration::from_millis(500)));
        for (text, why) in [("0s", "leaves no time"), ("5", "a unit is missing")] {
            assert!(parse_timeout(text).expect_err(text).contains(why));
        }
    }
}
