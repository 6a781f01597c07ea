//! How long the parts of a request may take.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::Instant;

use super::{Alarm, Error, ErrorKind, Prepared};
use crate::clock::{Clock, Nanos};

/// The bounds of a request that says nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Of finding the host and opening a connection.
    pub connect: Duration,
    /// From when the request goes out to the first byte of the answer; nothing for no other than that of the request.
    pub first_byte: Option<Duration>,
    /// From when it is asked for to the last byte of the answer.
    pub request: Duration,
}

impl Default for Timeouts {
    /// The whole request has k6's 60 s, a connection ten seconds.
    fn default() -> Timeouts {
        Timeouts { connect: Duration::from_secs(10), first_byte: None, request: Duration::from_secs(60) }
    }
}

/// The instants at which one request is given up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadlines {
    pub first_byte: Instant,
    pub whole: Instant,
}

impl Deadlines {
    /// Of a request that was asked for at one instant and goes out at another.
    pub(super) fn of(request: &Prepared, clock: Clock, asked: Nanos, begun: Nanos) -> Deadlines {
        let whole = clock.instant(asked + request.timeouts.request);
        let first_byte = request.timeouts.first_byte.map_or(whole, |bound| clock.instant(begun + bound));
        Deadlines { first_byte: first_byte.min(whole), whole }
    }

    /// Waits for `work`; nothing if it was too late. `begun` is asked once, when the first byte must have been there.
    pub(super) async fn keep<F: Future>(
        self,
        alarm: &mut Alarm,
        mut work: Pin<&mut F>,
        begun: impl FnOnce() -> bool,
    ) -> Result<F::Output, Late> {
        if self.first_byte < self.whole {
            if let Some(done) = alarm.until(self.first_byte, work.as_mut()).await {
                return Ok(done);
            }
            if !begun() {
                return Err(Late::FirstByte);
            }
        }
        alarm.until(self.whole, work).await.ok_or(Late::Request)
    }
}

/// Which bound was not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Late {
    FirstByte,
    Request,
}

impl Late {
    pub(super) fn error(self, request: &Prepared) -> Error {
        let authority = &request.origin.authority;
        let message = match (self, request.timeouts.first_byte) {
            (Late::FirstByte, Some(bound)) => {
                format!(
                    "`{authority}` did not begin to answer within {} ms, the first-byte timeout",
                    bound.as_millis()
                )
            }
            _ => format!(
                "`{authority}` did not answer within {} ms, the request timeout",
                request.timeouts.request.as_millis()
            ),
        };
        Error::new(ErrorKind::Timeout, message)
    }
}

impl Timeouts {
    /// When the connection must be there for a request that is asked for at an instant, and what is said if it is not.
    pub(super) fn connecting(&self, clock: Clock, asked: Nanos) -> Instant {
        clock.instant(asked + self.connect.min(self.request))
    }

    /// What is said if all connections were in use for too long.
    pub(super) fn not_free(&self, authority: &str) -> Error {
        let ms = self.request.as_millis();
        Error::new(
            ErrorKind::Timeout,
            format!("no free connection to `{authority}` within {ms} ms, the request timeout"),
        )
    }

    pub(super) fn not_connected(&self, authority: &str, proxy: Option<&str>) -> Error {
        let (bound, which) =
            if self.connect <= self.request { (self.connect, "connect") } else { (self.request, "request") };
        let ms = bound.as_millis();
        let through = proxy.map(|proxy| format!(" through the proxy `{proxy}`")).unwrap_or_default();
        Error::new(
            ErrorKind::ConnectTimeout,
            format!("no connection to `{authority}`{through} within {ms} ms, the {which} timeout"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{RequestSpec, Target};

    fn request(timeouts: Timeouts) -> Prepared {
        let target = Target::parse("http://h:1").expect("a URL");
        let spec = RequestSpec { url: "/".into(), timeouts, ..RequestSpec::default() };
        Prepared::new(&target, spec).expect("a request")
    }

    #[tokio::test(flavor = "current_thread")]
    async fn the_bound_that_was_not_kept_is_named() {
        let clock = Clock::start();
        let ms = Duration::from_millis;
        for (first_byte, begun, late) in [
            (Some(ms(5)), false, Late::FirstByte),
            (Some(ms(5)), true, Late::Request),
            (Some(ms(500)), false, Late::Request),
            (None, false, Late::Request),
        ] {
            let request = request(Timeouts { first_byte, request: ms(20), ..Timeouts::default() });
            let now = clock.now();
            let deadlines = Deadlines::of(&request, clock, now, now);
            let never = std::pin::pin!(std::future::pending::<()>());
            let found = deadlines.keep(&mut Alarm::default(), never, || begun).await;
            assert_eq!(found, Err(late), "{first_byte:?} {begun}");
            let said = late.error(&request).message;
            let which = if late == Late::FirstByte { "5 ms, the first-byte" } else { "20 ms, the request" };
            assert!(said.contains(which), "{said}");
        }
    }

    #[test]
    fn a_connection_has_the_shorter_of_two_bounds() {
        let ms = Duration::from_millis;
        for (connect, request, says) in [(5, 20, "5 ms, the connect"), (50, 20, "20 ms, the request")] {
            let timeouts = Timeouts { connect: ms(connect), request: ms(request), first_byte: None };
            let said = timeouts.not_connected("h", None).message;
            assert!(said.contains(says), "{said}");
        }
    }
}
