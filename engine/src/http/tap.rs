//! Answers that are read while they come.
//!
//! An exchange puts each piece of a tapped answer's body here and goes on when it has been taken. It is polled by whoever
//! takes, so that nobody has to be woken.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use bytes::Bytes;
use http::HeaderMap;

use crate::clock::{Clock, Nanos};

/// A piece of a body, and when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// When.
    pub at: Nanos,
    /// Not empty.
    pub data: Bytes,
}

/// The head of an answer, and when its last byte was read.
#[derive(Clone, Debug)]
pub struct Head {
    /// When.
    pub at: Nanos,
    /// The status.
    pub status: u16,
    /// In the order received.
    pub headers: HeaderMap,
}

#[derive(Debug, Default)]
struct State {
    head: Option<Head>,
    piece: Option<Piece>,
    length: u64,
}

/// Where the parts of an answer are put. Copies share the place; both sides are on one thread.
#[derive(Clone, Debug)]
pub struct Tap {
    clock: Clock,
    state: Arc<Mutex<State>>,
}

impl Tap {
    /// Nothing has come yet.
    pub fn new(clock: Clock) -> Tap {
        Tap { clock, state: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn head(&self, status: u16, headers: &HeaderMap) {
        self.state().head = Some(Head { at: self.clock.now(), status, headers: headers.clone() });
    }

    /// Puts a piece there, and waits until it has been taken.
    pub(super) async fn piece(&self, data: Bytes) {
        if data.is_empty() {
            return;
        }
        {
            let mut state = self.state();
            state.length += data.len() as u64;
            state.piece = Some(Piece { at: self.clock.now(), data });
        }
        poll_fn(|_| if self.state().piece.is_none() { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// The head, if it has come.
    pub fn take_head(&self) -> Option<Head> {
        self.state().head.take()
    }

    /// The newest piece, if one has come.
    pub fn take_piece(&self) -> Option<Piece> {
        self.state().piece.take()
    }

    /// Bytes of the body so far.
    pub fn length(&self) -> u64 {
        self.state().length
    }
}
