//! Connections that are opened, and exchanges that are waited for, outside of the guest's own stack.
//!
//! HOT. A guest runs on a stack of its own, and while it waits in an import that stack is suspended. If the exchange were
//! driven from there, each turn of hyper would switch stacks twice and touch the deep, cold end of one VU's stack after
//! another. Instead the import leaves an [`Errand`] and suspends; whoever polls the call runs the errand on the thread's one
//! warm stack and goes back to the guest with what came of it. At 1,000 VUs that takes about a
//! fifth off the cost of a request. A connection is opened there too, an [`Opening`]: it happens once, but the pages that
//! it would touch of the guest's stack would be its VU's for good.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use super::turns;
use crate::clock::{Clock, Nanos};
use crate::http::{self, Acquired, Alarm, Answer, Client, Exchange, Prepared, Wanted};

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

/// A connection that is not there yet.
pub(super) struct Opening {
    pub client: Client,
    pub request: Arc<Prepared>,
    pub alarm: Alarm,
    pub clock: Clock,
    /// When the guest asked for it: its deadline counts from here.
    pub asked: Nanos,
    /// Whether it must be a new one.
    pub new: bool,
}

/// What came of it.
pub(super) struct Opened {
    pub alarm: Alarm,
    pub acquired: Result<Acquired, http::Error>,
}

#[derive(Default)]
enum State<A, D> {
    #[default]
    Idle,
    Asked(A),
    Done(D),
}

/// Where one side leaves what it asks for, and the other what came of it. Both are on one thread and never wait for the
/// lock.
struct Place<A, D>(Mutex<State<A, D>>);

#[derive(Default)]
struct Places {
    openings: Place<Opening, Opened>,
    errands: Place<Errand, Done>,
}

/// Where a guest's import leaves its errands. Copies share the places.
#[derive(Clone, Default)]
pub(super) struct Errands(Arc<Places>);

impl Errand {
    pub(super) async fn run(self) -> Done {
        let Errand { request, mut acquired, mut answer, mut alarm, clock, asked, most } = self;
        let both = (&mut answer, &mut alarm);
        let ended = acquired.exchange_in_time(&request, clock, asked, most, both).await;
        Done { answer, alarm, ended: ended.map(|exchange| (exchange, acquired)) }
    }
}

impl Opening {
    async fn run(self) -> Opened {
        let Opening { client, request, mut alarm, clock, asked, new } = self;
        let wanted = Wanted { request: &request, asked, new };
        let acquired = client.acquire_slowly(wanted, clock, &mut alarm).await;
        Opened { alarm, acquired }
    }
}

impl<A, D> Default for Place<A, D> {
    fn default() -> Place<A, D> {
        Place(Mutex::default())
    }
}

impl<A, D> Place<A, D> {
    fn state(&self) -> MutexGuard<'_, State<A, D>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves what is asked for, and waits until it is done.
    fn send(&self, asked: A) -> impl Future<Output = D> {
        *self.state() = State::Asked(asked);
        poll_fn(|_| {
            let mut state = self.state();
            // Polled for another reason, or for the first time: whoever does it comes back.
            if !matches!(*state, State::Done(_)) {
                return Poll::Pending;
            }
            match std::mem::take(&mut *state) {
                State::Done(done) => Poll::Ready(done),
                State::Idle | State::Asked(_) => Poll::Pending,
            }
        })
    }

    /// Takes what is asked for, if anything is.
    fn asked(&self) -> Option<A> {
        let mut state = self.state();
        if !matches!(*state, State::Asked(_)) {
            return None;
        }
        match std::mem::take(&mut *state) {
            State::Asked(asked) => Some(asked),
            State::Idle | State::Done(_) => None,
        }
    }

    /// Leaves what came of it.
    fn done(&self, done: D) {
        *self.state() = State::Done(done);
    }
}

/// No future, of the type that `make` gives: it has no name that could be written.
fn nothing<F: Future<Output = Done>>(_make: impl Fn(Errand) -> F) -> Option<F> {
    None
}

impl Errands {
    /// The import's side: leaves the errand, and waits until it is done.
    pub(super) fn send(&self, errand: Errand) -> impl Future<Output = Done> {
        self.0.errands.send(errand)
    }

    /// The import's side: has a connection opened, and waits until it is.
    pub(super) fn open(&self, opening: Opening) -> impl Future<Output = Opened> {
        self.0.openings.send(opening)
    }

    /// The caller's side: polls the guest's call, and does what it leaves to be done.
    pub(super) async fn serve<C: Future>(&self, call: C) -> C::Output {
        let Places { openings, errands } = &*self.0;
        let mut call = pin!(call);
        let mut running = pin!(nothing(Errand::run));
        // Rare and large: in a box, it does not make every call carry its size.
        let mut opening: Option<Pin<Box<dyn Future<Output = Opened> + Send>>> = None;
        poll_fn(|cx| {
            turns::polled();
            loop {
                if let Some(errand) = running.as_mut().as_pin_mut() {
                    let Poll::Ready(done) = errand.poll(cx) else { return Poll::Pending };
                    running.set(None);
                    errands.done(done);
                } else if let Some(connection) = &mut opening {
                    let Poll::Ready(opened) = connection.as_mut().poll(cx) else { return Poll::Pending };
                    opening = None;
                    openings.done(opened);
                }
                if let Poll::Ready(output) = call.as_mut().poll(cx) {
                    return Poll::Ready(output);
                }
                if let Some(errand) = errands.asked() {
                    running.set(Some(errand.run()));
                } else if let Some(asked) = openings.asked() {
                    opening = Some(Box::pin(asked.run()));
                } else {
                    return Poll::Pending;
                }
            }
        })
        .await
    }
}
