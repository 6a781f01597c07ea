//! Exchanges that are waited for outside of the guest's own stack.
//!
//! HOT. A guest runs on a stack of its own, and while it waits in an import that stack is suspended. If the exchange were
//! driven from there, each turn of hyper would switch stacks twice and touch the deep, cold end of one VU's stack after
//! another. Instead the import leaves an [`Errand`] and suspends; whoever polls the call runs the errand on the thread's one
//! warm stack and goes back to the guest with what came of it. At 1,000 VUs that takes about a
//! fifth off the cost of a request.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use super::turns;
use crate::clock::{Clock, Nanos};
use crate::http::{self, Acquired, Alarm, Answer, Exchange, Prepared};

/// An exchange over a connection that is open.
pub(super) struct Errand {
    pub request: Arc<Prepared>,
    pub acquired: Acquired,
    pub answer: Answer,
    pub alarm: Alarm,
    pub clock: Clock,
    /// When the guest asked for it: its deadline counts from here.
    pub asked: Nanos,
    /// The most bytes of the answer's body that are kept.
    pub most: usize,
}

/// What came of it.
pub(super) struct Done {
    pub answer: Answer,
    pub alarm: Alarm,
    /// Which bound was not kept, if there was no answer in time; then the connection is of no further use.
    pub ended: Result<(Exchange, Acquired), http::Error>,
}

#[derive(Default)]
enum State {
    #[default]
    Idle,
    Asked(Errand),
    Done(Done),
}

/// Where a guest's import leaves its errand. Copies share the place; both sides are on one thread and never wait for the
/// lock.
#[derive(Clone, Default)]
pub(super) struct Errands(Arc<Mutex<State>>);

impl Errand {
    pub(super) async fn run(self) -> Done {
        let Errand { request, mut acquired, mut answer, mut alarm, clock, asked, most } = self;
        let both = (&mut answer, &mut alarm);
        let ended = acquired.exchange_in_time(&request, clock, asked, most, both).await;
        Done { answer, alarm, ended: ended.map(|exchange| (exchange, acquired)) }
    }
}

/// No future, of the type that `make` gives: it has no name that could be written.
fn nothing<F: Future<Output = Done>>(_make: impl Fn(Errand) -> F) -> Option<F> {
    None
}

impl Errands {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The import's side: leaves the errand, and waits until it is done.
    pub(super) fn send(&self, errand: Errand) -> impl Future<Output = Done> {
        *self.state() = State::Asked(errand);
        poll_fn(|_| {
            let mut state = self.state();
            // Polled for another reason, or for the first time: whoever runs the errand comes back.
            if !matches!(*state, State::Done(_)) {
                return Poll::Pending;
            }
            match std::mem::take(&mut *state) {
                State::Done(done) => Poll::Ready(done),
                State::Idle | State::Asked(_) => Poll::Pending,
            }
        })
    }

    /// The caller's side: polls the guest's call, and runs the errands that it leaves.
    pub(super) async fn serve<C: Future>(&self, call: C) -> C::Output {
        let mut call = pin!(call);
        let mut running = pin!(nothing(Errand::run));
        poll_fn(|cx| {
            turns::polled();
            loop {
                if let Some(errand) = running.as_mut().as_pin_mut() {
                    let Poll::Ready(done) = errand.poll(cx) else { return Poll::Pending };
                    running.set(None);
                    *self.state() = State::Done(done);
                }
                if let Poll::Ready(output) = call.as_mut().poll(cx) {
                    return Poll::Ready(output);
                }
                let mut state = self.state();
                if !matches!(*state, State::Asked(_)) {
                    return Poll::Pending;
                }
                if let State::Asked(errand) = std::mem::take(&mut *state) {
                    drop(state);
                    running.set(Some(errand.run()));
                }
            }
        })
        .await
    }
}
