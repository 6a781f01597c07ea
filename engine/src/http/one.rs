//! HTTP/1.1: one open connection, and an exchange over it.
//!
//! hyper splits a connection into a sender and a driver. Here the VU's own task polls both: no task switch, no
//! wake-up of another task, and a dropped exchange drops the connection with it.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body::{Body, Frame};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::task::coop::consume_budget;

use super::connection::{Answer, Exchange, Protocol, Room};
use super::lost::{Lost, Patience};
use super::request::Form;
use super::stamped::{Stamped, Stamps, Stream};
use super::{Error, ErrorKind, Prepared};
use crate::clock::{Clock, Nanos};

type Sender = http1::SendRequest<Full<Bytes>>;
type Driver = http1::Connection<TokioIo<Stamped>, Full<Bytes>>;

/// An open connection that nobody is using.
pub(super) struct One {
    sender: Sender,
    driver: Option<Pin<Box<Driver>>>,
    /// What is left of a connection that has ended.
    ended: Option<Stream>,
    stamps: Arc<Stamps>,
    form: Form,
    /// Bytes that opening it took, until an exchange has counted them.
    spent: (u64, u64),
    /// How long it took to open, which is a round trip or more.
    opening: Duration,
    /// Whether it has carried an answer.
    used: bool,
}

impl One {
    /// A connection that has just been opened, which took this long.
    pub(super) async fn over(
        stream: Stamped,
        form: Form,
        opening: Duration,
        authority: &str,
    ) -> Result<One, Error> {
        let stamps = stream.stamps();
        let spent = (stamps.written(), stamps.received());
        let (sender, driver) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| Error::exchanging(authority, &error))?;
        let driver = Some(Box::pin(driver));
        Ok(One { sender, driver, ended: None, stamps, form, spent, opening, used: false })
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
    /// The connection must be [`One::usable`]. If the future is dropped, the connection is of no further use.
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
        let mut result = Exchange::begin(begun);
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
        result.bytes_received = self.stamps.received();
        match outcome {
            Ok(()) => self.used = true,
            // Rare and large: in a box, it does not make every exchange carry its size.
            Err(error) => Box::pin(self.failed(request, error, &mut result)).await,
        }
        let (sent, received) = std::mem::take(&mut self.spent);
        result.bytes_sent += sent;
        result.bytes_received += received;
        result
    }

    /// Says what went wrong, and whether it was the connection's fault.
    async fn failed(&mut self, request: &Prepared, mut error: Error, result: &mut Exchange) {
        self.end();
        // Alerts of TLS are bytes on the wire and no answer.
        let answered = self.stamps.read() > 0;
        let early = result.bytes_sent == 0 && answered;
        if early {
            let text = format!("`{}` sent something before it was asked", request.origin.authority);
            error = Error::new(ErrorKind::Protocol, text);
        }
        if self.used && (early || !answered) {
            let one = self.stamps.writes() == 1;
            let patience = Patience { opening: self.opening };
            let lost = Lost::of(
                error.kind,
                result.bytes_sent,
                one,
                self.ended.as_ref().and_then(Stream::tcp),
                patience,
            )
            .await;
            result.again = lost.filter(|lost| *lost == Lost::Unseen || request.idempotent());
            if lost.is_some() && result.again.is_none() {
                error = Error::stale(&request.origin.authority, &error);
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
            let mut response = pin!(self.sender.send_request(request.encode(&self.form)));
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
        if self.form.whole && head.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            let text = format!(
                "the proxy does not let one through to `{authority}`: 407 (hint: `--proxy http://USER:PASSWORD@…`)"
            );
            return Err(Error::new(ErrorKind::Proxy, text));
        }
        if let Some(why) = request.unfit(head.status, &head.headers) {
            return Err(Error::new(ErrorKind::Protocol, format!("`{authority}` {why}")));
        }
        result.status = head.status.as_u16();
        result.protocol = Protocol::of(head.version);
        answer.begins(result.status, head.headers);
        self.stamps.goes_on();
        let mut room = Room { request, most, answer };
        while !body.is_end_stream() {
            let Some(frame) = poll_fn(|cx| self.poll_frame(&mut body, cx)).await else { break };
            // A server that sends a byte at a time must not keep time-outs and other VUs from their turn.
            consume_budget().await;
            self.stamps.goes_on();
            let Ok(data) = frame.map_err(failed)?.into_data() else { continue };
            result.length += data.len() as u64;
            room.take(data).await?;
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
fn drive(driver: &mut Option<Pin<Box<Driver>>>, ended: &mut Option<Stream>, cx: &mut Context<'_>) {
    if driver.as_mut().is_some_and(|driver| driver.as_mut().poll(cx).is_ready()) {
        *ended = driver.take().map(stream_of);
    }
}

fn stream_of(driver: Pin<Box<Driver>>) -> Stream {
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
    use tokio::net::TcpStream;

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
        let stream = Stamped::new(Stream::Tcp(stream), clock, Arc::default());
        let opened = One::over(stream, Form::default(), Duration::ZERO, "h").await;
        let mut connection = opened.expect("a connection");
        let found = connection.exchange(&request, clock, clock.now(), 0, &mut Answer::default()).await;
        let error = found.error.expect("an error");
        assert_eq!((error.kind, found.status, found.bytes_sent), (ErrorKind::Protocol, 0, 0), "{error}");
        assert!(error.message.contains("sent something before it was asked"), "{error}");
        assert_eq!(found.again, None);
        assert!(!connection.usable().await);
    }
}
