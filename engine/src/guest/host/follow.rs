//! What stands between a request of a guest and its exchanges: the VU's cookies, and redirects.
//!
//! Every hop is a request of its own in the metrics, under the name of the first. All of this costs a look at the jar and
//! at the headers of the answer where there is neither.

use std::sync::Arc;
use std::time::Duration;

use ::http::HeaderMap;
use ::http::header::{COOKIE, SET_COOKIE};

use super::super::bindings::types::Pair;
use super::super::vu::Vu;
use super::exchange::Outcome;
use super::http::lossy;
use crate::clock::{Nanos, unix_time};
use crate::http::{self, Answer, ErrorKind, Prepared, RequestSpec};
use crate::measure::Phases;

/// How far a request has been led.
pub(super) struct Trail {
    /// The request that is under way, without cookies.
    pub request: Arc<Prepared>,
    hops: u32,
    /// What the hops so far have taken of the time of the whole request.
    spent: Duration,
    /// The time of the whole request.
    whole: Duration,
    /// Whether its end has been reached.
    pub over: bool,
}

impl Trail {
    pub(super) fn new(request: Arc<Prepared>) -> Trail {
        let whole = request.timeouts.request;
        Trail { request, hops: 0, spent: Duration::ZERO, whole, over: false }
    }

    /// Takes from the next request what its predecessors have used of the time.
    fn hurry(&mut self, next: &mut Prepared, phases: &Phases) -> Result<(), http::Error> {
        self.spent += phases.blocked + phases.dns + phases.connecting + phases.tls + phases.duration();
        next.timeouts.request = self.whole.saturating_sub(self.spent);
        if next.timeouts.request.is_zero() {
            let message = format!(
                "`{}` was not asked: {} redirects took {} ms, the request timeout",
                next.origin.authority,
                self.hops,
                self.whole.as_millis()
            );
            return Err(http::Error::new(ErrorKind::Timeout, message));
        }
        Ok(())
    }
}

impl Vu {
    /// Sends one request, and what its answer leads to, and keeps the last answer.
    pub(super) async fn fetch(
        &mut self,
        at: Option<Nanos>,
        function: &'static str,
        request: Arc<Prepared>,
    ) -> wasmtime::Result<Outcome> {
        let sent = self.dressed(&request);
        let outcome = self.exchange(&sent).await?;
        let Some(answer) = self.answers.first() else { return Ok(outcome) };
        let plain = !matches!(outcome.status, 300..400) && !answer.headers.contains_key(SET_COOKIE);
        if plain {
            self.leave_sent(at, function, &sent, &outcome);
            return Ok(outcome);
        }
        Box::pin(self.fetch_on(at, function, (request, sent), outcome)).await
    }

    async fn fetch_on(
        &mut self,
        at: Option<Nanos>,
        function: &'static str,
        (request, mut sent): (Arc<Prepared>, Arc<Prepared>),
        mut outcome: Outcome,
    ) -> wasmtime::Result<Outcome> {
        let mut trail = Trail::new(request);
        loop {
            let answer = self.answers.first_mut().map(std::mem::take).unwrap_or_default();
            let onward = self.onward(&mut trail, &sent, &answer, outcome)?;
            outcome = onward.0;
            if let Some(next) = onward.1 {
                self.note_sent(at, function, 1, &sent, &outcome, &answer);
                sent = next;
            }
            if let Some(place) = self.answers.first_mut() {
                *place = answer;
            }
            if trail.over {
                self.leave_sent(at, function, &sent, &outcome);
                return Ok(outcome);
            }
            outcome = self.exchange(&sent).await?;
        }
    }

    /// Keeps the cookies of an answer. Gives the request that it leads to, if that is to be sent; otherwise the trail is
    /// over, and the outcome is that of the whole.
    pub(super) fn onward(
        &mut self,
        trail: &mut Trail,
        sent: &Prepared,
        answer: &Answer,
        outcome: Outcome,
    ) -> wasmtime::Result<(Outcome, Option<Arc<Prepared>>)> {
        self.keep_cookies(sent, &answer.headers);
        let led = match outcome.error {
            None => trail.request.led_on(&self.around.target, outcome.status, &answer.headers),
            Some(_) => None,
        };
        let most = trail.request.choices.redirects;
        let next = match led {
            None => None,
            Some(_) if trail.hops >= most => {
                if most > 0 {
                    let request = &trail.request;
                    let line = format!(
                        "{} {} is redirected more than {most} times: the last answer is given",
                        request.method(),
                        request.name
                    );
                    self.line("warn", &line);
                }
                None
            }
            Some(led) => Some(led),
        };
        let Some(next) = next else {
            trail.over = true;
            return Ok((outcome, None));
        };
        trail.hops += 1;
        let next = next.and_then(|mut next| trail.hurry(&mut next, &outcome.phases).map(|()| next));
        let next = match next {
            Ok(next) => self.allowed(next)?,
            Err(error) => {
                self.refused(&trail.request, &error)?;
                Err(error)
            }
        };
        match next {
            Ok(next) => {
                trail.request = Arc::new(next);
                let dressed = self.dressed(&trail.request);
                Ok((outcome, Some(dressed)))
            }
            Err(mut error) => {
                trail.over = true;
                error.message = format!("led on from {}: {}", trail.request.url(), error.message);
                Ok((Outcome::failed(error, outcome.phases), None))
            }
        }
    }

    /// A request with the VU's cookies, unless it has its own.
    pub(super) fn dressed(&self, request: &Arc<Prepared>) -> Arc<Prepared> {
        let none = self.jar.is_empty() || !request.choices.cookies;
        if none || request.headers().contains_key(COOKIE) {
            return Arc::clone(request);
        }
        let cookies = self.jar.header(&request.site(), unix_time());
        cookies.map_or_else(|| Arc::clone(request), |cookies| Arc::new(request.with_cookies(cookies)))
    }

    pub(super) fn keep_cookies(&mut self, request: &Prepared, headers: &HeaderMap) {
        if !request.choices.cookies || !headers.contains_key(SET_COOKIE) {
            return;
        }
        let now = unix_time();
        for line in headers.get_all(SET_COOKIE) {
            // What is not taken from a server is not its client's affair: browsers are silent, too.
            if let Ok(line) = std::str::from_utf8(line.as_bytes()) {
                let _ = self.jar.store(&request.site(), line, now);
            }
        }
    }

    /// The cookies that would go to a URL; none for one that is not a URL.
    pub(super) fn cookies_for(&self, url: &str) -> Vec<Pair> {
        let Ok(request) = self.place(url) else { return Vec::new() };
        let pairs = self.jar.pairs(&request.site(), unix_time());
        pairs.into_iter().map(|(name, value)| Pair { name: name.into(), value: value.into() }).collect()
    }

    /// Takes a cookie as if the server at a URL had set it.
    pub(super) fn take_cookie(&mut self, url: &str, line: &str) -> Result<(), http::Error> {
        let request = self.place(url)?;
        self.jar.store(&request.site(), line, unix_time()).map_err(|why| {
            let shown = super::super::vu::plain(&lossy(line.as_bytes()));
            http::Error::new(ErrorKind::BadRequest, format!("`{shown}` is no cookie of `{url}`: {why}"))
        })
    }

    fn place(&self, url: &str) -> Result<Prepared, http::Error> {
        Prepared::new(&self.around.target, RequestSpec { url: url.to_owned(), ..RequestSpec::default() })
    }
}
