//! Opening a connection: a name, an address, a stream, TLS, and what is spoken over it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UnixStream;

use super::connection::Connection;
use super::lookup::connect;
use super::names::Names;
use super::one::One;
use super::pool::Pool;
use super::proxy::Proxy;
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
        return Dialled { connected: clock.now(), ..Dialled::over(Stream::Unix(stream), begun) }
            .speak(transport, pool, origin, clock)
            .await;
    }
    if let Some(proxy) = settings.proxies.before(origin) {
        return through(proxy, names, transport, pool, (origin, clock)).await;
    }
    let (addresses, fresh) = addresses(names, transport, pool, origin, begun).await?;
    // An address that is written out is not looked up.
    let named = fresh && origin.host.parse::<IpAddr>().is_err();
    let resolved = if named { clock.now() } else { begun };
    let order = ordered(names, transport, pool, origin, &addresses);
    let stream = connect(origin, &order, &settings.sources, names.user).await?;
    let connected = clock.now();
    if fresh {
        keep(pool, transport, origin, &addresses, begun);
    }
    Dialled { resolved, connected, ..Dialled::over(Stream::Tcp(stream), begun) }
        .speak(transport, pool, origin, clock)
        .await
}

/// Opens a connection through a proxy, which looks the host up itself.
async fn through(
    proxy: &Proxy,
    names: &Names,
    transport: &Transport,
    pool: &Pool,
    (origin, clock): (&Arc<Origin>, Clock),
) -> Result<Opened, Error> {
    let begun = clock.now();
    let settings = &transport.settings;
    if names.watching(origin, &settings.lookup).is_some() {
        // What the proxy will make of the name cannot be seen: it must be known here to be harmless.
        let known = addresses(names, transport, pool, origin, begun).await.map_err(|error| match error.kind {
            ErrorKind::Dns => Error::new(
                error.kind,
                format!("{error}; what it means must be known before a proxy is asked (hint: `--allow-private`)"),
            ),
            _ => error,
        })?;
        if let (addresses, true) = known {
            keep(pool, transport, origin, &addresses, begun);
        }
    }
    let unreachable = |error| proxy.unreachable(origin, error);
    let known = pool.lock().addresses(&proxy.origin, begun);
    let fresh = known.is_none();
    let addresses = match known {
        Some(addresses) => addresses,
        None => names.resolve(&proxy.origin, &settings.lookup).await.map_err(unreachable)?,
    };
    let resolved = if fresh { clock.now() } else { begun };
    let order = ordered(names, transport, pool, &proxy.origin, &addresses);
    let connecting = connect(&proxy.origin, &order, &settings.sources, names.user).await;
    let mut stream = connecting.map_err(unreachable)?;
    if fresh {
        keep(pool, transport, &proxy.origin, &addresses, begun);
    }
    let stamps = Arc::<Stamps>::default();
    let forwards = !origin.secure && settings.version != HttpVersion::Two;
    if !forwards {
        proxy.tunnel(&mut stream, origin, &stamps).await?;
    }
    let credentials = proxy.credentials.clone().filter(|_| forwards);
    let form = Form { whole: forwards, credentials, ..Form::default() };
    Dialled { resolved, connected: clock.now(), stamps, form, ..Dialled::over(Stream::Tcp(stream), begun) }
        .speak(transport, pool, origin, clock)
        .await
}

/// The addresses of a host, and whether they have just been looked up.
async fn addresses(
    names: &Names,
    transport: &Transport,
    pool: &Pool,
    origin: &Arc<Origin>,
    now: Nanos,
) -> Result<(Vec<SocketAddr>, bool), Error> {
    let known = pool.lock().addresses(origin, now);
    let fresh = known.is_none();
    let addresses = match known {
        Some(addresses) => addresses,
        None => names.addresses(origin, &transport.settings.lookup).await?,
    };
    Ok((addresses, fresh))
}

/// Addresses in the order in which the next connection tries them.
fn ordered(
    names: &Names,
    transport: &Transport,
    pool: &Pool,
    origin: &Arc<Origin>,
    addresses: &[SocketAddr],
) -> Vec<SocketAddr> {
    let mut order = addresses.to_vec();
    if order.len() > 1 {
        let connection = pool.lock().next_connection(origin, transport);
        transport.settings.lookup.pick(&mut order, names.user, connection);
    }
    order
}

/// Keeps what was looked up, if it is to be believed for longer.
fn keep(pool: &Pool, transport: &Transport, origin: &Arc<Origin>, addresses: &[SocketAddr], now: Nanos) {
    if let Some(until) = transport.settings.lookup.until(now) {
        pool.lock().learn(origin, addresses, until, transport);
    }
}

/// A stream, and when what was reached on the way to it.
struct Dialled {
    stream: Stream,
    begun: Nanos,
    resolved: Nanos,
    connected: Nanos,
    stamps: Arc<Stamps>,
    form: Form,
}

impl Dialled {
    fn over(stream: Stream, begun: Nanos) -> Dialled {
        let (stamps, form) = (Arc::default(), Form::default());
        Dialled { stream, begun, resolved: begun, connected: begun, stamps, form }
    }

    async fn speak(
        self,
        transport: &Transport,
        pool: &Pool,
        origin: &Origin,
        clock: Clock,
    ) -> Result<Opened, Error> {
        let Dialled { stream, begun, resolved, connected, stamps, form } = self;
        let settings = &transport.settings;
        let form = Form { closing: !settings.keep_alive, ..form };
        let opening = connected - resolved;
        let (connection, shaken) = if origin.secure {
            let config = config(transport, pool).map_err(|why| {
                Error::new(
                    ErrorKind::TlsHandshake,
                    format!("TLS with `{}` is not possible: {why}", origin.authority),
                )
            })?;
            let wire = Wire::new(stream, clock, Arc::clone(&stamps));
            let stream = tls::shake(config, origin, wire).await?;
            let shaken = clock.now();
            let agreed = tls::agreed_on_two(&stream);
            let stream = Stamped::new(Stream::Tls(Box::new(stream)), clock, stamps);
            if agreed || settings.version == HttpVersion::Two {
                (Connection::Two(Two::over(stream, &origin.authority).await?), shaken)
            } else {
                (one(stream, form, opening, origin).await?, shaken)
            }
        } else {
            let stream = Stamped::new(stream, clock, stamps);
            if settings.version == HttpVersion::Two {
                (Connection::Two(Two::over(stream, &origin.authority).await?), connected)
            } else {
                (one(stream, form, opening, origin).await?, connected)
            }
        };
        Ok(Opened { connection, dns: resolved - begun, connecting: opening, tls: shaken - connected })
    }
}

async fn one(stream: Stamped, form: Form, opening: Duration, origin: &Origin) -> Result<Connection, Error> {
    Ok(Connection::One(Box::new(One::over(stream, form, opening, &origin.authority).await?)))
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
