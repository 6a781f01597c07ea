//! `wasi:http/outgoing-handler`: requests of components that know nothing of strata, over the VU's own connections.
//!
//! The types of the interface are wasmtime's; its client is not. Each request is checked, timed and recorded like one of
//! the contract. It is sent when its body is whole, and its answer is given when that is whole, within the same bounds.
//! Redirects, cookies and encodings are the component's own affair.

use std::borrow::Cow;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::http::{HeaderMap, HeaderName, Request, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use wasmtime_wasi_http::{
    Error, RequestOptions, Result, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

use super::super::errand::Errand;
use super::super::vu::{Role, Surroundings, Vu};
use super::exchange::{Before, Outcome, again, close, not_connected, opened, unanswered};
use crate::http::{self, Alarm, Answer, Client, ErrorKind, Prepared, RequestSpec, Wanted};
use crate::measure::{ExchangeSample, Journal, Open};

/// The header with which a request says its name in reports; it is not sent.
const NAME: HeaderName = HeaderName::from_static("x-strata-name");
/// The most requests that are remembered until the iteration is over.
const MOST_DONE: usize = 65_536;

/// A request that is over.
struct Over {
    name: String,
    method: String,
    sample: ExchangeSample,
}

type Done = Arc<Mutex<Vec<Over>>>;

/// What stands behind the interface.
#[derive(Default)]
pub(in crate::guest) struct Outgoing {
    ctx: WasiHttpCtx,
    hooks: Hooks,
}

#[derive(Default)]
struct Hooks {
    /// What the requests of the present call go over.
    line: Option<Line>,
    done: Done,
}

/// What a request needs that is on its way.
#[derive(Clone)]
struct Line {
    around: Arc<Surroundings>,
    client: Client,
    role: Role,
}

/// One request on its way. When it is dropped it has been recorded, as interrupted if it has not come to its end.
struct Flight {
    journal: Journal,
    open: Open,
    request: Arc<Prepared>,
    done: Done,
}

impl Drop for Flight {
    fn drop(&mut self) {
        let (name, method) = (self.request.name.clone(), self.request.method().to_owned());
        let sample = self.journal.noted(self.open);
        self.done.lock().unwrap_or_else(PoisonError::into_inner).push(Over { name, method, sample });
    }
}

impl WasiHttpView for Vu {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let line = Line { around: Arc::clone(&self.around), client: self.client.clone(), role: self.role };
        self.outgoing.hooks.line = Some(line);
        let Outgoing { ctx, hooks } = &mut self.outgoing;
        WasiHttpCtxView { hooks, table: &mut self.table, ctx }
    }
}

impl Vu {
    /// Enters what has been sent in this way into the journal.
    pub(in crate::guest) fn take_outgoing(&mut self) {
        let done =
            std::mem::take(&mut *self.outgoing.hooks.done.lock().unwrap_or_else(PoisonError::into_inner));
        for Over { name, method, sample } in done {
            let method = self.around.access.name(&method);
            // A full journal has ended the iteration.
            if let Ok(open) = self.journal.open(&name, &method) {
                self.journal.close(open, sample);
            }
        }
    }
}

impl WasiHttpHooks for Hooks {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<()>> + Send>,
    ) -> Box<
        dyn Future<Output = Result<(Response<WasiBody>, Box<dyn Future<Output = Result<()>> + Send>)>> + Send,
    > {
        let (line, done) = (self.line.clone(), Arc::clone(&self.done));
        Box::new(async move {
            let Some(line) = line else { return Err(internal("there is no virtual user")) };
            let answer = line.send(request, options, done).await?;
            let finished: Box<dyn Future<Output = Result<()>> + Send> = Box::new(async { Ok(()) });
            Ok((answer, finished))
        })
    }
}

impl Line {
    async fn send(
        self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        done: Done,
    ) -> Result<Response<WasiBody>> {
        if self.role == Role::Describe {
            return Err(internal("`describe` cannot send requests"));
        }
        if done.lock().unwrap_or_else(PoisonError::into_inner).len() >= MOST_DONE {
            return Err(internal("more requests than an iteration may send"));
        }
        let request = Arc::new(self.prepared(request, options).await?);
        let mut journal = Journal::default();
        let open =
            journal.open(&request.name, request.method()).map_err(|full| internal(full.to_string()))?;
        let mut flight = Flight { journal, open, request, done };
        if let Err(error) = self.around.allows(&flight.request) {
            self.around.access.count_refused(&flight.request, &error);
            let outcome = Outcome::failed(error.clone(), crate::measure::Phases::default());
            close(&mut flight.journal, open, &outcome, None, Before::default(), self.around.clock);
            return Err(told(error));
        }
        let (answer, outcome) = self.exchange(&mut flight).await;
        if let Some(error) = outcome.error {
            return Err(told(error));
        }
        let mut response = Response::new(whole(answer.body.into()));
        *response.status_mut() =
            ::http::StatusCode::from_u16(outcome.status).map_err(|error| internal(error.to_string()))?;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }

    async fn prepared(
        &self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
    ) -> Result<Prepared> {
        let (mut head, body) = request.into_parts();
        let most = self.around.limits.body;
        let body = match Limited::new(body, most).collect().await {
            Ok(body) => body.to_bytes(),
            Err(_) => return Err(Error::HttpRequestBodySize(u64::try_from(most).ok())),
        };
        let name = head.headers.remove(NAME);
        let name = name.map(|name| String::from_utf8_lossy(name.as_bytes()).into_owned()).unwrap_or_default();
        let mut timeouts = self.around.timeouts;
        if let Some(options) = options {
            let long = |time: Option<Duration>| time.filter(|time| !time.is_zero());
            timeouts.connect = long(options.connect_timeout).unwrap_or(timeouts.connect);
            timeouts.first_byte = long(options.first_byte_timeout).or(timeouts.first_byte);
        }
        let spec = RequestSpec {
            method: head.method.as_str().to_owned(),
            url: head.uri.to_string(),
            headers: listed(&head.headers)?,
            body,
            name,
            timeouts,
            keep_body: true,
            ..RequestSpec::default()
        };
        let mut prepared = Prepared::new(&self.around.target, spec).map_err(told)?;
        if let Cow::Owned(masked) = self.around.access.name(&prepared.name) {
            prepared.name = masked;
        }
        Ok(prepared)
    }

    async fn exchange(&self, flight: &mut Flight) -> (Answer, Outcome) {
        let Line { around, client, .. } = self;
        let (clock, open, request) = (around.clock, flight.open, Arc::clone(&flight.request));
        let journal = &mut flight.journal;
        let asked = clock.now();
        let most = around.limits.body;
        let (mut before, mut alarm) = (Before::default(), Alarm::default());
        loop {
            let wanted = Wanted { request: &request, asked, new: before.tried };
            let acquired = match client.acquire(wanted, clock, &mut alarm).await {
                Ok(acquired) => acquired,
                Err(error) => {
                    around.access.count_refused(&request, &error);
                    let outcome = Outcome::failed(error, not_connected(clock, asked, before));
                    close(journal, open, &outcome, None, before, clock);
                    return (Answer::default(), outcome);
                }
            };
            journal.sent(open, before.written > 0);
            let spent = opened(&acquired, before);
            let (answer, request) = (Answer::default(), Arc::clone(&request));
            let done = Errand { request, acquired, answer, alarm, clock, asked, most }.run().await;
            alarm = done.alarm;
            let (exchange, acquired) = match done.ended {
                Ok(ended) => ended,
                Err(late) => {
                    let outcome = unanswered(clock, asked, late, spent);
                    close(journal, open, &outcome, None, before, clock);
                    return (Answer::default(), outcome);
                }
            };
            if exchange.again.is_some() && !before.tried {
                client.discard(&acquired);
                before = again(journal, open, &exchange, clock, asked);
                continue;
            }
            let outcome = Outcome::of(&exchange, &acquired, before);
            close(journal, open, &outcome, Some(&exchange), before, clock);
            client.release(acquired, exchange.done);
            return (done.answer, outcome);
        }
    }
}

fn listed(headers: &HeaderMap) -> Result<Vec<(String, String)>> {
    let text = |(name, value): (&HeaderName, &::http::HeaderValue)| {
        let value = std::str::from_utf8(value.as_bytes()).ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    };
    headers.iter().map(text).collect::<Option<Vec<_>>>().ok_or_else(|| internal("a header is no text"))
}

fn whole(body: Bytes) -> WasiBody {
    // Nothing can go wrong with a body that is there.
    Full::new(body).map_err(|never: std::convert::Infallible| match never {}).boxed_unsync()
}

fn internal(why: impl Into<String>) -> Error {
    Error::InternalError(Some(why.into()))
}

/// An error in the words of `wasi:http`.
fn told(error: http::Error) -> Error {
    match error.kind {
        ErrorKind::BadUrl => Error::HttpRequestUriInvalid,
        ErrorKind::HostNotAllowed => Error::HttpRequestDenied,
        ErrorKind::Dns => Error::DnsError { rcode: None, info_code: None },
        ErrorKind::ConnectRefused => Error::ConnectionRefused,
        ErrorKind::ConnectTimeout => Error::ConnectionTimeout,
        ErrorKind::OutOfDescriptors | ErrorKind::OutOfPorts => Error::ConnectionLimitReached,
        ErrorKind::Connect | ErrorKind::Proxy => Error::DestinationUnavailable,
        ErrorKind::Timeout => Error::HttpResponseTimeout,
        ErrorKind::Reset | ErrorKind::Stale => Error::ConnectionTerminated,
        ErrorKind::Closed => Error::HttpResponseIncomplete,
        ErrorKind::Protocol => Error::HttpProtocolError,
        ErrorKind::BodyTooLarge => Error::HttpResponseBodySize(None),
        ErrorKind::TlsExpired | ErrorKind::TlsIssuer | ErrorKind::TlsHost => Error::TlsCertificateError,
        ErrorKind::TlsHandshake => Error::TlsProtocolError,
        _ => internal(error.message),
    }
}
