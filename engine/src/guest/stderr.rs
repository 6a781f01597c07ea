//! A guest's standard error: kept in a bounded buffer until its iteration is over.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use super::limits;

#[derive(Debug, Default)]
struct Buffer {
    bytes: Vec<u8>,
    cut: bool,
}

/// What the guest has written since [`Stderr::take`]. Copies share the buffer.
#[derive(Clone, Debug, Default)]
pub(super) struct Stderr {
    written: Arc<AtomicBool>,
    buffer: Arc<Mutex<Buffer>>,
}

impl Stderr {
    /// The lines since the last time; nothing, at the cost of one load, when nothing was written.
    pub(super) fn take(&self) -> Vec<String> {
        if !self.written.load(Relaxed) {
            return Vec::new();
        }
        self.written.store(false, Relaxed);
        let buffer = std::mem::take(&mut *self.buffer.lock().unwrap_or_else(PoisonError::into_inner));
        let text = String::from_utf8_lossy(&buffer.bytes);
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        if buffer.cut {
            lines.push("(more was written to stderr than is kept)".to_owned());
        }
        lines
    }

    fn push(&self, bytes: &[u8]) {
        let mut buffer = self.buffer.lock().unwrap_or_else(PoisonError::into_inner);
        let room = limits::STDERR_BYTES.saturating_sub(buffer.bytes.len());
        let kept = bytes.get(..room.min(bytes.len())).unwrap_or(bytes);
        buffer.bytes.extend_from_slice(kept);
        buffer.cut |= kept.len() < bytes.len();
        self.written.store(true, Relaxed);
    }
}

impl IsTerminal for Stderr {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Stderr {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl AsyncWrite for Stderr {
    fn poll_write(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        bytes: &[u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        self.push(bytes);
        std::task::Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Stderr {
    async fn ready(&mut self) {}
}

impl OutputStream for Stderr {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.push(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(limits::STDERR_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_and_said_to_be_cut() {
        let stderr = Stderr::default();
        assert!(stderr.take().is_empty());
        stderr.push(b"one\ntwo");
        assert_eq!(stderr.take(), ["one", "two"]);
        for _ in 0..100 {
            stderr.push(&[b'x'; 1000]);
        }
        let lines = stderr.take();
        assert_eq!(lines.first().map(String::len), Some(limits::STDERR_BYTES));
        assert!(lines.last().is_some_and(|line| line.contains("more was written")), "{lines:?}");
    }
}
