//! One VU's connections, by origin.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;

use super::connection::Connection;
use super::{Answer, Error, ErrorKind, Exchange, Origin, Prepared};
use crate::clock::{Clock, Nanos};

/// The most idle connections of a VU: what the largest `send-all` may leave behind.
const MOST_IDLE: usize = 256;

/// A connection that an exchange is about to use, and what it cost to have it.
pub struct Acquired {
    connection: Connection,
    origin: Arc<Origin>,
    /// Looking the host up; zero for a kept connection.
    pub dns: Duration,
    /// Opening the connection; zero for a kept one.
    pub connecting: Duration,
}

impl Acquired {
    /// Sends a request at `begun` and reads the answer, keeping at most `most` bytes of its body.
    pub async fn exchange(
        &mut self,
        request: &Prepared,
        clock: Clock,
        begun: Nanos,
        most: usize,
        answer: &mut Answer,
    ) -> Exchange {
        self.connection.exchange(request, clock, begun, most, answer).await
    }

    /// Whether the connection was there already.
    pub fn kept(&self) -> bool {
        self.connecting.is_zero()
    }
}

/// One VU's idle connections and known addresses. Connections live until the server closes them or the VU ends.
#[derive(Default)]
pub struct Client {
    idle: Vec<(Arc<Origin>, Connection)>,
    addresses: Vec<(Arc<Origin>, Vec<SocketAddr>)>,
}

impl Client {
    /// A connection for each origin: idle ones that are still open, the others opened at the same time.
    ///
    /// An idle connection that the server has closed is left out silently: nothing has been sent over it.
    pub async fn acquire_all(
        &mut self,
        origins: &[&Arc<Origin>],
        clock: Clock,
    ) -> Vec<Result<Acquired, Error>> {
        let mut found = Vec::with_capacity(origins.len());
        for origin in origins {
            found.push((*origin, self.checkout(origin).await));
        }
        let opened = found.into_iter().map(|(origin, idle)| {
            let known = self.known(origin);
            async move {
                match idle {
                    Some(connection) => Ok((acquired(origin, connection), Vec::new())),
                    None => open(origin, known, clock).await,
                }
            }
        });
        let opened = futures_util::future::join_all(opened.collect::<Vec<_>>()).await;
        let mut all = Vec::with_capacity(opened.len());
        for result in opened {
            all.push(result.map(|(acquired, addresses)| self.learn(acquired, addresses)));
        }
        all
    }

    /// A connection for one origin; see [`Client::acquire_all`].
    pub async fn acquire(&mut self, origin: &Arc<Origin>, clock: Clock) -> Result<Acquired, Error> {
        if let Some(connection) = self.checkout(origin).await {
            return Ok(acquired(origin, connection));
        }
        // Rare and large: in a box, it does not make every exchange carry its size.
        let (acquired, addresses) = Box::pin(open(origin, self.known(origin), clock)).await?;
        Ok(self.learn(acquired, addresses))
    }

    /// Takes a connection back after its exchange. One that has failed is noticed when it is next wanted.
    pub fn release(&mut self, acquired: Acquired) {
        if self.idle.len() < MOST_IDLE {
            self.idle.push((acquired.origin, acquired.connection));
        }
    }

    async fn checkout(&mut self, origin: &Arc<Origin>) -> Option<Connection> {
        while let Some(at) = self.idle.iter().position(|(other, _)| same(other, origin)) {
            let (_, mut connection) = self.idle.swap_remove(at);
            if connection.usable().await {
                return Some(connection);
            }
        }
        None
    }

    fn known(&self, origin: &Arc<Origin>) -> Option<Vec<SocketAddr>> {
        let known = self.addresses.iter().find(|(other, _)| same(other, origin));
        known.map(|(_, addresses)| addresses.clone())
    }

    fn learn(&mut self, acquired: Acquired, addresses: Vec<SocketAddr>) -> Acquired {
        if !addresses.is_empty() {
            self.addresses.push((Arc::clone(&acquired.origin), addresses));
        }
        acquired
    }
}

fn same(a: &Arc<Origin>, b: &Arc<Origin>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

fn acquired(origin: &Arc<Origin>, connection: Connection) -> Acquired {
    Acquired { connection, origin: Arc::clone(origin), dns: Duration::ZERO, connecting: Duration::ZERO }
}

/// Opens a connection to the first address that takes one. Also returns the addresses, if they were looked up.
async fn open(
    origin: &Arc<Origin>,
    known: Option<Vec<SocketAddr>>,
    clock: Clock,
) -> Result<(Acquired, Vec<SocketAddr>), Error> {
    let begun = clock.now();
    let fresh = known.is_none();
    let addresses = match known {
        Some(addresses) => addresses,
        None => resolve(origin).await?,
    };
    // An address that is written out is not looked up.
    let named = fresh && origin.host.parse::<IpAddr>().is_err();
    let resolved = if named { clock.now() } else { begun };
    let stream = connect(origin, &addresses).await?;
    let connection = Connection::over(stream, clock, &origin.authority).await?;
    let connecting = clock.now() - resolved;
    let acquired = Acquired { connection, origin: Arc::clone(origin), dns: resolved - begun, connecting };
    Ok((acquired, if fresh { addresses } else { Vec::new() }))
}

async fn resolve(origin: &Origin) -> Result<Vec<SocketAddr>, Error> {
    if let Ok(ip) = origin.host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, origin.port)]);
    }
    let failed = |why: String| Error::new(ErrorKind::Dns, format!("cannot resolve `{}`: {why}", origin.host));
    let found = tokio::net::lookup_host((origin.host.as_str(), origin.port)).await;
    let addresses: Vec<_> = found.map_err(|error| failed(error.to_string()))?.take(16).collect();
    if addresses.is_empty() { Err(failed("it has no address".to_owned())) } else { Ok(addresses) }
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
