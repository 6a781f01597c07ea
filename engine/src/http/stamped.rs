//! A TCP stream that notes when bytes last went out and first came in.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::clock::{Clock, Nanos};

/// What has gone over a stream since [`Stamps::reset`]. Written and read by one thread only; atomics are what
/// makes it shareable between hyper's half and ours.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    last_write: AtomicU64,
    first_read: AtomicU64,
    last_read: AtomicU64,
    written: AtomicU64,
    writes: AtomicU64,
    read: AtomicU64,
    allowed: AtomicU64,
}

/// The most bytes that may be read without a whole head or a further piece of the body: interim answers without an end
/// and chunk sizes of endless zeros are no answer. hyper's own bounds of a head and of its buffer are below it.
const MOST_AT_A_STRETCH: u64 = 1024 * 1024;

impl Stamps {
    pub(super) fn reset(&self) {
        for stamp in
            [&self.last_write, &self.first_read, &self.last_read, &self.written, &self.writes, &self.read]
        {
            stamp.store(0, Relaxed);
        }
        self.goes_on();
    }

    /// Notes that the answer has got on: as much again may be read before it must do so once more.
    pub(super) fn goes_on(&self) {
        self.allowed.store(self.read() + MOST_AT_A_STRETCH, Relaxed);
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

    pub(super) fn read(&self) -> u64 {
        self.read.load(Relaxed)
    }
}

fn instant(stamp: &AtomicU64) -> Option<Nanos> {
    match stamp.load(Relaxed) {
        0 => None,
        nanos => Some(Nanos(nanos)),
    }
}

/// The stream. One clock reading per system call that moved bytes.
pub(super) struct Stamped {
    stream: TcpStream,
    clock: Clock,
    stamps: Arc<Stamps>,
}

impl Stamped {
    pub(super) fn new(stream: TcpStream, clock: Clock, stamps: Arc<Stamps>) -> Stamped {
        Stamped { stream, clock, stamps }
    }

    pub(super) fn into_inner(self) -> TcpStream {
        self.stream
    }

    fn wrote(&self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = &result {
            self.stamps.last_write.store(self.clock.now().0, Relaxed);
            self.stamps.written.store(self.stamps.written() + *bytes as u64, Relaxed);
            self.stamps.writes.store(self.stamps.writes() + 1, Relaxed);
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
            let text = format!("{MOST_AT_A_STRETCH} bytes have come, and the answer does not get on");
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, text)));
        }
        let before = buf.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buf);
        let bytes = buf.filled().len() - before;
        if bytes > 0 {
            let now = self.clock.now().0;
            if self.stamps.first_read().is_none() {
                self.stamps.first_read.store(now, Relaxed);
            }
            self.stamps.last_read.store(now, Relaxed);
            self.stamps.read.store(self.stamps.read() + bytes as u64, Relaxed);
        }
        result
    }
}

impl AsyncWrite for Stamped {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.wrote(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.wrote(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
