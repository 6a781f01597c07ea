//! One open connection, and an exchange over it.
//!
//! hyper splits a connection into a sender and a driver. Here the VU's own task polls both: no task switch, no
//! wake-up of another task, and a dropped exchange drops the connection with it.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Version};
use http_body::{Body, Frame};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::coop::consume_budget;

use super::lost::{Lost, Patience};
use super::stamped::{Stamped, Stamps};
use super::{Error, ErrorKind, Prepared};
use crate::clock::{Clock, Nanos};

type Sender = http1::SendRequest<Full<Bytes>>;
type Driver = http1::Connection<TokioIo<Stamped>, Full<Bytes>>;

/// An answer's headers and body, in buffers that are used again.
#[derive(Debug, Default)]
pub struct Answer {
    /// In the order received.
    pub headers: HeaderMap,
    /// Empty if it was not kept.
    pub body: Vec<u8>,
}

impl Answer {
    /// Forgets the answer; buffers of more than 256 KiB are given back.
    pub fn clear(&mut self) {
        self.headers.clear();
        self.body.clear();
        if self.body.capacity() > 256 * 1024 {
            self.body = Vec::new();
        }
    }
}

/// What became of a request that was sent.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The status; 0 without an answer.
    pub status: u16,
    /// Whether the answer was HTTP/1.0.
    pub http10: bool,
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
    /// Bytes written.
    pub bytes_sent: u64,
    /// Bytes read.
    pub bytes_received: u64,
    /// Bytes of the answer's body.
    pub length: u64,
}

/// An open connection that nobody is using.
pub(super) struct Connection {
    sender: Sender,
    driver: Option<Pin<Box<Driver>>>,
    /// What is left of a connection that has ended.
    ended: Option<TcpStream>,
    stamps: Arc<Stamps>,
    /// How long it took to open, which is a round trip or more.
    opening: Duration,
    /// Whether it has carried an answer.
    used: bool,
}

impl Connection {
    /// A connection that has just been opened, which took this long.
    pub(super) async fn over(
        stream: TcpStream,
        opening: Duration,
        clock: Clock,
        authority: &str,
    ) -> Result<Connection, Error> {
        let stamps = Arc::new(Stamps::default());
        stamps.goes_on();
        let io = TokioIo::new(Stamped::new(stream, clock, Arc::clone(&stamps)));
        let (sender, driver) =
            http1::handshake(io).await.map_err(|error| Error::exchanging(authority, &error))?;
        Ok(Connection { sender, driver: Some(Box::pin(driver)), ended: None, stamps, opening, used: false })
    }

    /// Whether it has carried an answer.
    pub(super) fn used(&self) -> bool {
        self.used
    }

    /// What has gone over it in the present exchange.
    pub(super) fn stamps(&self) -> Arc<Stamps> {
        Arc::clone(&self.stamps)
    }

    /// Whether a request can be sent: false if the server has closed it since. Waits only while hyper finishes the
    /// exchange before.
    pub(super) async fn usable(&mut self) -> bool {
        poll_fn(|cx| {
            self.drive(cx);
            match self.sender.poll_ready(cx) {
                Poll::Ready(ready) => Poll::Ready(ready.is_ok() && self.driver.is_some()),
                Poll::Pending if self.driver.is_none() => Poll::Ready(false),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    /// Sends a request at `begun` and reads the answer into `answer`, keeping at most `most` bytes of the body.
    ///
    /// The connection must be [`Connection::usable`]. If the future is dropped, the connection is of no further use.
    pub(super) async fn exchange(
        &mut self,
        request: &Prepared,
        clock: Clock,
        begun: Nanos,
        most: usize,
        answer: &mut Answer,
    ) -> Exchange {
        self.stamps.reset();
        answer.clear();
        let mut result = Exchange {
            status: 0,
            http10: false,
            error: None,
            again: None,
            begun,
            sent: begun,
            first_byte: begun,
            done: begun,
            bytes_sent: 0,
            bytes_received: 0,
            length: 0,
        };
        let outcome = self.converse(request, most, answer, &mut result).await;
        result.sent = self.stamps.last_write().unwrap_or(begun);
        let first = self.stamps.first_read();
        result.done = match &outcome {
            Ok(()) => self.stamps.last_read().unwrap_or(result.sent),
            Err(_) => clock.now(),
        };
        result.first_byte = first.unwrap_or(result.done).max(result.sent);
        result.done = result.done.max(result.first_byte);
        result.bytes_sent = self.stamps.written();
        result.bytes_received = self.stamps.read();
        match outcome {
            Ok(()) => self.used = true,
            Err(error) => self.failed(request, error, &mut result).await,
        }
        result
    }

    /// Says what went wrong, and whether it was the connection's fault.
    async fn failed(&mut self, request: &Prepared, mut error: Error, result: &mut Exchange) {
        self.end();
        let early = result.bytes_sent == 0 && result.bytes_received > 0;
        if early {
            let text = format!("`{}` sent something before it was asked", request.origin.authority);
            error = Error::new(ErrorKind::Protocol, text);
        }
        if self.used && (early || result.bytes_received == 0) {
            let one = self.stamps.writes() == 1;
            let patience = Patience { opening: self.opening };
            let lost = Lost::of(error.kind, result.bytes_sent, one, self.ended.as_ref(), patience).await;
            result.again = lost.filter(|lost| *lost == Lost::Unseen || request.idempotent());
            if lost.is_some() && result.again.is_none() {
                error = Error::new(
                    ErrorKind::Stale,
                    format!(
                        "`{}` gave up a kept connection as the request went out; whether it has acted on it is not \
                         known: {}",
                        request.origin.authority, error.message
                    ),
                );
            }
        }
        self.ended = None;
        result.error = Some(error);
    }

    /// Takes the stream back from hyper, if it has it.
    fn end(&mut self) {
        if let Some(driver) = self.driver.take() {
            self.ended = Some(stream_of(driver));
        }
    }

    async fn converse(
        &mut self,
        request: &Prepared,
        most: usize,
        answer: &mut Answer,
        result: &mut Exchange,
    ) -> Result<(), Error> {
        let authority = &request.origin.authority;
        let failed = |error: hyper::Error| Error::exchanging(authority, &error);
        let response = {
            let mut response = pin!(self.sender.send_request(request.encode()));
            let (driver, ended) = (&mut self.driver, &mut self.ended);
            poll_fn(|cx| {
                drive(driver, ended, cx);
                match response.as_mut().poll(cx) {
                    Poll::Ready(response) => Poll::Ready(response.map_err(failed)),
                    Poll::Pending if driver.is_none() => Poll::Ready(Err(closed(authority))),
                    Poll::Pending => Poll::Pending,
                }
            })
            .await?
        };
        let (head, mut body) = response.into_parts();
        if let Some(why) = request.unfit(head.status, &head.headers) {
            return Err(Error::new(ErrorKind::Protocol, format!("`{authority}` {why}")));
        }
        result.status = head.status.as_u16();
        result.http10 = head.version == Version::HTTP_10;
        answer.headers = head.headers;
        self.stamps.goes_on();
        while !body.is_end_stream() {
            let Some(frame) = poll_fn(|cx| self.poll_frame(&mut body, cx)).await else { break };
            // A server that sends a byte at a time must not keep time-outs and other VUs from their turn.
            consume_budget().await;
            self.stamps.goes_on();
            let Ok(data) = frame.map_err(failed)?.into_data() else { continue };
            result.length += data.len() as u64;
            if request.keep_body {
                if answer.body.len() + data.len() > most {
                    answer.body.clear();
                    let text = format!("the answer's body is longer than {most} bytes");
                    return Err(Error::new(ErrorKind::BodyTooLarge, text));
                }
                answer.body.extend_from_slice(&data);
            }
        }
        Ok(())
    }

    fn poll_frame(
        &mut self,
        body: &mut Incoming,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        // Asking first tells the driver that a frame is wanted; it then reads one in the same turn.
        match Pin::new(&mut *body).poll_frame(cx) {
            Poll::Pending => {
                self.drive(cx);
                Pin::new(body).poll_frame(cx)
            }
            ready => ready,
        }
    }

    fn drive(&mut self, cx: &mut Context<'_>) {
        drive(&mut self.driver, &mut self.ended, cx);
    }
}

/// Lets hyper read and write. An error of the connection reaches the exchange through its own future.
fn drive(driver: &mut Option<Pin<Box<Driver>>>, ended: &mut Option<TcpStream>, cx: &mut Context<'_>) {
    if driver.as_mut().is_some_and(|driver| driver.as_mut().poll(cx).is_ready()) {
        *ended = driver.take().map(stream_of);
    }
}

fn stream_of(driver: Pin<Box<Driver>>) -> TcpStream {
    Pin::into_inner(driver).into_parts().io.into_inner().into_inner()
}

fn closed(authority: &str) -> Error {
    Error::new(ErrorKind::Closed, format!("`{authority}` closed the connection before it answered"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{RequestSpec, Target};
    use tokio::io::AsyncWriteExt;

    #[tokio::test(flavor = "current_thread")]
    async fn an_answer_that_was_there_before_the_request_is_none() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let stream = TcpStream::connect(address).await.expect("a connection");
        let (mut server, _) = listener.accept().await.expect("a connection");
        server.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.expect("written");
        stream.readable().await.expect("a stream");
        let (clock, target) = (Clock::start(), Target::parse(&format!("http://{address}")).expect("a URL"));
        let spec = RequestSpec { url: "/".into(), ..RequestSpec::default() };
        let request = Prepared::new(&target, spec).expect("a request");
        let mut connection =
            Connection::over(stream, Duration::ZERO, clock, "h").await.expect("a connection");
        let found = connection.exchange(&request, clock, clock.now(), 0, &mut Answer::default()).await;
        let error = found.error.expect("an error");
        assert_eq!((error.kind, found.status, found.bytes_sent), (ErrorKind::Protocol, 0, 0), "{error}");
        assert!(error.message.contains("sent something before it was asked"), "{error}");
        assert_eq!(found.again, None);
        assert!(!connection.usable().await);
    }
}
