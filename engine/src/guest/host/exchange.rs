//! Exchanges of a VU, recorded: one, or several at the same time.
//!
//! A request whose kept connection was at fault goes out once more over a new one, and is counted as resent; see
//! `engine/docs/005-nothing-is-retried.md`.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::super::errand::Errand;
use super::super::vu::Vu;
use crate::clock::{Clock, Nanos};
use crate::http::{self, Acquired, Alarm, Answer, ErrorKind, Exchange, Lost, Prepared, Wanted};
use crate::measure::{ExchangeSample, Journal, JournalFull, Open, Phases};
use crate::plan::NeedKind;

/// What an exchange came to, whether it was answered or not.
pub(super) struct Outcome {
    pub status: u16,
    pub http10: bool,
    pub length: u64,
    pub phases: Phases,
    pub error: Option<http::Error>,
}

/// What a request has been through before the present try.
#[derive(Clone, Copy, Default)]
struct Before {
    /// Whether there was a try at all.
    tried: bool,
    /// Whether something of it was written.
    written: u64,
    /// How long that took.
    took: Duration,
}

/// One of several requests that are sent at the same time.
struct Going<'a> {
    request: &'a Prepared,
    open: Open,
    before: Before,
    answer: Answer,
    outcome: Option<Outcome>,
}

impl Outcome {
    fn failed(error: http::Error, phases: Phases) -> Outcome {
        Outcome { status: 0, http10: false, length: 0, phases, error: Some(error) }
    }

    fn of(exchange: &Exchange, acquired: &Acquired, before: Before) -> Outcome {
        Outcome {
            status: exchange.status,
            http10: exchange.http10,
            length: exchange.length,
            phases: Phases {
                blocked: before.took,
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
}

impl Before {
    /// After a try that came to nothing through the connection's fault.
    fn after(exchange: &Exchange, clock: Clock, asked: Nanos) -> Before {
        Before { tried: true, written: exchange.bytes_sent, took: clock.now().since(asked) }
    }
}

impl Vu {
    /// Sends requests at the same time and keeps their answers. Errors here are traps.
    /// Begins to note a request, in words without secrets.
    fn note(&mut self, request: &Prepared) -> Result<Open, JournalFull> {
        let method = self.around.access.name(request.method());
        self.journal.open(&request.name, &method)
    }

    /// Counts what was refused on the way: a name that leads inward.
    fn count_refused(&self, request: &Prepared, error: &http::Error) {
        if error.kind == ErrorKind::HostNotAllowed {
            let origin = &request.origin;
            self.around.access.refuse(NeedKind::Host, &format!("{}:{}", origin.host, origin.port));
        }
    }

    pub(super) async fn exchange_all(&mut self, requests: &[&Prepared]) -> wasmtime::Result<Vec<Outcome>> {
        self.forget_answers(requests.len());
        let clock = self.around.clock;
        let mut all = Vec::with_capacity(requests.len());
        let access = Arc::clone(&self.around.access);
        for (request, answer) in requests.iter().zip(&mut self.answers) {
            let open = self.journal.open(&request.name, &access.name(request.method()))?;
            let answer = std::mem::take(answer);
            all.push(Going { request, open, before: Before::default(), answer, outcome: None });
        }
        let asked = clock.now();
        let most = (self.around.limits.bodies / requests.len().max(1)).min(self.around.limits.body);
        // At most twice: an exchange over a new connection is never sent again.
        while all.iter().any(|going| going.outcome.is_none()) {
            let left = all.iter_mut().filter(|going| going.outcome.is_none()).collect();
            self.round(left, asked, most).await;
        }
        self.waited();
        let mut outcomes = Vec::with_capacity(all.len());
        for (going, place) in all.into_iter().zip(&mut self.answers) {
            *place = going.answer;
            outcomes.extend(going.outcome);
        }
        Ok(outcomes)
    }

    /// One try of each.
    async fn round(&mut self, left: Vec<&mut Going<'_>>, asked: Nanos, most: usize) {
        let clock = self.around.clock;
        let wanted: Vec<_> = left
            .iter()
            .map(|going| Wanted { request: going.request, asked, new: going.before.tried })
            .collect();
        let acquired = self.client.acquire_all(&wanted, clock).await;
        for (going, acquired) in left.iter().zip(&acquired) {
            match acquired {
                Ok(_) => self.journal.sent(going.open, going.before.written > 0),
                Err(error) => self.count_refused(going.request, error),
            }
        }
        let exchanges = left.into_iter().zip(acquired).map(|(going, acquired)| async move {
            let mut acquired = match acquired {
                Ok(acquired) => acquired,
                Err(error) => {
                    let phases = not_connected(clock, asked, going.before);
                    going.outcome = Some(Outcome::failed(error, phases));
                    return (going, None, None);
                }
            };
            let mut alarm = Alarm::default();
            let both = (&mut going.answer, &mut alarm);
            match acquired.exchange_in_time(going.request, clock, asked, most, both).await {
                Ok(exchange) if exchange.again.is_some() => (going, Some(exchange), None),
                Ok(exchange) => {
                    going.outcome = Some(Outcome::of(&exchange, &acquired, going.before));
                    (going, Some(exchange), Some(acquired))
                }
                Err(late) => {
                    let spent = (acquired.dns, acquired.connecting);
                    going.outcome = Some(unanswered(clock, asked, late, spent, going.before));
                    (going, None, None)
                }
            }
        });
        for (going, exchange, acquired) in join_all(exchanges.collect::<Vec<_>>()).await {
            let Some(outcome) = &going.outcome else {
                if let Some(exchange) = exchange {
                    going.before = again(&mut self.journal, going.open, &exchange, clock, asked);
                }
                continue;
            };
            close(&mut self.journal, going.open, outcome, exchange.as_ref(), going.before, clock);
            acquired.into_iter().for_each(|acquired| self.client.release(acquired));
        }
    }

    /// Sends one request and keeps its answer: [`Vu::exchange_all`] without its lists, and waited for outside of the
    /// guest's stack.
    pub(super) async fn exchange(&mut self, request: &Arc<Prepared>) -> wasmtime::Result<Outcome> {
        self.forget_answers(1);
        let clock = self.around.clock;
        let open = self.note(request)?;
        let asked = clock.now();
        let most = self.around.limits.body;
        let mut before = Before::default();
        loop {
            let wanted = Wanted { request, asked, new: before.tried };
            let acquired = match self.client.acquire(wanted, clock, &mut self.alarm).await {
                Ok(acquired) => acquired,
                Err(error) => {
                    self.count_refused(request, &error);
                    let outcome = Outcome::failed(error, not_connected(clock, asked, before));
                    close(&mut self.journal, open, &outcome, None, before, clock);
                    self.waited();
                    return Ok(outcome);
                }
            };
            self.journal.sent(open, before.written > 0);
            let spent = (acquired.dns, acquired.connecting);
            let answer = self.answers.first_mut().map(std::mem::take).unwrap_or_default();
            let (request, alarm) = (Arc::clone(request), std::mem::take(&mut self.alarm));
            let done =
                self.errands.send(Errand { request, acquired, answer, alarm, clock, asked, most }).await;
            self.alarm = done.alarm;
            if let Some(place) = self.answers.first_mut() {
                *place = done.answer;
            }
            let (exchange, acquired) = match done.ended {
                Ok(ended) => ended,
                Err(late) => {
                    let outcome = unanswered(clock, asked, late, spent, before);
                    close(&mut self.journal, open, &outcome, None, before, clock);
                    self.waited();
                    return Ok(outcome);
                }
            };
            if exchange.again.is_some() {
                before = again(&mut self.journal, open, &exchange, clock, asked);
                continue;
            }
            let outcome = Outcome::of(&exchange, &acquired, before);
            close(&mut self.journal, open, &outcome, Some(&exchange), before, clock);
            self.client.release(acquired);
            // The guest goes on in the same turn in which the last byte was read.
            self.computing.entered = exchange.done;
            return Ok(outcome);
        }
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
fn again(journal: &mut Journal, open: Open, exchange: &Exchange, clock: Clock, asked: Nanos) -> Before {
    if exchange.again == Some(Lost::Unseen) {
        journal.unsent(open);
    }
    Before::after(exchange, clock, asked)
}

/// The phases of a request that never had a connection.
fn not_connected(clock: Clock, asked: Nanos, before: Before) -> Phases {
    let connecting = clock.now().since(asked).saturating_sub(before.took);
    Phases { blocked: before.took, connecting, ..Phases::default() }
}

/// What is known of a request whose answer did not come in time.
fn unanswered(
    clock: Clock,
    asked: Nanos,
    late: http::Error,
    (dns, connecting): (Duration, Duration),
    before: Before,
) -> Outcome {
    let waiting = clock.now().since(asked).saturating_sub(before.took + dns + connecting);
    Outcome::failed(late, Phases { blocked: before.took, dns, connecting, waiting, ..Phases::default() })
}

/// Records an exchange; one that never had a connection was not sent.
fn close(
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
        sent: noted.sent,
        resent: noted.resent,
        phases: outcome.phases,
        done: exchange.map_or_else(|| clock.now(), |exchange| exchange.done),
        bytes_sent: before.written + exchange.map_or(0, |exchange| exchange.bytes_sent),
        bytes_received: exchange.map_or(0, |exchange| exchange.bytes_received),
    };
    journal.close(open, sample);
}
