//! A stream that notes when bytes last went out and first came in.
//!
//! Of plain streams both are looked at in one place. Below TLS lies a [`Wire`]: what is sent counts there, in time and in
//! bytes, and so do the bytes that are received; when an answer begins is seen above, where tickets and alerts are no part
//! of it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::client::TlsStream;

use crate::clock::{Clock, Nanos};

/// What has gone over a stream since [`Stamps::reset`]. Written and read by one thread only; atomics are what
/// makes it shareable between hyper's half and ours.
#[derive(Debug)]
pub(super) struct Stamps {
    last_write: AtomicU64,
    first_read: AtomicU64,
    last_read: AtomicU64,
    written: AtomicU64,
    writes: AtomicU64,
    received: AtomicU64,
    read: AtomicU64,
    allowed: AtomicU64,
    stretch: AtomicU64,
}

/// The most bytes that may be read without a whole head or a further piece of the body: interim answers without an end
/// and chunk sizes of endless zeros are no answer. hyper's own bounds of a head and of its buffer are below it.
const MOST_AT_A_STRETCH: u64 = 1024 * 1024;

impl Default for Stamps {
    fn default() -> Stamps {
        let zero = AtomicU64::default;
        Stamps {
            last_write: zero(),
            first_read: zero(),
            last_read: zero(),
            written: zero(),
            writes: zero(),
            received: zero(),
            read: zero(),
            allowed: MOST_AT_A_STRETCH.into(),
            stretch: MOST_AT_A_STRETCH.into(),
        }
    }
}

impl Stamps {
    /// Allows as much to be read at a stretch.
    pub(super) fn stretch(&self, bytes: u64) {
        self.stretch.store(bytes, Relaxed);
        self.goes_on();
    }

    /// Counts what went over the stream before it was stamped.
    pub(super) fn spent(&self, written: u64, received: u64) {
        self.written.store(self.written() + written, Relaxed);
        self.received.store(self.received() + received, Relaxed);
    }

    pub(super) fn reset(&self) {
        let all = [
            &self.last_write,
            &self.first_read,
            &self.last_read,
            &self.written,
            &self.writes,
            &self.received,
            &self.read,
        ];
        for stamp in all {
            stamp.store(0, Relaxed);
        }
        self.goes_on();
    }

    /// Notes that the answer has got on: as much again may be read before it must do so once more.
    pub(super) fn goes_on(&self) {
        self.allowed.store(self.read() + self.stretch.load(Relaxed), Relaxed);
    }

    pub(super) fn last_write(&self) -> Option<Nanos> {
        instant(&self.last_write)
    }

    pub(super) fn first_read(&self) -> Option<Nanos> {
        instant(&self.first_read)
    }

    pub(super) fn last_read(&self) -> Option<Nanos> {
        instant(&self.last_read)
    }

    pub(super) fn written(&self) -> u64 {
        self.written.load(Relaxed)
    }

    /// How many system calls that took.
    pub(super) fn writes(&self) -> u64 {
        self.writes.load(Relaxed)
    }

    /// Bytes that came over the network.
    pub(super) fn received(&self) -> u64 {
        self.received.load(Relaxed)
    }

    /// Bytes that came out of the stream: those of TLS itself are not among them.
    pub(super) fn read(&self) -> u64 {
        self.read.load(Relaxed)
    }

    fn wrote(&self, clock: Clock, bytes: usize) {
        self.last_write.store(clock.now().0, Relaxed);
        self.written.store(self.written() + bytes as u64, Relaxed);
        self.writes.store(self.writes() + 1, Relaxed);
    }
}

fn instant(stamp: &AtomicU64) -> Option<Nanos> {
    match stamp.load(Relaxed) {
        0 => None,
        nanos => Some(Nanos(nanos)),
    }
}

/// What bytes go over.
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
    Tls(Box<TlsStream<Wire>>),
}

impl Stream {
    /// The TCP connection below, if it is one.
    pub(super) fn tcp(&self) -> Option<&TcpStream> {
        match self {
            Stream::Tcp(stream) => Some(stream),
            Stream::Unix(_) => None,
            Stream::Tls(stream) => stream.get_ref().0.stream.tcp(),
        }
    }

    fn is_tls(&self) -> bool {
        matches!(self, Stream::Tls(_))
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self {
            Stream::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Unix(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Stream::Tcp(stream) => Pin::new(stream).poll_write(cx, buf),
            Stream::Unix(stream) => Pin::new(stream).poll_write(cx, buf),
            Stream::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self {
            Stream::Tcp(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Stream::Unix(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Stream::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Stream::Tcp(stream) => stream.is_write_vectored(),
            Stream::Unix(stream) => stream.is_write_vectored(),
            Stream::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Stream::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Unix(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Stream::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

/// What hyper reads and writes. One clock reading per system call that moved bytes.
pub(super) struct Stamped {
    stream: Stream,
    clock: Clock,
    stamps: Arc<Stamps>,
}

impl Stamped {
    pub(super) fn new(stream: Stream, clock: Clock, stamps: Arc<Stamps>) -> Stamped {
        Stamped { stream, clock, stamps }
    }

    pub(super) fn stamps(&self) -> Arc<Stamps> {
        Arc::clone(&self.stamps)
    }

    pub(super) fn into_inner(self) -> Stream {
        self.stream
    }

    fn wrote(&self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = &result
            && !self.stream.is_tls()
        {
            self.stamps.wrote(self.clock, *bytes);
        }
        result
    }
}

impl AsyncRead for Stamped {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.stamps.read() >= self.stamps.allowed.load(Relaxed) {
            let stretch = self.stamps.stretch.load(Relaxed);
            let text = format!("{stretch} bytes have come, and the answer does not get on");
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, text)));
        }
        let before = buf.filled().len();
        let result = self.stream.poll_read(cx, buf);
        let bytes = (buf.filled().len() - before) as u64;
        if bytes > 0 {
            let now = self.clock.now().0;
            if self.stamps.first_read().is_none() {
                self.stamps.first_read.store(now, Relaxed);
            }
            self.stamps.last_read.store(now, Relaxed);
            self.stamps.read.store(self.stamps.read() + bytes, Relaxed);
            if !self.stream.is_tls() {
                self.stamps.received.store(self.stamps.received() + bytes, Relaxed);
            }
        }
        result
    }
}

impl AsyncWrite for Stamped {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = self.stream.poll_write(cx, buf);
        self.wrote(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // Most requests are one piece, and a plain write is the cheaper system call.
        let result = match bufs {
            [one] => self.stream.poll_write(cx, one),
            several => self.stream.poll_write_vectored(cx, several),
        };
        self.wrote(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.poll_shutdown(cx)
    }
}

/// What TLS reads and writes: the network, counted.
pub(super) struct Wire {
    stream: Stream,
    clock: Clock,
    stamps: Arc<Stamps>,
}

impl Wire {
    pub(super) fn new(stream: Stream, clock: Clock, stamps: Arc<Stamps>) -> Wire {
        Wire { stream, clock, stamps }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let result = self.stream.poll_read(cx, buf);
        let bytes = (buf.filled().len() - before) as u64;
        self.stamps.received.store(self.stamps.received() + bytes, Relaxed);
        result
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = self.stream.poll_write(cx, buf);
        if let Poll::Ready(Ok(bytes)) = &result {
            self.stamps.wrote(self.clock, *bytes);
        }
        result
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.poll_shutdown(cx)
    }
}
