//! Exchanges of a VU, recorded: one, or several at the same time.
//!
//! A request whose kept connection was at fault goes out once more over a new one, and is counted as resent; see
//! `engine/docs/005-nothing-is-retried.md`.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::http::header::CONTENT_ENCODING;
use futures_util::future::join_all;

use super::super::errand::{Errand, Opening};
use super::super::vu::Vu;
use super::follow::Trail;
use crate::clock::{Clock, Nanos};
use crate::guest::Access;
use crate::http::{
    self, Acquired, Alarm, Answer, Client, ErrorKind, Exchange, Lost, Prepared, Protocol, Wanted,
};
use crate::measure::{ExchangeSample, Journal, JournalFull, Open, Phases};
use crate::plan::NeedKind;

/// What an exchange came to, whether it was answered or not.
pub(super) struct Outcome {
    pub status: u16,
    pub protocol: Protocol,
    pub length: u64,
    /// Bytes of the body after decoding; 0 if there was nothing to decode.
    pub decoded: u64,
    pub phases: Phases,
    pub error: Option<http::Error>,
}

/// What a request has been through before the present try.
#[derive(Clone, Copy, Default)]
pub(super) struct Before {
    /// Whether there was a try at all.
    pub tried: bool,
    /// Whether something of it was written.
    pub written: u64,
    /// How long that took.
    pub took: Duration,
}

/// One of several requests that are sent at the same time.
struct Going {
    request: Arc<Prepared>,
    trail: Trail,
    open: Open,
    before: Before,
    answer: Answer,
    outcome: Option<Outcome>,
}

impl Outcome {
    pub(super) fn failed(error: http::Error, phases: Phases) -> Outcome {
        let protocol = Protocol::default();
        Outcome { status: 0, protocol, length: 0, decoded: 0, phases, error: Some(error) }
    }

    pub(super) fn of(exchange: &Exchange, acquired: &Acquired, before: Before) -> Outcome {
        Outcome {
            status: exchange.status,
            protocol: exchange.protocol,
            length: exchange.length,
            decoded: 0,
            phases: Phases {
                sending: exchange.sent.since(exchange.begun),
                waiting: exchange.first_byte.since(exchange.sent),
                receiving: exchange.done.since(exchange.first_byte),
                ..opened(acquired, before)
            },
            error: exchange.error.clone(),
        }
    }

    /// Decodes a kept body that came compressed.
    fn unpacked(mut self, request: &Prepared, answer: &mut Answer, most: usize) -> Outcome {
        let wanted = request.keep_body && request.choices.decode && self.error.is_none();
        if wanted && answer.headers.contains_key(CONTENT_ENCODING) {
            match http::decode(&answer.headers, &mut answer.body, most) {
                Ok(true) => {
                    self.decoded = answer.body.len() as u64;
                    self.length = self.decoded;
                }
                Ok(false) => {}
                Err(error) => self.error = Some(error),
            }
        }
        self
    }
}

impl Before {
    /// After a try that came to nothing through the connection's fault.
    fn after(exchange: &Exchange, clock: Clock, asked: Nanos) -> Before {
        Before { tried: true, written: exchange.bytes_sent, took: clock.now().since(asked) }
    }
}

/// What requests share that are sent at the same time.
struct Together<'a, 'j> {
    client: &'a Client,
    access: &'a Access,
    /// They are all on one thread, and never wait for it.
    journal: &'a Mutex<&'j mut Journal>,
    clock: Clock,
    asked: Nanos,
    most: usize,
}

impl Together<'_, '_> {
    fn note<T>(&self, note: impl FnOnce(&mut Journal) -> T) -> T {
        note(&mut self.journal.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn exchange(&self, going: &mut Going) {
        let Together { client, access, clock, asked, most, .. } = *self;
        let (request, open) = (Arc::clone(&going.request), going.open);
        let mut alarm = Alarm::default();
        // At most twice: an exchange over a new connection is never sent again.
        loop {
            let before = going.before;
            let wanted = Wanted { request: &request, asked, new: before.tried };
            let mut acquired = match client.acquire(wanted, clock, &mut alarm).await {
                Ok(acquired) => acquired,
                Err(error) => {
                    access.count_refused(&request, &error);
                    let outcome = Outcome::failed(error, not_connected(clock, asked, before));
                    self.note(|journal| close(journal, open, &outcome, None, before, clock));
                    going.outcome = Some(outcome);
                    return;
                }
            };
            self.note(|journal| journal.sent(open, before.written > 0));
            let spent = opened(&acquired, before);
            let both = (&mut going.answer, &mut alarm);
            let exchange = match acquired.exchange_in_time(&request, clock, asked, most, both).await {
                Ok(exchange) => exchange,
                Err(late) => {
                    let outcome = unanswered(clock, asked, late, spent);
                    self.note(|journal| close(journal, open, &outcome, None, before, clock));
                    going.outcome = Some(outcome);
                    return;
                }
            };
            if exchange.again.is_some() && !before.tried {
                client.discard(&acquired);
                going.before = self.note(|journal| again(journal, open, &exchange, clock, asked));
                continue;
            }
            let outcome = Outcome::of(&exchange, &acquired, before);
            let outcome = outcome.unpacked(&request, &mut going.answer, most);
            self.note(|journal| close(journal, open, &outcome, Some(&exchange), before, clock));
            client.release(acquired, exchange.done);
            going.outcome = Some(outcome);
            return;
        }
    }
}

impl Access {
    /// Counts a host that was refused on the way: it was not granted, or its name leads inward.
    pub(super) fn count_refused(&self, request: &Prepared, error: &http::Error) {
        if error.kind == ErrorKind::HostNotAllowed {
            let origin = &request.origin;
            self.refuse(NeedKind::Host, &format!("{}:{}", origin.host, origin.port));
        }
    }
}

impl Vu {
    /// Begins to note a request, in words without secrets.
    pub(super) fn note(&mut self, request: &Prepared) -> Result<Open, JournalFull> {
        let method = self.around.access.name(request.method());
        self.journal.open(&request.name, &method)
    }

    /// Sends requests at the same time, and what their answers lead to, and keeps the answers. Errors here are traps.
    pub(super) async fn exchange_all(
        &mut self,
        at: Option<Nanos>,
        function: &'static str,
        requests: Vec<Arc<Prepared>>,
    ) -> wasmtime::Result<Vec<Outcome>> {
        self.forget_answers(requests.len());
        let clock = self.around.clock;
        let together = requests.len();
        let most = (self.around.limits.bodies / together.max(1)).min(self.around.limits.body);
        let access = Arc::clone(&self.around.access);
        let mut all = Vec::with_capacity(together);
        for (index, trail) in requests.into_iter().map(Trail::new).enumerate() {
            let request = self.dressed(&trail.request);
            let open = self.note(&request)?;
            let answer = self.answers.get_mut(index).map(std::mem::take).unwrap_or_default();
            all.push(Going { request, trail, open, before: Before::default(), answer, outcome: None });
        }
        loop {
            let asked = clock.now();
            let journal = Mutex::new(&mut self.journal);
            let line =
                Together { client: &self.client, access: &access, journal: &journal, clock, asked, most };
            let left = all.iter_mut().filter(|going| going.outcome.is_none());
            join_all(left.map(|going| line.exchange(going)).collect::<Vec<_>>()).await;
            let mut further = false;
            for going in &mut all {
                let Some(outcome) = going.outcome.take_if(|_| !going.trail.over) else { continue };
                let (outcome, next) =
                    self.onward(&mut going.trail, &going.request, &going.answer, outcome)?;
                let Some(next) = next else {
                    going.outcome = Some(outcome);
                    continue;
                };
                self.note_sent(at, function, together, &going.request, &outcome, &going.answer);
                going.request = next;
                going.open = self.note(&going.request)?;
                going.before = Before::default();
                further = true;
            }
            if !further {
                break;
            }
        }
        self.waited();
        let mut outcomes = Vec::with_capacity(together);
        for (index, going) in all.into_iter().enumerate() {
            let Some(outcome) = going.outcome else { continue };
            self.note_sent(at, function, together, &going.request, &outcome, &going.answer);
            if let Some(place) = self.answers.get_mut(index) {
                *place = going.answer;
            }
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    /// Sends one request and keeps its answer: [`Vu::exchange_all`] without its lists, and waited for outside of the
    /// guest's stack.
    pub(super) async fn exchange(&mut self, known: &Arc<Prepared>) -> wasmtime::Result<Outcome> {
        self.forget_answers(1);
        let clock = self.around.clock;
        let open = self.note(known)?;
        let asked = clock.now();
        let most = self.around.limits.body;
        let mut before = Before::default();
        loop {
            let acquired = match self.connection(known, clock, asked, before.tried).await {
                Ok(acquired) => acquired,
                Err(error) => {
                    self.around.access.count_refused(known, &error);
                    let outcome = Outcome::failed(error, not_connected(clock, asked, before));
                    close(&mut self.journal, open, &outcome, None, before, clock);
                    self.waited();
                    return Ok(outcome);
                }
            };
            self.journal.sent(open, before.written > 0);
            let spent = opened(&acquired, before);
            let answer = self.answers.first_mut().map(std::mem::take).unwrap_or_default();
            let (request, alarm) = (Arc::clone(known), std::mem::take(&mut self.alarm));
            let done =
                self.errands.send(Errand { request, acquired, answer, alarm, clock, asked, most }).await;
            self.alarm = done.alarm;
            if let Some(place) = self.answers.first_mut() {
                *place = done.answer;
            }
            let (exchange, acquired) = match done.ended {
                Ok(ended) => ended,
                Err(late) => {
                    let outcome = unanswered(clock, asked, late, spent);
                    close(&mut self.journal, open, &outcome, None, before, clock);
                    self.waited();
                    return Ok(outcome);
                }
            };
            if exchange.again.is_some() && !before.tried {
                self.client.discard(&acquired);
                before = again(&mut self.journal, open, &exchange, clock, asked);
                continue;
            }
            let mut outcome = Outcome::of(&exchange, &acquired, before);
            if let Some(answer) = self.answers.first_mut() {
                outcome = outcome.unpacked(known, answer, most);
            }
            close(&mut self.journal, open, &outcome, Some(&exchange), before, clock);
            self.client.release(acquired, exchange.done);
            // The guest goes on in the same turn in which the last byte was read.
            self.computing.entered(if outcome.decoded > 0 { clock.now() } else { exchange.done });
            return Ok(outcome);
        }
    }

    /// A connection for a request, perhaps a new one: that is opened outside of the guest's stack.
    async fn connection(
        &mut self,
        known: &Arc<Prepared>,
        clock: Clock,
        asked: Nanos,
        new: bool,
    ) -> Result<Acquired, http::Error> {
        if let Some(acquired) = self.client.kept(Wanted { request: known, asked, new }, clock).await {
            return Ok(acquired);
        }
        let (client, request) = (self.client.clone(), Arc::clone(known));
        let alarm = std::mem::take(&mut self.alarm);
        let opened = self.errands.open(Opening { client, request, alarm, clock, asked, new }).await;
        self.alarm = opened.alarm;
        opened.acquired
    }

    /// Records a request that was not let out.
    pub(super) fn refused(&mut self, request: &Prepared, error: &http::Error) -> wasmtime::Result<()> {
        let open = self.note(request)?;
        let outcome = Outcome::failed(error.clone(), Phases::default());
        close(&mut self.journal, open, &outcome, None, Before::default(), self.around.clock);
        Ok(())
    }

    fn forget_answers(&mut self, wanted: usize) {
        self.answers.iter_mut().take(self.kept).for_each(Answer::clear);
        if self.answers.len() < wanted {
            self.answers.resize_with(wanted, Answer::default);
        }
        self.kept = wanted;
    }
}

/// Notes that a request goes out once more. One that the target has not seen was not sent, until it is.
pub(super) fn again(
    journal: &mut Journal,
    open: Open,
    exchange: &Exchange,
    clock: Clock,
    asked: Nanos,
) -> Before {
    if exchange.again == Some(Lost::Unseen) {
        journal.unsent(open);
    }
    Before::after(exchange, clock, asked)
}

/// The phases of a request that never had a connection.
pub(super) fn not_connected(clock: Clock, asked: Nanos, before: Before) -> Phases {
    let connecting = clock.now().since(asked).saturating_sub(before.took);
    Phases { blocked: before.took, connecting, ..Phases::default() }
}

/// What a request has waited for when it is about to go out.
pub(super) fn opened(acquired: &Acquired, before: Before) -> Phases {
    Phases {
        blocked: before.took + acquired.blocked,
        dns: acquired.dns,
        connecting: acquired.connecting,
        tls: acquired.tls,
        ..Phases::default()
    }
}

/// What is known of a request whose answer did not come in time.
pub(super) fn unanswered(clock: Clock, asked: Nanos, late: http::Error, spent: Phases) -> Outcome {
    let before = spent.blocked + spent.dns + spent.connecting + spent.tls;
    let waiting = clock.now().since(asked).saturating_sub(before);
    Outcome::failed(late, Phases { waiting, ..spent })
}

/// Records an exchange; one that never had a connection was not sent.
pub(super) fn close(
    journal: &mut Journal,
    open: Open,
    outcome: &Outcome,
    exchange: Option<&Exchange>,
    before: Before,
    clock: Clock,
) {
    let noted = journal.noted(open);
    let sample = ExchangeSample {
        status: outcome.status,
        error: outcome.error.as_ref().map(|error| error.kind.code()),
        protocol: (outcome.status > 0).then(|| outcome.protocol.name()),
        sent: noted.sent,
        resent: noted.resent,
        phases: outcome.phases,
        done: exchange.map_or_else(|| clock.now(), |exchange| exchange.done),
        bytes_sent: before.written + exchange.map_or(0, |exchange| exchange.bytes_sent),
        bytes_received: exchange.map_or(0, |exchange| exchange.bytes_received),
        bytes_decoded: outcome.decoded,
    };
    journal.close(open, sample);
}
