//! `http`: requests over the VU's own connections, timed and recorded.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use ::http::{HeaderMap, HeaderName, HeaderValue};
use wasmtime::component::Resource;

use super::super::bindings::http::{Brief, Host, HostPrepared, Overrides, Request, Response, Timings};
use super::super::bindings::types::{Error, Pair};
use super::super::limits;
use super::super::vu::{Role, Surroundings, Vu};
use super::exchange::Outcome;
use super::options::spec;
use super::sent::many;
use super::{bytes, refusal};
use crate::http::{self, Answer, Change, ErrorKind, Prepared};

/// A prepared request in the VU's table; sending it shares it with the exchange.
pub type PreparedRequest = Arc<Prepared>;

impl From<http::Error> for Error {
    fn from(error: http::Error) -> Error {
        Error { code: error.kind.code().to_owned(), message: error.message }
    }
}

impl Surroundings {
    /// Whether a request goes to the target or to a host that was granted.
    pub(super) fn allows(&self, request: &Prepared) -> Result<(), http::Error> {
        let origin = &*request.origin;
        if *origin == *self.target.origin || self.granted.iter().any(|granted| granted.same_place(origin)) {
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
}

impl Vu {
    /// A request that may be sent. The outer error is a trap.
    pub(super) fn prepared(
        &mut self,
        request: Request,
        streamed: bool,
    ) -> wasmtime::Result<Result<Prepared, http::Error>> {
        if self.role == Role::Describe {
            return Ok(Err(http::Error::new(ErrorKind::Unsupported, "`describe` cannot send requests")));
        }
        self.take(request.body.len() + request.url.len() + headers_length(&request.headers))?;
        let spec = spec(request, &self.around, streamed);
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
    pub(super) fn allowed(&mut self, prepared: Prepared) -> wasmtime::Result<Result<Prepared, http::Error>> {
        if let Err(error) = self.around.allows(&prepared) {
            self.around.access.count_refused(&prepared, &error);
            self.refused(&prepared, &error)?;
            return Ok(Err(error));
        }
        Ok(Ok(prepared))
    }

    fn answer(&self, index: u32) -> Option<&Answer> {
        self.answers.get(..self.kept)?.get(index as usize)
    }

    fn response(&mut self, outcome: Outcome, index: usize) -> Result<Response, Error> {
        let brief = brief(&outcome, index)?;
        let (mut headers, mut body) = (Vec::new(), Vec::new());
        if let Some(answer) = self.answers.get_mut(index) {
            headers = listed(&answer.headers);
            body = std::mem::take(&mut answer.body);
        }
        let protocol = outcome.protocol.name();
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
        Ok(match self.prepared(request, false)? {
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
        let outcome = self.fetch(at, "prepared.send", request).await?;
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
        let outcome = self.fetch(at, "prepared.send-with", request).await?;
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
        let request = match self.prepared(request, false)? {
            Ok(request) => Arc::new(request),
            Err(error) => {
                self.leave_refused(at, "http.send", wanted, &error);
                return Ok(Err(error.into()));
            }
        };
        let outcome = self.fetch(at, "http.send", request).await?;
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
            let request = self.prepared(request, false)?;
            if let Err(error) = &request {
                self.leave_refused(at, "http.send-all", wanted, error);
            }
            checked.push(request.map(Arc::new));
        }
        // Those that were refused have been left.
        if at.is_some() {
            self.enter();
        }
        let good = checked.iter().flatten().map(Arc::clone).collect();
        let outcomes = self.exchange_all(at, "http.send-all", good).await?;
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
        let outcomes = self.exchange_all(at, "http.send-all-prepared", prepared).await?;
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

    fn headers(&mut self, index: u32) -> wasmtime::Result<Vec<Pair>> {
        let at = self.enter();
        let headers = self.answer(index).map(|answer| listed(&answer.headers)).unwrap_or_default();
        self.asked(at, "http.headers", || (index.to_string(), Some(format!("{} headers", headers.len()))));
        Ok(headers)
    }

    fn header(&mut self, index: u32, name: String) -> wasmtime::Result<Option<String>> {
        let at = self.enter();
        let value = self.answer(index).and_then(|answer| answer.headers.get(name.as_str()));
        let value = value.map(|value| lossy(value.as_bytes()));
        self.asked(at, "http.header", || (name, value.clone()));
        Ok(value)
    }

    fn cookies(&mut self, url: String) -> wasmtime::Result<Vec<Pair>> {
        let at = self.enter();
        let cookies = self.cookies_for(&url);
        self.asked(at, "http.cookies", || (url, Some(format!("{} cookies", cookies.len()))));
        Ok(cookies)
    }

    fn set_cookie(&mut self, url: String, line: String) -> wasmtime::Result<Result<(), Error>> {
        let at = self.enter();
        self.take(url.len() + line.len())?;
        let result = self.take_cookie(&url, &line).map_err(Error::from);
        let refused = result.as_ref().err().map(refusal);
        self.asked(at, "http.set-cookie", || (format!("{url} {line}"), refused));
        Ok(result)
    }

    fn clear_cookies(&mut self) -> wasmtime::Result<()> {
        let at = self.enter();
        self.jar.clear();
        self.asked(at, "http.clear-cookies", || (String::new(), None));
        Ok(())
    }
}

pub(super) fn listed(headers: &HeaderMap) -> Vec<Pair> {
    let pair = |(name, value): (&HeaderName, &HeaderValue)| Pair {
        name: name.as_str().to_owned(),
        value: lossy(value.as_bytes()),
    };
    headers.iter().map(pair).collect()
}

pub(super) fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn headers_length(headers: &[Pair]) -> usize {
    headers.iter().map(|pair| pair.name.len() + pair.value.len()).sum()
}

pub(super) fn bad(message: &str) -> http::Error {
    http::Error::new(ErrorKind::BadRequest, message)
}

fn too_many(requests: usize) -> http::Error {
    bad(&format!("{requests} requests at once, at most {} can be sent", limits::REQUESTS))
}

pub(super) fn pairs(pairs: Vec<Pair>) -> Vec<(String, String)> {
    pairs.into_iter().map(|pair| (pair.name, pair.value)).collect()
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
