//! Opening a connection: a name, an address, a stream, TLS, and what is spoken over it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpStream, UnixStream};

use super::connection::Connection;
use super::names::Names;
use super::one::One;
use super::pool::Pool;
use super::request::Form;
use super::stamped::{Stamped, Stamps, Stream, Wire};
use super::two::Two;
use super::{Error, ErrorKind, HttpVersion, Origin, Transport, tls};
use crate::clock::{Clock, Nanos};

/// A connection, and where the time went.
pub(super) struct Opened {
    pub connection: Connection,
    pub dns: Duration,
    pub connecting: Duration,
    pub tls: Duration,
}

/// Opens a connection to the first address that takes one.
pub(super) async fn open(
    names: &Names,
    transport: &Transport,
    pool: &Pool,
    origin: &Arc<Origin>,
    clock: Clock,
) -> Result<Opened, Error> {
    let begun = clock.now();
    let settings = &transport.settings;
    if let Some(path) = settings.unix_socket.as_ref().filter(|_| names.is_target(origin)) {
        let stream = UnixStream::connect(path).await.map_err(|error| {
            Error::connecting(&format!("{} at {}", origin.authority, path.display()), &error)
        })?;
        return Dialled { stream: Stream::Unix(stream), begun, resolved: begun, connected: clock.now() }
            .speak(transport, pool, origin, clock)
            .await;
    }
    let known = pool.lock().addresses(origin, begun);
    let fresh = known.is_none();
    let addresses = match known {
        Some(addresses) => addresses,
        None => names.addresses(origin).await?,
    };
    // An address that is written out is not looked up.
    let named = fresh && origin.host.parse::<IpAddr>().is_err();
    let resolved = if named { clock.now() } else { begun };
    let stream = Stream::Tcp(connect(origin, &addresses).await?);
    let connected = clock.now();
    if fresh {
        pool.lock().learn(origin, &addresses, Nanos(u64::MAX));
    }
    Dialled { stream, begun, resolved, connected }.speak(transport, pool, origin, clock).await
}

/// A stream, and when what was reached on the way to it.
struct Dialled {
    stream: Stream,
    begun: Nanos,
    resolved: Nanos,
    connected: Nanos,
}

impl Dialled {
    async fn speak(
        self,
        transport: &Transport,
        pool: &Pool,
        origin: &Origin,
        clock: Clock,
    ) -> Result<Opened, Error> {
        let Dialled { stream, begun, resolved, connected } = self;
        let settings = &transport.settings;
        let form = Form { closing: !settings.keep_alive, whole: false };
        let (connection, shaken) = if origin.secure {
            let config = config(transport, pool).map_err(|why| {
                Error::new(
                    ErrorKind::TlsHandshake,
                    format!("TLS with `{}` is not possible: {why}", origin.authority),
                )
            })?;
            let stamps = Arc::<Stamps>::default();
            let wire = Wire::new(stream, clock, Arc::clone(&stamps));
            let stream = tls::shake(config, origin, wire).await?;
            let shaken = clock.now();
            let agreed = tls::agreed_on_two(&stream);
            let stream = Stream::Tls(Box::new(stream));
            if agreed || settings.version == HttpVersion::Two {
                let stream = Stamped::new(stream, clock, stamps);
                (Connection::Two(Two::over(stream, &origin.authority).await?), shaken)
            } else {
                let stream = Stamped::new(stream, clock, stamps);
                let opening = connected - resolved;
                (Connection::One(One::over(stream, form, opening, &origin.authority).await?), shaken)
            }
        } else if settings.version == HttpVersion::Two {
            let stream = Stamped::new(stream, clock, Arc::default());
            (Connection::Two(Two::over(stream, &origin.authority).await?), connected)
        } else {
            let stream = Stamped::new(stream, clock, Arc::default());
            let opening = connected - resolved;
            (Connection::One(One::over(stream, form, opening, &origin.authority).await?), connected)
        };
        Ok(Opened {
            connection,
            dns: resolved - begun,
            connecting: connected - resolved,
            tls: shaken - connected,
        })
    }
}

/// The pool's own configuration of TLS.
fn config(transport: &Transport, pool: &Pool) -> Result<Arc<rustls::ClientConfig>, String> {
    let mut hosts = pool.lock();
    match &hosts.tls {
        Some(config) => Ok(Arc::clone(config)),
        None => {
            let config = transport.tls.config()?;
            hosts.tls = Some(Arc::clone(&config));
            Ok(config)
        }
    }
}

async fn connect(origin: &Origin, addresses: &[SocketAddr]) -> Result<TcpStream, Error> {
    let mut last = None;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                stream.set_nodelay(true).map_err(|error| Error::connecting(&origin.authority, &error))?;
                return Ok(stream);
            }
            Err(error) => last = Some(error),
        }
    }
    let error = last.unwrap_or_else(|| std::io::Error::other("it has no address"));
    Err(Error::connecting(&origin.authority, &error))
}
