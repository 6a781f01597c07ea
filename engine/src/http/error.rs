//! What can go wrong with a request.

use std::error::Error as _;
use std::io;

use super::tls;

/// The numbers of `EMFILE` and `ENFILE`, which the standard library has no names for.
const TOO_MANY_FILES: i32 = 24;
const TOO_MANY_FILES_OF_ALL: i32 = 23;

/// Why there is no answer, as reports count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The URL cannot be read.
    BadUrl,
    /// The method, a header, an option or a size is wrong.
    BadRequest,
    /// The host is not one that the scenario may reach.
    HostNotAllowed,
    /// The host has no address.
    Dns,
    /// Nobody listens there.
    ConnectRefused,
    /// The connection was not opened in time.
    ConnectTimeout,
    /// This machine has no descriptor left for a connection: the generator's fault, not the target's.
    OutOfDescriptors,
    /// This machine has no port left for a connection: the generator's fault, not the target's.
    OutOfPorts,
    /// The connection was not opened for another reason.
    Connect,
    /// A proxy cannot be reached, or does not lead to the server.
    Proxy,
    /// The server's certificate is no longer valid, or not yet.
    TlsExpired,
    /// The server's certificate is its own or of an issuer that is not trusted.
    TlsIssuer,
    /// The server's certificate is for another host.
    TlsHost,
    /// The TLS handshake failed in another way: it was broken off, refused, or what came is not TLS.
    TlsHandshake,
    /// The answer was not complete in time.
    Timeout,
    /// The server reset the connection.
    Reset,
    /// The server closed the connection before the answer was complete.
    Closed,
    /// The server gave up a kept connection as the request went out, and whether it has acted on it is not known: no
    /// failure of the target's that could be shown.
    Stale,
    /// What the server sent is not HTTP.
    Protocol,
    /// The body is larger than what is kept of it.
    BodyTooLarge,
    /// The body is not coded as the answer says, or in a way that cannot be decoded.
    BadEncoding,
    /// A scheme or option of a later version, or a request where none is allowed.
    Unsupported,
}

impl ErrorKind {
    /// The stable word of the contract.
    pub fn code(self) -> &'static str {
        match self {
            ErrorKind::BadUrl => "bad-url",
            ErrorKind::BadRequest => "bad-request",
            ErrorKind::HostNotAllowed => "host-not-allowed",
            ErrorKind::Dns => "dns",
            ErrorKind::ConnectRefused => "connect-refused",
            ErrorKind::ConnectTimeout => "connect-timeout",
            ErrorKind::OutOfDescriptors => "out-of-descriptors",
            ErrorKind::OutOfPorts => "out-of-ports",
            ErrorKind::Connect => "connect",
            ErrorKind::Proxy => "proxy",
            ErrorKind::TlsExpired => "tls-expired",
            ErrorKind::TlsIssuer => "tls-issuer",
            ErrorKind::TlsHost => "tls-host",
            ErrorKind::TlsHandshake => "tls-handshake",
            ErrorKind::Timeout => "timeout",
            ErrorKind::Reset => "reset",
            ErrorKind::Closed => "closed",
            ErrorKind::Stale => "stale",
            ErrorKind::Protocol => "protocol",
            ErrorKind::BodyTooLarge => "body-too-large",
            ErrorKind::BadEncoding => "bad-encoding",
            ErrorKind::Unsupported => "unsupported",
        }
    }
}

/// A kind and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Why.
    pub kind: ErrorKind,
    /// With the offending value.
    pub message: String,
}

impl Error {
    /// An error of this kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into() }
    }

    /// From a failed attempt to connect.
    pub(super) fn connecting(authority: &str, error: &io::Error) -> Error {
        let kind = match (error.kind(), error.raw_os_error()) {
            (io::ErrorKind::ConnectionRefused, _) => ErrorKind::ConnectRefused,
            (io::ErrorKind::TimedOut, _) => ErrorKind::ConnectTimeout,
            // The second is said of a source address of which all ports are in use.
            (io::ErrorKind::AddrNotAvailable | io::ErrorKind::AddrInUse, _) => ErrorKind::OutOfPorts,
            (_, Some(TOO_MANY_FILES | TOO_MANY_FILES_OF_ALL)) => ErrorKind::OutOfDescriptors,
            _ => ErrorKind::Connect,
        };
        Error::new(kind, format!("cannot connect to `{authority}`: {error}"))
    }

    /// From a failed exchange on an open connection.
    pub(super) fn exchanging(authority: &str, error: &hyper::Error) -> Error {
        let io = io(error);
        if let Some(told) = io.and_then(|io| tls::told(authority, io)) {
            return told;
        }
        if let Some(two) = source::<h2::Error>(error).filter(|two| two.reason().is_some()) {
            return Error::two(authority, two);
        }
        let io_kind = io.map(io::Error::kind);
        let kind = match io_kind {
            Some(
                io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted,
            ) => ErrorKind::Reset,
            Some(io::ErrorKind::UnexpectedEof) => ErrorKind::Closed,
            _ if error.is_parse() => ErrorKind::Protocol,
            _ if error.is_timeout() => ErrorKind::Timeout,
            _ if error.is_incomplete_message() || error.is_closed() || error.is_canceled() => {
                ErrorKind::Closed
            }
            _ => ErrorKind::Protocol,
        };
        let detail = error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
        Error::new(kind, format!("`{authority}`: {detail}"))
    }
}

impl Error {
    /// Of a request on a kept connection that was given up, which nobody knows to have been seen.
    pub(super) fn stale(authority: &str, error: &Error) -> Error {
        let text = format!(
            "`{authority}` gave up a kept connection as the request went out; whether it has acted on it is not known: \
             {error}"
        );
        Error::new(ErrorKind::Stale, text)
    }

    /// From a stream or connection of HTTP/2 that was ended.
    fn two(authority: &str, error: &h2::Error) -> Error {
        let reason = error.reason().map(|reason| reason.description().to_owned()).unwrap_or_default();
        let (kind, what) = match (error.is_remote(), error.is_go_away()) {
            (true, true) => (ErrorKind::Closed, "gave the HTTP/2 connection up before it answered"),
            (true, false) => (ErrorKind::Reset, "reset the HTTP/2 stream"),
            (false, _) => (ErrorKind::Protocol, "broke the rules of HTTP/2"),
        };
        Error::new(kind, format!("`{authority}` {what}: {reason}"))
    }
}

/// The failure of the network that it comes from, if it does.
pub(super) fn io(error: &hyper::Error) -> Option<&io::Error> {
    source::<io::Error>(error).or_else(|| source::<h2::Error>(error)?.get_io())
}

/// The first cause of this type.
pub(super) fn source<E: std::error::Error + 'static>(error: &hyper::Error) -> Option<&E> {
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(found) = inner.downcast_ref::<E>() {
            return Some(found);
        }
        source = inner.source();
    }
    None
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_machine_ran_out_of_is_told_from_what_the_target_refuses() {
        // The numbers of Linux: ECONNREFUSED, ETIMEDOUT, EADDRNOTAVAIL, EADDRINUSE, EMFILE, ENFILE, EHOSTUNREACH.
        for (number, kind) in [
            (111, ErrorKind::ConnectRefused),
            (110, ErrorKind::ConnectTimeout),
            (99, ErrorKind::OutOfPorts),
            (98, ErrorKind::OutOfPorts),
            (24, ErrorKind::OutOfDescriptors),
            (23, ErrorKind::OutOfDescriptors),
            (113, ErrorKind::Connect),
        ] {
            let error = Error::connecting("h:1", &io::Error::from_raw_os_error(number));
            assert_eq!(error.kind, kind, "{number}");
            assert!(error.message.contains("`h:1`"), "{error}");
        }
    }
}
