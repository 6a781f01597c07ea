//! `http`: requests over the VU's own connections, timed and recorded.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::Resource;

use super::super::bindings::http::{Brief, Host, HostPrepared, Overrides, Request, Response, Timings};
use super::super::bindings::types::{Error, Pair};
use super::super::limits;
use super::super::vu::{Role, Vu};
use super::bytes;
use super::exchange::Outcome;
use super::sent::many;
use crate::http::{self, Answer, Change, ErrorKind, Prepared, RequestSpec, Timeouts};
use crate::plan::NeedKind;

/// A prepared request in the VU's table; sending it shares it with the exchange.
pub type PreparedRequest = Arc<Prepared>;

impl From<http::Error> for Error {
    fn from(error: http::Error) -> Error {
        Error { code: error.kind.code().to_owned(), message: error.message }
    }
}

impl Vu {
    /// A request that may be sent. The outer error is a trap.
    fn prepared(&mut self, request: Request) -> wasmtime::Result<Result<Prepared, http::Error>> {
        if self.role == Role::Describe {
            return Ok(Err(http::Error::new(ErrorKind::Unsupported, "`describe` cannot send requests")));
        }
        self.take(request.body.len() + request.url.len() + headers_length(&request.headers))?;
        let spec = spec(request, self.around.timeouts);
        match spec.and_then(|spec| Prepared::new(&self.around.target, spec)) {
            Ok(mut prepared) => {
                if let Cow::Owned(masked) = self.around.access.name(&prepared.name) {
                    prepared.name = masked;
                }
                self.allowed(prepared)
            }
            Err(error) => Ok(Err(error)),
        }
    }

    fn changed(
        &mut self,
        prepared: &Prepared,
        overrides: Overrides,
    ) -> wasmtime::Result<Result<Prepared, http::Error>> {
        let length = overrides.body.as_ref().map_or(0, Vec::len) + headers_length(&overrides.headers);
        self.take(length)?;
        let change = Change { url: overrides.url, headers: pairs(overrides.headers), body: overrides.body };
        match prepared.changed(&self.around.target, change) {
            Ok(changed) => self.allowed(changed),
            Err(error) => Ok(Err(error)),
        }
    }

    /// A request to a host that was granted. Another one is counted as a failed request and goes nowhere.
    fn allowed(&mut self, prepared: Prepared) -> wasmtime::Result<Result<Prepared, http::Error>> {
        let origin = &*prepared.origin;
        if *origin == *self.around.target.origin || self.around.granted.contains(origin) {
            return Ok(Ok(prepared));
        }
        let error = http::Error::new(
            ErrorKind::HostNotAllowed,
            format!(
                "`{}` is neither the target nor granted (hint: `--allow-host {}:{}`)",
                origin.authority, origin.host, origin.port
            ),
        );
        self.around.access.refuse(NeedKind::Host, &format!("{}:{}", origin.host, origin.port));
        self.refused(&prepared, &error)?;
        Ok(Err(error))
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
        Ok(match self.prepared(request)? {
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
        let known = Arc::clone(self.table.get(&prepared)?);
        let wanted = at.map(|_| {
            let url = overrides.url.clone().unwrap_or_else(|| known.url());
            (known.method().to_owned(), url)
        });
        let request = match self.changed(&known, overrides)? {
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
        let request = match self.prepared(request)? {
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
            let request = self.prepared(request)?;
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

fn headers_length(headers: &[Pair]) -> usize {
    headers.iter().map(|pair| pair.name.len() + pair.value.len()).sum()
}

fn bad(message: &str) -> http::Error {
    http::Error::new(ErrorKind::BadRequest, message)
}

fn too_many(requests: usize) -> http::Error {
    bad(&format!("{requests} requests at once, at most {} can be sent", limits::REQUESTS))
}

fn pairs(pairs: Vec<Pair>) -> Vec<(String, String)> {
    pairs.into_iter().map(|pair| (pair.name, pair.value)).collect()
}

fn spec(request: Request, defaults: Timeouts) -> Result<RequestSpec, http::Error> {
    let mut keep_body = true;
    let mut timeouts = defaults;
    if let Some(ms) = request.timeout_ms {
        timeouts.request = Duration::from_millis(u64::from(ms));
    }
    for option in &request.options {
        match (option.name.as_str(), option.value.as_str()) {
            ("body", "keep") => keep_body = true,
            ("body", "discard") => keep_body = false,
            ("connect-timeout-ms", value) => timeouts.connect = millis(option, value)?,
            ("first-byte-timeout-ms", value) => timeouts.first_byte = Some(millis(option, value)?),
            _ => {
                let hint =
                    "hint: `body` is `keep` or `discard`; `connect-timeout-ms`, `first-byte-timeout-ms`";
                return Err(wrong_option(option, hint));
            }
        }
    }
    Ok(RequestSpec {
        method: request.method,
        url: request.url,
        headers: pairs(request.headers),
        body: request.body,
        name: request.name,
        timeouts,
        keep_body,
    })
}

fn millis(option: &Pair, value: &str) -> Result<Duration, http::Error> {
    match value.parse::<u32>() {
        Ok(ms) if ms > 0 => Ok(Duration::from_millis(u64::from(ms))),
        _ => Err(wrong_option(option, "hint: whole milliseconds from 1")),
    }
}

fn wrong_option(option: &Pair, hint: &str) -> http::Error {
    let shown = super::super::vu::plain(&format!("{}={}", option.name, option.value));
    bad(&format!("`{shown}` is not an option of a request ({hint})"))
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
