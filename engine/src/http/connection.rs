//! Connections of either protocol, and what an exchange over one comes to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use bytes::Bytes;
use http::{HeaderMap, Version};

use super::lost::Lost;
use super::one::One;
use super::stamped::Stamps;
use super::tap::Tap;
use super::two::Two;
use super::{Error, ErrorKind, Prepared};
use crate::clock::{Clock, Nanos};

/// An answer's headers and body, in buffers that are used again.
#[derive(Debug, Default)]
pub struct Answer {
    /// In the order received.
    pub headers: HeaderMap,
    /// Empty if it was not kept.
    pub body: Vec<u8>,
    /// Where the parts go of one that is read while it comes.
    pub tap: Option<Tap>,
}

impl Answer {
    /// Keeps the head.
    pub(super) fn begins(&mut self, status: u16, headers: HeaderMap) {
        self.headers = headers;
        if let Some(tap) = &self.tap {
            tap.head(status, &self.headers);
        }
    }

    /// Forgets the answer; buffers of more than 256 KiB are given back.
    pub fn clear(&mut self) {
        self.headers.clear();
        self.body.clear();
        if self.body.capacity() > 256 * 1024 {
            self.body = Vec::new();
        }
    }
}

/// What an answer was spoken in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// HTTP/1.0.
    Http10,
    /// HTTP/1.1.
    #[default]
    Http11,
    /// HTTP/2.
    Http2,
}

impl Protocol {
    pub(super) fn of(version: Version) -> Protocol {
        match version {
            Version::HTTP_10 => Protocol::Http10,
            Version::HTTP_2 => Protocol::Http2,
            _ => Protocol::Http11,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Http10 => "HTTP/1.0",
            Protocol::Http11 => "HTTP/1.1",
            Protocol::Http2 => "HTTP/2",
        }
    }
}

/// What became of a request that was sent.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The status; 0 without an answer.
    pub status: u16,
    /// What the answer was spoken in.
    pub protocol: Protocol,
    /// What went wrong.
    pub error: Option<Error>,
    /// The kept connection was at fault, and the request can be sent over a new one: the target cannot have acted on it,
    /// or may as well act on it twice.
    pub again: Option<Lost>,
    /// When sending began.
    pub begun: Nanos,
    /// When the last byte of the request was written.
    pub sent: Nanos,
    /// When the first byte of the answer was read.
    pub first_byte: Nanos,
    /// When the last byte of the answer was read, or the error was met.
    pub done: Nanos,
    /// Bytes written to the network, with those of the handshake if it was the connection's first exchange.
    pub bytes_sent: u64,
    /// Bytes read from the network, likewise.
    pub bytes_received: u64,
    /// Bytes of the answer's body.
    pub length: u64,
}

impl Exchange {
    pub(super) fn begin(begun: Nanos) -> Exchange {
        Exchange {
            status: 0,
            protocol: Protocol::default(),
            error: None,
            again: None,
            begun,
            sent: begun,
            first_byte: begun,
            done: begun,
            bytes_sent: 0,
            bytes_received: 0,
            length: 0,
        }
    }
}

/// Where an answer's body goes, if it is wanted.
pub(super) struct Room<'a> {
    pub request: &'a Prepared,
    pub most: usize,
    pub answer: &'a mut Answer,
}

impl Room<'_> {
    /// Keeps a piece of the body, or refuses one that is too long. Waits for whoever reads the answer while it comes.
    pub(super) async fn take(&mut self, data: Bytes) -> Result<(), Error> {
        if let Some(tap) = &self.answer.tap {
            tap.piece(data).await;
            return Ok(());
        }
        if self.request.keep_body {
            if self.answer.body.len() + data.len() > self.most {
                self.answer.body.clear();
                let text = format!("the answer's body is longer than {} bytes", self.most);
                return Err(Error::new(ErrorKind::BodyTooLarge, text));
            }
            self.answer.body.extend_from_slice(&data);
        }
        Ok(())
    }
}

/// Whether an answer has begun.
pub(super) enum Begins {
    One(Arc<Stamps>),
    Two(Arc<AtomicBool>),
}

impl Begins {
    pub(super) fn seen(&self) -> bool {
        match self {
            Begins::One(stamps) => stamps.read() > 0,
            Begins::Two(begun) => begun.load(Relaxed),
        }
    }
}

/// An open connection. One of HTTP/2 may be in several hands.
pub(super) enum Connection {
    /// In a box: it passes through many hands between two exchanges.
    One(Box<One>),
    Two(Two),
}

impl Connection {
    /// Whether it has carried an answer.
    pub(super) fn used(&self) -> bool {
        match self {
            Connection::One(one) => one.used(),
            Connection::Two(two) => two.used(),
        }
    }

    /// Says when the answer to the next request has begun.
    pub(super) fn begins(&self) -> Begins {
        match self {
            Connection::One(one) => Begins::One(one.stamps()),
            Connection::Two(two) => Begins::Two(two.begins()),
        }
    }

    /// Sends a request at `begun` and reads the answer into `answer`, keeping at most `most` bytes of the body.
    pub(super) async fn exchange(
        &mut self,
        request: &Prepared,
        clock: Clock,
        begun: Nanos,
        most: usize,
        answer: &mut Answer,
    ) -> Exchange {
        match self {
            Connection::One(one) => one.exchange(request, clock, begun, most, answer).await,
            // Large and not of the plain path: in a box, it does not make every exchange carry its size.
            Connection::Two(two) => Box::pin(two.exchange(request, clock, begun, most, answer)).await,
        }
    }
}
