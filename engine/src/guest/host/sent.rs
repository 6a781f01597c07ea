//! Requests in a trace.

use ::http::{HeaderMap, HeaderName, HeaderValue};

use super::super::bindings::http::Request;
use super::super::trace::{Answered, Kept, Sent, What, text};
use super::super::vu::Vu;
use super::exchange::Outcome;
use super::http::lossy;
use crate::clock::Nanos;
use crate::http::{self, Answer, Prepared};
use crate::measure::Phases;

/// What is remembered of a request that may be refused before it is one: its method and its URL.
pub(super) type Wanted = Option<(String, String)>;

/// What is wanted by a call with more requests than can be sent.
pub(super) fn many(requests: usize) -> (String, String) {
    (String::new(), format!("({requests} requests)"))
}

impl Vu {
    /// What a request wants, as the scenario wrote it; nothing unless a trace is kept.
    pub(super) fn wanted(&self, request: &Request) -> Wanted {
        self.trace.as_ref().map(|_| (request.method.clone(), request.url.clone()))
    }

    /// A request that was not sent, because it cannot be.
    pub(super) fn leave_refused(
        &mut self,
        at: Option<Nanos>,
        function: &'static str,
        wanted: Wanted,
        error: &http::Error,
    ) {
        self.leave(at, || {
            let (method, url) = wanted.unwrap_or_default();
            let method = if method.is_empty() { "GET".to_owned() } else { text(&method) };
            let answer = Err((error.kind.code().to_owned(), text(&error.message)));
            What::Request(Box::new(Sent {
                function,
                together: 1,
                method,
                url: text(&url),
                name: String::new(),
                headers: Vec::new(),
                body: Kept::default(),
                phases: Phases::default(),
                answer,
            }))
        });
    }

    /// A request that was sent alone, before its answer is given away.
    pub(super) fn leave_sent(
        &mut self,
        at: Option<Nanos>,
        function: &'static str,
        request: &Prepared,
        outcome: &Outcome,
    ) {
        if at.is_some()
            && let Some(sent) = self.sent(function, 1, request, outcome, self.answers.first())
        {
            self.leave(at, || What::Request(Box::new(sent)));
        }
    }

    /// A request that was sent with others, or before one that its answer led to.
    pub(super) fn note_sent(
        &mut self,
        at: Option<Nanos>,
        function: &'static str,
        together: usize,
        request: &Prepared,
        outcome: &Outcome,
        answer: &Answer,
    ) {
        let Some(at) = at else { return };
        let phases = &outcome.phases;
        let took = phases.blocked + phases.dns + phases.connecting + phases.tls + phases.duration();
        let sent = self.sent(function, together, request, outcome, Some(answer));
        if let (Some(sent), Some(trace)) = (sent, &mut self.trace) {
            trace.note(at, took, What::Request(Box::new(sent)));
        }
    }

    /// The guest goes on after a call that has been noted.
    pub(super) fn back(&self) {
        if let Some(trace) = &self.trace {
            trace.back();
        }
    }

    fn sent(
        &self,
        function: &'static str,
        together: usize,
        request: &Prepared,
        outcome: &Outcome,
        kept: Option<&Answer>,
    ) -> Option<Sent> {
        let trace = self.trace.as_ref()?;
        let mut sent = pairs(request.headers());
        let body = request.body();
        if !body.is_empty() && !request.headers().contains_key(::http::header::CONTENT_LENGTH) {
            sent.push(("content-length".to_owned(), body.len().to_string()));
        }
        let answer = match &outcome.error {
            Some(error) => Err((error.kind.code().to_owned(), text(&error.message))),
            None => {
                let body = kept.map_or(&[][..], |answer| &answer.body);
                Ok(Answered {
                    status: outcome.status,
                    protocol: outcome.protocol.name(),
                    headers: kept.map(|answer| pairs(&answer.headers)).unwrap_or_default(),
                    body: trace.keep(body, outcome.length),
                })
            }
        };
        Some(Sent {
            function,
            together,
            method: request.method().to_owned(),
            url: text(&request.url()),
            name: request.name.clone(),
            headers: sent,
            body: trace.keep(body, body.len() as u64),
            phases: outcome.phases,
            answer,
        })
    }
}

fn pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    let pair = |(name, value): (&HeaderName, &HeaderValue)| {
        (name.as_str().to_owned(), text(&lossy(value.as_bytes())))
    };
    headers.iter().map(pair).collect()
}
