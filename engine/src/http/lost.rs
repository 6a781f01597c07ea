//! What became of a request whose kept connection ended before a byte of the answer came.
//!
//! A server may close an idle connection at any moment, also in the one in which a request goes out. That is no failure
//! of the target, and it looks almost like one. What tells them apart is how TCP ended:
//!
//! | what came back | what it means |
//! |---|---|
//! | nothing had been written | the connection ended before; the request is still here |
//! | FIN, and RST for the request | its only segment met a closed socket: the server has not seen it |
//! | RST alone | the server closed with something unread, or broke off: it may have seen the request |
//! | FIN alone | the server's kernel took the whole request and the server then hung up: that is its answer |

use std::io::ErrorKind::{BrokenPipe, ConnectionReset};
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::ErrorKind;

/// The largest request that goes out as one segment on every path: the smallest MTU of IPv6 less the headers.
const ONE_SEGMENT: u64 = 1200;

/// What may be said of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The server cannot have acted on it.
    Unseen,
    /// The server may have acted on it.
    Unknown,
}

/// How long the RST for a request is waited for after a FIN: it comes one round trip after the request went out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// How long the connection took to open: a round trip or more.
    pub opening: Duration,
}

impl Patience {
    /// Four round trips and a little, at most a second.
    fn length(self) -> Duration {
        (self.opening * 4 + Duration::from_millis(20)).min(Duration::from_secs(1))
    }
}

impl Lost {
    /// Of a request of which `sent` bytes were written, perhaps by one system call, on a kept connection that ended with
    /// this error and without a byte of the answer. Nothing if that was the server's answer to it.
    pub(super) async fn of(
        kind: ErrorKind,
        sent: u64,
        one_write: bool,
        ended: Option<&TcpStream>,
        patience: Patience,
    ) -> Option<Lost> {
        if sent == 0 {
            return Some(Lost::Unseen);
        }
        match kind {
            ErrorKind::Reset => Some(Lost::Unknown),
            ErrorKind::Closed if refused(ended?, patience).await => {
                // Of several segments, the first ones may have been read before the FIN.
                Some(if one_write && sent <= ONE_SEGMENT { Lost::Unseen } else { Lost::Unknown })
            }
            _ => None,
        }
    }
}

/// Whether a RST came after the FIN.
async fn refused(stream: &TcpStream, patience: Patience) -> bool {
    let reset = || match stream.take_error() {
        Ok(Some(error)) => matches!(error.kind(), BrokenPipe | ConnectionReset),
        Ok(None) | Err(_) => false,
    };
    if reset() {
        return true;
    }
    // Without it in time, the server has taken what was sent.
    matches!(timeout(patience.length(), stream.ready(Interest::ERROR)).await, Ok(Ok(_))) && reset()
}
