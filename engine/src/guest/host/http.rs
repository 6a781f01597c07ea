//! `http`: requests over the VU's own connections, timed and recorded.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use wasmtime::component::Resource;

use super::super::bindings::http::{Brief, Host, HostPrepared, Overrides, Request, Response, Timings};
use super::super::bindings::types::{Error, Pair};
use super::super::errand::Errand;
use super::super::limits;
use super::super::vu::{Role, Vu};
use super::bytes;
use super::sent::many;
use crate::clock::{Clock, Nanos};
use crate::http::{self, Acquired, Answer, Change, ErrorKind, Exchange, Origin, Prepared, RequestSpec};
use crate::measure::{ExchangeSample, Journal, Open, Phases};

/// A prepared request in the VU's table; sending it shares it with the exchange.
pub type PreparedRequest = Arc<Prepared>;

impl From<http::Error> for Error {
    fn from(error: http::Error) -> Error {
        Error { code: error.kind.code().to_owned(), message: error.message }
    }
}

/// What an exchange came to, whether it was answered or not.
pub(super) struct Outcome {
    pub(super) status: u16,
    pub(super) http10: bool,
    pub(super) length: u64,
    pub(super) phases: Phases,
    pub(super) error: Option<http::Error>,
}

impl Outcome {
    fn failed(error: http::Error, phases: Phases) -> Outcome {
        Outcome { status: 0, http10: false, length: 0, phases, error: Some(error) }
    }
}

impl Vu {
    /// Sends requests at the same time and keeps their answers. Errors here are traps.
    async fn exchange_all(&mut self, requests: &[&Prepared]) -> wasmtime::Result<Vec<Outcome>> {
        self.forget_answers(requests.len());
        let clock = self.around.clock;
        let mut opens = Vec::with_capacity(requests.len());
        for request in requests {
            opens.push(self.journal.open(&request.name, request.method())?);
        }
        let began = clock.now();
        let origins: Vec<_> = requests.iter().map(|request| &request.origin).collect();
        let longest = requests.iter().map(|request| request.timeout).max().unwrap_or_default();
        let acquiring = tokio::time::timeout(longest, self.client.acquire_all(&origins, clock)).await;
        let acquired = acquiring
            .unwrap_or_else(|_| requests.iter().map(|request| Err(too_late_to_connect(request))).collect());
        let most = (limits::BODIES_BYTES / requests.len().max(1)).min(self.around.limits.body);
        for (open, acquired) in opens.iter().zip(&acquired) {
            if acquired.is_ok() {
                self.journal.sent(*open);
            }
        }
        let exchanges = requests.iter().zip(acquired).zip(&mut self.answers).map(
            |((request, acquired), answer)| async move {
                let mut acquired = match acquired {
                    Ok(acquired) => acquired,
                    Err(error) => return (Outcome::failed(error, not_connected(clock, began)), None, None),
                };
                let deadline = clock.instant(began + request.timeout);
                let begun = if acquired.kept() { began } else { clock.now() };
                let exchange = acquired.exchange(request, clock, begun, most, answer);
                match tokio::time::timeout_at(deadline, exchange).await {
                    Ok(exchange) => (outcome(&exchange, &acquired), Some(exchange), Some(acquired)),
                    Err(_) => (unanswered(clock, began, request, &acquired), None, None),
                }
            },
        );
        let ended = join_all(exchanges.collect::<Vec<_>>()).await;
        let mut outcomes = Vec::with_capacity(ended.len());
        for ((outcome, exchange, acquired), open) in ended.into_iter().zip(opens) {
            close(&mut self.journal, open, &outcome, exchange.as_ref(), clock);
            acquired.into_iter().for_each(|acquired| self.client.release(acquired));
            outcomes.push(outcome);
        }
        self.waited();
        Ok(outcomes)
    }

    /// Sends one request and keeps its answer: [`Vu::exchange_all`] without its lists, and waited for outside of the
    /// guest's stack.
    async fn exchange(&mut self, request: &Arc<Prepared>) -> wasmtime::Result<Outcome> {
        self.forget_answers(1);
        let clock = self.around.clock;
        let open = self.journal.open(&request.name, request.method())?;
        let asked = clock.now();
        let deadline = clock.instant(asked + request.timeout);
        let acquiring = self.client.acquire(&request.origin, clock);
        let acquired = match self.alarm.until(deadline, acquiring).await {
            Some(Ok(acquired)) => acquired,
            Some(Err(error)) => return Ok(self.unsent(open, error, asked)),
            None => return Ok(self.unsent(open, too_late_to_connect(request), asked)),
        };
        self.journal.sent(open);
        let (dns, connecting) = (acquired.dns, acquired.connecting);
        let answer = self.answers.first_mut().map(std::mem::take).unwrap_or_default();
        let (request, alarm) = (Arc::clone(request), std::mem::take(&mut self.alarm));
        let most = self.around.limits.body;
        let errand = Errand { request: Arc::clone(&request), acquired, answer, alarm, clock, asked, most };
        let done = self.errands.send(errand).await;
        self.alarm = done.alarm;
        if let Some(place) = self.answers.first_mut() {
            *place = done.answer;
        }
        let Some((exchange, acquired)) = done.ended else {
            let waiting = clock.now().since(asked).saturating_sub(dns + connecting);
            let phases = Phases { dns, connecting, waiting, ..Phases::default() };
            let outcome = Outcome::failed(too_late(&request), phases);
            close(&mut self.journal, open, &outcome, None, clock);
            self.waited();
            return Ok(outcome);
        };
        let outcome = outcome(&exchange, &acquired);
        close(&mut self.journal, open, &outcome, Some(&exchange), clock);
        self.client.release(acquired);
        // The guest goes on in the same turn in which the last byte was read.
        self.computing.entered = exchange.done;
        Ok(outcome)
    }

    /// What is known of a request that never had a connection.
    fn unsent(&mut self, open: Open, error: http::Error, asked: Nanos) -> Outcome {
        let clock = self.around.clock;
        let outcome = Outcome::failed(error, not_connected(clock, asked));
        close(&mut self.journal, open, &outcome, None, clock);
        self.waited();
        outcome
    }

    fn prepared(&self, request: Request) -> Result<Prepared, http::Error> {
        if self.role == Role::Describe {
            return Err(http::Error::new(ErrorKind::Unsupported, "`describe` cannot send requests"));
        }
        let prepared = Prepared::new(&self.around.target, spec(request)?)?;
        self.allowed(&prepared.origin)?;
        Ok(prepared)
    }

    fn changed(&self, prepared: &Prepared, overrides: Overrides) -> Result<Prepared, http::Error> {
        let change = Change { url: overrides.url, headers: pairs(overrides.headers), body: overrides.body };
        let changed = prepared.changed(&self.around.target, change)?;
        self.allowed(&changed.origin)?;
        Ok(changed)
    }

    fn allowed(&self, origin: &Origin) -> Result<(), http::Error> {
        if *origin == *self.around.target.origin || self.around.granted.contains(origin) {
            return Ok(());
        }
        Err(http::Error::new(
            ErrorKind::HostNotAllowed,
            format!(
                "`{}` is neither the target nor granted (hint: `--allow-host {}:{}`)",
                origin.authority, origin.host, origin.port
            ),
        ))
    }

    fn forget_answers(&mut self, wanted: usize) {
        self.answers.iter_mut().take(self.kept).for_each(Answer::clear);
        if self.answers.len() < wanted {
            self.answers.resize_with(wanted, Answer::default);
        }
        self.kept = wanted;
    }

    fn answer(&self, index: u32) -> Option<&Answer> {
        self.answers.get(..self.kept)?.get(index as usize)
    }

    fn response(&mut self, outcome: Outcome, index: usize) -> Result<Response, Error> {
        let brief = brief(&outcome, index)?;
        let (mut headers, mut body) = (Vec::new(), Vec::new());
        if let Some(answer) = self.answers.get_mut(index) {
            headers = answer
                .headers
                .iter()
                .map(|(name, value)| Pair { name: name.as_str().to_owned(), value: lossy(value.as_bytes()) })
                .collect();
            body = std::mem::take(&mut answer.body);
        }
        let protocol = if outcome.http10 { "HTTP/1.0" } else { "HTTP/1.1" };
        Ok(Response {
            status: brief.status,
            protocol: protocol.to_owned(),
            headers,
            body,
            timings: brief.timings,
        })
    }
}

impl HostPrepared for Vu {
    fn prepare(&mut self, request: Request) -> wasmtime::Result<Result<Resource<PreparedRequest>, Error>> {
        let (at, wanted) = (self.enter(), self.wanted(&request));
        Ok(match self.prepared(request) {
            Ok(prepared) => {
                self.asked(at, "prepared.prepare", || {
                    (format!("{} {}", prepared.method(), prepared.url()), Some("prepared".to_owned()))
                });
                Ok(self.table.push(Arc::new(prepared))?)
            }
            Err(error) => {
                self.leave_refused(at, "prepared.prepare", wanted, &error);
                Err(error.into())
            }
        })
    }

    async fn send(&mut self, prepared: Resource<PreparedRequest>) -> wasmtime::Result<Result<Brief, Error>> {
        let at = self.enter();
        let request = Arc::clone(self.table.get(&prepared)?);
        let outcome = self.exchange(&request).await?;
        self.leave_sent(at, "prepared.send", &request, &outcome);
        Ok(brief(&outcome, 0))
    }

    async fn send_with(
        &mut self,
        prepared: Resource<PreparedRequest>,
        overrides: Overrides,
    ) -> wasmtime::Result<Result<Brief, Error>> {
        let at = self.enter();
        let known = self.table.get(&prepared)?;
        let wanted = at.map(|_| {
            let url = overrides.url.clone().unwrap_or_else(|| known.url());
            (known.method().to_owned(), url)
        });
        let request = match self.changed(known, overrides) {
            Ok(request) => Arc::new(request),
            Err(error) => {
                self.leave_refused(at, "prepared.send-with", wanted, &error);
                return Ok(Err(error.into()));
            }
        };
        let outcome = self.exchange(&request).await?;
        self.leave_sent(at, "prepared.send-with", &request, &outcome);
        Ok(brief(&outcome, 0))
    }

    fn drop(&mut self, prepared: Resource<PreparedRequest>) -> wasmtime::Result<()> {
        self.table.delete(prepared)?;
        Ok(())
    }
}

impl Host for Vu {
    async fn send(&mut self, request: Request) -> wasmtime::Result<Result<Response, Error>> {
        let (at, wanted) = (self.enter(), self.wanted(&request));
        let request = match self.prepared(request) {
            Ok(request) => Arc::new(request),
            Err(error) => {
                self.leave_refused(at, "http.send", wanted, &error);
                return Ok(Err(error.into()));
            }
        };
        let outcome = self.exchange(&request).await?;
        self.leave_sent(at, "http.send", &request, &outcome);
        Ok(self.response(outcome, 0))
    }

    async fn send_all(&mut self, requests: Vec<Request>) -> wasmtime::Result<Vec<Result<Response, Error>>> {
        let at = self.enter();
        if requests.len() > limits::REQUESTS {
            let error = too_many(requests.len());
            self.leave_refused(at, "http.send-all", Some(many(requests.len())), &error);
            return Ok(requests.iter().map(|_| Err(error.clone().into())).collect());
        }
        let mut checked = Vec::with_capacity(requests.len());
        for request in requests {
            let wanted = self.wanted(&request);
            let request = self.prepared(request);
            if let Err(error) = &request {
                self.leave_refused(at, "http.send-all", wanted, error);
            }
            checked.push(request);
        }
        // Those that were refused have been left.
        if at.is_some() {
            self.enter();
        }
        let good: Vec<&Prepared> = checked.iter().flatten().collect();
        let outcomes = self.exchange_all(&good).await?;
        self.note_together(at, "http.send-all", &good, &outcomes);
        let mut outcomes = outcomes.into_iter().enumerate();
        let mut responses = Vec::with_capacity(checked.len());
        for request in &checked {
            responses.push(match (request, request.is_ok().then(|| outcomes.next()).flatten()) {
                (_, Some((index, outcome))) => self.response(outcome, index),
                (Err(error), None) => Err(error.clone().into()),
                (Ok(_), None) => Err(bad("the request was not sent").into()),
            });
        }
        self.back();
        Ok(responses)
    }

    async fn send_all_prepared(
        &mut self,
        requests: Vec<Resource<PreparedRequest>>,
    ) -> wasmtime::Result<Vec<Result<Brief, Error>>> {
        let at = self.enter();
        if requests.len() > limits::REQUESTS {
            let error = too_many(requests.len());
            self.leave_refused(at, "http.send-all-prepared", Some(many(requests.len())), &error);
            return Ok(requests.iter().map(|_| Err(error.clone().into())).collect());
        }
        let mut prepared = Vec::with_capacity(requests.len());
        for request in &requests {
            prepared.push(Arc::clone(self.table.get(request)?));
        }
        let prepared: Vec<_> = prepared.iter().map(Arc::as_ref).collect();
        let outcomes = self.exchange_all(&prepared).await?;
        self.note_together(at, "http.send-all-prepared", &prepared, &outcomes);
        self.back();
        Ok(outcomes.iter().enumerate().map(|(index, outcome)| brief(outcome, index)).collect())
    }

    fn body(&mut self, index: u32) -> wasmtime::Result<Vec<u8>> {
        let at = self.enter();
        let body = self.answer(index).map(|answer| answer.body.clone()).unwrap_or_default();
        self.asked(at, "http.body", || (index.to_string(), Some(bytes(body.len()))));
        Ok(body)
    }

    fn text(&mut self, index: u32) -> wasmtime::Result<String> {
        let at = self.enter();
        let text = self.answer(index).map(|answer| lossy(&answer.body)).unwrap_or_default();
        self.asked(at, "http.text", || (index.to_string(), Some(bytes(text.len()))));
        Ok(text)
    }

    fn header(&mut self, index: u32, name: String) -> wasmtime::Result<Option<String>> {
        let at = self.enter();
        let value = self.answer(index).and_then(|answer| answer.headers.get(name.as_str()));
        let value = value.map(|value| lossy(value.as_bytes()));
        self.asked(at, "http.header", || (name, value.clone()));
        Ok(value)
    }
}

pub(super) fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn bad(message: &str) -> http::Error {
    http::Error::new(ErrorKind::BadRequest, message)
}

fn too_many(requests: usize) -> http::Error {
    bad(&format!("{requests} requests at once, at most {} can be sent", limits::REQUESTS))
}

fn too_late(request: &Prepared) -> http::Error {
    let ms = request.timeout.as_millis();
    http::Error::new(
        ErrorKind::Timeout,
        format!("`{}` did not answer within {ms} ms", request.origin.authority),
    )
}

fn too_late_to_connect(request: &Prepared) -> http::Error {
    let ms = request.timeout.as_millis();
    http::Error::new(
        ErrorKind::ConnectTimeout,
        format!("no connection to `{}` within {ms} ms", request.origin.authority),
    )
}

fn pairs(pairs: Vec<Pair>) -> Vec<(String, String)> {
    pairs.into_iter().map(|pair| (pair.name, pair.value)).collect()
}

fn spec(request: Request) -> Result<RequestSpec, http::Error> {
    let mut keep_body = true;
    for option in &request.options {
        keep_body = match (option.name.as_str(), option.value.as_str()) {
            ("body", "keep") => true,
            ("body", "discard") => false,
            (name, value) => {
                let shown = super::super::vu::plain(&format!("{name}={value}"));
                let why =
                    format!("`{shown}` is not an option of a request (hint: `body` is `keep` or `discard`)");
                return Err(bad(&why));
            }
        };
    }
    Ok(RequestSpec {
        method: request.method,
        url: request.url,
        headers: pairs(request.headers),
        body: request.body,
        name: request.name,
        timeout: request.timeout_ms.map(|ms| Duration::from_millis(u64::from(ms))),
        keep_body,
    })
}

/// The phases of a request that never had a connection.
fn not_connected(clock: Clock, began: Nanos) -> Phases {
    Phases { connecting: clock.now().since(began), ..Phases::default() }
}

/// What is known of a request whose answer did not come in time.
fn unanswered(clock: Clock, began: Nanos, request: &Prepared, acquired: &Acquired) -> Outcome {
    let waiting = clock.now().since(began).saturating_sub(acquired.dns + acquired.connecting);
    let phases = Phases { dns: acquired.dns, connecting: acquired.connecting, waiting, ..Phases::default() };
    Outcome::failed(too_late(request), phases)
}

fn outcome(exchange: &Exchange, acquired: &Acquired) -> Outcome {
    Outcome {
        status: exchange.status,
        http10: exchange.http10,
        length: exchange.length,
        phases: Phases {
            dns: acquired.dns,
            connecting: acquired.connecting,
            sending: exchange.sent.since(exchange.begun),
            waiting: exchange.first_byte.since(exchange.sent),
            receiving: exchange.done.since(exchange.first_byte),
            ..Phases::default()
        },
        error: exchange.error.clone(),
    }
}

/// Records an exchange; one that never had a connection was not sent.
fn close(journal: &mut Journal, open: Open, outcome: &Outcome, exchange: Option<&Exchange>, clock: Clock) {
    let sample = ExchangeSample {
        status: outcome.status,
        error: outcome.error.as_ref().map(|error| error.kind.code()),
        sent: journal.was_sent(open),
        phases: outcome.phases,
        done: exchange.map_or_else(|| clock.now(), |exchange| exchange.done),
        bytes_sent: exchange.map_or(0, |exchange| exchange.bytes_sent),
        bytes_received: exchange.map_or(0, |exchange| exchange.bytes_received),
    };
    journal.close(open, sample);
}

fn brief(outcome: &Outcome, index: usize) -> Result<Brief, Error> {
    if let Some(error) = &outcome.error {
        return Err(error.clone().into());
    }
    let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
    let phases = &outcome.phases;
    Ok(Brief {
        status: u32::from(outcome.status),
        length: u32::try_from(outcome.length).unwrap_or(u32::MAX),
        timings: Timings {
            blocked: ms(phases.blocked),
            dns: ms(phases.dns),
            connecting: ms(phases.connecting),
            tls: ms(phases.tls),
            sending: ms(phases.sending),
            waiting: ms(phases.waiting),
            receiving: ms(phases.receiving),
            duration: ms(phases.duration()),
        },
        index: u32::try_from(index).unwrap_or(u32::MAX),
    })
}
