//! HTTP/2: a connection that several exchanges share.
//!
//! A task of the worker's runtime drives it, because no single exchange can. What goes over the network is noted for the
//! connection as a whole: `sending` ends with its last write before an answer began, and bytes are counted by the exchange
//! that ends next.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2;
use hyper_util::rt::TokioIo;
use tokio::task::coop::consume_budget;

use super::connection::{Answer, Exchange, Protocol, Room};
use super::error::{io, source};
use super::lost::Lost;
use super::stamped::{Stamped, Stamps};
use super::{Error, Prepared};
use crate::clock::{Clock, Nanos};

/// What a connection may read ahead of its exchanges, and a little.
const WINDOW: u32 = 4 * 1024 * 1024;
const MOST_UNASKED: u64 = 2 * WINDOW as u64;
/// The most bytes of one answer's headers, as hyper counts them.
const HEADERS: u32 = 64 * 1024;

/// What all holders of a connection share.
struct Line {
    stamps: Arc<Stamps>,
    used: AtomicBool,
    /// What the connection as a whole ended with.
    fault: Arc<OnceLock<Error>>,
    /// What has been counted of the bytes.
    sent: AtomicU64,
    received: AtomicU64,
}

/// One hold on a connection.
pub(super) struct Two {
    sender: http2::SendRequest<Full<Bytes>>,
    line: Arc<Line>,
    /// Whether the answer to the present request has begun.
    begun: Arc<AtomicBool>,
}

/// Runs a connection's parts on the worker's own thread.
#[derive(Clone)]
struct Here;

impl<F> hyper::rt::Executor<F> for Here
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, future: F) {
        tokio::spawn(future);
    }
}

impl Two {
    /// A connection that has just been opened.
    pub(super) async fn over(stream: Stamped, authority: &str) -> Result<Two, Error> {
        let stamps = stream.stamps();
        stamps.stretch(MOST_UNASKED);
        let (sender, driver) = http2::Builder::new(Here)
            .initial_stream_window_size(WINDOW / 2)
            .initial_connection_window_size(WINDOW)
            .max_header_list_size(HEADERS)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| Error::exchanging(authority, &error))?;
        let fault = Arc::<OnceLock<Error>>::default();
        let (told, authority) = (Arc::clone(&fault), authority.to_owned());
        tokio::spawn(async move {
            if let Err(error) = driver.await {
                told.get_or_init(|| Error::exchanging(&authority, &error));
            }
        });
        let (used, sent, received) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
        Ok(Two {
            sender,
            line: Arc::new(Line { stamps, used, fault, sent, received }),
            begun: Arc::default(),
        })
    }

    pub(super) fn used(&self) -> bool {
        self.line.used.load(Relaxed)
    }

    /// Another hold on it.
    pub(super) fn handle(&self) -> Two {
        Two { sender: self.sender.clone(), line: Arc::clone(&self.line), begun: Arc::default() }
    }

    /// Says when the answer to the next request has begun.
    pub(super) fn begins(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.begun)
    }

    /// Whether requests can be sent: false if either side has given it up.
    pub(super) fn usable(&self) -> bool {
        self.sender.is_ready()
    }

    pub(super) fn same(&self, other: &Two) -> bool {
        Arc::ptr_eq(&self.line, &other.line)
    }

    /// Sends a request at `begun` and reads the answer into `answer`, keeping at most `most` bytes of the body. If the
    /// future is dropped, the stream is reset and the connection goes on.
    pub(super) async fn exchange(
        &mut self,
        request: &Prepared,
        clock: Clock,
        begun: Nanos,
        most: usize,
        answer: &mut Answer,
    ) -> Exchange {
        answer.clear();
        let mut result = Exchange::begin(begun);
        result.protocol = Protocol::Http2;
        let kept = self.used();
        let outcome = self.converse(request, Room { request, most, answer }, &mut result).await;
        let stamps = &self.line.stamps;
        result.done = match &outcome {
            Ok(()) => stamps.last_read().unwrap_or(begun).max(begun),
            Err(_) => clock.now(),
        };
        if result.status == 0 {
            result.sent = stamps.last_write().unwrap_or(begun).clamp(begun, result.done);
            result.first_byte = result.done;
        }
        result.done = result.done.max(result.first_byte);
        let count = |all: u64, counted: &AtomicU64| all.saturating_sub(counted.swap(all, Relaxed));
        result.bytes_sent = count(stamps.written(), &self.line.sent);
        result.bytes_received = count(stamps.received(), &self.line.received);
        match outcome {
            Ok(()) => self.line.used.store(true, Relaxed),
            Err((mut error, lost)) => {
                if result.status == 0 && kept {
                    result.again = lost.filter(|lost| *lost == Lost::Unseen || request.idempotent());
                    if lost.is_some() && result.again.is_none() {
                        error = Error::stale(&request.origin.authority, &error);
                    }
                } else if let Some(fault) = self.line.fault.get().filter(|_| lost == Some(Lost::Unseen)) {
                    // A request that was still here learns only that the connection is gone.
                    error.clone_from(fault);
                }
                result.error = Some(error);
            }
        }
        result
    }

    async fn converse(
        &mut self,
        request: &Prepared,
        mut room: Room<'_>,
        result: &mut Exchange,
    ) -> Result<(), (Error, Option<Lost>)> {
        let authority = &request.origin.authority;
        let failed = |error: hyper::Error| (Error::exchanging(authority, &error), lost(&error));
        let stamps = &self.line.stamps;
        let response = self.sender.send_request(request.encode_two()).await.map_err(failed)?;
        let (head, mut body) = response.into_parts();
        result.first_byte = stamps.last_read().unwrap_or(result.begun).max(result.begun);
        result.sent = stamps.last_write().unwrap_or(result.begun).clamp(result.begun, result.first_byte);
        result.status = head.status.as_u16();
        self.begun.store(true, Relaxed);
        room.answer.begins(result.status, head.headers);
        stamps.goes_on();
        while let Some(frame) = body.frame().await {
            // A server that sends a byte at a time must not keep time-outs and other VUs from their turn.
            consume_budget().await;
            stamps.goes_on();
            let Ok(data) = frame.map_err(failed)?.into_data() else { continue };
            result.length += data.len() as u64;
            room.take(data).await.map_err(|error| (error, None))?;
        }
        Ok(())
    }
}

/// What may be said of a request that a connection was given up with.
fn lost(error: &hyper::Error) -> Option<Lost> {
    if let Some(two) = source::<h2::Error>(error) {
        // GOAWAY reaches the streams that it names as not seen; a refused stream has not been looked at.
        let unseen =
            two.is_remote() && (two.is_go_away() || two.reason() == Some(h2::Reason::REFUSED_STREAM));
        if unseen {
            return Some(Lost::Unseen);
        }
    }
    // It was still here when the connection ended.
    if error.is_canceled() {
        return Some(Lost::Unseen);
    }
    let io = io(error).map(std::io::Error::kind);
    (io == Some(std::io::ErrorKind::ConnectionReset)).then_some(Lost::Unknown)
}
