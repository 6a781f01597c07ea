//! `incoming`: answers that are read while they come.
//!
//! The exchange of a streamed answer is polled by whoever reads from it, and so goes no faster than that: nothing is read
//! ahead but what hyper has in its buffer. It belongs to the iteration that opened it: what is not at its end by then is
//! given up with its connection, and recorded with the time and the bytes until then.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use wasmtime::component::Resource;

use super::super::bindings::http::{HostIncoming, Piece, Request, ServerEvent};
use super::super::bindings::types::{Error, Pair};
use super::super::errand::{Done, Errand};
use super::super::vu::Vu;
use super::bytes;
use super::exchange::{Before, Outcome, again, close, not_connected, opened, unanswered};
use super::http::{bad, listed};
use crate::clock::Nanos;
use crate::http::{self, Answer, ErrorKind, Events, Head, Prepared, Tap, Wanted};
use crate::measure::{ExchangeSample, Open, Phases};

/// A streamed answer in the VU's table: which of its streams it is.
pub struct IncomingAnswer {
    number: u64,
    status: u16,
    headers: Vec<Pair>,
}

/// An exchange that is under way.
type Going = Pin<Box<dyn Future<Output = Done> + Send>>;

/// A streamed answer of the present iteration.
pub(in crate::guest) struct Stream {
    number: u64,
    request: Arc<Prepared>,
    tap: Tap,
    /// Nothing, when it has come to its end.
    going: Option<Going>,
    open: Open,
    before: Before,
    asked: Nanos,
    /// What having the connection took.
    spent: Phases,
    status: u16,
    headed: Nanos,
    /// What has come and not been read, and when.
    rest: Bytes,
    at: Nanos,
    events: Events,
    /// What it broke off with.
    error: Option<http::Error>,
}

impl Stream {
    /// Waits for the head of the answer; the end of the exchange, if that comes too, or instead.
    async fn begins(&mut self) -> (Option<Head>, Option<Done>) {
        poll_fn(|cx| {
            let done = match self.going.as_mut().map(|going| going.as_mut().poll(cx)) {
                Some(Poll::Ready(done)) => {
                    self.going = None;
                    Some(done)
                }
                Some(Poll::Pending) | None => None,
            };
            match (self.tap.take_head(), done) {
                (None, None) if self.going.is_some() => Poll::Pending,
                both => Poll::Ready(both),
            }
        })
        .await
    }

    /// Waits until something is there to be read; the end of the exchange, if that comes instead.
    async fn fill(&mut self) -> Option<Done> {
        if !self.rest.is_empty() {
            return None;
        }
        poll_fn(|cx| {
            if let Some(piece) = self.tap.take_piece() {
                (self.rest, self.at) = (piece.data, piece.at);
                return Poll::Ready(None);
            }
            let Some(going) = &mut self.going else { return Poll::Ready(None) };
            let done = match going.as_mut().poll(cx) {
                Poll::Ready(done) => Some(done),
                Poll::Pending => None,
            };
            if let Some(piece) = self.tap.take_piece() {
                (self.rest, self.at) = (piece.data, piece.at);
            }
            match done {
                Some(done) => {
                    self.going = None;
                    Poll::Ready(Some(done))
                }
                None if self.rest.is_empty() => Poll::Pending,
                None => Poll::Ready(None),
            }
        })
        .await
    }
}

impl Vu {
    async fn open_stream(
        &mut self,
        request: Request,
    ) -> wasmtime::Result<Result<IncomingAnswer, http::Error>> {
        let most = self.around.limits.open;
        if self.streams.len() >= most {
            return Ok(Err(bad(&format!(
                "{most} streamed answers are open (hint: drop those that are done)"
            ))));
        }
        let request = match self.prepared(request, true)? {
            Ok(request) => self.dressed(&Arc::new(request)),
            Err(error) => return Ok(Err(error)),
        };
        let clock = self.around.clock;
        let open = self.note(&request)?;
        let asked = clock.now();
        let mut before = Before::default();
        let (head, mut stream, done) = loop {
            let wanted = Wanted { request: &request, asked, new: before.tried };
            let acquired = match self.client.acquire(wanted, clock, &mut self.alarm).await {
                Ok(acquired) => acquired,
                Err(error) => {
                    self.around.access.count_refused(&request, &error);
                    let outcome = Outcome::failed(error.clone(), not_connected(clock, asked, before));
                    close(&mut self.journal, open, &outcome, None, before, clock);
                    return Ok(Err(error));
                }
            };
            self.journal.sent(open, before.written > 0);
            let spent = opened(&acquired, before);
            let tap = Tap::new(clock);
            let answer = Answer { tap: Some(tap.clone()), ..Answer::default() };
            let (request, alarm) = (Arc::clone(&request), Default::default());
            let errand =
                Errand { request: Arc::clone(&request), acquired, answer, alarm, clock, asked, most: 0 };
            self.stream_number += 1;
            let mut stream = Stream {
                number: self.stream_number,
                request,
                tap,
                going: Some(Box::pin(errand.run())),
                open,
                before,
                asked,
                spent,
                status: 0,
                headed: asked,
                rest: Bytes::new(),
                at: asked,
                events: Events::default(),
                error: None,
            };
            match stream.begins().await {
                (Some(head), done) => break (head, stream, done),
                (None, Some(Done { ended: Ok((exchange, acquired)), .. }))
                    if exchange.again.is_some() && !before.tried =>
                {
                    self.client.discard(&acquired);
                    before = again(&mut self.journal, open, &exchange, clock, asked);
                }
                (None, done) => {
                    let error = self.stream_ends(&mut stream, done);
                    let silent = || http::Error::new(ErrorKind::Closed, "there was no answer");
                    return Ok(Err(error.unwrap_or_else(silent)));
                }
            }
        };
        self.waited();
        self.keep_cookies(&request, &head.headers);
        (stream.status, stream.headed) = (head.status, head.at);
        let answer =
            IncomingAnswer { number: stream.number, status: head.status, headers: listed(&head.headers) };
        self.stream_ends(&mut stream, done);
        self.streams.push(stream);
        Ok(Ok(answer))
    }

    /// Records the end of an exchange; what went wrong, if something did.
    fn stream_ends(&mut self, stream: &mut Stream, done: Option<Done>) -> Option<http::Error> {
        let clock = self.around.clock;
        let (open, before) = (stream.open, stream.before);
        let outcome = match done?.ended {
            Ok((exchange, acquired)) => {
                let outcome = Outcome::of(&exchange, &acquired, before);
                close(&mut self.journal, open, &outcome, Some(&exchange), before, clock);
                if outcome.error.is_none() {
                    self.client.release(acquired, exchange.done);
                }
                outcome
            }
            Err(late) => {
                let outcome = unanswered(clock, stream.asked, late, stream.spent);
                close(&mut self.journal, open, &outcome, None, before, clock);
                outcome
            }
        };
        stream.error.clone_from(&outcome.error);
        outcome.error
    }

    /// Gives up what has not come to its end, and records it as far as it came.
    fn stream_is_left(&mut self, stream: &Stream) {
        if stream.going.is_none() {
            return;
        }
        let now = self.around.clock.now();
        let spent = &stream.spent;
        let noted = self.journal.noted(stream.open);
        let opening = spent.blocked + spent.dns + spent.connecting + spent.tls;
        let phases = Phases {
            waiting: stream.headed.since(stream.asked).saturating_sub(opening),
            receiving: now.since(stream.headed),
            ..*spent
        };
        let sample = ExchangeSample {
            status: stream.status,
            sent: noted.sent,
            resent: noted.resent,
            phases,
            done: now,
            bytes_sent: stream.before.written + stream.request.body().len() as u64,
            bytes_received: stream.tap.length(),
            ..ExchangeSample::default()
        };
        self.journal.close(stream.open, sample);
    }

    /// The iteration is over, and with it its streamed answers.
    pub(in crate::guest) fn leave_streams(&mut self) {
        for stream in std::mem::take(&mut self.streams) {
            self.stream_is_left(&stream);
        }
    }

    /// Waits for something to read of a stream; false at its end.
    async fn fill(&mut self, number: u64) -> Result<Option<&mut Stream>, http::Error> {
        let gone = || http::Error::new(ErrorKind::Closed, "this answer was given up with its iteration");
        let at = self.streams.iter().position(|stream| stream.number == number).ok_or_else(gone)?;
        let mut stream = self.streams.swap_remove(at);
        if let Some(done) = stream.fill().await {
            self.stream_ends(&mut stream, Some(done));
        }
        self.waited();
        self.streams.push(stream);
        let Some(stream) = self.streams.last_mut() else { return Ok(None) };
        if !stream.rest.is_empty() {
            return Ok(Some(stream));
        }
        stream.error.clone().map_or(Ok(None), Err)
    }

    async fn next_event(&mut self, number: u64) -> Result<Option<ServerEvent>, http::Error> {
        let most = self.around.limits.body;
        while let Some(stream) = self.fill(number).await? {
            let (read, event) = stream.events.read(&stream.rest);
            // Never more than there is.
            drop(stream.rest.split_to(read.min(stream.rest.len())));
            if let Some(event) = event {
                let (kind, data, id) = (event.kind, event.data, event.id);
                return Ok(Some(ServerEvent { at_ms: stream.at.as_ms(), kind, data, id }));
            }
            if stream.events.held() > most {
                let text = format!("an event is longer than {most} bytes");
                return Err(http::Error::new(ErrorKind::BodyTooLarge, text));
            }
        }
        Ok(None)
    }
}

impl HostIncoming for Vu {
    async fn open(&mut self, request: Request) -> wasmtime::Result<Result<Resource<IncomingAnswer>, Error>> {
        let (at, wanted) = (self.enter(), self.wanted(&request));
        match self.open_stream(request).await? {
            Ok(answer) => {
                let (status, (method, url)) = (answer.status, wanted.unwrap_or_default());
                self.asked(at, "incoming.open", || {
                    (format!("{method} {url}"), Some(format!("status {status}")))
                });
                Ok(Ok(self.table.push(answer)?))
            }
            Err(error) => {
                self.leave_refused(at, "incoming.open", wanted, &error);
                Ok(Err(error.into()))
            }
        }
    }

    fn status(&mut self, incoming: Resource<IncomingAnswer>) -> wasmtime::Result<u32> {
        Ok(u32::from(self.table.get(&incoming)?.status))
    }

    fn headers(&mut self, incoming: Resource<IncomingAnswer>) -> wasmtime::Result<Vec<Pair>> {
        Ok(self.table.get(&incoming)?.headers.clone())
    }

    async fn read(
        &mut self,
        incoming: Resource<IncomingAnswer>,
        max: u32,
    ) -> wasmtime::Result<Result<Option<Piece>, Error>> {
        let at = self.enter();
        let number = self.table.get(&incoming)?.number;
        let piece = self.fill(number).await.map(|stream| {
            stream.map(|stream| {
                let length = stream.rest.len().min(max.max(1) as usize);
                Piece { at_ms: stream.at.as_ms(), body: stream.rest.split_to(length).to_vec() }
            })
        });
        self.asked(at, "incoming.read", || {
            (String::new(), piece.as_ref().ok().and_then(|piece| Some(bytes(piece.as_ref()?.body.len()))))
        });
        Ok(piece.map_err(Error::from))
    }

    async fn next_event(
        &mut self,
        incoming: Resource<IncomingAnswer>,
    ) -> wasmtime::Result<Result<Option<ServerEvent>, Error>> {
        let at = self.enter();
        let number = self.table.get(&incoming)?.number;
        let event = Vu::next_event(self, number).await;
        self.asked(at, "incoming.next-event", || {
            let said = event.as_ref().ok().and_then(Option::as_ref);
            (String::new(), said.map(|event| format!("{}: {}", event.kind, event.data)))
        });
        Ok(event.map_err(Error::from))
    }

    fn drop(&mut self, incoming: Resource<IncomingAnswer>) -> wasmtime::Result<()> {
        let number = self.table.delete(incoming)?.number;
        if let Some(at) = self.streams.iter().position(|stream| stream.number == number) {
            let stream = self.streams.swap_remove(at);
            self.stream_is_left(&stream);
        }
        Ok(())
    }
}
