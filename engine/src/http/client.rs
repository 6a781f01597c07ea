//! One VU's connections, by origin.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout_at;

use super::connection::Connection;
use super::names::Names;
use super::timeouts::Deadlines;
use super::{Alarm, Answer, Error, Exchange, Guard, Origin, Prepared};
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

    /// As [`Acquired::exchange`], within the bounds of the request, of which the longest counts from `asked`.
    ///
    /// # Errors
    /// Which bound was not kept; then the connection is of no further use.
    pub async fn exchange_in_time(
        &mut self,
        request: &Prepared,
        clock: Clock,
        asked: Nanos,
        most: usize,
        (answer, alarm): (&mut Answer, &mut Alarm),
    ) -> Result<Exchange, Error> {
        let begun = if self.kept() { asked } else { clock.now() };
        let deadlines = Deadlines::of(request, clock, asked, begun);
        let stamps = request.timeouts.first_byte.map(|_| self.connection.stamps());
        let exchange = self.connection.exchange(request, clock, begun, most, answer);
        let ended = deadlines.keep(alarm, exchange, || stamps.is_some_and(|stamps| stamps.read() > 0)).await;
        ended.map_err(|late| late.error(request))
    }

    /// Whether the connection was there already.
    pub fn kept(&self) -> bool {
        self.connection.used()
    }
}

/// What a request wants: a connection to its origin by an instant.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// The request.
    pub request: &'a Prepared,
    /// When it was asked for; its bounds count from here.
    pub asked: Nanos,
    /// Whether it must be a new one.
    pub new: bool,
}

/// One VU's idle connections and known addresses. Connections live until the server closes them or the VU ends.
#[derive(Default)]
pub struct Client {
    idle: Vec<(Arc<Origin>, Connection)>,
    addresses: Vec<(Arc<Origin>, Vec<SocketAddr>)>,
    names: Names,
}

impl Client {
    /// A client that looks at what granted names mean.
    pub fn guarded(guard: Guard) -> Client {
        Client { names: Names::guarded(guard), ..Client::default() }
    }

    /// A connection for each request: idle ones that are still open, the others opened at the same time.
    ///
    /// An idle connection that the server has closed is left out silently: nothing has been sent over it.
    pub async fn acquire_all(&mut self, wanted: &[Wanted<'_>], clock: Clock) -> Vec<Result<Acquired, Error>> {
        let mut found = Vec::with_capacity(wanted.len());
        for wanted in wanted {
            let idle = if wanted.new { None } else { self.checkout(&wanted.request.origin).await };
            found.push((*wanted, idle));
        }
        let names = &self.names;
        let opened = found.into_iter().map(|(wanted, idle)| {
            let origin = &wanted.request.origin;
            let known = self.known(origin);
            async move {
                let timeouts = &wanted.request.timeouts;
                match idle {
                    Some(connection) => Ok((acquired(origin, connection), Vec::new())),
                    None => {
                        let by = timeouts.connecting(clock, wanted.asked);
                        let opened = timeout_at(by, open(names, origin, known, clock)).await;
                        opened.unwrap_or_else(|_| Err(timeouts.not_connected(&origin.authority)))
                    }
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

    /// A connection for one request; see [`Client::acquire_all`].
    pub async fn acquire(
        &mut self,
        wanted: Wanted<'_>,
        clock: Clock,
        alarm: &mut Alarm,
    ) -> Result<Acquired, Error> {
        let origin = &wanted.request.origin;
        if !wanted.new
            && let Some(connection) = self.checkout(origin).await
        {
            return Ok(acquired(origin, connection));
        }
        let timeouts = &wanted.request.timeouts;
        // Rare and large: in a box, it does not make every exchange carry its size.
        let opening = Box::pin(open(&self.names, origin, self.known(origin), clock));
        let opened = alarm.until(timeouts.connecting(clock, wanted.asked), opening).await;
        let (acquired, addresses) =
            opened.unwrap_or_else(|| Err(timeouts.not_connected(&origin.authority)))?;
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
    names: &Names,
    origin: &Arc<Origin>,
    known: Option<Vec<SocketAddr>>,
    clock: Clock,
) -> Result<(Acquired, Vec<SocketAddr>), Error> {
    let begun = clock.now();
    let fresh = known.is_none();
    let addresses = match known {
        Some(addresses) => addresses,
        None => names.addresses(origin).await?,
    };
    // An address that is written out is not looked up.
    let named = fresh && origin.host.parse::<IpAddr>().is_err();
    let resolved = if named { clock.now() } else { begun };
    let stream = connect(origin, &addresses).await?;
    let opening = clock.now() - resolved;
    let connection = Connection::over(stream, opening, clock, &origin.authority).await?;
    let connecting = clock.now() - resolved;
    let acquired = Acquired { connection, origin: Arc::clone(origin), dns: resolved - begun, connecting };
    Ok((acquired, if fresh { addresses } else { Vec::new() }))
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
