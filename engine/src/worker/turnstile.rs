//! Where the VUs of an open load wait for iterations that are due.
//!
//! HOT. The release loop hands an instant to a VU that is free; the VU's own task runs the iteration. Handing over is
//! a few stores and one wake-up on the same thread: nothing is allocated, sent or locked.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};

use crate::clock::Nanos;

/// What a VU is handed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handed {
    /// An iteration, which is due at this instant.
    Due(Nanos),
    /// Nothing: it is to look around and come back.
    Call,
}

/// A VU's place.
#[derive(Default)]
struct Place {
    handed: Option<Handed>,
    waker: Option<Waker>,
    /// Where it was among those that are free when it was called, and is again when it comes back.
    back: Option<usize>,
}

/// The VUs of one worker that are free.
#[derive(Default)]
pub(super) struct Turnstile {
    places: RefCell<Vec<Place>>,
    free: RefCell<Vec<usize>>,
    closed: Cell<bool>,
}

impl Turnstile {
    /// With room for `vus`, none of them free yet.
    pub(super) fn new(vus: usize) -> Turnstile {
        let mut places = Vec::with_capacity(vus);
        places.resize_with(vus, Place::default);
        Turnstile {
            places: RefCell::new(places),
            free: RefCell::new(Vec::with_capacity(vus)),
            closed: Cell::new(false),
        }
    }

    /// Waits, as VU `slot`, for an iteration that is due, or a call; nothing when there are no more.
    pub(super) async fn pass(&self, slot: usize) -> Option<Handed> {
        self.stand(slot);
        poll_fn(|cx| {
            let mut places = self.places.borrow_mut();
            let Some(place) = places.get_mut(slot) else { return Poll::Ready(None) };
            if let Some(handed) = place.handed.take() {
                return Poll::Ready(Some(handed));
            }
            if self.closed.get() {
                return Poll::Ready(None);
            }
            match &mut place.waker {
                Some(waker) => waker.clone_from(cx.waker()),
                None => place.waker = Some(cx.waker().clone()),
            }
            Poll::Pending
        })
        .await
    }

    /// Hands an iteration to the VU that became free last, whose memory is warm; false if none is free.
    pub(super) fn hand(&self, due: Nanos) -> bool {
        let Some(slot) = self.free.borrow_mut().pop() else { return false };
        self.give(slot, Handed::Due(due))
    }

    /// The VU is free: the first one to be handed something, unless it was called away from another place. Whoever was
    /// free for long has cold memory and perhaps no connection yet.
    fn stand(&self, slot: usize) {
        let mut free = self.free.borrow_mut();
        let back = self.places.borrow_mut().get_mut(slot).and_then(|place| place.back.take());
        match back {
            None => free.push(slot),
            Some(at) => {
                let at = at.min(free.len());
                free.insert(at, slot);
            }
        }
    }

    fn give(&self, slot: usize, handed: Handed) -> bool {
        let mut places = self.places.borrow_mut();
        let Some(place) = places.get_mut(slot) else { return false };
        place.handed = Some(handed);
        if let Some(waker) = &place.waker {
            waker.wake_by_ref();
        }
        true
    }

    /// Calls a VU that is free; one that is not looks around by itself when it comes.
    pub(super) fn call(&self, slot: usize) {
        let mut free = self.free.borrow_mut();
        let Some(at) = free.iter().position(|other| *other == slot) else { return };
        free.remove(at);
        drop(free);
        if let Some(place) = self.places.borrow_mut().get_mut(slot) {
            place.back = Some(at);
        }
        self.give(slot, Handed::Call);
    }

    /// The VUs that are free, the one that has been so for longest first.
    pub(super) fn idle(&self) -> Vec<usize> {
        self.free.borrow().clone()
    }

    /// Lets everybody go: nothing more will be due.
    pub(super) fn close(&self) {
        self.closed.set(true);
        self.places.borrow().iter().filter_map(|place| place.waker.as_ref()).for_each(Waker::wake_by_ref);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::rc::Rc;
    use std::task::Context;

    #[tokio::test(flavor = "current_thread")]
    async fn what_is_handed_over_arrives_once_and_the_rest_is_let_go() {
        let turnstile = Rc::new(Turnstile::new(2));
        assert!(!turnstile.hand(Nanos(1)), "nobody is free yet");
        let local = tokio::task::LocalSet::new();
        let vus: Vec<_> = (0..2)
            .map(|slot| {
                let turnstile = Rc::clone(&turnstile);
                local.spawn_local(async move {
                    let mut got = Vec::new();
                    while let Some(handed) = turnstile.pass(slot).await {
                        got.push(handed);
                    }
                    got
                })
            })
            .collect();
        let all = local
            .run_until(async {
                tokio::task::yield_now().await;
                assert!(turnstile.hand(Nanos(1)) && turnstile.hand(Nanos(2)));
                assert!(!turnstile.hand(Nanos(3)), "both are busy");
                tokio::task::yield_now().await;
                assert!(turnstile.hand(Nanos(4)));
                // One of them is busy: it is not called.
                assert_eq!(turnstile.idle().len(), 1);
                (0..2).for_each(|slot| turnstile.call(slot));
                assert!(!turnstile.hand(Nanos(5)), "the other one looks around");
                turnstile.close();
                let mut all = Vec::new();
                for vu in vus {
                    all.extend(vu.await.expect("a VU"));
                }
                all.sort_by_key(|handed| match handed {
                    Handed::Due(due) => *due,
                    Handed::Call => Nanos(u64::MAX),
                });
                all
            })
            .await;
        let due = [1, 2, 4].map(|due| Handed::Due(Nanos(due)));
        assert_eq!(all[..3], due, "also what was handed over just before the end");
        assert_eq!(all[3..], [Handed::Call]);
    }

    #[test]
    fn issue_8_who_was_called_has_its_place_again() {
        let turnstile = Turnstile::new(3);
        let mut context = Context::from_waker(Waker::noop());
        let mut pass = |slot| Box::pin(turnstile.pass(slot)).as_mut().poll(&mut context);
        for slot in 0..3 {
            assert_eq!(pass(slot), Poll::Pending);
        }
        for slot in [0, 2, 1] {
            let before = turnstile.idle();
            turnstile.call(slot);
            assert!(!turnstile.idle().contains(&slot));
            // It takes what it was handed, looks around, and comes back.
            turnstile.places.borrow_mut()[slot].handed = None;
            assert_eq!(pass(slot), Poll::Pending);
            assert_eq!(turnstile.idle(), before);
        }
        // Two are away at the same time, and nobody else is there when they come back.
        turnstile.call(2);
        turnstile.call(0);
        assert!(turnstile.hand(Nanos(1)));
        for slot in [0, 2] {
            turnstile.places.borrow_mut()[slot].handed = None;
            assert_eq!(pass(slot), Poll::Pending);
        }
        assert_eq!(turnstile.idle(), [0, 2]);
    }
}
